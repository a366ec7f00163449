"""The lattice of verdicts and the exit codes: the worst wins, and every pair is decided."""

from itertools import product

import pytest

from suites.catalogue import catalogue
from suites.kernel.conclude import exit_for
from suites.kernel.results import Result
from suites.kernel.verdict import WORST_FIRST, Exit, Verdict, worst

ORDER = (
    "fail",
    "error",
    "unclear",
    "not exercised",
    "warning",
    "deviation",
    "pass",
    "not applicable",
)
CORE = next(r for r in catalogue().values() if r.level == "core")
EXTENDED = next(r for r in catalogue().values() if r.level == "extended")


def test_the_order_is_the_documented_one() -> None:
    assert tuple(WORST_FIRST) == ORDER


@pytest.mark.parametrize(("one", "other"), list(product(Verdict, Verdict)))
def test_the_worse_of_two_wins(one: Verdict, other: Verdict) -> None:
    expected = one if ORDER.index(one) <= ORDER.index(other) else other
    assert worst([one, other]) is worst([other, one]) is expected


def test_of_no_verdict_nothing_applies() -> None:
    assert worst([]) is Verdict.NOT_APPLICABLE


def test_a_not_applicable_part_does_not_hide_a_pass() -> None:
    assert worst([Verdict.PASS, Verdict.NOT_APPLICABLE]) is Verdict.PASS


def test_exit_codes_keep_pytests_own_and_start_at_ten() -> None:
    assert {reason.name: reason.code for reason in Exit} == {
        "CONFORMS": 0,
        "VIOLATION": 1,
        "INTERRUPTED": 2,
        "USAGE": 4,
        "INCOMPLETE": 10,
        "SECRET_FOUND": 11,
        "NO_RENDERER": 12,
    }


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], Exit.CONFORMS),
        ([(CORE, Verdict.PASS), (CORE, Verdict.NOT_APPLICABLE)], Exit.CONFORMS),
        ([(CORE, Verdict.WARNING), (CORE, Verdict.DEVIATION)], Exit.CONFORMS),
        ([(CORE, Verdict.NOT_EXERCISED)], Exit.INCOMPLETE),
        ([(CORE, Verdict.UNCLEAR)], Exit.INCOMPLETE),
        ([(CORE, Verdict.ERROR)], Exit.INCOMPLETE),
        ([(EXTENDED, Verdict.NOT_EXERCISED)], Exit.CONFORMS),
        ([(EXTENDED, Verdict.UNCLEAR), (EXTENDED, Verdict.ERROR)], Exit.CONFORMS),
        ([(EXTENDED, Verdict.FAIL)], Exit.VIOLATION),
        ([(CORE, Verdict.ERROR), (EXTENDED, Verdict.FAIL)], Exit.VIOLATION),
    ],
)
def test_how_a_run_ends(verdicts: list[tuple[object, Verdict]], expected: Exit) -> None:
    results = [Result(found, verdict, "why") for found, verdict in verdicts]  # type: ignore[arg-type]
    assert exit_for(results) is expected
    assert exit_for(iter(results)) is expected


def test_an_interrupted_run_says_so_before_anything_else() -> None:
    results = [Result(CORE, Verdict.FAIL, "why")]
    assert exit_for(results, interrupted=True) is Exit.INTERRUPTED

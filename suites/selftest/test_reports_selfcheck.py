"""Whether each verdict of a run can stand on its own, judged on literal records."""

from dataclasses import replace

import pytest

from reports.selfcheck import ID, attributable
from suites.kernel.results import Result, RunRecord
from suites.kernel.verdict import Verdict
from suites.selftest.test_reports_sample import sample_run as record

PLANNED = [result.requirement.id for result in record().results]


def test_a_record_that_says_everything_passes() -> None:
    found = attributable(record(), PLANNED)
    assert (found.requirement.id, found.verdict) == (ID, Verdict.PASS)
    assert found.judged == len(PLANNED)


def test_without_the_version_nobody_could_say_what_was_tested() -> None:
    found = attributable(replace(record(), version=""), PLANNED)
    assert found.verdict is Verdict.WARNING
    assert "`target.version`" in found.reason


def without_reason(told: RunRecord) -> RunRecord:
    first, *rest = told.results
    bare = Result(first.requirement, Verdict.NOT_EXERCISED, "", judged=0)
    return replace(told, results=(bare, *rest))


@pytest.mark.parametrize(
    ("broken", "planned", "why"),
    [
        (record(), [*PLANNED, "SM-13.3"], "SM-13.3 has no verdict"),
        (without_reason(record()), PLANNED, "not exercised without a reason"),
        (replace(record(), requests=-1), PLANNED, "run.json is not as its schema says"),
    ],
)
def test_what_cannot_be_attributed_is_an_error_of_the_suite(
    broken: RunRecord, planned: list[str], why: str
) -> None:
    found = attributable(broken, planned)
    assert found.verdict is Verdict.ERROR
    assert why in found.reason

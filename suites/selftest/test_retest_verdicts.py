"""Every verdict of a retest on literal pairs of runs: missing evidence never becomes "fixed"."""

from typing import Any

import pytest

from reports.retest_verdicts import Question, Standing, answer, ends, members, newly_found
from suites.kernel.verdict import Exit
from suites.selftest.past_runs import (
    COOKIE,
    LATER,
    LOGOUT,
    evidence,
    replayed,
    result,
    run,
    violation,
)

OTHER = "SM-2.1-9932232a"


def judged(before: dict[str, Any], after: dict[str, Any], finding: str = LOGOUT) -> Any:
    """Return the standing of one finding, and the reasons as one text."""
    first, second = evidence(before), evidence(after, "bbbbbb")
    mine = members(first)[finding]
    found = answer(Question(finding, (mine,), (mine.requirement,)), first, second)
    return found.standing, " | ".join(found.why)


def test_refused_and_searched_in_vain_is_fixed() -> None:
    standing, why = judged(run(LOGOUT), run(replays=(replayed(LOGOUT),), **LATER))
    assert standing is Standing.FIXED
    assert why == ("the original scenario is refused | the search judged 53 cases of SM-2.1: pass")


@pytest.mark.parametrize("outcome", ["still shown", "refused", "could not be played"])
def test_what_the_search_finds_again_is_not_fixed(outcome: str) -> None:
    after = run(LOGOUT, replays=(replayed(LOGOUT, outcome),), **LATER)
    standing, why = judged(run(LOGOUT), after)
    assert standing is Standing.NOT_FIXED
    assert "found again: seen recognised as alice" in why


def test_what_the_scenario_still_shows_is_not_fixed() -> None:
    after = run(replays=(replayed(LOGOUT, "still shown"),), **LATER)
    assert judged(run(LOGOUT), after)[0] is Standing.NOT_FIXED


def test_refused_but_violated_in_another_way_is_partially_fixed() -> None:
    after = run(OTHER, replays=(replayed(LOGOUT),), **LATER)
    standing, why = judged(run(LOGOUT), after)
    assert standing is Standing.PARTIALLY
    assert f"SM-2.1 is violated as {OTHER}" in why


def test_a_violation_of_another_requirement_does_not_matter() -> None:
    after = run(COOKIE, replays=(replayed(LOGOUT),), **LATER)
    assert judged(run(LOGOUT), after)[0] is Standing.FIXED


def test_what_an_earlier_run_refused_and_now_shows_is_regressed() -> None:
    before = run(replays=(replayed(LOGOUT),))
    after = run(LOGOUT, replays=(replayed(LOGOUT, "still shown"),), **LATER)
    assert judged(before, after)[0] is Standing.REGRESSED
    again = run(replays=(replayed(LOGOUT),), **LATER)
    assert judged(before, again)[0] is Standing.FIXED


def test_what_an_earlier_run_could_not_play_is_no_regression() -> None:
    before = run(replays=(replayed(LOGOUT, "could not be played"),))
    after = run(LOGOUT, replays=(replayed(LOGOUT, "still shown"),), **LATER)
    assert judged(before, after)[0] is Standing.NOT_FIXED


def test_what_nobody_knew_is_new() -> None:
    first, second = evidence(run(LOGOUT)), evidence(run(LOGOUT, COOKIE), "bbbbbb")
    assert [question.id for question in newly_found(first, second)] == [COOKIE]


ONE_ARM_SILENT = [result("SM-2.1", judged=0), result("SM-4.2"), result("SM-8.2")]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"baseline": None}, "was not played again: run with --baseline"),
        ({"complete": False}, "the run did not end on its own"),
        ({"moves": {"log_in": 40}}, "never made the move log_out"),
        ({"moves": {}}, "never made the move log_in"),
        ({"requests": 899}, "ended after 899 requests, and it took 900 to find"),
        ({"results": []}, "SM-2.1 was not part of the run"),
        ({"results": ONE_ARM_SILENT}, "judged no case of: logged out session is refused"),
        ({"policy": {"logout.scope": "all", "idle_timeout": 900}}, "logout.scope was session, and"),
        (
            {"results": [result("SM-2.1"), result("SM-8.2", "unclear")]},
            "the controls of the run are in doubt: the reason of unclear",
        ),
    ],
)
def test_missing_evidence_is_never_fixed(changes: dict[str, Any], why: str) -> None:
    after = run(replays=(replayed(LOGOUT),), **{**LATER, **changes})
    standing, told = judged(run(LOGOUT), after)
    assert standing is Standing.NOT_RETESTED
    assert why in told


@pytest.mark.parametrize(
    "verdict", ["error", "unclear", "not exercised", "warning", "deviation", "not applicable"]
)
def test_only_a_pass_of_the_search_is_fixed(verdict: str) -> None:
    results = [result("SM-2.1", verdict), result("SM-8.2")]
    after = run(replays=(replayed(LOGOUT),), **LATER, results=results)
    standing, why = judged(run(LOGOUT), after)
    assert standing is Standing.NOT_RETESTED
    assert f"SM-2.1 is {verdict}" in why


def test_a_scenario_that_could_not_be_played_is_never_fixed() -> None:
    after = run(replays=(replayed(LOGOUT, "could not be played"),), **LATER)
    standing, why = judged(run(LOGOUT), after)
    assert standing is Standing.NOT_RETESTED
    assert "could not be played again" in why


def test_other_steps_are_not_the_original_scenario() -> None:
    other = {**violation(LOGOUT)["scenario"], "steps": violation(COOKIE)["scenario"]["steps"]}
    after = run(replays=(replayed(LOGOUT, scenario=other),), **LATER)
    standing, why = judged(run(LOGOUT), after)
    assert standing is Standing.NOT_RETESTED
    assert "with other steps than the original ones" in why


def together(after: dict[str, Any]) -> Standing:
    """Return the standing of one entry that stands for two findings."""
    first = evidence(run(LOGOUT, COOKIE))
    known = tuple(members(first).values())
    question = Question("PT-1", known, ("SM-2.1", "SM-4.2"))
    return answer(question, first, evidence(after, "bbbbbb")).standing


def test_an_entry_of_several_findings_is_fixed_only_when_all_are() -> None:
    both = (replayed(LOGOUT), replayed(COOKIE))
    assert together(run(replays=both, **LATER)) is Standing.FIXED
    assert together(run(COOKIE, replays=both, **LATER)) is Standing.PARTIALLY
    assert together(run(COOKIE, LOGOUT, replays=both, **LATER)) is Standing.NOT_FIXED
    assert together(run(replays=both[:1], **LATER)) is Standing.NOT_RETESTED
    assert together(run(COOKIE, replays=both[1:], **LATER)) is Standing.NOT_FIXED


@pytest.mark.parametrize(
    ("found", "expected"), [((), Standing.NOT_RETESTED), ((LOGOUT,), Standing.NOT_FIXED)]
)
def test_an_entry_without_a_scenario_is_never_fixed(
    found: tuple[str, ...], expected: Standing
) -> None:
    question = Question("PT-2", (), ("SM-2.1",))
    after = evidence(run(*found, **LATER), "bbbbbb")
    assert answer(question, evidence(run()), after).standing is expected


@pytest.mark.parametrize(
    ("standings", "complete", "expected"),
    [
        ([], True, Exit.CONFORMS),
        ([], False, Exit.INCOMPLETE),
        ([Standing.FIXED, Standing.ACCEPTED], True, Exit.CONFORMS),
        ([Standing.FIXED, Standing.NOT_RETESTED], True, Exit.INCOMPLETE),
        ([Standing.NOT_RETESTED, Standing.NEW], True, Exit.VIOLATION),
        ([Standing.PARTIALLY], True, Exit.VIOLATION),
        ([Standing.REGRESSED], False, Exit.VIOLATION),
        ([Standing.NOT_FIXED], True, Exit.VIOLATION),
    ],
)
def test_how_a_retest_ends(standings: list[Standing], complete: bool, expected: Exit) -> None:
    assert ends(standings, evidence(run(complete=complete))) is expected

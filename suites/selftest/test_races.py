"""Judges of races, on literal rounds; and the order of calls that explains a round."""

import pytest

from adapters.gates import Span
from suites.kernel.contests import Contest, Round, Series
from suites.kernel.linear import (
    Call,
    Effect,
    State,
    comes_in,
    ends,
    explained,
    goes_on,
    reads,
    spends,
)
from suites.kernel.lineups_once import DEMOTIONS
from suites.kernel.verify import Outcome
from suites.kernel.verify_races import explains_itself

START = State(frozenset({"s"}))
LOGOUT = ends()
CHANGE = ends(but=("caller",), closes=True)
REFRESH = spends("token", of="s", gives="renewed")
AGAIN = spends("token", of="s", gives="renewed twice")
LOGIN = comes_in("new")

YES, NO = True, False
TOGETHER = (Span(0, 2), Span(1, 3))
LOGOUT_FIRST = (Span(0, 1), Span(2, 3))
REFRESH_FIRST = (Span(2, 3), Span(0, 1))


def _call(effect: Effect, answer: bool, span: Span | None = None) -> Call:
    return Call("call", effect, answer, span)


@pytest.mark.parametrize(
    ("refreshed", "living", "expected"),
    [
        (YES, set(), True),  # renewed first, then ended
        (NO, set(), True),  # ended first
        (YES, {"renewed"}, False),  # a renewal outlives the end
        (NO, {"s"}, False),
        (YES, {"s", "renewed"}, False),
    ],
)
def test_a_logout_ends_what_a_refresh_gives(
    refreshed: bool, living: set[str], expected: bool
) -> None:
    calls = [_call(LOGOUT, YES), _call(REFRESH, refreshed)]
    assert explained(START, calls, living) is expected


def test_a_refused_logout_ends_nothing() -> None:
    calls = [_call(LOGOUT, NO), _call(REFRESH, YES)]
    assert explained(START, calls, {"renewed"})


@pytest.mark.parametrize(
    ("spans", "expected"), [(TOGETHER, True), (REFRESH_FIRST, True), (LOGOUT_FIRST, False)]
)
def test_who_was_answered_before_another_began_came_first(
    spans: tuple[Span, Span], expected: bool
) -> None:
    calls = [_call(LOGOUT, YES, spans[0]), _call(REFRESH, YES, spans[1])]
    assert explained(START, calls, set()) is expected


@pytest.mark.parametrize(
    ("answers", "living", "expected"),
    [
        ((YES, NO), {"renewed"}, True),
        ((NO, YES), {"renewed twice"}, True),
        ((NO, NO), set(), True),
        ((YES, NO), set(), True),  # the second use ended the family
        ((YES, YES), set(), False),  # redeemed twice, however short the tokens lived
        ((YES, YES), {"renewed", "renewed twice"}, False),
    ],
)
def test_a_token_is_spent_once(
    answers: tuple[bool, bool], living: set[str], expected: bool
) -> None:
    calls = [_call(REFRESH, answers[0]), _call(AGAIN, answers[1])]
    assert explained(START, calls, living) is expected


@pytest.mark.parametrize(
    ("entered", "living", "expected"),
    [(YES, set(), True), (NO, set(), True), (YES, {"new"}, False), (YES, {"caller"}, False)],
)
def test_a_login_with_the_old_password_does_not_outlive_its_change(
    entered: bool, living: set[str], expected: bool
) -> None:
    calls = [_call(CHANGE, YES), _call(LOGIN, entered)]
    assert explained(START, calls, living) is expected


def test_the_session_that_changed_the_password_may_live() -> None:
    start = State(frozenset({"s", "caller"}))
    assert explained(start, [_call(CHANGE, YES), _call(reads("s"), YES)], {"caller"})


def test_a_dead_session_is_not_recognised() -> None:
    calls = [_call(LOGOUT, YES, Span(0, 1)), _call(reads("s"), YES, Span(2, 3))]
    assert not explained(START, calls, set())


DEMOTED = ends()
USED = goes_on("s", "renewed", needed=True)
RENEWED = goes_on("s", "renewed")


@pytest.mark.parametrize("effect", [USED, RENEWED])
@pytest.mark.parametrize(
    ("living", "expected"), [(set(), True), ({"s"}, False), ({"renewed"}, False)]
)
def test_what_a_session_may_do_ends_with_the_role_in_whatever_it_became(
    effect: Effect, living: set[str], expected: bool
) -> None:
    assert explained(START, [_call(DEMOTED, YES), _call(effect, YES)], living) is expected


@pytest.mark.parametrize(("effect", "expected"), [(USED, False), (RENEWED, True)])
def test_after_the_change_of_a_role_a_refresh_succeeds_and_a_privileged_use_does_not(
    effect: Effect, expected: bool
) -> None:
    calls = [_call(DEMOTED, YES, LOGOUT_FIRST[0]), _call(effect, YES, LOGOUT_FIRST[1])]
    assert explained(START, calls, set()) is expected


def test_a_refused_change_of_a_role_takes_nothing_away() -> None:
    assert explained(START, [_call(DEMOTED, NO), _call(USED, YES)], {"s", "renewed"})


def test_a_change_of_role_meets_a_use_where_nothing_can_be_refreshed() -> None:
    needs = {contest.name: contest.needs for contest in DEMOTIONS}
    assert needs["change of role against use"] == {"change_role", "role_probe", "parallel"}


# -- series ---------------------------------------------------------------------------------------

CONTEST = Contest("logout against refresh", frozenset(), lambda *_: None)
RIGHT = (Round(True, True, True, "logout", ()), Round(True, True, True, "refresh", ()))
WRONG = Round(True, True, False, "logout", ("the renewed session",))
APART = Round(False, True, False, "logout", ("the renewed session",))
UNSURE = Round(True, False, False, "logout", ())


@pytest.mark.parametrize(
    ("rounds", "outcome"),
    [
        (RIGHT * 10, Outcome.HELD),
        (RIGHT * 9, Outcome.WARNING),
        ((RIGHT[0],) * 20, Outcome.WARNING),
        ((*RIGHT * 10, WRONG), Outcome.VIOLATED),
        ((WRONG,), Outcome.VIOLATED),
        ((*RIGHT * 10, APART, UNSURE), Outcome.HELD),
        ((APART, UNSURE), Outcome.NOT_JUDGED),
    ],
)
def test_a_race_is_judged_by_all_its_rounds(rounds: tuple[Round, ...], outcome: Outcome) -> None:
    found = explains_itself(Series(CONTEST, "web", rounds), "nothing lives")
    assert found.outcome is outcome


def test_the_rate_is_told() -> None:
    series = Series(CONTEST, "web", (*RIGHT * 10, WRONG, WRONG))
    seen = explains_itself(series, "nothing lives").seen
    assert seen == (
        "the renewed session alive in 2: 2 of 22 overlapping rounds "
        "(logout first in 12, refresh first in 10)"
    )

"""Lifetimes at the provider and at applications: what is judged, and what only the policy says."""

from typing import Any

import pytest

from adapters.contract import Acknowledged, Answer, Artefact, Kind, Place, Refused, Seen
from adapters.secrets import Secret
from suites.kernel.coordination import (
    COMEBACK,
    DISABLED,
    ENDED,
    PROVIDER_END,
    RENEWAL,
    Reach,
    Renewed,
)
from suites.kernel.policy import Policy
from suites.kernel.select_coordination import reached, renewed_silently, returns
from suites.kernel.verify import Outcome
from suites.kernel.verify_coordination import same_login, stays_away, taken_up
from suites.machines.coordination import coordinated
from suites.selftest.past import History

NOBODY, ALICE = Seen("me", None, True, "nobody"), Seen("me", "alice", True, "named")
DELAY = {"federation.max_delay_seconds": 5}
EVERYWHERE = {**DELAY, "federation.logout_scope": "all_rps"}
AT_THE_PROVIDER = {**DELAY, "federation.logout_scope": "op"}
NO, DONE = Refused("no"), Acknowledged()


def reach(what: str, seen: Seen, renewed: Answer | None = NO, *, confirmed: bool = True) -> Reach:
    return Reach(what, confirmed, History().login(), seen, renewed)


@pytest.mark.parametrize(
    ("what", "seen", "renewed", "policy", "outcome"),
    [
        (DISABLED, NOBODY, NO, DELAY, Outcome.HELD),
        (DISABLED, NOBODY, None, DELAY, Outcome.HELD),
        (DISABLED, ALICE, NO, DELAY, Outcome.VIOLATED),
        (DISABLED, NOBODY, DONE, DELAY, Outcome.VIOLATED),
        (DISABLED, ALICE, NO, {}, Outcome.NOT_JUDGED),
        (ENDED, ALICE, NO, EVERYWHERE, Outcome.VIOLATED),
        (ENDED, NOBODY, NO, EVERYWHERE, Outcome.HELD),
        (ENDED, ALICE, NO, AT_THE_PROVIDER, Outcome.DEVIATION),
    ],
)
def test_only_the_declared_matrix_is_judged(
    what: str, seen: Seen, renewed: Answer | None, policy: dict[str, Any], outcome: Outcome
) -> None:
    assert taken_up(reach(what, seen, renewed), Policy(policy)).outcome is outcome


@pytest.mark.parametrize(("confirmed", "answer"), [(False, DONE), (True, NO)])
def test_an_end_that_the_provider_did_not_show_is_none(confirmed: bool, answer: Answer) -> None:
    past = History()
    event = past.model.event(PROVIDER_END, answer)
    event.extra = [reach(ENDED, ALICE, confirmed=confirmed)]
    assert past.pick(reached(), event) == []
    event.answer, event.extra = DONE, [reach(ENDED, ALICE)]
    assert past.pick(reached(), event) == event.extra


@pytest.mark.parametrize(
    ("seen", "policy", "outcome"),
    [
        (NOBODY, AT_THE_PROVIDER, Outcome.HELD),
        (ALICE, AT_THE_PROVIDER, Outcome.VIOLATED),
        (ALICE, {}, Outcome.WARNING),
    ],
)
def test_a_logout_is_not_undone(seen: Seen, policy: dict[str, Any], outcome: Outcome) -> None:
    assert stays_away(seen, Policy(policy)).outcome is outcome


def test_a_browser_that_the_provider_forgot_proves_nothing() -> None:
    past = History()
    event = past.model.event(COMEBACK, NO, extra=NOBODY, detail="the provider knew nobody")
    assert past.pick(returns(), event) == []
    event.detail = ""
    assert past.pick(returns(), event) == [NOBODY]


@pytest.mark.parametrize(
    ("first", "later", "outcome"),
    [
        (100, 100, Outcome.HELD),
        (100, 101, Outcome.HELD),
        (100, 102, Outcome.VIOLATED),
        (100, None, Outcome.NOT_JUDGED),
        (None, 100, Outcome.NOT_JUDGED),
    ],
)
def test_a_renewal_states_the_time_of_the_login(
    first: int | None, later: int | None, outcome: Outcome
) -> None:
    assert same_login({"auth_time": first}, {"auth_time": later}).outcome is outcome
    assert same_login(None, {"auth_time": later}).outcome is Outcome.NOT_JUDGED


def test_a_renewal_without_a_statement_is_not_selected() -> None:
    past = History()
    event = past.model.event(RENEWAL, DONE)
    assert past.pick(renewed_silently(), event) == []
    stated = Artefact(Kind.ID, Place.BODY, "id_token", Secret("id-token-value"))
    event.extra = Renewed(stated, stated)
    assert past.pick(renewed_silently(), event) == [event.extra]


def test_scenarios_follow_what_a_channel_offers() -> None:
    offers = {
        "app": frozenset({"redeem", "authorize_fresh"}),
        "shop": frozenset({"hand_in", "come_back", "op_disable"}),
        "web": frozenset({"refresh"}),
    }
    told = [(steps[0]["channel"], steps[1]["do"]) for _, steps in coordinated(offers)]
    assert told == [
        ("app", "demand_login"),
        ("app", "demand_login"),
        ("app", "renew_silently"),
        ("shop", "leave_party"),
        ("shop", "end_at_provider"),
        ("shop", "end_at_provider"),
    ]

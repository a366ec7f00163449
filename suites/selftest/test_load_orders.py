"""An order for a flood is shared out to the request, and what a flood showed is judged as it is."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.contract import Acknowledged, Refused, Seen
from suites.kernel.flooding import AFTER, BEFORE, DURING, PHASES, Flood, Witness
from suites.kernel.guessing import IDENTIFIERS, NOTHING, STEP_UP, Guesses, guesses_beyond
from suites.kernel.hostile import Hostility
from suites.kernel.load import Latency, Order, Sent
from suites.kernel.policy import Policy
from suites.kernel.verify import Outcome
from suites.kernel.verify_load import (
    bearable,
    bounded_growth,
    cheap,
    limited,
    others_served,
    owner_unharmed,
    reclaimed,
    recovered,
    slowed,
    survived,
    turned_away,
)
from suites.probes.hostile import COOKIES, NAMES, hostile_values
from suites.probes.mutations import Mutant
from suites.selftest.toy import Toy, log_in, world_on

ORDER = Order("shop.yaml", "visits", "web", 401, 50.0, 2)


def test_the_shares_of_all_workers_are_the_order() -> None:
    assert [ORDER.share(number) for number in range(3)] == [201, 200, 0]
    assert replace(ORDER, workers=0).share(0) == 401
    assert Order.from_json(ORDER.to_json()) == ORDER


def test_an_order_keeps_accounts_out_of_what_is_shown() -> None:
    order = replace(ORDER, users=({"name": "mallory", "password": "hunter2-hunter2"},))
    assert "hunter2" not in repr(order)
    assert Order.from_json(order.to_json()).users == order.users


def test_latencies_are_told_by_the_middle_and_the_upper_end() -> None:
    assert Latency.of([]) == Latency()
    assert Latency.of([float(n) for n in range(100)]) == Latency(100, 49.5, 95.0)


# -- floods ---------------------------------------------------------------------------------------


def flood(**said: object) -> Flood:
    """Return a flood that went well, but for what is said of its one bystander."""
    witness = Witness(log_in(world_on(Toy())))
    for phase in PHASES:
        witness.looks[phase], witness.seconds[phase] = 30, [0.01] * 30
    for name, value in said.items():
        setattr(witness, name, value)
    sent = Sent({"answered": 401}, 8.0)
    return Flood("visits", "web", ORDER, sent, [witness], [10, 60, 12])


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({}, Outcome.HELD),
        ({"dead": DURING}, Outcome.VIOLATED),
        ({"mixed": AFTER}, Outcome.VIOLATED),
        ({"unanswered": 20, "excused": 20}, Outcome.HELD),
    ],
)
def test_a_flood_that_ends_or_mixes_a_session_is_violated(
    said: dict[str, object], outcome: Outcome
) -> None:
    assert survived(flood(**said)).outcome is outcome


def test_a_flood_that_was_not_made_as_ordered_is_not_judged() -> None:
    short = flood()
    short.why = "300 of 401 requests were sent"
    assert survived(short).outcome is Outcome.NOT_JUDGED
    short.witnesses[0].dead = DURING
    assert survived(short).outcome is Outcome.VIOLATED


def test_who_was_dead_before_the_flood_is_no_evidence() -> None:
    early = flood(dead=BEFORE)
    early.why = "a bystander was not recognised before the flood"
    assert survived(early).outcome is Outcome.NOT_JUDGED


def test_a_target_that_does_not_come_back_is_violated() -> None:
    assert recovered(flood()).outcome is Outcome.HELD
    assert recovered(flood(back=False)).outcome is Outcome.VIOLATED


def test_slowness_is_a_warning_and_never_a_failure() -> None:
    slow = flood()
    slow.witnesses[0].seconds[DURING] = [5.0] * 30
    assert bearable(flood(), Policy({})).outcome is Outcome.HELD
    assert bearable(slow, Policy({})).outcome is Outcome.WARNING
    assert bearable(flood(unanswered=3, excused=1), Policy({})).outcome is Outcome.WARNING


@pytest.mark.parametrize(
    ("kept", "grown", "left"),
    [
        ([10, 60, 12], Outcome.HELD, Outcome.HELD),
        ([10, 411, 400], Outcome.VIOLATED, Outcome.VIOLATED),
        ([None, None, None], Outcome.NOT_JUDGED, Outcome.NOT_JUDGED),
        ([10, 10, 10], Outcome.HELD, Outcome.NOT_JUDGED),
    ],
)
def test_what_a_flood_leaves_behind_is_counted(
    kept: list[int | None], grown: Outcome, left: Outcome
) -> None:
    made = flood()
    made.kept = kept
    assert bounded_growth(made).outcome is grown
    assert reclaimed(made).outcome is left


# -- hostile values -------------------------------------------------------------------------------


def hostility(**said: object) -> Hostility:
    session = log_in(world_on(Toy()))
    alive = Seen("me", "alice", clear=True, why="")
    found = Hostility("a value", session.sure, 0.3, 0.01, [0.02] * 25, before=alive, after=alive)
    for name, value in said.items():
        setattr(found, name, value)
    return found


SILENT = Seen("me", None, clear=False, why="no answer within the time-out")
STRANGER = Seen("me", None, clear=True, why="401")


@pytest.mark.parametrize(
    ("said", "outcomes"),
    [
        ({}, ("held", "held", "held")),
        ({"crashed": 1}, ("violated", "held", "held")),
        ({"accepted": 1}, ("violated", "held", "held")),
        ({"seconds": [0.5] * 5}, ("held", "violated", "held")),
        ({"seconds": [0.5, 0.02, 9.0]}, ("held", "held", "held")),
        ({"after": SILENT}, ("held", "held", "violated")),
        ({"after": STRANGER}, ("held", "held", "violated")),
        ({"before": SILENT}, ("not judged", "not judged", "not judged")),
    ],
)
def test_hostile_values_must_be_refused_quickly_and_harm_nobody(
    said: dict[str, object], outcomes: tuple[str, ...]
) -> None:
    found = hostility(**said)
    policy = Policy({"flood.latency_factor": 30})
    findings = (turned_away(found), cheap(found, policy), others_served(found))
    assert tuple(str(finding.outcome) for finding in findings) == outcomes


def test_slow_answers_are_a_warning_where_no_factor_is_declared() -> None:
    assert cheap(hostility(seconds=[0.5] * 5), Policy({})).outcome is Outcome.WARNING


def test_every_hostile_value_can_travel_in_a_cookie() -> None:
    values = list(hostile_values())
    assert len({value.name for value in values}) == len(values) == len(NAMES)
    assert all(Mutant("", value.value).cookie_safe for value in values if value.value)
    assert max(len(value.cookies) for value in values) == COOKIES
    assert max(len(value.value) for value in values) < 200_000


# -- guesses --------------------------------------------------------------------------------------

DECLARED = Policy({"throttle.max_invalid": 10})


def guesses(what: str = STEP_UP, **said: Any) -> Guesses:
    owner = log_in(world_on(Toy()))
    alive = Seen("me", "alice", clear=True, why="")
    found = Guesses(what, NOTHING, owner, 10, made=13, alive=alive, renewed=Acknowledged())
    for name, value in said.items():
        setattr(found, name, value)
    return found


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (guesses(), Outcome.VIOLATED),
        (guesses(slowed=11), Outcome.HELD),
        (guesses(ended=True), Outcome.HELD),
        (guesses(IDENTIFIERS), Outcome.WARNING),
        (guesses(limit=None), Outcome.WARNING),
        (guesses(made=11), Outcome.WARNING),
        (guesses(why="load.max_requests is 20"), Outcome.NOT_JUDGED),
    ],
)
def test_only_passwords_beyond_a_declared_limit_are_a_failure(
    found: Guesses, outcome: Outcome
) -> None:
    assert slowed(found).outcome is outcome


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({}, Outcome.HELD),
        ({"alive": STRANGER}, Outcome.VIOLATED),
        ({"renewed": Refused("401")}, Outcome.VIOLATED),
        ({"alive": SILENT}, Outcome.NOT_JUDGED),
        ({"alive": SILENT, "apart": True}, Outcome.UNCLEAR),
    ],
)
def test_the_owner_stays_logged_in_and_can_renew(said: dict[str, Any], outcome: Outcome) -> None:
    assert owner_unharmed(guesses(**said)).outcome is outcome


def test_a_fifth_more_than_the_limit_is_guessed() -> None:
    assert guesses_beyond(DECLARED) == 13
    assert limited(guesses(), DECLARED).outcome is Outcome.HELD
    assert limited(guesses(), Policy({})).outcome is Outcome.WARNING

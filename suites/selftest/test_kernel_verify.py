"""Verifiers: of each one example that holds, one that is violated and one that is unclear."""

import pytest

from adapters.contract import (
    Acknowledged,
    Device,
    Handle,
    Listing,
    Refused,
    Seen,
    Unclear,
    User,
)
from adapters.secrets import Secret
from suites.kernel.model import Event, Model, Session
from suites.kernel.verify import (
    Finding,
    Outcome,
    all_of,
    allowed,
    check,
    deviation,
    distinct,
    held,
    lists_exactly,
    never_as,
    recognised_as,
    refused,
    stranger_to,
    unclear,
    unusable,
    violated,
    warning,
)

NOBODY = Seen("me", None, clear=True, why="nobody")
ALICE = Seen("me", "alice", clear=True, why="named")
BOB = Seen("me", "bob", clear=True, why="named")
DARK = Seen("me", None, clear=False, why="503")
HELD, VIOLATED, UNCLEAR = Outcome.HELD, Outcome.VIOLATED, Outcome.UNCLEAR


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (refused(NOBODY), HELD),
        (refused(ALICE), VIOLATED),
        (refused(DARK), UNCLEAR),
        (stranger_to(NOBODY), HELD),
        (stranger_to(ALICE), VIOLATED),
        (recognised_as("alice", ALICE), HELD),
        (recognised_as("alice", NOBODY), VIOLATED),
        (recognised_as("alice", BOB), VIOLATED),
        (recognised_as("alice", DARK), UNCLEAR),
        (recognised_as("bob", ALICE, identity="alice"), HELD),
        (never_as("alice", NOBODY), HELD),
        (never_as("alice", BOB), HELD),
        (never_as("alice", ALICE), VIOLATED),
        (never_as("alice", DARK), UNCLEAR),
        (unusable(Refused("spent")), HELD),
        (unusable(Acknowledged()), VIOLATED),
        (unusable(Unclear("429")), UNCLEAR),
        (check(True, "x", "y"), HELD),
        (check(False, "x", "y"), VIOLATED),
        (distinct("the identifier", "v1", ["v2"], "before"), HELD),
        (distinct("the identifier", "v1", ["v2", "v1"], "before"), VIOLATED),
        (warning("x", "y"), Outcome.WARNING),
        (deviation("x", "y"), Outcome.DEVIATION),
    ],
)
def test_what_a_verifier_says(found: Finding, outcome: Outcome) -> None:
    assert found.outcome is outcome
    assert found.expected
    assert found.seen
    assert found.violated is (outcome is VIOLATED)


def test_a_violation_tells_what_was_seen_and_by_which_probe() -> None:
    assert refused(ALICE).seen == "recognised as alice by probe me"
    assert recognised_as("alice", NOBODY).seen == "nobody recognised by probe me"


def test_an_unclear_look_says_why() -> None:
    assert {f(DARK).seen for f in (refused, stranger_to)} == {"503"}
    assert unusable(Unclear("429")).seen == "429"


def test_using_up_a_credential_can_be_asked_only_once() -> None:
    assert not unusable(Acknowledged()).repeatable
    assert unusable(Refused("spent")).repeatable


def test_a_compared_value_is_never_shown() -> None:
    found = distinct("the identifier", "hush-hush", ["hush-hush"], "presented at login")
    assert "hush-hush" not in found.expected + found.seen


FINDINGS = [
    violated("a", "violated"),
    unclear("a", "unclear"),
    warning("a", "warning"),
    deviation("a", "deviation"),
    held("a", "held"),
]


@pytest.mark.parametrize("place", range(len(FINDINGS)))
def test_the_worst_of_several_findings_wins(place: int) -> None:
    rest = FINDINGS[place:]
    assert all_of(rest) is rest[0]
    assert all_of(reversed(rest)) is rest[0]


def test_all_of_nothing_is_unclear() -> None:
    assert all_of([]).outcome is UNCLEAR


# -- session lists --------------------------------------------------------------------------------


def session(model: Model, name: str, handle: str, user: str = "alice") -> Session:
    opened = model.event("login", Acknowledged(), user=user)
    found = Session(name, user, Device(name), "web", opened, handle=Handle(handle))
    model.sessions[name] = found
    return found


def listing(model: Model, living: list[Session], *handles: str) -> Event:
    event = model.event("listing", None, user="alice")
    event.spares = living
    event.extra = Listing(tuple(Handle(h, current=h == handles[0]) for h in handles))
    return event


def as_modelled(session: Session) -> bool:
    return session.ended is None


def model_of(*, throwaway: bool = True) -> Model:
    return Model({"alice": User("alice", Secret("alice-password"))}, throwaway=throwaway)


def test_a_list_of_exactly_the_living_sessions_holds() -> None:
    model = model_of()
    living = [session(model, "s1", "h1"), session(model, "s2", "h2")]
    assert lists_exactly(listing(model, living, "h1", "h2"), model, as_modelled).outcome is HELD


def test_a_living_session_that_is_not_listed_violates() -> None:
    model = model_of()
    living = [session(model, "s1", "h1"), session(model, "s2", "h2")]
    found = lists_exactly(listing(model, living, "h1"), model, as_modelled)
    assert found.outcome is VIOLATED
    assert found.seen == "s2 lives and is not listed"


def test_an_ended_session_that_is_listed_violates() -> None:
    model = model_of(throwaway=False)
    one, two = session(model, "s1", "h1"), session(model, "s2", "h2")
    two.ended = model.event("logout", Acknowledged(), user="alice", session=two)
    found = lists_exactly(listing(model, [one], "h1", "h2"), model, as_modelled)
    assert (found.outcome, found.seen) == (VIOLATED, "an ended session is listed")


@pytest.mark.parametrize("throwaway", [True, False])
def test_an_ended_session_that_lives_on_is_rightly_listed(throwaway: bool) -> None:
    model = model_of(throwaway=throwaway)
    one, two = session(model, "s1", "h1"), session(model, "s2", "h2")
    two.ended = model.event("logout", Acknowledged(), user="alice", session=two)
    listed = listing(model, [one], "h1", "h2")
    assert lists_exactly(listed, model, lambda _: True).outcome is HELD


def test_a_list_with_sessions_from_beside_the_history_is_not_judged() -> None:
    model = model_of()
    living = [session(model, "s1", "h1")]
    found = lists_exactly(listing(model, living, "h1", "h9"), model, as_modelled, ["control"])
    assert found.outcome is Outcome.NOT_JUDGED


def test_a_session_that_is_dead_in_fact_is_rightly_not_listed() -> None:
    model = model_of()
    living = [session(model, "s1", "h1"), session(model, "s2", "h2")]
    listed = listing(model, living, "h1")
    assert lists_exactly(listed, model, lambda one: one is living[0]).outcome is HELD


def test_a_list_that_is_too_short_violates() -> None:
    model = model_of()
    living = [session(model, "s1", "h1"), session(model, "s2", "h2")]
    living[1].handle = None
    assert lists_exactly(listing(model, living, "h1"), model, as_modelled).outcome is VIOLATED


def test_an_ended_session_of_which_nothing_is_listed_holds() -> None:
    model = model_of()
    one, two = session(model, "s1", "h1"), session(model, "s2", "h2")
    two.ended = model.event("logout", Acknowledged(), user="alice", session=two)
    assert lists_exactly(listing(model, [one], "h1"), model, as_modelled).outcome is HELD


def test_a_list_that_calls_two_sessions_current_violates() -> None:
    model = model_of()
    living = [session(model, "s1", "h1"), session(model, "s2", "h2")]
    event = listing(model, living, "h1", "h2")
    event.extra = Listing(tuple(Handle(h, current=True) for h in ("h1", "h2")))
    found = lists_exactly(event, model, as_modelled)
    assert (found.outcome, found.seen) == (VIOLATED, "more than one is called current")


@pytest.mark.parametrize(("throwaway", "outcome"), [(True, VIOLATED), (False, HELD)])
def test_a_stranger_in_the_list_counts_on_throw_away_accounts_only(
    throwaway: bool, outcome: Outcome
) -> None:
    model = model_of(throwaway=throwaway)
    living = [session(model, "s1", "h1")]
    assert lists_exactly(listing(model, living, "h1", "h9"), model, as_modelled).outcome is outcome


@pytest.mark.parametrize(
    ("answer", "wanted", "outcome"),
    [
        (Acknowledged(), True, HELD),
        (Refused("no"), False, HELD),
        (Acknowledged(), False, VIOLATED),
        (Refused("no"), True, VIOLATED),
        (Unclear("503"), False, UNCLEAR),
        (Unclear("503"), True, UNCLEAR),
    ],
)
def test_allowed(answer: Acknowledged | Refused | Unclear, wanted: bool, outcome: Outcome) -> None:
    assert allowed(answer, wanted).outcome is outcome

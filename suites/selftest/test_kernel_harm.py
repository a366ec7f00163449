"""Hostile acts: whose sessions are judged after them, and what a locked account does not prove."""

import pytest

from adapters.contract import Acknowledged, Answer, Kind, Refused, Unclear
from suites.catalogue import requirement
from suites.kernel.declare import Invariant, Moment
from suites.kernel.families import OWNER, THIEF, Reuse
from suites.kernel.ledger import Ledger
from suites.kernel.model import Event
from suites.kernel.select_harm import KINDS, harmed
from suites.kernel.verify import Finding, held, unclear
from suites.selftest.past import History
from suites.selftest.toy import Toy, log_in, world_on

DONE, NO, DOUBT = Acknowledged(), Refused("no"), Unclear("429")


def victims(past: History, event: Event) -> list[str]:
    """Whose sessions are judged after an event."""
    found = harmed().pick(Moment(past.model, (event,), final=False))
    return [subject.value[0].name for subject in found]


def after(kind: str, answer: Answer) -> list[str]:
    """Whose sessions are judged after an act against a user with one session."""
    past = History()
    session = past.login()
    event = past.model.event(kind, answer, user="alice")
    event.spares = [session]
    return victims(past, event)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        *(("guessed passwords", NO), ("failed login", NO), ("ask reset", DONE)),
        *(("bogus logout", DONE), ("bogus logout", NO), ("foreign revoke", NO)),
        *(("stale reset", NO), ("repeated logout", DONE)),
    ],
)
def test_a_session_that_was_alive_before_a_hostile_act_is_judged(kind: str, answer: Answer) -> None:
    assert after(kind, answer) == ["s1"]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        *(("guessed passwords", DOUBT), ("guessed passwords", DONE), ("ask reset", DOUBT)),
        *(("stale reset", DONE), ("logout", DONE), ("refresh", DONE)),
    ],
)
def test_nothing_is_judged_after_what_is_no_hostile_act_or_was_not_answered(
    kind: str, answer: Answer
) -> None:
    assert after(kind, answer) == []


def test_whoever_does_it_is_no_victim_and_neither_is_who_shows_the_session() -> None:
    past = History()
    mine, shown, other = past.login(), past.login(), past.login("bob")
    event = past.model.event("failed login", NO, session=mine, presented=(shown.sure.value,))
    event.spares = [mine, shown, other]
    assert victims(past, event) == ["s3"]


@pytest.mark.parametrize(("by", "found"), [(THIEF, ["s2"]), (OWNER, [])])
def test_a_thief_with_a_used_token_is_hostile_and_its_owner_is_not(
    by: str, found: list[str]
) -> None:
    past = History()
    family, other = past.login("alice", Kind.SESSION, Kind.REFRESH), past.login()
    event = past.model.event("reuse", NO, user="alice", session=family)
    event.extra = Reuse(event, family, family.credentials[1], 1, False, (), False, by)
    event.spares = [other]
    assert victims(past, event) == found


def test_a_claim_over_different_acts_counts_kinds_and_not_cases() -> None:
    def judge(_: object) -> Finding:
        return held("x", "y")

    of = requirement("SM-11.4")
    claim = Invariant(of, "it_holds", "It holds.", harmed(), judge)
    ledger = Ledger()
    for context in ("a", "a", "b"):
        ledger.count(claim, held("x", "y"), context=context)
    ledger.count(claim, unclear("x", "503"), context="c")
    assert ledger.varieties(claim) == 2 < KINDS


def test_guesses_prove_the_victims_alive_first_and_come_from_elsewhere() -> None:
    world = world_on(Toy())
    session = log_in(world)
    event = world.guess_passwords("alice", 2)
    assert event is not None
    assert (event.answer, event.presented, event.spares) == (
        Refused("wrong password"),
        (),
        [session],
    )


def test_few_passwords_are_guessed_where_an_account_outlasts_the_run() -> None:
    world = world_on(Toy())
    world.guess_passwords("alice", 6)
    assert world.failures == {"alice": 2}
    assert world.guess_passwords("alice", 6) is None


def test_a_login_refused_after_guesses_says_nothing() -> None:
    toy = Toy()
    world = world_on(toy)
    world.model.throwaway = True
    world.guess_passwords("alice", 6)
    toy.passwords["alice"] = "locked"
    before = len(world.model.events)
    assert world.login("alice") is None
    assert len(world.model.events) == before


def test_where_a_lockout_is_declared_to_end_sessions_nothing_is_claimed_of_the_dead() -> None:
    toy = Toy()
    world = world_on(toy, lockout__affects_sessions=True)
    session = log_in(world)
    toy.lose("alice")
    event = world.guess_passwords("alice", 2)
    assert event is not None
    assert (event.spares, session.live) == ([], False)

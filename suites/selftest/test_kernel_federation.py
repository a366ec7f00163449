"""What is judged of clients, providers and relying parties: selectors, verifiers, and claims."""

import pytest

from adapters.contract import Acknowledged, Answer, Kind, Refused, Seen, Unclear
from suites.kernel.federation import FORGERIES, PROVIDER_LOGOUT, Forgery, Silence
from suites.kernel.grants import REVOCATION
from suites.kernel.model import Event
from suites.kernel.select_federation import dead_tokens, forgeries, living_tokens, silences
from suites.kernel.verify import Outcome
from suites.kernel.verify_federation import (
    active,
    forgotten,
    inactive,
    no_effect,
    nobody_but,
    still_known,
    unusable_answer,
)
from suites.probes.logout_tokens import EVENT, defective, genuine
from suites.selftest.past import History

HELD, VIOLATED, UNCLEAR = Outcome.HELD, Outcome.VIOLATED, Outcome.UNCLEAR
ALICE = Seen("me", "alice", clear=True, why="named")
NOBODY = Seen("me", None, clear=True, why="nobody")
DARK = Seen("me", None, clear=False, why="503")
YES, NO, WHO_KNOWS = Acknowledged(), Refused("declined"), Unclear("503")


@pytest.fixture
def past() -> History:
    found = History()
    found.model.able = {"app": frozenset({"introspect"}), "spa": frozenset()}
    return found


# -- selectors ------------------------------------------------------------------------------------


def test_living_tokens_are_those_of_sessions_seen_alive(past: History) -> None:
    past.login("alice", Kind.ACCESS, Kind.REFRESH, channel="app")
    past.login("bob", Kind.ACCESS, channel="app", proven=False)
    assert past.pick(living_tokens()) == ["s1.access#0", "s1.refresh#0"]


def test_tokens_of_a_client_that_may_not_introspect_are_left_out(past: History) -> None:
    past.end(REVOCATION, past.login("alice", Kind.ACCESS, channel="spa"))
    past.login("alice", Kind.ACCESS, channel="spa")
    assert past.pick(living_tokens()) == []
    assert past.pick(dead_tokens(), final=True) == []


def test_dead_tokens_are_those_revoked_or_renewed_away(past: History) -> None:
    past.end(REVOCATION, past.login("alice", Kind.ACCESS, channel="app"))
    past.end("rotation", past.login("alice", Kind.REFRESH, channel="app"))
    past.end("logout", past.login("alice", Kind.ACCESS, channel="app"))
    assert past.pick(dead_tokens(), final=True) == ["s1.access#0", "s2.refresh#0"]
    assert past.pick(dead_tokens()) == []


def test_silences_are_those_of_browsers_that_were_known(past: History) -> None:
    known, unknown = Silence("app", YES, NO), Silence("spa", NO, NO)
    event = past.model.event(PROVIDER_LOGOUT, YES, extra=[known, unknown])
    assert past.pick(silences(PROVIDER_LOGOUT)) == [(event, known)]
    assert past.pick(silences(PROVIDER_LOGOUT, "another detail")) == []
    assert past.pick(silences("another event")) == []


def test_forgeries_count_only_if_the_genuine_token_worked(past: History) -> None:
    one = Forgery("a nonce", NO, ALICE)
    event = past.model.event(FORGERIES, None, extra=[one])
    assert past.pick(forgeries()) == [(one, event)]
    event.detail = "the genuine one ended nothing"
    assert past.pick(forgeries()) == []


# -- verifiers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "called_active", "called_inactive"),
    [(ALICE, HELD, VIOLATED), (NOBODY, VIOLATED, HELD), (DARK, UNCLEAR, UNCLEAR)],
)
def test_what_introspection_says(
    seen: Seen, called_active: Outcome, called_inactive: Outcome
) -> None:
    assert active(seen).outcome is called_active
    assert inactive(seen).outcome is called_inactive


@pytest.mark.parametrize(
    ("after", "gone", "known"),
    [(YES, VIOLATED, HELD), (NO, HELD, VIOLATED), (WHO_KNOWS, UNCLEAR, UNCLEAR)],
)
def test_what_a_silent_request_says(after: Answer, gone: Outcome, known: Outcome) -> None:
    silence = Silence("app", YES, after)
    assert forgotten(silence).outcome is gone
    assert still_known(silence).outcome is known


@pytest.mark.parametrize(
    ("answer", "after", "outcome"),
    [
        (NO, ALICE, HELD),
        (YES, ALICE, VIOLATED),
        (NO, NOBODY, VIOLATED),
        (NO, DARK, UNCLEAR),
        (WHO_KNOWS, ALICE, UNCLEAR),
    ],
)
def test_a_forgery_has_no_effect(answer: Answer, after: Seen, outcome: Outcome) -> None:
    assert no_effect(Forgery("a nonce", answer, after)).outcome is outcome


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [(ALICE, HELD), (NOBODY, HELD), (DARK, UNCLEAR), (Seen("me", "bob", True, ""), VIOLATED)],
)
def test_a_browser_shows_nobody_else(seen: Seen, outcome: Outcome) -> None:
    assert nobody_but("alice", seen).outcome is outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(YES, VIOLATED), (NO, HELD), (WHO_KNOWS, UNCLEAR), (None, UNCLEAR)],
)
def test_an_attempt_gives_nothing(answer: Answer | None, outcome: Outcome) -> None:
    assert unusable_answer(Event(0, "code replay", answer)).outcome is outcome


# -- logout tokens --------------------------------------------------------------------------------


def test_a_right_logout_token_says_what_the_standard_asks() -> None:
    said = genuine("ann", "sid-1", now=1000.0)
    assert said["events"] == {EVENT: {}}
    assert (said["iat"], said["exp"]) == (1000, 1120)
    assert "nonce" not in said
    assert genuine("ann", None, now=1.0)["jti"] != genuine("ann", None, now=1.0)["jti"]


def test_a_defective_logout_token_differs_in_one_respect() -> None:
    right = genuine("ann", "sid-1", now=1000.0)
    for wrong in defective("ann", "sid-1", now=1000.0):
        changed = {k for k in {*right, *wrong.claims} if wrong.claims.get(k) != right.get(k)}
        changed -= {"jti"} if wrong.claims["jti"] else set()
        several = {"events", "nonce", "jti"}, {"sub", "sid"}, {"iat", "exp"}
        assert len(changed) <= 1 or changed in several, wrong.defect
        assert changed or wrong.by != "provider", wrong.defect


def test_every_defect_has_a_name_of_its_own() -> None:
    names = [wrong.defect for wrong in defective("ann", None, now=1000.0)]
    assert len(set(names)) == len(names) > 10

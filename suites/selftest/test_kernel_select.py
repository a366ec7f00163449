"""Selectors on models made by hand: what each selects, and what its control keeps out."""

import pytest

from adapters.contract import Acknowledged, Answer, Kind, Listing, Refused, Unclear
from suites.kernel.declare import Moment
from suites.kernel.model import State
from suites.kernel.select import (
    FINAL_CAP,
    after,
    companions_of,
    ended,
    events,
    issued,
    issued_at,
    listings,
    live,
    live_pairs,
    logins,
    one_live_each,
    over_foreign_session,
    planted,
    spared_by,
)
from suites.selftest.past import History


@pytest.fixture
def past() -> History:
    return History()


# -- ended, companions_of -------------------------------------------------------------------------


def test_ended_selects_what_the_event_ended(past: History) -> None:
    past.end("logout", past.login())
    assert past.pick(ended(by="logout")) == ["s1.session#0"]
    assert past.pick(ended(by="logout"), final=True) == ["s1.session#0"]


def test_ended_asks_for_its_own_cause_only(past: History) -> None:
    past.end("change_password", past.login())
    assert past.pick(ended(by="logout")) == []


def test_ended_leaves_out_what_was_never_seen_alive(past: History) -> None:
    past.end("logout", past.login(proven=False))
    assert past.pick(ended(by="logout")) == []


def test_ended_leaves_out_a_value_that_lives_elsewhere(past: History) -> None:
    one, two = past.login(), past.login()
    past.credential(two, Kind.SESSION, value=one.sure.value)
    past.end("logout", one)
    assert past.pick(ended(by="logout")) == []


def test_ended_leaves_out_what_was_told_already(past: History) -> None:
    one = past.login()
    past.end("logout", one)
    one.sure.reported = True
    assert past.pick(ended(by="logout")) == []


def test_ended_leaves_the_companions_to_their_own_claim(past: History) -> None:
    past.end("logout", past.login("alice", Kind.ACCESS, Kind.REFRESH))
    assert past.pick(ended(by="logout")) == ["s1.access#0"]
    assert past.pick(companions_of("logout")) == ["s1.refresh#0"]


def test_companions_of_every_generation_are_selected(past: History) -> None:
    one = past.login("alice", Kind.ACCESS, Kind.REFRESH)
    past.credential(one, Kind.REFRESH)
    past.end("logout", one)
    assert past.pick(companions_of("logout")) == ["s1.refresh#0", "s1.refresh#1"]


def test_companions_leave_out_a_rotated_token_of_a_living_session(past: History) -> None:
    one = past.login("alice", Kind.ACCESS, Kind.REFRESH)
    renewal = past.model.event("refresh", Acknowledged(), user="alice", session=one)
    one.credentials[1].end("rotation", renewal)
    assert past.pick(companions_of("rotation")) == []


def test_companions_leave_out_what_was_never_seen_alive(past: History) -> None:
    past.end("logout", past.login("alice", Kind.ACCESS, Kind.REFRESH, proven=False))
    assert past.pick(companions_of("logout")) == []


def test_dead_stays_dead_is_asked_again_of_one_older_corpse_a_step(past: History) -> None:
    past.end("logout", past.login())
    past.end("logout", past.login())
    read = past.model.event("read", None, user="alice")
    assert len(past.pick(ended(by="logout"), read)) == 1
    assert len(past.pick(ended(by="logout"), final=True)) == 2


def test_the_end_of_a_history_asks_of_a_bounded_number(past: History) -> None:
    for _ in range(FINAL_CAP + 5):
        past.end("logout", past.login())
    assert len(past.pick(ended(by="logout"), final=True)) == FINAL_CAP


def test_a_repeated_logout_asks_for_its_own_session_again(past: History) -> None:
    one, two = past.login(), past.login("bob")
    past.end("logout", one)
    past.end("logout", two)
    again = past.model.event("repeated logout", Acknowledged(), user="alice", session=one)
    assert "s1.session#0" in past.pick(ended(by="logout"), again)


def test_a_password_change_says_whose_sessions_it_ended(past: History) -> None:
    one, two = past.login(), past.login()
    event = past.end("change_password", one, two)
    picked = ended(by="change_password").pick(Moment(past.model, (event,), final=False))
    assert [subject.context for subject in picked] == [
        "change_password by itself | session in cookie",
        "change_password by another | session in cookie",
    ]


# -- spared_by, live ------------------------------------------------------------------------------


def test_spared_by_selects_who_was_alive_and_not_meant(past: History) -> None:
    one, two = past.login(), past.login("bob")
    past.end("logout", one).spares = [two]
    assert past.pick(spared_by("logout")) == ["s2"]
    assert past.pick(spared_by("login", "logout")) == ["s2"]


def test_spared_by_leaves_out_other_events_and_who_is_uncertain_by_now(past: History) -> None:
    one, two = past.login(), past.login("bob")
    past.end("logout", one).spares = [two]
    assert past.pick(spared_by("change_password")) == []
    two.sure.state = State.EITHER
    assert past.pick(spared_by("logout")) == []


def test_spared_by_keeps_logins_within_and_beyond_the_limit_apart(past: History) -> None:
    one, _ = past.login(), past.login()
    last = past.model.events[-1]
    last.spares, last.surplus = [one], True
    assert past.pick(spared_by("login")) == []
    assert past.pick(spared_by("login", surplus=True)) == ["s1"]


def test_live_selects_the_living_sessions_of_everybody_else(past: History) -> None:
    past.login(), past.login("mallory"), past.login("bob")
    assert past.pick(live()) == ["s1", "s2", "s3"]
    assert past.pick(live(but_not="mallory")) == ["s1", "s3"]


def test_live_leaves_out_the_unproven_the_uncertain_and_the_dead(past: History) -> None:
    past.login(proven=False)
    past.login().sure.state = State.EITHER
    past.end("logout", past.login())
    assert past.pick(live()) == []


# -- events, logins, after ------------------------------------------------------------------------


def test_events_selects_a_kind_and_what_is_wanted_of_it(past: History) -> None:
    past.end("logout", past.login())
    assert len(past.pick(events("logout"))) == 1
    assert past.pick(events("login")) == []
    assert past.pick(events("logout", lambda e: e.crashed)) == []


def test_an_event_with_many_looks_weighs_as_many_subjects(past: History) -> None:
    event = past.model.event("sample", None, extra=["a", "b", "c"])
    [subject] = events("sample").pick(Moment(past.model, (event,), final=False))
    assert subject.weight == 3


def test_logins_selects_by_what_was_carried(past: History) -> None:
    past.login(carried="pre-auth")
    assert len(past.pick(logins(carrying={"pre-auth", "dead"}))) == 1
    assert past.pick(logins(carrying={"nothing"})) == []
    assert len(past.pick(logins())) == 1


@pytest.mark.parametrize(
    ("answer", "successes", "answered"),
    [(Acknowledged(), 1, 1), (Refused("no"), 0, 1), (Unclear("503"), 0, 0)],
)
def test_an_unanswered_login_is_never_a_subject(
    past: History, answer: Answer, successes: int, answered: int
) -> None:
    past.model.event("login", answer, user="alice")
    assert len(past.pick(logins())) == successes
    assert len(past.pick(logins(acknowledged=False))) == answered


def test_logins_within_and_beyond_the_limit_are_kept_apart(past: History) -> None:
    past.model.event("login", Refused("full"), user="alice", surplus=True)
    assert len(past.pick(logins(surplus=True, acknowledged=False))) == 1
    assert past.pick(logins(surplus=False, acknowledged=False)) == []


def test_after_selects_logins_that_follow_the_event_of_the_same_user(past: History) -> None:
    past.end("revoke_all", past.login())
    past.login("bob")
    assert past.pick(after("revoke_all")) == []
    past.login()
    assert past.pick(after("revoke_all")) == ["s3"]


def test_after_wants_an_acknowledged_event(past: History) -> None:
    past.end("revoke_all", past.login(), answer=Refused("no"))
    past.login()
    assert past.pick(after("revoke_all")) == []


# -- planted, over_foreign_session ----------------------------------------------------------------


def test_planted_selects_the_value_and_its_login(past: History) -> None:
    plant = past.stray("planted")
    past.login(carried="random", plants=[plant])
    assert past.pick(planted("random")) == [(plant, past.model.events[-1])]
    assert past.pick(planted("pre-auth")) == []


def test_planted_wants_a_login_that_succeeded(past: History) -> None:
    plant = past.stray("planted")
    event = past.model.event("login", Refused("no"), user="alice", carried="random")
    event.extra = (plant,)
    assert past.pick(planted("random")) == []


def test_planted_leaves_out_a_value_its_owner_holds_by_right(past: History) -> None:
    owner = past.login()
    past.login("bob", carried="random", plants=[owner.sure])
    assert past.pick(planted("random")) == []


def test_planted_is_asked_again_when_its_victim_acts(past: History) -> None:
    past.login(carried="random", plants=[past.stray("planted")])
    assert len(past.pick(planted("random"), past.model.event("read", None, user="alice"))) == 1
    assert past.pick(planted("random"), past.model.event("read", None, user="bob")) == []


def test_over_foreign_session_selects_the_new_session(past: History) -> None:
    past.login("bob", over=past.login())
    assert past.pick(over_foreign_session()) == ["s2"]


def test_over_foreign_session_leaves_out_the_own_one(past: History) -> None:
    past.login(over=past.login())
    assert past.pick(over_foreign_session()) == []
    past.login()
    assert past.pick(over_foreign_session()) == []


# -- issued, issued_at, listings ------------------------------------------------------------------


def test_issued_selects_by_kind(past: History) -> None:
    past.login("alice", Kind.ACCESS, Kind.REFRESH)
    assert past.pick(issued()) == ["s1.access#0", "s1.refresh#0"]
    assert past.pick(issued(Kind.REFRESH)) == ["s1.refresh#0"]
    assert past.pick(issued(Kind.SESSION)) == []


def test_issued_at_selects_what_an_ending_hands_out(past: History) -> None:
    event = past.end("logout", past.login())
    event.issued.append(past.stray("fresh"))
    assert past.pick(issued_at("logout")) == ["v-fresh"]
    assert past.pick(issued_at("repeated logout")) == []


def test_issued_at_leaves_out_other_kinds_and_what_was_told(past: History) -> None:
    event = past.end("logout", past.login())
    told = past.stray("told")
    told.reported = True
    event.issued += [told, past.stray("token", Kind.CSRF)]
    assert past.pick(issued_at("logout")) == []


@pytest.mark.parametrize(
    ("extra", "detail", "count"),
    [
        (Listing(()), "", 1),
        (Listing(()), "some sessions are uncertain", 0),
        (Refused("no"), "", 0),
    ],
)
def test_listings_selects_lists_that_can_be_compared(
    past: History, extra: object, detail: str, count: int
) -> None:
    past.model.event("listing", None, user="alice", extra=extra, detail=detail)
    assert len(past.pick(listings())) == count


# -- at the end -----------------------------------------------------------------------------------


def test_one_live_each_selects_one_session_a_channel_at_the_end(past: History) -> None:
    past.login(), past.login(), past.login("alice", Kind.ACCESS, channel="api")
    assert past.pick(one_live_each(), final=True) == ["s1", "s3"]
    assert past.pick(one_live_each()) == []


def test_one_live_each_leaves_out_the_unproven(past: History) -> None:
    past.login(proven=False)
    assert past.pick(one_live_each(), final=True) == []


def test_live_pairs_selects_two_users_on_one_channel(past: History) -> None:
    one, two = past.login(), past.login("bob")
    assert past.pick(live_pairs(), final=True) == [(one, two)]
    assert past.pick(live_pairs()) == []


def test_live_pairs_leaves_out_one_user_two_channels_and_the_unproven(past: History) -> None:
    past.login(), past.login(), past.login("bob", channel="app")
    past.login("mallory", proven=False)
    past.login("bob", Kind.ACCESS)
    assert past.pick(live_pairs(), final=True) == []

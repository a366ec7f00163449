"""Selectors of authority on models made by hand: what each selects, and what its control keeps."""

import pytest

from adapters.contract import Acknowledged, Kind, Refused
from suites.kernel.authority import AFTER_LOGOUT, CONFIRMED
from suites.kernel.model import State
from suites.kernel.select_authority import (
    in_role,
    opened_by,
    privilege_changes,
    raised_before,
    remembered,
    resets,
    revisited,
    sent_away,
)
from suites.selftest.past import History


@pytest.fixture
def past() -> History:
    return History()


def test_revisited_selects_what_ended_before_a_later_event(past: History) -> None:
    past.end("disable", past.login())
    enabled = past.model.event("enable", Acknowledged(), user="alice")
    assert past.pick(revisited("disable", at="enable"), enabled) == ["s1.session#0"]


def test_revisited_asks_for_the_same_user_and_an_acknowledged_event(past: History) -> None:
    past.end("disable", past.login())
    other = past.model.event("enable", Acknowledged(), user="bob")
    refused = past.model.event("enable", Refused("no"), user="alice")
    assert past.pick(revisited("disable", at="enable"), other, refused) == []


def test_remembered_selects_tokens_of_sessions_seen_alive(past: History) -> None:
    past.end("logout", past.login("alice", Kind.SESSION, Kind.REMEMBER))
    assert past.pick(remembered("logout")) == ["s1.remember#0"]


def test_remembered_leaves_out_tokens_of_sessions_never_seen_alive(past: History) -> None:
    past.end("logout", past.login("alice", Kind.SESSION, Kind.REMEMBER, proven=False))
    assert past.pick(remembered("logout")) == []


def stepped_up(past: History, detail: str = CONFIRMED) -> None:
    session = past.login()
    event = past.model.event("step_up", Acknowledged(), user="alice", session=session)
    event.detail = detail
    session.sure.end("privilege", event)
    event.ends.append(session.sure)
    past.credential(session, Kind.SESSION)


def test_raised_before_needs_a_step_up_that_was_seen_to_count(past: History) -> None:
    stepped_up(past)
    assert past.pick(raised_before("privilege")) == ["s1.session#0"]


def test_raised_before_leaves_out_a_step_up_that_changed_nothing(past: History) -> None:
    stepped_up(past, detail="")
    assert past.pick(raised_before("privilege")) == []


def test_opened_by_needs_an_earlier_step_up_that_was_seen_to_count(past: History) -> None:
    past.login()
    assert past.pick(opened_by("login")) == []
    stepped_up(past)
    past.login("bob")
    assert past.pick(opened_by("login")) == ["s3"]


def test_privilege_changes_are_acknowledged_and_leave_the_session_alive(past: History) -> None:
    session = past.login()
    done = past.model.event("step_up", Acknowledged(), user="alice", session=session)
    refused = past.model.event("step_up", Refused("no"), user="alice", session=session)
    assert past.pick(privilege_changes(), done, refused) == [done]
    past.end("logout", session)
    assert past.pick(privilege_changes(), done) == []


def in_roles(past: History, user: str = "alice") -> list[tuple[bool, bool]]:
    past.login("alice")
    past.login("bob")
    past.model.role_probes = {"panel": "admin"}
    past.model.asked = {("web", "panel")}
    past.model.throwaway = True
    past.model.roles["alice"] = "admin"
    past.model.promoted.add("alice")
    change = past.model.event("role", Acknowledged(), user="alice")
    end = past.model.event("end impersonation", Acknowledged(), user="alice")
    looks = past.pick(in_role(changed=user == "alice"), change, end)
    return [(look.session.user == user, look.allowed) for look in looks]  # type: ignore[attr-defined]


def test_in_role_asks_for_both_controls(past: History) -> None:
    assert in_roles(past) == []
    past.model.granting.add("panel")
    assert in_roles(past) == []


@pytest.mark.parametrize(("user", "allowed"), [("alice", True), ("bob", False)])
def test_in_role_asks_what_the_role_of_now_allows(past: History, user: str, allowed: bool) -> None:
    past.model.granting.add("panel")
    past.model.telling.add("panel")
    assert in_roles(past, user) == [(True, allowed)]


def test_a_look_knows_whether_the_credential_is_newer_than_the_role(past: History) -> None:
    past.model.granting.add("panel")
    past.model.telling.add("panel")
    in_roles(past)
    login = past.login("alice").opened
    found = past.pick(in_role(changed=True), login)
    assert [look.since for look in found] == [False, True]  # type: ignore[attr-defined]


def test_a_fixed_account_of_unknown_role_is_asked_for_none(past: History) -> None:
    past.model.granting.add("panel")
    past.model.telling.add("panel")
    in_roles(past)
    past.model.throwaway = False
    assert past.pick(in_role(changed=False), *past.model.events) == []
    past.model.roles["bob"] = "user"
    assert len(past.pick(in_role(changed=False), *past.model.events)) == 1


def test_a_channel_without_the_role_probe_is_not_asked(past: History) -> None:
    past.model.granting.add("panel")
    past.model.telling.add("panel")
    in_roles(past)
    past.model.asked.clear()
    assert past.pick(in_role(changed=True), *past.model.events) == []


def test_a_reset_counts_with_two_sessions_alive_before(past: History) -> None:
    one, two = past.login(), past.login()
    event = past.model.event("reset", Acknowledged(), user="alice", before=(one,))
    assert past.pick(resets(), event) == []
    event.before = (one, two)
    assert past.pick(resets(), event) == [event]
    event.answer = Refused("no")
    assert past.pick(resets(), event) == []


def test_visits_count_for_clients_that_logged_out(past: History) -> None:
    visit = past.model.event("visit", Acknowledged())
    assert past.pick(sent_away(), visit) == []
    visit.detail = AFTER_LOGOUT
    assert past.pick(sent_away(), visit) == [visit]


def test_a_credential_of_a_dead_session_is_asked_for_no_role(past: History) -> None:
    past.model.granting.add("panel")
    past.model.telling.add("panel")
    in_roles(past)
    for session in past.model.sessions.values():
        session.sure.state = State.EITHER
    assert past.pick(in_role(changed=True), *past.model.events) == []

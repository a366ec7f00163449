"""What a log should tell follows from the calls, and is set beside what it does tell."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.checked import Call
from adapters.contract import (
    Acknowledged,
    Device,
    Refused,
    Seen,
    fresh_device,
)
from suites.kernel.attribution import Attribution, Elsewhere, Impersonated, attributions
from suites.kernel.audit import Entry, Logged, Noted, Unread
from suites.kernel.doings import DEAD_TOKEN, MADE_UP_VALUE, REUSE
from suites.kernel.policy import Policy
from suites.kernel.verify import Outcome
from suites.kernel.verify_logs import (
    both_named,
    complete,
    from_there,
    in_order,
    logged,
    nothing_else,
    noticed,
    told_apart,
)
from suites.kernel.verify_sinks import dated, machine_readable
from suites.selftest.diary import KINDS, PARTS, Diary, entry, issued


@pytest.fixture
def diary() -> Diary:
    return Diary()


def test_what_was_acknowledged_is_expected_once(diary: Diary) -> None:
    held = diary.login(1)
    diary.logout(held)
    found = diary.reckon(entry("login_success", 1), entry("logout", 2))
    assert [(d.kind, e.number) for d, e in found.told] == [("login_success", 1), ("logout", 2)]
    assert not found.missing
    assert not found.surplus
    assert [d.kind for d in diary.reckon(entry("login_success", 1)).missing] == ["logout"]


def test_a_logout_of_something_over_may_be_told_or_not(diary: Diary) -> None:
    held = diary.login(1)
    diary.logout(held)
    diary.logout(held)
    once = (entry("login_success", 1), entry("logout", 2))
    for events in (once, (*once, entry("logout", 3))):
        assert not diary.reckon(*events).missing
        assert not diary.reckon(*events).surplus
    assert diary.reckon(*once, entry("logout", 3), entry("logout", 4)).surplus


def test_entries_of_others_do_not_count(diary: Diary) -> None:
    diary.login(1)
    found = diary.reckon(entry("login_success", 1), entry("login_success", 2, subject="id-zoe"))
    assert not found.surplus


def test_an_entry_that_names_nobody_is_no_entry_of_the_account(diary: Diary) -> None:
    diary.login(1)
    found = diary.reckon(entry("login_success", 1, subject=None))
    assert [d.kind for d in found.missing] == ["login_success"]
    assert [e.number for e in found.nameless] == [1]


def test_a_used_refresh_token_is_reuse_and_an_unknown_value_is_not(diary: Diary) -> None:
    held = diary.login(1)
    diary.refresh(held, Acknowledged(issued(2)))
    diary.refresh(held, Refused("used"))
    diary.refresh(held, Refused("over"))
    stranger = (issued(9)[0],)
    diary.call("probe", Seen("me", None, True, "401"), held=stranger, device=fresh_device())
    assert [one.what for one in diary.book.incidents] == [REUSE, DEAD_TOKEN, MADE_UP_VALUE]
    told = (entry("reuse", 1), entry("reuse", 2), entry("unknown_use", 3, subject=None))
    assert not diary.reckon(*told).unnoted
    assert [one.what for one in diary.reckon(*told[1:]).unnoted] == [DEAD_TOKEN]


def test_an_entry_may_stand_for_several_incidents(diary: Diary) -> None:
    for _ in range(3):
        diary.call("probe", Seen("me", None, True, ""), held=issued(9)[:1], device=fresh_device())
    assert not diary.reckon(entry("unknown_use", 1, subject=None, count=3)).unnoted
    assert len(diary.reckon(entry("unknown_use", 1, subject=None, count=2)).unnoted) == 1


def test_one_of_two_logouts_at_once_is_enough(diary: Diary) -> None:
    held = diary.login(1)
    for began in (5.0, 5.1):
        said = {"channel": "api", "held": held, "device": Device("one")}
        diary.recorder.heard(Call("logout", said, Acknowledged(), began, began + 1))
    found = diary.reckon(entry("login_success", 1), entry("logout", 2))
    assert not found.missing
    assert [deed.raced for deed, _ in found.told] == [False, True]
    assert [d.kind for d in diary.reckon(entry("login_success", 1)).missing] == ["logout"]


def test_parallel_sessions_are_paired_with_their_entries(diary: Diary) -> None:
    first, second = diary.login(1), diary.login(2)
    diary.refresh(first, Acknowledged(issued(3)))
    diary.refresh(second, Acknowledged(issued(4)))
    names = ("a", "b", "a", "b")
    kinds = ("login_success", "login_success", "refresh", "refresh")
    events = [
        entry(kind, number, handles=(name,))
        for number, (kind, name) in enumerate(zip(kinds, names, strict=True), 1)
    ]
    told = Logged(diary.reckon(*events), KINDS, PARTS)
    (found,) = attributions(told)
    assert found.names() == [{"a"}, {"b"}]
    assert told_apart(found).outcome is Outcome.HELD


# -- the verifiers --------------------------------------------------------------------------------


def _of(outcome: Outcome, *found: Any) -> None:
    assert [one.outcome for one in found] == [outcome] * len(found)


def test_a_log_that_cannot_be_read_is_never_judged() -> None:
    policy = Policy({})
    first, later = Unread("no file", first=True), Unread("no file", first=False)
    _of(Outcome.NOT_JUDGED, logged(first, policy), nothing_else(first), noticed(first, policy))
    _of(Outcome.UNCLEAR, logged(later, policy), in_order(later), told_apart(later))


def test_entries_have_to_be_complete() -> None:
    whole = entry("logout", 1)
    _of(Outcome.HELD, complete(whole, PARTS))
    _of(Outcome.WARNING, complete(whole, {"time"}))
    _of(
        Outcome.VIOLATED,
        complete(entry("logout", 1, zoned=False), PARTS),
        complete(entry("logout", 1, source=None), PARTS),
        complete(whole, {*PARTS, "outcome"}),
    )


def test_a_time_in_an_unknown_form_is_told_and_not_judged(diary: Diary) -> None:
    diary.login(1)
    unread = replace(entry("login_success", 1, unread="1.1.2031 7h"), time=None, zoned=False)
    (deed, event), *_ = diary.reckon(unread).told
    found = Entry(deed, replace(event, raw='{"time": "1.1.2031 7h"}'))
    findings = (complete(unread, PARTS), machine_readable(found, Policy({})), dated(found, 0.0))
    _of(Outcome.NOT_JUDGED, *findings)
    assert all("'1.1.2031 7h' is in no known form of a time" in one.seen for one in findings)
    _of(Outcome.VIOLATED, complete(replace(unread, source=None), PARTS))
    _of(Outcome.VIOLATED, complete(replace(unread, unread=""), PARTS))


def test_the_order_of_entries_is_that_of_the_deeds(diary: Diary) -> None:
    diary.logout(diary.login(1))
    right = diary.reckon(entry("login_success", 1), entry("logout", 2))
    wrong = diary.reckon(entry("login_success", 2), entry("logout", 1))
    _of(Outcome.HELD, in_order(Logged(right, KINDS, PARTS)))
    _of(Outcome.VIOLATED, in_order(Logged(wrong, KINDS, PARTS)))


def test_what_is_told_twice_or_missing_is_a_violation(diary: Diary) -> None:
    diary.login(1)
    found = diary.reckon()
    _of(Outcome.VIOLATED, logged(Entry(found.missing[0], None), Policy({})))
    ends = [entry("revocation", number) for number in (1, 2)]
    _of(Outcome.VIOLATED, nothing_else(Logged(diary.reckon(*ends), KINDS, PARTS)))


def test_abuse_is_told_unlike_what_is_ordinary(diary: Diary) -> None:
    diary.call("probe", Seen("me", None, True, ""), held=issued(9)[:1], device=fresh_device())
    (incident,), policy = diary.book.incidents, Policy({})
    event = entry("unknown_use", 1, subject=None)
    _of(Outcome.HELD, noticed(Noted(incident, event), policy))
    _of(
        Outcome.VIOLATED,
        noticed(Noted(incident, None), policy),
        noticed(Noted(incident, event, ("login_failure",)), policy),
    )


def _sessions(*names: Sequence[str]) -> Attribution:
    events = [tuple(entry("refresh", 1, handles=(n,) if n else ()) for n in each) for each in names]
    return Attribution(tuple(events), frozenset({"secret"}))


def test_handles_tell_sessions_apart_and_outlive_a_renewal() -> None:
    _of(Outcome.HELD, told_apart(_sessions(("a", "a"), ("b", "b"))))
    _of(
        Outcome.VIOLATED,
        told_apart(_sessions(("a", "a"), ("a", "a"))),
        told_apart(_sessions(("a", "c"), ("b", "b"))),
        told_apart(_sessions(("", ""), ("b", "b"))),
        told_apart(_sessions(("secret", "secret"), ("b", "b"))),
    )


@pytest.mark.parametrize("late", [False, True])
def test_what_is_renewed_after_its_end_may_be_another_session(diary: Diary, *, late: bool) -> None:
    first, second = diary.login(1), diary.login(2)
    kinds = ["login_success", "login_success"]
    if late:
        diary.logout(second)
        kinds.append("logout")
    diary.refresh(first, Acknowledged(issued(3)))
    diary.refresh(second, Acknowledged(issued(4)))
    kinds += ["refresh", "refresh"]
    told = diary.reckon(*(entry(kind, number) for number, kind in enumerate(kinds)))
    assert len(list(attributions(Logged(told, KINDS, PARTS)))) == (0 if late else 1)


def test_a_link_connects_two_handles_of_one_session() -> None:
    moved = (entry("refresh", 1, handles=("a",)), entry("refresh", 2, handles=("c",), previous="a"))
    found = Attribution((moved, (entry("refresh", 3, handles=("b",)),)), frozenset())
    _of(Outcome.HELD, told_apart(found))


def test_the_source_is_that_of_the_connection() -> None:
    usual = frozenset({"127.0.0.1"})

    def given(source: str | None) -> Elsewhere:
        return Elsewhere(entry("action", 1, source=source), "127.0.0.2", "203.0.113.77", usual)

    _of(Outcome.HELD, from_there(given("127.0.0.2")))
    _of(Outcome.VIOLATED, from_there(given("203.0.113.77")), from_there(given(None)))
    _of(Outcome.NOT_JUDGED, from_there(given("127.0.0.1")))


def test_impersonation_names_both() -> None:
    event = entry("action", 1)
    _of(Outcome.HELD, both_named(Impersonated(event, victim=True, actor=True)))
    _of(Outcome.VIOLATED, both_named(Impersonated(event, victim=True, actor=False)))


def test_a_field_that_no_profile_declares_is_not_missing_in_the_log(diary: Diary) -> None:
    diary.call("probe", Seen("me", None, True, ""), held=issued(9)[:1], device=fresh_device())
    (incident,), none = diary.book.incidents, frozenset[str]()
    event = entry("unknown_use", 1, subject=None, source=None, handles=())
    usual, nobody = frozenset({"127.0.0.1"}), frozenset[str]()
    without = Attribution(_sessions(("", ""), ("", "")).sessions, nobody, none)
    found = noticed(Noted(incident, event, parts=none), Policy({}))
    more = (
        told_apart(without),
        from_there(Elsewhere(event, "127.0.0.2", "203.0.113.77", usual, none)),
        both_named(Impersonated(event, victim=True, actor=False, parts=none)),
    )
    _of(Outcome.WARNING, found)
    _of(Outcome.NOT_JUDGED, *more)
    keys = ("source", "handle", "source", "actor")
    for key, one in zip(keys, (found, *more), strict=True):
        assert one.seen.endswith(f"write event_log.{key}")
    _of(Outcome.VIOLATED, noticed(Noted(incident, event), Policy({})))
    _of(Outcome.VIOLATED, noticed(Noted(incident, None, parts=none), Policy({})))

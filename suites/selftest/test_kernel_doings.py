"""What targets call by different names may be logged by any of them, and by none twice."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Refused,
    Seen,
    Unclear,
    User,
    fresh_device,
)
from adapters.journals.events import Event
from adapters.operations import Attempt, Came
from adapters.secrets import Secret
from suites.kernel.doings import MISPLACED
from suites.kernel.lots import Lots
from suites.kernel.reckoning import reckon, under_way
from suites.selftest.diary import ALICE, Diary, entry, issued

REFUSED, DONE = Refused("no"), Acknowledged()
BOB = User("bob", Secret("Zt4_pQ8mLc1R", "password"), identity="id-bob")


@pytest.fixture
def diary() -> Diary:
    return Diary()


def _surplus(diary: Diary, *kinds: str) -> list[str]:
    events: list[Event] = [entry(kind, number) for number, kind in enumerate(kinds, 1)]
    found = diary.reckon(*events)
    assert not found.missing
    return [event.kind for event in found.surplus]


def _do(diary: Diary, operation: str, held: Sequence[Artefact], answer: Answer) -> None:
    diary.call(operation, answer, held=held, user=ALICE, device=fresh_device())


def _look(diary: Diary, held: Sequence[Artefact], identity: str | None) -> None:
    seen = Seen("me", identity, True, "")
    diary.call("probe", seen, held=held[:1], device=fresh_device())


@pytest.mark.parametrize(
    "operation", ["step_up", "change_password", "change_email", "sensitive_action", "authorize"]
)
@pytest.mark.parametrize("answer", [REFUSED, Unclear("504")], ids=["refused", "unclear"])
def test_a_proof_that_was_none_may_be_logged_as_a_failed_login(
    diary: Diary, operation: str, answer: Answer
) -> None:
    _do(diary, operation, diary.login(1), answer)
    known = ("login_success", "login_failure")
    assert _surplus(diary, "login_success") == []
    assert _surplus(diary, *known) == []
    assert _surplus(diary, *known, "login_failure") == ["login_failure"]


def test_a_proof_that_was_one_is_no_failed_login(diary: Diary) -> None:
    _do(diary, "step_up", diary.login(1), DONE)
    assert _surplus(diary, "login_success", "login_failure") == ["login_failure"]


@pytest.mark.parametrize("operation", ["step_up", "authorize", "login_first_factor", "register"])
def test_letting_somebody_in_may_be_logged_as_a_login(diary: Diary, operation: str) -> None:
    _do(diary, operation, diary.login(1), DONE)
    assert _surplus(diary, *["login_success"] * 2) == []
    assert _surplus(diary, *["login_success"] * 3) == ["login_success"]


def test_a_reset_may_log_the_user_in(diary: Diary) -> None:
    (link,) = issued(7)[:1]
    diary.call("read_reset", Acknowledged((link,)), user=ALICE)
    diary.call("finish_reset", DONE, held=(link,), device=fresh_device())
    assert _surplus(diary) == []
    assert _surplus(diary, "login_success") == []
    assert _surplus(diary, "login_success", "login_success") == ["login_success"]


@pytest.mark.parametrize(
    "operation", ["revoke_all", "admin_revoke", "op_end", "disable_account", "drop_user", "advance"]
)
def test_each_session_that_something_ends_may_be_logged_as_logged_out_once(
    diary: Diary, operation: str
) -> None:
    held = [diary.login(number) for number in (1, 2)]
    for _ in range(2):
        _do(diary, operation, held[0], DONE)
    known = ("login_success", "login_success")
    assert _surplus(diary, *known) == []
    assert _surplus(diary, *known, "logout", "logout") == []
    assert _surplus(diary, *known, *["logout"] * 3) == ["logout"]


def test_a_logout_at_the_provider_may_be_logged_beside_the_session_it_ends(diary: Diary) -> None:
    _do(diary, "rp_logout", diary.login(1), DONE)
    assert _surplus(diary, "login_success", "logout", "logout") == []
    assert _surplus(diary, "login_success", *["logout"] * 3) == ["logout"]


def test_a_session_opened_by_another_party_may_be_logged_as_logged_out_once(diary: Diary) -> None:
    diary.call("hand_in", DONE, held=(), device=fresh_device())
    assert _surplus(diary, "login_success", "logout") == ["logout"]
    for _ in range(2):
        _do(diary, "op_end", (), DONE)
    assert _surplus(diary, "login_success", "logout") == []
    assert _surplus(diary, "login_success", "logout", "logout") == ["logout"]


def test_a_logout_from_all_devices_may_be_logged_for_each() -> None:
    diary = Diary({"logout": {"scope": "all"}})
    held = [diary.login(number) for number in (1, 2)]
    diary.logout(held[0])
    known = ("login_success", "login_success", "logout")
    assert _surplus(diary, *known) == []
    assert _surplus(diary, *known, "logout") == []
    assert _surplus(diary, *known, "logout", "logout") == ["logout"]


def test_one_logout_of_a_session_that_lived_on_is_logged_once(diary: Diary) -> None:
    held = diary.login(1)
    _do(diary, "change_role", held, DONE)
    _look(diary, held, ALICE.identity)
    diary.logout(held)
    assert _surplus(diary, "login_success", "logout") == []
    assert _surplus(diary, "login_success", "logout", "logout") == ["logout"]


def test_a_login_over_another_session_may_end_that(diary: Diary) -> None:
    held = diary.login(1)
    diary.call("login", Acknowledged(issued(2)), held=held, user=ALICE, device=fresh_device())
    known = ("login_success", "login_success")
    assert _surplus(diary, *known, "logout") == []
    assert _surplus(diary, *known, "logout", "logout") == ["logout"]


def test_a_logout_that_nobody_made_is_still_too_much(diary: Diary) -> None:
    diary.login(1)
    assert _surplus(diary, "login_success", "logout") == ["logout"]


@pytest.mark.parametrize("operation", ["forge", "resend", "attempt"])
def test_what_was_refused_excuses_no_more_than_a_failed_login(diary: Diary, operation: str) -> None:
    answer = Attempt(Came.REFUSED, "401") if operation == "attempt" else REFUSED
    diary.call(operation, answer, held=diary.login(1), device=fresh_device())
    assert _surplus(diary, "login_success", "login_failure", "logout") == []
    assert _surplus(diary, "login_success", "rotation", "refresh") == ["rotation", "refresh"]


def test_what_nobody_knows_of_is_that_of_whose_session_it_was(diary: Diary) -> None:
    diary.book.lots.person(BOB, new=True)
    diary.call("attempt", Attempt(Came.DONE, "200"), held=diary.login(1), device=fresh_device())
    assert _surplus(diary, "login_success", "rotation") == []
    found = diary.reckon(entry("rotation", 1, subject="id-bob"))
    assert [event.kind for event in found.surplus] == ["rotation"]


def test_of_what_may_have_been_anybody_only_the_latest_is_still_under_way(diary: Diary) -> None:
    for _ in range(20):
        diary.call("resend", DONE, exchange=None, device=fresh_device())
    diary.login(1)
    later = Lots((ALICE,))
    found = under_way(diary.book, later, since=0.0, lately=diary.clock - 2)
    assert [deed.kind for deed in found if deed.began < diary.clock - 2] == []
    assert {deed.kind for deed in found} > {"login_success", "rotation"}
    assert [deed.kind for deed in under_way(diary.book, later, 0.0, diary.clock)] == [
        "login_success"
    ]


def _elsewhere(diary: Diary, held: Sequence[Artefact], **client: Any) -> None:
    gone = Seen("me", None, True, "401")
    diary.call("probe", gone, held=held[:1], device=Device("elsewhere", **client))


@pytest.mark.parametrize(
    ("mode", "client", "times"),
    [
        ("ip", {"source": "127.0.0.9"}, 1),
        ("ua", {"apart": True}, 1),
        ("ip", {"apart": True}, 0),
        ("ua", {"source": "127.0.0.9"}, 0),
        ("none", {"source": "127.0.0.9", "apart": True}, 0),
        ("dpop", {"apart": True}, 0),
    ],
)
def test_a_living_session_that_is_refused_elsewhere_is_a_mismatch_once(
    mode: str, client: dict[str, Any], times: int
) -> None:
    diary = Diary({"binding": {"mode": mode}})
    held = diary.login(1)
    for _ in range(2):
        _elsewhere(diary, held, **client)
    assert [one.what for one in diary.book.incidents] == [MISPLACED] * times


def test_a_session_that_is_over_is_no_mismatch() -> None:
    diary = Diary({"binding": {"mode": "ip"}})
    held = diary.login(1)
    diary.logout(held)
    _elsewhere(diary, held, source="127.0.0.9")
    assert MISPLACED not in [one.what for one in diary.book.incidents]


@pytest.mark.parametrize(
    ("written", "why", "demanded"),
    [(True, "answered 403", True), (False, "answered 403", False), (True, "answered 415", False)],
)
def test_a_request_of_another_site_is_demanded_where_the_genuine_one_worked(
    diary: Diary, written: bool, why: str, demanded: bool
) -> None:
    held = diary.login(1)
    if written:
        diary.call("write_marker", DONE, value="a", held=held, device=fresh_device())
    diary.call("forge", Refused(why), subject="b", held=held, device=fresh_device())
    kinds, told = {"csrf_refused"}, entry("csrf_refused", 9)
    assert bool(reckon(diary.book, (), kinds, ()).unnoted) is demanded
    assert not reckon(diary.book, (told,), kinds, ()).unnoted
    assert not reckon(diary.book, (), {"logout"}, ()).unnoted, "only where it is mapped"

"""Targets that are sick, die or lock people out: what was judged stays, the rest is not guessed."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fixtures.targets.miniatures import (
    ACCOUNTS,
    Correct,
    CrashError,
    LiarAboutLogout,
    LocksOut,
    Reply,
    miniature,
    serving,
)
from suites.selftest.judging import SMOKE, Desk, desk_in

OPEN = {"unclear", "error", "not exercised"}
LOGOUT = ("--only", "SM-2.1", "--only", "SM-8.2")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path, f"selftest-{secrets.token_hex(4)}") as made:
        yield made


# -- targets of which nothing can be judged -------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("always-alive", 10, "without any artefact is recognised as 'alice'"),
        ("login-always-succeeds", 10, "the target accepts any password"),
        ("always-dead", 4, "does not recognise alice right after login"),
        ("amnesiac", 10, "recognised alice once and then no more"),
        ("flaky", 10, "answered 503"),
        ("dead-after-first-failed-probe", 10, "nothing that dies there means anything"),
        ("probe-cannot-tell", 10, "is recognised as 'member'"),
        ("public-name-cookie", 10, "a made-up value is recognised as"),
    ],
)
def test_a_target_that_cannot_be_told_apart_is_not_judged(
    desk: Desk, kind: str, code: int, words: str
) -> None:
    with miniature(kind) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE)
    assert ended.code == code, ended.said
    assert words in ended.err
    assert ended.err.startswith(f"ERROR: {desk.profile}: ")
    assert len(ended.said.strip().splitlines()) == 1
    assert not desk.home.exists()


# -- targets that can be judged -------------------------------------------------------------------


def test_a_correct_target_conforms_and_keeps_its_accounts(desk: Desk) -> None:
    habits = Correct()
    with serving(habits) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, "--seed", "1")
    assert ended.code == 0, ended.said
    found = desk.verdicts()
    assert {k: v for k, v in found.items() if v != "pass"} == {
        "SM-1.2": "warning",
        "SM-2.11": "deviation",
        "SM-4.1": "deviation",
        "SM-4.6": "deviation",
        "SM-10.3": "deviation",
        "SM-8.1": "warning",
        "SM-8.6": "warning",
    }
    assert {"SM-2.1", "SM-2.4", "SM-5.1", "SM-8.2", "X-1"} <= set(found)
    assert desk.all_written()
    assert desk.file("manifest.json")["complete"] is True
    assert habits.passwords == ACCOUNTS
    assert not habits.sessions


def test_a_logout_that_ends_nothing_is_found_and_found_again(desk: Desk) -> None:
    habits = LiarAboutLogout()
    with serving(habits) as url:
        desk.write(url)
        first = desk.judge(*SMOKE, *LOGOUT)
        assert first.code == 1, first.said
        assert desk.verdicts() == {"SM-2.1": "fail", "SM-8.2": "pass"}
        again = first.out.split("again     pytest ", 1)[1].split("\n", 1)[0].split()
        assert [option.split("=")[0] for option in again] == ["--profile", "--replay"]
        second = desk.judge(again[1], "--only", "SM-2.1")
        assert second.code == 1, second.said
        assert desk.verdicts() == {"SM-2.1": "fail"}
        assert desk.file("run.json")["histories"] == 1
    with miniature("correct") as url:
        desk.write(url)
        repaired = desk.judge(again[1], "--only", "SM-2.1")
    assert repaired.code == 0, repaired.said
    assert habits.passwords == ACCOUNTS


class WithoutLogout(Correct):
    """Has no place to log out."""

    def gate(self, path: str) -> Reply | None:
        return Reply(404, {"error": "no such page"}) if path == "/logout" else None


def test_a_target_without_a_logout_is_not_called_conforming(desk: Desk) -> None:
    with serving(WithoutLogout()) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, *LOGOUT, "--seed", "1")
    assert ended.code == 4, ended.said
    assert "logout of alice (web) was not acknowledged: POST /logout answered 404" in ended.err
    assert not desk.home.exists()


# -- targets that stop answering ------------------------------------------------------------------


ALTERED = 20
"""Refusals in a row that only altered values get."""


class DiesWhenBusy(Correct):
    """Dies in the middle of the search, and knows how many requests it got before."""

    def __init__(self, *, requests: int) -> None:
        super().__init__()
        self.left = requests

    def gate(self, path: str) -> Reply | None:
        self.left -= 1
        if self.left < 0:
            raise CrashError
        return None


def test_what_was_judged_before_the_target_died_stays_judged(desk: Desk) -> None:
    with serving(DiesWhenBusy(requests=400)) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, "--seed", "1")
    assert ended.code == 10, ended.said
    found = desk.verdicts()
    assert set(found.values()) >= {"pass", "unclear"}
    assert "fail" not in found.values()
    assert found["SM-8.2"] == "unclear"
    assert desk.all_written()
    assert desk.file("manifest.json")["complete"] is False
    assert "Connection refused" in " ".join(ended.out.split())


def test_a_failure_of_the_whole_target_is_none_of_altered_values(desk: Desk) -> None:
    """Altered values must be refused without an error, but not by a target that always fails."""

    class FailsFromAMoment(Correct):
        altered = 0

        def me(self, cookies: Mapping[str, str]) -> Reply:
            if self.altered > ALTERED:
                return Reply(503, {"error": "down"})
            reply = super().me(cookies)
            self.altered = self.altered + 1 if reply.status == 401 else 0
            return reply

    with serving(FailsFromAMoment()) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, "--seed", "1", "--only", "SM-1.5")
    assert ended.code == 10, ended.said
    assert desk.verdicts()["SM-1.5"] == "unclear"


def test_a_rate_limit_is_never_taken_for_death(desk: Desk) -> None:
    with miniature("rate-limiter", requests=45) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, "--seed", "1")
    assert ended.code == 10, ended.said
    found = desk.verdicts()
    assert "fail" not in found.values()
    alive_or_dead = ("SM-2.1", "SM-2.3", "SM-2.4", "SM-5.1", "SM-8.2", "X-1")
    assert {found[identifier] for identifier in alive_or_dead} == {"unclear"}
    assert "429" in ended.out


def test_a_limit_on_logins_is_no_lock_out_and_no_verdict(desk: Desk) -> None:
    with miniature("rate-limiter", requests=None, logins=6) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, *LOGOUT, "--seed", "1")
    assert ended.code == 10, ended.said
    assert set(desk.verdicts().values()) <= OPEN
    assert "locked" not in ended.out


# -- targets that lock accounts -------------------------------------------------------------------


class CountsLogins(LocksOut):
    """Locks an account for ever, and counts how often each was tried with which answer."""

    def __init__(self, *, attempts: int) -> None:
        super().__init__(attempts=attempts)
        self.answered: Counter[tuple[str, int]] = Counter()

    def login(self, name: str, password: str, cookies: Mapping[str, str]) -> Reply:
        reply = super().login(name, password, cookies)
        self.answered[name, reply.status] += 1
        return reply


def test_a_lock_out_is_seen_told_and_not_repeated(desk: Desk) -> None:
    habits = CountsLogins(attempts=2)
    with serving(habits) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, "--seed", "1")
    assert ended.code == 10, ended.said
    locked = {name for name, status in habits.answered if status == 423}
    assert locked
    for name in locked:
        assert f"ccount {name} is locked out and was left alone" in ended.out
        assert habits.answered[name, 423] <= 2, habits.answered
    assert "fail" not in desk.verdicts().values()
    assert desk.all_written()


def test_accounts_of_a_target_that_allows_three_failures_are_not_locked(desk: Desk) -> None:
    habits = CountsLogins(attempts=3)
    with serving(habits) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, "--seed", "1")
    assert not [key for key in habits.answered if key[1] == 423], ended.said
    assert habits.passwords == ACCOUNTS

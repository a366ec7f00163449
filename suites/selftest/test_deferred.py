"""Limits too long for one run: what it leaves to a later one is judged there, by both together."""

import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from adapters.secrets import VAULT
from fixtures.session import TargetRun
from fixtures.statefile import KEY, StateError, StateFile
from fixtures.targets.reference.launch import Running, running
from suites.kernel.discover import discover
from suites.kernel.ledger import Ledger
from suites.kernel.verdict import Verdict
from suites.selftest.hunting import QUICK, profile

PATIENCE = 5.0
AGED = {"absolute_timeout": 40, "idle_timeout": "none", "timeout_tolerance": 2}
UNUSED = {"idle_timeout": 40, "absolute_timeout": "none", "timeout_tolerance": 2}
NIGHT = replace(QUICK, histories=0, sample=2, waiting=PATIENCE)


@pytest.fixture(scope="module")
def target() -> Iterator[Running]:
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, Fernet.generate_key().decode())


@dataclass
class Nights:
    """The runs of several nights on one target, whose clock is moved between them."""

    target: Running
    profile: Path
    state: Path

    def first(self) -> TargetRun:
        """Open the sessions and leave them."""
        run = self._run(defer=self.state)
        run.script.histories = lambda _: iter(())  # type: ignore[assignment, method-assign]
        run.search()
        return run

    def next(self, after: float) -> TargetRun:
        """Go on with them, some seconds later by the clock of the target."""
        self.target.control("/_control/clock", {"advance": after})
        run = self._run(resume=self.state)
        run.smoke()
        run.resume()
        return run

    def _run(self, **how: Any) -> TargetRun:
        run = TargetRun(self.profile, seed=1, **how)
        run.budget = run.script.budget = NIGHT
        return run


@contextmanager
def nights(
    target: Running, folder: Path, policy: Mapping[str, Any], *faults: str
) -> Iterator[Nights]:
    discover()
    target.reset(faults, {k: str(v) for k, v in policy.items() if k != "timeout_tolerance"})
    with profile(target, policy, channels=("web", "spa")) as path:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        document["adapter"].pop("advance")
        for key in ("remember_me.lifetime", "refresh.absolute_lifetime", "refresh.idle_lifetime"):
            section, _, word = key.partition(".")
            if key not in policy:
                document["policy"][section].pop(word)
        document["run"] = {"budget": "smoke"}
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        yield Nights(target, path, folder / "state.bin")


def ledger(run: TargetRun) -> Ledger:
    assert run.campaign is not None
    return run.campaign.ledger


def verdicts(run: TargetRun) -> dict[str, str]:
    return {name: str(result.verdict) for name, result in run.results.items()}


def users(target: Running) -> int:
    events: Any = target.control("/_control/events")["events"]
    kinds = [event["kind"] for event in events]
    return kinds.count("user-created") - kinds.count("user-deleted")


# -- what is found --------------------------------------------------------------------------------


def test_an_absolute_limit_is_judged_by_later_runs(target: Running, tmp_path: Path) -> None:
    with nights(target, tmp_path, AGED) as these:
        opened = these.first()
        assert opened.results["SM-2.9"].verdict is Verdict.NOT_EXERCISED
        assert "it waits for a look due at 2" in opened.results["SM-2.9"].reason
        assert any("throw-away accounts stay" in note for note in opened.words)
        before = these.next(36.0)
        assert verdicts(before) == {"SM-2.9": "not exercised", "SM-2.10": "not exercised"}
        after = these.next(20.0)
        assert verdicts(after) == {"SM-2.9": "pass", "SM-2.10": "pass"}
        # Both sides of the limit were seen, each by another run.
        for claim in ("a_session_that_is_old_dies", "a_session_in_use_lives_until_its"):
            (tally,) = [t for n, t in ledger(after).tallies.items() if n.startswith(claim)]
            assert tally.judged > 0
        assert not ledger(after).trouble


def test_a_missing_absolute_limit_is_found_by_a_later_run(target: Running, tmp_path: Path) -> None:
    with nights(target, tmp_path, AGED, "no-absolute-limit") as these:
        assert not ledger(these.first()).breaches
        found = these.next(50.0)
        assert found.results["SM-2.9"].verdict is Verdict.FAIL
        assert {b.invariant.requirement.id for b in ledger(found).breaches.values()} == {"SM-2.9"}
        (violation, *_) = found.results["SM-2.9"].violations
        waits = [float(s.split()[1]) for s in violation.told if s.startswith("wait ")]
        # The clocks of two processes, rounded.
        assert max(waits) > 49.0, violation.told


def test_an_idle_limit_is_judged_by_later_runs(target: Running, tmp_path: Path) -> None:
    with nights(target, tmp_path, UNUSED) as these:
        these.first()
        these.next(36.0)
        after = these.next(20.0)
        assert verdicts(after) == {"SM-2.8": "pass", "SM-2.10": "pass", "SM-2.11": "deviation"}
        assert ledger(after).moves["keepalive"] > 0


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        ("idle-limit-is-in-the-cookie-only", "SM-2.8"),
        ("files-reset-the-idle-limit", "SM-2.8"),
        ("use-never-extends", "SM-2.8"),
        ("keepalive-accepts-the-expired", "SM-2.10"),
    ],
)
def test_a_fault_of_an_idle_limit_is_found_by_a_later_run(
    target: Running, tmp_path: Path, fault: str, broken: str
) -> None:
    with nights(target, tmp_path, UNUSED, fault) as these:
        these.first()
        these.next(36.0)
        found = these.next(20.0)
        assert {b.invariant.requirement.id for b in ledger(found).breaches.values()} == {broken}


@pytest.mark.parametrize(
    "fault",
    ["keepalive-accepts-the-expired", "login-revives-expired-sessions"],
)
def test_what_brings_an_old_session_back_is_found_by_a_later_run(
    target: Running, tmp_path: Path, fault: str
) -> None:
    with nights(target, tmp_path, AGED, fault) as these:
        these.first()
        found = these.next(60.0)
        assert {b.invariant.requirement.id for b in ledger(found).breaches.values()} == {"SM-2.10"}


@pytest.mark.parametrize(
    ("limit", "fault", "broken"),
    [
        ("refresh.absolute_lifetime", "rotation-restarts-the-absolute-lifetime", "SM-3.12"),
        ("refresh.idle_lifetime", "refresh-tokens-never-expire", "SM-3.12"),
        ("remember_me.lifetime", "remember-token-outlives-its-lifetime", "SM-9.4"),
    ],
)
def test_the_lifetime_of_a_token_is_judged_by_later_runs(
    target: Running, tmp_path: Path, limit: str, fault: str, broken: str
) -> None:
    policy = {"idle_timeout": "none", "absolute_timeout": "none", "timeout_tolerance": 2}
    for faults in ((), (fault,)):
        with nights(target, tmp_path, {**policy, limit: 60}, *faults) as these:
            these.first()
            # Just before the limit, just after it, and for disuse once more as long.
            for _ in range(4):
                if StateFile(these.state).read()["status"] == "waiting":
                    with suppress(StateError):
                        last = these.next(52.0 if _ == 0 else 30.0)
            found = {b.invariant.requirement.id for b in ledger(last).breaches.values()}
            assert found == ({broken} if faults else set())
            assert StateFile(these.state).read()["status"] == "judged"
            if not faults:
                claim = "refresh_token" if broken == "SM-3.12" else "remember_token"
                (tally,) = [
                    t
                    for n, t in ledger(last).tallies.items()
                    if n == f"a_{claim}_past_its_lifetime_is_refused"
                ]
                assert tally.judged > 0


def test_who_comes_only_after_the_limit_has_not_seen_the_session_live_until_it(
    target: Running, tmp_path: Path
) -> None:
    with nights(target, tmp_path, AGED) as these:
        these.first()
        late = these.next(60.0)
        assert late.results["SM-2.9"].verdict is Verdict.NOT_EXERCISED
        assert "lives until its absolute limit" in late.results["SM-2.9"].reason


def test_a_shorter_limit_is_judged_at_once(target: Running, tmp_path: Path) -> None:
    policy = {"idle_timeout": 3, "absolute_timeout": 60, "timeout_tolerance": 0.5}
    with nights(target, tmp_path, policy) as these:
        run = TargetRun(these.profile, seed=1, defer=these.state)
        run.budget = run.script.budget = replace(NIGHT, waiting=20.0)
        assert [plan.length < 20.0 for plan in run.script.timelines] == [True]
        assert set(run.script.beyond) == {"absolute_timeout"}
        # Whoever is busy must be used before the shorter limit ends the session.
        assert [schedule.every > 0 for schedule in run.script.schedules] == [True]


# -- the accounts ---------------------------------------------------------------------------------


def test_throw_away_accounts_live_until_all_is_judged(target: Running, tmp_path: Path) -> None:
    with nights(target, tmp_path, AGED) as these:
        none = users(target)
        these.first()
        waiting = users(target)
        assert waiting == none + 3
        these.next(36.0)
        assert users(target) == waiting
        these.next(20.0)
        assert users(target) == none


def test_sessions_that_cannot_be_kept_are_not_left_behind(
    target: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with nights(target, tmp_path, AGED) as these:
        none = users(target)
        monkeypatch.setattr(StateFile, "write", full)
        run = these.first()
        assert users(target) == none
        assert any("could not be written" in why for why in ledger(run).trouble)


# -- the file -------------------------------------------------------------------------------------


def test_no_secret_is_in_the_file_in_clear(target: Running, tmp_path: Path) -> None:
    with nights(target, tmp_path, AGED) as these:
        these.first()
        written = these.state.read_bytes()
        assert stat.S_IMODE(these.state.stat().st_mode) == 0o600
        said = StateFile(these.state).read()
        held = [
            h for one in said["histories"] for c in one["world"]["credentials"] for h in c["held"]
        ]
        assert held
        # Shorter ones, from any test before, are met in a cipher text by chance.
        shown = [value for value, _ in VAULT if len(value) >= 6 and value.encode() in written]
        assert not shown
        for name in [u["name"] for o in said["histories"] for u in o["world"]["users"].values()]:
            assert name.encode() not in written
        assert [path.name for path in tmp_path.iterdir()] == ["state.bin"]


def refusal(these: Nights, **how: Any) -> str:
    with pytest.raises(StateError) as refused:
        TargetRun(these.profile, seed=1, **how)
    return str(refused.value)


def test_a_file_that_does_not_fit_is_refused_in_one_sentence(
    target: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nights(target, tmp_path, AGED) as these:
        these.first()
        kept = these.state.read_bytes()
        with nights(target, tmp_path, {**AGED, "absolute_timeout": 60}) as others:
            assert "the policy was another one when it was written" in refusal(
                others, resume=these.state
            )
            text = others.profile.read_text(encoding="utf-8")
            others.profile.write_text(text.replace("name: reference", "name: shop"), "utf-8")
            said = refusal(others, resume=these.state)
            assert "the target was another one" in said
            assert "(reference, and here shop)" in said
    with nights(target, tmp_path, AGED) as these:
        these.state.write_bytes(kept[:-20])
        assert "is damaged" in refusal(these, resume=these.state)
        these.state.write_bytes(b"\xff nonsense")
        assert "is no file that --defer wrote" in refusal(these, resume=these.state)
        assert "cannot be read (No such file" in refusal(these, resume=tmp_path / "none")
        these.state.write_bytes(kept)
        assert "sessions in it still wait" in refusal(these, defer=these.state)
        assert "there is no folder" in refusal(these, defer=tmp_path / "no" / "state.bin")
        monkeypatch.setenv(KEY, Fernet.generate_key().decode())
        assert "set the key that it was written with" in refusal(these, resume=these.state)
        monkeypatch.setenv(KEY, "correct-horse-7")
        assert "is no key" in refusal(these, resume=these.state)
        monkeypatch.delenv(KEY)
        assert f"{KEY} is not set" in refusal(these, resume=these.state)


def test_what_can_be_waited_for_is_not_deferred(target: Running, tmp_path: Path) -> None:
    short = {"idle_timeout": 3, "absolute_timeout": "none", "timeout_tolerance": 0.5}
    with nights(target, tmp_path, short) as these:
        assert "no declared limit takes longer" in refusal(these, defer=these.state)


def test_a_run_that_comes_too_early_is_told_when(target: Running, tmp_path: Path) -> None:
    with nights(target, tmp_path, AGED) as these:
        these.first()
        with pytest.raises(StateError, match=r"nothing in it is due before 2\d{3}-.*Z; come back"):
            these.next(1.0)
        these.next(60.0)
        assert "was judged by run" in refusal(these, resume=these.state)


def test_a_clock_that_went_back_makes_nothing_clear(target: Running, tmp_path: Path) -> None:
    with nights(target, tmp_path, AGED) as these:
        these.first()
        file = StateFile(these.state)
        said = file.read()
        file.write({**said, "ahead": said["ahead"] + 600.0})
        with pytest.raises(
            StateError, match=r"the clock of the target fell (600|599|601) s behind"
        ):
            these.next(0.0)


def test_a_run_that_was_stopped_leaves_what_the_next_one_needs(
    target: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nights(target, tmp_path, AGED) as these:
        these.first()
        with monkeypatch.context() as stopping:
            stopping.setattr("suites.kernel.lasting.Lasting.use", _stop)
            stopped = these.next(36.0)
        assert stopped.interrupted
        assert StateFile(these.state).read()["status"] == "waiting"
        assert verdicts(these.next(20.0))["SM-2.10"] == "pass"


def test_a_run_that_was_killed_leaves_nothing_to_be_judged(target: Running, tmp_path: Path) -> None:
    with nights(target, tmp_path, AGED) as these:
        these.first()
        file = StateFile(these.state)
        file.write({**file.read(), "status": "taken", "run": "5b675e"})
        assert "run 5b675e took it up and was killed" in refusal(these, resume=these.state)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt

"""A run that is cut: by Ctrl-C, by a target that is killed, by an adapter or a suite that fails."""

import base64
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from fixtures.demo import environment
from fixtures.session import TargetRun
from fixtures.targets.miniatures import ACCOUNTS, Correct, LiarAboutLogout, Reply, serving
from fixtures.targets.reference.launch import running
from reports.evidence import is_complete
from suites.kernel.campaign import Campaign
from suites.kernel.discover import discover
from suites.kernel.verdict import Exit
from suites.selftest.judging import (
    CHECKOUT,
    SMOKE,
    VARIABLES,
    Desk,
    Ended,
    desk_in,
    surroundings,
)

LONG = ("--budget", "acceptance", "--seed", "1")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path, f"selftest-{secrets.token_hex(4)}") as made:
        yield made


class Interrupting(LiarAboutLogout):
    """Calls for somebody to interrupt the run: at a request, or while a password changes."""

    def __init__(self, *, request: int = -1, password: int = -1, restored: int = -1) -> None:
        super().__init__()
        self.moment = threading.Event()
        self._left = {"request": request, "password": password, "restored": restored}
        self.known: set[str] = set(ACCOUNTS.values())

    def _count(self, what: str) -> None:
        self._left[what] -= 1
        if self._left[what] == 0:
            self.moment.set()
            time.sleep(0.3)

    def gate(self, path: str) -> Reply | None:
        self._count("request")
        return None

    def change_password(self, old: str, new: str, cookies: Mapping[str, str]) -> Reply:
        reply = super().change_password(old, new, cookies)
        self.known.add(new)
        self._count("restored" if new in ACCOUNTS.values() else "password")
        return reply

    def start(self, name: str) -> str:
        sid = super().start(name)
        self.known.add(sid)
        return sid


@contextmanager
def started(desk: Desk, *options: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own, which is over when the block is."""
    process = subprocess.Popen(  # noqa: S603  our own interpreter and arguments
        desk.command(*options),
        cwd=CHECKOUT,
        env=surroundings() | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def waited(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=60)
    assert "Traceback (most" not in out + err, out + err
    assert "INTERNALERROR" not in out + err, out + err
    return Ended(process.returncode, out, err)


# -- somebody stops the run -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("habits", "number"),
    [
        (Interrupting(request=1500), signal.SIGINT),
        (Interrupting(password=1), signal.SIGINT),
        (Interrupting(password=4), signal.SIGTERM),
        (Interrupting(restored=2), signal.SIGINT),
    ],
    ids=["in the random search", "as a password changes", "terminated", "while cleaning up"],
)
def test_what_was_judged_before_ctrl_c_stays_and_accounts_are_given_back(
    desk: Desk, habits: Interrupting, number: signal.Signals
) -> None:
    with serving(habits) as url:
        desk.write(url)
        with started(desk, *LONG) as process:
            assert habits.moment.wait(60)
            process.send_signal(number)
            ended = waited(process)
    assert ended.code == 2, ended.said
    assert "stopping: ending sessions and restoring passwords" in ended.err
    assert habits.passwords == ACCOUNTS
    assert desk.all_written()
    manifest = desk.file("manifest.json")
    assert (manifest["complete"], manifest["exit"]["code"]) == (False, 2)
    found = desk.verdicts()
    assert "the run was interrupted" in ended.out
    assert "unclear" in found.values()
    assert found["SM-2.1"] == "fail"


def test_sessions_are_ended_after_ctrl_c(desk: Desk) -> None:
    class Sound(Interrupting):
        logout = Correct.logout

    habits = Sound(request=600)
    with serving(habits) as url:
        desk.write(url)
        with started(desk, *LONG) as process:
            assert habits.moment.wait(60)
            process.send_signal(signal.SIGINT)
            ended = waited(process)
    assert ended.code == 2, ended.said
    assert habits.passwords == ACCOUNTS
    assert not habits.sessions
    assert "fail" not in desk.verdicts().values()


def test_ctrl_c_during_the_smoke_test_says_that_nothing_was_judged(desk: Desk) -> None:
    habits = Interrupting(request=3)
    with serving(habits) as url:
        desk.write(url)
        with started(desk, *SMOKE) as process:
            assert habits.moment.wait(60)
            process.send_signal(signal.SIGINT)
            ended = waited(process)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "ERROR: stopped before anything was judged\n"
    assert not desk.home.exists()


# -- the target is killed -------------------------------------------------------------------------


def test_the_reference_target_is_killed_in_the_middle(desk: Desk) -> None:
    demo = (CHECKOUT / "fixtures" / "profiles" / "demo.yaml").read_text()
    desk.profile.write_text(demo.replace("name: reference", f"name: {desk.name}"))
    with (
        running(faults=["no-httponly-on-refresh-cookie"]) as target,
        started(desk, *LONG, **environment(target)) as process,
    ):
        until = time.monotonic() + 60
        while not list(desk.home.glob("*/manifest.json")) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(4.0)
        os.kill(target.pid, signal.SIGKILL)
        ended = waited(process)
    found = desk.verdicts()
    # The table breaks its lines between words.
    assert "Connection refused" in " ".join(ended.out.split())
    assert "unclear" in found.values()
    assert found["SM-8.2"] == "unclear"
    violated = {identifier for identifier, verdict in found.items() if verdict == "fail"}
    assert violated <= {"SM-4.2"}
    assert ended.code == (1 if violated else 10), ended.said
    assert desk.all_written()
    assert desk.file("manifest.json")["complete"] is False


# -- secrets --------------------------------------------------------------------------------------

BREAKING = """
from adapters.contract import Acknowledged
from adapters.families.cookie_web import CookieWeb

class Breaking(CookieWeb):
    session_cookie = "sid"
    logouts = 0

    def login(self, user, device, *, channel, node):
        said = {"username": user.name, "password": user.password.reveal()}
        return self.post("/login", device, json=said).answer(logs_in=True)

    def probe(self, held, device, *, which, channel, node):
        page = self.get("/me", device, held)
        return page.seen(which, identity=page.json("$.user"), nobody=page.status == 401)

    def logout(self, held, device, *, channel, node):
        self.logouts += 1
        if self.logouts > {AFTER}:
            values = [artefact.value.reveal() for artefact in held]
            raise RuntimeError(f"cannot end {values} with {BOB}")
        return self.post("/logout", device, held).answer(logs_out=True)
"""


def breaking(*, after: int) -> str:
    """Return an adapter that fails with secrets in its hands, after so many logouts."""
    return BREAKING.replace("{BOB}", ACCOUNTS["bob"]).replace("{AFTER}", str(after))


def shapes(value: str) -> set[bytes]:
    """A value as it may stand in a file: as it is, percent-encoded, in hex, in base64."""
    raw = value.encode()
    coded = {base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)}
    return {raw, quote(value, safe="").encode(), raw.hex().encode(), *coded}


def places_with(values: set[str], desk: Desk, ended: Ended) -> list[str]:
    """Every place where the run shows one of the values."""
    kept = {str(p.relative_to(desk.home)): p for p in desk.home.rglob("*") if p.is_file()}
    texts = {name: path.read_bytes() + name.encode() for name, path in kept.items()}
    texts["terminal"] = ended.said.encode()
    searched = {shape for value in values for shape in shapes(value)}
    return [name for name, text in texts.items() if any(shape in text for shape in searched)]


def test_no_secret_is_shown_by_a_run_with_violations(desk: Desk) -> None:
    habits = Interrupting()
    with serving(habits) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, "--seed", "1")
    assert ended.code == 1, ended.said
    assert len(habits.known) > 50
    assert places_with(habits.known, desk, ended) == []
    assert desk.file("manifest.json")["secrets_found_in"] == []
    assert list(desk.evidence.rglob("replay.sh"))


def test_no_secret_is_shown_when_the_adapter_breaks_with_one_in_its_hands(
    desk: Desk, tmp_path: Path
) -> None:
    code = breaking(after=25)
    (tmp_path / "breaking.py").write_text(code)
    habits = Interrupting()
    with serving(habits) as url:
        desk.write(url)
        text = desk.profile.read_text()
        head, rest = text.split("adapter:\n")
        accounts = rest[rest.index("accounts:") :]
        desk.profile.write_text(f"{head}adapter: {{python: breaking.py:Breaking}}\n{accounts}")
        ended = desk.judge(*SMOKE, "--seed", "1")
        (tmp_path / "breaking.py").write_text(code.replace("> 25", "> 0"))
        checked = desk.check()
    assert checked.code == 4, checked.said
    assert "breaking.py line" in checked.out
    assert places_with(habits.known, desk, checked) == []
    assert ended.code in {1, 10}, ended.said
    assert "breaking.py line" in ended.out
    assert "RuntimeError: cannot end" in ended.out
    assert "error" in desk.verdicts().values()
    assert places_with(habits.known, desk, ended) == []
    assert desk.all_written()
    assert desk.file("manifest.json")["complete"] is False


# -- the suite itself fails -----------------------------------------------------------------------


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[TargetRun]:
    for name, password in VARIABLES.items():
        monkeypatch.setenv(name, password)
    discover()
    with serving(Correct()) as url:
        made = TargetRun(desk.write(url), budget="smoke", seed=1)
        made.smoke()
        yield made


def test_a_failure_of_the_suite_is_an_error_and_keeps_what_was_judged(
    run: TargetRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(campaign: Campaign, number: int, database: Path | None = None) -> None:
        raise KeyError(ACCOUNTS["bob"])

    monkeypatch.setattr(Campaign, "walk", broken)
    run.search()
    folder = run.open_folder(tmp_path)
    record, exit_ = run.publish(folder)
    assert exit_ is Exit.INCOMPLETE
    assert not record.complete
    assert "test_cli_stopping.py line" in record.trouble[0]
    assert "in broken(): KeyError" in record.trouble[0]
    told = (folder.path / "failure.txt").read_text()
    assert "Traceback (most recent call last)" in told
    assert ACCOUNTS["bob"] not in told
    assert str(CHECKOUT) not in told
    assert run.results["SM-8.2"].verdict == "error"
    assert run.results["SM-4.2"].verdict == "pass"


def test_a_report_that_cannot_be_written_does_not_take_the_verdicts_with_it(
    run: TargetRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unwilling(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    run.search()
    folder = run.open_folder(tmp_path)
    monkeypatch.setattr("reports.publish.page", unwilling)
    _, exit_ = run.publish(folder)
    assert exit_ is Exit.NO_RENDERER
    assert run.unwritten is not None
    assert "No space left on device" in run.unwritten
    assert (folder.path / "run.json").is_file()


def test_a_run_whose_records_cannot_be_written_is_incomplete(
    run: TargetRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unwilling(*_: object, **__: object) -> str:
        raise KeyError("attacker")

    run.search()
    folder = run.open_folder(tmp_path)
    monkeypatch.setattr("reports.publish.run_json", unwilling)
    record, exit_ = run.publish(folder)
    assert exit_ is Exit.INCOMPLETE
    assert not record.complete
    assert not is_complete(folder.path)


def test_a_secret_in_the_evidence_is_told_with_its_file(run: TargetRun, tmp_path: Path) -> None:
    run.search()
    folder = run.open_folder(tmp_path)
    (folder.path / "notes.txt").write_text(f"it was {ACCOUNTS['bob']}", encoding="utf-8")
    _, exit_ = run.publish(folder)
    assert exit_ is Exit.SECRET_FOUND
    assert run.unwritten == "do not pass on: a secret is shown in notes.txt"
    assert not is_complete(folder.path)

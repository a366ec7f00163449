"""Runs with several workers: the verdicts of one process, nothing shared, nothing lost silently."""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from adapters.contract import User
from fixtures.session import TargetRun
from fixtures.targets.faults import FAULTS
from fixtures.targets.miniatures import ACCOUNTS, Correct, Reply, serving
from fixtures.targets.reference.launch import running
from suites.kernel.discover import discover
from suites.kernel.sharing import dealt
from suites.selftest.hunting import FEW, QUICK, profile
from suites.selftest.judging import SMOKE, VARIABLES, Desk, Ended, desk_in
from suites.selftest.test_cli_stopping import Interrupting, breaking, places_with, started, waited

MORE = {"carol": "carol-password-3", "dave": "dave-password-4"}
PEOPLE = {**ACCOUNTS, **MORE}
ACCOUNT_LINES = "".join(
    f"  - {{name: {name}, password: {{env: MINI_{name.upper()}}}}}\n" for name in MORE
)
IN_ENVIRONMENT = {f"MINI_{name.upper()}": password for name, password in MORE.items()}
TWO = ("-n", "2")
LONG = ("--budget", "acceptance", "--seed", "1")


class FourPeople(Interrupting):
    """Lies about logout, has four accounts, and remembers when it was asked."""

    def __init__(self, **moments: int) -> None:
        super().__init__(**moments)
        self.passwords = dict(PEOPLE)
        self.known |= set(MORE.values())
        self.asked: list[float] = []

    def gate(self, path: str) -> Reply | None:
        self.asked.append(time.monotonic())
        return super().gate(path)


class Sound(FourPeople):
    """The same without a fault."""

    logout = Correct.logout


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name, password in (VARIABLES | IN_ENVIRONMENT).items():
        monkeypatch.setenv(name, password)
    with desk_in(tmp_path, f"selftest-{secrets.token_hex(4)}") as made:
        yield made


def written(desk: Desk, url: str, *changes: tuple[str, str]) -> None:
    """Write a profile with four accounts."""
    desk.write(url, ("accounts:\n", f"accounts:\n{ACCOUNT_LINES}"), *changes)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The workers that a run has started by now."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [c for c in children if "fixtures.parallel.worker" in c.cmdline()]


def begun(process: subprocess.Popen[str], habits: FourPeople, requests: int) -> None:
    """Wait until the workers of a run have asked something."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if len(workers_of(process)) == 2:
            break
        time.sleep(0.05)
    wanted = len(habits.asked) + requests
    while time.monotonic() < until and len(habits.asked) < wanted:
        time.sleep(0.05)


def findings(desk: Desk) -> set[str]:
    """The ids of the findings of the last run."""
    results = desk.file("run.json")["results"]
    return {violation["finding"] for result in results for violation in result["violations"]}


def settled(verdicts: dict[str, str], reasons: dict[str, str]) -> dict[str, str]:
    """The verdicts without the one thing that the machine decides: the orders calls overlap in."""
    return {
        name: "pass" if verdict == "warning" and "in both orders" in reasons[name] else verdict
        for name, verdict in verdicts.items()
    }


# -- the same as one process ----------------------------------------------------------------------


def test_two_workers_say_what_one_process_says(desk: Desk) -> None:
    told: list[tuple[int, dict[str, str], set[str]]] = []
    for options in ((), TWO):
        habits = FourPeople()
        with serving(habits) as url:
            written(desk, url)
            ended = desk.judge(*SMOKE, "--seed", "3", *options)
        reasons = {r["requirement"]["id"]: r["reason"] for r in desk.file("run.json")["results"]}
        told.append((ended.code, settled(desk.verdicts(), reasons), findings(desk)))
        assert habits.passwords == PEOPLE
        assert places_with(habits.known, desk, ended) == []
    assert told[0] == told[1]
    assert told[1][0] == 1
    run = desk.file("run.json")
    assert [(share["worker"], share["seed"]) for share in run["workers"]] == [(1, 3), (2, 7)]
    assert all(share["histories"] and share["requests"] for share in run["workers"])
    assert run["complete"] is True
    assert run["requests"] >= sum(share["requests"] for share in run["workers"])
    assert "seed 3, budget smoke, 2 workers" in ended.out
    assert "drawing from the seeds 3, 7" in (desk.evidence / "report.html").read_text()


def test_each_requirement_is_one_item_and_the_next_run_is_told_with_n(desk: Desk) -> None:
    with serving(Sound()) as url:
        written(desk, url)
        ended = desk.judge(*SMOKE, "--seed", "3", *TWO, "--only", "SM-2.1", "--only", "SM-2.4")
    assert ended.code == 0, ended.said
    assert "3 passed" in ended.out
    assert f"again pytest --profile={desk.profile} --seed=3 -n 2" in " ".join(ended.out.split())


def test_a_planted_fault_gives_the_same_findings_with_two_workers() -> None:
    discover()
    # It shows when time is moved, which no worker may do beside others.
    fault = next(found for found in FAULTS.values() if found.breaks == "SM-2.8")
    told: list[Any] = []
    with running() as target:
        for workers in (1, 2):
            words = {key: str(value).lower() for key, value in fault.policy.items()}
            target.reset((fault.name,), words)
            with profile(target, fault.policy, fault.profile, FEW) as path:
                run = TargetRun(path, seed=1)
                run.budget = run.script.budget = QUICK
                run.workers = workers
                run.search()
            verdicts = {name: str(result.verdict) for name, result in run.results.items()}
            found = {v.finding for r in run.results.values() for v in r.violations}
            told.append((run.exit, verdicts, found))
            assert all(v.reproduced for r in run.results.values() for v in r.violations)
    assert told[0] == told[1]
    assert told[0][2]


# -- accounts and pace ----------------------------------------------------------------------------


def test_no_account_is_used_by_two_workers_at_once(desk: Desk) -> None:
    class Watching(Sound):
        """Remembers which accounts were logged in at the same time."""

        def __init__(self) -> None:
            super().__init__()
            self.logins: list[tuple[float, str]] = []

        def login(self, name: str, password: str, cookies: Any) -> Reply:
            self.logins.append((time.monotonic(), name))
            return super().login(name, password, cookies)

    habits = Watching()
    with serving(habits) as url:
        written(desk, url)
        ended = desk.judge(*SMOKE, "--seed", "1", *TWO)
        run = TargetRun(desk.profile)
    assert ended.code == 0, ended.said
    first, second = dealt(run.loaded.users, 2)
    assert names(first).isdisjoint(names(second))
    # Names of nobody are tried too; they are no accounts.
    used = {name for _, name in habits.logins[20:]}
    assert names(first) | names(second) <= used


def names(users: tuple[User, ...]) -> set[str]:
    return {user.name for user in users}


def test_the_declared_rate_holds_over_all_workers(desk: Desk) -> None:
    habits = Sound()
    with serving(habits) as url:
        written(desk, url, ("timeout_seconds: 2", "timeout_seconds: 2\n  requests_per_second: 150"))
        ended = desk.judge(*SMOKE, "--seed", "1", *TWO, "--only", "SM-2.1")
    assert ended.code == 0, ended.said
    spent = habits.asked[-1] - habits.asked[0]
    assert len(habits.asked) / spent <= 151


@pytest.mark.parametrize(("options", "several"), [(("-n", "0"), 0), (("-n", "1"), 0)])
def test_one_worker_or_none_is_one_process(
    desk: Desk, options: tuple[str, ...], several: int
) -> None:
    with serving(Sound()) as url:
        written(desk, url)
        ended = desk.judge(*SMOKE, *options, "--only", "SM-2.1")
    assert ended.code == 0, ended.said
    assert len(desk.file("run.json")["workers"]) == several
    assert ", budget smoke\n" in ended.out


def test_as_many_workers_as_the_machine_has_processors(desk: Desk) -> None:
    with serving(Sound()) as url:
        written(desk, url)
        ended = desk.judge(
            *SMOKE, "-n", "auto", "--maxprocesses", "2", "--only", "SM-2.1", "--seed", "1"
        )
    assert ended.code == 0, ended.said
    assert len(desk.file("run.json")["workers"]) == (2 if (os.cpu_count() or 1) > 1 else 0)


# -- a worker is lost, or all are stopped ---------------------------------------------------------


def test_a_killed_worker_makes_the_run_incomplete_and_is_named(desk: Desk) -> None:
    habits = Sound()
    with serving(habits) as url:
        written(desk, url)
        with started(desk, *SMOKE, "--seed", "1", *TWO) as process:
            begun(process, habits, 150)
            workers_of(process)[0].kill()
            ended = waited(process)
    assert ended.code == 10, ended.said
    run = desk.file("run.json")
    assert run["complete"] is False
    first, second = run["trouble"]
    assert first.startswith("worker 1 was killed by SIGKILL during ")
    assert "what it had not handed on yet was not judged" in first
    assert second.startswith("worker 1 could not give back its accounts: check the passwords of ")
    assert "unclear" in desk.verdicts().values()
    assert desk.all_written()


@pytest.mark.parametrize("requests", [0, 150])
def test_a_worker_that_is_ended_from_outside_gives_its_accounts_back(
    desk: Desk, requests: int
) -> None:
    habits = Sound()
    with serving(habits) as url:
        written(desk, url)
        with started(desk, *SMOKE, "--seed", "1", *TWO) as process:
            begun(process, habits, requests)
            workers_of(process)[1].terminate()
            ended = waited(process)
    assert ended.code == 10, ended.said
    assert habits.passwords == PEOPLE
    trouble = desk.file("run.json")["trouble"]
    assert any("worker 2 was stopped from outside" in told for told in trouble), trouble


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_all_workers_and_gives_all_accounts_back(
    desk: Desk, number: signal.Signals
) -> None:
    habits = FourPeople(password=3)
    with serving(habits) as url:
        written(desk, url)
        with started(desk, *LONG, *TWO) as process:
            assert habits.moment.wait(60)
            workers = workers_of(process)
            process.send_signal(number)
            stopped = time.monotonic()
            ended = waited(process)
    assert ended.code == 2, ended.said
    assert time.monotonic() - stopped < 30
    assert "stopping: ending sessions and restoring passwords" in ended.err
    assert habits.passwords == PEOPLE
    assert not any(worker.is_running() for worker in workers)
    assert desk.all_written()
    assert (desk.file("manifest.json")["complete"]) is False
    assert "the run was interrupted" in ended.out
    assert places_with(habits.known, desk, ended) == []


def test_workers_whose_run_was_killed_give_their_accounts_back_and_end(desk: Desk) -> None:
    habits = Sound()
    with serving(habits) as url:
        written(desk, url)
        with started(desk, *LONG, *TWO) as process:
            begun(process, habits, 300)
            workers = workers_of(process)
            assert len(workers) == 2
            process.kill()
            _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []
    assert habits.passwords == PEOPLE
    assert not habits.sessions


def test_a_target_that_goes_away_ends_the_work_of_all(desk: Desk) -> None:
    class Gone(Sound):
        def gate(self, path: str) -> Reply | None:
            super().gate(path)
            return Reply(503, {"error": "down"}) if len(self.asked) > 700 else None

    habits = Gone()
    with serving(habits) as url:
        written(desk, url)
        ended = desk.judge(*SMOKE, "--seed", "1", *TWO)
    assert ended.code == 10, ended.said
    assert desk.file("run.json")["complete"] is False
    assert any("503" in told for told in desk.file("run.json")["trouble"])
    assert len(habits.asked) < 1200


def test_an_adapter_that_breaks_in_a_worker_is_an_error_without_a_secret(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "breaking.py").write_text(breaking(after=12))
    habits = Sound()
    with serving(habits) as url:
        written(desk, url)
        head, rest = desk.profile.read_text().split("adapter:\n")
        accounts = rest[rest.index("accounts:") :]
        desk.profile.write_text(f"{head}adapter: {{python: breaking.py:Breaking}}\n{accounts}")
        ended: Ended = desk.judge(*SMOKE, "--seed", "1", *TWO)
    assert ended.code == 10, ended.said
    assert "breaking.py line" in " ".join(ended.out.split())
    assert "error" in desk.verdicts().values()
    assert places_with(habits.known, desk, ended) == []

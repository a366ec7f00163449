"""Examples that are kept for later walks: in a folder, and on a real Redis server."""

import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis, RedisError

from adapters.profilefile import ProfileError
from fixtures.examples import examples_of
from fixtures.session import TargetRun
from fixtures.targets.miniatures import ACCOUNTS, LiarAboutLogout, serving
from suites.kernel.declare import Action
from suites.kernel.discover import discover
from suites.kernel.explore import Examples, explore
from suites.selftest.judging import SMOKE, VARIABLES, Desk, desk_in
from suites.selftest.test_cli_parallel import IN_ENVIRONMENT, TWO, FourPeople, written
from suites.selftest.test_kernel_explore import MOVES

WANTED = ["log_in", "log_out", "log_out"]
SERVER = shutil.which("redis-server")
needs_server = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name, password in (VARIABLES | IN_ENVIRONMENT).items():
        monkeypatch.setenv(name, password)
    with desk_in(tmp_path, f"selftest-{secrets.token_hex(4)}") as made:
        yield made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis server of its own, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(SERVER), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(  # noqa: S603  a server of ours
        [*command, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    ) as process:
        address = f"redis://127.0.0.1:{port}/0"
        until = time.monotonic() + 10
        while not answers(address) and time.monotonic() < until:
            time.sleep(0.02)
        yield address, process
        process.terminate()


def answers(address: str) -> bool:
    try:
        with Redis.from_url(address) as client:
            return bool(client.ping())
    except RedisError:
        return False


class Searching:
    """Finds something in each history in which these moves stand in a row."""

    def __init__(self, walks: list[list[str]]) -> None:
        self.moves: list[str] = []
        walks.append(self.moves)

    def step(self, action: Action, drawn: object, spot: int, place: int | None = None) -> None:
        """Keep a move."""
        self.moves.append(action.name)

    def close(self) -> tuple[str, ...]:
        """Say whether something was found."""
        return ("SM-0.0-abc",) if shows(self.moves) else ()


def shows(moves: list[str]) -> bool:
    return any(moves[n : n + len(WANTED)] == WANTED for n in range(len(moves)))


def walked(examples: Examples | None, number: int, histories: int = 40) -> list[list[str]]:
    walks: list[list[str]] = []
    explore(
        MOVES,
        lambda: Searching(walks),
        histories=histories,
        steps=8,
        number=number,
        database=examples,
    )
    return walks


def begins_with_what_was_found(examples: Examples) -> None:
    """A second walk, with another seed, starts with a history that found something."""
    assert any(map(shows, walked(examples, 1)))
    assert not shows(walked(None, 7, histories=3)[0])
    assert shows(walked(examples, 7, histories=3)[0])


def test_a_later_walk_begins_with_what_an_earlier_one_found(tmp_path: Path) -> None:
    begins_with_what_was_found(Examples(str(tmp_path), "tests"))


def test_what_is_kept_for_one_target_is_not_played_on_another(tmp_path: Path) -> None:
    assert any(map(shows, walked(Examples(str(tmp_path), "one"), 1)))
    begun = walked(Examples(str(tmp_path), "other"), 7, histories=3)
    assert begun == walked(None, 7, histories=3)
    assert not shows(begun[0])


@needs_server
def test_two_machines_share_what_they_found(
    server: tuple[str, subprocess.Popen[bytes]],
) -> None:
    address, _ = server
    begins_with_what_was_found(Examples(address, "tests"))
    with Redis.from_url(address) as client:
        kept = client.keys()
    assert isinstance(kept, list)
    assert kept
    assert all(key.startswith(b"session-conformance:tests:") for key in kept)


@needs_server
def test_a_walk_goes_on_without_a_server_that_went_away(
    server: tuple[str, subprocess.Popen[bytes]],
) -> None:
    address, process = server
    walked(Examples(address, "tests"), 1)
    process.kill()
    process.wait()
    assert len(walked(Examples(address, "tests"), 7)) >= 40


@needs_server
def test_workers_share_a_server_that_learns_no_secret(
    desk: Desk, server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    address, _ = server
    habits = FourPeople()
    with serving(habits) as url:
        written(desk, url)
        ended = desk.judge(*SMOKE, "--seed", "1", *TWO, "--example-db", address)
    assert ended.code == 1, ended.said
    with Redis.from_url(address) as client:
        names = client.keys()
        assert isinstance(names, list)
        values = [value for name in names for value in client.smembers(name)]
    assert values
    for word in habits.known | set(ACCOUNTS):
        assert not any(word.encode() in value for value in (*names, *values))


@needs_server
def test_a_password_in_the_address_is_never_shown(
    desk: Desk, server: tuple[str, subprocess.Popen[bytes]]
) -> None:
    address, _ = server
    with Redis.from_url(address) as client:
        client.config_set("requirepass", "Redis-pass-77")
    known = address.replace("redis://", "redis://:Redis-pass-77@")
    with serving(LiarAboutLogout()) as url:
        desk.write(url)
        ended = desk.judge(*SMOKE, "--only", "SM-2.1", "--example-db", known)
        refused = desk.judge(*SMOKE, "--only", "SM-2.1", "--example-db", address)
    assert ended.code == 1, ended.said
    shown = [path for path in desk.home.rglob("*") if path.is_file()]
    assert not any(b"Redis-pass-77" in path.read_bytes() for path in shown)
    assert refused.code == 4
    assert "the server cannot be used (AuthenticationError)" in refused.err


def run_on(desk: Desk) -> TargetRun:
    discover()
    return TargetRun(desk.write("http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("redis://127.0.0.1:9/0", "redis://127.0.0.1:9/0: the server cannot be used (Connection"),
        ("redis://:hidden-77@127.0.0.1:9/0", "--example-db redis://127.0.0.1:9/0: the server can"),
        ("redis://127.0.0.1:port/0", "redis://127.0.0.1:port/0: Port could not be cast to integ"),
        ("ftp://127.0.0.1/x", "ftp://127.0.0.1/x: is no place for examples; write a folder, or"),
        ("/proc/nothing/here", "/proc/nothing/here: is no folder that can be written (No such f"),
    ],
)
def test_a_place_where_nothing_can_be_kept_is_refused(desk: Desk, place: str, words: str) -> None:
    run = run_on(desk)
    with pytest.raises(ProfileError) as refused:
        examples_of(place, run)
    assert words in str(refused.value)
    assert "hidden-77" not in str(refused.value)


def test_without_the_package_one_is_told_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_on(desk)
    monkeypatch.setattr("fixtures.examples.find_spec", lambda _: None)
    with pytest.raises(ProfileError, match=r"needs the package redis; install it with: pip"):
        examples_of("redis://127.0.0.1:9/0", run)


def test_no_place_is_no_database(desk: Desk) -> None:
    assert examples_of(None, run_on(desk)) is None

"""What a user gets for input that cannot be meant: one sentence, exit code 4, nothing else."""

import json
import secrets
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from fixtures.targets.miniatures import Correct, Reply, miniature, serving
from fixtures.wiring import open_run
from suites.catalogue import catalogue
from suites.kernel.discover import discover
from suites.selftest.judging import CHECKOUT, SMOKE, VARIABLES, Desk, desk_in, ended

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path, f"selftest-{secrets.token_hex(4)}") as made:
        yield made


class Counting(Correct):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def gate(self, path: str) -> Reply | None:
        self.asked += 1
        return None


@contextmanager
def untrusted() -> Iterator[str]:
    """A server whose certificate nobody knows."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Options:
    """The command line of a run, as far as it is asked for."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = {"--only": [], **given}
        self.option = SimpleNamespace()

    def getoption(self, name: str, default: object = None) -> Any:
        """What was given."""
        return self._given.get(name, default)


def refusal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, given: Mapping[str, Any] | None = None
) -> str:
    """Open a run that is refused, and return what the user is told."""
    for name, password in VARIABLES.items():
        monkeypatch.setenv(name, password)
    discover()
    options: Any = Options({"--profile": str(desk.profile), **(given or {})})
    with pytest.raises(pytest.UsageError) as refused:
        open_run(options)
    assert not desk.home.exists()
    return str(refused.value)


# -- the profile ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  timeout_seconds", "  timeout", "`target.timeout` is not a key"),
        ("timeout_seconds: 2", "timeout_seconds: soon", "`target.timeout_seconds` must be a num"),
        ("{env: MINI_BOB}", "{env: MINI_NONE}", "variable MINI_NONE, which is not set; export it"),
        ("test_over_http: true", "test_over_htpp: true", "did you mean `transport.test_over_http`"),
        ("mode: allow", "mode: alow", "`concurrency.mode` is 'alow'; write one of: allow, block"),
        ("environment: lab", "environment: production", "add --allow-production"),
        ("  environment: lab\n", "", "target.environment is missing; write lab, staging or prod"),
        ("post: /logout", "post: 'http://127.0.0.2/bye'", "add it to target.also"),
        ("  logout: {post: /logout}\n", "", "`adapter` lacks `logout`"),
        ("policy:", "run: {budget: tiny}\npolicy:", "run.budget is 'tiny'; write one of smoke"),
        ("policy:", "run: {sede: 1}\npolicy:", "run.sede is unknown; write one of seed, budget"),
        ("policy:", "run: {seed: often}\npolicy:", "run.seed is 'often'; write a whole number"),
        ("adapter:", "adapter: [", "not valid YAML"),
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, old: str, new: str, words: str
) -> None:
    desk.write(NOWHERE, (old, new))
    sentence = refusal(desk, monkeypatch)
    assert words in sentence
    assert sentence.startswith(str(desk.profile))
    assert "\n" not in sentence


def test_a_refusal_is_one_line_and_leaves_nothing_behind(desk: Desk) -> None:
    desk.write(NOWHERE, ("mode: allow", "mode: alow"))
    refused = desk.judge(*SMOKE)
    assert (refused.code, refused.out) == (4, "")
    assert refused.err == (
        f"ERROR: {desk.profile}: policy `concurrency.mode` is 'alow'; "
        "write one of: allow, block, evict\n\n"
    )
    assert not desk.home.exists()


@pytest.mark.parametrize("name", ["none.yaml", "."])
def test_a_profile_that_cannot_be_read_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    desk.profile = tmp_path / name
    assert refusal(desk, monkeypatch).startswith(f"{desk.profile}: ")


def test_a_profile_inside_the_checkout_may_follow_a_space() -> None:
    place = "fixtures/profiles/demo.yaml"
    refused = ended([sys.executable, "-m", "pytest", "--profile", place], {})
    assert refused.code == 4
    assert refused.err.startswith(f"ERROR: {place}:5: `target.url` needs the environment variable")


# -- the target at first sight --------------------------------------------------------------------


def test_a_target_that_is_not_there_is_told_with_the_key(desk: Desk) -> None:
    desk.write(NOWHERE)
    for refused in (desk.judge(*SMOKE), desk.check()):
        assert refused.code == 10, refused.said
        assert "Connection refused); see that the target runs at `target.url`" in refused.said
    assert not desk.home.exists()


def test_a_certificate_nobody_knows_is_told_with_the_key(desk: Desk) -> None:
    with untrusted() as url:
        desk.write(url)
        refused = desk.check()
    assert refused.code == 10, refused.said
    assert "a private CA goes under `target.tls.ca`" in refused.out


def test_a_wrong_password_is_told_once_and_tried_once(desk: Desk) -> None:
    habits = Counting()
    with serving(habits) as url:
        desk.write(url)
        refused = desk.judge(*SMOKE, MINI_ALICE="no-such-password")
    assert refused.code == 4, refused.said
    assert "login of alice (web) did not succeed: POST /login answered 401; check the pa" in (
        refused.err
    )
    assert "no-such-password" not in refused.said


# -- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"--only": ["SM-99.1"]}, "--only 'SM-99.1' is no requirement of the catalogue; write"),
        ({"--only": ["X-99"]}, "--only X-99: no file in suites/threats declares it"),
        ({"--only": ["SM-2.2"]}, "--only SM-2.2: not applicable: capability refresh, remember_me"),
        ({"--replay": "none.json"}, "--replay none.json: cannot be read (No such file"),
        ({"--replay": "pytest.ini"}, "--replay pytest.ini: is no JSON"),
        (
            {"numprocesses": 2},
            "-n 2 needs 4 accounts, 2 for each worker, and accounts names 2: leave -n out, or give",
        ),
        ({"numprocesses": -1}, "-n is -1; write how many workers there are to be, or auto"),
        ({"numprocesses": 2, "--replay": "x.json"}, "--replay plays one scenario, and one process"),
        ({"tx": ["popen"]}, "--tx and -d are about self-tests: a run on a target has its workers"),
        ({"--example-db": "http://127.0.0.1/"}, "is no place for examples; write a folder, or re"),
        ({"--example-db": "pytest.ini"}, "pytest.ini: is no folder that can be written (File exi"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], words: str
) -> None:
    desk.write(NOWHERE)
    assert words in refusal(desk, monkeypatch, options)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"schema": 7, "steps": []}, "`schema` must be 1"),
        ({"schema": 1, "steps": []}, "`steps` must be a list of at least one step"),
        ({"schema": 1, "steps": [{"as": "s1", "do": "dance"}]}, "step 1 needs `as` and `do`"),
    ],
)
def test_a_scenario_that_cannot_be_played_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, document: object, words: str
) -> None:
    desk.write(NOWHERE)
    stored = tmp_path / "scenario.json"
    stored.write_text(json.dumps(document))
    sentence = refusal(desk, monkeypatch, {"--replay": str(stored)})
    assert sentence.startswith(f"--replay {stored}: {words}")


def test_an_option_of_another_type_is_refused(desk: Desk) -> None:
    desk.write(NOWHERE)
    refused = desk.judge("--budget", "tiny")
    assert refused.code == 4
    assert "invalid choice: 'tiny' (choose from" in refused.err


def test_an_option_about_a_target_needs_a_profile() -> None:
    refused = ended([sys.executable, "-m", "pytest", "--plan"], {})
    assert refused.code == 4
    assert "--plan is about a target: add --profile=<file>.yaml" in refused.err


# -- the plan -------------------------------------------------------------------------------------


def test_the_plan_sends_nothing_and_names_every_requirement(desk: Desk) -> None:
    habits = Counting()
    with serving(habits) as url:
        desk.write(url)
        plan = desk.judge("--plan")
        listed = desk.judge("--collect-only", "-q", "--only", "SM-2.1")
    assert plan.code == 0, plan.said
    assert listed.code == 0, listed.said
    assert "SM-2.1" in listed.out
    assert habits.asked == 0
    assert not desk.home.exists()
    lines = plan.out.splitlines()
    for identifier in catalogue():
        place = next(n for n, line in enumerate(lines) if line.startswith(f"{identifier} "))
        assert lines[place + 1].strip().startswith(("will run", "not applicable"))
    assert "not applicable: capability list_sessions is missing" in plan.out
    assert "policy logout.scope is undeclared: default session" in plan.out


def test_the_smoke_test_alone_says_what_it_saw(desk: Desk) -> None:
    with miniature("correct") as url:
        desk.write(url)
        seen = desk.check()
    assert seen.code == 0, seen.said
    assert "authenticates alone: cookie sid" in seen.out
    assert "fit for a run" in seen.out


def test_the_help_of_both_commands_is_there() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "adapters", "--help"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "check" in told.stdout
    options = ended([sys.executable, "-m", "pytest", "--help"], {})
    for option in ("--profile", "--plan", "--only", "--budget", "--seed", "--replay", "--baseline"):
        assert option in options.out

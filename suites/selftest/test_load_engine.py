"""Locust sends what was ordered, to the request, no faster, to nobody else, and is gone after."""

import importlib.metadata
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from adapters.build import load
from adapters.contract import fresh_device
from adapters.profilefile import ProfileError
from adapters.transport import Spent
from fixtures.allowing import Permission
from suites.kernel.load import Order, Sent
from suites.kernel.policy import Policy, PolicyError
from suites.load import engine
from suites.selftest.loopback import Asked, Given, Server, serving

PROFILE = """
target: {{name: counter, url: "{url}", environment: {environment}}}
adapter:
  artefacts: {{session: {{cookie: sid}}}}
  pre_auth: {{get: /visit}}
  login: {{post: /login, form: {{u: "{{user.name}}", p: "{{user.password}}"}}}}
  probe: {{get: /me, identity: $.user}}
  logout: {{post: /logout}}
accounts:
  - {{name: alice, password: {{env: SHOP_PASSWORD}}}}
  - {{name: bob, password: {{env: SHOP_PASSWORD}}}}
policy: {{load: {{max_rps: {rate}}}}}
{run}
"""
ORDER = Order("", "visits", "web", 120, 80.0)


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    with serving(lambda _: Given(200)) as server:
        yield server


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "A-pass-word-9!")


def written(
    folder: Path, url: str, *, environment: str = "lab", run: str = "", rate: int = 80
) -> Path:
    path = folder / "shop.yaml"
    said = PROFILE.format(url=url, environment=environment, run=run, rate=rate)
    path.write_text(said, encoding="utf-8")
    return path


@pytest.mark.parametrize("workers", [0, 2])
def test_a_flood_is_what_was_ordered_and_no_more(
    workers: int, tmp_path: Path, elsewhere: Server
) -> None:
    times: list[float] = []

    def answer(asked: Asked) -> Given:
        times.append(time.monotonic())
        number = len(times)
        away = (("Location", f"{elsewhere.url}/phishing"),)
        return Given(302, b"", away) if number % 3 == 0 else Given(429 if number % 2 else 200)

    before = {child.pid for child in psutil.Process().children(recursive=True)}
    flowing: Counter[bool] = Counter()
    with serving(answer) as server:
        profile = written(tmp_path, server.url)
        order = replace(ORDER, profile=str(profile), workers=workers)
        sent = engine.flood(order, lambda now: flowing.update([now]))
    assert (sent.requests, sent.trouble) == (120, "")
    assert {a.path for a in server.asked} == {"/visit"}
    assert len(server.asked) == 120
    assert sent.classes == {"answered": 80, "slowed": 40}
    assert elsewhere.asked == []
    assert flowing[True] > 5
    # A second of the flood at the declared rate, and what each process may send at once.
    busiest = max(sum(t <= other < t + 1 for other in times) for t in times)
    assert busiest <= 80 * 1.15 + max(1, workers)
    left = {child.pid for child in psutil.Process().children(recursive=True)} - before
    assert left == set()


def test_what_keeps_locust_from_starting_is_told_in_one_line(tmp_path: Path) -> None:
    sent = engine.flood(replace(ORDER, profile=str(tmp_path / "absent.yaml")), lambda _: None)
    assert sent.requests == 0
    assert sent.trouble
    assert "\n" not in sent.trouble


@pytest.mark.parametrize(
    ("said", "changes", "sentence"),
    [
        ({"environment": "production"}, {}, "target.environment is production; floods are for lab"),
        ({"rate": 79}, {}, "the order asks for 80, and policy load.max_rps is 79; order less"),
        ({}, {"requests": 2001}, "asks for 2001, and policy load.max_requests is 2000; order less"),
    ],
)
def test_an_order_that_the_profile_does_not_allow_sends_nothing(
    said: dict[str, Any], changes: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with serving(lambda _: Given(200)) as server:
        profile = written(tmp_path, server.url, **said)
        sent = engine.flood(replace(ORDER, profile=str(profile), **changes), lambda _: None)
    assert server.asked == []
    assert sentence in sent.trouble


def test_an_order_without_workers_is_not_for_workers(tmp_path: Path) -> None:
    profile = load(written(tmp_path, "http://127.0.0.1:9")).profile
    code = "import json, sys; from suites.load.flood import objection; "
    code += "from suites.kernel.load import Order; from adapters.build import load; "
    code += "o = Order.from_json(sys.argv[1]); p = load(o.profile).profile; "
    code += "print(json.dumps([objection(o, p, shared=s) for s in (True, False)]))"
    order = replace(ORDER, profile=str(profile.path)).to_json()
    # Locust patches the standard library: its file is imported in a process of its own.
    done = subprocess.run(  # noqa: S603  our own interpreter and arguments
        [sys.executable, "-c", code, order], capture_output=True, text=True, check=True, timeout=60
    )
    shared, alone = json.loads(done.stdout)
    assert "add their number" in shared
    assert alone == ""


def test_a_flood_that_is_stopped_leaves_no_process(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}

    def stop(_: bool) -> None:
        raise KeyboardInterrupt

    with serving(lambda _: Given(200)) as server, pytest.raises(KeyboardInterrupt):
        engine.flood(replace(ORDER, profile=str(written(tmp_path, server.url))), stop)
    left = {child.pid for child in psutil.Process().children(recursive=True)} - before
    assert left == set()


def test_an_allowance_is_kept_by_the_transport(tmp_path: Path) -> None:
    with serving(lambda _: Given(200)) as server:
        transport = load(written(tmp_path, server.url)).transport
        transport.limit(2, 1000.0)
        for _ in range(2):
            transport.send(fresh_device(), "GET", f"{server.url}/")
        with pytest.raises(Spent):
            transport.send(fresh_device(), "GET", f"{server.url}/")
        transport.close()
    assert len(server.asked) == 2


# -- permission -----------------------------------------------------------------------------------


def permission(
    folder: Path, *, run: str = "", flood: bool | None = None, workers: int | None = None,
    environment: str = "lab", **policy: object,
) -> Permission:  # fmt: skip
    loaded = load(written(folder, "http://127.0.0.1:9", environment=environment, run=run))
    said = {key.replace("__", "."): value for key, value in policy.items()}
    return Permission.of(loaded, Policy(said), flood=flood, workers=workers)


def test_floods_are_made_only_when_asked_for(tmp_path: Path) -> None:
    assert "--load" in permission(tmp_path).why
    assert permission(tmp_path, flood=True, workers=2).loading is not None
    asked = permission(tmp_path, run="run: {load: true, load_workers: 3}").loading
    assert asked is not None
    assert asked.workers == 3


def test_a_profile_without_floods_needs_no_bounds_of_floods(tmp_path: Path) -> None:
    assert "--load" in permission(tmp_path, run="run: {load: false}", load__max_requests=0).why


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"flood": True, "environment": "production"}, "target.environment is production"),
        ({"run": "run: {load: often}"}, "run.load is 'often'; write true or false"),
        ({"flood": True, "workers": -1}, "run.load_workers is -1; write a whole number"),
        ({"workers": 2}, "--load-workers says how floods are made"),
        ({"flood": True, "load__max_requests": 0}, "load.max_requests is 0; write 1 or more"),
        ({"flood": True, "load__max_rps": -5}, "load.max_rps. is -5; write a number from 0"),
    ],
)
def test_a_flood_that_must_not_be_is_refused_in_one_sentence(
    asked: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises((PolicyError, ProfileError), match=sentence) as refusal:
        permission(tmp_path, **asked)  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value)


def test_without_locust_the_plan_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fixtures.allowing.installed", lambda: False)
    found = permission(tmp_path, flood=True)
    assert found.loading is None
    assert "python -m pip install 'locust" in found.why


def test_the_version_of_locust_is_one_that_the_install_command_gives() -> None:
    major, minor, *_ = importlib.metadata.version("locust").split(".")
    assert (int(major), int(minor)) >= (2, 47)


def test_what_was_sent_has_a_rate() -> None:
    assert Sent({"answered": 50}, 2.0).rate == 25.0
    assert Sent().rate == 0.0

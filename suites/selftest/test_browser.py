"""A real browser as an adapter: logins, scope, hand-over, and what goes wrong with it."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters import browser
from adapters.build import Loaded
from adapters.capabilities import of
from adapters.contract import Acknowledged, Refused, Unclear, User, fresh_device
from adapters.declared.spec import Move
from adapters.exchange import Exchange
from adapters.profilefile import ProfileError
from adapters.scenes import Act, Shelf, Way
from adapters.secrets import VAULT, Secret
from fixtures.demo import PROFILE
from fixtures.targets.reference.launch import Running, running
from suites.kernel.budget import Budget
from suites.kernel.discover import discover
from suites.kernel.verdict import Verdict
from suites.selftest.browsing import (
    APP,
    FORM,
    chromium_children,
    loaded,
    needs_a_browser,
    signed_in,
    somebody,
)
from suites.selftest.hunting import UNTIMED, Run, profile

LANE: dict[str, Any] = {"channel": "app", "node": 0}
BRIEF = Budget("brief", 0, 12, 0.0, 5, 1.0, 2)


@pytest.fixture(scope="module")
def reference() -> Iterator[Running]:
    discover()
    with running() as target:
        yield target


@pytest.fixture(scope="module")
def run(reference: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded(reference, tmp_path_factory.mktemp("app")) as found:
        yield found


@pytest.fixture
def heard(run: Loaded) -> Iterator[list[Exchange]]:
    found: list[Exchange] = []
    run.transport.taps.append(found.append)
    yield found
    run.transport.taps.clear()


@needs_a_browser
def test_a_browser_logs_in_and_shows_what_it_keeps(
    reference: Running, run: Loaded, heard: list[Exchange]
) -> None:
    reference.reset(["token-in-indexed-db"])
    user = somebody(run)
    device = signed_in(run, user)
    scene = run.adapter.in_window(device, Act.RENDER, "/app/", **LANE)
    assert scene.why == ""
    assert user.name in scene.shown
    assert {thing.shelf for thing in scene.kept} >= {Shelf.INDEXED, Shelf.CACHES, Shelf.MARKUP}
    token = next(a.value for a in scene.issued if a.place == "bearer")
    assert any(token.reveal() in t.text for t in scene.kept if t.shelf is Shelf.INDEXED)
    # What the browser was given is known as a secret, and works without it.
    assert token.reveal() in dict(VAULT)
    assert device.jar.get("__Host-refresh") is not None
    held = tuple(a for a in scene.issued if a.place == "bearer")
    seen = run.adapter.probe(held, fresh_device(), which="me", **LANE)
    assert seen.identity == user.identity
    asked = [exchange.url for exchange in heard if "/app/" in exchange.url]
    assert any(url.endswith("/app/session") for url in asked)
    assert len({exchange.number for exchange in heard}) == len(heard)


@needs_a_browser
def test_a_wrong_password_is_refused_in_a_browser(reference: Running, run: Loaded) -> None:
    reference.reset()
    user = somebody(run)
    wrong = User(user.name, Secret("Wrong-password-1!", "password"))
    answer = run.adapter.open_window(wrong, fresh_device("laptop"), **LANE)
    assert isinstance(answer, Refused)


@needs_a_browser
def test_a_browser_does_not_leave_the_scope(
    reference: Running, run: Loaded, heard: list[Exchange]
) -> None:
    reference.reset()
    device = signed_in(run, somebody(run))
    away = "http://elsewhere.example:8123/beacon?page=1"
    chromium = run.adapter.browsing._browser
    chromium.do(
        lambda: device.window._tabs[0].evaluate(
            "(url) => fetch(url, {mode: 'no-cors'}).catch(() => 0)", away
        )
    )
    run.adapter.in_window(device, Act.RENDER, "/app/", **LANE)
    kept_away = [exchange for exchange in heard if exchange.url == away]
    assert [exchange.status for exchange in kept_away] == [None]
    assert "out of scope" in str(kept_away[0].trouble)


@needs_a_browser
def test_a_page_without_the_declared_form_is_told_in_one_sentence(
    reference: Running, run: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference.reset()
    browsing = run.adapter.browsing
    moves = (*browsing._spec.moves[:-1], Move("click", "#absent", key="adapter.browser.submit"))
    monkeypatch.setattr(browsing, "_spec", replace(browsing._spec, moves=moves))
    monkeypatch.setattr(browsing._browser, "seconds", 1)
    answer = run.adapter.open_window(somebody(run), fresh_device("laptop"), **LANE)
    assert isinstance(answer, Unclear)
    assert answer.why.startswith("adapter.browser.submit: `#absent` cannot be used on https://")
    assert "\n" not in answer.why


@needs_a_browser
def test_a_browser_that_dies_is_told_and_started_again(reference: Running, run: Loaded) -> None:
    reference.reset()
    user = somebody(run)
    device = signed_in(run, user)
    for pid in chromium_children():
        os.kill(pid, signal.SIGKILL)
    scene = run.adapter.in_window(device, Act.RENDER, "/app/", **LANE)
    assert scene.why == "Chromium crashed, or was stopped by somebody"
    run.adapter.close_window(device, **LANE)
    assert signed_in(run, user).window is not None
    run.close()
    assert chromium_children() == []


def test_without_a_browser_its_requirements_do_not_apply(
    reference: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference.reset()
    monkeypatch.setenv(browser.VARIABLE, "/no/such/chromium")
    with profile(reference, {}, APP.name) as path:
        run = Run(path, None, 1, first="")
        assert "browser" not in of(run.loaded.adapter)
        why = run.plan["SM-4.5"].why
        assert why.startswith("not applicable: ")
        assert browser.VARIABLE in why or "playwright" in why
        assert not run.plan["SM-13.2"].runs
        assert run.plan["SM-4.2"].runs


def test_a_missing_playwright_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find_spec", lambda _: None)
    assert browser.lacking(None) == (
        'Playwright is not installed: pip install "playwright>=1.55,<2"'
    )


@needs_a_browser
def test_a_form_that_is_not_there_leaves_the_rest_of_the_run_alone(
    reference: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference.reset(policy={key: str(value) for key, value in UNTIMED.items()})
    with profile(reference, {**UNTIMED}, APP.name) as path:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        document["adapter"]["browser"]["login_page"] = "/healthz"
        document["target"]["timeout_seconds"] = 2
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        run = Run(path, None, 1, first="browser")
        run.budget = run.script.budget = BRIEF
        monkeypatch.setattr(run.script, "histories", lambda _: run.script.in_browser())
        run.search()
    assert run.results["SM-4.5"].verdict is Verdict.NOT_EXERCISED
    assert "adapter.browser.fields" in run.results["SM-4.5"].reason
    assert run.results["SM-13.2"].verdict is Verdict.NOT_EXERCISED
    assert not run.results["SM-2.1"].violations


@needs_a_browser
def test_a_login_by_browser_is_a_login_like_any_other(reference: Running, tmp_path: Path) -> None:
    reference.reset()
    with loaded(reference, tmp_path, login={"browser": True}) as run:
        user, device = somebody(run), fresh_device("laptop")
        answer = run.adapter.login(user, device, **LANE)
        assert isinstance(answer, Acknowledged)
        assert device.window is None
        assert {artefact.name for artefact in answer.issued} == {"Authorization", "__Host-refresh"}
        seen = run.adapter.probe(answer.issued, fresh_device(), which="me", **LANE)
        assert seen.identity == user.identity
        assert isinstance(run.adapter.login_fail(user, fresh_device(), **LANE), Refused)
        assert isinstance(run.adapter.logout(answer.issued, device, **LANE), Acknowledged)


@needs_a_browser
def test_another_site_cannot_send_the_session(reference: Running, tmp_path: Path) -> None:
    for faults, carried in (([], False), (["no-samesite"], True)):
        reference.reset(faults)
        with loaded(reference, tmp_path, base=PROFILE, browser=dict(FORM)) as run:
            device = signed_in(run, somebody(run))
            lane = {"channel": "web", "node": 0}
            crossing = run.adapter.cross_site(device, Way.FORM, "note-of-another-site", **lane)
            assert crossing.why == ""
            assert ("__Host-sid" in crossing.carried) is carried
            for way in (Way.IMAGE, Way.FETCH):
                crossing = run.adapter.cross_site(device, way, "note-of-another-site", **lane)
                assert (crossing.why, crossing.carried) == ("", frozenset())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"channel": "wbe"}, "adapter.browser.channel` is 'wbe', which is no channel"),
        ({"submit": None}, "does not say how to log in; add `fields` and `submit`, or `steps`"),
        ({"steps": [{"click": "#a"}]}, "replaces `fields` and `submit`; keep one of them"),
        ({"pages": None}, "lacks a key; add `pages`"),
        ({"fields": {"#a": "{user.nmae}"}}, "uses {user.nmae}, which is no template"),
    ],
)
def test_a_wrong_declaration_gets_one_sentence(
    changes: dict[str, object], sentence: str, reference: Running, tmp_path: Path
) -> None:
    said = {**yaml.safe_load(APP.read_text())["adapter"]["browser"], **changes}
    page = {key: value for key, value in said.items() if value is not None}
    with pytest.raises(ProfileError) as told, loaded(reference, tmp_path, browser=page):
        pass
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)

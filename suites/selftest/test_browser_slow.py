"""A real browser at small targets: slow logins, pages that wait for ever, and forms of others."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from adapters import browser
from adapters.build import Loaded, load
from adapters.contract import Acknowledged, Answer, Refused, Unclear, fresh_device
from adapters.scenes import Act, Crossing, Way
from adapters.secrets import Secret
from adapters.transport import Scope, Tls
from adapters.window import Window
from suites.kernel.browsing import Crossed
from suites.kernel.policy import Policy
from suites.kernel.verify import Outcome
from suites.kernel.verify_browser import carries_no_session
from suites.selftest.browsing import FORM, chromium_children, needs_a_browser
from suites.selftest.declaring import ANN, WEB, answer
from suites.selftest.judging import CHECKOUT
from suites.selftest.loopback import Asked, Given, Server, serving

SLOW = 4.0
"""Seconds that a login takes here: longer than a page is given to be quiet."""
HTML = ("Content-Type", "text/html")
FIELDS = '<input name="username"><input name="password" type="password"><button>in</button>'
PLAIN = f'<form method="post" action="/login">{FIELDS}</form>'
SCRIPTED = f"""<form>{FIELDS}</form><script>
document.forms[0].onsubmit = event => {{
    event.preventDefault();
    history.pushState(null, '', '#busy');
    const body = new URLSearchParams(new FormData(document.forms[0]));
    fetch('/login', {{method: 'POST', body}}).then(done => {{ location = done.url; }});
}};
</script>"""
STREAMING = f"{PLAIN}<script>new EventSource('/never'); navigator.sendBeacon('/never')</script>"
LEFT = "<script>fetch('/never', {keepalive: true})</script><a id='go' href='/login'>log in</a>"
STUCK = "<p id='who'>ann</p><script>setTimeout(() => { while (true) {} }, 100)</script>"
EXITING = """
import sys
from pathlib import Path
from adapters import browser
from adapters.scenes import Act
from suites.selftest.test_browser_slow import ANN, WEB, Pages, browsing, fresh_device, serving

browser.SPARE, browser.ACTS, browser.GRACE = 1.0, 0, 1.0
if sys.argv[2] == "unkillable":
    browser.Chromium._kill = lambda self: None
with serving(Pages()) as server, browsing(Path(sys.argv[1]), server, 1) as run:
    device = fresh_device("laptop")
    run.adapter.open_window(ANN, device, **WEB)
    print(run.adapter.in_window(device, Act.RENDER, "/stuck", **WEB).why)
    again = fresh_device("phone")
    run.adapter.open_window(ANN, again, **WEB)
    print(run.adapter.in_window(again, Act.RENDER, "/account", **WEB).shown)
"""
POLLING = f"{PLAIN}<script>fetch('/never')</script>"


class Pages:
    """A login form, and a page that names its reader."""

    def __init__(self, form: str = PLAIN, *, slow: float = 0.0, samesite: str = "Lax") -> None:
        self.form, self.slow, self.samesite = form, slow, samesite
        self.note = ""

    def __call__(self, asked: Asked) -> Given:
        """Answer one request."""
        inside = "sid=opened-1234567890" in (asked.header("Cookie") or "")
        match asked.method, asked.path.partition("?")[0]:
            case "GET", "/start":
                return Given(200, LEFT.encode(), (HTML,))
            case "GET", "/login":
                return Given(200, self.form.encode(), (HTML,))
            case "POST", "/login":
                time.sleep(self.slow)
                return self._logged_in(b"ann-password" in asked.body)
            case _, "/never":
                time.sleep(60)
            case "GET", "/account" if inside:
                return Given(200, b"<p id='who'>ann@example.test</p>", (HTML,))
            case "GET", "/me" if inside:
                return answer(200, {"user": "ann"})
            case "GET", "/stuck":
                return Given(200, STUCK.encode(), (HTML,))
            case "POST", "/note":
                # Back to where the form was, which has the same address.
                return Given(303, b"", (("Location", "/note"),))
        return Given(401 if asked.path == "/me" else 404, b"", (HTML,))

    def _logged_in(self, right: bool) -> Given:
        if not right:
            return Given(303, b"", (("Location", "/login"),))
        cookie = f"sid=opened-1234567890; Path=/; HttpOnly; SameSite={self.samesite}"
        return Given(303, b"", (("Location", "/account"), ("Set-Cookie", cookie)))


@contextmanager
def browsing(
    folder: Path, server: Server, seconds: float = 10, marker: str = "post", **said: Any
) -> Iterator[Loaded]:
    """Yield an adapter that logs in with a browser, and close it at the end."""
    (folder / "secrets.env").write_text("PW=ann-password\n")
    page = {key: value for key, value in {**FORM, "refused": None, **said}.items() if value}
    password: Mapping[str, str] = {"file": "secrets.env", "key": "PW"}
    document = {
        "target": {
            "name": "t",
            "url": server.url,
            "environment": "lab",
            "timeout_seconds": seconds,
        },
        "accounts": [{"name": name, "password": password} for name in ("ann", "ben")],
        "adapter": {
            "login": {"post": "/login", "form": {"username": "{user.name}"}},
            "probe": {"get": "/me", "identity": "$.user"},
            "logout": {"post": "/logout"},
            "write_marker": {marker: "/note", "form": {"text": "{value}"}},
            "artefacts": {"session": {"cookie": "sid"}},
            "browser": page,
        },
    }
    file = folder / "profile.yaml"
    file.write_text(yaml.safe_dump(document))
    run = load(file)
    try:
        yield run
    finally:
        run.close()


def logged_in(run: Loaded, password: str = "ann-password") -> Answer:
    """Log in with a window and close it."""
    device = fresh_device("laptop")
    user = type(ANN)(ANN.name, Secret(password, "password"))
    answer: Answer = run.adapter.open_window(user, device, **WEB)
    run.adapter.close_window(device, **WEB)
    return answer


@needs_a_browser
@pytest.mark.parametrize("form", [PLAIN, SCRIPTED], ids=["a form", "a script"])
def test_a_slow_login_is_waited_for(tmp_path: Path, form: str) -> None:
    with serving(Pages(form, slow=SLOW)) as server, browsing(tmp_path, server) as run:
        assert isinstance(logged_in(run), Acknowledged)
        assert isinstance(logged_in(run, "wrong-password"), Refused)


@needs_a_browser
def test_a_login_that_is_never_answered_is_unclear(tmp_path: Path) -> None:
    pages = Pages(slow=60)
    with serving(pages) as server, browsing(tmp_path, server, SLOW) as run:
        assert isinstance(logged_in(run), Unclear)


@needs_a_browser
@pytest.mark.parametrize(
    ("form", "said", "expected"),
    [
        (STREAMING, {}, Refused),
        (
            PLAIN,
            {
                "login_page": "/start",
                "fields": None,
                "submit": None,
                "steps": [
                    {"click": "#go"},
                    *({"fill": f, "with": w} for f, w in dict(FORM["fields"]).items()),
                    {"click": "button"},
                ],
            },
            Refused,
        ),
        # What a script asked for may be the login, as far as anybody can tell.
        (POLLING, {"steps": None}, Unclear),
    ],
    ids=["streams", "a page that was left", "a long poll"],
)
def test_only_what_may_be_the_login_is_waited_for(
    tmp_path: Path, form: str, said: dict[str, Any], expected: type
) -> None:
    pages = Pages(form)
    with serving(pages) as server, browsing(tmp_path, server, SLOW, **said) as run:
        assert isinstance(logged_in(run, "wrong-password"), expected)


@dataclass(eq=False)
class Fetched:
    """A request of a page, or one for a page, as Playwright tells of it."""

    frame: str
    page: bool = False
    resource_type: str = "fetch"

    def is_navigation_request(self) -> bool:
        """Say whether it is for a page."""
        return self.page


def test_a_request_is_forgotten_with_its_page_and_not_with_a_change_of_the_address() -> None:
    context: Any = SimpleNamespace(on=lambda *_: None)
    window: Any = Window(None, context, None)  # type: ignore[arg-type]
    polled, page = Fetched("main"), Fetched("main", page=True)
    window._begun(polled)
    window._moved("main")
    assert window._awaited
    other, later = Fetched("another"), Fetched("main")
    window._begun(other)
    window._begun(page)
    window._came(page)
    window._begun(later)
    window._moved("main")
    assert list(window._under_way) == [other, later]


@needs_a_browser
@pytest.mark.parametrize(
    ("marker", "samesite", "outcomes"),
    [
        ("post", "Lax", {Way.FORM: Outcome.HELD, Way.FETCH: Outcome.HELD}),
        ("put", "Lax", {Way.FORM: Outcome.NOT_JUDGED, Way.FETCH: Outcome.HELD}),
        ("delete", "Lax", {Way.FORM: Outcome.NOT_JUDGED, Way.FETCH: Outcome.HELD}),
        ("get", "Lax", {Way.FORM: Outcome.NOT_JUDGED, Way.IMAGE: Outcome.HELD}),
    ],
)
def test_a_lax_cookie_that_goes_with_a_page_is_no_violation(
    tmp_path: Path, marker: str, samesite: str, outcomes: dict[Way, Outcome]
) -> None:
    pages = Pages(samesite=samesite)
    with serving(pages) as server, browsing(tmp_path, server, marker=marker) as run:
        device = fresh_device("laptop")
        assert isinstance(run.adapter.open_window(ANN, device, **WEB), Acknowledged)
        for way, outcome in outcomes.items():
            crossing: Crossing = run.adapter.cross_site(device, way, "note-1", **WEB)
            crossed = Crossed(None, crossing, None, frozenset({"sid"}))  # type: ignore[arg-type]
            found = carries_no_session(crossed, Policy())
            assert found.outcome is outcome, (way, crossing)
            assert (way is Way.FORM and marker != "post") == ("Lax cookies" in crossing.why)


@needs_a_browser
def test_a_page_that_never_answers_costs_one_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "SPARE", 1.0)
    monkeypatch.setattr(browser, "ACTS", 0)
    with serving(Pages()) as server, browsing(tmp_path, server, 1) as run:
        device, other, next_one = (fresh_device(name) for name in ("laptop", "phone", "tablet"))
        for one in (device, other):
            assert isinstance(run.adapter.open_window(ANN, one, **WEB), Acknowledged)
        stuck = run.adapter.in_window(device, Act.RENDER, "/stuck", **WEB)
        assert stuck.why == "Chromium did not answer within 4 s"
        until = time.monotonic() + SLOW
        while chromium_children() and time.monotonic() < until:
            time.sleep(0.1)
        assert chromium_children() == []
        assert isinstance(run.adapter.open_window(ANN, next_one, **WEB), Acknowledged)
        seen = run.adapter.in_window(next_one, Act.RENDER, "/account", **WEB)
        assert (seen.why, seen.shown) == ("", "ann@example.test")
        # The windows of the browser that is gone stay gone, each with the same sentence.
        for one in (device, other):
            gone = run.adapter.in_window(one, Act.RENDER, "/account", **WEB)
            assert gone.why == stuck.why
            assert isinstance(run.adapter.close_window(one, **WEB), Acknowledged)
    assert chromium_children() == []


@needs_a_browser
@pytest.mark.parametrize("how", ["killed", "unkillable"])
def test_a_process_ends_though_a_page_never_answers(tmp_path: Path, how: str) -> None:
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", EXITING, str(tmp_path), how],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.stdout.splitlines() == ["Chromium did not answer within 4 s", "ann@example.test"]
    assert told.returncode == 0, told.stderr


def test_an_act_is_given_up_only_after_all_that_it_may_wait_for() -> None:
    def patience(seconds: float, moves: int) -> float:
        said: dict[str, Any] = {"tls": Tls(), "program": None, "headers": {}}
        return browser.Chromium(Scope([]), seconds=seconds, moves=moves, **said).patience

    assert patience(30, 3) > 30 * (3 + 2)
    assert patience(60, 3) - patience(30, 3) > 30 * 3

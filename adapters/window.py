"""One window of a browser, with its tabs: logging in, going about, and what is seen on the way.

All of it runs on the browser's own thread; every request it makes is kept until it is taken.
"""

import contextlib
import html
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adapters.browser import BrowserTrouble, Chromium
from adapters.declared.spec import BrowserSpec, Move
from adapters.declared.template import fill
from adapters.exchange import Exchange
from adapters.scenes import Act, Kept, Way
from adapters.shelves import LONGEST, READ, kept
from adapters.wall import SECOND_SITE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Frame, Page, Request

TICK = 50
QUIET = 0.25
"""Seconds without a request under way, after which a page is taken for finished."""
FORGOTTEN = 2.0
"""Seconds after which a page is looked at without the answer to a request, as to a long poll."""
ENDLESS = frozenset({"eventsource", "websocket", "ping"})
"""Kinds of requests with whose answer no login ends."""
RESTLESS = 5.0
"""Seconds after which a page that never is quiet is looked at all the same."""
AGAIN = 1.0
"""Seconds for which a login form is still there after an answer, and so was not accepted."""
TRAVEL = 1.5
"""Seconds in which a browser has gone back or forward."""
_SHOWN = "() => document.body ? document.body.innerText : ''"
_STORED = "() => ({...localStorage, ...sessionStorage})"
_LEAVING = "([steps, mark]) => { window.leftBehind = mark; history.go(steps); }"

Words = Mapping[str, str]


class Window:
    """A client with storages, caches and cookies of its own."""

    def __init__(self, browser: Chromium, context: "BrowserContext", spec: BrowserSpec) -> None:
        self._browser = browser
        self._context = context
        self._spec = spec
        self.lost = ""
        """Why the window is gone with its browser, empty while it is there."""
        self._tabs: list[Page] = []
        self._answered: dict[Request, float] = {}
        self._done: list[tuple[Request, float, bool]] = []
        self._ready: list[Exchange] = []
        self.prepared = 0
        self._under_way: dict[Request, float] = {}
        self._coming: dict[Frame, float] = {}
        self._last = time.monotonic()
        context.on("request", self._begun)
        context.on("response", lambda answer: self._came(answer.request))
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._ended)
        context.on("page", lambda page: page.on("framenavigated", self._moved))

    # -- what it asks for -----------------------------------------------------------------------

    def _begun(self, request: "Request") -> None:
        self._under_way[request] = self._last = time.monotonic()

    def _came(self, request: "Request") -> None:
        self._under_way.pop(request, None)
        self._last = time.monotonic()
        self._answered[request] = time.time()
        if request.is_navigation_request():
            self._coming[request.frame] = self._last

    def _moved(self, frame: "Frame") -> None:
        """Forget what a page had asked for that is left: nobody hears of the answers any more."""
        # Without an answer that brought a new page, a script has changed the address only.
        came = self._coming.pop(frame, None)
        if came is not None:
            left = [r for r, begun in self._under_way.items() if begun < came and _of(frame, r)]
            for request in left:
                del self._under_way[request]

    def _ended(self, request: "Request") -> None:
        known = request in self._under_way or request in self._answered
        self._under_way.pop(request, None)
        self._last = time.monotonic()
        if known:
            self._answered.pop(request, None)
            self._done.append((request, time.time(), True))

    def taken(self) -> Iterator[Exchange]:
        """Yield the exchanges since this was last asked, none of them numbered yet."""
        self._read()
        ready, self._ready = self._ready, []
        yield from ready

    def _read(self) -> None:
        """Read what was asked for, while the pages that asked are still there."""
        # Where a script does not read an answer to its end, the end never comes.
        done = [*self._done, *((request, at, False) for request, at in self._answered.items())]
        self._done, self._answered = [], {}
        for request, ended, whole in done:
            if request.url.startswith(("http://", "https://")) and not _second(request.url):
                self._ready.append(self._exchange(request, ended, whole))

    def _exchange(self, request: "Request", ended: float, whole: bool) -> Exchange:
        sent = tuple((name, value) for name, value in request.all_headers().items())
        answer = None if request.failure else request.response()
        trouble, body = None, b""
        if not self._browser.scope.allows(request.url):
            answer, trouble = None, "the browser was kept from asking: out of scope"
        elif answer is None:
            trouble = f"the browser got no answer ({request.failure or 'none'})"
        else:
            # What a redirect or a page that was left had in it is gone.
            with contextlib.suppress(Exception):
                body = answer.body() if whole else b""
        asked = request.timing.get("startTime", 0.0) / 1000 or ended
        return Exchange(
            0,
            "",
            request.method,
            request.url,
            sent,
            request.post_data_buffer,
            answer.status if answer is not None else None,
            tuple((h["name"], h["value"]) for h in answer.headers_array()) if answer else (),
            body,
            max(0.0, ended - asked),
            asked,
            trouble,
        )

    # -- logging in -----------------------------------------------------------------------------

    def log_in(self, base: str, words: Words, cookies: Sequence[tuple[str, str]]) -> bool | None:
        """Log in as a person would; None when it cannot be told whether it worked."""
        self._context.add_cookies([{"name": n, "value": v, "url": base} for n, v in cookies])
        page = self._context.new_page()
        self._tabs = [page]
        self._open(page, base + self._spec.login_page)
        for move in self._spec.moves:
            # What is asked for before the last move is no answer to the login.
            self._read()
            self.prepared = len(self._ready)
            self._make(page, base, move, words)
        return self._accepted(page)

    def _make(self, page: "Page", base: str, move: Move, words: Words) -> None:
        if move.how == "open":
            self._open(page, base + move.what)
            return
        place = page.locator(move.what).first
        try:
            if move.how == "fill":
                place.fill(fill(move.text, words))
            elif move.how == "click":
                place.click()
            else:
                place.wait_for(state="visible")
        except Exception as error:
            if not self._browser.connected:
                raise
            raise BrowserTrouble(
                f"{move.key}: `{move.what}` cannot be used on {self._here(page)} "
                f"({type(error).__name__}); write a selector of what is there"
            ) from None

    def _accepted(self, page: "Page") -> bool | None:
        until = time.monotonic() + self._browser.seconds
        first = next((m.what for m in self._spec.moves if m.how == "fill"), None)
        idle_since: float | None = None
        while time.monotonic() < until:
            if self._visible(page, self._spec.signed_in):
                self.settle(page)
                return True
            if self._spec.refused and self._visible(page, self._spec.refused):
                return False
            page.wait_for_timeout(TICK)
            waiting = self._awaited or first is None or not self._visible(page, first)
            idle_since = None if waiting else idle_since or time.monotonic()
            if idle_since is not None and time.monotonic() - idle_since > AGAIN:
                return False
        return None

    def _visible(self, page: "Page", selector: str) -> bool:
        try:
            return page.locator(selector).first.is_visible()
        except Exception:
            # A page that is being left has nothing to show.
            if not self._browser.connected:
                raise
            return False

    # -- going about ----------------------------------------------------------------------------

    def act(self, act: Act, page: str, base: str) -> tuple[str, tuple[Kept, ...]]:
        """Do one thing, and return what the page shows then and what the client keeps."""
        tab = self._tabs[0]
        match act:
            case Act.RENDER:
                self._open(tab, base + page)
            case Act.RELOAD:
                self._reload(tab)
            case Act.BACK:
                self._travel(tab, -1)
            case Act.FORWARD:
                self._travel(tab, 1)
            case Act.LOG_OUT:
                for selector in self._spec.log_out:
                    move = Move("click", selector, key="adapter.browser.log_out")
                    self._make(tab, base, move, {})
            case Act.OTHER_TAB:
                tab = self._tabs[-1]
                self._reload(tab)
            case Act.SECOND_TAB | Act.NEW_TAB:
                tab = self._context.new_page()
                self._open(tab, base + page)
            case Act.OFFLINE:
                return self._offline(tab, base + page)
        self.settle(tab)
        seen = self._seen(tab)
        if act is Act.SECOND_TAB:
            self._tabs.append(tab)
        elif act is Act.NEW_TAB:
            self._read()
            tab.close()
        return seen

    def _offline(self, tab: "Page", url: str) -> tuple[str, tuple[Kept, ...]]:
        self._context.set_offline(True)
        try:
            self._open(tab, url)
            self.settle(tab)
            return self._seen(tab)
        finally:
            self._context.set_offline(False)

    def _open(self, page: "Page", url: str) -> None:
        for last in (False, True):
            try:
                page.goto(url)
                break
            except Exception as error:
                if "interrupted" not in str(error) or last:
                    self._failed(error)
                    break

    def _reload(self, page: "Page") -> None:
        try:
            page.reload()
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        """Let pass that a page did not come, which then shows nothing, but no lost browser."""
        if not self._browser.connected or "net::" not in str(error):
            raise error

    def _travel(self, page: "Page", steps: int) -> None:
        """Go through the history; a page from the cache of whole pages is never loaded again."""
        mark = str(time.monotonic())
        page.evaluate(_LEAVING, [steps, mark])
        until = time.monotonic() + TRAVEL
        while time.monotonic() < until:
            page.wait_for_timeout(TICK)
            with contextlib.suppress(Exception):
                if page.evaluate("() => window.leftBehind") != mark:
                    return

    def settle(self, page: "Page") -> None:
        """Wait until a page asks for nothing any more, or too long."""
        until = time.monotonic() + RESTLESS
        self._last = time.monotonic()
        while time.monotonic() < until:
            page.wait_for_timeout(TICK)
            if not self._busy and time.monotonic() - self._last > QUIET:
                return

    @property
    def _busy(self) -> bool:
        """Whether a request is under way that a page may be about to show the answer to."""
        since = time.monotonic() - FORGOTTEN
        return any(begun > since for begun in self._under_way.values())

    @property
    def _awaited(self) -> bool:
        """Whether an answer is still to come, however long it takes."""
        return any(request.resource_type not in ENDLESS for request in self._under_way)

    def _seen(self, page: "Page") -> tuple[str, tuple[Kept, ...]]:
        found: Any = page.evaluate(READ, LONGEST)
        return str(page.evaluate(_SHOWN)), tuple(kept(found))

    def _here(self, page: "Page") -> str:
        return page.url.partition("?")[0].partition("#")[0]

    @property
    def cookies(self) -> list[tuple[str, str]]:
        """The cookies that the client holds now, whoever set them."""
        return [(str(c.get("name")), str(c.get("value"))) for c in self._context.cookies()]

    @property
    def stored(self) -> Mapping[str, str]:
        """What both web storages hold, by key."""
        found: Mapping[str, str] = self._tabs[0].evaluate(_STORED)
        return found

    # -- from another site ----------------------------------------------------------------------

    def cross(self, way: Way, url: str, fields: Words, kind: str) -> Exchange | None:
        """Let a page of another site send this request; return it, None when none was sent."""
        wall = self._browser.wall
        if wall is None:
            return None
        self._read()
        before = len(self._ready)
        wall.pages[f"/{way}"] = foreign_page(way, url, fields, kind).encode()
        page = self._context.new_page()
        self._open(page, f"{SECOND_SITE}/{way}")
        self.settle(page)
        self._read()
        page.close()
        asked, how = url.partition("?")[0], "GET" if way is Way.IMAGE else "POST"
        sent = (e for e in self._ready[before:] if e.url.partition("?")[0] == asked)
        # A redirect to the same address is a request of its own, with which Lax cookies may go.
        return next((e for e in sent if e.method == how), None)

    def close(self) -> None:
        """Close the tabs, and forget all that the client kept."""
        self._browser.forget(self)
        with contextlib.suppress(Exception):
            self._context.close()


def foreign_page(way: Way, url: str, fields: Words, kind: str) -> str:
    """Return the page of an attacker: no script of it can read the answer."""
    address = html.escape(url, quote=True)
    if way is Way.IMAGE:
        return f'<!doctype html><img src="{address}">'
    inputs = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    form = f'<!doctype html><form method="post" action="{address}" enctype="{kind}">{inputs}</form>'
    if way is Way.FORM:
        return f"{form}<script>document.forms[0].submit()</script>"
    return (
        f"{form}<script>const form = document.forms[0];"
        "const pairs = [...new FormData(form)].map(([name, value]) => `${name}=${value}`);"
        "fetch(form.action, {method: 'POST', mode: 'no-cors', credentials: 'include',"
        f"headers: {{'Content-Type': '{kind}'}}, body: pairs.join('\\r\\n')}}).catch(() => 0);"
        "</script>"
    )


def _of(frame: "Frame", request: "Request") -> bool:
    """Say whether a page asked for it; what its worker asks for goes on without the page."""
    try:
        return request.frame == frame
    except Exception:
        return False


def _second(url: str) -> bool:
    return url.startswith(SECOND_SITE)

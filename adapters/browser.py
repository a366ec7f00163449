"""A real browser: the system's Chromium, driven by Playwright, which nothing else imports.

It does what it is told in a window and says what that shows and keeps. Nothing here judges.
"""

import base64
import contextlib
import hashlib
import os
import shutil
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures import wait
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

import psutil
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.aside import Aside
from adapters.transport import Scope, Tls
from adapters.wall import Wall

if TYPE_CHECKING:
    from concurrent.futures import Future

    from playwright.sync_api import Browser, BrowserContext, Playwright

    from adapters.window import Window

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VARIABLE = "SESSION_CHROMIUM"
"""The environment variable that names Chromium, where it is not found by name."""
SPARE = 20.0
"""Seconds that an act of the browser may take besides the declared ones."""
ACTS = 4
"""Waits of the declared length in one act: a page, two steps on it, and what comes of them."""
GRACE = 5.0
"""Seconds in which an act ends after its browser was killed, and a browser that is to close."""
CRASHED = "Chromium crashed, or was stopped by somebody"
LAUNCHES = 3
"""How often Chromium is started in one run, where it crashes or does not answer."""
_FLAGS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)

T = TypeVar("T")


class BrowserTrouble(Exception):  # noqa: N818  a plain statement reads better where it is caught
    """The browser could not do it; one sentence says what, and no value is in it."""


def executable(said: str | None) -> str | None:
    """Return the Chromium to start: the declared one, that of the environment, or one by name."""
    named = said or os.environ.get(VARIABLE)
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def lacking(said: str | None) -> str | None:
    """Return in one sentence what is to be installed, None when a browser can be started."""
    if find_spec("playwright") is None:
        return 'Playwright is not installed: pip install "playwright>=1.55,<2"'
    if executable(said) is not None:
        return None
    if named := said or os.environ.get(VARIABLE):
        return f"{named} is no program: name Chromium in adapter.browser.executable or {VARIABLE}"
    return f"no Chromium was found: apt-get install chromium, or name one in {VARIABLE}"


class Chromium:
    """One browser for a run, started when it is first needed; each window is a client of its own.

    Playwright runs on a thread of its own, so that a signal never meets it half-way.
    """

    def __init__(
        self,
        scope: Scope,
        *,
        tls: Tls,
        program: str | None,
        headers: Mapping[str, str],
        seconds: float,
        moves: int = 0,
    ) -> None:
        self.scope = scope
        self.headers = dict(headers)
        self.seconds = seconds
        self.moves = moves
        self.wall: Wall | None = None
        self._tls = tls
        self._program = program
        self._thread: Aside | None = None
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._process: int | None = None
        self._launched = 0
        self._windows: list[Window] = []

    def do(self, work: Callable[[], T]) -> T:
        """Do something on the browser's thread.

        Raises:
            BrowserTrouble: it could not be done.
        """
        if self._thread is None:
            self._thread = Aside("browser")
        doing = self._thread.submit(lambda: self._guarded(work))
        try:
            found: T = doing.result(self.patience)
        except TookTooLong:
            why = f"Chromium did not answer within {self.patience:.0f} s"
            self._give_up(doing, why)
            raise BrowserTrouble(why) from None
        return found

    def within(self, window: "Window", work: Callable[[], T]) -> T:
        """Do something in a window on the browser's thread.

        Raises:
            BrowserTrouble: it could not be done, or the browser of this window is gone.
        """
        if window.lost:
            raise BrowserTrouble(window.lost)
        return self.do(work)

    @property
    def patience(self) -> float:
        """Seconds after which an act is given up: longer than all that it may wait for."""
        return SPARE + self.seconds * (ACTS + self.moves)

    def _give_up(self, doing: "Future[T]", why: str) -> None:
        """End the browser, so that an act ends which waits for it; the next act starts anew."""
        self._lose(why)
        self._kill()
        if wait([doing], GRACE).not_done:
            # Playwright belongs to the thread that started it.
            self._thread = self._playwright = None
        self._browser = None

    def _lose(self, why: str) -> None:
        for window in self._windows:
            window.lost = window.lost or why
        self._windows.clear()

    def _kill(self) -> None:
        """Kill the browser with its pages, if its process is one that came from here."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(psutil.Error):
                found = psutil.Process(process)
                if os.getpid() not in [one.pid for one in found.parents()]:
                    return
                for one in (found, *found.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        one.kill()

    def _guarded(self, work: Callable[[], T]) -> T:
        from playwright.sync_api import Error  # noqa: PLC0415  an extra

        try:
            return work()
        except Error as error:
            if self._browser is not None and not self.connected:
                raise BrowserTrouble(CRASHED) from None
            raise BrowserTrouble(in_words(error)) from None

    def open(self, make: "Callable[[Chromium, BrowserContext], Window]") -> "Window":
        """Open a window that holds nothing; starts the browser if need be."""

        def opened() -> "Window":
            context = self._running().new_context(
                ignore_https_errors=not self._tls.verify, extra_http_headers=self.headers
            )
            context.set_default_timeout(1000 * self.seconds)
            window = make(self, context)
            self._windows.append(window)
            return window

        return self.do(opened)

    def _running(self) -> "Browser":
        if self._browser is None or not self._browser.is_connected():
            if self._launched >= LAUNCHES:
                raise BrowserTrouble(f"Chromium was lost {LAUNCHES} times and is not started again")
            self._launched += 1
            self._lose(CRASHED)
            self._browser = self._launch()
            self._process = _process_of(self._browser)
        return self._browser

    def _launch(self) -> "Browser":
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415  an extra

        self.wall = self.wall or Wall()
        inside = (f"{scheme}://{_bracketed(host)}:{port}" for scheme, host, port in self._origins)
        flags = [
            *_FLAGS,
            f"--proxy-server={self.wall.url}",
            f"--proxy-bypass-list={';'.join(['<-loopback>', *inside])}",
        ]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        if self._tls.verify and self._tls.ca:
            trusted = ",".join(dict.fromkeys(self._keys(self._tls.ca)))
            flags.append(f"--ignore-certificate-errors-spki-list={trusted}")
        self._playwright = self._playwright or sync_playwright().start()
        try:
            # Playwright turns the cache of whole pages off; whoever goes back meets it.
            return self._playwright.chromium.launch(
                executable_path=executable(self._program),
                args=flags,
                ignore_default_args=["--disable-back-forward-cache"],
            )
        except Error as error:
            raise BrowserTrouble(f"Chromium cannot be started: {in_words(error)}") from None

    @property
    def _origins(self) -> Sequence[tuple[str, str, int | None]]:
        return sorted(self.scope.origins, key=str)

    def _keys(self, ca: str) -> Sequence[str]:
        """Return the digests of the keys that the target proves itself with, each checked first."""
        found = []
        context = ssl.create_default_context(cafile=ca)
        for scheme, host, port in self._origins:
            if scheme != "https":
                continue
            try:
                with (
                    socket.create_connection((host, port or 443), self.seconds) as plain,
                    context.wrap_socket(plain, server_hostname=host) as connection,
                ):
                    shown = connection.getpeercert(binary_form=True) or b""
            except OSError as error:
                why = getattr(error, "verify_message", None) or error.strerror or "no answer"
                raise BrowserTrouble(f"{host}:{port} does not prove itself: {why}") from None
            key = x509.load_der_x509_certificate(shown).public_key()
            raw = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            found.append(base64.b64encode(hashlib.sha256(raw).digest()).decode())
        return found

    @property
    def connected(self) -> bool:
        """True while the browser runs."""
        return self._browser is not None and self._browser.is_connected()

    def forget(self, window: "Window") -> None:
        """Close one window."""
        if window in self._windows:
            self._windows.remove(window)

    def close(self) -> None:
        """Close all windows and the browser, and kill it if it does not close."""
        thread, self._thread = self._thread, None
        if thread is not None:
            stopping = thread.submit(self._stop)
            thread.end()
            if wait([stopping], GRACE).not_done:
                self._kill()
                wait([stopping], GRACE)
        if self.wall is not None:
            self.wall.close()
            self.wall = None

    def _stop(self) -> None:
        from playwright.sync_api import Error  # noqa: PLC0415  an extra

        try:
            if self._browser is not None:
                self._browser.close()
        except Error:
            pass
        finally:
            if self._playwright is not None:
                self._playwright.stop()
            self._browser = self._playwright = self._process = None


def _process_of(browser: "Browser") -> int | None:
    """Return the id of the browser's own process, None when it does not say."""
    with contextlib.suppress(Exception):
        session = browser.new_browser_cdp_session()
        try:
            told = session.send("SystemInfo.getProcessInfo")["processInfo"]
            return next((int(one["id"]) for one in told if one["type"] == "browser"), None)
        finally:
            session.detach()
    return None


def in_words(error: Exception) -> str:
    """Return the first line of what Playwright says; the rest may show what was typed."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

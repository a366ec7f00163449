"""The one door to the target: every request goes through here, is numbered, and is shown to taps.

It keeps no cookies (devices do), retries nothing, and never leaves the declared scope.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.hooks import default_hooks
from requests.structures import CaseInsensitiveDict

from adapters.connections import Connections
from adapters.contract import Device
from adapters.cookies import CookieSet, cookie_header
from adapters.exchange import TIMED_OUT, Exchange, Headers, Reply
from adapters.pace import Pace
from adapters.secrets import Secret
from adapters.totp import Codes

BODY_LIMIT = 2 * 1024 * 1024
MOST_REDIRECTS = 10
SEE_OTHER = 303
_ALWAYS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_PORTS = {"http": 80, "https": 443}

Tap = Callable[[Exchange], None]


class OutOfScope(Exception):  # noqa: N818  a plain statement reads better where it is caught
    """A request would have gone to a host that the profile does not name; it was not sent."""


class Spent(Exception):  # noqa: N818
    """All the requests that may be sent were sent; this one was not."""


def keep_credentials(headers: Mapping[str, str]) -> None:
    """Register the secrets of declared headers; what an artefact holds is registered with it.

    Values that we made up travel as artefacts too, and they are no secrets.
    """
    for name, value in headers.items():
        if name.lower() in _CREDENTIALS:
            Secret(value.partition(" ")[2] or value, "authorization")


class Scope:
    """The origins that may be talked to."""

    def __init__(self, urls: Iterable[str]) -> None:
        self.origins = frozenset(self._origin(url) for url in urls)

    @staticmethod
    def _origin(url: str) -> tuple[str, str, int | None]:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        return scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(scheme)

    def allows(self, url: str) -> bool:
        """Return whether a request may go to this address."""
        try:
            return self._origin(url) in self.origins
        except ValueError:
            return False

    def check(self, url: str) -> None:
        """Raise OutOfScope when a request may not go to this address."""
        if not self.allows(url):
            parts = urlsplit(url)
            place = f"{parts.scheme}://{parts.netloc}"
            raise OutOfScope(
                f"{place} is not part of the target; list it under target.also if it is"
            )


@dataclass(frozen=True, slots=True)
class Tls:
    """How the target proves itself, and how we do."""

    ca: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    verify: bool = True


@dataclass(slots=True)
class Transport:
    """Sends requests for devices; safe to use from several threads.

    `taps` see every exchange, failed ones too, after its secrets are registered.
    `secret_kinds` names what a cookie holds, by cookie name, for its pseudonym. `allowance` is how
    many requests may still be sent, without end where it is None. `agent` is what all clients call
    themselves, where that must be the same, save those that are apart.
    """

    scope: Scope
    tls: Tls = field(default_factory=Tls)
    proxy: str | None = None
    timeouts: tuple[float, float] = (10.0, 10.0)
    requests_per_second: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    trust_loopback: bool = False
    taps: list[Tap] = field(default_factory=list)
    secret_kinds: dict[str, str] = field(default_factory=dict)
    nodes: Sequence[str] = ()
    allowance: int | None = None
    agent: str = ""
    codes: Codes = field(default_factory=Codes)
    _sessions: dict[str, requests.Session] = field(init=False, repr=False)
    _lock: threading.Lock = field(init=False, repr=False)
    pace: Pace = field(init=False, repr=False)
    _numbers: Iterator[int] = field(init=False, repr=False)
    _settings: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._sessions = {}
        self._lock = threading.Lock()
        keep_credentials(self.headers)
        self.pace = Pace(self.requests_per_second)
        self._numbers = itertools.count(1)
        self.taps.append(self.codes.learn)
        certificate = None
        if self.tls.client_cert:
            key = self.tls.client_key
            certificate = (self.tls.client_cert, key) if key else self.tls.client_cert
        if not self.tls.verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._settings = {
            "stream": True,
            "timeout": self.timeouts,
            "verify": (self.tls.ca or True) if self.tls.verify else False,
            "cert": certificate,
            "proxies": {"http": self.proxy, "https": self.proxy} if self.proxy else {},
        }

    def send(
        self,
        device: Device,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[tuple[str, Secret]] = (),
        body: bytes | None = None,
        follow: bool = False,
        learn: Tap | None = None,
    ) -> Reply:
        """Send one request from a device and return what came back, redirects as told.

        `cookies` replace those of the jar that have the same name, for this call only.
        `learn` sees each exchange before the taps do, to register the secrets in it.
        """
        self.scope.check(url)
        extra = dict(headers or {})
        carried = list(cookies)
        hops: list[Exchange] = []
        while True:
            exchange = self._exchange(device, method, url, extra, carried, body, learn, follow)
            hops.append(exchange)
            onward = exchange.location
            if not follow or onward is None or exchange.trouble or len(hops) > MOST_REDIRECTS:
                return Reply(tuple(hops))
            if exchange.status == SEE_OTHER or (
                exchange.status in {301, 302} and method not in {"GET", "HEAD"}
            ):
                method, body = "GET", None
                extra = {k: v for k, v in extra.items() if k.lower() != "content-type"}
            replaced = {cookie.name for cookie in exchange.cookies_set}
            carried = [pair for pair in carried if pair[0] not in replaced]
            if Scope([url]).origins != Scope([onward]).origins:
                carried = []
                extra = {k: v for k, v in extra.items() if k.lower() not in _CREDENTIALS}
            url = onward

    def witness(self, device: Device, seen: Exchange, learn: Tap | None = None) -> None:
        """Number an exchange that a browser made by itself, and show it to the taps."""
        stored = tuple(self._stored(device, seen.url, seen.headers))
        exchange = replace(seen, number=next(self._numbers), device=device.name, cookies_set=stored)
        for tap in (*filter(None, [learn]), *self.taps):
            tap(exchange)

    def close(self) -> None:
        """Close the pooled connections."""
        for session in self._sessions.values():
            session.close()

    def _session(self, source: str) -> requests.Session:
        """Return the connections that come from this address."""
        with self._lock:
            if source not in self._sessions:
                self._sessions[source] = session = requests.Session()
                session.trust_env = False
                for scheme in ("http://", "https://"):
                    session.mount(scheme, Connections(source))
            return self._sessions[source]

    def limit(self, requests: int, per_second: float) -> None:
        """Send no more than so many requests from now on, and no faster than this."""
        self.allowance = requests
        declared = self.requests_per_second
        self.pace = Pace(min(per_second, declared) if declared else per_second)

    def next_number(self) -> int:
        """Return the number of the next exchange."""
        return next(self._numbers)

    def use_up(self) -> None:
        """Count a request that is about to be sent, or raise Spent."""
        with self._lock:
            if self.allowance is not None:
                if self.allowance < 1:
                    raise Spent("the declared number of requests was sent")
                self.allowance -= 1

    def _exchange(
        self,
        device: Device,
        method: str,
        url: str,
        extra: Mapping[str, str],
        cookies: Sequence[tuple[str, Secret]],
        body: bytes | None,
        learn: Tap | None,
        follow: bool,
    ) -> Exchange:
        request = self.prepared(device, method, url, extra, cookies, body)
        sent = tuple((str(k), _shown(v)) for k, v in request.headers.items())
        self.use_up()
        self.pace.wait()
        sent_at, started = time.time(), time.perf_counter()
        status: int | None = None
        received: Headers = ()
        content, truncated, trouble = b"", False, None
        try:
            connections = self._session(device.source).get_adapter(url)
            answer = connections.send(request, **self._settings)
            status = answer.status_code
            received = tuple((str(k), str(v)) for k, v in answer.raw.headers.iteritems())
            content, truncated = _read(answer)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            status, trouble = None, in_words(error)
        except (ValueError, UnicodeError) as error:
            status, trouble = None, f"the request cannot be sent: {error}"
        seconds = time.perf_counter() - started
        stored = tuple(self._stored(device, url, received)) if status is not None else ()
        exchange = Exchange(
            self.next_number(),
            device.name,
            method,
            url,
            sent,
            body,
            status,
            received,
            content,
            seconds,
            sent_at,
            trouble,
            stored,
            truncated,
        )
        if follow and exchange.location and not self.scope.allows(exchange.location):
            exchange = _left_unfollowed(exchange)
        if learn is not None:
            learn(exchange)
        for tap in self.taps:
            tap(exchange)
        return exchange

    def prepared(
        self,
        device: Device,
        method: str,
        url: str,
        extra: Mapping[str, str],
        cookies: Sequence[tuple[str, Secret]],
        body: bytes | None,
    ) -> requests.PreparedRequest:
        """Build the request by hand: the cookies and the address are ours, as they are."""
        pairs = device.jar.pairs_for(self._place(url), trust_loopback=self.trust_loopback)
        if cookies:
            ours = {name for name, _ in cookies}
            pairs = [*(pair for pair in pairs if pair[0] not in ours), *cookies]
        sent: CaseInsensitiveDict[Any] = CaseInsensitiveDict(_ALWAYS)
        for source in (self.headers, device.headers, extra):
            for name, value in source.items():
                sent[name] = _sendable(value)
        if self.agent and not device.apart:
            sent["User-Agent"] = self.agent
        if pairs:
            line = cookie_header((name, value.reveal()) for name, value in pairs)
            sent["Cookie"] = _sendable(line)
        if body is not None:
            sent["Content-Length"] = str(len(body))
        elif method not in {"GET", "HEAD", "OPTIONS"}:
            sent["Content-Length"] = "0"
        request = requests.PreparedRequest()
        request.method, request.url, request.headers = method, url, sent
        request.body, request.hooks = body, default_hooks()
        return request

    def _place(self, url: str) -> str:
        """Return where cookies see an address: the nodes of one target are one site to them."""
        for node in self.nodes[1:]:
            if url == node or url.startswith((f"{node}/", f"{node}?")):
                return self.nodes[0] + url[len(node) :]
        return url

    def _stored(self, device: Device, url: str, headers: Headers) -> Iterator[CookieSet]:
        for name, value in headers:
            if name.lower() == "set-cookie":
                cookie = device.jar.receive(
                    self._place(url),
                    value,
                    trust_loopback=self.trust_loopback,
                    kinds=self.secret_kinds,
                )
                if cookie is not None:
                    yield cookie


def absolute(base: str, path: str) -> str:
    """Return the address of a path on a target whose base address may have a path itself."""
    if "://" in path:
        return path
    if path.startswith("/"):
        return base.rstrip("/") + path
    return urljoin(base.rstrip("/") + "/", path)


def _sendable(value: str) -> str | bytes:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")
    return value


def _shown(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _read(answer: requests.Response) -> tuple[bytes, bool]:
    """Return the body up to the limit and whether there was more."""
    content = answer.raw.read(BODY_LIMIT + 1, decode_content=True) or b""
    if len(content) > BODY_LIMIT:
        answer.raw.close()
        return content[:BODY_LIMIT], True
    answer.raw.release_conn()
    return content, False


def _left_unfollowed(exchange: Exchange) -> Exchange:
    parts = urlsplit(exchange.location or "")
    place = f"{parts.scheme}://{parts.netloc}"
    return replace(exchange, trouble=f"redirect to {place} left unfollowed: out of scope")


def in_words(error: Exception) -> str:
    """Return what went wrong with a request in one sentence, without a secret of its address."""
    if isinstance(error, requests.exceptions.SSLError):
        reason = _reason(error)
        untrusted = "CERTIFICATE_VERIFY" in reason or "certificate" in reason
        advice = (
            "a private CA goes under `target.tls.ca`"
            if untrusted
            else "an address without TLS is http:// in `target.url`"
        )
        return f"TLS failed ({reason}); {advice}"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy failed ({_reason(error)})"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection {TIMED_OUT}"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return f"no answer {TIMED_OUT}"
    if isinstance(error, requests.ConnectionError | urllib3.exceptions.ProtocolError | OSError):
        return f"the connection failed ({_reason(error)})"
    return f"the answer is not HTTP ({_reason(error)})"


def _reason(error: BaseException) -> str:
    """Return the innermost cause without addresses, which can hold secrets."""
    seen = error
    while True:
        inner = getattr(seen, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((a for a in seen.args if isinstance(a, BaseException)), seen.__cause__)
        if inner is None or inner is seen:
            break
        seen = inner
    said = getattr(seen, "strerror", None) or getattr(seen, "verify_message", None)
    return f"{type(seen).__name__}: {said}" if said else type(seen).__name__

"""One request and its answer as they were on the wire, and the answer as a client reads it.

Nothing here judges; what an answer means is said by the adapter.
"""

import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from adapters.addresses import addresses_in
from adapters.cookies import CookieSet

Headers = tuple[tuple[str, str], ...]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
TIMED_OUT = "within the time-out"
SLOWED = frozenset({423, 429, 503})
MESSAGE = "WEBSOCKET"
"""What stands in the place of the method where a message goes over an open connection."""


def header(headers: Headers, name: str) -> str | None:
    """Return the first header of this name, if there is one."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer, or with the trouble that kept the answer away.

    `trouble` is a sentence about the network and is set exactly when `status` is None, or when
    a redirect was left unfollowed. `seconds` is the time until the whole body was read.
    """

    number: int
    device: str
    method: str
    url: str = field(repr=False)
    request_headers: Headers = field(repr=False)
    request_body: bytes | None = field(repr=False)
    status: int | None
    headers: Headers = field(repr=False, default=())
    body: bytes = field(repr=False, default=b"")
    seconds: float = 0.0
    sent_at: float = 0.0
    trouble: str | None = None
    cookies_set: tuple[CookieSet, ...] = field(repr=False, default=())
    truncated: bool = False

    @property
    def text(self) -> str:
        """The body as text, in the declared charset or UTF-8."""
        declared = (header(self.headers, "Content-Type") or "").lower()
        charset = declared.partition("charset=")[2].split(";")[0].strip(' "') or "utf-8"
        try:
            return self.body.decode(charset, errors="replace")
        except LookupError:
            return self.body.decode("utf-8", errors="replace")

    @property
    def location(self) -> str | None:
        """The absolute address a redirect points to, None when it is no redirect."""
        target = header(self.headers, "Location")
        if self.status not in REDIRECTS or target is None:
            return None
        try:
            return urljoin(self.url, target)
        except ValueError:
            return None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address the answer contains, as written: headers, markup and JSON."""
        return addresses_in(self.headers, self.text)

    @property
    def dated(self) -> float | None:
        """When the target says it answered, in seconds since the epoch."""
        try:
            return parsedate_to_datetime(header(self.headers, "Date") or "").timestamp()
        except ValueError:
            return None

    @property
    def advertised(self) -> float | None:
        """The seconds for which the answer says its access token is good (RFC 6749 5.1)."""
        if b"expires_in" not in self.body:
            return None
        try:
            said = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        seconds = said.get("expires_in") if isinstance(said, dict) else None
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return None
        return float(seconds)

    @property
    def overloaded(self) -> bool:
        """True when the target says that this is too much for now: 429, 423, or 503."""
        return self.status in SLOWED

    @property
    def upgraded(self) -> bool:
        """True when it opened a WebSocket, or was a message over one."""
        asked = header(self.request_headers, "Upgrade")
        return self.method == MESSAGE or (asked or "").lower() == "websocket"

    @property
    def timed_out(self) -> bool:
        """True when there was no answer in time; a connection that was closed is an answer."""
        return self.status is None and (self.trouble or "").endswith(TIMED_OUT)

    @property
    def reads(self) -> bool:
        """True when the request asked for no change (RFC 9110 9.2.1)."""
        return self.method in {"GET", "HEAD", "OPTIONS"}

    @property
    def cookies_sent(self) -> tuple[str, ...]:
        """The values of the cookies that went with the request."""
        sent = header(self.request_headers, "Cookie") or ""
        pairs = (pair.partition("=") for pair in sent.split("; ") if pair)
        return tuple(value for _, _, value in pairs)

    @property
    def request_address(self) -> str:
        """The address that was asked for, query included."""
        return self.url


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call led to: the exchanges of its redirects in order, the last one being it."""

    exchanges: tuple[Exchange, ...]

    @property
    def last(self) -> Exchange:
        """The exchange that ended the call."""
        return self.exchanges[-1]

    @property
    def status(self) -> int | None:
        """The status code, None when no answer came."""
        return self.last.status

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004

    @property
    def trouble(self) -> str | None:
        """Why no answer came, None when one did."""
        return self.last.trouble if self.status is None else None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.last.text

    @property
    def path(self) -> str:
        """The path that answered."""
        return urlsplit(self.last.url).path

    @property
    def redirects(self) -> tuple[str, ...]:
        """Every address this call was redirected to, followed or not."""
        return tuple(found for exchange in self.exchanges if (found := exchange.location))

    @property
    def cookies_set(self) -> tuple[CookieSet, ...]:
        """Every Set-Cookie of the call, redirects included, in the order received."""
        return tuple(cookie for exchange in self.exchanges for cookie in exchange.cookies_set)

    def header(self, name: str) -> str | None:
        """Return the first header of this name in the last answer."""
        return header(self.last.headers, name)

    def json(self) -> object:
        """Return the body as JSON, None when it is not JSON."""
        try:
            return json.loads(self.last.body)
        except (ValueError, RecursionError):
            return None

    def told(self) -> str:
        """Return the answer in a few words for a message; no value of the body is in it."""
        if self.status is None:
            return self.trouble or "no answer"
        words = f"{self.last.method} {self.path} answered {self.status}"
        if self.last.location:
            words += f" to {urlsplit(self.last.location).path}"
        return words

"""A relying party for as long as a `with` block lasts: it takes logout tokens, on loopback only.

It checks each as OpenID Connect Back-Channel Logout 1.0, 2.6 asks, and keeps what it found.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from jwt import PyJWK

from adapters.cookies import is_loopback
from adapters.secrets import Secret

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LARGEST = 64 * 1024
_SYMMETRIC = "HS"
_LEEWAY = 60


@dataclass(frozen=True, slots=True)
class Received:
    """One logout token as it came: whom it names, and what is wrong with it (None: nothing)."""

    at: float
    subject: str | None
    sid: str | None
    problem: str | None


@dataclass(slots=True)
class Receiver:
    """Where the provider sends its logout tokens; `received` grows as they come."""

    url: str
    issuer: str
    audience: str
    keys: Callable[[], Mapping[str, Any]]
    received: list[Received] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)
    _came: threading.Condition = field(default_factory=threading.Condition)

    def take(self, token: str) -> Received:
        """Check one logout token and keep what was found."""
        Secret(token, "logout-token")
        claims, problem = self._read(token)
        subject, sid = claims.get("sub"), claims.get("sid")
        found = Received(
            time.monotonic(),
            str(subject) if subject is not None else None,
            str(sid) if sid is not None else None,
            problem,
        )
        with self._came:
            self.received.append(found)
            self._came.notify_all()
        return found

    def wait(self, wanted: Callable[[Received], bool], seconds: float) -> Received | None:
        """Wait until a token comes that is wanted; None when none came in time."""

        def come() -> Received | None:
            return next((one for one in self.received if wanted(one)), None)

        with self._came:
            return self._came.wait_for(come, timeout=seconds) or None

    def _read(self, token: str) -> tuple[Mapping[str, Any], str | None]:
        try:
            header = jwt.get_unverified_header(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(header),
                algorithms=[str(header.get("alg"))],
                audience=self.audience,
                issuer=self.issuer,
                leeway=_LEEWAY,
                options={"require": ["iss", "aud", "iat", "exp", "jti"]},
            )
        except (jwt.PyJWTError, LookupError) as error:
            return {}, f"{type(error).__name__}: {error}"
        return claims, self._problem(claims)

    def _key(self, header: Mapping[str, Any]) -> PyJWK:
        algorithm = str(header.get("alg"))
        if algorithm == "none" or algorithm.startswith(_SYMMETRIC):
            raise LookupError(f"a logout token of the provider is signed with {algorithm}")
        for entry in self.keys()["keys"]:
            if header.get("kid") in {None, entry.get("kid")}:
                return PyJWK.from_dict(entry, algorithm)
        raise LookupError("the provider publishes no key of this name")

    def _problem(self, claims: Mapping[str, Any]) -> str | None:
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
            return "events does not hold the back-channel logout event"
        if "nonce" in claims:
            return "a nonce, which a logout token never has"
        if not claims.get("sub") and not claims.get("sid"):
            return "neither sub nor sid"
        if claims["jti"] in self._names:
            return "the same jti as an earlier one"
        self._names.add(claims["jti"])
        return None


@contextmanager
def receiving(
    address: str, issuer: str, audience: str, keys: Callable[[], Mapping[str, Any]]
) -> Iterator[Receiver]:
    """Listen on a loopback address for as long as the block lasts; port 0 takes any free one."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if not is_loopback(host):
        raise ValueError(f"{address} is not on this machine")

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(min(size, LARGEST)).decode("utf-8", "replace")
            tokens = parse_qs(body).get("logout_token", [])
            fits = self.path == (parts.path or "/") and len(tokens) == 1
            good = fits and receiver.take(tokens[0]).problem is None
            self.send_response(200 if good else 400)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the evidence tells."""

    server = ThreadingHTTPServer((host, parts.port or 0), Handler)
    server.daemon_threads = True
    url = f"http://{host}:{server.server_address[1]}{parts.path or '/'}"
    receiver = Receiver(url, issuer, audience, keys)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

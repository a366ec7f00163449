"""What a browser does with cookies: parse, store, match and send them as RFC 6265bis says.

Not a judge: it records what a target set and why a browser would not keep it.
"""

import ipaddress
import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from adapters.cookiedate import parse_cookie_date
from adapters.secrets import Secret

LONGEST_LIFE = 400 * 24 * 3600
LONGEST_PAIR = 4096
LONGEST_ATTRIBUTE = 1024
ANY_HOST = ""
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_MAX_AGE = re.compile(r"-?[0-9]+")
_SAMESITE = {"strict": "Strict", "lax": "Lax", "none": "None"}


@dataclass(frozen=True, slots=True)
class CookieSet:
    """One Set-Cookie header as it was received, and whether a browser keeps it.

    `domain`, `path` and `samesite` are None when the attribute is absent or means nothing.
    """

    name: str
    value: Secret
    secure: bool
    httponly: bool
    samesite: str | None
    domain: str | None
    path: str | None
    max_age: int | None
    expires: float | None
    deletes: bool
    over_tls: bool
    accepted: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    name: str
    value: Secret
    domain: str
    host_only: bool
    path: str
    secure: bool
    samesite: str | None
    until: float | None
    created: int

    def matches(self, host: str, path: str) -> bool:
        if self.domain != ANY_HOST:
            if self.host_only and host != self.domain:
                return False
            if not self.host_only and not domain_match(host, self.domain):
                return False
        return path_match(path, self.path)


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def domain_match(host: str, domain: str) -> bool:
    """Return whether a cookie of `domain` belongs to `host` (RFC 6265bis 5.1.3)."""
    if host == domain:
        return True
    return host.endswith("." + domain) and not _is_address(host)


def path_match(path: str, cookie_path: str) -> bool:
    """Return whether a cookie of `cookie_path` goes to `path` (RFC 6265bis 5.1.4)."""
    if path == cookie_path:
        return True
    if not path.startswith(cookie_path):
        return False
    return cookie_path.endswith("/") or path[len(cookie_path)] == "/"


def default_path(path: str) -> str:
    """Return the path of a cookie that was set without a usable one (RFC 6265bis 5.1.4)."""
    if not path.startswith("/") or path.count("/") == 1:
        return "/"
    return path.rpartition("/")[0]


def parse(
    header: str, *, over_tls: bool, now: float | None = None, kinds: Mapping[str, str] | None = None
) -> CookieSet | None:
    """Return what one Set-Cookie header says, or None when there is no cookie in it.

    `kinds` names the kind of secret a cookie holds, by cookie name.
    """
    if _CONTROL.search(header):
        return None
    pair, *rest = header.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(" \t"), value.strip(" \t")
    if not (name or value) or len(name) + len(value) > LONGEST_PAIR:
        return None
    said = _attributes(rest)
    max_age = said.get("max-age")
    seconds = int(max_age) if max_age and _MAX_AGE.fullmatch(max_age) else None
    expires = parse_cookie_date(said["expires"]) if "expires" in said else None
    moment = time.time() if now is None else now
    past = expires is not None and expires <= moment
    deletes = seconds <= 0 if seconds is not None else past
    path = said.get("path")
    return CookieSet(
        name=name,
        value=Secret(value, (kinds or {}).get(name, "cookie")),
        secure="secure" in said,
        httponly="httponly" in said,
        samesite=_SAMESITE.get(said.get("samesite", "").lower()),
        domain=said.get("domain", "").removeprefix(".").lower() or None,
        path=path if path and path.startswith("/") else None,
        max_age=seconds,
        expires=expires,
        deletes=deletes,
        over_tls=over_tls,
        accepted=True,
    )


def _attributes(parts: list[str]) -> dict[str, str]:
    """Return attribute name -> value; of repeated attributes the last counts (5.6)."""
    said: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition("=")
        name, value = name.strip(" \t").lower(), value.strip(" \t")
        if len(value) > LONGEST_ATTRIBUTE:
            continue
        if name == "max-age" and not _MAX_AGE.fullmatch(value):
            continue
        if name == "expires" and parse_cookie_date(value) is None:
            continue
        said[name] = value
    return said


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _broken_prefix(cookie: CookieSet) -> str:
    lower = cookie.name.lower() or cookie.value.reveal().lower()
    if cookie.deletes:
        return ""
    if lower.startswith(("__secure-", "__host-")) and not cookie.name:
        return "a prefix without a name"
    if lower.startswith("__secure-") and not cookie.secure:
        return "__Secure- asks for Secure"
    if lower.startswith("__host-") and not (
        cookie.secure and cookie.domain is None and cookie.path == "/"
    ):
        return "__Host- asks for Secure, Path=/ and no Domain"
    return ""


class CookieJar:
    """The cookies of one device; it never shares one with another device."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], _Kept] = {}
        self._next = 0
        self._lock = threading.Lock()

    def receive(
        self,
        url: str,
        header: str,
        *,
        trust_loopback: bool = False,
        now: float | None = None,
        kinds: Mapping[str, str] | None = None,
    ) -> CookieSet | None:
        """Store what one Set-Cookie header of the answer from `url` says."""
        scheme, host, path = _origin(url)
        moment = time.time() if now is None else now
        cookie = parse(header, over_tls=scheme == "https", now=moment, kinds=kinds)
        if cookie is None:
            return None
        trusted = cookie.over_tls or (trust_loopback and is_loopback(host))
        with self._lock:
            why_not = self._objection(cookie, host, path, trusted)
            if not why_not:
                self._store(cookie, host, path, moment)
                why_not = _broken_prefix(cookie)
                # A browser drops it; kept here, so that the flaw is judged and not hidden
                # behind a login that never works.
        return replace(cookie, accepted=False, why_not=why_not) if why_not else cookie

    def _objection(self, cookie: CookieSet, host: str, path: str, trusted: bool) -> str:
        """Say why a browser ignores the cookie (5.7), or nothing when it keeps it."""
        if cookie.domain and not domain_match(host, cookie.domain):
            return f"its Domain {cookie.domain} is not the host {host}"
        if cookie.domain and "." not in cookie.domain and cookie.domain != host:
            return f"its Domain {cookie.domain} is a public suffix"
        if cookie.secure and not trusted:
            return "Secure, but it came over plain http"
        if not cookie.secure and not trusted and self._would_hide_secure(cookie, host, path):
            return "a cookie from plain http never replaces a Secure one"
        return ""

    def _would_hide_secure(self, cookie: CookieSet, host: str, path: str) -> bool:
        domain = cookie.domain or host
        where = cookie.path or default_path(path)
        return any(
            kept.secure
            and kept.name == cookie.name
            and (domain_match(kept.domain, domain) or domain_match(domain, kept.domain))
            and path_match(where, kept.path)
            for kept in self._kept.values()
        )

    def _store(self, cookie: CookieSet, host: str, path: str, now: float) -> None:
        host_only = cookie.domain is None or (cookie.domain == host and "." not in host)
        domain = host if host_only else str(cookie.domain)
        where = cookie.path or default_path(path)
        key = (cookie.name, domain, where)
        planted = self._kept.pop((cookie.name, ANY_HOST, where), None)
        old = self._kept.get(key) or planted
        if cookie.deletes:
            self._kept.pop(key, None)
            return
        until = None
        if cookie.max_age is not None:
            until = now + min(cookie.max_age, LONGEST_LIFE)
        elif cookie.expires is not None:
            until = min(cookie.expires, now + LONGEST_LIFE)
        self._kept[key] = _Kept(
            cookie.name,
            cookie.value,
            domain,
            host_only,
            where,
            cookie.secure,
            cookie.samesite,
            until,
            old.created if old else self._number(),
        )

    def _number(self) -> int:
        self._next += 1
        return self._next

    def set(
        self,
        name: str,
        value: Secret | str,
        *,
        domain: str = ANY_HOST,
        path: str = "/",
        secure: bool = False,
    ) -> None:
        """Plant a cookie as if the device had it already; without a domain it goes to any host."""
        held = value if isinstance(value, Secret) else Secret(value, "cookie")
        with self._lock:
            for key in [key for key in self._kept if key[0] == name and key[2] == path]:
                del self._kept[key]
            self._kept[name, domain, path] = _Kept(
                name, held, domain, False, path, secure, None, None, self._number()
            )

    def drop(self, name: str) -> None:
        """Forget every cookie of this name."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == name]:
                del self._kept[key]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def get(self, name: str) -> Secret | None:
        """Return the value of the cookie of this name that is sent first, if there is one."""
        return next((kept.value for kept in self._living() if kept.name == name), None)

    def names(self) -> tuple[str, ...]:
        """Return the names of the cookies held, each once."""
        return tuple(dict.fromkeys(kept.name for kept in self._living()))

    def pairs_for(self, url: str, *, trust_loopback: bool = False) -> list[tuple[str, Secret]]:
        """Return (name, value) of the cookies that go to `url`, in the order of sending."""
        scheme, host, path = _origin(url)
        trusted = scheme == "https" or (trust_loopback and is_loopback(host))
        return [
            (kept.name, kept.value)
            for kept in self._living()
            if kept.matches(host, path) and (trusted or not kept.secure)
        ]

    def header_for(self, url: str, *, trust_loopback: bool = False) -> str:
        """Return the Cookie header for `url`, empty when no cookie goes there."""
        return cookie_header(
            (name, value.reveal())
            for name, value in self.pairs_for(url, trust_loopback=trust_loopback)
        )

    def copy(self) -> "CookieJar":
        """Return another jar with the same cookies in it."""
        other = CookieJar()
        with self._lock:
            other._kept = dict(self._kept)
            other._next = self._next
        return other

    def _living(self) -> list[_Kept]:
        if not self._kept:
            return []
        now = time.time()
        with self._lock:
            living = [c for c in self._kept.values() if c.until is None or c.until > now]
        return sorted(living, key=lambda kept: (-len(kept.path), kept.created))

    def __len__(self) -> int:
        return len(self._living())

    def __repr__(self) -> str:
        return f"CookieJar({', '.join(self.names())})"


def cookie_header(pairs: Iterator[tuple[str, str]]) -> str:
    """Return the value of a Cookie header; a cookie without a name is sent as its value."""
    return "; ".join(f"{name}={value}" if name else value for name, value in pairs)


def _origin(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), (parts.hostname or "").lower(), parts.path or "/"

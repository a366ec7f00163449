"""What a page tells other origins: in the addresses it loads, and by the Referer it sends along."""

import re
from urllib.parse import quote, urljoin, urlsplit

from adapters.exchange import Exchange, header

_TELLING = frozenset({"unsafe-url", "no-referrer-when-downgrade"})
"""Policies under which a whole address goes to other origins (Referrer Policy, section 8)."""
_META = re.compile(
    r"""<meta\b[^>]*name\s*=\s*['"]?referrer\b[^>]*content\s*=\s*['"]?([\w-]+)""", re.IGNORECASE
)
_WEB = frozenset({"http", "https"})


def told_elsewhere(page: Exchange, value: str) -> str | None:
    """Return how a page would tell a value to another origin, None when it would not.

    A page whose own address holds the value tells it by the Referer of whatever it loads, if its
    policy says so; by default only the origin is sent.
    """
    forms = {value, quote(value, safe="")}
    doubly = {quote(form, safe="") for form in forms}
    others = [found for found in _absolute(page) if _origin(found) != _origin(page.url)]
    for address in others:
        if any(form in address for form in forms | doubly):
            return f"in an address at {urlsplit(address).netloc}"
    in_address = any(form in page.url for form in forms)
    if others and in_address and _policy(page) in _TELLING:
        return f"in the Referer sent to {urlsplit(others[0]).netloc}"
    return None


def _absolute(page: Exchange) -> list[str]:
    found = (urljoin(page.url, address) for address in page.addresses)
    return [address for address in found if urlsplit(address).scheme in _WEB]


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _policy(page: Exchange) -> str:
    said = header(page.headers, "Referrer-Policy") or ""
    in_page = _META.findall(page.text)
    # Of several the last one known counts.
    return (in_page or said.split(","))[-1].strip().lower()

"""Every place of an answer where an address can stand: headers, markup, scripts and JSON.

It finds addresses as written; whether one may contain a secret is for others to say.
"""

import html
import json
import re
from collections.abc import Iterator

_WHOLE_HEADERS = frozenset({"location", "content-location", "sourcemap", "x-accel-redirect"})
_LINK = re.compile(r"<([^>]*)>")
_REFRESH = re.compile(r"url\s*=\s*['\"]?([^'\";]+)", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?:^|[\s"'/])(href|src|srcset|action|formaction|poster|cite|background|ping|manifest|"""
    r"""longdesc|data|xlink:href|data-[\w.-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""",
    re.IGNORECASE,
)
_META = re.compile(r"<meta\b[^>]*http-equiv\s*=\s*['\"]?refresh\b[^>]*>", re.IGNORECASE)
_CONTENT = re.compile(r"""content\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_STYLE = re.compile(r"""url\(\s*['"]?([^'")]+)""", re.IGNORECASE)
_SCRIPT = re.compile(r"""["'`]((?:https?:)?/[^"'`\s<>\\]*)["'`]""", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:/|/|\?|\./|\.\./)", re.IGNORECASE)


def addresses_in(headers: tuple[tuple[str, str], ...], text: str) -> tuple[str, ...]:
    """Return the addresses of an answer in the order found, each once."""
    return tuple(dict.fromkeys([*_in_headers(headers), *_in_body(headers, text)]))


def _in_headers(headers: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, value in headers:
        lower = name.lower()
        if lower in _WHOLE_HEADERS:
            yield value.strip()
        elif lower == "link":
            yield from _LINK.findall(value)
        elif lower == "refresh":
            yield from (found.strip() for found in _REFRESH.findall(value))


def _in_body(headers: tuple[tuple[str, str], ...], text: str) -> Iterator[str]:
    kind = next((value.lower() for name, value in headers if name.lower() == "content-type"), "")
    start = text[:200].lstrip()
    if "json" in kind or (start[:1] in {"{", "["} and "html" not in kind):
        try:
            yield from _in_json(json.loads(text))
        except (ValueError, RecursionError):
            yield from _SCRIPT.findall(text)
        return
    if "html" in kind or "xml" in kind or start.startswith("<"):
        yield from _in_markup(text)
    elif "script" in kind:
        yield from _SCRIPT.findall(text)


def _in_markup(text: str) -> Iterator[str]:
    for name, quoted in _ATTRIBUTE.findall(text):
        value = html.unescape(quoted.strip("\"'")).strip()
        lower = name.lower()
        if lower == "srcset":
            yield from (part.split()[0] for part in value.split(",") if part.strip())
        elif not lower.startswith("data-") or _ADDRESS.match(value):
            yield value
    for tag in _META.findall(text):
        for quoted in _CONTENT.findall(tag):
            content = html.unescape(quoted.strip("\"'"))
            yield from (found.strip() for found in _REFRESH.findall(content))
    for pattern in (_STYLE, _SCRIPT):
        yield from (html.unescape(found).strip() for found in pattern.findall(text))


def _in_json(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith("/") or (_ADDRESS.match(value) and "://" in value[:64]):
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _in_json(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _in_json(inner)

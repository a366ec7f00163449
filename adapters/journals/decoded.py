"""Other readings of a line: what its escapes and encodings stand for, each in its place.

A program that logs what it was sent writes it as its own format wants it: JSON as ``\\u0026``, a
page as ``&amp;``, an address within an address as ``%2526``, bytes as hexadecimal digits.
"""

import base64
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote, unquote_plus

MOST = 12
"""Readings of one line, itself not counted."""
_ROUNDS = 3
_UNIT = 8
_NO_REST = frozenset({1, 3, 6})
"""How many base32 digits after the last whole unit stand for no more bytes than one fewer."""
_JSON = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|(?:\\x[0-9a-fA-F]{2})+|\\[\"'\\/]")
_PAGE = re.compile(r"&#?\w{2,8};")
_ADDRESS = re.compile(r"%[0-9A-Fa-f]{2}")
_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2}){6,}|(?:[0-9A-F]{2}){6,}")
_BASE32 = re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{10,}(?![a-z0189])")


def readings(text: str) -> Iterator[tuple[str, str]]:
    """Yield (what was undone, reading) for each other way to read a line, also one in another."""
    known, latest = {text}, [("", text)]
    for _ in range(_ROUNDS):
        found: list[tuple[str, str]] = []
        for path, reading in latest:
            for how, undo in _UNDONE.items():
                if (other := undo(reading)) not in known and len(known) <= MOST:
                    known.add(other)
                    found.append((f"{path} in {how}" if path else how, other))
        yield from found
        latest = found


def _unescaped(text: str) -> str:
    return _JSON.sub(_of_escape, text) if "\\" in text else text


def _of_escape(found: re.Match[str]) -> str:
    said = found[0]
    if said[1] == "u":
        units = bytes.fromhex(said.replace("\\u", ""))
        return units.decode("utf-16-be", "replace")
    if said[1] == "x":
        data = bytes.fromhex(said.replace("\\x", ""))
        return _as_text(data) or data.decode("latin-1")
    return said[1]


def _of_page(text: str) -> str:
    return _PAGE.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def _of_address(text: str) -> str:
    return unquote(text) if _ADDRESS.search(text) else text


def _of_form(text: str) -> str:
    return unquote_plus(text) if _ADDRESS.search(text) else text


def _of_hexadecimal(text: str) -> str:
    return _HEXADECIMAL.sub(lambda found: _as_text(bytes.fromhex(found[0])) or found[0], text)


def _of_base32(text: str) -> str:
    return _BASE32.sub(_of_digits, text)


def _of_digits(found: re.Match[str]) -> str:
    digits = found[0]
    # What is cut off in the middle of a unit is read as far as it goes.
    whole = digits[: len(digits) - (len(digits) % _UNIT in _NO_REST)]
    try:
        data = base64.b32decode(whole + "=" * (-len(whole) % _UNIT))
    except ValueError:
        return digits
    return _as_text(data) or digits


def _as_text(data: bytes) -> str:
    """Return what bytes say; empty where they are no text, as those of an identifier are none."""
    try:
        found = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return found if found.isprintable() else ""


_UNDONE: dict[str, Callable[[str], str]] = {
    "JSON escapes": _unescaped,
    "HTML escapes": _of_page,
    "URL encoding": _of_address,
    "form encoding": _of_form,
    "hexadecimal": _of_hexadecimal,
    "base32": _of_base32,
}
"""What is undone -> the reading without it; the same text where there is nothing to undo."""

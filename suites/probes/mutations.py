"""Values that resemble a genuine artefact and were never issued.

Not an attack on keys or algorithms: those are forged elsewhere, with knowledge of the token.
"""

import json
import re
import string
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import hypothesis.strategies as st

from suites.probes.decoding import json_object, jwt_claims, unbase64

_KIB = 1024
_PREFIXES = (8, 16)
_MAX_EDITS = 6
_COOKIE_SEPARATORS = frozenset(";, ")
_SYMBOLS = string.ascii_letters + string.digits
_BASE64 = re.compile(rb"[\w-]+")
_FOREIGN = re.compile(rb"[^\w+/-]")
_PARTS = re.compile(rb"\.|--|:")
_TO_BASE64URL = bytes.maketrans(b"+/", b"-_")
_SYMBOL_GROUPS = (string.digits, string.ascii_lowercase, string.ascii_uppercase, "-_", "+/")
_HEX_GROUPS = (string.digits + "abcdef", string.digits + "ABCDEF")

_LITERALS = ("null", "true", "false", "0", "1", "-1", "[]", "{}", '""', "[null]", "[0]")
_JSON_PAYLOADS = (
    '{"$gt":""}',
    '{"$ne":null}',
    '{"$regex":".*"}',
    '{"$exists":true}',
    '{"length":1}',
    '[{"$gt":""}]',
)
_PAYLOADS = {
    "word": ("undefined", "None", "nil", "NaN", "deleted", "[object Object]", "admin"),
    "wildcard": ("*", "%", "_", "?", ".*", "%25"),
    "SQL": ("' OR '1'='1", "' OR 1=1-- ", '" OR ""="', "1' UNION SELECT NULL-- ", "'||'", "\\'"),
    "NoSQL": ("' || '1'=='1", "[$ne]=", "'; return true; var x='"),
    "LDAP": ("*)(uid=*))(|(uid=*", "*)(&", ")(objectClass=*"),
    "path": ("../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "/dev/null", ".", ".."),
    "template": ("{{7*7}}", "${7*7}", "%s%s%n"),
    "control": ("%00", "\0", "%0d%0aX-Injected:1", "\r\n", "\x7f"),
    "unicode": ("\u0131", "\ufeff", "%ef%bb%bf", "%c0%80", "%ff"),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A value to present instead of the genuine one."""

    name: str
    value: str

    @property
    def cookie_safe(self) -> bool:
        """Whether a cookie carries the value unchanged."""
        plain = self.value.isascii() and self.value.isprintable()
        return plain and not set(self.value) & _COOKIE_SEPARATORS

    @property
    def json_literal(self) -> bool:
        """Whether the value is also JSON other than a string, for bodies that carry types."""
        try:
            return not isinstance(json.loads(self.value, parse_constant=int), str)
        except (ValueError, RecursionError):
            return False


def mutants(value: str, *, other: str | None = None) -> list[Mutant]:
    """List the mutants of a value; `other` is a second genuine value, to cross with the first.

    None of them decodes to a genuine value, so that accepting any one is a fault.
    """
    genuine = _Genuine(value, other)
    unique = {mutant.value: mutant for mutant in reversed(list(_candidates(value, other)))}
    return [mutant for mutant in reversed(unique.values()) if not genuine.equals(mutant.value)]


def mutant_of(value: str) -> st.SearchStrategy[Mutant]:
    """Draw a value that is one to six random edits away from the genuine one."""
    genuine = _Genuine(value, None)
    symbols = st.sampled_from(sorted({*value, *_SYMBOLS} - _COOKIE_SEPARATORS))
    kinds = st.sampled_from(sorted(_EDITS))
    edit = st.tuples(kinds, st.integers(0, max(0, len(value) - 1)), symbols)
    edits = st.lists(edit, min_size=1, max_size=_MAX_EDITS)
    return edits.map(lambda drawn: _edited(value, drawn)).filter(
        lambda mutant: not genuine.equals(mutant.value)
    )


_EDITS: dict[str, Callable[[str, int, str], str]] = {
    "replace": lambda text, place, symbol: text[:place] + symbol + text[place + 1 :],
    "insert": lambda text, place, symbol: text[:place] + symbol + text[place:],
    "delete": lambda text, place, _: text[:place] + text[place + 1 :],
    "swap": lambda text, place, _: text[:place] + text[place : place + 2][::-1] + text[place + 2 :],
    "repeat": lambda text, place, _: text[:place] + text[place : place + 4] + text[place:],
    "other case": lambda text, place, _: text[:place] + text[place:].swapcase(),
}


def _edited(value: str, edits: Sequence[tuple[str, int, str]]) -> Mutant:
    for kind, place, symbol in edits:
        value = _EDITS[kind](value, place, symbol)
    names = ", ".join(f"{kind} at {place + 1}" for kind, place, _ in edits)
    return Mutant(f"edits: {names}", value)


class _Genuine:
    """The genuine values, and everything that decodes to the same octets."""

    def __init__(self, value: str, other: str | None) -> None:
        # Signed values are decoded part by part, and many decoders pass over foreign symbols.
        self._lenient = len(_PARTS.split(_octets(value))) > 1
        # Decimal and hexadecimal digits are compared as they are, nobody takes them for base64.
        self._digits = set(value) <= {*string.hexdigits, "-"}
        self._forms = {self._form(genuine) for genuine in (value, other) if genuine is not None}

    def equals(self, value: str) -> bool:
        return self._form(value) in self._forms

    def _form(self, value: str) -> tuple[bytes, ...]:
        plain = _octets(value).strip(b' \t\r\n"')
        if self._digits:
            return (plain,)
        if not self._lenient:
            return (_base64_form(plain),)
        return tuple(
            _base64_form(_FOREIGN.sub(b"", part), drop_rest=True) for part in _PARTS.split(plain)
        )


def _octets(value: str) -> bytes:
    return unquote_to_bytes(value.encode("utf-8", "surrogatepass"))


def _base64_form(part: bytes, *, drop_rest: bool = False) -> bytes:
    """Clear what base64 decoders do not look at: padding, unused bits, choice of alphabet."""
    symbols = part.rstrip(b"=").translate(_TO_BASE64URL)
    if drop_rest and len(symbols) > 1 and len(symbols) % 4 == 1:
        symbols = symbols[:-1]
    octets = unbase64(symbols.decode()) if _BASE64.fullmatch(symbols) else None
    return symbols if octets is None else urlsafe_b64encode(octets).rstrip(b"=")


def _candidates(value: str, other: str | None) -> Iterator[Mutant]:
    yield from _flips(value)
    yield from _lengths(value)
    yield from _cases(value)
    yield from _spellings(value)
    yield from _jwt_edits(value, other)
    if other is not None:
        yield from _crossings(value, other)
    yield from _foreign()
    for size in (8 * _KIB, 64 * _KIB):
        yield Mutant(f"{size // _KIB} KiB", "A" * size)
        yield Mutant(f"extended to {size // _KIB} KiB", value.ljust(size, "A"))


def _flips(value: str) -> Iterator[Mutant]:
    genuine = _Genuine(value, None)
    for place, symbol in enumerate(value):
        for substitute in _substitutes(symbol, value):
            flipped = value[:place] + substitute + value[place + 1 :]
            if not genuine.equals(flipped):
                yield Mutant(f"flip at {place + 1}", flipped)
                break


def _substitutes(symbol: str, value: str) -> Iterator[str]:
    """Offer other symbols of the same kind first, and of the value's alphabet next."""
    hexadecimal = [
        group for group in _HEX_GROUPS if set(value) <= {*group, "-"} and not value.isdecimal()
    ]
    for group in (*hexadecimal, *_SYMBOL_GROUPS):
        if symbol in group:
            start = group.index(symbol)
            yield from group[start + 1 :] + group[:start]
    yield from (other for other in _SYMBOLS if other != symbol)


def _lengths(value: str) -> Iterator[Mutant]:
    half = len(value) // 2
    yield Mutant("first half", value[:half])
    yield Mutant("second half", value[half:])
    yield Mutant("without the last symbol", value[:-1])
    yield Mutant("without the first symbol", value[1:])
    for size in _PREFIXES:
        yield Mutant(f"first {size} symbols", value[:size])
        yield Mutant(f"first {size} symbols, then others", value[:size].ljust(len(value), "A"))
    for suffix in ("A", "0", "=", "AAAA", "%00", "\0", "%0a", "/", ".", "*", "%"):
        yield Mutant(f"followed by {suffix!r}", value + suffix)
    for prefix in ("A", "0", "%00", "Bearer%20", "$"):
        yield Mutant(f"after {prefix!r}", prefix + value)
    for glue in ("", ",", "; ", "|", "%2C"):
        yield Mutant(f"twice, joined by {glue!r}", value + glue + value)


def _cases(value: str) -> Iterator[Mutant]:
    yield Mutant("upper case", value.upper())
    yield Mutant("lower case", value.lower())
    yield Mutant("other case", value.swapcase())
    yield Mutant("reversed", value[::-1])


def _spellings(value: str) -> Iterator[Mutant]:
    first, rest = value[:1], value[1:]
    if first and "!" <= first <= "~":
        code = ord(first)
        wide = chr(code + 0xFEE0)
        yield Mutant("full-width symbol", wide + rest)
        yield Mutant("full-width symbol, percent-encoded", quote(wide) + rest)
        yield Mutant("overlong UTF-8", f"%{0xC0 | code >> 6:02x}%{0x80 | code & 0x3F:02x}" + rest)
        yield Mutant("percent-u", f"%u{code:04x}" + rest)
        yield Mutant("JSON escape", f"\\u{code:04x}" + rest)
        yield Mutant("HTML entity", f"&#{code};" + rest)
    octets = value.encode("utf-8", "surrogatepass")
    yield Mutant("percent-encoded twice", "".join(f"%25{octet:02x}" for octet in octets))
    yield Mutant("with zero-width space", f"{first}%e2%80%8b{rest}")
    yield Mutant("base64 of it", urlsafe_b64encode(octets).decode())
    yield Mutant("hexadecimal of it", octets.hex())
    quoted = json.dumps(value)
    for shape in ("[{}]", '{{"value":{}}}', '{{"$eq":{}}}', '{{"$in":[{}]}}'):
        yield Mutant(f"inside {shape.format('it')}", shape.format(quoted))


def _crossings(value: str, other: str) -> Iterator[Mutant]:
    half = len(value) // 2
    yield Mutant("second half of another", value[:half] + other[half:])
    yield Mutant("first half of another", other[:half] + value[half:])
    yield Mutant("followed by another", value + other)
    shared = min(len(value), len(other))
    alternating = "".join((value, other)[place % 2][place] for place in range(shared))
    yield Mutant("alternating with another", alternating + value[shared:])


def _jwt_edits(value: str, other: str | None) -> Iterator[Mutant]:
    claims = jwt_claims(value)
    if claims is None:
        return
    header, payload, signature = value.split(".")
    fields = json_object(header) or {}
    for name, changed in _changed_claims(claims):
        yield Mutant(f"JWT: {name}", f"{header}.{_segment(changed)}.{signature}")
    for name in fields:
        changed = fields | {name: f"{fields[name]}x"}
        yield Mutant(f"JWT: header {name} changed", f"{_segment(changed)}.{payload}.{signature}")
    octets = unbase64(signature) or b""
    zeros = urlsafe_b64encode(bytes(len(octets))).decode().rstrip("=")
    yield Mutant("JWT: signature of zeros", f"{header}.{payload}.{zeros}")
    yield Mutant("JWT: signature empty", f"{header}.{payload}.")
    yield Mutant("JWT: signature missing", f"{header}.{payload}")
    yield Mutant("JWT: payload alone", payload)
    yield Mutant("JWT: signature reversed", f"{header}.{payload}.{signature[::-1]}")
    if other is not None and jwt_claims(other) is not None:
        parts = other.split(".")
        yield Mutant("JWT: payload of another", f"{header}.{parts[1]}.{signature}")
        yield Mutant("JWT: signature of another", f"{header}.{payload}.{parts[2]}")


def _changed_claims(claims: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, held in claims.items():
        if isinstance(held, int):
            yield f"{name} raised", claims | {name: held + 3600}
        elif isinstance(held, str):
            yield f"{name} changed", claims | {name: f"{held}x"}
        yield f"{name} removed", {key: claims[key] for key in claims if key != name}
    yield "administrator", claims | {"admin": True, "role": "admin"}


def _segment(fields: dict[str, Any]) -> str:
    text = json.dumps(fields, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _foreign() -> Iterator[Mutant]:
    yield Mutant("empty", "")
    for literal in (*_LITERALS, *_JSON_PAYLOADS):
        yield Mutant(f"JSON: {literal}", literal)
    for kind, payloads in _PAYLOADS.items():
        for payload in payloads:
            yield Mutant(f"{kind}: {payload!r}", payload)

"""The part of an artefact value that identifies: unwrapped from signatures, encodings, checksums.

Not a verifier: a signature is recognised by its place and length, never checked.
"""

import json
import math
import re
import string
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from suites.probes.decoding import inflated, json_object, jwt_claims, unbase64, unhex
from suites.probes.layouts import LAYOUTS

_MAX_STEPS = 6
_ID_KEYS = ("jti", "sid", "session_id", "sessionid")
_CHANCE = math.log(1e9)
_FIRST_CLOCK, _LAST_CLOCK = 1_262_304_000, 4_102_444_800
_CLOCK_EPOCH_2011 = 1_293_840_000
_JWE_PARTS = 5
_CHECKSUM_CHARS = 6
_RANDOM_BITS = {"4": 122.0, "7": 74.0}
_CLOCK_VERSIONS = ("1", "2", "6")
_CLOCK_FIRST_LOW = "1"
_CLOCK_FINDING = "UUID of time and node: the time is known and the node does not change"

_EXPRESS = re.compile(r"s:(.+)\.[A-Za-z0-9+/]{43}=?", re.DOTALL)
_TIMED = re.compile(r"(.+)\.([\w-]{5,7})\.(?:[\w-]{27}|[\w-]{43}|[\w-]{86})", re.ASCII)
_DJANGO = re.compile(r"(.+):[0-9A-Za-z]{6}:(?:[\w-]{27}|[\w-]{43})", re.ASCII)
_RAILS_SEALED = re.compile(r"[A-Za-z0-9+/]+=*--[A-Za-z0-9+/]+=*--[A-Za-z0-9+/]+=*")
_RAILS = re.compile(r"(.+)--(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})")
_TWO_PARTS = re.compile(r"(.+)\.([\w-]{27}|[\w-]{43})", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PADDED = re.compile(r"[\w+/-]+={0,2}", re.ASCII)
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_CHECKSUM_ALPHABETS = (
    string.digits + string.ascii_uppercase + string.ascii_lowercase,
    string.digits + string.ascii_lowercase + string.ascii_uppercase,
    string.ascii_uppercase + string.ascii_lowercase + string.digits,
)


@dataclass(frozen=True, slots=True)
class Identifiers:
    """The identifying parts of a sample, and how they were reached."""

    parts: tuple[str, ...]
    steps: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    judged: bool = True
    # The last part only looks like a signature; it may be a secret of its own.
    assumed: bool = False
    fixed_bits: float | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    parts: Sequence[str]
    finding: str | None = None
    judged: bool = True
    assumed: bool = False
    fixed_bits: float | None = None


def identifiers(values: Sequence[str]) -> Identifiers:
    """Unwrap the values as long as all of them share one known shape."""
    found = Identifiers(tuple(values))
    for _ in range(_MAX_STEPS):
        step = next((step for unwrap in _UNWRAPPERS if (step := unwrap(found.parts))), None)
        if step is None or not found.judged:
            break
        found = Identifiers(
            tuple(step.parts),
            (*found.steps, step.name),
            found.findings if step.finding is None else (*found.findings, step.finding),
            step.judged,
            found.assumed or step.assumed,
            step.fixed_bits,
        )
    return found


def _matched(pattern: re.Pattern[str], values: Sequence[str]) -> list[re.Match[str]]:
    """Match all values or, if one does not match, nothing."""
    matches: list[re.Match[str]] = []
    for value in values:
        match = pattern.fullmatch(value)
        if match is None:
            return []
        matches.append(match)
    return matches


def _percent(values: Sequence[str]) -> _Step | None:
    if not any(_PERCENT.search(value) for value in values):
        return None
    return _Step("percent-encoded", [unquote(value) for value in values])


def _jwt(values: Sequence[str]) -> _Step | None:
    claims = [jwt_claims(value) for value in values]
    held = [claim for claim in claims if claim is not None]
    if not values or len(held) < len(values):
        return None
    if all(claim.get("jti") for claim in held):
        return _Step("jti of a JWT", [str(claim["jti"]) for claim in held])
    finding = "the JWT carries no jti: only the uniqueness of its signatures was looked at"
    signatures = [value.rpartition(".")[2] for value in values]
    return _Step("signature of a JWT", signatures, finding, judged=False)


def _jwe(values: Sequence[str]) -> _Step | None:
    split = [value.split(".") for value in values]
    if not split or any(len(parts) != _JWE_PARTS or not json_object(parts[0]) for parts in split):
        return None
    finding = "the JWE is sealed: only its uniqueness was looked at"
    return _Step("encrypted JWT", values, finding, judged=False)


def _express(values: Sequence[str]) -> _Step | None:
    matches = _matched(_EXPRESS, values)
    return _Step("signed cookie (s:)", [match[1] for match in matches]) if matches else None


def _timed(values: Sequence[str]) -> _Step | None:
    matches = _matched(_TIMED, values)
    if not matches or not all(_is_clock(unbase64(match[2]) or b"") for match in matches):
        return None
    return _Step("signed with a time (itsdangerous)", [match[1].lstrip(".") for match in matches])


def _is_clock(octets: bytes) -> bool:
    seconds = int.from_bytes(octets, "big")
    return any(_FIRST_CLOCK <= seconds + since <= _LAST_CLOCK for since in (0, _CLOCK_EPOCH_2011))


def _django(values: Sequence[str]) -> _Step | None:
    matches = _matched(_DJANGO, values)
    return (
        _Step("signed with a time (Django)", [m[1].lstrip(".") for m in matches])
        if matches
        else None
    )


def _rails(values: Sequence[str]) -> _Step | None:
    if _matched(_RAILS_SEALED, values):
        finding = "the cookie is sealed: only its uniqueness was looked at"
        return _Step("encrypted cookie (Rails)", values, finding, judged=False)
    matches = _matched(_RAILS, values)
    return _Step("signed cookie (Rails)", [match[1] for match in matches]) if matches else None


def _two_parts(values: Sequence[str]) -> _Step | None:
    matches = _matched(_TWO_PARTS, values)
    signatures: dict[str, str] = {}
    if not all(signatures.setdefault(match[1], match[2]) == match[2] for match in matches):
        # One text under two signatures: then the second part varies by itself.
        return None
    if not matches:
        return None
    return _Step("last part taken for a signature", [m[1] for m in matches], assumed=True)


def _json(values: Sequence[str]) -> _Step | None:
    if not values or not all(value[:1] in ("{", '"') for value in values):
        return None
    try:
        parsed: list[Any] = [json.loads(value) for value in values]
    except (ValueError, RecursionError):
        return None
    if all(isinstance(value, str) for value in parsed):
        return _Step("JSON string", parsed)
    for key in _ID_KEYS:
        if all(isinstance(value, dict) and value.get(key) for value in parsed):
            return _Step(f"{key} in JSON", [str(value[key]) for value in parsed])
    finding = "the value is the session itself, without an identifier: only looked at for repeats"
    return _Step("JSON", values, finding, judged=False)


def _uuid(values: Sequence[str]) -> _Step | None:
    if not _matched(_UUID, values):
        return None
    digits = [value.replace("-", "").lower() for value in values]
    versions = "".join(sorted({text[12] for text in digits}))
    if versions == _CLOCK_FIRST_LOW:
        # Highest digits of the time first, so that the order of issue shows.
        digits = [text[13:16] + text[8:12] + text[:8] + text[16:] for text in digits]
    finding = _CLOCK_FINDING if versions in _CLOCK_VERSIONS else None
    bits = _RANDOM_BITS.get(versions)
    return _Step(f"UUID version {versions}", digits, finding, fixed_bits=bits)


def _timed_layout(values: Sequence[str]) -> _Step | None:
    for name, finding, strip, bits in LAYOUTS:
        parts = strip(values)
        if parts is not None:
            return _Step(name, parts, finding, fixed_bits=bits)
    return None


def _padding(values: Sequence[str]) -> _Step | None:
    if not any(value.endswith("=") for value in values) or not _matched(_PADDED, values):
        return None
    return _Step("padding left out", [value.rstrip("=") for value in values])


def _checksum(values: Sequence[str]) -> _Step | None:
    for alphabet in _CHECKSUM_ALPHABETS:
        for separator in ("_", "-", ".", ""):
            tail = len(separator) + _CHECKSUM_CHARS
            if values and all(_checks(value, tail, separator, alphabet) for value in values):
                return _Step("CRC-32 at the end left out", [value[:-tail] for value in values])
    return None


def _checks(value: str, tail: int, separator: str, alphabet: str) -> bool:
    text, end = value[:-tail], value[-tail:]
    number, digits = zlib.crc32(text.encode()), ""
    while number:
        number, digit = divmod(number, len(alphabet))
        digits = alphabet[digit] + digits
    return len(value) > tail and end == separator + digits.rjust(_CHECKSUM_CHARS, alphabet[0])


def _base64_text(values: Sequence[str]) -> _Step | None:
    return _text("base64", [unbase64(value) for value in values])


def _hex_text(values: Sequence[str]) -> _Step | None:
    return _text("hexadecimal", [unhex(value) for value in values])


def _text(name: str, decoded: Iterable[bytes | None]) -> _Step | None:
    texts: list[str] = []
    evidence = 0.0
    for data in decoded:
        plain = inflated(data) if data else None
        octets = plain or data
        if not octets or not octets.isascii() or not octets.decode().isprintable():
            return None
        texts.append(octets.decode())
        # 95 of 256 octets are printable: a few random ones may be so by chance.
        evidence += _CHANCE if plain else len(octets) * math.log(256 / 95)
    return _Step(f"text in {name}", texts) if evidence >= _CHANCE else None


_UNWRAPPERS: tuple[Callable[[Sequence[str]], _Step | None], ...] = (
    _percent,
    _jwt,
    _jwe,
    _express,
    _timed,
    _django,
    _rails,
    _two_parts,
    _json,
    _uuid,
    _timed_layout,
    _padding,
    _checksum,
    _base64_text,
    _hex_text,
)

"""Readable layers of an artefact value, and the canary data found in them.

Not a parser to build on: nothing is verified, and serialised objects are only searched as text.
"""

import base64
import binascii
import hashlib
import json
import re
import unicodedata
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, unquote_plus

from suites.kernel.policy import DEFAULTS

DEFAULT_CLAIMS = frozenset(DEFAULTS["jwt.allowed_claims"])

_MAX_DEPTH = 8
_MAX_LAYERS = 500
_MAX_CHARS = 256 * 1024
_MAX_JSON_DEPTH = 32
_MIN_CHUNK = 6
_MIN_RUN = 8

_JWT = re.compile(r"e[w-z][\w-]+\.e[w-z][\w-]*\.[\w-]*", re.ASCII)
_CHUNK = re.compile(rf"[\w+/-]{{{_MIN_CHUNK},}}={{0,2}}", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_OCTAL = re.compile(r"\\([0-3][0-7]{2})|\\(.)", re.DOTALL)
_RUN = re.compile(rf"[\x20-\x7e]{{{_MIN_RUN},}}")
_BLOB = re.compile(r"[\w+/=.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layer:
    """One reading of a value: how it was reached, what it says, and the claim it belongs to."""

    path: str
    text: str
    claim: str | None = None


@dataclass(frozen=True, slots=True)
class Leak:
    """A canary that can be read from a value."""

    canary_name: str
    path: str
    form: str


def layers(value: str) -> Iterator[Layer]:
    """Yield the value and everything it turns into under the common encodings, outermost first."""
    return _Unfolding().text(value[:_MAX_CHARS], "value", None)


def jwt_claims(value: str) -> dict[str, Any] | None:
    """Return the claims of a JWT, or nothing if the value is not one."""
    token = value.strip().strip('"').removeprefix("Bearer ").strip()
    if _JWT.fullmatch(token) is None:
        return None
    header, payload, _ = token.split(".")
    return None if json_object(header) is None else json_object(payload)


def json_object(segment: str) -> dict[str, Any] | None:
    """Return the JSON object that a base64url segment holds, or nothing."""
    data = unbase64(segment)
    parsed = _json(data.decode("utf-8", "replace")) if data else None
    return parsed if isinstance(parsed, dict) else None


def unbase64(text: str) -> bytes | None:
    """Decode base64 or base64url, with or without padding; nothing if the text is neither."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def unhex(text: str) -> bytes | None:
    """Decode hexadecimal digits; nothing if the text is something else."""
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None


def _json(text: str) -> object:
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed


def inflated(data: bytes) -> bytes | None:
    """Undo zlib or gzip compression; nothing if the data is something else."""
    gzip_or_zlib = zlib.MAX_WBITS | 32
    try:
        return zlib.decompressobj(gzip_or_zlib).decompress(data, _MAX_CHARS)
    except zlib.error:
        return None


def _readable(text: str) -> bool:
    return all(char.isprintable() or char.isspace() for char in text)


class _Unfolding:
    """The decoding of one value: remembers what it has shown, so that it ends."""

    def __init__(self) -> None:
        self._seen: set[tuple[str | None, str]] = set()
        self._depth = 0

    def text(self, text: str, path: str, claim: str | None) -> Iterator[Layer]:
        if not self._fresh(text, claim):
            return
        yield Layer(path, text, claim)
        self._depth += 1
        yield from self.text(unquote(text), f"{path}/url", claim)
        if "&" in text or "%" in text:
            yield from self.text(unquote_plus(text), f"{path}/url", claim)
        if text.startswith('"') and text.endswith('"'):
            yield from self.text(_unquoted(text), f"{path}/quoted", claim)
        if text.lstrip()[:1] in ("{", "[", '"'):
            yield from self._leaves(_json(text), path, claim)
        yield from self._jwts(text, path, claim)
        yield from self._chunks(_JWT.sub(_blank_if_jwt, text), path, claim)
        self._depth -= 1

    def octets(self, data: bytes, path: str, claim: str | None) -> Iterator[Layer]:
        plain = inflated(data) if self._depth <= _MAX_DEPTH else None
        if plain:
            self._depth += 1
            yield from self.octets(plain, f"{path}/zlib", claim)
            self._depth -= 1
        text = data[:_MAX_CHARS].decode("utf-8", "replace")
        if "\ufffd" not in text and _readable(text):
            yield from self.text(text, path, claim)
        elif self._fresh(text, claim):
            yield Layer(path, text, claim)
            if not path.endswith("/hex"):
                # Digests stored as raw bytes are found by their hexadecimal form.
                yield Layer(f"{path}/bytes", data.hex(), claim)
            if b"\0" in data:
                yield Layer(f"{path}/utf-16", text.replace("\0", ""), claim)
            for run in _RUN.findall(text):
                yield from self.text(run, f"{path}/strings", claim)

    def _fresh(self, text: str, claim: str | None) -> bool:
        if not text or (claim, text) in self._seen:
            return False
        if self._depth > _MAX_DEPTH or len(self._seen) >= _MAX_LAYERS:
            return False
        self._seen.add((claim, text))
        return True

    def _leaves(
        self, node: object, path: str, claim: str | None, level: int = 0
    ) -> Iterator[Layer]:
        if level > _MAX_JSON_DEPTH or node is None or isinstance(node, bool):
            return
        if isinstance(node, dict):
            for key, child in node.items():
                yield from self.text(key, f"{path}.{key} (key)", claim)
                yield from self._leaves(child, f"{path}.{key}", claim, level + 1)
        elif isinstance(node, list):
            for index, child in enumerate(node):
                yield from self._leaves(child, f"{path}[{index}]", claim, level + 1)
        else:
            yield from self.text(str(node), path, claim)

    def _jwts(self, text: str, path: str, claim: str | None) -> Iterator[Layer]:
        for token in _JWT.findall(text):
            claims = jwt_claims(token)
            if claims is None:
                continue
            yield from self._leaves(json_object(token.split(".")[0]), f"{path}/jwt.header", claim)
            for name, held in claims.items():
                owner = claim or name
                yield from self.text(name, f"{path}/jwt.payload.{name} (key)", owner)
                yield from self._leaves(held, f"{path}/jwt.payload.{name}", owner)

    def _chunks(self, text: str, path: str, claim: str | None) -> Iterator[Layer]:
        for match in _CHUNK.finditer(text):
            chunk = match.group()
            parts = [part for part in re.split("[-_]+", chunk) if len(part) >= _MIN_CHUNK]
            for part in dict.fromkeys((chunk, *parts)):
                where = path if part == text else f"{path}[{text.index(part)}:]"
                for form, data in (("base64", unbase64(part)), ("hex", unhex(part))):
                    if data:
                        yield from self.octets(data, f"{where}/{form}", claim)


def _blank_if_jwt(match: re.Match[str]) -> str:
    # Read a second time as plain base64, a JWT would lose the names of its claims.
    return " " if jwt_claims(match.group()) is not None else match.group()


def _unquoted(text: str) -> str:
    def char(match: re.Match[str]) -> str:
        return chr(int(match.group(1), 8)) if match.group(1) else match.group(2)

    return _OCTAL.sub(char, text[1:-1])


# Chance: a value of 40 random base64url characters holds a given text of b bits with
# probability 40 * 2^-b. Below 40 bits case must agree, below 30 bits so must the borders.
_ANY_CASE_BITS = 40
_ANYWHERE_BITS = 30
_MIN_CANARY = 4
_DIGEST_CHARS = 16  # 64 bits: finds truncated digests as well
_DIGEST_BASE64_CHARS = 11
_DIGESTS = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True, slots=True)
class _Needle:
    form: str
    text: str
    # Encoded forms and digests are exact by nature; only the text itself may change its case.
    encoded: bool = False

    def found_in(self, text: str) -> str | None:
        """Name the form under which the needle stands in the text."""
        if self.encoded:
            return self.form if self.text in text else None
        if self.text == text or (_weight(self.text) >= _ANYWHERE_BITS and self.text in text):
            return self.form
        if self.text.casefold() == text.casefold():
            return self._other_case()
        if _weight(self.text) >= _ANY_CASE_BITS:
            return self._other_case() if self.text.casefold() in text.casefold() else None
        return self._delimited(text)

    def _other_case(self) -> str:
        return "case-insensitive" if self.form == "plain" else self.form

    def _delimited(self, text: str) -> str | None:
        # A name directly followed by a number (alice1700000000) still stands alone.
        number = "" if any(char.isdigit() for char in self.text) else r"\d*"
        word = rf"(?<![^\W_]){number}{re.escape(self.text)}{number}(?![^\W_])"
        if re.search(word, text):
            return self.form
        prose = _readable(text) and _BLOB.fullmatch(text) is None
        return self._other_case() if prose and re.search(word, text, re.IGNORECASE) else None


@lru_cache(maxsize=4096)
def _weight(text: str) -> float:
    if text.isdigit():
        return 3.3 * len(text)
    return len(text) * (4.0 if re.fullmatch("[0-9a-fA-F]+", text) else 5.0)


@lru_cache(maxsize=4096)
def _needles(canary: str) -> tuple[_Needle, ...]:
    return tuple(dict.fromkeys(_forms(canary)))


def _forms(canary: str) -> Iterator[_Needle]:
    yield _Needle("plain", canary)
    if canary[::-1] != canary:
        yield _Needle("reversed", canary[::-1])
    for text in dict.fromkeys((canary, canary.lower())):
        raw = text.encode()
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield _Needle("base64", encode(raw).decode().rstrip("="), encoded=True)
        for name in _DIGESTS:
            digest = hashlib.new(name, raw, usedforsecurity=False)
            yield _Needle(name, digest.hexdigest()[:_DIGEST_CHARS], encoded=True)
            yield _Needle(name, digest.hexdigest()[:_DIGEST_CHARS].upper(), encoded=True)
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                prefix = encode(digest.digest()).decode()[:_DIGEST_BASE64_CHARS]
                yield _Needle(name, prefix, encoded=True)


@lru_cache(maxsize=64)
def _all_needles(
    canaries: tuple[tuple[str, str], ...],
) -> tuple[tuple[tuple[str, _Needle], ...], tuple[str, ...]]:
    """Return every needle with its canary's name, and the texts one of which a find must hold."""
    needles = tuple(
        (name, needle)
        for name, canary in canaries
        if len(canary) >= _MIN_CANARY
        for needle in _needles(unicodedata.normalize("NFC", canary))
    )
    return needles, tuple(dict.fromkeys(needle.text.casefold() for _, needle in needles))


def find_canaries(
    value: str,
    canaries: Mapping[str, str],
    *,
    allowed_claims: Collection[str] = DEFAULT_CLAIMS,
) -> tuple[Leak, ...]:
    """Name every canary that the value holds, in plain, reversed, encoded or hashed form."""
    needles, texts = _all_needles(tuple(canaries.items()))
    leaks: dict[Leak, None] = {}
    for layer in layers(value):
        if layer.claim in allowed_claims:
            continue
        # The claims of a JWT have layers of their own; here they would lose their names.
        text = unicodedata.normalize("NFC", _JWT.sub(_blank_if_jwt, layer.text))
        if not any(map(text.casefold().__contains__, texts)):
            continue
        for name, needle in needles:
            form = needle.found_in(text)
            if form:
                leaks[Leak(name, layer.path, form)] = None
    return tuple(leak for leak in leaks if not any(_more_precise(other, leak) for other in leaks))


def _more_precise(other: Leak, leak: Leak) -> bool:
    same = (other.canary_name, other.form) == (leak.canary_name, leak.form)
    return same and other.path != leak.path and other.path.startswith(leak.path)

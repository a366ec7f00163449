"""Hostile values by class: too large, too deep, too costly to read. Nothing is sent here.

No library would write most of them: only the text is ours, nothing is signed.
"""

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

KIB = 1024
SIZES = (4, 8, 64)
COOKIES = 200
DEEP = 10_000
ROUNDS = 10_000_000
UNPACKED = 10 * KIB * KIB


@dataclass(frozen=True, slots=True)
class HostileValue:
    """One value with the name of its class; an empty one stands for a plain invalid value."""

    name: str
    value: str = field(repr=False)
    cookies: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def hostile_values() -> Iterator[HostileValue]:
    """Yield one value of each class; all of them can travel in a cookie and in a header."""
    for size in SIZES:
        yield HostileValue(f"a value of {size} KiB", "A" * size * KIB)
    yield HostileValue(
        f"{COOKIES} cookies", "", tuple((f"c{n}", f"value{n}") for n in range(COOKIES))
    )
    plain = _part({"alg": "ES256", "typ": "at+jwt"})
    yield HostileValue("a token that cannot be decoded", f"%%%.{plain}.!!!")
    yield HostileValue("a header nested too deep", f"{_encoded(_nested())}.{plain}.AAAA")
    yield HostileValue("claims nested too deep", f"{plain}.{_encoded(_nested())}.AAAA")
    yield HostileValue("a signature of 64 KiB", f"{plain}.{_part({'sub': 'x'})}.{'A' * 64 * KIB}")
    yield HostileValue("ten thousand parts", "." * DEEP)
    yield HostileValue("a key derived in ten million rounds", _slow_key())
    yield HostileValue("a token that unpacks to 10 MiB", _zip_bomb())
    yield HostileValue("bait for regular expressions", "a" * 30_000 + "!" + "=" * 1000)


def _nested() -> bytes:
    return b'{"a":' * DEEP + b"1" + b"}" * DEEP


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _part(content: object) -> str:
    return _encoded(json.dumps(content).encode())


def _slow_key() -> str:
    """Return a JWE whose key takes very long to derive (RFC 7518 4.8.1.2, CVE-2022-3102 alike)."""
    header = {
        "alg": "PBES2-HS256+A128KW",
        "enc": "A128CBC-HS256",
        "p2s": _encoded(b"0123456789abcdef"),
        "p2c": ROUNDS,
    }
    return ".".join((_part(header), _encoded(b"k" * 40), _encoded(b"i" * 16), "AAAA", "AAAA"))


def _zip_bomb() -> str:
    """Return a JWE that says it is compressed, and whose content unpacks to very much."""
    header = {"alg": "dir", "enc": "A128CBC-HS256", "zip": "DEF"}
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"\0" * UNPACKED) + packer.flush()
    return ".".join((_part(header), "", _encoded(b"i" * 16), _encoded(packed), "AAAA"))


NAMES = tuple(value.name for value in hostile_values())
"""The names of all classes."""

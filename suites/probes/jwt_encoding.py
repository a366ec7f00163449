"""Compact tokens taken apart and put together: the text only, no key and no judgement."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from suites.probes.decoding import json_object, unbase64

SIGNED_PARTS, ENCRYPTED_PARTS = 3, 5
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Token:
    """A genuine signed token: its three segments, and what the first two say."""

    text: str = field(repr=False)
    header: Fields
    claims: Fields = field(repr=False)

    @property
    def segments(self) -> tuple[str, str, str]:
        """Header, payload and signature as they are written."""
        header, payload, signature = self.text.split(".")
        return header, payload, signature

    @property
    def signature(self) -> bytes:
        """The octets of the signature."""
        return unbase64(self.segments[2]) or b""

    @property
    def algorithm(self) -> str:
        """What the header says the token is signed with."""
        return str(self.header.get("alg"))


class Unreadable(Exception):  # noqa: N818  a plain statement about a value, which is no error
    """A value that is no signed token; the text says what it is instead."""


def read_token(value: str) -> Token:
    """Take a value apart, or say in a few words why that cannot be done."""
    parts = value.split(".")
    header = json_object(parts[0]) if len(parts) in {SIGNED_PARTS, ENCRYPTED_PARTS} else None
    if header is None:
        raise Unreadable("it is opaque, no JWT")
    if len(parts) == ENCRYPTED_PARTS:
        raise Unreadable("it is encrypted (JWE), its claims cannot be read")
    claims = json_object(parts[1])
    if claims is None:
        raise Unreadable("its payload is no JSON object")
    return Token(value, header, claims)


def encoded(octets: bytes) -> str:
    """Write octets as a segment."""
    return urlsafe_b64encode(octets).decode().rstrip("=")


def segment(fields: Fields) -> str:
    """Write fields as a segment."""
    return encoded(json.dumps(fields, separators=(",", ":")).encode())

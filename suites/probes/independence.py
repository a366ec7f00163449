"""Whether one value can be had from another: equal, contained, or an unsalted image of it.

A keyed image (HMAC) cannot be told from chance from outside, and gives nothing away.
"""

import base64
import hashlib
from collections.abc import Iterator

SHORTEST = 8
_DIGESTS = ("md5", "sha1", "sha256", "sha512")


def kinship(value: str, other: str) -> str | None:
    """Say how one value shows another one, None when it does not."""
    if len(other) < SHORTEST:
        return None
    if value == other:
        return "equals"
    if other in value:
        return "contains"
    for how, image in _images(other):
        if len(image) >= SHORTEST and image in value:
            return f"contains the {how} of"
    return None


def _images(value: str) -> Iterator[tuple[str, str]]:
    raw = value.encode("utf-8", "surrogatepass")
    yield "reverse", value[::-1]
    yield from _encoded("", raw)
    for name in _DIGESTS:
        digest = hashlib.new(name, raw, usedforsecurity=False).digest()
        yield from _encoded(f"{name} digest in ", digest)


def _encoded(what: str, raw: bytes) -> Iterator[tuple[str, str]]:
    yield f"{what}hex", raw.hex()
    yield f"{what}base64", base64.b64encode(raw).decode().rstrip("=")
    yield f"{what}base64", base64.urlsafe_b64encode(raw).decode().rstrip("=")

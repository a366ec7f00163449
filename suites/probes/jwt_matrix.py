"""The whole attack matrix over one genuine token: every forgery, each token text once."""

from collections.abc import Iterator

from suites.probes.jwt_algorithms import swapped
from suites.probes.jwt_encoding import Token
from suites.probes.jwt_forgery import Forgery, Material
from suites.probes.jwt_integrity import broken
from suites.probes.jwt_keys import keyed

KNOWN = frozenset(
    f"{family}{size}" for family in ("HS", "RS", "PS", "ES") for size in (256, 384, 512)
) | {"EdDSA", "ES256K"}
"""The signature algorithms of RFC 7518, RFC 8037 and RFC 8812."""


def matrix(token: Token, material: Material) -> list[Forgery]:
    """List every forgery; under an algorithm that is not known only the text is attacked."""
    found = dict.fromkeys([token.text])
    return [one for one in _all(token, material) if found.setdefault(one.token, one) is one]


def _all(token: Token, material: Material) -> Iterator[Forgery]:
    yield from broken(token, material)
    if token.algorithm in KNOWN:
        yield from swapped(token, material)
        yield from keyed(token, material)

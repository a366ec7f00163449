"""What is forged: a token with a name, its class, and the requirement that its acceptance breaks.

Keys and signatures are those of PyJWT and cryptography; only malformed text is written by hand.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import HMACAlgorithm, get_default_algorithms

from suites.probes.jwt_encoding import Fields, Token, encoded, segment

INTEGRITY, ALGORITHM, KEY = "SM-3.1", "SM-3.2", "SM-3.3"


@dataclass(frozen=True, slots=True)
class Forgery:
    """One token that must be refused."""

    name: str
    group: str
    requirement: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Material:
    """What an attacker has: public keys, other genuine tokens, a place to publish, and words."""

    keys: tuple[Mapping[str, Any], ...] = ()
    others: tuple[str, ...] = field(default=(), repr=False)
    listener: str | None = None
    words: tuple[str, ...] = ()
    served: dict[str, bytes] = field(default_factory=dict)

    def key_of(self, token: Token) -> Mapping[str, Any] | None:
        """Return the published key that a token names, else the first that fits it."""
        kid = token.header.get("kid")
        named = [key for key in self.keys if kid is not None and key.get("kid") == kid]
        usable = [key for key in self.keys if key.get("use", "sig") == "sig"]
        return next(iter([*named, *usable]), None)


_HASHES = {
    "HS256": hashlib.sha256,
    "HS384": hashlib.sha384,
    "HS512": hashlib.sha512,
}


def with_mac(header: Fields, claims: Fields, secret: bytes, algorithm: str = "HS256") -> str:
    """Return a token with a MAC of these octets, whatever they are otherwise good for."""
    text = f"{segment({**header, 'alg': algorithm})}.{segment(claims)}"
    mac = HMACAlgorithm(_HASHES[algorithm]).sign(text.encode(), secret)
    return f"{text}.{encoded(mac)}"


def with_key(header: Fields, claims: Fields, algorithm: str) -> str:
    """Return a token signed with a key of our own that fits an algorithm."""
    text = f"{segment({**header, 'alg': algorithm})}.{segment(claims)}"
    signature = get_default_algorithms()[algorithm].sign(text.encode(), own_key(algorithm))
    return f"{text}.{encoded(signature)}"


@cache
def own_key(algorithm: str) -> Any:
    """Return a private key of our own for an asymmetric algorithm."""
    match algorithm[:2]:
        case "ES":
            curves: dict[str, ec.EllipticCurve] = {
                "ES384": ec.SECP384R1(),
                "ES512": ec.SECP521R1(),
            }
            return ec.generate_private_key(curves.get(algorithm, ec.SECP256R1()))
        case "Ed":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return _own_rsa()


@cache
def _own_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


ASYMMETRIC = ("ES256", "RS256", "PS256", "ES384", "EdDSA")


def own_algorithm(token: Token) -> str:
    """Return the asymmetric algorithm that comes closest to that of a token."""
    known = (*ASYMMETRIC, "RS384", "RS512", "PS384", "PS512", "ES512")
    return token.algorithm if token.algorithm in known else "RS256"

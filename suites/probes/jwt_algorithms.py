"""Tokens under an algorithm that nobody allowed: none, another family, a public key as secret."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from suites.probes.jwt_encoding import Token, encoded, segment
from suites.probes.jwt_forgery import (
    ALGORITHM,
    ASYMMETRIC,
    Forgery,
    Material,
    with_key,
    with_mac,
)

NO_ALGORITHM: tuple[Any, ...] = ("none", "None", "NONE", "nOnE", "none ", "", None, 0)
_SECRET = b"a secret of our own, long enough"


def swapped(token: Token, material: Material) -> Iterator[Forgery]:
    """Yield tokens that only a verifier takes which believes the header."""
    yield from _without(token)
    _, payload, _ = token.segments
    twice = json.dumps(token.header)[:-1] + ', "alg": "none"}'
    text = f"{encoded(twice.encode())}.{payload}."
    yield Forgery("alg twice, the second one none", "no algorithm", ALGORITHM, text)
    for algorithm in ASYMMETRIC:
        if algorithm != token.algorithm:
            made = with_key(token.header, token.claims, algorithm)
            yield Forgery(f"{algorithm} with our key", "other algorithm", ALGORITHM, made)
    for algorithm in ("HS256", "HS512"):
        if algorithm != token.algorithm:
            made = with_mac(token.header, token.claims, _SECRET, algorithm)
            yield Forgery(f"{algorithm} with our secret", "other algorithm", ALGORITHM, made)
    yield from confused(token, material)


def _without(token: Token) -> Iterator[Forgery]:
    _, payload, signature = token.segments
    rest = {key: held for key, held in token.header.items() if key != "alg"}
    headers = [(f"alg {word!r}", {**rest, "alg": word}) for word in NO_ALGORITHM]
    for name, header in (*headers, ("alg missing", rest)):
        for kept, tail in (("no signature", ""), ("the signature kept", signature)):
            text = f"{segment(header)}.{payload}.{tail}"
            yield Forgery(f"{name}, {kept}", "no algorithm", ALGORITHM, text)


def confused(token: Token, material: Material) -> Iterator[Forgery]:
    """Yield tokens whose secret is the public key, in every way a key is written down."""
    known = material.key_of(token)
    forms = dict(serialisations(known)) if known else {}
    if token.algorithm.startswith("HS") or not forms:
        return
    for name, octets in forms.items():
        made = with_mac(token.header, token.claims, octets)
        yield Forgery(f"HS256 with the public key as {name}", "confusion", ALGORITHM, made)
    for algorithm in ("HS384", "HS512"):
        made = with_mac(token.header, token.claims, forms["PEM"], algorithm)
        yield Forgery(f"{algorithm} with the public key as PEM", "confusion", ALGORITHM, made)


def serialisations(described: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield a public key as the octets a verifier may hold it in; nothing if it cannot be read."""
    try:
        key = jwt.PyJWK(dict(described), algorithm=_algorithm_for(described)).key
    except jwt.PyJWTError:
        return
    spki = PublicFormat.SubjectPublicKeyInfo
    pem = key.public_bytes(Encoding.PEM, spki)
    yield "PEM", pem
    yield "PEM without its last newline", pem.rstrip(b"\n")
    yield "PEM with CRLF", pem.replace(b"\n", b"\r\n")
    yield "DER", key.public_bytes(Encoding.DER, spki)
    if isinstance(key, rsa.RSAPublicKey):
        old = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
        yield "PEM of PKCS#1", old
        yield "PEM of PKCS#1 without its last newline", old.rstrip(b"\n")
        yield "DER of PKCS#1", key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
        yield "modulus", str(described.get("n", "")).encode()
    if isinstance(key, ec.EllipticCurvePublicKey):
        yield "point", key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    yield "OpenSSH", key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    yield "JWK text", json.dumps(described, separators=(",", ":")).encode()
    yield "JWK text with spaces", json.dumps(described).encode()
    for certificate in described.get("x5c", [])[:1]:
        yield "x5c text", str(certificate).encode()


def _algorithm_for(described: Mapping[str, Any]) -> str | None:
    """Return the algorithm where the key itself says none: RSA keys fit several."""
    if described.get("alg"):
        return None
    return "RS256" if described.get("kty") == "RSA" else None

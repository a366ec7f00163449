"""Tokens whose text is not what was signed: every part edited, cut, repeated or written anew."""

import json
import secrets
import zlib
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from suites.probes.decoding import unbase64
from suites.probes.jwt_encoding import Fields, Token, encoded, segment
from suites.probes.jwt_forgery import INTEGRITY, Forgery, Material, own_algorithm, with_key

_HOUR = 3600


def broken(token: Token, material: Material) -> Iterator[Forgery]:
    """Yield tokens of every class of damage, none of which decodes to the genuine octets."""
    for group, made in (
        ("signature", _signatures(token, material)),
        ("payload", _payloads(token, material)),
        ("header", _headers(token)),
        ("form", _forms(token)),
    ):
        for name, text in made:
            yield Forgery(f"{group}: {name}", group, INTEGRITY, text)


def _signatures(token: Token, material: Material) -> Iterator[tuple[str, str]]:
    header, payload, _ = token.segments
    genuine = token.signature
    text, size = f"{header}.{payload}", len(genuine)
    for place in sorted({0, size // 4, size // 2, 3 * size // 4, size - 1}):
        yield f"bit flipped in byte {place + 1}", f"{text}.{encoded(_flipped(genuine, place))}"
    half = size // 2
    for name, octets in (
        ("without its last byte", genuine[:-1]),
        ("first half", genuine[:half]),
        ("a byte longer", genuine + b"\0"),
        ("of zeros", bytes(size)),
        ("one zero byte", b"\0"),
        ("of ones", b"\xff" * size),
        ("first half of zeros", bytes(half) + genuine[half:]),
        ("second half of zeros", genuine[:half] + bytes(size - half)),
        ("reversed", genuine[::-1]),
        ("zeros in DER", bytes.fromhex("3006020100020100")),
    ):
        if octets != genuine:
            yield name, f"{text}.{encoded(octets)}"
    yield "empty", f"{text}."
    yield "missing", text
    for other in material.others[:1]:
        yield "of another token", f"{text}.{other.rpartition('.')[2]}"


def _payloads(token: Token, material: Material) -> Iterator[tuple[str, str]]:
    header, payload, signature = token.segments
    octets = unbase64(payload) or b""
    for place in sorted({0, len(octets) // 2, len(octets) - 1}):
        changed = encoded(_flipped(octets, place))
        yield f"bit flipped in byte {place + 1}", f"{header}.{changed}.{signature}"
    for name, claims in _edited(token.claims):
        yield name, f"{header}.{segment(claims)}.{signature}"
    spaced = encoded(json.dumps(token.claims, indent=1).encode())
    doubled = octets.rstrip()[:-1] + b',"sub":"somebody"}'
    for name, changed in (
        ("same claims, written anew", spaced),
        ("sub twice", encoded(doubled)),
        ("not UTF-8", encoded(octets.replace(b'"', b'"\xff', 1))),
        ("empty", ""),
    ):
        yield name, f"{header}.{changed}.{signature}"
    for other in material.others[:1]:
        yield "of another token", f"{header}.{other.split('.')[1]}.{signature}"


def _edited(claims: Fields) -> Iterator[tuple[str, Fields]]:
    if isinstance(until := claims.get("exp"), int | float):
        yield "exp raised", {**claims, "exp": int(until) + _HOUR}
    for name in ("sub", "aud", "iss", "jti", "client_id"):
        if isinstance(held := claims.get(name), str):
            yield f"{name} changed", {**claims, name: f"{held}x"}
    yield "scope widened", {**claims, "scope": f"{claims.get('scope', '')} admin write".strip()}
    yield "role raised", {**claims, "role": "admin", "roles": ["admin"], "admin": True}


def _headers(token: Token) -> Iterator[tuple[str, str]]:
    _, payload, signature = token.segments
    rest = f"{payload}.{signature}"
    for name, fields in (
        ("typ changed", {**token.header, "typ": "other+jwt"}),
        ("typ missing", {k: v for k, v in token.header.items() if k != "typ"}),
        ("kid changed", {**token.header, "kid": f"{token.header.get('kid', '')}x"}),
        ("a field more", {**token.header, "x": 1}),
        ("unknown crit", {**token.header, "crit": ["x-unknown"], "x-unknown": True}),
        ("b64 false", {**token.header, "b64": False, "crit": ["b64"]}),
        ("zip", {**token.header, "zip": "DEF"}),
    ):
        if fields != token.header:
            yield name, f"{segment(fields)}.{rest}"
    text = json.dumps(token.header)
    for name, octets in (
        ("written anew", json.dumps(token.header, indent=1).encode()),
        ("typ twice", (text[:-1] + ', "typ": "other"}').encode()),
        ("not UTF-8", text.encode().replace(b'"', b'"\xff', 1)),
    ):
        yield name, f"{encoded(octets)}.{rest}"


def _forms(token: Token) -> Iterator[tuple[str, str]]:
    header, payload, signature = token.segments
    whole = token.text
    flat = {"payload": payload, "protected": header, "signature": signature}
    yield "a dot at the end", f"{whole}."
    yield "a dot in front", f".{whole}"
    yield "a fourth part", f"{whole}.{signature}"
    yield "two dots", f"{header}..{signature}"
    yield "JSON, flattened", _compact(flat)
    signatures = [{"protected": header, "signature": signature}]
    yield "JSON, general", _compact({"payload": payload, "signatures": signatures})
    other = segment({**token.claims, "sub": "somebody"})
    yield "JSON around the compact form", _compact({whole: "", **flat, "payload": other})
    raw = json.dumps(token.claims).replace(".", "\\u002e")
    yield "payload not encoded", f"{segment({**token.header, 'b64': False})}.{raw}.{signature}"
    squeezed = encoded(zlib.compress(unbase64(payload) or b"", wbits=-15))
    yield "payload compressed", f"{segment({**token.header, 'zip': 'DEF'})}.{squeezed}.{signature}"
    nested = {**token.header, "cty": "JWT"}
    inner = encoded(whole.encode())
    yield "nested", f"{segment(nested)}.{inner}.{signature}"
    outer = with_key(nested, {"jwt": whole, **token.claims}, own_algorithm(token))
    yield "nested in one of our own", outer
    yield "encrypted", _encrypted(token)


def _encrypted(token: Token) -> str:
    """Return the claims as a JWE under a key of our own."""
    protected = segment({"alg": "dir", "enc": "A256GCM", "cty": "JWT"})
    nonce = secrets.token_bytes(12)
    plain = f"{segment({'alg': 'none'})}.{token.segments[1]}."
    sealed = AESGCM(secrets.token_bytes(32)).encrypt(nonce, plain.encode(), protected.encode())
    return f"{protected}..{encoded(nonce)}.{encoded(sealed[:-16])}.{encoded(sealed[-16:])}"


def _flipped(octets: bytes, place: int) -> bytes:
    return octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :] if octets else b"\1"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))

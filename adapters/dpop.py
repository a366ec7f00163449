"""Proofs of possession (RFC 9449): what a client shows beside a token that is bound to its key.

The key travels with the artefacts of a client as a secret of kind `key`; the adapter keeps none.
It can also make proofs that a target has to refuse, each wrong in one respect.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.contract import Artefact, Kind, Place
from adapters.secrets import Secret

HEADER = "DPoP"
ALGORITHM = "ES256"
OLD_SECONDS = 86400
FLAWS = (
    *("another key", "another method", "another address", "another token"),
    *("an old date", "a used proof", "no proof"),
)
_MARK, _COORDINATE = "~", 32


def new_key() -> Artefact:
    """Return the key of a new client."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _artefact(_text(number.to_bytes(_COORDINATE, "big")))


def flawed(held: Sequence[Artefact], flaw: str, *, place: str = "") -> tuple[Artefact, ...]:
    """Return what a client holds so that its proofs are wrong in this one respect.

    Args:
        place: the base address that the proofs are for, wherever they are shown.
    """
    if flaw == "no proof":
        return tuple(artefact for artefact in held if artefact.kind is not Kind.KEY)
    return tuple(_spoilt(a, flaw, place) if a.kind is Kind.KEY else a for a in held)


def _spoilt(key: Artefact, flaw: str, place: str) -> Artefact:
    if flaw == "another key":
        return new_key()
    # In digits: words would be a part of the secret, and be taken out of every report.
    which, where = FLAWS.index(flaw), place.encode().hex()
    return _artefact(f"{key.value.reveal()}{_MARK}{which}{_MARK}{where}")


def proof(key: Artefact, method: str, url: str, token: str | None) -> str | None:
    """Return the proof for one request, None where the value is no key.

    Args:
        token: the access token that the request presents, if it presents one.
    """
    text, _, spoilt = key.value.reveal().partition(_MARK)
    which, _, where = spoilt.partition(_MARK)
    try:
        place = bytes.fromhex(where).decode()
        flaw = FLAWS[int(which)] if which else ""
        number = int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
        private = ec.derive_private_key(number, ec.SECP256R1())
    except (ValueError, IndexError):
        return None
    claims: dict[str, Any] = {
        "jti": "used" + text[:8] if flaw == "a used proof" else secrets.token_urlsafe(16),
        "htm": "OPTIONS" if flaw == "another method" else method,
        "htu": _address(_at(place, url), "/another" if flaw == "another address" else ""),
        "iat": int(time.time()) - (OLD_SECONDS if flaw == "an old date" else 0),
    }
    if token is not None:
        shown = "another" if flaw == "another token" else token
        claims["ath"] = _text(hashlib.sha256(shown.encode()).digest())
    head = {"typ": "dpop+jwt", "jwk": _public(private.public_key())}
    return jwt.encode(claims, private, ALGORITHM, headers=head)


def _public(key: ec.EllipticCurvePublicKey) -> Mapping[str, str]:
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
    x, y = _text(point[:_COORDINATE]), _text(point[_COORDINATE:])
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _address(url: str, more: str = "") -> str:
    """Return an address without query and fragment, as `htu` wants it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path + more, "", ""))


def _at(place: str, url: str) -> str:
    """Return the same address in another place, if one is told."""
    parts, other = urlsplit(url), urlsplit(place)
    return urlunsplit(parts._replace(scheme=other.scheme, netloc=other.netloc)) if place else url


def _artefact(text: str) -> Artefact:
    return Artefact(Kind.KEY, Place.HEADER, HEADER, Secret(text, Kind.KEY))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")

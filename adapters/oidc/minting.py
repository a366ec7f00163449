"""Logout tokens as the provider would sign them, and as somebody would who only pretends to.

Which claims are right is for the suites to say.
"""

import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt import PyJWK

from adapters.checked import AdapterError
from adapters.secrets import Secret

FORGED = "forged"
UNSIGNED = "none"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_RSA_BITS = 2048


def signed(
    secret: Secret,
    claims: Mapping[str, Any],
    keys: Mapping[str, Any],
    *,
    kind: str,
    by: str,
    where: str,
) -> Secret:
    """Return a token signed with the provider's key, with another one, or not at all.

    Args:
        keys: the JWK set of the provider, where the key has its name.
        by: "provider", FORGED for a key of our own under the same name, or UNSIGNED.
    """
    key = _key(secret, where)
    header = {"typ": kind, "kid": _name(key, keys, where)}
    if by == UNSIGNED:
        return Secret(jwt.encode(dict(claims), "", "none", headers=header), "logout-token")
    used = _alike(key) if by == FORGED else key
    token = jwt.encode(dict(claims), used, _algorithm(key), headers=header)
    return Secret(token, "logout-token")


def _key(secret: Secret, where: str) -> Key:
    text = secret.reveal().strip()
    found: object = None
    try:
        if text.startswith("{"):
            found = PyJWK.from_dict(json.loads(text)).key
        else:
            found = load_pem_private_key(text.replace("\\n", "\n").encode(), None)
    except (ValueError, TypeError, jwt.PyJWTError):
        found = None
    if isinstance(found, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return found
    raise AdapterError(
        f"{where}: `adapter.oidc.relying_parties` has a `key` that is no private key; write the "
        "EC or RSA key of the test provider as PEM (PKCS#8) or as a JWK"
    )


def _algorithm(key: Key) -> str:
    return _CURVES[key.curve.name] if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"


def _alike(key: Key) -> Key:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return ec.generate_private_key(key.curve)
    return rsa.generate_private_key(65537, _RSA_BITS)


def _name(key: Key, keys: Mapping[str, Any], where: str) -> str:
    ours = key.public_key().public_numbers()
    for entry in keys["keys"]:
        try:
            known = PyJWK.from_dict(entry).key
        except jwt.PyJWTError:
            continue
        if getattr(known, "public_numbers", lambda: None)() == ours:
            return str(entry.get("kid", ""))
    raise AdapterError(
        f"{where}: `adapter.oidc.relying_parties` has a `key` that the provider does not publish; "
        "write the private key to one of those at its jwks_uri"
    )

"""The attack matrix on literal tokens: complete, distinct, and refused by a strict verifier."""

import json
import warnings
from collections import Counter
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from suites.probes.decoding import unbase64
from suites.probes.jwt_algorithms import confused, serialisations
from suites.probes.jwt_claims import wrong_claims
from suites.probes.jwt_encoding import Token, Unreadable, read_token, segment
from suites.probes.jwt_forgery import ALGORITHM, INTEGRITY, KEY, Material
from suites.probes.jwt_keys import dictionary, guess, keyed, own_jwk
from suites.probes.jwt_matrix import matrix

NOW = 1_800_000_000
CLAIMS = {
    "sub": "ann",
    "iss": "https://issuer.test/acme",
    "aud": "api",
    "iat": NOW - 60,
    "exp": NOW + 600,
}
CURVE = ec.generate_private_key(ec.SECP256R1())
PAIR = rsa.generate_private_key(65537, 2048)
MOST = 120
"""Forgeries of one token: with five places that take it, a matrix stays below 600 requests."""


def signed(algorithm: str = "ES256", secret: str = "", **claims: object) -> Token:
    keys: dict[str, Any] = {"ES256": CURVE, "RS256": PAIR}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        key = keys.get(algorithm, secret or "k" * 64)
        text = jwt.encode({**CLAIMS, **claims}, key, algorithm, headers={"kid": "one"})
    return read_token(text)


def published(algorithm: str = "ES256") -> dict[str, object]:
    key: Any = CURVE if algorithm == "ES256" else PAIR
    text = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key())
    described: dict[str, object] = json.loads(text)
    return {**described, "kid": "one", "alg": algorithm}


def test_a_token_is_taken_apart() -> None:
    token = signed()
    assert (token.algorithm, token.claims["sub"]) == ("ES256", "ann")
    assert len(token.signature) == 64
    assert token.text not in repr(token)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("b4f1c0ffee", "opaque"),
        ("one.two.three", "opaque"),
        ("", "opaque"),
        (f"{segment({'alg': 'dir', 'enc': 'A256GCM'})}..bm9uY2U.c2VhbGVk.dGFn", "encrypted"),
        (f"{segment({'alg': 'ES256'})}.bm8.c2ln", "payload is no JSON object"),
    ],
)
def test_what_is_no_signed_token_is_told(value: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_token(value)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "HS256"])
def test_a_strict_verifier_refuses_the_whole_matrix(algorithm: str) -> None:
    token = signed(algorithm)
    keys = (published(algorithm),) if algorithm != "HS256" else ()
    material = Material(keys, (signed(algorithm, sub="bob").text,), "http://127.0.0.1:9", ("api",))
    public: dict[str, Any] = {"ES256": CURVE.public_key(), "RS256": PAIR.public_key()}
    key, accepted = public.get(algorithm, "k" * 64), []
    known: dict[str, Any] = {"audience": "api", "options": {"verify_exp": False}}
    for forged in matrix(token, material):
        try:
            jwt.decode(forged.token, key, [algorithm], **known)
        except (jwt.PyJWTError, ValueError):
            continue
        accepted.append(forged.name)
    assert accepted == []


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_the_matrix_has_every_class_and_each_token_once(algorithm: str) -> None:
    token = signed(algorithm)
    other = signed(algorithm, sub="bob").text
    found = matrix(token, Material((published(algorithm),), (other,), "http://127.0.0.1:9"))
    assert Counter(f.requirement for f in found).keys() == {INTEGRITY, ALGORITHM, KEY}
    assert {f.group for f in found} >= {
        *("signature", "payload", "header", "form", "no algorithm", "other algorithm"),
        *("confusion", "embedded key", "fetched key", "path in kid", "query in kid"),
        "weak secret",
    }
    assert len({f.token for f in found}) == len({f.name for f in found}) == len(found) <= MOST
    assert token.text not in {f.token for f in found}


def test_no_forgery_is_the_genuine_token_in_another_spelling() -> None:
    token = signed()
    genuine = tuple(map(unbase64, token.segments))
    parts = [f.token.split(".") for f in matrix(token, Material()) if f.token.count(".") == 2]
    assert genuine not in [tuple(map(unbase64, part)) for part in parts]


def test_of_an_unknown_algorithm_only_the_text_is_attacked() -> None:
    token = read_token(f"{segment({'alg': 'XX1'})}.{segment(CLAIMS)}.c2ln")
    assert {f.requirement for f in matrix(token, Material())} == {INTEGRITY}


def test_without_a_public_key_it_is_not_tried_as_a_secret() -> None:
    assert list(confused(signed(), Material())) == []
    assert list(confused(signed("HS256"), Material((published(),)))) == []
    assert list(confused(signed(), Material(({"kty": "??", "kid": "one"},)))) == []


def test_a_public_key_is_written_in_every_form() -> None:
    forms = dict(serialisations(published("RS256")))
    assert {
        *("PEM", "PEM without its last newline", "DER", "PEM of PKCS#1", "DER of PKCS#1"),
        *("OpenSSH", "JWK text"),
    } <= forms.keys()
    assert forms["PEM"].startswith(b"-----BEGIN PUBLIC KEY-----")
    assert forms["PEM of PKCS#1"].startswith(b"-----BEGIN RSA PUBLIC KEY-----")
    assert forms["OpenSSH"].startswith(b"ssh-rsa ")


def test_the_key_is_the_one_the_token_names() -> None:
    keys = ({"kid": "zero"}, {"kid": "one"})
    assert Material(keys).key_of(signed()) == {"kid": "one"}
    assert Material(keys[:1]).key_of(signed()) == {"kid": "zero"}
    assert Material(({"kid": "x", "use": "enc"},)).key_of(signed()) is None


def test_a_key_of_ours_is_published_where_the_token_points() -> None:
    material = Material(listener="http://127.0.0.1:9")
    names = {forged.name for forged in keyed(signed(), material)}
    assert {"jku of ours", "x5u of ours"} <= names
    assert json.loads(material.served["/jwks.json"])["keys"] == [own_jwk("ES256")]
    assert b"BEGIN CERTIFICATE" in material.served["/cert.pem"]
    assert "jku of ours" not in {forged.name for forged in keyed(signed(), Material())}


def test_a_secret_that_is_a_word_is_found() -> None:
    words = dictionary(("shop",))
    assert guess(signed("HS256", "secret"), words) == "secret"
    assert guess(signed("HS512", "shop-secret"), words) == "shop-secret"
    assert guess(signed("HS256"), words) is None
    assert guess(signed(), words) is None
    names = {forged.name for forged in keyed(signed("HS256", "secret"), Material())}
    assert "signed with a secret found in a word list" in names


def test_each_wrong_payload_has_one_thing_wrong() -> None:
    token = signed()
    found = wrong_claims(token, now=NOW, tolerance=60)
    assert {wrong.requirement for wrong in found} == {"SM-3.4", "SM-3.5"}
    for wrong in found:
        claims = json.loads(wrong.payload)
        keys = {*claims, *CLAIMS}
        assert sum(claims.get(k, "-") != CLAIMS.get(k, "-") for k in keys) == 1, wrong.name
    assert [wrong.name for wrong in found if wrong.lenient] == ["iat to come"]


def test_what_a_token_does_not_claim_is_not_made_wrong() -> None:
    bare = Token("x.y.z", {"alg": "ES256"}, {"sub": "ann"})
    names = {wrong.name for wrong in wrong_claims(bare, now=NOW, tolerance=60)}
    assert names == {"nbf to come", "iat to come"}

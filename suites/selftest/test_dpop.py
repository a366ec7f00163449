"""Proofs of possession: good ones, and those that are wrong in one respect."""

import jwt.types
import pytest

from adapters.dpop import FLAWS, flawed, new_key, proof

ADDRESS = "https://target.example.test/me?x=1"
PLACE = "https://other.target.example.test"
READ: jwt.types.Options = {"verify_signature": False, "verify_iat": False}


def _claims(key: object, token: str = "a-token") -> dict[str, object]:
    shown = proof(key, "GET", ADDRESS, token)  # type: ignore[arg-type]
    assert shown is not None
    return jwt.decode(shown, options=READ)


def test_a_proof_speaks_of_one_request() -> None:
    claims = _claims(new_key())
    assert (claims["htm"], claims["htu"]) == ("GET", "https://target.example.test/me")
    assert claims["jti"] != _claims(new_key())["jti"]


@pytest.mark.parametrize(
    ("flaw", "claim"),
    [
        ("another method", "htm"),
        ("another address", "htu"),
        ("another token", "ath"),
        ("an old date", "iat"),
    ],
)
def test_a_flawed_proof_is_wrong_in_one_claim(flaw: str, claim: str) -> None:
    key = new_key()
    good, (bad,) = _claims(key), flawed([key], flaw)
    wrong = {name for name, value in _claims(bad).items() if value != good[name]}
    assert wrong - {"jti"} - ({"iat"} if claim != "iat" else set()) == {claim}


def test_a_used_proof_has_been_seen_before() -> None:
    (bad,) = flawed([new_key()], "a used proof")
    assert _claims(bad)["jti"] == _claims(bad)["jti"]


def test_no_proof_is_made_without_a_key() -> None:
    assert flawed([new_key()], "no proof") == ()


@pytest.mark.parametrize("flaw", FLAWS)
def test_words_of_a_flaw_and_of_its_place_are_no_part_of_the_secret(flaw: str) -> None:
    values = [key.value.reveal() for key in flawed([new_key()], flaw, place=PLACE)]
    assert not any("another" in value or "target" in value for value in values)


def test_a_proof_can_be_for_another_place() -> None:
    (moved,) = flawed([new_key()], "a used proof", place=PLACE)
    assert _claims(moved)["htu"] == f"{PLACE}/me"

"""Claims that a genuine key signs and a consumer must refuse all the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from suites.probes.jwt_encoding import Fields, Token

PERIOD, ADDRESSEE = "SM-3.4", "SM-3.5"
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Wrong:
    """A payload as JSON text; `lenient` marks one whose acceptance is only worth a warning."""

    name: str
    requirement: str
    payload: str
    lenient: bool = False


def wrong_claims(token: Token, *, now: float, tolerance: float) -> list[Wrong]:
    """List the payloads made of the live claims, each with exactly one thing wrong."""
    made = [
        *(_wrong(PERIOD, *one) for one in _periods(token.claims, now, tolerance)),
        *(_wrong(ADDRESSEE, *one) for one in _addressees(token.claims)),
    ]
    if "exp" in token.claims:
        made.append(_doubled(token.claims, now - tolerance - _DAY))
    return made


def _wrong(requirement: str, name: str, claims: Fields) -> Wrong:
    # RFC 7519 4.1.6 gives iat no meaning for acceptance.
    return Wrong(name, requirement, json.dumps(claims), lenient=name.startswith("iat"))


def _doubled(claims: Fields, past: float) -> Wrong:
    # RFC 7519 4: of two claims of one name the last counts, or the token is refused.
    rest = json.dumps(claims).rstrip()[:-1]
    return Wrong("exp twice, the last one over", PERIOD, f'{rest}, "exp": {int(past)}}}')


def _periods(claims: Fields, now: float, tolerance: float) -> Iterator[tuple[str, Fields]]:
    past, future = int(now - tolerance) - 60, int(now + tolerance) + _DAY
    if "exp" in claims:
        for name, until in (
            ("exp over", past),
            ("exp over, as a fraction", past + 0.5),
            ("exp 0", 0),
            ("exp negative", -future),
            ("exp a word", "never"),
            ("exp over, as text", str(past)),
            ("exp null", None),
            ("exp a list", [future]),
            ("exp true", True),
        ):
            yield name, {**claims, "exp": until}
        yield "exp missing", {key: held for key, held in claims.items() if key != "exp"}
    yield "nbf to come", {**claims, "nbf": future}
    yield "iat to come", {**claims, "iat": future}


def _addressees(claims: Fields) -> Iterator[tuple[str, Fields]]:
    for name in ("aud", "iss"):
        if name not in claims:
            continue
        yield f"{name} missing", {key: held for key, held in claims.items() if key != name}
        held = claims[name]
        named = held[0] if isinstance(held, list) and held else held
        variants = _audiences(named) if name == "aud" else _issuers(named)
        for what, value in variants:
            if value != held:
                yield f"{name} {what}", {**claims, name: value}


def _audiences(own: Any) -> Iterator[tuple[str, Any]]:
    yield "of another", "https://other.example"
    yield "a list of others", ["https://other.example", "other"]
    yield "an empty list", []
    yield "null", None
    if isinstance(own, str) and own:
        yield "longer", f"{own}x"
        yield "shorter", own[:-1]
        yield "after another word", f"x{own}"
        yield "within others", f"other {own} other"
        yield "a list of a longer one", [f"{own}.other.example"]
        yield "in other case", own.swapcase()


def _issuers(own: Any) -> Iterator[tuple[str, Any]]:
    yield "of another", "https://other.example"
    yield "null", None
    if not isinstance(own, str) or not own:
        return
    yield "longer", f"{own}x"
    yield "with a slash more", f"{own}/"
    yield "in other case", own.swapcase()
    yield "a list", ["https://other.example", own]
    yield "as part of another", f"https://other.example/{own}"
    try:
        parts = urlsplit(own)
    except ValueError:
        return
    if parts.scheme == "https" and parts.netloc:
        yield "over http", urlunsplit(parts._replace(scheme="http"))
        yield "of another tenant", urlunsplit(parts._replace(path="/other-tenant"))
        yield "of a longer host", urlunsplit(parts._replace(netloc=f"{parts.netloc}.other.example"))

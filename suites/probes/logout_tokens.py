"""Logout tokens of a provider: the claims of a right one, and of wrong ones, one defect each.

OpenID Connect Back-Channel Logout 1.0, 2.4 (what is in it) and 2.6 (what is checked).
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT, IDENTITY = "logout+jwt", "JWT"
PROVIDER, FORGED, UNSIGNED = "provider", "forged", "none"
LIFETIME, LONG_AGO = 120, 3600.0

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Defective:
    """A logout token with one thing wrong: its claims, the kind it says it is, and who signs."""

    defect: str
    claims: Claims
    kind: str = LOGOUT
    by: str = PROVIDER


def genuine(subject: str | None, sid: str | None, *, now: float | None = None) -> Claims:
    """Return the claims of a right logout token; issuer and audience are the provider's to add."""
    issued = int(time.time() if now is None else now)
    return {
        "sub": subject,
        "sid": sid,
        "iat": issued,
        "exp": issued + LIFETIME,
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
    }


def defective(subject: str, sid: str | None) -> Iterator[Defective]:
    """Yield every logout token that must be refused."""

    def but(**changes: Any) -> Claims:
        return {**genuine(subject, sid), **changes}

    yield Defective("the signature of somebody else", but(), by=FORGED)
    yield Defective("no signature", but(), by=UNSIGNED)
    yield Defective("another issuer", but(iss="https://elsewhere.example.test"))
    yield Defective("another audience", but(aud="somebody-else"))
    yield Defective("no events", but(events=None))
    yield Defective("another event", but(events={f"{EVENT}-not": {}}))
    yield Defective("neither subject nor session", but(sub=None, sid=None))
    yield Defective("no time of issue", but(iat=None))
    yield Defective("no name of its own", but(jti=None))
    yield Defective("a nonce", but(nonce=secrets.token_urlsafe(12)))
    past = genuine(subject, sid, now=time.time() - LONG_AGO)
    yield Defective("expired long ago", past)
    statement = but(events=None, jti=None, nonce=secrets.token_urlsafe(12))
    yield Defective("an identity token in its place", statement, kind=IDENTITY)

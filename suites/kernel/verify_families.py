"""Verifiers for families of refresh tokens: what was expected and what was seen."""

from adapters.contract import Refused, Unclear
from suites.kernel.families import UNLIMITED, Renewal, Reuse
from suites.kernel.model import Event
from suites.kernel.policy import Policy
from suites.kernel.verify import Finding, check, deviation, held, unclear, violated, warning

ROTATION = "refresh tokens that rotate (RFC 9700 4.14.2)"
EXPIRY = "refresh tokens with an absolute expiration (ASVS 10.4.8)"
ONE_HOUR = 3600
SECOND = 1.0


def without_rotation(policy: Policy) -> Finding:
    """Judge declared non-rotation: it takes a client that can be told from a thief.

    Source: RFC 9700 4.14.2 asks for rotation or sender-constraint of public clients' tokens.
    """
    told = "declared refresh.rotation: false"
    if policy["refresh.sender_constrained"] in {None, "none"}:
        return violated(ROTATION, f"{told}, and no sender-constraint")
    return deviation(ROTATION, f"{told}, with {policy['refresh.sender_constrained']} constraint")


def short_lived(seconds: float, policy: Policy) -> Finding:
    """Judge the lifetime that an access token tells of itself."""
    limit = policy["access_token.lifetime"]
    expected = f"an access token for at most {limit} s"
    if seconds <= limit + SECOND:
        longer = seconds > ONE_HOUR + SECOND
        return warning("at most one hour", f"{seconds:.0f} s") if longer else held(expected)
    if policy.declares("access_token.lifetime"):
        return violated(expected, f"one for {seconds:.0f} s")
    return warning(expected, f"one for {seconds:.0f} s, and none declared")


def never_opens(use: Reuse | Renewal, policy: Policy) -> Finding:
    """Judge that a used token gave nothing alive; within a grace window, no second branch."""
    expected = "refused, and nothing alive"
    if isinstance(use, Renewal):
        return _unrotated(expected, policy)
    if isinstance(use.event.answer, Unclear):
        return unclear(expected, use.event.words)
    if use.lenient:
        expected = "at most the same successor within the grace window"
        return check(not (use.opened and use.forked), expected, use.words)
    if use.opened and not policy["refresh.rotation"]:
        return without_rotation(policy)
    return check(not use.opened, expected, use.words)


def revokes(use: Reuse | Renewal, policy: Policy) -> Finding:
    """Judge what is declared to follow from a reuse: the end of the family, or only a refusal."""
    expected = "the end of the family (RFC 9700 4.14.2)"
    if isinstance(use, Renewal):
        return _unrotated(expected, policy)
    if policy["refresh.reuse_action"] != "reject_only":
        return held(expected, f"declared {policy['refresh.reuse_action']}")
    told = "declared refresh.reuse_action: reject_only"
    if policy["refresh.sender_constrained"] in {None, "none"}:
        return violated(expected, f"{told}, and no sender-constraint")
    return deviation(expected, told)


def _unrotated(expected: str, policy: Policy) -> Finding:
    if policy["refresh.rotation"]:
        return unclear(expected, "the token that was used is still the current one")
    return without_rotation(policy)


def expired(refresh: Event) -> Finding:
    """Judge a refresh after the end of a declared lifetime."""
    if refresh.detail == UNLIMITED:
        return deviation(EXPIRY, UNLIMITED)
    expected = f"refused {refresh.detail}"
    if not refresh.acknowledged and not isinstance(refresh.answer, Refused):
        return unclear(expected, refresh.words)
    return check(not refresh.acknowledged, expected, refresh.words)


def limited(policy: Policy) -> Finding:
    """Judge which lifetimes of refresh tokens are declared."""
    if policy.seconds("refresh.absolute_lifetime") is None:
        return deviation(EXPIRY, "refresh.absolute_lifetime is not declared")
    if policy.seconds("refresh.idle_lifetime") is None:
        return warning("a declared refresh.idle_lifetime", "none")
    return held(EXPIRY, "both lifetimes are declared")

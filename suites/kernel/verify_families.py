"""Verifiers for families of refresh tokens: what was expected and what was seen."""

from adapters.contract import Unclear
from suites.kernel.binding import Misuse
from suites.kernel.families import UNLIMITED, Renewal, Reuse
from suites.kernel.model import Event
from suites.kernel.policy import Policy
from suites.kernel.scoping import Trial
from suites.kernel.verify import (
    Finding,
    check,
    declined,
    deviation,
    held,
    not_judged,
    unclear,
    violated,
    warning,
)

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
        return not_judged(expected, "no refresh gave a new refresh token (SM-3.8)")
    return without_rotation(policy)


def expired(refresh: Event) -> Finding:
    """Judge a refresh after the end of a declared lifetime."""
    if refresh.detail == UNLIMITED:
        return deviation(EXPIRY, UNLIMITED)
    return declined(refresh, refresh.detail)


def limited(policy: Policy) -> Finding:
    """Judge which lifetimes of refresh tokens are declared."""
    if policy.seconds("refresh.absolute_lifetime") is None:
        return deviation(EXPIRY, "refresh.absolute_lifetime is not declared")
    if policy.seconds("refresh.idle_lifetime") is None:
        return warning("a declared refresh.idle_lifetime", "none")
    return held(EXPIRY, "both lifetimes are declared")


def bound(misuse: Misuse) -> Finding:
    """Judge that a token opened nothing in foreign hands."""
    expected = "refused, and nothing alive"
    if isinstance(misuse.event.answer, Unclear):
        return unclear(expected, misuse.event.words)
    return check(not misuse.opened, expected, misuse.words)


def scoped(trial: Trial) -> Finding:
    """Judge that tokens without a scope are refused what needs it.

    RFC 6749 6 lets a refresh that names no scope give back what was granted first.
    """
    expected = f"{trial.operation} refused without {trial.needed}"
    if trial.allowed is None:
        return unclear(expected, "the answer is neither done nor refused")
    if trial.allowed and trial.dropped and trial.grant.renewed:
        return warning(expected, "a refresh gave back what an earlier one had given up")
    return check(not trial.allowed, expected, "it was done")

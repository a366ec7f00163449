"""Verifiers of sessions that were presented in another context."""

from suites.kernel.contexts import NOWHERE, UNSEEN, Elsewhere
from suites.kernel.policy import Policy
from suites.kernel.verify import Finding, check, held, not_judged, unclear, violated, warning

BEARER = "sessions that are worth nothing in another context"


def stays_behind(use: Elsewhere, policy: Policy) -> Finding:
    """Judge that a session is worth nothing where it was not opened, as far as that is declared."""
    expected = f"refused when {use.what} in another context ({use.mode})"
    if use.impossible:
        return not_judged(expected, use.impossible)
    if use.accepted is None:
        return unclear(expected, use.why)
    if use.mode == NOWHERE:
        seen = "bearer artefact, usable from any context"
        return warning(BEARER, seen) if use.accepted else held(BEARER)
    if not use.seen_apart:
        return not_judged(expected, UNSEEN)
    if use.accepted and policy["binding.action"] == "alert":
        return policy.weaker("binding.action", expected)
    return violated(expected, "accepted").once() if use.accepted else held(expected, "refused")


def goes_on(use: Elsewhere) -> Finding:
    """Judge that its owner goes on with a session as if nobody else had tried."""
    expected = f"the session can be {use.what} in its own context"
    if use.accepted is None:
        return unclear(expected, use.why)
    return check(use.accepted, expected, "refused").once()

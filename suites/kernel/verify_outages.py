"""Verifiers of outages: what is let in meanwhile, and what is true afterwards."""

from adapters.contract import Acknowledged
from suites.kernel.outages import Glance, Outage
from suites.kernel.verify import Finding, check, held, not_judged, recognised_as, refused


def let_in(glance: Glance) -> Finding:
    """Judge that nobody was recognised; in an outage an error is a refusal."""
    expected = f"nobody recognised by {glance.what} {glance.when}"
    seen = glance.seen
    return check(seen.identity is None, expected, f"recognised as {seen.identity} by {seen.probe}")


def honest(outage: Outage) -> Finding:
    """Judge that a logout during the outage failed in words, or ended its session."""
    expected = "a logout that fails in words, or is effective"
    if outage.logout is None or outage.left is None:
        return not_judged(expected, "the target did not come back")
    if not isinstance(outage.logout, Acknowledged):
        return held(expected, "it failed in words")
    return refused(outage.left)


def back(outage: Outage) -> Finding:
    """Judge that the living session is recognised after the outage as before it."""
    if outage.live is None:
        return not_judged("recognised as before", "the target did not come back")
    return recognised_as(outage.session.user, outage.live)

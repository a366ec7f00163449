"""Verifiers for limits of time: what is declared, what published bounds say, what is enforced."""

from collections.abc import Mapping

from suites.kernel.lasting import Use
from suites.kernel.limits import tolerance
from suites.kernel.model import Model
from suites.kernel.policy import IDLE, LIMITS, Policy
from suites.kernel.verify import Finding, check, deviation, held, violated

DAY = 86_400.0
BOUNDS: Mapping[int, Mapping[str, float]] = {
    1: {"absolute_timeout": 30 * DAY},
    2: {"idle_timeout": 3600.0, "absolute_timeout": DAY},
    3: {"idle_timeout": 900.0, "absolute_timeout": DAY / 2},
}
"""Assurance level -> the longest limits in seconds (NIST SP 800-63B-4 2.1.3, 2.2.3, 2.3.3)."""


def declared(key: str, policy: Policy) -> Finding:
    """Judge that the policy declares a limit (ASVS 7.1.1); which one is for `bounded`."""
    expected = f"a declared {key} (ASVS 7.1.1)"
    limit = policy.seconds(key)
    return deviation(expected, "none declared") if limit is None else held(expected, f"{limit:g} s")


def bounded(policy: Policy) -> Finding:
    """Judge the declared limits by the bounds of the declared assurance level."""
    level = policy["aal"] or 1
    expected = f"limits within the bounds of AAL{level} (NIST SP 800-63B-4)"
    for key, bound in BOUNDS[level].items():
        limit = policy.seconds(key)
        if limit is None:
            return deviation(expected, f"no {key} is declared")
        if limit > bound:
            return deviation(expected, f"{key} of {limit:g} s, and {bound:g} s are the most")
    return held(expected)


def as_advertised(seconds: float, told: float, policy: Policy) -> Finding:
    """Judge that a token is good for as long as the answer that brought it said.

    Args:
        seconds: how long the token itself says that it is good.
        told: what the answer said.
    """
    expected = f"a token for the {told:.0f} s that its answer tells"
    close = abs(seconds - told) <= tolerance(policy, told)
    return check(close, expected, f"one that says {seconds:.0f} s")


def enforced(use: Use, model: Model) -> Finding:
    """Judge that a session which dies at all does not do so later than declared."""
    expected = f"the declared {LIMITS[IDLE]} is the enforced one"
    touched = {event.extra for event in model.events if event.kind == "open_public"}
    plain = [
        event.extra
        for event in model.events
        if event.kind == "use" and not event.extra.session.rotations
    ]
    earlier = [
        other.ages.unused
        for other in plain
        if other.standing == IDLE
        and other.alive
        and other.session.channel == use.session.channel
        and other.session not in touched
        and other.ages.unused < use.ages.unused
    ]
    if use.alive or not earlier or use.session.rotations:
        return held(expected)
    return violated(
        expected,
        f"alive after {max(earlier):.0f} s without use, dead after {use.ages.unused:.0f} s",
    )

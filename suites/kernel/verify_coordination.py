"""Verifiers of lifetimes that the provider and an application have to agree on, as declared."""

from collections.abc import Mapping
from typing import Any

from adapters.contract import Acknowledged, Seen
from suites.kernel.coordination import DISABLED, Reach
from suites.kernel.policy import Policy
from suites.kernel.verify import Finding, check, not_judged, refused, violated, warning

DELAY, SCOPE = "federation.max_delay_seconds", "federation.logout_scope"
GUIDE_ENDS = "what ends at the provider ends at the application"
A_SECOND = 1


def taken_up(reach: Reach, policy: Policy) -> Finding:
    """Judge that an end at the provider reached the application, as far as that is declared."""
    expected = f"ended at the application within {policy[DELAY]} s"
    if not policy.declares(DELAY):
        return not_judged(expected, f"{DELAY} is not declared")
    if reach.what != DISABLED and policy[SCOPE] != "all_rps":
        return policy.weaker(SCOPE, GUIDE_ENDS)
    if isinstance(reach.renewed, Acknowledged):
        return violated(expected, "the session was renewed").once()
    return refused(reach.seen).once()


def stays_away(seen: Seen, policy: Policy) -> Finding:
    """Judge that a logout at the application was not undone behind the user's back."""
    found = refused(seen).once()
    if found.violated and not policy.declares(SCOPE):
        return warning(f"a declared {SCOPE}", "none declared; the next page logs in silently")
    return found


def same_login(first: Mapping[str, Any] | None, later: Mapping[str, Any] | None) -> Finding:
    """Judge that a renewal without credentials states the time of the login, not its own."""
    times = [(claims or {}).get("auth_time") for claims in (first, later)]
    expected = "the auth_time of the login"
    if not all(isinstance(each, int | float) for each in times):
        return not_judged(expected, "the provider states no auth_time")
    moved = float(times[1] or 0) - float(times[0] or 0)
    return check(abs(moved) <= A_SECOND, expected, f"{moved:.0f} s later")

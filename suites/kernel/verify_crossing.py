"""Verifiers of what other sites, foreign tokens and recorded requests did."""

from adapters.contract import Unclear
from suites.kernel.captured import Replay, Resent
from suites.kernel.forging import PREFIXED, Forged, Forgeries
from suites.kernel.lending import PAIRS, Lent
from suites.kernel.policy import Policy
from suites.kernel.verify import (
    Finding,
    check,
    deviation,
    held,
    not_judged,
    unclear,
    violated,
    warning,
)

SAMESITE_ONLY, NAIVE, BY_ORIGIN = "samesite_only", "naive_double_submit", "origin"
LEFT_TO_COOKIES = frozenset({None, SAMESITE_ONLY})
LEFT_TO_ORIGIN = frozenset({None, BY_ORIGIN})
GUIDE_SAMESITE = "refused by the target itself (CSRF-CS: SameSite is defence in depth)"
GUIDE_DATED = "refused (CSRF-CS: block what has neither Origin nor Referer)"
GUIDE_NAIVE = "a token bound to the session (CSRF-CS: naive double submit is discouraged)"
GUIDE_LOGOUT = "no other site ends a session"


def without_effect(forged: Forged, every: Forgeries, policy: Policy) -> Finding:
    """Judge that a request of another site did nothing, by any defence that browsers keep up."""
    expected = f"nothing done by {forged.words}"
    if forged.effect is None:
        return unclear(expected, "what it did could not be seen")
    if not forged.effect:
        return _not_done(forged, expected)
    mechanism = policy["csrf.mechanism"]
    if forged.kept_home and mechanism in LEFT_TO_COOKIES:
        return deviation(GUIDE_SAMESITE, f"{forged.words} works, but for {forged.kept_home}")
    if forged.crossing.dated and every.only_dated() and mechanism in LEFT_TO_ORIGIN:
        return warning(GUIDE_DATED, f"{forged.words} works")
    return violated(expected, "it was done as for a page of the target's own")


def _not_done(forged: Forged, expected: str) -> Finding:
    """Judge what had no effect: what nobody has looked at was not refused."""
    if isinstance(forged.answer, Unclear):
        return unclear(expected, forged.answer.why)
    return held(expected)


def no_forged_login(forged: Forged, every: Forgeries, policy: Policy) -> Finding:
    """Judge that another site logs nobody in; cookies that were planted are a warning only."""
    found = without_effect(forged, every, policy)
    if not forged.planted or not forged.effect:
        return found
    if forged.planted == PREFIXED:
        return held(f"nothing planted by a sibling ({PREFIXED} on every cookie)")
    return warning(f"{PREFIXED} on cookies from before a login", f"{forged.words} logs in")


def no_forged_logout(forged: Forged, every: Forgeries, policy: Policy) -> Finding:
    """Judge that another site logs nobody out, unless that is declared."""
    found = without_effect(forged, every, policy)
    if found.violated and not policy["csrf.logout_protected"]:
        return policy.weaker("csrf.logout_protected", GUIDE_LOGOUT)
    return found


def nothing_lent(lent: Lent, policy: Policy) -> Finding:
    """Judge that a token did nothing in a session it does not belong to."""
    expected = f"nothing done with a token {lent.relation}"
    if lent.effect is None:
        return unclear(expected, "what it did could not be seen")
    if lent.effect and lent.relation in PAIRS and policy["csrf.mechanism"] == NAIVE:
        return policy.weaker("csrf.mechanism", GUIDE_NAIVE)
    return check(not lent.effect, expected, "it was done as with the own token")


def shares_nothing(forged: Forged, policy: Policy) -> Finding:
    """Judge that scripts of another origin may not read what the cookies open."""
    expected = f"nothing shown to {forged.words}"
    if not forged.effect:
        return _not_done(forged, expected)
    if forged.kept_home and policy["csrf.mechanism"] in LEFT_TO_COOKIES:
        return deviation(expected, f"allowed with cookies, but for {forged.kept_home}")
    return violated(expected, "allowed with cookies")


def worthless(resent: Resent, replay: Replay) -> Finding:
    """Judge that a recorded request gives nothing any more."""
    expected = "nobody recognised, and nothing shown"
    if replay.why_not:
        return not_judged(expected, replay.why_not)
    if resent.opened:
        return violated(expected, f"a session of {', '.join(resent.opened)} in the answer")
    if resent.shown:
        return violated(expected, f"the {', the '.join(resent.shown)} in the answer")
    return held(expected) if resent.answered else unclear(expected, "no answer")


def stored_nothing(replay: Replay) -> Finding:
    """Judge that recorded requests changed nothing."""
    expected = "what is stored is as it was"
    if replay.why_not:
        return not_judged(expected, replay.why_not)
    return check(not replay.changed, expected, "something else is stored")

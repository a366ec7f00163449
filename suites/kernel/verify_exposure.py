"""Judgements on what answers give away."""

from suites.kernel.leaking import NO_STORE, Errors, Landing, Late, SharedLook
from suites.kernel.policy import Policy
from suites.kernel.sights import Kept
from suites.kernel.verify import Finding, check, deviation, held, not_judged, violated

FOR_ALL = frozenset({"public", "s-maxage"})
FOR_ONE = frozenset({"private", "no-cache"})


def kept_by_nobody(sight: Kept, policy: Policy) -> Finding:
    """Judge that no cache keeps an answer, or only one that is declared to be allowed."""
    said = sight.directives
    expected = "Cache-Control: no-store"
    seen = f"{', '.join(sorted(said)) or 'none'} at {sight.act}, which bears {sight.what}"
    if NO_STORE in said:
        return held(expected)
    if said & FOR_ALL:
        return violated(expected, seen)
    if said & frozenset(policy["cache.allowed"]):
        return held(f"{expected}, or what cache.allowed names")
    return deviation(expected, seen) if said & FOR_ONE else violated(expected, seen)


def not_the_page_of(look: SharedLook) -> Finding:
    """Judge that somebody was not shown what another user had asked for."""
    expected = "nothing of the user who asked before"
    where = f"the address{look.tail}"
    how = "told to go on with what was shown before" if look.stale else "recognised"
    return check(not look.shows, expected, f"{look.who} at {where}: {how} as {look.session.user}")


def nothing_repeated(errors: Errors) -> Finding:
    """Judge that no error repeated what the request presented."""
    expected = "errors that hold nothing of the request"
    return check(not errors.repeated, expected, "; ".join(errors.repeated) or "none repeated")


def nothing_that_works(late: Late) -> Finding:
    """Judge that the refusal of something too old offers nothing that is still good."""
    expected = "a refusal without anything that still works"
    if not late.refused:
        return not_judged(expected, "what was too old was not refused")
    return check(not late.works, expected, f"it holds {', '.join(late.repeated)}")


def told_nobody(landing: Landing) -> Finding:
    """Judge that a page did not tell others what its address holds."""
    return check(landing.told is None, "told to no other origin", landing.told or "")

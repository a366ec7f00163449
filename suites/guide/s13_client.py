"""Catalogue section 13, Client-side exposure: what a browser keeps of a session that is over."""

from suites.kernel import Finding, Model, Policy, invariant
from suites.kernel.browsing import Look
from suites.kernel.select_browser import afterwards, cleared, looks
from suites.kernel.verify_browser import nothing_left, shows_nothing

BROWSER = {"browser"}


@invariant("SM-13.2", over=looks(afterwards), needs=BROWSER)
def an_ended_session_is_shown_no_more(look: Look) -> Finding:
    """Going back or forward, reloading, a new tab and no network show nothing of a past session."""
    return shows_nothing(look)


@invariant("SM-13.2", over=looks(cleared), needs=BROWSER)
def an_ended_session_leaves_nothing_stored(look: Look, model: Model, policy: Policy) -> Finding:
    """No storage and no cache of the browser holds an artefact or data of a past session."""
    return nothing_left(look, model, policy)

"""Catalogue section 10, Cross-site request forgery and replay: only own pages act, and once."""

from suites.kernel import Event, Finding, Policy, events, invariant, refused
from suites.kernel.captured import Replay, Resent
from suites.kernel.federation import (
    ANSWER_MISUSE,
    FOREIGN_ANSWER,
    NO_STATE,
    OTHER_STATE,
    UNSOLICITED,
)
from suites.kernel.forging import FORGED_LOGIN, FORGED_LOGOUT, RIDDEN, Forged, Forgeries
from suites.kernel.lending import PAIRS, Lent
from suites.kernel.policy import MECHANISM
from suites.kernel.select_crossing import forgeries, lent, replays, resent, shared
from suites.kernel.verify_crossing import (
    no_forged_login,
    no_forged_logout,
    nothing_lent,
    shares_nothing,
    stored_nothing,
    without_effect,
    worthless,
)

GUIDE_START = "a session starts only from the application's own request (ASVS 7.6.2)"
AMBIENT = {"session_cookie", "forge", MECHANISM}
ASTRAY = frozenset({FOREIGN_ANSWER, UNSOLICITED, NO_STATE, OTHER_STATE})


@invariant("SM-10.1", over=forgeries(RIDDEN), needs=AMBIENT, controlled=True)
def another_site_changes_nothing(found: tuple[Forged, Forgeries], policy: Policy) -> Finding:
    """A request that another site has a browser send, cookies and all, changes nothing."""
    return without_effect(*found, policy)


@invariant("SM-10.1", over=shared(RIDDEN), needs=AMBIENT, controlled=True, arm=True)
def another_origin_reads_nothing(found: tuple[Forged, Forgeries], policy: Policy) -> Finding:
    """No origin but a trusted one is allowed to read with the cookies of a session (CORS)."""
    return shares_nothing(found[0], policy)


@invariant(
    "SM-10.2", over=lent(lambda one: one.relation not in PAIRS), needs=AMBIENT, controlled=True
)
def a_token_works_in_its_own_session_only(loan: Lent, policy: Policy) -> Finding:
    """An anti-CSRF token does nothing in a session that it was not issued to."""
    return nothing_lent(loan, policy)


@invariant(
    "SM-10.2",
    over=lent(lambda one: one.relation in PAIRS),
    needs=AMBIENT,
    controlled=True,
    arm=True,
)
def a_token_with_a_planted_cookie_is_refused(loan: Lent, policy: Policy) -> Finding:
    """A token that matches a planted cookie does nothing: it is bound to the session."""
    return nothing_lent(loan, policy)


@invariant("SM-10.3", over=forgeries(FORGED_LOGIN), needs=AMBIENT, controlled=True, arm=True)
def another_site_logs_nobody_in(found: tuple[Forged, Forgeries], policy: Policy) -> Finding:
    """A login that another site has a browser send opens no session in it."""
    return no_forged_login(*found, policy)


@invariant("SM-10.3", over=forgeries(FORGED_LOGOUT), needs=AMBIENT, controlled=True)
def another_site_logs_nobody_out(found: tuple[Forged, Forgeries], policy: Policy) -> Finding:
    """A logout that another site has a browser send, by a link or an image too, ends nothing."""
    return no_forged_logout(*found, policy)


@invariant(
    "SM-10.3",
    over=events(ANSWER_MISUSE, lambda e: e.detail in ASTRAY),
    needs=AMBIENT,
    controlled=True,
    arm=True,
)
def an_answer_nobody_asked_for_logs_nobody_in(misuse: Event, policy: Policy) -> Finding:
    """An answer of a provider without the state of this very browser opens no session in it."""
    found = refused(misuse.extra)
    if found.violated and misuse.detail == UNSOLICITED and policy["federation.idp_initiated"]:
        return policy.weaker("federation.idp_initiated", GUIDE_START)
    return found


@invariant("SM-10.4", over=resent(), needs={"resend"}, controlled=True)
def recorded_traffic_is_worthless(found: tuple[Resent, Replay]) -> Finding:
    """A request recorded in a session shows and opens nothing when it comes after its end."""
    return worthless(*found)


@invariant("SM-10.4", over=replays(), needs={"resend", "write_marker"}, controlled=True, arm=True)
def recorded_traffic_changes_nothing(replay: Replay) -> Finding:
    """A request recorded in a session changes nothing when it comes after its end."""
    return stored_nothing(replay)

"""Catalogue section 11, Availability: nobody loses a session to somebody who has no part in it."""

from suites.kernel import (
    Bench,
    Event,
    Finding,
    Policy,
    Session,
    check,
    events,
    invariant,
    recognised_as,
)
from suites.kernel.outages import Glance, Outage
from suites.kernel.policy import FAULTS
from suites.kernel.select_harm import harmed
from suites.kernel.select_outages import glances, outages
from suites.kernel.verify_outages import back, honest, let_in

GUIDE_LOCKOUT = "a lock-out keeps new logins away and ends no session"


@invariant("SM-11.4", over=harmed())
def nobody_ends_a_session_of_which_they_hold_nothing(
    harm: tuple[Session, Event], target: Bench
) -> Finding:
    """Wrong passwords, requests, and stale or foreign values end no session of anybody."""
    session, _ = harm
    return recognised_as(session.user, target.replay(session))


@invariant("SM-11.4", over=events("guessed passwords"), arm=True)
def a_lockout_is_declared_to_end_no_session(guesses: Event, policy: Policy) -> Finding:
    """The policy lets wrong passwords keep new logins away and nothing else."""
    if policy["lockout.affects_sessions"]:
        return policy.weaker("lockout.affects_sessions", GUIDE_LOCKOUT)
    return check(True, GUIDE_LOCKOUT, str(policy["lockout.affects_sessions"]))


@invariant("SM-11.5", over=glances(), needs={FAULTS}, controlled=True)
def an_outage_lets_nobody_in(glance: Glance) -> Finding:
    """While a part is down, and after it, dead and made-up values authenticate nobody."""
    return let_in(glance)


@invariant("SM-11.5", over=outages(), needs={FAULTS}, controlled=True, arm=True)
def a_logout_in_an_outage_fails_in_words_or_counts(outage: Outage) -> Finding:
    """A logout while a part is down is not reported as done with a session that lives on."""
    return honest(outage)


@invariant("SM-11.5", over=outages(), needs={FAULTS}, controlled=True, arm=True)
def living_sessions_are_back_after_an_outage(outage: Outage) -> Finding:
    """A session that was alive before an outage is recognised after it."""
    return back(outage)

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
from suites.kernel.select_harm import harmed

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

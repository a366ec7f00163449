"""Guide section 2, Session invalidation, where two things happen at once."""

from suites.kernel import Finding, invariant
from suites.kernel.contests import Series
from suites.kernel.lineups import DISABLING, LOGOUTS, PASSWORD_IN_USE, PASSWORDS, REVOCATIONS
from suites.kernel.lineups_once import DEMOTIONS
from suites.kernel.verify_races import contests, explains_itself


@invariant("SM-2.12", over=contests(*LOGOUTS), controlled=True)
def nothing_survives_a_logout_it_raced_with(series: Series) -> Finding:
    """A logout wins over a refresh, a use and another logout that happen at the same moment."""
    return explains_itself(series, "nothing of the session lives after the race")


@invariant("SM-2.12", over=contests(*PASSWORDS), arm=True, controlled=True)
def nothing_survives_a_password_change_it_raced_with(series: Series) -> Finding:
    """A password change wins over a refresh and a login with the old password."""
    return explains_itself(series, "nothing lives that the change ends")


@invariant("SM-2.12", over=contests(*REVOCATIONS, *DISABLING), arm=True, controlled=True)
def nothing_survives_a_revocation_it_raced_with(series: Series) -> Finding:
    """The end of all sessions and the disabling of an account win over what happens meanwhile."""
    return explains_itself(series, "nothing lives that was revoked")


@invariant("SM-2.4", over=contests(*PASSWORD_IN_USE), arm=True, controlled=True)
def a_session_in_use_ends_with_a_password_change(series: Series) -> Finding:
    """A session that is in use at the moment of a password change ends all the same."""
    return explains_itself(series, "the session in use is dead after the change")


@invariant("SM-2.7", over=contests(*DEMOTIONS), arm=True, controlled=True)
def nothing_saves_a_role_that_is_lost(series: Series) -> Finding:
    """A session that is used or renewed while its user loses a role has lost that role."""
    return explains_itself(series, "nothing may do what the former role may")

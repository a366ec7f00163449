"""Catalogue section 9, Binding, re-authentication and authority: no act without a fresh proof."""

from suites.kernel import Finding, Policy, invariant
from suites.kernel.proving import (
    CHANGE_EMAIL,
    CHANGE_PASSWORD,
    ELSEWHERE,
    LOGIN,
    OLD,
    OTHER,
    Deed,
)
from suites.kernel.select_proving import deeds
from suites.kernel.verify_proving import not_done

LEVELS = {"step_up", "action_count"}
AGE = {*LEVELS, "reauth.max_age"}


@invariant("SM-9.2", over=deeds(CHANGE_PASSWORD), needs={"change_password"}, controlled=True)
def a_password_is_changed_by_whoever_knows_it(deed: Deed, policy: Policy) -> Finding:
    """Nobody changes a password without the current one, be the field wrong, empty or absent."""
    return not_done(deed, policy)


@invariant("SM-9.2", over=deeds(CHANGE_EMAIL), needs={"change_email"}, controlled=True, arm=True)
def a_login_name_is_changed_by_whoever_knows_the_password(deed: Deed, policy: Policy) -> Finding:
    """Nobody changes the login name of an account without its password."""
    return not_done(deed, policy)


@invariant(
    "SM-9.2",
    over=deeds(OTHER, but=(ELSEWHERE, OLD, LOGIN)),
    needs=LEVELS,
    controlled=True,
)
def what_needs_a_proof_is_not_done_without_one(deed: Deed, policy: Policy) -> Finding:
    """A session in which no password was proven, or a wrong one, does nothing that needs one."""
    return not_done(deed, policy)


@invariant("SM-9.2", over=deeds(OTHER, on=(ELSEWHERE,)), needs=LEVELS, controlled=True, arm=True)
def a_proof_counts_in_its_own_session(deed: Deed, policy: Policy) -> Finding:
    """A password that was proven on one device frees no other."""
    return not_done(deed, policy)


@invariant("SM-9.2", over=deeds(OTHER, on=(OLD, LOGIN)), needs=AGE, controlled=True, arm=True)
def a_proof_grows_too_old(deed: Deed, policy: Policy) -> Finding:
    """No use and no renewal carries a proof of the password beyond its declared age."""
    return not_done(deed, policy)

"""Catalogue section 9, Binding, re-authentication and authority: what a session is worth."""

from suites.kernel import (
    AUTHENTICATING,
    Bench,
    Credential,
    Event,
    Finding,
    Kind,
    Policy,
    RoleLook,
    Session,
    all_of,
    allowed,
    check,
    deviation,
    distinct,
    events,
    held,
    in_role,
    invariant,
    opened_by,
    remembered,
    unusable,
)
from suites.kernel.consequences_authority import REUSE
from suites.kernel.limits import LATE, PAST
from suites.kernel.select_authority import boots
from suites.kernel.verify import declined, warning

SINGLE_USE = "a remember-me token for one use (NIST 5.1, ASVS 7.2.4)"
LIFETIME = "a declared lifetime of being remembered (ASVS 7.3.2)"


@invariant("SM-9.3", over=events("disguise"))
def no_claim_of_the_client_gives_authority(disguise: Event) -> Finding:
    """Cookies, headers and fields that name a role or a user give neither."""
    gained = sorted({name for name, given in disguise.extra if given})
    return check(not gained, "nothing gained", f"gained by {disguise.detail}: {', '.join(gained)}")


@invariant("SM-9.3", over=in_role(changed=False), arm=True)
def nobody_gains_a_role_that_was_not_given(look: RoleLook, target: Bench) -> Finding:
    """No refresh, no boot and no end of an impersonation gives a user a role."""
    return allowed(target.may(look.credential, look.which), look.allowed)


@invariant("SM-9.3", over=opened_by("login"), needs={"step_up", "sensitive_action"}, arm=True)
def a_login_starts_without_a_raised_level(session: Session, target: Bench) -> Finding:
    """The level that another login was raised to is not handed on."""
    return allowed(target.dare(session.sure), False)


@invariant("SM-9.4", over=events("boot", lambda e: e.acknowledged))
def being_remembered_opens_a_new_session(boot: Event) -> Finding:
    """Coming back with a remember-me token gives an identifier of its own."""
    values = [c.value for c in boot.issued if c.kind in AUTHENTICATING]
    return all_of(distinct("the identifier", v, boot.presented, "presented") for v in values)


@invariant("SM-9.4", over=events("boot", lambda e: e.acknowledged))
def a_remember_token_is_replaced_by_its_use(boot: Event, policy: Policy) -> Finding:
    """Coming back with a remember-me token gives a new one."""
    if not policy["remember_me.single_use"]:
        return policy.weaker("remember_me.single_use", SINGLE_USE)
    fresh = any(c.kind is Kind.REMEMBER for c in boot.issued)
    return check(fresh, SINGLE_USE, "the token is not replaced")


@invariant("SM-9.4", over=events(REUSE), arm=True)
def a_used_remember_token_is_refused(reuse: Event) -> Finding:
    """A remember-me token that has been used opens nothing."""
    return check(not reuse.acknowledged, "refused", reuse.words)


@invariant("SM-9.4", over=remembered(REUSE), arm=True)
def reuse_ends_the_whole_series(credential: Credential, target: Bench) -> Finding:
    """A remember-me token used twice takes its whole series down."""
    return unusable(target.boot(credential))


@invariant("SM-9.4", over=remembered("change_password"), needs={"change_password"}, arm=True)
def password_change_ends_being_remembered(credential: Credential, target: Bench) -> Finding:
    """Nobody comes back with a remember-me token from before a password change."""
    return unusable(target.boot(credential))


@invariant("SM-9.4", over=opened_by("boot"), needs={"step_up", "sensitive_action"}, arm=True)
def being_remembered_is_no_fresh_proof(session: Session, target: Bench) -> Finding:
    """A session that was opened without a password does nothing that needs a fresh one."""
    return allowed(target.dare(session.sure), False)


@invariant("SM-9.4", over=events("boot", lambda e: e.acknowledged), arm=True)
def the_lifetime_of_being_remembered_is_declared(boot: Event, policy: Policy) -> Finding:
    """How long a client is remembered is declared."""
    limit = policy["remember_me.lifetime"]
    if limit is None:
        return deviation(LIFETIME, "none declared")
    return held(LIFETIME, f"{limit} s")


@invariant("SM-9.4", over=boots(f"{PAST} remember_me.lifetime"), arm=True, controlled=True)
def a_remember_token_past_its_lifetime_is_refused(boot: Event) -> Finding:
    """Nobody comes back with a remember-me token after its declared lifetime."""
    return declined(boot, str(boot.extra))


@invariant("SM-9.4", over=boots(LATE), arm=True)
def a_remember_token_within_its_lifetime_is_accepted(boot: Event) -> Finding:
    """Shortly before the end of its lifetime a remember-me token still works."""
    if boot.acknowledged:
        return held("accepted within the declared lifetime")
    return warning("accepted within the declared lifetime", boot.words)

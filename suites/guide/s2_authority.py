"""Guide section 2, Session invalidation: resets, closed accounts, and roles taken away."""

from suites.kernel import (
    COMPANIONS,
    Bench,
    Credential,
    Event,
    Finding,
    Policy,
    RoleLook,
    Session,
    allowed,
    check,
    companions_of,
    ended,
    events,
    in_role,
    invariant,
    recognised_as,
    refused,
    remembered,
    resets,
    revisited,
    spared_by,
    unclear,
    unusable,
)

RESET = ("create_user", "reset_password")
DISABLE = ("create_user", "disable_account")
DELETE = ("create_user", "delete_account")
GUIDE_RESET = "the guide: invalidate all sessions when the password is reset"
GUIDE_FACTOR = "the guide: invalidate all sessions when a factor or recovery address changes"


@invariant("SM-2.2", over=remembered("logout"), needs={"remember_me"}, arm=True)
def logout_ends_being_remembered(credential: Credential, target: Bench) -> Finding:
    """Nobody comes back with the remember-me token of a session that was logged out."""
    return unusable(target.boot(credential))


# -- reset and recovery address -------------------------------------------------------------------


@invariant("SM-2.5", over=ended(by="reset"), needs={"reset_password"}, arm=True)
def a_reset_ends_every_session(credential: Credential, target: Bench, policy: Policy) -> Finding:
    """Resetting the password ends every session of the account."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-2.5", over=companions_of("reset"), needs={"reset_password"}, arm=True)
def a_reset_ends_the_refresh_tokens(credential: Credential, target: Bench) -> Finding:
    """Resetting the password ends every refresh token of the account."""
    return unusable(target.present(credential))


@invariant("SM-2.5", over=events("stale reset"), needs={"reset_password"}, arm=True)
def a_reset_token_from_before_the_reset_is_dead(reset: Event) -> Finding:
    """Whoever still holds an older reset token cannot set another password with it."""
    return check(not reset.acknowledged, "reset refused", reset.words)


@invariant("SM-2.5", over=spared_by("reset"), needs={"reset_password"}, arm=True)
def a_reset_ends_no_session_of_another(session: Session, target: Bench) -> Finding:
    """A reset ends no session of another user."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-2.5", over=resets(), needs={"reset_password"})
def the_declared_reset_policy_is_not_weaker_than_the_guide(reset: Event, policy: Policy) -> Finding:
    """The policy ends all sessions on a reset."""
    if policy["reset.scope"] == "none":
        return policy.weaker("reset.scope", GUIDE_RESET)
    return check(True, GUIDE_RESET, str(policy["reset.scope"]))


@invariant("SM-2.5", over=ended(by="change_email"), needs={"change_email"}, arm=True)
def a_new_recovery_address_ends_the_sessions(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """Changing the recovery address ends the sessions that the policy says."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-2.5", over=companions_of("change_email"), needs={"change_email"}, arm=True)
def a_new_recovery_address_ends_the_refresh_tokens(
    credential: Credential, target: Bench
) -> Finding:
    """Changing the recovery address ends the refresh tokens of the sessions it ends."""
    return unusable(target.present(credential))


@invariant(
    "SM-2.5", over=events("rename", lambda e: e.acknowledged), needs={"change_email", "create_user"}
)
def the_declared_factor_policy_is_not_weaker_than_the_guide(
    change: Event, policy: Policy
) -> Finding:
    """The policy ends sessions when a factor or a recovery address changes."""
    if policy["factor_change.scope"] in {"offered", "none"}:
        return policy.weaker("factor_change.scope", GUIDE_FACTOR)
    return check(True, GUIDE_FACTOR, str(policy["factor_change.scope"]))


# -- closed accounts ------------------------------------------------------------------------------


@invariant("SM-2.6", over=ended(by="disable", before="enable"), needs=DISABLE)
def a_disabled_account_has_no_session(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """Disabling an account ends its sessions and tokens at once."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant(
    "SM-2.6", over=companions_of("disable", before="enable"), needs={*DISABLE, "refresh"}, arm=True
)
def a_disabled_account_cannot_refresh(credential: Credential, target: Bench) -> Finding:
    """No refresh token of a disabled account opens anything."""
    return unusable(target.present(credential))


@invariant(
    "SM-2.6", over=remembered("disable", before="enable"), needs={*DISABLE, "remember_me"}, arm=True
)
def a_disabled_account_is_not_remembered(credential: Credential, target: Bench) -> Finding:
    """No remember-me token of a disabled account opens anything."""
    return unusable(target.boot(credential))


@invariant("SM-2.6", over=revisited("disable", at="enable"), needs={"enable_account"}, arm=True)
def enabling_an_account_revives_nothing(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """What was ended by disabling an account stays dead when it is enabled again."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant(
    "SM-2.6",
    over=revisited("disable", at="enable", kinds=COMPANIONS),
    needs={"enable_account", "refresh"},
    arm=True,
)
def enabling_an_account_revives_no_refresh_token(credential: Credential, target: Bench) -> Finding:
    """The refresh tokens from before an account was disabled stay dead as well."""
    return unusable(target.present(credential))


@invariant("SM-2.6", over=ended(by="delete", before="recreate"), needs=DELETE)
def a_deleted_account_has_no_session(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """Deleting an account ends its sessions and tokens at once."""
    seen = target.everywhere(credential.held, credential.channel)
    return policy.until_expiry(credential.kind, refused(seen))


@invariant(
    "SM-2.6", over=companions_of("delete", before="recreate"), needs={*DELETE, "refresh"}, arm=True
)
def a_deleted_account_cannot_refresh(credential: Credential, target: Bench) -> Finding:
    """No refresh token of a deleted account opens anything."""
    return unusable(target.present(credential))


@invariant("SM-2.6", over=revisited("delete", at="recreate"), needs=DELETE, arm=True)
def a_new_account_of_the_same_name_inherits_nothing(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """The sessions of a deleted account never stand for a new account of its name."""
    seen = target.everywhere(credential.held, credential.channel)
    return policy.until_expiry(credential.kind, refused(seen))


@invariant(
    "SM-2.6",
    over=revisited("delete", at="recreate", kinds=COMPANIONS),
    needs={*DELETE, "refresh"},
    arm=True,
)
def a_new_account_of_the_same_name_cannot_be_refreshed_into(
    credential: Credential, target: Bench
) -> Finding:
    """No refresh token of a deleted account opens a new account of its name."""
    return unusable(target.present(credential))


@invariant("SM-2.6", over=events("login to a closed account"), arm=True)
def nobody_logs_in_to_a_closed_account(login: Event) -> Finding:
    """A disabled or deleted account cannot be logged in to."""
    return check(not login.acknowledged, "login refused", login.words)


# -- roles ----------------------------------------------------------------------------------------


@invariant("SM-2.7", over=in_role(changed=True))
def a_session_may_what_its_user_may_now(look: RoleLook, target: Bench, policy: Policy) -> Finding:
    """A change of role counts in every running session and every refreshed token."""
    found = allowed(target.may(look.credential, look.which), look.allowed)
    if found.violated and look.allowed and target.replay(look.session).identity is None:
        return unclear("a living session", "it ended by itself, which others judge")
    return found if look.since else policy.until_reissued(look.credential.kind, found)


@invariant("SM-2.7", over=ended(by="role"), arm=True)
def a_change_of_role_ends_the_sessions_where_declared(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """With mode invalidate a change of role ends the sessions of its user."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-2.7", over=companions_of("role"), arm=True)
def a_change_of_role_ends_the_refresh_tokens_where_declared(
    credential: Credential, target: Bench
) -> Finding:
    """With mode invalidate a change of role ends the refresh tokens of its user."""
    return unusable(target.present(credential))

"""Guide section 2, Session invalidation: what must be dead stays dead, and nothing else dies."""

from suites.kernel import (
    Bench,
    Credential,
    Event,
    Finding,
    Policy,
    Session,
    check,
    companions_of,
    ended,
    events,
    invariant,
    issued_at,
    recognised_as,
    refused,
    spared_by,
    stranger_to,
    unusable,
)

GUIDE_PASSWORD = "the guide: invalidate all sessions on password change"


@invariant("SM-2.1", over=ended(by="logout"))
def logged_out_session_is_refused(credential: Credential, target: Bench, policy: Policy) -> Finding:
    """A session is dead the moment its user logs out."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-2.2", over=companions_of("logout"), needs={"refresh"})
def logout_ends_the_refresh_tokens_too(credential: Credential, target: Bench) -> Finding:
    """Nothing that came with a session opens a new one after its logout."""
    return unusable(target.present(credential))


@invariant("SM-2.3", over=spared_by("logout", "repeated logout", "bogus logout"))
def logout_leaves_every_other_session_alone(session: Session, target: Bench) -> Finding:
    """Logging out, twice or with garbage, ends no session but the presented one."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-2.3", over=issued_at("logout", "repeated logout", "bogus logout"), arm=True)
def logout_issues_nothing_usable(credential: Credential, target: Bench) -> Finding:
    """What a logout hands out authenticates nobody."""
    return stranger_to(target.everywhere(credential.held, credential.channel))


@invariant("SM-2.3", over=events("repeated logout"), arm=True)
def repeated_logout_does_not_fail(logout: Event) -> Finding:
    """Logging out a dead session is answered without a server error."""
    return check(not logout.crashed, "an answer without a server error", logout.words)


@invariant("SM-2.3", over=events("bogus logout"), arm=True)
def logout_with_garbage_does_not_fail(logout: Event) -> Finding:
    """Logging out something that never was a session is answered without a server error."""
    return check(not logout.crashed, "an answer without a server error", logout.words)


@invariant("SM-2.4", over=ended(by="change_password"))
def password_change_ends_the_sessions(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """Changing the password ends the other sessions and every old identifier of the own one."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-2.4", over=companions_of("change_password"), arm=True)
def password_change_ends_the_refresh_tokens(credential: Credential, target: Bench) -> Finding:
    """Changing the password ends the refresh tokens of the sessions it ends."""
    return unusable(target.present(credential))


@invariant("SM-2.4", over=events("old password"), arm=True)
def the_old_password_is_refused(login: Event) -> Finding:
    """The old password opens nothing after the change."""
    return check(not login.acknowledged, "login refused", login.words)


@invariant("SM-2.4", over=events("change_password"), arm=True)
def the_declared_password_policy_is_not_weaker_than_the_guide(
    change: Event, policy: Policy
) -> Finding:
    """The policy ends other sessions on password change."""
    if policy["password_change.scope"] in {"offered", "none"}:
        return policy.weaker("password_change.scope", GUIDE_PASSWORD)
    return check(True, GUIDE_PASSWORD, str(policy["password_change.scope"]))

"""Guide section 5, Session fixation protection: a new identifier at every change of privilege."""

from suites.kernel import (
    AUTHENTICATING,
    Bench,
    Credential,
    Event,
    Finding,
    Policy,
    allowed,
    check,
    ended,
    invariant,
    privilege_changes,
    raised_before,
    refused,
)

GUIDE = "the guide: regenerate the identifier at every change of privilege"


@invariant("SM-5.4", over=privilege_changes())
def a_change_of_privilege_gives_a_new_identifier(change: Event, policy: Policy) -> Finding:
    """Step-up, role change, impersonation and password change replace the identifier."""
    fresh = any(credential.kind in AUTHENTICATING for credential in change.issued)
    found = check(fresh, f"a new identifier at {change.kind}", "the identifier is kept")
    return _declared(change, policy) or found


def _declared(change: Event, policy: Policy) -> Finding | None:
    """Return the deviation where the policy says that the identifier is kept."""
    if change.kind == "step_up" and not policy["rotation.on_step_up"]:
        return policy.weaker("rotation.on_step_up", GUIDE)
    if change.kind == "change_password" and not policy["password_change.rotates_current"]:
        return policy.weaker("password_change.rotates_current", GUIDE)
    return None


@invariant("SM-5.4", over=ended(by="privilege"), arm=True)
def the_identifier_from_before_is_dead(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """Whoever knew the identifier before a change of privilege holds nothing after it."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant(
    "SM-5.4", over=raised_before("privilege"), needs={"step_up", "sensitive_action"}, arm=True
)
def the_identifier_from_before_is_not_raised(credential: Credential, target: Bench) -> Finding:
    """An identifier from before a step-up never does what only the step-up allows."""
    return allowed(target.dare(credential), False)

"""Guide section 2, Session invalidation: what is left alone, and what has grown old, is dead."""

from suites.kernel import (
    Bench,
    Credential,
    Event,
    Finding,
    Model,
    Policy,
    all_of,
    check,
    companions_of,
    ended,
    invariant,
    logins,
    recognised_as,
    refused,
    unusable,
)
from suites.kernel.lasting import Use, attempts, edits, federated_uses, uses
from suites.kernel.limits import WITHIN
from suites.kernel.policy import ABSOLUTE, IDLE, LIMITS
from suites.kernel.select_tokens import with_lifetime
from suites.kernel.sights import Advertised
from suites.kernel.verify_deadlines import as_advertised, bounded, declared, enforced
from suites.probes.lifetimes import lifetime

IDLE_LIMIT, ABSOLUTE_LIMIT = {LIMITS[IDLE]}, {LIMITS[ABSOLUTE]}


@invariant("SM-2.8", over=logins())
def an_idle_limit_is_declared(_: Event, policy: Policy) -> Finding:
    """How long a session may be left alone is declared."""
    return declared("idle_timeout", policy)


@invariant("SM-2.8", over=uses(lambda u: u.standing == IDLE), needs=IDLE_LIMIT, controlled=True)
def a_session_that_is_left_alone_dies(use: Use) -> Finding:
    """A session that nobody uses until its idle limit is dead, whatever was sent beside it."""
    return refused(use.seen)


@invariant(
    "SM-2.8",
    over=uses(lambda u: u.standing == WITHIN and not u.old),
    needs=IDLE_LIMIT,
    controlled=True,
)
def a_session_in_use_outlives_its_idle_limit(use: Use) -> Finding:
    """A session lives until its idle limit, and each use of it starts that anew."""
    return recognised_as(use.session.user, use.seen)


@invariant("SM-2.9", over=logins())
def an_absolute_limit_is_declared(_: Event, policy: Policy) -> Finding:
    """How long a session may live at all is declared."""
    return declared("absolute_timeout", policy)


@invariant(
    "SM-2.9", over=uses(lambda u: u.standing == ABSOLUTE), needs=ABSOLUTE_LIMIT, controlled=True
)
def a_session_that_is_old_dies(use: Use) -> Finding:
    """No use, no renewal and no change of role carries a session beyond its absolute limit."""
    return refused(use.seen)


@invariant(
    "SM-2.9",
    over=uses(lambda u: u.standing == WITHIN and u.old),
    needs=ABSOLUTE_LIMIT,
    controlled=True,
)
def a_session_in_use_lives_until_its_absolute_limit(use: Use) -> Finding:
    """A session in use is alive until just before its absolute limit."""
    return recognised_as(use.session.user, use.seen)


@invariant("SM-2.10", over=ended(by=IDLE), needs=IDLE_LIMIT)
def a_session_that_was_left_alone_stays_dead(credential: Credential, target: Bench) -> Finding:
    """Nothing brings back a session that died of disuse."""
    return refused(target.replay(credential))


@invariant("SM-2.10", over=ended(by=ABSOLUTE), needs=ABSOLUTE_LIMIT)
def a_session_that_was_old_stays_dead(credential: Credential, target: Bench) -> Finding:
    """Nothing brings back a session that died of age."""
    return refused(target.replay(credential))


@invariant("SM-2.10", over=companions_of(IDLE), needs=IDLE_LIMIT, arm=True)
def what_came_with_a_session_left_alone_is_dead(credential: Credential, target: Bench) -> Finding:
    """Nothing that came with a session that died of disuse renews it."""
    return unusable(target.present(credential))


@invariant("SM-2.10", over=companions_of(ABSOLUTE), needs=ABSOLUTE_LIMIT, arm=True)
def what_came_with_an_old_session_is_dead(credential: Credential, target: Bench) -> Finding:
    """Nothing that came with a session that died of age renews it."""
    return unusable(target.present(credential))


@invariant(
    "SM-2.10",
    over=attempts("keepalive", lambda cause: cause != ABSOLUTE),
    needs={"keepalive", *IDLE_LIMIT},
    arm=True,
)
def a_dead_session_cannot_be_kept_alive(attempt: Event) -> Finding:
    """Who asks for more time for a dead session gets none."""
    return check(not attempt.acknowledged, "refused", attempt.words)


@invariant(
    "SM-2.10",
    over=attempts("keepalive", lambda cause: cause == ABSOLUTE),
    needs={"keepalive", *ABSOLUTE_LIMIT},
    arm=True,
)
def an_old_session_cannot_be_kept_alive(attempt: Event) -> Finding:
    """Who asks for more time for a session that died of age gets none."""
    return check(not attempt.acknowledged, "refused", attempt.words)


@invariant(
    "SM-2.10",
    over=attempts("revival", lambda cause: cause != ABSOLUTE),
    needs={"refresh", *IDLE_LIMIT},
    arm=True,
)
def a_dead_session_cannot_be_renewed(attempt: Event) -> Finding:
    """Who renews a dead session with all that its client holds gets nothing."""
    return check(not attempt.acknowledged, "refused", attempt.words)


@invariant(
    "SM-2.10",
    over=attempts("revival", lambda cause: cause == ABSOLUTE),
    needs={"refresh", *ABSOLUTE_LIMIT},
    arm=True,
)
def an_old_session_cannot_be_renewed(attempt: Event) -> Finding:
    """Who renews a session that died of age with all that its client holds gets nothing."""
    return check(not attempt.acknowledged, "refused", attempt.words)


@invariant("SM-2.10", over=edits(lambda cause: cause != ABSOLUTE), needs=IDLE_LIMIT, arm=True)
def no_time_in_a_value_is_believed(attempt: Event) -> Finding:
    """Writing a later time into the value of a dead session gives it none."""
    return all_of(refused(seen) for _, seen in attempt.looks)


@invariant("SM-2.10", over=edits(lambda cause: cause == ABSOLUTE), needs=ABSOLUTE_LIMIT, arm=True)
def no_time_in_an_old_value_is_believed(attempt: Event) -> Finding:
    """Writing a later time into the value of a session that died of age gives it none."""
    return all_of(refused(seen) for _, seen in attempt.looks)


@invariant("SM-2.11", over=logins())
def the_declared_limits_are_within_published_bounds(_: Event, policy: Policy) -> Finding:
    """The declared limits are within those of the declared assurance level."""
    return bounded(policy)


@invariant(
    "SM-2.11",
    over=uses(lambda u: u.standing == IDLE),
    needs=IDLE_LIMIT,
    arm=True,
    controlled=True,
)
def the_declared_idle_limit_is_the_enforced_one(use: Use, model: Model) -> Finding:
    """A session that dies of disuse does so when the policy says."""
    return enforced(use, model)


@invariant("SM-2.11", over=with_lifetime(lambda value: lifetime(value) is not None), arm=True)
def the_advertised_lifetime_is_that_of_the_token(token: Advertised, policy: Policy) -> Finding:
    """A token says of itself what the answer that brought it says."""
    told = lifetime(token.credential.value, token.credential.since)
    return as_advertised(told or 0.0, token.seconds, policy)


@invariant(
    "SM-2.11",
    over=federated_uses(lambda u: u.standing in LIMITS),
    needs={"hand_in"},
    arm=True,
    controlled=True,
)
def the_declared_limits_hold_for_single_sign_on(use: Use) -> Finding:
    """A session that a provider vouched for lives no longer than the declared limits."""
    return refused(use.seen)

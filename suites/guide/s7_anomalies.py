"""Guide section 7, Logging and monitoring: what is abnormal is noticed, and answered."""

from suites.kernel import Event, Finding, Policy, invariant, logins
from suites.kernel.abuses import CONCURRENCY, CONTEXTS, GUESSING, NEW_DEVICE, REPLAY, REUSE
from suites.kernel.anomalies import Watch
from suites.kernel.verify_anomalies import declares_detection, detected, noticed, watched

Side = tuple[Watch, str]
BOTH = 6
"""Three attacks, and as much ordinary use."""


@invariant("SM-7.5", over=logins())
def somebody_says_what_is_detected(_: Event, policy: Policy) -> Finding:
    """It is declared which abnormal uses of sessions the target notices."""
    return declares_detection(policy)


@invariant("SM-7.5", over=watched(REUSE), needs={detected(REUSE)}, at_least=BOTH, controlled=True)
def reuse_of_a_renewal_is_noticed(side: Side, policy: Policy) -> Finding:
    """Who uses a refresh token once more is told of and answered, and who renews is not."""
    return noticed(side, policy)


@invariant("SM-7.5", over=watched(REPLAY), needs={detected(REPLAY)}, at_least=BOTH, controlled=True)
def replay_of_an_ended_session_is_noticed(side: Side, policy: Policy) -> Finding:
    """Who presents an ended session is told of and answered, and who logs in again is not."""
    return noticed(side, policy)


@invariant(
    "SM-7.5", over=watched(CONTEXTS), needs={detected(CONTEXTS)}, at_least=BOTH, controlled=True
)
def use_of_a_session_from_two_places_is_noticed(side: Side, policy: Policy) -> Finding:
    """Who uses the session of somebody else beside him is told of and answered."""
    return noticed(side, policy)


@invariant(
    "SM-7.5", over=watched(GUESSING), needs={detected(GUESSING)}, at_least=BOTH, controlled=True
)
def guessing_is_noticed(side: Side, policy: Policy) -> Finding:
    """Who tries made-up values is told of, whatever valid ones he sends between them."""
    return noticed(side, policy)


@invariant(
    "SM-7.5",
    over=watched(CONCURRENCY),
    needs={detected(CONCURRENCY)},
    at_least=BOTH,
    controlled=True,
)
def use_of_an_account_from_far_places_is_noticed(side: Side, policy: Policy) -> Finding:
    """An account that is used from two far places at once is told of and answered."""
    return noticed(side, policy)


@invariant(
    "SM-7.5", over=watched(NEW_DEVICE), needs={detected(NEW_DEVICE)}, at_least=BOTH, controlled=True
)
def a_login_from_a_new_device_is_noticed(side: Side, policy: Policy) -> Finding:
    """A login from a device that the account never used is told of and answered."""
    return noticed(side, policy)

"""The declared limits of time: which of them a session has passed, and how sure that is."""

from dataclasses import dataclass

from suites.kernel.amounts import share_of
from suites.kernel.policy import ABSOLUTE, IDLE, LIMITS, Policy

WITHIN, UNDECIDED = "within", "undecided"
PAST, LATE = "past", "within, but late"
LEAST_TOLERANCE, TOLERANCE_SHARE = 2.0, 0.05


@dataclass(frozen=True, slots=True)
class Ages:
    """How long a session has not been used, and how long it has existed, in seconds."""

    unused: float
    existing: float


def tolerance(policy: Policy, limit: float) -> float:
    """Return the seconds around a limit in which nothing is claimed.

    Source: policy key timeout_tolerance; by default the larger of two seconds and five percent.
    """
    declared = policy["timeout_tolerance"]
    if isinstance(declared, str):
        return limit * share_of(declared)
    if isinstance(declared, int | float) and not isinstance(declared, bool):
        return float(declared)
    return max(LEAST_TOLERANCE, TOLERANCE_SHARE * limit)


def standing(policy: Policy, ages: Ages, *, alive: bool) -> str:
    """Return the limit that a session has passed, `within` when surely none, else `undecided`.

    A session that is dead around one limit, and surely within the other, has shown that the one
    is enforced. Where both are passed, the idle limit is told.
    """
    past = {IDLE: ages.unused, ABSOLUTE: ages.existing}
    around: list[str] = []
    for cause, key in LIMITS.items():
        limit = policy.seconds(key)
        if limit is None or past[cause] <= limit - tolerance(policy, limit):
            continue
        if past[cause] >= limit + tolerance(policy, limit):
            return cause
        around.append(cause)
    if not around:
        return WITHIN
    return around[0] if len(around) == 1 and not alive else UNDECIDED

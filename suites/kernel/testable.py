"""Whether the declared limits of time are long enough to be tested at all."""

from collections.abc import Callable, Mapping

from suites.kernel.families import allowance
from suites.kernel.limits import tolerance
from suites.kernel.policy import LIMITS, Policy

WHOLE_SECOND = 1.0
"""What a token that tells whole seconds may lose of its life."""
ACCESS = "access_token.lifetime"
Around = Callable[[Policy, float], float]
TESTED: Mapping[str, Around] = {
    **dict.fromkeys(LIMITS.values(), tolerance),
    "refresh.idle_lifetime": allowance,
    "refresh.absolute_lifetime": allowance,
    "remember_me.lifetime": tolerance,
    ACCESS: tolerance,
}
"""The keys of the limits that are gone up to -> the seconds around each that tell nothing."""


def too_short(policy: Policy) -> str | None:
    """Return why a declared limit cannot be tested, None when each can.

    Whoever looks before a limit and after it has to find a time that is surely before.
    """
    for key, around in TESTED.items():
        limit = policy.seconds(key) if policy.declares(key) else None
        if limit is None:
            continue
        seconds, whole = around(policy, limit), WHOLE_SECOND if key == ACCESS else 0.0
        if limit - whole <= 2 * seconds:
            rest = f" and the {whole:g} s that a token may lose" if whole else ""
            return (
                f"policy {key}: {limit:g} is not longer than twice its tolerance "
                f"({seconds:g} s){rest}; declare a smaller timeout_tolerance or a longer limit"
            )
    return None

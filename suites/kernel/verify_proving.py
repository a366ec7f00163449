"""The verifier of critical actions that rested on no good proof."""

from adapters.contract import Acknowledged, Refused
from suites.kernel.policy import Policy
from suites.kernel.proving import Deed
from suites.kernel.verify import Finding, held, unclear, violated, warning


def not_done(deed: Deed, policy: Policy) -> Finding:
    """Judge by its effect that an action was not done; only declared ones have to be refused."""
    expected = f"no {deed.action} on {deed.proof}"
    if deed.done and deed.action not in policy["reauth.actions"]:
        return warning(expected, "done; reauth.actions does not name it")
    if deed.done:
        return violated(expected, "done, as was read back").once()
    if deed.done is None or not isinstance(deed.answer, Acknowledged | Refused):
        why = "" if isinstance(deed.answer, Acknowledged) else deed.answer.why
        return unclear(expected, why or "its effect could not be read back")
    return held(expected, "not done")

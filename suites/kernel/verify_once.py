"""The verifier of values that are good for one use."""

from adapters.contract import Unclear
from suites.kernel.once import OneTimeUse
from suites.kernel.verify import Finding, held, unclear, violated


def opened_nobody(use: OneTimeUse) -> Finding:
    """Judge that a use beyond the one it was made for opened no session."""
    expected = f"nothing opened by a {use.what} {use.how}"
    if use.opened:
        return violated(expected, f"recognised as {', '.join(use.opened)}")
    if isinstance(use.answer, Unclear):
        return unclear(expected, use.answer.why)
    return held(expected)

"""Verifiers over several nodes: what one node shows counts only beside what another one does."""

from collections.abc import Callable

from suites.kernel.verify import Finding, not_judged


def elsewhere(here: Finding, there: Callable[[], Finding]) -> Finding:
    """Judge what another node shows, where the node of the event itself is right.

    What is wrong on the node of the event is no matter of nodes: other claims speak of that.
    """
    if here.violated:
        return not_judged(here.expected, "the same on the node where it happened")
    return there()

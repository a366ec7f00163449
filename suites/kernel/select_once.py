"""Selectors of values that are good for one use, used beyond it; the proper use had succeeded."""

from collections.abc import Callable, Iterator

from suites.kernel.authority import USED_RESET
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.once import LATE_RESET, MISUSE, OneTimeUse

WORKED = "the proper use of such a value succeeded before"


def misused(wanted: Callable[[OneTimeUse], bool]) -> Selector:
    """Select uses of login links and second factors for which they were not made."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == MISUSE and wanted(event.extra):
                yield Subject(event.extra, (event.number,), event.detail)

    return Selector("one-time values used beyond their use", pick, WORKED)


def reused_resets() -> Selector:
    """Select uses of a reset token that has set a password before."""
    return _resets(USED_RESET, "reset tokens used again")


def late_resets() -> Selector:
    """Select first uses of a reset token that come after its declared lifetime."""
    return _resets(LATE_RESET, "reset tokens used too late")


def _resets(kind: str, words: str) -> Selector:
    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == kind:
                yield Subject(event, (event.number,), kind)

    return Selector(words, pick, WORKED)

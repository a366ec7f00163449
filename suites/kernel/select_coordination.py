"""Selectors of what an end at the provider, or at an application, means for the other."""

from collections.abc import Iterator

from suites.kernel.coordination import COMEBACK, PROVIDER_END, RENEWAL, Renewed
from suites.kernel.declare import Moment, Selector, Subject


def reached() -> Selector:
    """Select sessions of applications after an end at the provider that was seen to count there."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            for reach in event.extra if event.kind == PROVIDER_END else ():
                if reach.confirmed and event.acknowledged:
                    yield Subject(reach, (event.number, reach.session.name), reach.what)

    return Selector("sessions after an end at the provider", pick, "the provider knew it before")


def returns() -> Selector:
    """Select browsers that came back after a logout, and were still known to the provider."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == COMEBACK and not event.detail:
                yield Subject(event.extra, (event.number,), COMEBACK)

    return Selector("browsers that come back", pick, "the provider still knew the browser")


def renewed_silently() -> Selector:
    """Select silent renewals in which the provider stated again who is logged in."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == RENEWAL and isinstance(event.extra, Renewed):
                yield Subject(event.extra, (event.number,), RENEWAL)

    return Selector("silent renewals", pick, "the login had stated it before")

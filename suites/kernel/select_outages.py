"""Selectors of what was seen while a part of the target was down, and after it came back."""

from collections.abc import Iterator

from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.outages import DEAD, DURING, OUTAGE, Outage

ACTIVE = "the fault was seen to be active"


def outages() -> Selector:
    """Select outages that were noticed."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for number, outage in _noticed(moment):
            yield Subject(outage, (number,), outage.kind)

    return Selector("outages", pick, ACTIVE)


def glances() -> Selector:
    """Select looks at values that nobody may be recognised by, where a dead one was among them."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for number, outage in _noticed(moment):
            if any((g.what, g.when) == (DEAD, DURING) for g in outage.glances):
                for glance in outage.glances:
                    about = f"{glance.what} {glance.when}"
                    yield Subject(glance, (number, glance.what, glance.when), about)

    return Selector("values presented in an outage", pick, ACTIVE)


def _noticed(moment: Moment) -> Iterator[tuple[int, Outage]]:
    for event in moment.events:
        if event.kind == OUTAGE and event.extra.noticed:
            yield event.number, event.extra

"""Selectors of visitors who went half the way in, with the controls that make that count."""

from collections.abc import Iterator

from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.halfway import FINISHED, HALFWAY, PENDING

FLOWS = 3


def visitors() -> Selector:
    """Select what a jar shows after each step, as soon as it has been through enough flows.

    A jar by which somebody is recognised has been through enough.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != HALFWAY or event.detail == FINISHED:
                continue
            if event.extra.flows >= FLOWS or event.extra.recognised:
                yield Subject(event.extra, (event.number,), event.detail)

    return Selector(
        "visitors halfway in", pick, f"{FLOWS} different flows in one jar, and a login that worked"
    )


def waiting() -> Selector:
    """Select what waits for a second step, at once and after its owner gave one elsewhere."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == HALFWAY and event.detail == FINISHED:
                begun = (
                    e
                    for e in moment.model.events[: event.number]
                    if e.kind == HALFWAY and e.detail == PENDING and e.user == event.user
                )
                for each in (*begun, event):
                    yield Subject(each.extra, (each.number, event.number), each.detail)

    return Selector("logins that wait for a second step", pick, "both steps opened a session")

"""Selectors of what arrives at a monitoring sink, and of what should have."""

from collections.abc import Callable, Iterator
from typing import Any

from suites.kernel.audit import Arrived, Entry, Logged, Noted, Unread
from suites.kernel.declare import Moment, Selector, Subject

CANARY = "a login made at the start had arrived"


def arrivals(*, late: bool = False) -> Selector:
    """Select what happened and must arrive, while the sink was there, or while it was away."""
    where = "events of an outage" if late else "events of the run"
    return _of(Entry, lambda sight: sight.deed.kind, where, late=late)


def arrived_abuses() -> Selector:
    """Select what was presented in vain, each beside the record that tells it."""
    return _of(Noted, lambda sight: sight.incident.what, "artefacts presented in vain")


def records() -> Selector:
    """Select the records that tell of something that happened."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for number, one in enumerate(_arrived(moment, Entry)):
            if one.sight.event is not None:
                yield Subject(one.sight, (number,), one.sight.deed.kind)

    return Selector("records of the sink", pick, CANARY)


def dated_records() -> Selector:
    """Select the same, each with what is known of the clock, while nobody has moved that."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for number, one in enumerate(_arrived(moment, Entry)):
            if one.sight.event is not None and one.ahead is not None:
                yield Subject((one.sight, one.ahead), (number,), one.sight.deed.kind)

    return Selector("records by the clock of the target", pick, CANARY)


def all_records() -> Selector:
    """Select what the sink tells of whole histories."""
    return _of(Logged, lambda _: "sink", "records of histories")


def _of(
    kind: type[Any], context: Callable[[Any], str], name: str, *, late: bool = False
) -> Selector:
    def pick(moment: Moment) -> Iterator[Subject]:
        for number, one in enumerate(_arrived(moment, kind)):
            if one.late is late:
                yield Subject(one.sight, (number,), context(one.sight))
        for one in _arrived(moment, Unread):
            if not late:
                yield Subject(one.sight, (one.sight.why,), "sink")

    return Selector(name, pick, CANARY)


def _arrived(moment: Moment, kind: type[Any]) -> Iterator[Arrived]:
    arrived = (sight for sight in moment.sights if isinstance(sight, Arrived))
    return (one for one in arrived if isinstance(one.sight, kind))

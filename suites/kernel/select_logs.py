"""Selectors of what the log tells of a history, and of what it should have told."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from suites.kernel.attribution import attributions, elsewhere, impersonated
from suites.kernel.audit import Ended, Entry, Logged, Noted, Unread
from suites.kernel.declare import Moment, Selector, Subject

CANARY = "a login made at the start was found in the log"
Sight = TypeVar("Sight")


def entries() -> Selector:
    """Select everything that happened and must be logged, each beside the entry that tells it."""
    return _of(Entry, lambda entry: entry.deed.kind, "events of the run")


def raced() -> Selector:
    """Select what happened at the same moment as something else, and must be logged."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for number, entry in enumerate(_sights(moment, Entry)):
            if entry.deed.raced:
                yield Subject(entry, (number,), f"{entry.deed.kind} in a race")

    return Selector("events of a race", pick, CANARY)


def told() -> Selector:
    """Select the entries that tell of something that happened."""

    def pick(moment: Moment) -> Iterator[Subject]:
        parts = {part for logged in _sights(moment, Logged) for part in logged.parts}
        for number, entry in enumerate(_sights(moment, Entry)):
            if entry.event is not None:
                yield Subject((entry.event, parts), (number,), entry.deed.kind)

    return Selector("entries of the log", pick, CANARY)


def ended_sessions() -> Selector:
    """Select the sessions that something else than their own logout ended."""
    return _of(Ended, lambda ended: ended.end.kind, "sessions that were ended")


def logs() -> Selector:
    """Select what the log tells of whole histories; where it tells nothing, the reason."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for number, logged in enumerate(_sights(moment, Logged)):
            yield Subject(logged, (number,), "log", weight=max(1, len(logged.reckoning.told)))
        yield from _unread(moment)

    return Selector("logs of histories", pick, CANARY)


def incidents() -> Selector:
    """Select what was presented in vain, each beside the entry that tells it."""
    return _of(Noted, lambda noted: noted.incident.what, "artefacts presented in vain")


def attributed() -> Selector:
    """Select accounts with parallel sessions, of which one was renewed, and what each did."""
    return _made(attributions, "parallel sessions of one account")


def hijacked() -> Selector:
    """Select what was done in a session from another address than that of its owner."""
    return _made(elsewhere, "actions from another address")


def as_somebody_else() -> Selector:
    """Select what support staff did as a user."""
    return _made(impersonated, "actions under impersonation")


def _made(find: Callable[[Logged], Iterable[Sight]], name: str) -> Selector:
    def pick(moment: Moment) -> Iterator[Subject]:
        for logged in _sights(moment, Logged):
            for number, sight in enumerate(find(logged)):
                yield Subject(sight, (number,), name)
        yield from _unread(moment)

    return Selector(name, pick, CANARY)


def _of(kind: type[Sight], context: Callable[[Sight], str], name: str) -> Selector:
    def pick(moment: Moment) -> Iterator[Subject]:
        for number, sight in enumerate(_sights(moment, kind)):
            yield Subject(sight, (number,), context(sight))
        yield from _unread(moment)

    return Selector(name, pick, CANARY)


def _sights(moment: Moment, kind: type[Sight]) -> Iterator[Sight]:
    return (sight for sight in moment.sights if isinstance(sight, kind))


def _unread(moment: Moment) -> Iterator[Subject]:
    for unread in _sights(moment, Unread):
        yield Subject(unread, (unread.why,), "log")

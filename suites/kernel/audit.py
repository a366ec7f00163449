"""Reads the log of the target at the end of a history, once everything in it had time to arrive.

It reads and sets side by side. It judges nothing.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.contract import Acknowledged, fresh_device
from adapters.journals.events import Event
from adapters.journals.journal import Journal
from suites.kernel.bench import Calibration, latest
from suites.kernel.declare import Invariant
from suites.kernel.deeds import Book, Deed, Incident, Recorder
from suites.kernel.policy import Policy
from suites.kernel.reckoning import End, Reckoning, ends_of, reckon
from suites.kernel.secrecy import Search
from suites.kernel.world import World

EVENT_LOG = "event_log"
POLL, SHORTEST, SLACK = 0.05, 0.2, 3.0
ORDINARY = frozenset({"login_failure", "logout", "expiry", "login_success", "refresh"})
CROWDS = frozenset({"flood"})
"""What other processes do, whose calls nobody here hears of."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The log could not be read, or nothing of the run was found in it; `first` is at the start."""

    why: str
    first: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed that must be logged, and the entry that tells it; else who is not named by which."""

    deed: Deed
    event: Event | None
    nameless: Event | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that something ended, and the entry that tells it."""

    end: End
    event: Event | None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something presented in vain, the entry that tells it, and what else that entry tells."""

    incident: Incident
    event: Event | None
    ordinary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Logged:
    """All that the log tells of one history, and which parts of an event the profile maps."""

    reckoning: Reckoning
    kinds: frozenset[str]
    parts: frozenset[str]


@dataclass(slots=True)
class Patience:
    """How long an entry is waited for: as declared, when one of a kind is missing at first."""

    declared: float
    slowest: float = 0.0
    lacking: set[str] = field(default_factory=set)

    def of(self, lacking: frozenset[str]) -> float:
        """Return the seconds to wait while entries of these kinds are missing."""
        if lacking <= self.lacking:
            return min(self.declared, max(SHORTEST, SLACK * self.slowest))
        return self.declared


def about_logs(invariants: Iterable[Invariant]) -> bool:
    """True when some claim is about the log."""
    return any(EVENT_LOG in claim.requirement.needs for claim in invariants)


def listening(
    adapter: Any, calibration: Calibration, policy: Policy, invariants: Iterable[Invariant]
) -> "Audit | None":
    """Listen to what an adapter does, where the log of its target is to be set beside it."""
    journal: Journal | None = getattr(adapter, "journal", None)
    if journal is None or not about_logs(invariants):
        return None
    recorder = Recorder(calibration, policy)
    adapter.listeners.append(recorder.heard)
    return Audit(journal, recorder, policy, Search(journal, getattr(adapter, "sink", None)))


class Audit:
    """The log beside the calls of a run, history by history."""

    def __init__(
        self, journal: Journal, recorder: Recorder, policy: Policy, search: Search
    ) -> None:
        self.journal = journal
        self.search = search
        self.recorder = recorder
        self.patience = Patience(float(policy["log.max_delay_seconds"]))
        self.silent: str | None = None
        self._found = False
        self._book: Book | None = None

    def begin(self, world: World) -> "Audit":
        """Leave what was logged before this history, and find an entry of its own first."""
        self.journal.open()
        self.journal.read()
        self._book = self.recorder.begin(world.model)
        if not self._found and self.silent is None and self.journal.trouble is None:
            self._canary(world)
        return self

    def end(self, world: World) -> Sequence[Any]:
        """Return what the log tells of the history, once all of it is there or time is up."""
        book, self._book = self._book, None
        if book is None or any(event.kind in CROWDS for event in world.model.events):
            return ()
        self.recorder.book = None
        if self.silent or self.journal.trouble:
            return (Unread(self.silent or str(self.journal.trouble), not self._found),)
        ends = ends_of(book)
        found, events = self._settled(book, ends)
        if found.untold:
            # What is not told may not have happened: is that session over at all?
            alive = {e for e in found.untold if not world.bench.replay(e.session).nobody}
            ends = [end for end in ends if end not in alive]
            found = reckon(book, events, self.journal.kinds, ends)
        if self.journal.trouble:
            return (Unread(self.journal.trouble, first=False),)
        return tuple(_sights(found, events, self.journal))

    def _canary(self, world: World) -> None:
        """Log in and out once: of that something must be found, or nothing can be concluded."""
        role = next(iter(world.model.users))
        client, lane = fresh_device("canary"), world.lane(None)
        answer = world.bench.call("login", world.user(role), client, lane=lane)
        if isinstance(answer, Acknowledged):
            world.bench.call("logout", latest(answer.issued), client, lane=lane)
        book = self._book
        until = time.monotonic() + self.patience.declared
        while book is not None and not self._found and self.journal.trouble is None:
            events = self.journal.read()
            self._found = any(book.lots.named(e.subject, e.actor) for e in events)
            if time.monotonic() > until:
                break
            if not self._found:
                time.sleep(POLL)
        if not self._found:
            self.silent = self.journal.trouble or self._nothing()
        self.journal.read()
        self._book = self.recorder.begin(world.model)

    def _nothing(self) -> str:
        said = f"no entry of a login just made was found within {self.patience.declared:g} s"
        if not self.journal.lines:
            return f"{said}: no line came at all; check event_log.sources"
        never = ", ".join(self.journal.map.never_seen)
        return f"{said}: no line had {never}; check event_log" if never else f"{said}: check events"

    def _settled(self, book: Book, ends: Sequence[End]) -> tuple[Reckoning, list[Event]]:
        """Read until nothing is missing, or what is missing had time enough."""
        began = time.monotonic()
        events = list(self.journal.read())
        found = reckon(book, events, self.journal.kinds, ends)
        while found.lacking and self.journal.trouble is None:
            waited = time.monotonic() - began
            if waited >= self.patience.of(found.lacking):
                self.patience.lacking |= found.lacking
                break
            time.sleep(POLL)
            fresh = self.journal.read()
            if fresh:
                events += fresh
                found = reckon(book, events, self.journal.kinds, ends)
                self.patience.slowest = max(self.patience.slowest, time.monotonic() - began)
        return found, events


def _sights(found: Reckoning, events: Sequence[Event], journal: Journal) -> list[Any]:
    nameless = {event.kind: event for event in found.nameless}
    ordinary: dict[int, tuple[str, ...]] = {}
    for event in events:
        if event.kind in ORDINARY:
            ordinary[event.number] = (*ordinary.get(event.number, ()), event.kind)
    return [
        Logged(found, journal.kinds, journal.map.parts),
        *(Entry(deed, event) for deed, event in found.told if deed.sure),
        *(Entry(deed, None, nameless.get(deed.kind)) for deed in found.missing),
        *(Ended(end, event) for end, event in found.ended),
        *(Ended(end, None) for end in found.untold),
        *(Noted(one, event, ordinary.get(event.number, ())) for one, event in found.noted),
        *(Noted(one, None) for one in found.unnoted),
    ]

"""Reads the log of the target at the end of a history, once everything in it had time to arrive.

It reads and sets side by side. It judges nothing.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.contract import Acknowledged, fresh_device
from adapters.journals.events import PARTS, Event
from adapters.journals.journal import Journal
from adapters.journals.sink import Arrivals
from suites.kernel.bench import Calibration, latest
from suites.kernel.dating import Clocks
from suites.kernel.declare import Invariant
from suites.kernel.deeds import Book, Deed, Incident, Recorder
from suites.kernel.policy import Policy
from suites.kernel.reckoning import End, Reckoning, ends_of, reckon, under_way
from suites.kernel.secrecy import Search
from suites.kernel.world import World

PLACES = frozenset({"event_log", "alert_sink"})
POLL, SHORTEST, SLACK = 0.05, 0.2, 3.0
ORDINARY = frozenset({"login_failure", "logout", "expiry", "login_success", "refresh"})
EVERY_PART = frozenset(PARTS)
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
    """Something presented in vain, the entry that tells it, and what else that entry tells.

    `parts` are the fields of an event that the profile declares.
    """

    incident: Incident
    event: Event | None
    ordinary: tuple[str, ...] = ()
    parts: frozenset[str] = EVERY_PART


@dataclass(frozen=True, slots=True)
class Logged:
    """All that the log tells of one history, and which parts of an event the profile maps."""

    reckoning: Reckoning
    kinds: frozenset[str]
    parts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a monitoring sink tells, as a log would.

    `late` says that it was away meanwhile, `ahead` by how many seconds the clock of the target is
    ahead of ours, None where it was moved.
    """

    sight: Any
    late: bool = False
    ahead: float | None = None


@dataclass(slots=True)
class Patience:
    """How long an entry is waited for: as declared, when one of a kind is missing at first."""

    declared: float
    slowest: float = 0.0
    lacking: set[str] = field(default_factory=set)

    def of(self, lacking: frozenset[str]) -> float:
        """Return the seconds to wait while entries of these kinds are missing."""
        return self.usual if lacking <= self.lacking else self.declared

    @property
    def usual(self) -> float:
        """How many seconds an entry takes at most, by those that came."""
        return min(self.declared, max(SHORTEST, SLACK * self.slowest))


def about_logs(invariants: Iterable[Invariant]) -> bool:
    """True when some claim is about the log, or about what arrives at a sink."""
    return any(not PLACES.isdisjoint(claim.requirement.needs) for claim in invariants)


def listening(
    adapter: Any, calibration: Calibration, policy: Policy, invariants: Iterable[Invariant]
) -> "Audits | None":
    """Listen to what an adapter does, where what its target tells is to be set beside it."""
    sink = getattr(adapter, "sink", None)
    journals: list[Journal | Arrivals | None] = [getattr(adapter, "journal", None)]
    journals.append(sink.journal if sink is not None else None)
    if not any(journals) or not about_logs(invariants):
        return None
    recorder = Recorder(calibration, policy)
    adapter.listeners.append(recorder.heard)
    journal: Journal | None = getattr(adapter, "journal", None)
    search = Search(journal, sink) if journal is not None else None
    audits = [Audit(each, policy) for each in journals if each is not None]
    return Audits(recorder, audits, search)


class Audits:
    """The log and the sink beside the calls of a run, history by history."""

    def __init__(
        self, recorder: Recorder, audits: Sequence["Audit"], search: Search | None
    ) -> None:
        self.recorder = recorder
        self.audits = audits
        self.search = search
        self._moved = False

    def of_this_process(self) -> None:
        """Leave out what only one process of a run can have: the place that the target sends to."""
        self.audits = [audit for audit in self.audits if not audit.at_sink]

    def begin(self, world: World) -> "Audits":
        """Leave what was told before this history, and find an entry of its own first."""
        if any(audit.at_sink for audit in self.audits):
            world.listen()
        before, book = self.recorder.book, self.recorder.begin(world.model)
        now, waits = time.time(), [audit.patience for audit in self.audits]
        longest = max((each.declared for each in waits), default=0.0)
        usual = max((each.usual for each in waits), default=0.0)
        book.deeds = under_way(before, book.lots, now - longest, now - usual)
        for audit in self.audits:
            audit.begin(book)
        self._keep_untold(book)
        new = [audit for audit in self.audits if audit.is_new]
        if new:
            _log_in_and_out(world)
            for audit in new:
                audit.find(book, world)
            self._keep_untold(book)
        return self

    def _keep_untold(self, book: Book) -> None:
        """Keep what may still be told of late: its entries are no surplus, but none is missing."""
        book.deeds = [
            replace(deed, sure=False) if deed.sure else deed
            for deed in book.deeds
            if any(deed not in audit.told for audit in self.audits if not audit.silent)
        ]

    def end(self, world: World) -> Sequence[Any]:
        """Return what is told of the history, once all of it is there or time is up."""
        book = self.recorder.book
        # What is asked from now on, for the log itself included, is nothing of this history.
        self.recorder.book = after = replace(book, deeds=[], incidents=[])
        self._moved = self._moved or bool(world.moved)
        found: list[Any] = []
        crowded = any(event.kind in CROWDS for event in world.model.events)
        for audit in self.audits if not crowded else ():
            told = audit.sights(world, book)
            if not audit.at_sink:
                found += told
                continue
            # By a clock that was moved nobody tells what was still under way to the sink.
            moved = self._moved and not world.model.throwaway
            arrived = _arrived(audit, told, found, moved=self._moved)
            found += (a for a in arrived if not (moved and isinstance(a.sight, Logged)))
        self._keep_untold(book)
        after.deeds = book.deeds + after.deeds
        if self.search is not None:
            found += self.search.sights(world.model, world.bench.exchanges)
        return found


def _arrived(
    audit: "Audit", told: Sequence[Any], logged: Sequence[Any], *, moved: bool
) -> Iterator[Arrived]:
    """Yield what the sink tells; what the log lacks or has too much of is told once, of the log."""
    lacking: set[object] = {s.deed for s in logged if isinstance(s, Entry) and s.event is None}
    lacking |= {s.incident for s in logged if isinstance(s, Noted) and s.event is None}
    surplus = any(isinstance(s, Logged) and s.reckoning.surplus for s in logged)
    ahead = None if moved else audit.ahead
    for sight in told:
        late = isinstance(sight, Entry) and audit.missed(sight.deed)
        about = getattr(sight, "deed", getattr(sight, "incident", None))
        if about in lacking or (surplus and isinstance(sight, Logged)):
            continue
        yield Arrived(sight, late, ahead)


def _log_in_and_out(world: World) -> None:
    role = next(iter(world.model.users))
    client, lane = fresh_device("canary"), world.lane(None)
    answer = world.bench.call("login", world.user(role), client, lane=lane)
    if isinstance(answer, Acknowledged):
        world.bench.call("logout", latest(answer.issued), client, lane=lane)


class Audit:
    """One place where a target tells of events: its log, or the sink that it sends them to."""

    def __init__(self, journal: Journal | Arrivals, policy: Policy) -> None:
        self.journal = journal
        self.at_sink = isinstance(journal, Arrivals)
        delay = policy["log.max_delay_seconds"]
        self.patience = Patience(float(policy["siem.max_delay_seconds"] if self.at_sink else delay))
        journal.expect_within(self.patience.declared)
        self.silent: str | None = None
        self.ahead = self.began = 0.0
        self.told: set[Deed] = set()
        self._found = False
        self._clocks = Clocks()
        self._home, self._alone = 0, True

    @property
    def is_new(self) -> bool:
        """Whether nothing of the run was found there so far, and it was not given up."""
        return not self._found and self.silent is None and not self.journal.trouble

    def begin(self, book: Book) -> None:
        """Leave what came before; where something did that must be told, wait a bit."""
        self.journal.open()
        if self.is_new or self.silent:
            self.journal.read()
            self.told = set()
        else:
            # Nothing of this is judged: what does not come soon may come any time.
            self._settled(book, [], judged=False)
        self.began = time.time()

    def find(self, book: Book, world: World) -> None:
        """Find something of the login just made: without it nothing can be concluded."""
        movable = world.bench.offers("advance")
        self._home, self._alone = world.bench.node, len(world.bench.nodes) == 1
        began = time.monotonic()
        until, events = began + self.patience.declared, list[Event]()
        while not self.journal.trouble:
            events += self.journal.read()
            ours = [e for e in events if book.lots.named(e.subject, e.actor)]
            for event in ours:
                self._clocks.learn(event, movable=movable)
            if ours and not self._found:
                self._found = True
                self.ahead = self._clocks.ahead(ours[0])
                # What follows the login, its logout, takes about as long.
                took = time.monotonic() - began
                until = min(until, began + took + max(SHORTEST, SLACK * took))
            left = self._reckoned(book, events, []).missing
            if time.monotonic() > until or (self._found and not left):
                break
            time.sleep(POLL)
        if not self._found:
            self.silent = self.journal.trouble or self._nothing()

    def missed(self, deed: Deed) -> bool:
        """Tell whether something happened while the sink was away."""
        journal = self.journal
        return isinstance(journal, Arrivals) and journal.in_outage(deed.began, deed.ended)

    def sights(self, world: World, book: Book) -> Sequence[Any]:
        """Return what this place tells of the history."""
        if self.silent or self.journal.trouble:
            return (Unread(self.silent or str(self.journal.trouble), not self._found),)
        # Whether a session is over is asked once, for the log.
        ends = [] if self.at_sink else ends_of(book)
        found, events = self._settled(book, ends)
        if found.untold:
            # What is not told may not have happened: is that session over at all?
            alive = {e for e in found.untold if not world.bench.replay(e.session).nobody}
            ends = [end for end in ends if end not in alive]
            found = self._reckoned(book, events, ends)
        if self.journal.trouble:
            return (Unread(self.journal.trouble, first=False),)
        return _sights(found, events, self.journal)

    def _nothing(self) -> str:
        said = f"no entry of a login just made was found within {self.patience.declared:g} s"
        if self.journal.unheard:
            return f"{said}; {self.journal.unheard}"
        if not self.journal.lines:
            return f"{said}: no line came at all; check {self._section}.sources"
        never = ", ".join(self.journal.map.never_seen)
        lacking = f"no line had {never}; check {self._section}" if never else "check events"
        return f"{said}: {lacking}"

    @property
    def _section(self) -> str:
        return "alert_sink" if self.at_sink else "event_log"

    def _settled(
        self, book: Book, ends: Sequence[End], *, judged: bool = True
    ) -> tuple[Reckoning, list[Event]]:
        """Read until nothing is missing, or what is missing had time enough."""
        began = time.monotonic()
        events = list(self.journal.read())
        found = self._reckoned(book, events, ends)
        while found.lacking and not self.journal.trouble:
            waited = time.monotonic() - began
            if waited >= (self.patience.of(found.lacking) if judged else self.patience.usual):
                self.patience.lacking |= found.lacking if judged else set()
                break
            time.sleep(POLL)
            fresh = list(self.journal.read())
            if fresh:
                events += fresh
                found = self._reckoned(book, events, ends)
                self.patience.slowest = max(self.patience.slowest, time.monotonic() - began)
        return found, events

    def _reckoned(self, book: Book, events: Sequence[Event], ends: Sequence[End]) -> Reckoning:
        """Put entries beside deeds; what is dated before the history is no surplus of it.

        It tells of no deed of it either, as long as another entry may: clocks differ by a bit. What
        is surely older tells of nothing but what was done at another node than the first look.
        """
        sides: tuple[list[Event], list[Event]] = ([], [])
        for event in events:
            sides[self._clocks.may_precede(event, self.began)].append(event)
        fresh, old = sides
        found = reckon(book, fresh, self.journal.kinds, ends)
        if found.lacking and old:
            found = reckon(book, [*fresh, *old], self.journal.kinds, ends, able=self._able)
            found.surplus = [event for event in found.surplus if event not in old]
        self.told = {deed for deed, _ in found.told}
        return found

    def _able(self, event: Event, node: int | None) -> bool:
        """Tell whether an entry may tell of what was done at a node, or at any, by its time."""
        here = self._alone if node is None else node == self._home
        return not (here and self._clocks.precedes(event, self.began))


def _sights(found: Reckoning, events: Sequence[Event], journal: Journal | Arrivals) -> list[Any]:
    nameless = {event.kind: event for event in found.nameless}
    ordinary: dict[int, tuple[str, ...]] = {}
    for event in events:
        if event.kind in ORDINARY:
            ordinary[event.number] = (*ordinary.get(event.number, ()), event.kind)
    parts = journal.map.parts
    return [
        Logged(found, journal.kinds, parts),
        *(Entry(deed, event) for deed, event in found.told if deed.sure),
        *(Entry(deed, None, nameless.get(deed.kind)) for deed in found.missing),
        *(Ended(end, event) for end, event in found.ended),
        *(Ended(end, None) for end in found.untold),
        *(Noted(one, e, ordinary.get(e.number, ()), parts) for one, e in found.noted),
        *(Noted(one, None) for one in found.unnoted),
    ]

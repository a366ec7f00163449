"""Which session, which address and which person the log gives for what was done.

It pairs and sets side by side. It judges nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.journals.events import Event
from suites.kernel.audit import EVERY_PART, Logged
from suites.kernel.deeds import Deed
from suites.kernel.lots import Lot, Person

IN_A_SESSION = frozenset(
    {"login_success", "refresh", "logout", "password_change", "action", "impersonation"}
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """What the sessions of one account are called in the log: each with its entries in order.

    `parts`, here and below, are the fields of an event that the profile declares.
    """

    sessions: tuple[tuple[Event, ...], ...]
    secrets: frozenset[str]
    parts: frozenset[str] = EVERY_PART

    def names(self) -> list[frozenset[str]]:
        """Return the handles of each session, one for all that links hold together."""
        links: dict[str, str] = {}
        for event in (event for each in self.sessions for event in each):
            if event.previous and event.handle and event.previous != event.handle:
                links[event.handle] = event.previous
        return [
            frozenset(_first(event.handle, links) for event in each if event.handle)
            for each in self.sessions
        ]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something done from another address, and the addresses that the log gives."""

    event: Event
    source: str
    claimed: str
    usual: frozenset[str]
    parts: frozenset[str] = EVERY_PART


@dataclass(frozen=True, slots=True)
class Impersonated:
    """Something done as somebody else: who is named, and whether that is all who took part."""

    event: Event
    victim: bool
    actor: bool
    parts: frozenset[str] = EVERY_PART


def attributions(logged: Logged) -> Iterator[Attribution]:
    """Yield the accounts with parallel sessions that each did something, one being renewed."""
    by_owner: dict[Person, dict[Lot, list[Event]]] = defaultdict(lambda: defaultdict(list))
    renewed: set[Person] = set()
    for deed, event in paired(logged):
        if deed.lot is not None and deed.kind in IN_A_SESSION:
            by_owner[deed.lot.owner][deed.lot].append(event)
            if deed.kind == "refresh":
                renewed.add(deed.lot.owner)
    for owner, lots in by_owner.items():
        acted = {
            lot: events for lot, events in lots.items() if len(events) > 1 and not lot.renewed_late
        }
        if len(acted) > 1 and owner in renewed:
            secrets = frozenset(v for lot in acted for v in lot.current.values())
            yield Attribution(
                tuple(tuple(events) for events in acted.values()), secrets, logged.parts
            )


def elsewhere(logged: Logged) -> Iterator[Elsewhere]:
    """Yield what was done in a session from another address than the usual one."""
    pairs = list(paired(logged))
    usual = frozenset(e.source for d, e in pairs if not d.source and e.source)
    for deed, event in pairs:
        if deed.claimed and deed.lot is not None:
            yield Elsewhere(event, deed.source, deed.claimed, usual, logged.parts)


def impersonated(logged: Logged) -> Iterator[Impersonated]:
    """Yield what was done by one person as another one."""
    for deed, event in paired(logged):
        if deed.actor is not None:
            said = {event.subject, event.actor}
            others = deed.people - {deed.actor}
            victim = any(person.names & said for person in others)
            yield Impersonated(event, victim, bool(deed.actor.names & said), logged.parts)


def paired(logged: Logged) -> Iterator[tuple[Deed, Event]]:
    """Yield deeds with their entries where no entry could as well be that of another deed."""
    found = logged.reckoning
    doubtful = {(deed.kind, person) for deed in found.missing for person in deed.people}
    doubtful |= {(d.kind, p) for d in found.order if d.raced or not d.sure for p in d.people}
    vague = {deed.kind for deed in found.order if not deed.people}
    spare = Counter(event.kind for event in found.surplus)
    for deed, event in found.told:
        unsure = any((deed.kind, person) in doubtful for person in deed.people)
        if not unsure and deed.kind not in vague and not spare[deed.kind]:
            yield deed, event


def _first(handle: str, links: dict[str, str]) -> str:
    seen = {handle}
    while (before := links.get(handle)) is not None and before not in seen:
        seen.add(before)
        handle = before
    return handle

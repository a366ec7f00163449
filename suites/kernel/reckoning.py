"""What happened beside what is logged: which entry tells of which deed, and what is left over."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from adapters.journals.events import Event
from suites.kernel.deeds import Book, Deed, Incident
from suites.kernel.doings import CAUSED, KINDS, REUSE
from suites.kernel.lots import Lots, Person
from suites.kernel.model import AUTHENTICATING, Session, State
from suites.kernel.policy import LIMITS

REVOKING = frozenset(
    {
        *("revoke", "revoke_all", "change_password", "evict", "admin_revoke", "reuse", "reset"),
        *("change_email", "disable", "role"),
    }
)
"""Causes of death that are neither the session's own logout nor its time."""

Able = Callable[[Event, int | None], bool]
"""Whether an entry may tell of what was done at a node, None where that is not known."""


@dataclass(slots=True, eq=False)
class End:
    """A session that something ended, by `revocation` or `expiry`."""

    session: Session
    person: Person
    kind: str

    @property
    def alive(self) -> bool:
        """True when it turned out that it is not over at all."""
        main = self.session.current(*AUTHENTICATING)
        return any(c.reported or c.state is not State.DEAD for c in main)


@dataclass(slots=True, eq=False)
class _Place:
    """An entry, whom it names, and for how many incidents it still stands."""

    event: Event
    people: frozenset[Person]
    left: int


@dataclass(slots=True)
class Reckoning:
    """The entries of one history, each beside what it tells of.

    `told` are deeds with their entries, `missing` what no entry tells, `surplus` the entries that
    nothing caused. `nameless` are entries that name no account of this history.
    """

    told: list[tuple[Deed, Event]] = field(default_factory=list)
    missing: list[Deed] = field(default_factory=list)
    surplus: list[Event] = field(default_factory=list)
    nameless: list[Event] = field(default_factory=list)
    noted: list[tuple[Incident, Event]] = field(default_factory=list)
    unnoted: list[Incident] = field(default_factory=list)
    ended: list[tuple[End, Event]] = field(default_factory=list)
    untold: list[End] = field(default_factory=list)
    twice: list[Event] = field(default_factory=list)
    order: list[Deed] = field(default_factory=list)

    @property
    def lacking(self) -> frozenset[str]:
        """The kinds of events that are missing."""
        deeds = {deed.kind for deed in self.missing} | {end.kind for end in self.untold}
        return frozenset(deeds | {incident.what for incident in self.unnoted})


def _any(_event: Event, _node: int | None) -> bool:
    return True


def reckon(
    book: Book,
    events: Sequence[Event],
    kinds: Collection[str],
    ends: Sequence[End],
    *,
    able: Able = _any,
) -> Reckoning:
    """Put what is logged beside what happened.

    Args:
        events: in the order in which they are taken; those of other accounts are left out.
        kinds: the events that the profile maps; nothing is missing of others.
        ends: the sessions that ended otherwise than by their own logout.
        able: what an entry can tell of by its time.
    """
    found = Reckoning()
    deeds = [deed for deed in book.deeds if deed.kind in kinds]
    overlapping(deeds)
    found.order = ordered(deeds)
    ours = [(event, book.lots.named(event.subject, event.actor)) for event in events]
    found.nameless = [event for event, people in ours if not people]
    _deeds(found, [(e, p) for e, p in ours if p and e.kind in CAUSED], able)
    late = [(event, people) for event, people in ours if able(event, None)]
    _ends(found, book.lots, [e for e, p in late if p], [e for e in ends if e.kind in kinds])
    _incidents(found, book, late, kinds)
    return found


def under_way(before: Book, lots: Lots, since: float, lately: float) -> list[Deed]:
    """Return deeds of an earlier book whose entries may yet come, for accounts that still are.

    Args:
        since: before it was over whatever may still come.
        lately: the same of what may have been anybody, which would excuse too much for long.
    """
    late = [deed for deed in before.deeds if deed.ended >= (since if deed.people else lately)]
    known = {old: lots.named(*old.names) for old in before.lots.people} if late else {}
    found = []
    for deed in late:
        people = frozenset[Person]().union(*(known[old] for old in deed.people or known))
        if people:
            found.append(replace(deed, number=0, people=people, lot=None, actor=None))
    return found


def _deeds(found: Reckoning, ours: Sequence[tuple[Event, frozenset[Person]]], able: Able) -> None:
    free = list(ours)
    by_deed: dict[Deed, Event] = {}
    # What must be told comes first; what may have been nothing takes what is left.
    for deed in (
        *(d for d in found.order if d.sure),
        *(d for d in found.order if not d.sure and d.people),
        *(d for d in found.order if not d.sure and not d.people),
    ):
        fits = next((o for o in free if _fits(deed, *o) and able(o[0], deed.node)), None)
        if fits is not None:
            free.remove(fits)
            by_deed[deed] = fits[0]
        elif deed.sure:
            found.missing.append(deed)
    found.told = [(deed, by_deed[deed]) for deed in found.order if deed in by_deed]
    found.surplus = [event for event, _ in free]


def _fits(deed: Deed, event: Event, people: frozenset[Person]) -> bool:
    return event.kind == deed.kind and (not deed.people or not people.isdisjoint(deed.people))


def _ends(found: Reckoning, lots: Lots, events: Sequence[Event], ends: Sequence[End]) -> None:
    seen: dict[tuple[str, str], Event] = {}
    places: list[tuple[Event, frozenset[Person]]] = []
    for event in events:
        if event.kind not in {"revocation", "expiry"}:
            continue
        people = lots.named(event.subject)
        places += [(event, people)] * max(1, len(event.handles), event.count)
        for handle in event.handles:
            if (event.kind, handle) in seen:
                found.twice.append(event)
            seen[event.kind, handle] = event
    for end in ends:
        fits = next((p for p in places if p[0].kind == end.kind and end.person in p[1]), None)
        if fits is None:
            found.untold.append(end)
        else:
            places.remove(fits)
            found.ended.append((end, fits[0]))


def _incidents(
    found: Reckoning,
    book: Book,
    ours: Iterable[tuple[Event, frozenset[Person]]],
    kinds: Collection[str],
) -> None:
    """Let each incident have an entry; the choosiest first, and named accounts before nobody."""
    free = [_Place(event, people, max(1, event.count)) for event, people in ours]
    for incident in sorted(book.incidents, key=lambda one: len(KINDS[one.what])):
        wanted = KINDS[incident.what]
        if not set(wanted) & set(kinds):
            continue
        able = [p for p in free if p.left and p.event.kind in wanted and _speaks_of(incident, p)]
        if not able:
            found.unnoted.append(incident)
            continue
        chosen = min(able, key=lambda p: (wanted.index(p.event.kind), not p.people))
        chosen.left -= 1
        found.noted.append((incident, chosen.event))


def _speaks_of(incident: Incident, place: _Place) -> bool:
    """Say whether an entry names the account, or nobody where that may not be known any more."""
    nobody = not place.people and incident.what != REUSE
    return nobody or not place.people.isdisjoint(incident.people)


def ends_of(book: Book) -> list[End]:
    """Return the sessions of the model that ended otherwise than by their own logout."""
    found = []
    for session in book.model.sessions.values():
        main = session.main
        owner = next(iter(book.lots.named(*_names(book, session.user))), None)
        if main is None or session.ended is None or owner is None or main.cause is None:
            continue
        kind = "revocation" if main.cause in REVOKING else "expiry"
        if main.cause in REVOKING or main.cause in LIMITS:
            found.append(End(session, owner, kind))
    return [end for end in found if not end.alive]


def _names(book: Book, role: str) -> tuple[str | None, ...]:
    user = book.model.users.get(role)
    return (user.reference, user.identity, user.name) if user is not None else ()


def overlapping(deeds: Collection[Deed]) -> None:
    """Mark the deeds that met another one; which of two came first only the target knows.

    A logout that met anything else in its session may have come too late to do anything, and of
    several at the same moment one is enough.
    """
    ordered = sorted(deeds, key=lambda deed: deed.began)
    for at, deed in enumerate(ordered):
        for other in ordered[at + 1 :]:
            if other.began >= deed.ended:
                break
            if deed.number == other.number or deed.people.isdisjoint(other.people):
                continue
            deed.raced = other.raced = True
            if deed.lot is other.lot and deed.lot is not None:
                for one in (deed, other) if deed.kind != other.kind else (other,):
                    one.sure = one.sure and one.kind != "logout"


def ordered(deeds: Iterable[Deed]) -> list[Deed]:
    """Return deeds in the order in which they began."""
    return sorted(deeds, key=lambda deed: (deed.began, deed.number))

"""Who holds what, as the calls of a run alone tell it: accounts, and what each login gave.

The model knows the sessions of one history; a lot is anything that some login opened, be it in a
race, for a control or for a sample. A log tells of all of them.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from adapters.contract import Artefact, Kind, Place, User
from suites.kernel.model import AUTHENTICATING

RECENT = 30.0
"""Seconds after which a session that nobody looked at may be over."""


@dataclass(eq=False, slots=True)
class Person:
    """One account, by all names that a log may call it."""

    names: set[str]


@dataclass(eq=False, slots=True)
class Lot:
    """What one login gave, with everything that took its place later.

    `sure` is when it was last known to be alive, None once something may have ended it. `acting`
    is whom its owner acts as. `renewed_late` says that it was renewed after that: what came of it
    may be another session.
    """

    owner: Person
    channel: str
    current: dict[tuple[Kind, Place, str], str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    sure: float | None = None
    over: bool = False
    renewed_late: bool = False
    acting: Person | None = None

    def lives(self, now: float) -> bool:
        """True while nothing is known that could have ended it."""
        return not self.over and self.sure is not None and now - self.sure < RECENT

    def take(self, issued: Iterable[Artefact]) -> None:
        """Go on with what was issued."""
        for artefact in issued:
            self.current[artefact.kind, artefact.place, artefact.name] = artefact.value.reveal()

    def holds(self, values: Collection[str]) -> bool:
        """True when one of these is what it is known by now."""
        mine = {v for (kind, _, _), v in self.current.items() if kind in AUTHENTICATING}
        return not mine.isdisjoint(values)


class Lots:
    """All accounts and lots of one history."""

    def __init__(self, users: Iterable[User]) -> None:
        self.people: list[Person] = []
        self.lots: list[Lot] = []
        self._by_value: dict[str, Lot] = {}
        self._owners: dict[str, Person] = {}
        for user in users:
            self.person(user, new=True)

    def person(self, user: User, *, new: bool = False) -> Person | None:
        """Return the account of a user; the names it has now are its own, too."""
        marks = {name for name in (user.reference, user.identity) if name}
        found = next((p for p in self.people if marks & p.names), None)
        if found is None:
            found = next((p for p in reversed(self.people) if user.name in p.names), None)
        if found is None or (new and not marks & found.names):
            if not new:
                return None
            found = Person(set())
            self.people.append(found)
        found.names |= {user.name, *marks}
        return found

    def named(self, *names: str | None) -> frozenset[Person]:
        """Return the accounts that a log entry may speak of by these names."""
        wanted = {name for name in names if name}
        return frozenset(p for p in self.people if wanted & p.names)

    def open(self, owner: Person, channel: str, issued: Iterable[Artefact], now: float) -> Lot:
        """Note what a login gave."""
        lot = Lot(owner, channel, sure=now)
        self.lots.append(lot)
        self.give(lot, issued)
        return lot

    def give(self, lot: Lot, issued: Iterable[Artefact]) -> None:
        """Note what a lot got."""
        fresh = tuple(issued)
        lot.take(fresh)
        self._by_value |= {artefact.value.reveal(): lot for artefact in fresh}

    def send(self, owner: Person, issued: Iterable[Artefact]) -> None:
        """Note what was sent to the mail box of an account."""
        self._owners |= {artefact.value.reveal(): owner for artefact in issued}

    def known(self, value: str) -> bool:
        """True when a call gave this value."""
        return value in self._by_value

    def of(self, values: Iterable[str]) -> Lot | None:
        """Return the lot that one of these values belongs to."""
        return next((self._by_value[value] for value in values if value in self._by_value), None)

    def owner(self, values: Iterable[str]) -> Person | None:
        """Return the account that one of these values was given or sent to."""
        values = tuple(values)
        lot = self.of(values)
        return (
            lot.owner
            if lot
            else next((self._owners[value] for value in values if value in self._owners), None)
        )

    def all_of(self, owner: Person) -> Iterator[Lot]:
        """Iterate over the lots of an account."""
        return (lot for lot in self.lots if lot.owner is owner)

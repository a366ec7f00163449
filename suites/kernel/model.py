"""What the suite believes about the target: users, sessions, credentials and why each is dead.

The model is changed by acknowledged events only; it never asks the target anything.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Handle,
    Kind,
    Refused,
    Seen,
    Unclear,
    User,
)

AUTHENTICATING = frozenset({Kind.SESSION, Kind.ACCESS})
COMPANIONS = frozenset({Kind.REFRESH})
REPLACED = frozenset({"rotation", "privilege"})
"""Causes of death of a value whose session goes on: they yield to what ends the session."""


class State(StrEnum):
    """Whether a credential must be accepted."""

    LIVE = "live"
    DEAD = "dead"
    EITHER = "either"


@dataclass(eq=False, slots=True)
class Credential:
    """One issued value together with what must be presented beside it.

    `proven` is True while its last observation, newer than any event that could end it, was that
    its owner was recognised: the control without which its death proves nothing. `kept` marks a
    value that the client had presented itself. `since` is when it was issued (`Model.now`), `node`
    where, and `known_on` holds the nodes on which its owner was recognised by it when last looked,
    `known_through` the other channels through whose entry points.
    """

    name: str
    kind: Kind
    held: tuple[Artefact, ...]
    owner: str
    channel: str
    generation: int = 0
    state: State = State.LIVE
    cause: str | None = None
    ended_by: "Event | None" = None
    session: "Session | None" = None
    proven: bool = False
    reported: bool = False
    kept: bool = False
    since: float | None = None
    node: int = 0
    known_on: set[int] = field(default_factory=set)
    known_through: set[str] = field(default_factory=set)

    @property
    def place(self) -> str:
        """Where it travels."""
        return self.held[-1].place.value

    @property
    def value(self) -> str:
        """The value in clear, for comparisons in memory only."""
        return self.held[-1].value.reveal()

    def end(self, cause: str, event: "Event") -> None:
        """Make it dead for good; the first cause stays, save that a renewal yields to an end."""
        if self.state is not State.DEAD or self.cause in REPLACED:
            self.state, self.cause, self.ended_by = State.DEAD, cause, event


@dataclass(eq=False, slots=True)
class Session:
    """What one acknowledged login opened: current credentials and all earlier generations.

    `mixed` marks a session that turned out to share its identifier with another one: nothing
    more can be claimed of it. `beside` is what came with it and is for nothing we know. `active`
    is when it was last used (`Model.now`), `used` the order of that among all uses, `fresh` when
    the password was last proven in it.
    """

    name: str
    user: str
    device: Device
    channel: str
    opened: "Event"
    credentials: list[Credential] = field(default_factory=list)
    ended: "Event | None" = None
    over: "Session | None" = None
    used: int = 0
    active: float = 0.0
    rotations: int = 0
    mixed: bool = False
    handle: Handle | None = None
    beside: tuple[Artefact, ...] = ()
    fresh: float | None = None

    def current(self, *kinds: Kind) -> list[Credential]:
        """Return the newest generation of each kind asked for (all kinds if none)."""
        newest: dict[Kind, Credential] = {}
        for credential in self.credentials:
            if not kinds or credential.kind in kinds:
                newest[credential.kind] = credential
        return list(newest.values())

    @property
    def main(self) -> Credential | None:
        """The credential that stands for the session in probes."""
        found = self.current(*AUTHENTICATING)
        return found[0] if found else None

    @property
    def sure(self) -> Credential:
        """The credential that stands for the session; every opened session has one."""
        found = self.main
        if found is None:
            raise LookupError(f"session {self.name} has no credential that authenticates")
        return found

    @property
    def former(self) -> "Session":
        """The session that was presented when this one was opened."""
        if self.over is None:
            raise LookupError(f"session {self.name} was not opened over another one")
        return self.over

    @property
    def live(self) -> bool:
        """True while the model says that its owner must be recognised by it."""
        return not self.mixed and self.main is not None and self.main.state is State.LIVE

    def held(self, channel: str) -> tuple[Artefact, ...]:
        """Return what the client itself presents on a channel: everything current."""
        mine = [c for c in self.current() if c.channel == channel]
        found = [a for c in mine if c.kind is not Kind.REFRESH for a in c.held]
        return (*dict.fromkeys(found), *(c.held[-1] for c in mine if c.kind is Kind.REFRESH))


@dataclass(eq=False, slots=True)
class Event:
    """One call that could change something, how the target answered, when and on which node."""

    number: int
    kind: str
    answer: Answer | None
    user: str | None = None
    session: Session | None = None
    opened: Session | None = None
    presented: tuple[str, ...] = ()
    carried: str = "nothing"
    issued: list[Credential] = field(default_factory=list)
    ends: list[Credential] = field(default_factory=list)
    spares: list[Session] = field(default_factory=list)
    before: tuple[Session, ...] = ()
    evicts: Session | None = None
    surplus: bool = False
    shared: tuple[str, ...] = ()
    left_behind: tuple[str, ...] | None = None
    detail: str = ""
    extra: Any = None
    at: float = 0.0
    node: int = 0

    @property
    def acknowledged(self) -> bool:
        """True when the target said that it did it."""
        return isinstance(self.answer, Acknowledged)

    @property
    def crashed(self) -> bool:
        """True when the target failed instead of answering."""
        return isinstance(self.answer, Unclear) and self.answer.crashed

    @property
    def words(self) -> str:
        """The answer in plain words."""
        if self.answer is None or isinstance(self.answer, Acknowledged):
            return "acknowledged"
        prefix = "refused" if isinstance(self.answer, Refused) else "unclear"
        return f"{prefix}: {self.answer.why}"

    @property
    def opened_values(self) -> tuple[str, ...]:
        """The values that authenticate the session this login opened."""
        if self.opened is None:
            return ()
        opening = [c for c in self.issued if c.kind in AUTHENTICATING]
        return tuple(c.value for c in opening)

    @property
    def looks(self) -> list[tuple[str, Seen]]:
        """What was tried in this event, by name, and what each try showed."""
        found: list[tuple[str, Seen]] = self.extra or []
        return found


class Model:
    """All that happened in one history.

    `roles` is what the users may do now, `promoted` who ever got another role. A role probe in
    `granting` was seen to allow what the role may, one in `telling` to refuse a user without it;
    `asked` says on which channels a role probe gives a clear answer. Of `nodes` nodes the present
    step happens on `node`; they agree `propagation` seconds after an event.
    """

    def __init__(self, users: Mapping[str, User], *, throwaway: bool = False) -> None:
        self.users = dict(users)
        self.throwaway = throwaway
        self.able: Mapping[str, frozenset[str]] = {}
        self.devices: dict[str, Device] = {}
        self.sessions: dict[str, Session] = {}
        self.strays: list[Credential] = []
        self.events: list[Event] = []
        self.values: dict[str, Credential] = {}
        self.ahead = 0.0
        self.roles: dict[str, str] = {r: u.role for r, u in self.users.items() if u.role}
        self.promoted: set[str] = set()
        self.granting: set[str] = set()
        self.telling: set[str] = set()
        self.asked: set[tuple[str, str]] = set()
        self.node = 0
        self.nodes = 1
        self.propagation = 0.0
        self.role_probes: Mapping[str, str] = {}
        self.lines: list[Any] = []

    @property
    def now(self) -> float:
        """Seconds on a clock that runs as the target's does, moved forward with it."""
        return time.time() + self.ahead

    def event(self, kind: str, answer: Answer | None, **facts: object) -> Event:
        """Append an event."""
        event = Event(len(self.events), kind, answer, **facts)  # type: ignore[arg-type]
        event.at, event.node = self.now, self.node
        if event.session is not None and event.acknowledged:
            event.session.active = event.at
        self.events.append(event)
        return event

    def settled(self, event: Event) -> bool:
        """True when all nodes must know of an event by now."""
        return self.now - event.at >= self.propagation

    def restarted(self, event: Event) -> bool:
        """True when the node of an event was restarted after it, so that it speaks for no other."""
        later = self.events[event.number + 1 :]
        return any(e.kind == "restart" and e.node == event.node for e in later)

    def places(self, event: Event) -> list[int]:
        """Return the nodes that must know of an event by now: its own, then all others."""
        others = [node for node in range(self.nodes) if node != event.node]
        return [event.node, *(others if self.settled(event) else ())]

    def live_sessions(self, user: str | None = None) -> list[Session]:
        """Return the sessions that must be accepted, oldest first."""
        return [s for s in self.sessions.values() if s.live and user in {None, s.user}]

    def credentials(self) -> Iterator[Credential]:
        """Iterate over every credential ever seen, strays (pre-auth, planted) included."""
        for session in self.sessions.values():
            yield from session.credentials
        yield from self.strays

    def dead(self) -> list[Credential]:
        """Return the credentials of sessions that must be refused, and whose value lives nowhere.

        A value that a live credential also holds (issued twice) is not dead as such.
        """
        living = {c.value for c in self.credentials() if c.state is not State.DEAD}
        return [
            c
            for c in self.credentials()
            if c.state is State.DEAD and not c.reported and c.value not in living
        ]

    def reissued(self, credential: Credential) -> bool:
        """True when the value of a credential stands for something else by now."""
        return any(
            c is not credential and c.value == credential.value and c.state is not State.DEAD
            for c in self.credentials()
        )

    def by_value(self, value: str) -> Credential | None:
        """Return the newest credential that holds this value."""
        return self.values.get(value)

    def remember(self, credential: Credential) -> None:
        """Index a credential by its value; a stray one is kept as such."""
        credential.node = self.node
        self.values[credential.value] = credential
        if credential.session is None:
            self.strays.append(credential)

"""A target in memory that keeps the contract, for self-tests that need answers but no network.

Not a model answer: each switch makes one thing go wrong, so that the engine has something to see.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from adapters import capabilities
from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Handle,
    Kind,
    Listing,
    Place,
    Refused,
    Seen,
    Unclear,
    User,
)
from adapters.secrets import Secret
from suites.kernel.bench import Authenticating, Bench, Calibration
from suites.kernel.declare import Moment
from suites.kernel.model import Model, Session
from suites.kernel.policy import Policy
from suites.kernel.select import ended
from suites.kernel.world import World

COOKIE = (Place.COOKIE, "sid")
BEARER = (Place.BEARER, "token")
REFRESH = (Place.BODY, "refresh_token")
ROLES = ("alice", "bob", "mallory")


@dataclass(slots=True)
class Entry:
    """One session as the toy keeps it."""

    user: str
    number: int
    used: int
    refresh: str | None = None


class Toy:
    """Cookie sessions on the channel web, access and refresh tokens on the channel api."""

    channels = ("web", "api")
    nodes = ("http://toy.test",)
    probes = ("me",)
    signed: Mapping[str, frozenset[tuple[Place, str]]] = {}
    audiences: Mapping[str, str] = {}

    def __init__(self, *, wrong: Sequence[str] = (), limit: int = 0, mode: str = "evict") -> None:
        self.transport = SimpleNamespace(taps=[])
        self.wrong, self.limit, self.mode = frozenset(wrong), limit, mode
        self.victim = "oldest"
        self.passwords = {role: f"{role}-{secrets.token_hex(8)}" for role in ROLES}
        self.entries: dict[str, Entry] = {}
        self.spent: dict[str, str] = {}
        self.asked: list[str] = []
        self.silent = False
        self.names_strangers: str | None = None
        self._clock = 0

    @property
    def users(self) -> tuple[User, ...]:
        """The accounts, as a profile would give them."""
        return tuple(
            User(name, Secret(word, "password"), identity=name)
            for name, word in self.passwords.items()
        )

    # -- what the switches of a test do -----------------------------------------------------------

    def lose(self, user: str) -> None:
        """Forget every session of a user without telling anybody."""
        self.entries = {v: e for v, e in self.entries.items() if e.user != user}

    def order(self, user: str) -> list[str]:
        """The values of a user's sessions, the longest unused first."""
        mine = [(e.used, v) for v, e in self.entries.items() if e.user == user]
        return [value for _, value in sorted(mine)]

    def offers_in(self, channel: str) -> frozenset[str]:
        """What the toy can do on a channel: refreshing needs a token that a cookie has not."""
        return capabilities.of(self) - ({"refresh"} if channel == "web" else set())

    # -- inside -----------------------------------------------------------------------------------

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _value(self, held: Sequence[Artefact], device: Device, channel: str) -> str | None:
        place, name = COOKIE if channel == "web" else BEARER
        found = [a.value for a in held if (a.place, a.name) == (place, name)]
        kept = device.jar.get(name) if channel == "web" else None
        value = found[-1] if found else kept
        return value.reveal() if value is not None else None

    def _entry(self, held: Sequence[Artefact], device: Device, channel: str) -> Entry | None:
        return self.entries.get(self._value(held, device, channel) or "")

    def _issue(
        self, user: str, device: Device, channel: str, value: str | None = None
    ) -> tuple[Artefact, ...]:
        entry = Entry(user, self._tick(), self._clock)
        value = value or secrets.token_urlsafe(24)
        self.entries[value] = entry
        if channel == "web":
            secret = Secret(value, "session")
            device.jar.set("sid", secret, domain="toy.test")
            return (Artefact(Kind.SESSION, *COOKIE, secret),)
        entry.refresh = secrets.token_urlsafe(24)
        self.spent[entry.refresh] = value
        return (
            Artefact(Kind.ACCESS, *BEARER, Secret(value, "access")),
            Artefact(Kind.REFRESH, *REFRESH, Secret(entry.refresh, "refresh")),
        )

    def _renew(self, before: Entry, device: Device, channel: str) -> tuple[Artefact, ...]:
        """Go on under a new value; the session is as old as it was."""
        issued = self._issue(before.user, device, channel)
        self.entries[issued[0].value.reveal()].number = before.number
        return issued

    def _drop(self, value: str) -> None:
        entry = self.entries.pop(value, None)
        if entry is not None and entry.refresh is not None:
            self.spent.pop(entry.refresh, None)

    # -- the contract -----------------------------------------------------------------------------

    def pre_auth(self, device: Device, *, channel: str, node: int) -> Answer:
        """Hand out an identifier before any login."""
        if channel != "web":
            return Acknowledged()
        secret = Secret(secrets.token_urlsafe(24), "session")
        device.jar.set("sid", secret, domain="toy.test")
        return Acknowledged((Artefact(Kind.PRE_AUTH, *COOKIE, secret),))

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Log in under a new identifier."""
        if self.silent:
            return Unclear("no answer")
        if self.passwords.get(user.name) != user.password.reveal():
            return Refused("wrong password")
        mine = [v for v, e in self.entries.items() if e.user == user.name]
        if self.limit and len(mine) >= self.limit:
            if self.mode == "block":
                return Refused("too many sessions")
            first = min(mine, key=lambda v: self.entries[v].number)
            self._drop(first if self.victim == "oldest" else self.order(user.name)[0])
        kept = self._value((), device, channel) if "login keeps" in self.wrong else None
        return Acknowledged(self._issue(user.name, device, channel, kept))

    def login_fail(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Refuse a wrong password."""
        return Refused("wrong password")

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        """Name whoever presents a live value."""
        value = self._value(held, device, channel)
        self.asked.append(value or "")
        if self.silent:
            return Seen(which, None, clear=False, why="no answer")
        entry = self.entries.get(value or "")
        if entry is None:
            return Seen(which, self.names_strangers, clear=True, why="nobody")
        entry.used = self._tick()
        return Seen(which, entry.user, clear=True, why="named")

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End what is presented; a dead session is logged out as happily as a live one."""
        value = self._value(held, device, channel)
        device.jar.drop("sid")
        if value is not None and "logout keeps" not in self.wrong:
            self._drop(value)
        return Refused("not now") if "logout refuses" in self.wrong else Acknowledged()

    def change_password(
        self,
        held: Sequence[Artefact],
        device: Device,
        old: Secret,
        new: Secret,
        *,
        channel: str,
        node: int,
    ) -> Answer:
        """Change the password, end every session and renew the caller's."""
        entry = self._entry(held, device, channel)
        if entry is None or self.passwords[entry.user] != old.reveal():
            return Refused("not you")
        self.passwords[entry.user] = new.reveal()
        for value in [v for v, e in self.entries.items() if e.user == entry.user]:
            self._drop(value)
        return Acknowledged(self._renew(entry, device, channel))

    def refresh(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Trade a refresh token for new tokens; it works once."""
        given = [a.value.reveal() for a in held if (a.place, a.name) == REFRESH]
        value = self.spent.get(given[-1]) if given else None
        if value is None or value not in self.entries:
            return Refused("spent")
        before = self.entries[value]
        self._drop(value)
        return Acknowledged(self._renew(before, device, channel))

    def list_sessions(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Listing | Refused:
        """List the caller's sessions by their numbers."""
        own = self._entry(held, device, channel)
        if own is None:
            return Refused("not you")
        mine = [e for e in self.entries.values() if e.user == own.user]
        return Listing(tuple(Handle(str(e.number), current=e is own) for e in mine))

    def revoke_session(
        self, held: Sequence[Artefact], device: Device, handle: Handle, *, channel: str, node: int
    ) -> Answer:
        """End one of the caller's sessions."""
        own = self._entry(held, device, channel)
        for value, entry in list(self.entries.items()):
            if own and entry.user == own.user and str(entry.number) == handle.id:
                self._drop(value)
                return Acknowledged()
        return Refused("no such session")

    def revoke_all(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End every session of the caller, or all but this one."""
        own = self._entry(held, device, channel)
        if own is None:
            return Refused("not you")
        spared = own if "revoke spares the caller" in self.wrong else None
        for value, entry in list(self.entries.items()):
            if entry.user == own.user and entry is not spared:
                self._drop(value)
        return Acknowledged()

    def create_user(
        self, name: str, password: Secret, personal: Mapping[str, str], *, node: int
    ) -> Answer:
        """Create an account that is shown under its login name."""
        self.passwords[name] = password.reveal()
        return Acknowledged(user=User(name, password, identity=name, personal=personal))

    def drop_user(self, user: User, *, node: int) -> Answer:
        """Delete an account and what it has open."""
        self.passwords.pop(user.name, None)
        self.lose(user.name)
        return Acknowledged()


def calibration(toy: Toy) -> Calibration:
    """Return what the smoke test would have learned of the toy."""
    return Calibration(
        toy.users,
        {
            "web": Authenticating("web", ((COOKIE,),)),
            "api": Authenticating("api", ((BEARER,),)),
        },
        capabilities.of(toy),
        refresh_at={"api": REFRESH},
    )


def world_on(toy: Toy, **policy: Any) -> World:
    """Return one history on the toy; policy keys are written with __ for the dot."""
    bench = Bench(toy, calibration(toy))
    bench.names = {role: role for role in ROLES}
    model = Model({user.name: user for user in toy.users})
    said = {key.replace("__", "."): value for key, value in policy.items()}
    world = World(bench, model, Policy(said))
    world.begin("s1")
    return world


def log_in(world: World, user: str = "alice", device: str = "laptop", **rest: Any) -> Session:
    """Log in as the next step of a history: sessions are called s1, s2, ..."""
    world.begin(f"s{len(world.model.sessions) + 1}")
    session = world.login(user, device, **rest)
    assert session is not None, world.model.events[-1].words
    return session


def ended_by(world: World, cause: str) -> list[str]:
    """The credentials that the claim over this cause is judged of, at the end."""
    subjects = ended(by=cause).pick(Moment(world.model, (), final=True))
    return [subject.value.name for subject in subjects]

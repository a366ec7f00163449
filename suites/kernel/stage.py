"""Who and what is on stage: accounts behind roles, clients behind devices, planted values."""

from dataclasses import dataclass

from adapters.contract import (
    Artefact,
    Device,
    Kind,
    Place,
    User,
    fresh_device,
)
from adapters.secrets import Secret
from suites.kernel.bench import Bench, Lane, alike
from suites.kernel.consequences_authority import AuthorityConsequences
from suites.kernel.model import AUTHENTICATING, Credential, Model, Session, State
from suites.kernel.policy import Policy

ALIVE, DEAD = "the original is alive", "the original is no longer recognised"
VICTIM, BYSTANDER, ATTACKER = ROLES = ("alice", "bob", "mallory")
DEVICES = (
    *("laptop", "phone", "tablet", "desktop", "watch", "kiosk"),
    *("tv", "console", "car", "reader", "terminal", "spare"),
)
PLANT_NAMES = ("sid", "session", "sessionid", "session_id", "jsessionid", "PHPSESSID", "token")
FAILURES_ALLOWED = 2
PLANT_HEADERS = ("X-Session-Id", "X-Session-Token", "X-Auth-Token")


@dataclass(frozen=True, slots=True)
class Mark:
    """How many events and exchanges there were at a moment of a history."""

    name: str
    acted: bool
    events: int
    exchanges: int


class Stage:
    """The people, clients and values of one history."""

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        self.bench = bench
        self.model = model
        self.policy = policy
        self.effects = AuthorityConsequences(model, bench, policy)
        model.nodes = len(bench.nodes)
        model.propagation = policy.seconds("propagation_seconds") or 0.0
        model.able = {c: bench.adapter.offers_in(c) for c in bench.adapter.channels}
        self.naming = "s0"
        self.locked: set[str] = set()
        self.failures: dict[str, int] = {}
        self.habits: dict[str, bool] = {}
        self.tried: dict[str, list[Secret]] = {}
        self.codes: dict[str, tuple[Artefact, ...]] = {}
        self.disabled: set[str] = set()
        self.guessed: set[str] = set()
        self.injected: set[str] = set()
        self.windows: dict[str, dict[str, str]] = {}
        self._named = 0
        self.marks: list[Mark] = []
        bench.on_issue = self.effects.taken_over
        bench.on_use = self.effects.recognised

    # -- people ---------------------------------------------------------------------------------

    def role(self, name: str) -> str:
        """Return the account a role is played by; two accounts play three roles."""
        known = list(self.model.users)
        return name if name in self.model.users else known[-1]

    def user(self, name: str) -> User:
        """Return the account of a role."""
        return self.model.users[self.role(name)]

    def lane(self, channel: str | None) -> Lane:
        """Return where a call goes; an unknown channel means the first."""
        channels = self.bench.adapter.channels
        return Lane(channel if channel is not None and channel in channels else channels[0])

    def name(self) -> str:
        """Return the next name for something this step made."""
        self._named += 1
        return self.naming if self._named == 1 else f"{self.naming}.{self._named}"

    def begin(self, naming: str) -> None:
        """Start a step: what it makes is called after it."""
        self.naming, self._named = naming, 0
        self.mark(naming)

    def mark(self, name: str, *, acted: bool = False) -> None:
        """Note how far the history had come when a step began, or when its act was done."""
        self.marks.append(Mark(name, acted, len(self.model.events), len(self.bench.exchanges)))

    def personal(self) -> dict[str, str]:
        """Return what must not be readable from any artefact: names, passwords, personal data."""
        found: dict[str, str] = {}
        for role, user in self.model.users.items():
            found[f"login name of {role}"] = user.name
            found[f"password of {role}"] = user.password.reveal()
            found |= {f"{what} of {role}": value for what, value in user.personal.items()}
        return found

    # -- clients and plants -----------------------------------------------------------------------

    def client(self, device: str, *, anew: bool = False) -> Device:
        """Return the client of a device label, made empty when asked anew."""
        if anew or device not in self.model.devices:
            self.model.devices[device] = fresh_device(device)
        return self.model.devices[device]

    def client_of(self, session: Session) -> Device:
        """Return the session's own client, or one like it when that one moved on."""
        self.effects.using(session.held(session.channel))
        mine = [a for a in session.held(session.channel) if a.place is Place.COOKIE]
        jar = session.device.jar
        if all(jar.get(artefact.name) == artefact.value for artefact in mine):
            return session.device
        client = fresh_device(session.device.name)
        client.jar = jar.copy()
        return client

    def stray(self, artefact: Artefact, owner: str, lane: Lane) -> Credential:
        """Remember a value that belongs to no session."""
        known = self.model.by_value(artefact.value.reveal())
        if known is not None:
            return known
        credential = Credential(
            f"v{len(self.model.strays) + 1}",
            Kind.PRE_AUTH if artefact.kind in AUTHENTICATING else artefact.kind,
            (artefact,),
            owner,
            lane.channel,
            state=State.EITHER,
        )
        self.model.remember(credential)
        return credential

    def invented(self, like: Credential) -> Credential:
        """Make up a value of the same shape as one the target issued."""
        artefact = like.held[-1]
        return self.stray(
            artefact.holding(alike(artefact.value.reveal())), owner="", lane=Lane(like.channel)
        )

    def plant(self, client: Device, credential: Credential, *, everywhere: bool = False) -> None:
        """Put a value into a client as an attacker would: as cookie, or in every place."""
        value = credential.held[-1].value
        for artefact in credential.held:
            if artefact.place is Place.COOKIE:
                client.jar.set(artefact.name, artefact.value, domain=self.bench.host)
        if everywhere:
            client.headers = {**client.headers, **dict.fromkeys(PLANT_HEADERS, value.reveal())}
            client.query = dict.fromkeys(PLANT_NAMES, value.reveal())

    def authenticates(self, credential: Credential) -> bool:
        """True when a value travels where one that authenticates would."""
        known = self.bench.calibration.authenticating.get(credential.channel)
        return known is not None and known.covers(credential.held[-1])

    def crowded(self, user: str) -> bool:
        """True when one more login of this user is at the declared limit."""
        return self.effects.due_at_login(self.role(user))[0]

    def may_fail(self, user: str) -> bool:
        """True while a wrong password risks no lock-out that would outlive this history.

        Counted per fixed account over the whole run: three is a usual limit, and a success in
        between does not always reset it.
        """
        name = self.user(user).name
        return self.model.throwaway or self.failures.get(name, 0) < FAILURES_ALLOWED

    def failed(self, user: str) -> None:
        """Count a wrong password; where a lock-out is declared to end sessions, see which live."""
        name = self.user(user).name
        self.failures[name] = self.failures.get(name, 0) + 1
        if self.policy["lockout.affects_sessions"]:
            for session in self.model.live_sessions(self.role(user)):
                self.effects.doubt(session)

    def observe_with(self, client: Device, channel: str) -> None:
        """Let a client that is not logged in ask for something."""
        lane = self.lane(channel)
        self.bench.probe((), lane.channel, self.bench.probes(lane.channel)[0], client)

    def shares_refresh(self, session: Session, channel: str) -> bool:
        """True when both channels renew tokens of one client, so that one may be tried there."""
        known = self.bench.calibration.refresh_at
        clients, bound = self.bench.adapter.clients, self.bench.adapter.bound
        same = clients.get(channel) == clients.get(session.channel)
        same = channel == session.channel or (same and not bound & {channel, session.channel})
        return same and channel in known and session.channel in known

    def misplaced(
        self, credential: Credential, names: tuple[str, ...]
    ) -> list[tuple[str, Artefact]]:
        """Return a value in every place of the address, by name of the place."""
        artefact = credential.held[-1]
        own = artefact.name.lower()
        asked = dict.fromkeys((artefact.name, own, own.replace("-", "_"), *names))
        found = [(f"?{name}=", artefact.at(Place.QUERY, name)) for name in asked]
        found += [
            (f";{name}=", artefact.at(Place.PATH, name)) for name in ("jsessionid", artefact.name)
        ]
        return found


def values_of(client: Device) -> tuple[str, ...]:
    found = (client.jar.get(name) for name in client.jar.names())
    return tuple(secret.reveal() for secret in found if secret is not None)

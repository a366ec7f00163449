"""Where credentials are presented and watched: every look at the target goes through here."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from adapters.contract import (
    ABSENT,
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Kind,
    Place,
    Seen,
    User,
    fresh_device,
)
from adapters.exchange import Exchange
from suites.kernel.model import Credential, Session, State


@dataclass(frozen=True, slots=True)
class Recognition:
    """Somebody was recognised: who presented, who was seen, and which private marker was shown."""

    presenter: Credential | None
    owner: str | None
    identity: str
    probe: str
    marker_of: str | None = None

    @property
    def after_foreign_login(self) -> bool:
        """True when the presented session was opened over the session of somebody else."""
        session = self.presenter.session if self.presenter else None
        return bool(session and session.over and session.over.user != session.user)

    @property
    def by_its_own_right(self) -> bool:
        """True when nothing but isolation explains the answer: no plant, no foreign login."""
        if self.presenter is None:
            return True
        return bool(self.presenter.owner) and not self.after_foreign_login

    @property
    def shows_own_marker(self) -> bool:
        """True when the answer shows no private data of another user."""
        return self.marker_of in {None, self.owner}

    @property
    def words(self) -> str:
        """What was shown, in plain words."""
        shown = "" if self.shows_own_marker else f", with the data of {self.marker_of}"
        return f"{self.identity} by probe {self.probe}{shown}"


@dataclass(frozen=True, slots=True)
class Authenticating:
    """Which artefacts authenticate on a channel, as the ablation of the smoke test found.

    `sets` are the alternatives; each is enough by itself and minimal.
    """

    channel: str
    sets: tuple[tuple[tuple[Place, str], ...], ...]

    def covers(self, artefact: Artefact) -> bool:
        """True when this artefact belongs to one of the sets."""
        return any((artefact.place, artefact.name) in found for found in self.sets)


@dataclass(slots=True)
class Calibration:
    """What the smoke test learned: who is who, what authenticates, what the target can do."""

    users: tuple[User, ...]
    authenticating: dict[str, Authenticating]
    capabilities: frozenset[str]
    words: tuple[str, ...] = ()
    refresh_at: dict[str, tuple[Place, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a call goes; without a node to the one that the present step picked."""

    channel: str
    node: int | None = None


NOTHING_SENT = Exchange(0, "", "", "", (), None, None)


class NotOffered(Exception):  # noqa: N818  nothing is wrong: the move just does not exist here
    """A move needs an operation that the target does not offer on this channel."""


class Bench:
    """One history's view of the target: calls that act, probes that watch, and what was seen."""

    def __init__(
        self, adapter: Any, calibration: Calibration, withheld: frozenset[str] = frozenset()
    ) -> None:
        self.adapter = adapter
        self.calibration = calibration
        self.withheld = withheld
        self.missed = False
        self.names: dict[str, str] = {}
        self.markers: dict[str, str] = {}
        self.revived: list[tuple[str, tuple[Artefact, ...]]] = []
        self.recognitions: list[Recognition] = []
        self.exchanges: list[tuple[str, Exchange]] = []
        self.named: set[int] = set()
        self.on_issue: Callable[[Credential, Sequence[Artefact], bool], None] | None = None
        self.on_use: Callable[[Sequence[Artefact]], None] | None = None
        self.label = ""
        self.node = 0
        self._memo: dict[tuple[object, ...], Seen] = {}

    @property
    def nodes(self) -> range:
        """The nodes of the target, each reachable on its own."""
        return range(len(self.adapter.nodes))

    @property
    def host(self) -> str:
        """The host that planted cookies belong to."""
        return urlsplit(self.adapter.nodes[0]).hostname or ""

    @property
    def last(self) -> Exchange:
        """The last exchange of this history; an empty one where nothing was sent."""
        return self.exchanges[-1][1] if self.exchanges else NOTHING_SENT

    def heard(self, exchange: Exchange) -> None:
        """Keep one exchange under the label of the act that caused it."""
        self.exchanges.append((self.label, exchange))

    def call(
        self, operation: str, *held: Any, lane: Lane | None = None, **named: Any
    ) -> Answer | Any:
        """Do something that may change the target; everything observed before is stale."""
        if not self.offers(operation, lane):
            raise NotOffered(operation)
        self._memo.clear()
        self.label = operation
        method = getattr(self.adapter, operation)
        if lane is None:
            return method(*held, node=self.node, **named)
        node = self.node if lane.node is None else lane.node
        return method(*held, channel=lane.channel, node=node, **named)

    def offers(self, operation: str, lane: Lane | None = None) -> bool:
        """True when the adapter can do this, on this channel, and nothing withholds it now."""
        if operation in self.withheld and operation in self.calibration.capabilities:
            self.missed = True
            return False
        if operation not in self.calibration.capabilities:
            return False
        # Some capabilities are had without the operation of that name, as tokens we sign ourselves.
        if not callable(getattr(self.adapter, operation, None)):
            return False
        return lane is None or operation in self.adapter.offers_in(lane.channel)

    def probes(self, channel: str) -> tuple[str, ...]:
        """Return the names of the probes of a channel."""
        said = getattr(self.adapter, "probes_in", None)
        return tuple(said(channel)) if said is not None else tuple(self.adapter.probes)

    def stale(self) -> None:
        """Forget what was observed, so that the next look asks the target again."""
        self._memo.clear()

    def who(self, identity: str | None) -> str | None:
        """Return the role that an identity shown by a probe stands for."""
        return None if identity is None else self.names.get(identity, identity)

    def seat(self, credential: Credential) -> int:
        """Return the node that speaks for a credential: where it was issued, or where it died."""
        over = credential.ended_by if credential.state is State.DEAD else None
        return credential.node if over is None else over.node

    def probe(
        self,
        held: Sequence[Artefact],
        channel: str,
        which: str,
        device: Device | None = None,
        node: int | None = None,
    ) -> Seen:
        """Probe with exactly these artefacts, from a client that holds nothing else."""
        where = self.node if node is None else node
        key = (which, channel, where, *((a.place, a.name, a.value.reveal()) for a in held))
        if device is None and key in self._memo:
            return self._memo[key]
        self.label = f"probe {which}"
        client = device or fresh_device()
        found = self.adapter.probe(tuple(held), client, which=which, channel=channel, node=where)
        seen: Seen = replace(found, identity=self.who(found.identity))
        if device is not None or seen.issued:
            self._memo.clear()
        if device is None:
            self._memo[key] = seen
        if seen.identity is not None:
            self.named.add(self.last.number)
            if self.on_use is not None:
                self.on_use(held)
        return seen

    def observe(
        self,
        credential: Credential,
        which: str | None = None,
        device: Device | None = None,
        node: int | None = None,
    ) -> Seen:
        """Present one credential, on its own node or another, and take over what that tells of it.

        An answer that names somebody other than the owner says nothing about life or death:
        it is unclear here and told by the isolation requirement.
        """
        known = self.probes(credential.channel)
        name = which if which in known else known[0]
        where = self.seat(credential) if node is None else node
        seen = self.probe(credential.held, credential.channel, name, device, where)
        if seen.clear and seen.identity is not None:
            self._recognise(credential, seen)
            if credential.owner and seen.identity != credential.owner:
                return Seen(name, None, clear=False, why=f"recognised as {seen.identity} instead")
        if credential.state is State.LIVE:
            recognised = seen.clear and seen.identity == credential.owner
            if where == self.seat(credential):
                credential.proven = recognised
            change = credential.known_on.add if recognised else credential.known_on.discard
            change(where)
        if seen.issued and self.on_issue is not None:
            self.on_issue(credential, seen.issued, seen.identity is not None)
        return seen

    def _recognise(self, presenter: Credential | None, seen: Seen) -> None:
        owner = presenter.owner if presenter else None
        marker_of = self.markers.get(seen.marker) if seen.marker else None
        found = Recognition(presenter, owner, str(seen.identity), seen.probe, marker_of)
        if found not in self.recognitions:
            self.recognitions.append(found)

    def replay(self, subject: Session | Credential, node: int | None = None) -> Seen:
        """Present a credential from a fresh client: all probes for a dead one, one for a live one.

        Somebody recognised by one probe outweighs the others; an unclear one outweighs nobody.
        """
        credentials = [subject] if isinstance(subject, Credential) else _standing(subject)
        dead = all(c.state is not State.LIVE for c in credentials)
        looks = [(c, which) for c in credentials for which in self.probes(c.channel)]
        if not dead:
            looks = [(c, self.probes(c.channel)[0]) for c in credentials]
        return summary([self.observe(c, which, node=node) for c, which in looks], dead)

    def replay_at(self, credential: Credential, place: Place, name: str) -> Seen:
        """Present the value in a place where it does not belong, from a fresh client."""
        moved = credential.held[-1].at(place, name)
        return self.everywhere([moved], credential.channel)

    def everywhere(self, held: Sequence[Artefact], channel: str, node: int | None = None) -> Seen:
        """Present these artefacts to all probes of a node from a fresh client."""
        known = self.probes(channel)
        return summary([self.probe(held, channel, which, node=node) for which in known], True)

    def identities(
        self, held: Sequence[Artefact], channel: str, node: int | None = None
    ) -> set[str]:
        """Return everybody whom the probes name for these artefacts together."""
        seen = [self.probe(held, channel, which, node=node) for which in self.probes(channel)]
        return {s.identity for s in seen if s.clear and s.identity is not None}

    def anonymous(self, channel: str | None = None) -> Seen:
        """Probe with nothing: the control that the probe tells somebody from nobody."""
        lane = channel or self.adapter.channels[0]
        seen = summary([self.probe((), lane, which) for which in self.probes(lane)], True)
        if seen.identity is not None:
            self._recognise(None, seen)
        return seen

    def never_issued(self, credential: Credential) -> Seen:
        """Probe with a value of the same shape that the target never issued."""
        artefact = credential.held[-1]
        other = artefact.holding(alike(artefact.value.reveal()))
        return self.probe(
            (*credential.held[:-1], other),
            credential.channel,
            self.probes(credential.channel)[0],
        )

    def plaintext(self, credential: Credential) -> Seen:
        """Present a credential to the unencrypted address of the target."""
        self.label = "probe without encryption"
        seen: Seen = self.adapter.plaintext_probe(
            credential.held, fresh_device(), which=self.adapter.probes[0]
        )
        return replace(seen, identity=self.who(seen.identity))

    def present(self, credential: Credential, node: int | None = None) -> Answer:
        """Use a refresh credential from a fresh client."""
        return self._used_up("refresh", credential, node)

    def boot(self, credential: Credential) -> Answer:
        """Use a remember-me credential from a fresh client."""
        return self._used_up("boot", credential)

    def _used_up(self, operation: str, credential: Credential, node: int | None = None) -> Answer:
        self._memo.clear()
        self.label = operation
        answer: Answer = getattr(self.adapter, operation)(
            credential.held,
            fresh_device(),
            channel=credential.channel,
            node=self.seat(credential) if node is None else node,
        )
        if isinstance(answer, Acknowledged):
            self.revived.append((credential.channel, answer.issued))
        return answer

    def may(self, credential: Credential, which: str, device: Device | None = None) -> Answer:
        """Try what only one role may do; without a device from a fresh client."""
        return self._tried("role_probe", credential, device, which=which)

    def dare(self, credential: Credential) -> Answer:
        """Try what needs a fresh proof of the password, from a fresh client."""
        return self._tried("sensitive_action", credential, None, User("", ABSENT))

    def _tried(
        self,
        operation: str,
        credential: Credential,
        device: Device | None,
        *proof: User,
        **said: str,
    ) -> Answer:
        self._memo.clear()
        self.label = operation
        lane, client = credential.channel, device or fresh_device()
        where = self.seat(credential) if device is None else self.node
        answer: Answer = getattr(self.adapter, operation)(
            credential.held, client, *proof, channel=lane, node=where, **said
        )
        if answer.issued and self.on_issue is not None:
            self.on_issue(credential, answer.issued, isinstance(answer, Acknowledged))
        return answer


def _standing(session: Session) -> list[Credential]:
    """Return what stands for a session: all that must be accepted, else everything."""
    current = session.current(Kind.SESSION, Kind.ACCESS)
    return [c for c in current if c.state is State.LIVE] or current


def summary(seen: Iterable[Seen], dead: bool) -> Seen:
    """Return the one observation that stands for several."""
    looks = list(seen)
    named = [s for s in looks if s.clear and s.identity is not None]
    doubtful = [s for s in looks if not s.clear]
    nobody = [s for s in looks if s.clear and s.identity is None]
    order = (named, doubtful, nobody) if dead else (nobody, doubtful, named)
    return next(group[0] for group in order if group)


def latest(issued: Iterable[Artefact]) -> tuple[Artefact, ...]:
    """Return what a client holds after an answer: of two values for one name the later one."""
    return tuple({(a.place, a.name): a for a in issued}.values())


def alike(value: str) -> str:
    """Return a random value of the same length and alphabet, so that only its origin is wrong."""
    pools = ("0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ")
    alphabet = "".join(pool for pool in pools if any(char in pool for char in value))
    return "".join(
        secrets.choice(alphabet) if alphabet and char in alphabet else char for char in value
    )

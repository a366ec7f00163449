"""Traces of abnormal use, and of as much ordinary use: the requests of each kind of anomaly.

Acts do and record. They judge nothing, and look at no session but from its own client: a look from
elsewhere would be an anomaly itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.connections import other_source
from adapters.contract import Acknowledged, Device, fresh_device
from adapters.journals.sink import Alert
from suites.kernel.authority import Authority
from suites.kernel.bench import Lane, alike
from suites.kernel.families import THIEF, Families, spent
from suites.kernel.guessing import guesses_beyond
from suites.kernel.model import AUTHENTICATING, Session
from suites.kernel.policy import Policy

REUSE, REPLAY, CONTEXTS, GUESSING, CONCURRENCY, NEW_DEVICE = ANOMALIES = (
    *("refresh_reuse", "dead_replay", "two_contexts"),
    *("guessing", "impossible_concurrency", "new_device"),
)
REVOKE, STEP_UP, NOTIFY, ALERT = RESPONSES = ("revoke", "step_up", "notify", "alert")
ENOUGH = 3
"""Attacks, and as many benign traces, without which nothing is said of a kind of anomaly."""
_TURNS = 4
_VALID_EVERY = 3


@dataclass(slots=True)
class Trace:
    """One try of an anomaly, or of its ordinary counterpart, on one account.

    `marks` are what an alert names it by, `alerts` those that came about it, `unknown` counts
    records of no mapped kind, `nameless` alerts of its kind that came meanwhile and name nothing of
    the run. `before` is how many messages the user had, `listened` that alerts are read from a
    sink, `raised` that a sensitive action was allowed before. `answered` says whether the declared
    response was seen, None where it could not be looked for; `why` says why the trace was not
    played to its end.
    """

    kind: str
    attack: bool
    number: int
    user: str
    marks: set[str] = field(default_factory=set)
    sessions: list[Session] = field(default_factory=list)
    moves: int = 0
    alerts: list[Alert] = field(default_factory=list)
    unknown: int = 0
    nameless: int = 0
    before: int | None = None
    raised: bool = False
    listened: bool = True
    answered: bool | None = None
    seen: str = ""
    why: str = ""

    @property
    def noticed(self) -> bool:
        """True when an alert of this kind came about it."""
        return any(alert.kind == self.kind for alert in self.alerts)

    @property
    def strange(self) -> tuple[str, ...]:
        """The kinds of alerts that ordinary use does not deserve: a device is new but once."""
        kinds = {alert.kind for alert in self.alerts if alert.kind is not None}
        return tuple(sorted(k for k in kinds if self.kind == NEW_DEVICE or k != NEW_DEVICE))


def response(policy: Policy, kind: str) -> str:
    """Return the declared response to a kind of anomaly; an alert, where none is."""
    said: Mapping[str, str] = policy["anomaly.action"] or {}
    return said.get(kind, ALERT)


class Abuses(Authority, Families):
    """The acts that a target may notice, and those that it must not mistake for them."""

    def play_trace(self, trace: Trace, channel: str) -> None:
        """Play one trace on a channel; what keeps it from being played is noted there."""
        began = len(self.bench.exchanges)
        _PLAYS[trace.kind](self, trace, channel)
        trace.moves = len(self.bench.exchanges) - began

    def _prove_password(self, trace: Trace, session: Session) -> None:
        """Have a fresh proof of the password in a session, where the response takes it away."""
        lane = Lane(session.channel)
        wanted = response(self.policy, trace.kind) == STEP_UP
        if not wanted or not self.bench.offers("step_up", lane):
            return
        answer = self.bench.call(
            "step_up",
            session.held(session.channel),
            self.client_of(session),
            self.user(session.user),
            lane=lane,
        )
        event = self.model.event("step-up", answer, user=session.user, session=session)
        self.effects.renewed(session, answer.issued, event)
        trace.raised = isinstance(self._dare(session), Acknowledged)

    def _opened(self, trace: Trace, channel: str, client: Device | None = None) -> Session | None:
        """Log in, from the client that the user always uses or from another one."""
        mine = client or self._familiar(trace.user, "laptop")
        session = self.login(trace.user, mine.name, client=mine, channel=channel)
        if session is None:
            trace.why = "a login was refused"
            return None
        trace.sessions.append(session)
        return session

    def _familiar(self, user: str, device: str) -> Device:
        """Return the client that a user has always used: it keeps what it was given."""
        label = f"{device} of {user}"
        if label not in self.model.devices:
            self.model.devices[label] = fresh_device(device)
        return self.model.devices[label]

    def _from_elsewhere(self, trace: Trace, name: str) -> Device:
        """Return a client of another name, from another address where this machine has one."""
        client = fresh_device(name)
        client.source = other_source(self.bench.adapter.nodes)
        if client.source:
            trace.marks.add(client.source)
        return client

    def _use(self, session: Session, client: Device | None = None) -> None:
        """Use a session once, from its own client or another one."""
        main = session.main
        if main is None:
            return
        which = self.bench.probes(session.channel)[0]
        mine = client or self.client_of(session)
        held = main.held if client else session.held(session.channel)
        shown = tuple(a for a in held if a.kind in AUTHENTICATING)
        self.bench.probe(shown, session.channel, which, mine)

    def _leave(self, trace: Trace, session: Session) -> None:
        """Log out from the client of a session, without looking whether it lived."""
        trace.sessions.remove(session)
        held, client = session.held(session.channel), self.client_of(session)
        self.bench.call("logout", held, client, lane=Lane(session.channel))
        self.effects.forget(session)

    def _reuse(self, trace: Trace, channel: str) -> None:
        session = self._opened(trace, channel)
        if session is None:
            return
        for _ in range(2 if trace.attack else 3):
            self.refresh(session)
        used = spent(self.model, session)
        if not used:
            trace.why = "the session could not be renewed"
        elif trace.attack:
            # Where sessions are bound it is the place that is refused elsewhere, not the reuse.
            bound = self.policy["binding.mode"] != "none"
            thief = self.client_of(session) if bound else self._from_elsewhere(trace, THIEF)
            self.bench.call("refresh", used[0].held, thief, lane=Lane(used[0].channel))

    def _replay(self, trace: Trace, channel: str) -> None:
        session = self._opened(trace, channel)
        if session is None:
            return
        self._use(session)
        main = session.sure
        self._leave(trace, session)
        if trace.attack:
            which = self.bench.probes(channel)[0]
            self.bench.probe(main.held, channel, which, self._from_elsewhere(trace, THIEF))
        else:
            self._opened(trace, channel)

    def _contexts(self, trace: Trace, channel: str) -> None:
        session = self._opened(trace, channel)
        if session is None:
            return
        self._prove_password(trace, session)
        thief = self._from_elsewhere(trace, THIEF) if trace.attack else None
        for turn in range(_TURNS):
            self._use(session, thief if turn % 2 else None)

    def _concurrency(self, trace: Trace, channel: str) -> None:
        first = self._opened(trace, channel)
        if first is None:
            return
        self._prove_password(trace, first)
        far = (
            self._from_elsewhere(trace, THIEF)
            if trace.attack
            else self._familiar(trace.user, "phone")
        )
        if trace.attack and not far.source:
            trace.why = "this machine has one address only from which the target is reached"
            return
        second = self._opened(trace, channel, far)
        if second is None:
            return
        for turn in range(_TURNS):
            self._use((first, second)[turn % 2])

    def _new_device(self, trace: Trace, channel: str) -> None:
        session = self._opened(trace, channel)
        if session is None:
            return
        self._leave(trace, session)
        if not trace.attack:
            self._opened(trace, channel)
            return
        stranger = self._from_elsewhere(trace, f"unknown {trace.number}")
        self._opened(trace, channel, stranger)

    def _guessing(self, trace: Trace, channel: str) -> None:
        """Try made-up values; in every other attack with the guesser's own session between."""
        client = self._from_elsewhere(trace, "guesser") if trace.attack else None
        session = self._opened(trace, channel, client)
        if session is None:
            return
        held, which = session.sure.held, self.bench.probes(channel)[0]
        stranger = fresh_device("guesser")
        stranger.source = session.device.source
        for number in range(1, guesses_beyond(self.policy) + 1):
            between = trace.number % 2 == 0 and number % _VALID_EVERY == 0
            if client is None or between:
                self._use(session)
            if client is not None:
                made_up = held[-1].holding(alike(held[-1].value.reveal()))
                self.bench.probe((*held[:-1], made_up), channel, which, stranger)
            if self.bench.last.overloaded:
                break


_PLAYS: Mapping[str, Callable[[Abuses, Trace, str], None]] = {
    REUSE: Abuses._reuse,
    REPLAY: Abuses._replay,
    CONTEXTS: Abuses._contexts,
    GUESSING: Abuses._guessing,
    CONCURRENCY: Abuses._concurrency,
    NEW_DEVICE: Abuses._new_device,
}


def needed(policy: Policy, kind: str) -> frozenset[str]:
    """Return the operations that show a kind of anomaly and the declared response to it."""
    found = {"refresh"} if kind == REUSE else set()
    if response(policy, kind) == STEP_UP:
        found |= {"step_up", "sensitive_action"}
    return frozenset(found)

"""What happens when a secret of one kind is presented where another kind belongs.

The act knows kinds and places only; a new kind of artefact takes part as soon as it is issued.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.contract import Acknowledged, Answer, Artefact, Kind, Seen, fresh_device
from adapters.secrets import Secret
from suites.kernel.bench import Lane, alike, latest
from suites.kernel.model import AUTHENTICATING, Credential, Event, Session, State
from suites.kernel.stage import ALIVE
from suites.kernel.tokens import Attempt, Tokens, Trial, seen_of

OUTSIDE = frozenset({Kind.UNKNOWN, Kind.PRE_AUTH})
"""Kinds whose purpose is not known, or which are for nobody yet."""


@dataclass(frozen=True, slots=True)
class Held:
    """A secret to be presented where it does not belong."""

    kind: Kind
    value: Secret
    words: str


@dataclass(frozen=True, slots=True)
class Consumer:
    """Where one kind belongs: how to present a value there, and whether the right one works."""

    kind: Kind
    words: str
    made_up: Secret
    present: Callable[[Secret], Seen]
    works: Callable[[], bool]


class Kinds(Tokens):
    """The act that presents every kind in the place of every other."""

    def exchange_kinds(self, session: Session) -> Event:
        """Present what a user holds in every place where another kind belongs.

        Trials count where the right value works afterwards; what was accepted counts anyway.
        """
        self.effects.prove_all(session.user)
        held = self._held(session)
        # Where a value that nobody issued is taken as well, the place does not tell kinds apart.
        consumers = [c for c in self._consumers(session) if c.present(c.made_up).identity is None]
        tried: list[tuple[Consumer, Trial]] = []
        for consumer in consumers:
            for one in held:
                if not self._same(one.kind, consumer.kind):
                    name = f"{one.words} as {consumer.words}"
                    attempt = Attempt(name, consumer.words, "SM-3.6", "")
                    tried.append((consumer, Trial(attempt, consumer.present(one.value))))
        self.bench.stale()
        working = [consumer for consumer in consumers if consumer.works()]
        self.effects.doubt_all()
        trials = [t for consumer, t in tried if t.accepted or consumer in working]
        main = session.sure
        proven = main.proven or any(trial.accepted for trial in trials)
        detail = ALIVE if proven else "the session itself is not recognised"
        return self._trials("kinds", main, trials, detail)

    def _same(self, kind: Kind, other: Kind) -> bool:
        """Say whether one kind may stand for another: itself, or by declaration."""
        said: Mapping[str, Any] = self.policy["artifacts"] or {}
        aliases = {(a, said[a].get("alias")) for a in said if isinstance(said[a], Mapping)}
        either = {(kind.value, other.value), (other.value, kind.value)}
        return kind is other or bool(either & aliases)

    # -- what there is ----------------------------------------------------------------------------

    def _held(self, session: Session) -> list[Held]:
        found = [
            Held(c.kind, c.held[-1].value, _words(c))
            for c in self.model.credentials()
            if c.owner == session.user and c.kind not in OUTSIDE and _stands(c)
        ]
        found += [Held(a.kind, a.value, a.kind.value) for a in self._issued_for(session)]
        return list({one.value.reveal(): one for one in found}.values())

    def _issued_for(self, session: Session) -> Iterator[Artefact]:
        """Yield what is handed out on demand: anti-CSRF tokens, and the token of a first step."""
        for one in self._mine(session):
            lane = Lane(one.channel)
            if self.bench.offers("csrf_token", lane):
                answer = self.bench.call(
                    "csrf_token", one.held(one.channel), self.client_of(one), lane=lane
                )
                yield from (a for a in answer.issued if a.kind is Kind.CSRF)
        pending = self._pending(session)
        if pending is not None:
            yield pending[1]

    def _pending(self, session: Session) -> tuple[Lane, Artefact] | None:
        for channel in self.bench.adapter.channels:
            lane = Lane(channel)
            if self.bench.offers("login_first_factor", lane):
                answer = self.bench.call(
                    "login_first_factor",
                    self.user(session.user),
                    fresh_device("first step"),
                    lane=lane,
                )
                pending = [a for a in answer.issued if a.kind is Kind.PENDING]
                if pending:
                    return lane, pending[0]
        return None

    def _mine(self, session: Session) -> list[Session]:
        """Return one living session of the user on each channel."""
        live = {s.channel: s for s in reversed(self.model.live_sessions(session.user))}
        return list({**live, session.channel: session}.values())

    # -- where it may be presented ----------------------------------------------------------------

    def _consumers(self, session: Session) -> Iterator[Consumer]:
        for one in self._mine(session):
            for credential in one.current(Kind.REFRESH, *AUTHENTICATING):
                yield self._at_home(one, credential)
            csrf = self._as_csrf(one)
            if csrf is not None:
                yield csrf
        # One session more may cost another one its place, where sessions are counted.
        counted = self.policy["concurrency.mode"] in {"block", "evict"}
        pending = None if counted else self._pending(session)
        if pending is not None:
            yield self._as_second_step(session.user, *pending)

    def _at_home(self, session: Session, credential: Credential) -> Consumer:
        def present(value: Secret) -> Seen:
            return self._present_forged(credential, replace(credential.held[-1], value=value))

        def works() -> bool:
            if credential.kind is Kind.REFRESH:
                return self.refresh(session).acknowledged
            return self.bench.observe(credential).identity == credential.owner

        return Consumer(
            credential.kind, _words(credential), _like(credential.held[-1]), present, works
        )

    def _as_csrf(self, session: Session) -> Consumer | None:
        """Return the place of the anti-CSRF token."""
        lane = Lane(session.channel)
        if not all(self.bench.offers(name, lane) for name in ("csrf_token", "write_marker")):
            return None
        held, client = session.held(session.channel), self.client_of(session)
        answer = self.bench.call("csrf_token", held, client, lane=lane)
        if not isinstance(answer, Acknowledged):
            return None
        token = answer.issued[-1]

        def write(value: Secret) -> Answer:
            answer: Answer = self.bench.call(
                "write_marker",
                (*session.held(session.channel), replace(token, value=value)),
                self.client_of(session),
                "kinds",
                lane=lane,
            )
            return answer

        return Consumer(
            Kind.CSRF,
            f"csrf on {session.channel}",
            _like(token),
            lambda value: seen_of(write(value), session.user, "write_marker"),
            lambda: isinstance(write(token.value), Acknowledged),
        )

    def _as_second_step(self, user: str, lane: Lane, pending: Artefact) -> Consumer:
        def confirm(value: Secret) -> Answer:
            answer: Answer = self.bench.call(
                "login_second_factor",
                (replace(pending, value=value),),
                fresh_device("second step"),
                self.user(user),
                lane=lane,
            )
            if isinstance(answer, Acknowledged):
                opened = latest(answer.issued)
                self.bench.call("logout", opened, fresh_device("second step"), lane=lane)
            return answer

        return Consumer(
            Kind.PENDING,
            f"pending on {lane.channel}",
            _like(pending),
            lambda value: seen_of(confirm(value), user, "login_second_factor"),
            lambda: isinstance(confirm(pending.value), Acknowledged),
        )


def _like(artefact: Artefact) -> Secret:
    return artefact.holding(alike(artefact.value.reveal())).value


def _stands(credential: Credential) -> bool:
    """Say whether a credential is current, or a used-up one of a session that lives."""
    if credential.session is None:
        return bool(credential.owner)
    used_up = credential.state is State.DEAD and credential.cause == "rotation"
    return credential.session.live and (credential.state is State.LIVE or used_up)


def _words(credential: Credential) -> str:
    used_up = "used-up " if credential.cause == "rotation" else ""
    return f"{used_up}{credential.kind.value} on {credential.channel}"

"""Scopes: what the tokens of a session may be used for, at login and after they were narrowed.

Acts do and record, and keep the model true; they judge nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Kind,
    Listing,
    Refused,
    fresh_device,
)
from suites.kernel.bench import Lane, latest
from suites.kernel.binding import Binding
from suites.kernel.model import Event, Session

WIDEST = "admin"
"""A scope that nobody was granted, asked for beside all that are declared."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The scopes of a session: those of its login, those of its tokens now.

    `renewed` is True once a refresh that named no scope followed one that had narrowed them: it
    may give back what was granted first (RFC 6749 6).
    """

    original: frozenset[str]
    current: frozenset[str]
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One operation tried with the tokens of a session; `allowed` is None where that is unclear.

    `able` is True when the same user could do it just before with unlimited tokens.
    """

    session: Session
    operation: str
    needed: str
    grant: Grant
    allowed: bool | None
    able: bool

    @property
    def beyond(self) -> bool:
        """True when what is needed had never been granted."""
        return self.needed not in self.grant.original

    @property
    def dropped(self) -> bool:
        """True when what is needed was granted first and is not any more."""
        return not self.beyond and self.needed not in self.grant.current


class Scoping(Binding):
    """The acts in which the scope of a token matters."""

    @cached_property
    def grants(self) -> dict[str, Grant]:
        """The scopes of the sessions of this history, by name."""
        return {}

    def refresh(self, session: Session, channel: str | None = None) -> Event:
        """Renew a session without naming scopes."""
        event = super().refresh(session, channel)
        grant = self.grant_of(session)
        if grant and event.acknowledged and grant.current != grant.original:
            self.grants[session.name] = Grant(grant.original, grant.current, renewed=True)
        return event

    def grant_of(self, session: Session) -> Grant | None:
        """Return the scopes of a session, None where its channel names none."""
        words = self.bench.adapter.scopes.get(session.channel)
        if words is None:
            return None
        asked = frozenset(words.split())
        return self.grants.setdefault(session.name, Grant(asked, asked))

    def narrow(self, session: Session) -> Event | None:
        """Refresh with one of the scopes of the session only."""
        grant = self.grant_of(session)
        return self._ask(session, sorted(grant.current)[:1]) if grant else None

    def widen(self, session: Session) -> Event | None:
        """Refresh with every scope there is, and one that nobody has."""
        return self._ask(session, [*self._needed().values(), WIDEST])

    def _ask(self, session: Session, scopes: Sequence[str]) -> Event | None:
        grant = self.grant_of(session)
        credential = next(iter(session.current(Kind.REFRESH)), None)
        if grant is None or credential is None:
            return None
        lane = Lane(credential.channel)
        words = " ".join(dict.fromkeys(scopes))
        held, client = session.held(lane.channel), self.client_of(session)
        answer: Answer = self.bench.call("refresh_scoped", held, client, words, lane=lane)
        event = self.model.event("scoped refresh", answer, user=session.user, session=session)
        if isinstance(answer, Acknowledged):
            self.effects.refreshed(session, credential, answer.issued, event, lane.channel)
            wanted = grant.original & frozenset(scopes)
            self.grants[session.name] = Grant(grant.original, wanted)
        else:
            self.effects.doubt(session)
        event.detail = words
        return event

    def try_scopes(self, session: Session) -> Event | None:
        """Try every operation that needs a declared scope, with the tokens of a session."""
        grant = self.grant_of(session)
        if grant is None:
            return None
        able = self._able(session)
        trials = []
        for operation, needed in self._needed().items():
            held, client = session.held(session.channel), self.client_of(session)
            allowed = self._try(operation, held, client, session.channel)
            trials.append(
                Trial(session, operation, needed, grant, allowed, able.get(operation, False))
            )
        self.bench.stale()
        return self.model.event(
            "scopes", None, user=session.user, session=session, extra=tuple(trials)
        )

    def _able(self, session: Session) -> dict[str, bool]:
        """Return what the user of a session can do with tokens that are not limited."""
        scopes = self.bench.adapter.scopes
        channel = next((c for c in self.bench.adapter.channels if c not in scopes), None)
        if channel is None:
            return {}
        client = fresh_device("unlimited")
        answer = self.bench.call("login", self.user(session.user), client, lane=Lane(channel))
        if not isinstance(answer, Acknowledged):
            return {}
        held = latest(answer.issued)
        found = {
            operation: bool(self._try(operation, held, client, channel))
            for operation in self._needed()
        }
        self.bench.call("logout", held, client, lane=Lane(channel))
        return found

    def _needed(self) -> dict[str, str]:
        """Return the scope that an operation needs, by operation."""
        declared: Mapping[str, Any] = self.policy["scopes"] or {}
        return {str(op): scope for scope, operations in declared.items() for op in operations}

    def _try(
        self, operation: str, held: Sequence[Artefact], client: Device, channel: str
    ) -> bool | None:
        if operation in self.bench.probes(channel):
            seen = self.bench.probe(held, channel, operation, client)
            return seen.identity is not None if seen.clear else None
        # A target may do the same write only once.
        extra = {
            "write_marker": (f"tried-{len(self.model.events)}",),
            "list_sessions": (),
        }.get(operation)
        if extra is None or not self.bench.offers(operation, Lane(channel)):
            return None
        answer = self.bench.call(operation, held, client, *extra, lane=Lane(channel))
        if isinstance(answer, Acknowledged | Listing):
            return True
        return False if isinstance(answer, Refused) else None

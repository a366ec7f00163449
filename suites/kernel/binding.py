"""Tokens in foreign hands: another client presents what was issued to the first.

Acts do and record, and keep the model true; they judge nothing.
"""

from dataclasses import dataclass

from adapters.contract import Acknowledged, Answer, Kind, Refused, User, fresh_device
from adapters.dpop import flawed
from suites.kernel.bench import Lane, latest
from suites.kernel.model import Credential, Event, Session
from suites.kernel.racing import Racing

TOKEN, USED = "another token", "a used proof"


@dataclass(frozen=True, slots=True)
class Misuse:
    """A token presented by whom it was not issued to, and what came of it.

    `able` is True when whoever did it had just done the same with a token of its own.
    """

    event: Event
    session: Session
    credential: Credential
    able: bool
    opened: tuple[str, ...]
    owner_goes_on: bool | None

    @property
    def words(self) -> str:
        """What came of it, in plain words."""
        return f"recognised as {', '.join(self.opened)}" if self.opened else self.event.words


class Binding(Racing):
    """The acts of clients and senders that present what is not theirs."""

    def refresh_as_another_client(self, session: Session, channel: str, user: str) -> Event | None:
        """Use the refresh token of a session at another client, which has valid ones itself."""
        credential = next(iter(session.current(Kind.REFRESH)), None)
        lane = self.lane(channel)
        if credential is None or lane.channel not in self.bench.calibration.refresh_at:
            return None
        if self.crowded(user):
            return None
        place, name = self.bench.calibration.refresh_at[lane.channel]
        able = self._can_refresh(self.user(user), lane)
        self.effects.prove(session)
        held = (credential.held[-1].at(place, name),)
        answer: Answer = self.bench.call("refresh", held, fresh_device("another client"), lane=lane)
        event = self.model.event("misuse", answer, user=session.user, session=session)
        opened: set[str] = set()
        if isinstance(answer, Acknowledged):
            self.bench.revived.append((lane.channel, latest(answer.issued)))
            opened = self.bench.identities(latest(answer.issued), lane.channel)
            self.effects.forget(session)
        self.effects.doubt(session)
        goes_on = None if opened else self.refresh(session).acknowledged
        event.extra = Misuse(event, session, credential, able, tuple(sorted(opened)), goes_on)
        event.detail = lane.channel
        return event

    def present_without_key(self, session: Session, flaw: str) -> None:
        """Present the tokens of a session with a proof that is wrong in one respect, or none."""
        self.effects.prove(session)
        access, able = session.sure, session.sure.proven
        held = flawed(access.held, flaw)
        if flaw == USED:
            # The first use is fine: only the second one shows the same proof again.
            self.bench.everywhere(held, access.channel)
        self.bench.stale()
        opened = self.bench.identities(held, access.channel)
        if flaw == USED:
            opened |= self._used_elsewhere(access)
        self._misused(session, access, f"access with {flaw}", Refused(flaw), able, opened)
        credential = next(iter(session.current(Kind.REFRESH)), None)
        if credential is None or flaw in {USED, TOKEN}:
            return
        lane = Lane(credential.channel)
        answer = self.bench.call(
            "refresh", flawed(credential.held, flaw), fresh_device("a thief"), lane=lane
        )
        got: set[str] = set()
        if isinstance(answer, Acknowledged):
            whole = latest((*credential.held, *access.held, *answer.issued))
            self.bench.revived.append((lane.channel, whole))
            got = {session.user}
            self.effects.forget(session)
        self._misused(session, credential, f"refresh with {flaw}", answer, able, got)

    def _used_elsewhere(self, access: Credential) -> set[str]:
        """Return whom the other nodes recognise by a proof that was used on this one."""
        here = self.bench.adapter.nodes[self.bench.node]
        held = flawed(access.held, USED, place=here)
        others = [node for node in self.bench.nodes if node != self.bench.node]
        found = [self.bench.identities(held, access.channel, node) for node in others]
        return set().union(*found)

    def _misused(
        self,
        session: Session,
        credential: Credential,
        detail: str,
        answer: Answer,
        able: bool,
        opened: set[str],
    ) -> None:
        event = self.model.event(
            "misuse", answer, user=session.user, session=session, detail=detail
        )
        event.extra = Misuse(event, session, credential, able, tuple(sorted(opened)), None)

    def _can_refresh(self, user: User, lane: Lane) -> bool:
        """Say whether a client can refresh a token that is its own."""
        device = fresh_device("another client")
        answer = self.bench.call("login", user, device, lane=lane)
        if not isinstance(answer, Acknowledged):
            return False
        held = latest(answer.issued)
        again: Answer = self.bench.call("refresh", held, device, lane=lane)
        if isinstance(again, Acknowledged):
            held = latest((*held, *again.issued))
        self.bench.call("logout", held, device, lane=lane)
        self.effects.doubt_all()
        return isinstance(again, Acknowledged)

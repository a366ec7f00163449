"""What can be done with what a provider hands out: codes redeemed and misused, tokens revoked.

Acts do and record. They judge nothing.
"""

from collections.abc import Sequence

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Kind,
    Refused,
    Seen,
    fresh_device,
)
from suites.kernel.bench import Bench, Lane, alike
from suites.kernel.model import Credential, Event, Session, State
from suites.kernel.timing import Timing

REVOCATION, REPEATED, BOGUS, FOREIGN = (
    "revocation",
    "repeated revocation",
    "bogus revocation",
    "foreign revocation",
)
CODE_MISUSE, CODE_REPLAY = "code misuse", "code replay"
PUBLIC, CONFIDENTIAL = (
    "code of a public client without a challenge",
    "code of a confidential client without a challenge",
)
BARE, UNASKED = DOWNGRADES = ("handed in without a proof", "handed in with a proof of no challenge")
OTHER_CLIENT, NO_PROOF, OTHER_PROOF, OTHER_RETURN, LATE = CODE_DEFECTS = (
    "by another client",
    "without the proof",
    "with another proof",
    "with another return address",
    "too late",
)
LATER = 5.0
RIGHT, WRONG, NO_HINT = HINTS = ("right", "wrong", "no")
_OTHER = {Kind.ACCESS: Kind.REFRESH, Kind.REFRESH: Kind.ACCESS}


class Grants(Timing):
    """The acts of clients, and of thieves who use the same doors."""

    def clients(self) -> list[str]:
        """Return the channels of OAuth clients: those that hand in codes for tokens."""
        channels: tuple[str, ...] = self.bench.adapter.channels
        return [name for name in channels if self.bench.offers("redeem", Lane(name))]

    # -- codes ------------------------------------------------------------------------------------

    def code(
        self, user: str, client: Device, channel: str, *, silent: bool = False
    ) -> tuple[Artefact, ...] | None:
        """Let a user authorise a client, and keep the answer; None when there was no code."""
        answer = self.bench.call(
            "authorize",
            self.user(user),
            client,
            lane=Lane(channel),
            silent=silent,
            challenged=True,
        )
        return answer.issued if isinstance(answer, Acknowledged) else None

    def login_by_code(self, user: str, device: str, channel: str) -> Session | None:
        """Log a user in step by step, and remember the code."""
        role, client = self.role(user), self.client(device, anew=True)
        held = self.code(role, client, channel)
        if held is None:
            return None
        answer = self.bench.call("redeem", held, client, lane=Lane(channel))
        event = self.model.event("login", answer, user=role)
        if not isinstance(answer, Acknowledged):
            self.effects.spare(event)
            return None
        session = Session(self.name(), role, client, channel, event)
        event.opened = event.session = session
        self.model.sessions[session.name] = session
        self.effects.opened(session, answer.issued, event)
        self.effects.after_login(session, event)
        self.codes[session.name] = held
        return session

    def replay_code(self, session: Session) -> Event | None:
        """Hand in the code of a session once more, as a thief would; its tokens die of it."""
        held = self.codes.get(session.name)
        if held is None:
            return None
        self.effects.prove(session)
        answer = self._thief(held, session.channel)
        event = self.model.event(CODE_REPLAY, answer, user=session.user, session=session)
        if isinstance(answer, Refused):
            end(session, session.credentials, event, CODE_REPLAY)
            session.ended = session.ended or event
        else:
            self.effects.forget(session)
        self.effects.spare(event)
        return event

    def misuse_code(self, user: str, channel: str, defect: str) -> Event | None:
        """Hand in a fresh code in one wrong way; `extra` says that the right way was open."""
        role = self.role(user)
        genuine = self.login_by_code(role, "laptop", channel)
        held = self.code(role, fresh_device("browser"), channel)
        others = [c for c in self.clients() if c != channel]
        if held is None or (defect == OTHER_CLIENT and not others):
            return None
        lane = others[0] if defect == OTHER_CLIENT else channel
        if defect == OTHER_CLIENT:
            # The other client sends its own registered return address: only the code is foreign.
            held = tuple(artefact for artefact in held if artefact.kind is not Kind.RETURN)
        if defect == LATE:
            self.pass_time(float(self.policy["oauth.code_lifetime"]) + LATER)
        answer = self._thief(_with_defect(held, defect), lane)
        event = self.model.event(CODE_MISUSE, answer, user=role, detail=defect)
        event.extra = genuine is not None
        self.effects.spare(event)
        return event

    def downgrade_code(self, user: str, channel: str, how: str) -> Event | None:
        """Ask for a code without a challenge and hand it in; what refuses first is the answer."""
        role = self.role(user)
        genuine = self.login_by_code(role, "laptop", channel)
        answer: Answer = self.bench.call(
            "authorize",
            self.user(role),
            fresh_device("browser"),
            lane=Lane(channel),
            silent=False,
            challenged=False,
        )
        if isinstance(answer, Acknowledged):
            left_out = Kind.PROOF if how == BARE else None
            held = tuple(one for one in answer.issued if one.kind is not left_out)
            answer = self._thief(held, channel)
        public = channel in self.bench.adapter.public_clients
        event = self.model.event(PUBLIC if public else CONFIDENTIAL, answer, user=role, detail=how)
        event.extra = genuine is not None
        self.effects.spare(event)
        return event

    def _thief(self, held: Sequence[Artefact], channel: str) -> Answer:
        answer: Answer = self.bench.call("redeem", held, fresh_device("thief"), lane=Lane(channel))
        if isinstance(answer, Acknowledged):
            self.bench.revived.append((channel, answer.issued))
        return answer

    # -- revocation -------------------------------------------------------------------------------

    def revoke_token(self, session: Session, kind: Kind, hint: str) -> Event | None:
        """Revoke the current access or refresh token of a session."""
        credential = next(iter(session.current(kind)), None)
        if credential is None:
            return None
        self.effects.prove(session)
        hinted = {RIGHT: kind, WRONG: _OTHER[kind], NO_HINT: None}[hint]
        answer = self._ask_to_revoke(credential, session.channel, hinted)
        event = self.model.event(REVOCATION, answer, user=session.user, session=session)
        event.detail = f"{kind.value}, {hint} hint"
        if not isinstance(answer, Acknowledged):
            self.effects.forget(session)
        elif kind is Kind.REFRESH:
            end(session, session.credentials, event, REVOCATION)
            session.ended = event
        else:
            end(session, [credential], event, REVOCATION)
            # RFC 7009 2.1: the refresh token may go with it.
            for other in session.current(Kind.REFRESH):
                other.state = State.EITHER
        self.effects.spare(event)
        return event

    def revoke_in_vain(self, session: Session, how: str) -> Event | None:
        """Present a dead token, one that never was, or one of another client to revocation."""
        kept = session.current(Kind.REFRESH) or session.current(Kind.ACCESS)
        if not kept or (how == REPEATED) != (session.ended is not None):
            return None
        credential, channel = kept[0], session.channel
        if how == FOREIGN:
            others = [c for c in self.clients() if c != channel]
            if not others:
                return None
            channel = others[0]
        if how == BOGUS:
            credential = self.invented(credential)
        self.effects.prove_all(session.user)
        answer = self._ask_to_revoke(credential, channel, None)
        event = self.model.event(how, answer, user=session.user, session=session)
        self.effects.spare(event)
        return event

    def _ask_to_revoke(self, credential: Credential, channel: str, hint: Kind | None) -> Answer:
        answer: Answer = self.bench.call(
            "revoke_token",
            (credential.held[-1],),
            fresh_device("client"),
            lane=Lane(channel),
            hint=hint,
        )
        return answer


def end(session: Session, credentials: Sequence[Credential], event: Event, cause: str) -> None:
    """Make credentials of a session dead by this event."""
    for credential in credentials:
        if credential.state is not State.DEAD or credential.cause == "rotation":
            credential.end(cause, event)
            event.ends.append(credential)


def worth(bench: Bench, credential: Credential, *, anonymous: bool = False) -> Seen:
    """Ask the provider what a token is worth, as its client or as nobody."""
    bench.label = "introspect"
    found: Seen = bench.adapter.introspect(
        credential.held[-1:],
        fresh_device("client"),
        channel=credential.channel,
        node=0,
        anonymous=anonymous,
    )
    return found


def _with_defect(held: Sequence[Artefact], defect: str) -> tuple[Artefact, ...]:
    def altered(artefact: Artefact) -> Artefact:
        value = artefact.value.reveal()
        if defect == OTHER_PROOF and artefact.kind is Kind.PROOF:
            return artefact.holding(alike(value))
        if defect == OTHER_RETURN and artefact.kind is Kind.RETURN:
            return artefact.holding(f"{value}/elsewhere")
        return artefact

    without = Kind.PROOF if defect == NO_PROOF else None
    return tuple(altered(artefact) for artefact in held if artefact.kind is not without)

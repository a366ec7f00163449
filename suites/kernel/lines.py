"""Connections that stay open: who opened them with what, and whom they still name afterwards.

Acts do and record. They judge nothing.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.contract import Refused, Seen, Socket, Unclear, fresh_device
from suites.kernel.bench import Bench, Lane
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.lasting import Lasting
from suites.kernel.limits import Ages, standing
from suites.kernel.model import Credential, Session
from suites.kernel.policy import LIMITS
from suites.kernel.select import was_alive

ELSEWHERE = "https://attacker.example"
"""The origin of a page that is none of the target's own."""
OPENED, ABROAD, OUTLIVED = "connection", "connection from elsewhere", "connection beyond the limit"
TALKED_BEFORE = "a message over it named its owner before the event"
PAUSE = 0.25
NAME = "websocket"


@dataclass(eq=False, slots=True)
class Line:
    """One connection that was opened with a credential.

    `proven` is True once a message over it named the owner of its session.
    """

    session: Session
    credential: Credential
    socket: Socket
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Abroad:
    """What the pages of another origin got to see, in a browser that holds somebody's cookie."""

    session: Session
    origin: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class Outlived:
    """A connection whose session ended by time: what it named then, and what the session did."""

    session: Session
    seen: Seen
    session_is: Seen


def ask(bench: Bench, socket: Socket) -> Seen:
    """Exchange one message over a connection, and say whom the answer names."""
    bench.label = NAME
    seen = socket.ask()
    return Seen(NAME, bench.who(seen.identity), seen.clear, seen.why)


def patiently(bench: Bench, socket: Socket, until: float) -> Seen:
    """Ask again and again until nobody is named, or until a time (`time.monotonic`)."""
    seen = ask(bench, socket)
    while seen.identity is not None and (left := until - time.monotonic()) > 0:
        time.sleep(min(PAUSE, left))
        seen = ask(bench, socket)
    return seen


def dialled(
    bench: Bench, credential: Credential, origin: str | None = None
) -> Socket | Refused | Unclear:
    """Open a connection with a credential, from a client that holds nothing else."""
    bench.label = NAME
    answer: Socket | Refused | Unclear = bench.adapter.websocket(
        credential.held,
        fresh_device(),
        origin=origin,
        channel=credential.channel,
        node=bench.seat(credential),
    )
    return answer


def knock(bench: Bench, credential: Credential, origin: str | None = None) -> Seen:
    """Open a connection, exchange one message over it, and close it again."""
    answer = dialled(bench, credential, origin)
    if isinstance(answer, Refused | Unclear):
        return Seen(NAME, None, clear=isinstance(answer, Refused), why=answer.why)
    seen = ask(bench, answer)
    answer.close()
    return seen


class Lines(Lasting):
    """The acts of clients that stay connected."""

    def connect(self, session: Session) -> Line | None:
        """Open a connection with what a session holds, and exchange one message."""
        main = session.main
        if main is None or not self.bench.offers(NAME, Lane(session.channel)):
            return None
        answer = dialled(self.bench, main)
        event = self.model.event(OPENED, None, user=session.user, session=session)
        if isinstance(answer, Refused | Unclear):
            event.detail = answer.why
            return None
        line = Line(session, main, answer)
        self.model.lines.append(line)
        line.proven = ask(self.bench, answer).identity == session.user
        if line.proven:
            session.active = self.model.now
        return line

    def connect_from_elsewhere(self, session: Session) -> None:
        """Open connections as pages of other origins would, in a browser that is logged in.

        What does not travel by itself no foreign page can send: only cookies are tried. That the
        own page is let in shows that it is the origin which counts.
        """
        main = session.main
        if main is None or main.place != "cookie":
            return
        line = self.connect(session)
        if line is None or not line.proven:
            return
        own = self.bench.adapter.nodes[self.bench.seat(main)]
        for origin in (ELSEWHERE, f"{own}.attacker.example", "null"):
            found = Abroad(session, origin, knock(self.bench, main, origin))
            self.model.event(ABROAD, None, user=session.user, session=session, extra=found)

    def stay_connected(self, session: Session, seconds: float) -> None:
        """Keep a connection open, in silence, until its session must be over by time."""
        line, main = self.connect(session), session.main
        if line is None or main is None or not line.proven:
            return
        self.let_pass(seconds)
        now = self.model.now
        ages = Ages(now - session.active, now - session.opened.at)
        bound = float(self.policy["websocket.close_seconds"])
        seen = patiently(self.bench, line.socket, time.monotonic() + bound)
        self.bench.stale()
        session_is = self.bench.observe(main)
        event = self.model.event(OUTLIVED, None, user=session.user, session=session)
        event.extra = Outlived(session, seen, session_is)
        event.detail = standing(self.policy, ages, alive=False)
        self.effects.forget(session)

    def hang_up(self) -> None:
        """Close every connection of this history."""
        for line in self.model.lines:
            line.socket.close()


def lines_ended() -> Selector:
    """Select the open connections of sessions that an event has just ended."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for line in moment.model.lines:
            event = line.session.ended
            if event in moment.events and line.proven and was_alive(line.credential):
                about = f"{event.kind} | {line.credential.kind.value} in {line.credential.place}"
                yield Subject(line, (line.session.name, line.credential.name), about)

    return Selector("connections of ended sessions", pick, TALKED_BEFORE)


def connections_from_elsewhere() -> Selector:
    """Select connections that pages of other origins tried to open with a living session."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == ABROAD:
                found: Abroad = event.extra
                yield Subject(found, (event.number,), f"a page of {found.origin}")

    return Selector("connections from elsewhere", pick, "a page of the own origin was let in")


def lines_outlived() -> Selector:
    """Select connections that were open when the time of their session was surely over."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == OUTLIVED and event.detail in LIMITS:
                yield Subject(event.extra, (event.number,), event.detail)

    return Selector("connections of expired sessions", pick, TALKED_BEFORE)

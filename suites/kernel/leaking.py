"""Acts that make a target say more than it should: errors, late returns, pages with a secret in
their address, and one address asked for by several people.

Acts do and record. They judge nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adapters.caching import directives, unchanged, validators
from adapters.contract import Acknowledged, Artefact, Device, Kind, Seen, fresh_device
from adapters.elsewhere import told_elsewhere
from adapters.provoking import kind_of_error, provoke
from suites.kernel.bench import Lane
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.lasting import Lasting
from suites.kernel.model import Event, Session, State
from suites.kernel.once import OneTime
from suites.kernel.showing import OF_A_SESSION, PROVOKED, echoed
from suites.kernel.sights import Kept

ERRORS, LATE = "provoked errors", "late return"
LANDING, SHARED = "page of a link", "shared address"
TAILS = ("", "/x.css", ";x.css", "?x.css")
"""What is put behind an address, so that a cache takes it for a file, and an application not."""
NO_STORE = "no-store"


@dataclass(frozen=True, slots=True)
class Errors:
    """The classes of errors that were reached with a living session, and what they repeated."""

    session: Session
    classes: tuple[str, ...]
    repeated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Late:
    """What a client that came back too late was answered.

    `repeated` names what the refusal held, `works` says whether any of it still did.
    """

    session: Session
    refused: bool
    repeated: tuple[str, ...]
    works: bool


@dataclass(frozen=True, slots=True)
class Landing:
    """The page that a link leads to: how it told others of it, and whether the link was good."""

    told: str | None
    good: bool


@dataclass(frozen=True, slots=True)
class SharedLook:
    """What somebody saw at an address that another user had asked for just before.

    `stale` says that the client was told to go on with what the other user had been shown.
    """

    session: Session
    who: str
    tail: str
    seen: Seen
    stale: bool = False

    @property
    def shows(self) -> bool:
        """True when it is the page of the other user."""
        return self.seen.identity == self.session.user or self.stale


class Leaking(OneTime, Lasting):
    """The acts after which a target should have said nothing of anybody."""

    def provoke_errors(self, session: Session) -> Event | None:
        """Ask with a living session for what nobody offers, and search every answer."""
        main = session.main
        if main is None:
            return None
        self.bench.stale()
        if self.bench.observe(main).identity != session.user:
            return None
        known = [c for c in session.credentials if c.kind in OF_A_SESSION]
        self.bench.label = PROVOKED
        classes: set[str] = set()
        repeated: list[str] = []
        for answer in provoke(self.bench.adapter.transport, self.bench.last):
            classes |= {kind} if (kind := kind_of_error(answer)) else set()
            repeated += [
                f"{c.kind.value} in the answer {answer.status} to {answer.method}"
                for c in echoed(answer, known)
            ]
        self.bench.stale()
        event = self.model.event(ERRORS, None, user=session.user, session=session)
        event.extra = Errors(session, tuple(sorted(classes)), tuple(dict.fromkeys(repeated)))
        self.effects.doubt(session)
        return event

    def return_late(self, session: Session, seconds: float) -> None:
        """Let what authenticates grow too old, present it, and see what the refusal offers."""
        main = session.main
        if main is None or main.state is not State.LIVE:
            return
        beside = [c for c in session.credentials if c.kind in {Kind.REFRESH, Kind.REMEMBER}]
        beside = [c for c in beside if c.state is State.LIVE]
        self.let_pass(seconds)
        seen, found = [], []
        for which in self.bench.probes(main.channel):
            seen.append(self._asked(main.held, main.channel, which, fresh_device()))
            found += echoed(self.bench.last, beside)
        repeated = tuple(dict.fromkeys(c.kind.value for c in found))
        works = bool(found) and self._still_works(session, {c.kind for c in found})
        event = self.model.event(LATE, None, user=session.user)
        refused = all(one.nobody for one in seen)
        event.extra = Late(session, refused, repeated, works)
        self.effects.forget(session)

    def _still_works(self, session: Session, kinds: set[Kind]) -> bool:
        if Kind.REFRESH in kinds and self.refresh(session).acknowledged:
            return True
        token = self.token_of(session) if Kind.REMEMBER in kinds else None
        return token is not None and isinstance(self.bench.boot(token), Acknowledged)

    def land(self, user: str) -> None:
        """Open the page that a login link leads to, and then use the link."""
        role = self.role(user)
        if self.ask_link(role) is None or (link := self._fresh_link(role)) is None:
            return
        client = fresh_device("mail reader")
        answer = self.bench.call("open_link", link.held, client, lane=Lane(link.channel))
        told = told_elsewhere(self.bench.last, link.value)
        opened = isinstance(answer, Acknowledged)
        good = opened and self.login_by_link(role, "reader") is not None
        self.model.event(LANDING, None, user=role, extra=Landing(told, good))

    def share_address(self, session: Session, other: Session) -> None:
        """Ask for one address as one user, then as another one, as nobody, and after a logout."""
        main, theirs = session.main, other.main
        if main is None or theirs is None or session.user == other.user:
            return
        if session.channel != other.channel:
            return
        which = self.bench.probes(main.channel)[0]
        looks: list[SharedLook] = []
        shown: list[str] = []
        for tail in TAILS:
            first = self._asked(main.held, main.channel, which, _client("first", tail))
            if first.identity == session.user:
                shown.append(tail)
            others: tuple[tuple[str, tuple[Artefact, ...]], ...] = (
                ("another user", theirs.held),
                ("nobody", ()),
            )
            for who, held in others:
                seen = self._asked(held, main.channel, which, _client(who, tail))
                looks.append(SharedLook(session, who, tail, seen))
        looks += self._after_the_switch(session, other, which)
        self.bench.stale()
        if self.logout(session).acknowledged:
            for tail in shown:
                seen = self._asked((), main.channel, which, _client("same", tail))
                looks.append(SharedLook(session, "who came after the logout", tail, seen))
        if not shown:
            return
        for look in looks:
            self.model.event(SHARED, None, user=session.user, extra=look)

    def _after_the_switch(
        self, session: Session, other: Session, which: str
    ) -> Iterator[SharedLook]:
        """Ask as the next user of one client, which still has what the first one was shown."""
        main, theirs = session.sure, other.sure
        self._asked(main.held, main.channel, which, fresh_device())
        before = self.bench.last
        # What must not be stored is not there to be asked about.
        asking = {} if NO_STORE in directives(before) else validators(before)
        if not asking:
            return
        for who, held in (("the next user", theirs.held), ("nobody", ())):
            client = fresh_device("shared client", **asking)
            seen = self._asked(held, main.channel, which, client)
            yield SharedLook(session, who, " asked for again", seen, unchanged(self.bench.last))

    def _asked(self, held: tuple[Artefact, ...], channel: str, which: str, client: Device) -> Seen:
        """Probe, and keep it from the judges of isolation and of ends: this is for others."""
        self.bench.label = PROVOKED
        node = self.bench.node
        found: Seen = self.bench.adapter.probe(
            held, client, which=which, channel=channel, node=node
        )
        identity = self.bench.who(found.identity)
        return Seen(which, identity, found.clear, found.why)


def _client(name: str, tail: str) -> Device:
    client = fresh_device(name)
    client.tail = tail
    return client


def _of(kind: str, wanted: Callable[[Event], bool] = lambda _: True) -> Selector:
    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == kind and wanted(event):
                yield Subject(event.extra, (event.number,), kind)

    return Selector(kind, pick)


def provoked() -> Selector:
    """Select the errors that were provoked with a living session, where any class was reached."""
    return _of(ERRORS, lambda event: bool(event.extra.classes))


def late_returns() -> Selector:
    """Select returns after the time of what authenticates."""
    return _of(LATE)


def landings() -> Selector:
    """Select pages of links that were good."""
    return _of(LANDING, lambda event: event.extra.good)


def shared_looks() -> Selector:
    """Select looks at an address that another user had just asked for."""
    return _of(SHARED)


def kept() -> Selector:
    """Select answers that bear an artefact, or name their reader."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for sight in moment.sights:
            if isinstance(sight, Kept):
                about = f"{sight.what} at {sight.act}"
                yield Subject(sight, (sight.what, sight.act, sight.directives), about)

    return Selector("answers for one reader only", pick)

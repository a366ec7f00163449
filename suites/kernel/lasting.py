"""Sessions that last: time goes by without a look at them, and each look is measured.

Acts do and record. They judge nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adapters.contract import Acknowledged, Answer, Seen, fresh_device
from suites.kernel.bench import Lane
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.limits import UNDECIDED, Ages, standing
from suites.kernel.model import AUTHENTICATING, Event, Session
from suites.kernel.policy import ABSOLUTE, IDLE, LIMITS
from suites.kernel.select import events
from suites.kernel.timing import Timing

OLD = 0.8
"""The share of the absolute limit from which on a session is old."""
Edits = Callable[[str, float], Iterator[tuple[str, str]]]
INSTANT = 0.05
"""Seconds that are no time."""
RECOGNISED = "recognised as its owner when it was last used"


@dataclass(frozen=True, slots=True)
class Use:
    """One look at a session after a measured time: its ages, and what was seen.

    `old` marks one near its absolute limit that was in use even beyond its idle limit.
    """

    session: Session
    ages: Ages
    standing: str
    seen: Seen
    old: bool

    @property
    def alive(self) -> bool:
        """True when its owner was recognised."""
        return self.seen.clear and self.seen.identity == self.session.user


class Lasting(Timing):
    """The acts on sessions over time: waiting, and looks that count as one use each."""

    planned: float | None = None
    """When the last wait was to be over (`Model.now`); None before the first one."""

    def wait(self, seconds: float) -> None:
        """Let time pass, and look at nothing: a look is a use."""
        self.let_pass(self.paced(seconds))

    def paced(self, seconds: float) -> float:
        """Return what is left of a wait: what was done since the last one took time as well."""
        now = self.model.now
        self.planned = (now if self.planned is None else self.planned) + seconds
        return max(0.0, self.planned - now)

    def let_pass(self, seconds: float) -> None:
        """Let as much time pass, whatever it took to come so far."""
        self.forward(seconds, at_most=self.longest_wait)
        self.model.event("wait", None, extra=seconds)

    def wait_in_use(self, seconds: float, user: str, every: float) -> None:
        """Let time pass, in which each session of one user is used before it rested too long."""
        until, role = self.model.now + self.paced(seconds), self.role(user)
        tried: dict[str, float] = {}
        while (now := self.model.now) < until - INSTANT:
            mine = [s for s in self.model.live_sessions(role) if s.ended is None]
            # What gave no clear answer was used all the same: it is not asked again at once.
            due = {s.name: max(s.active, tried.get(s.name, s.active)) + every for s in mine}
            pause = min([*due.values(), until]) - now
            if pause > 0:
                self.let_pass(pause)
            for session in mine:
                if self.model.now >= due[session.name] - INSTANT:
                    tried[session.name] = self.model.now
                    self.use(session)

    def use(self, session: Session) -> Event | None:
        """Use a session once, by one request from a client that holds nothing else."""
        main = session.main
        if main is None or session.ended is not None:
            return None
        known, now = main.proven, self.model.now
        ages = Ages(now - session.active, now - session.opened.at)
        self.bench.stale()
        seen = self.bench.observe(main)
        event = self.model.event("use", None, user=session.user, session=session)
        alive = seen.identity == session.user
        place = standing(self.policy, ages, alive=alive)
        if session.fresh is not None and self.policy["reauth.resets_absolute"]:
            # Who logged in anew within the session may have longer, but need not.
            renewed = Ages(ages.unused, now - session.fresh)
            if standing(self.policy, renewed, alive=alive) != place:
                place = UNDECIDED
        event.extra = found = Use(session, ages, place, seen, self._is_old(ages))
        event.detail = found.standing
        if not seen.clear:
            return event
        if found.standing in LIMITS and not found.alive:
            # What is recognised no more was so when it was last used: that is the control.
            main.proven = known
            self.effects.expired(session, event, found.standing)
        elif found.standing in LIMITS or not found.alive:
            self.effects.forget(session)
        return event

    def _is_old(self, ages: Ages) -> bool:
        idle, absolute = (self.policy.seconds(LIMITS[cause]) for cause in (IDLE, ABSOLUTE))
        outlived = idle is None or ages.existing - ages.unused > idle
        return outlived and absolute is not None and ages.existing > OLD * absolute

    def open_public(self, session: Session) -> Event:
        """Fetch something that needs no session, with the session's artefacts."""
        return self._beside(session, "open_public")

    def keepalive(self, session: Session) -> Event:
        """Ask the target to keep a session alive."""
        was_over = session.ended is not None
        event = self._beside(session, "keepalive")
        event.detail = cause_of(session) if was_over else ""
        if event.acknowledged and not was_over:
            session.active = event.at
        return event

    def renew_ended(self, session: Session) -> Event | None:
        """Ask for a renewal with everything that an ended session held."""
        if session.ended is None:
            return None
        event = self._beside(session, "refresh", kind="revival")
        event.detail = cause_of(session)
        return event

    def edit_ended(self, session: Session, edits: Edits) -> Event | None:
        """Present the values of an ended session as edits of them, which are told by name."""
        if session.ended is None:
            return None
        self.bench.stale()
        looks: list[tuple[str, Seen]] = []
        for credential in session.current(*AUTHENTICATING):
            artefact = credential.held[-1]
            for what, value in edits(artefact.value.reveal(), self.model.now):
                held = (*credential.held[:-1], artefact.holding(value))
                looks.append((what, self.bench.everywhere(held, credential.channel)))
        event = self.model.event("edit", None, user=session.user, extra=looks)
        event.detail = cause_of(session)
        return event

    def _beside(self, session: Session, operation: str, kind: str = "") -> Event:
        lane = Lane(session.channel)
        held = session.held(session.channel)
        answer: Answer = self.bench.call(operation, held, fresh_device(), lane=lane)
        if isinstance(answer, Acknowledged) and session.ended is not None:
            self.bench.revived.append((session.channel, answer.issued))
        # Not an event of the session: that would count as a use of it.
        return self.model.event(kind or operation, answer, user=session.user, extra=session)


def cause_of(session: Session) -> str:
    """Return what ended a session, in one word; nothing where that is not known."""
    main = session.main
    return (main.cause or "") if main is not None else ""


def attempts(kind: str, wanted: Callable[[str], bool]) -> Selector:
    """Select what was tried with sessions that are over, by what ended them."""
    return events(kind, lambda e: e.detail != "" and wanted(e.detail))


def edits(wanted: Callable[[str], bool]) -> Selector:
    """Select edited values of sessions that are over, by what ended them."""
    return events("edit", lambda e: bool(e.looks) and e.detail != "" and wanted(e.detail))


def uses(wanted: Callable[[Use], bool]) -> Selector:
    """Select measured looks at sessions that were alive when they were last used."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "use" and event.detail != UNDECIDED and wanted(event.extra):
                use: Use = event.extra
                main = use.session.sure
                about = f"{use.standing} | {main.kind.value} in {main.place}"
                yield Subject(use, (event.number,), about)

    return Selector("sessions after a measured time", pick, RECOGNISED)


def federated_uses(wanted: Callable[[Use], bool]) -> Selector:
    """Select such looks at sessions that were opened with the word of a provider."""
    told = uses(wanted)

    def pick(moment: Moment) -> Iterator[Subject]:
        able = moment.model.able
        for subject in told.pick(moment):
            if "hand_in" in able.get(subject.value.session.channel, frozenset()):
                yield subject

    return Selector("sessions of single sign-on after a measured time", pick, told.control)

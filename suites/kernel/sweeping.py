"""Calls what a target documents, with artefacts in every state: what a sweep sends and keeps.

Acts do and record. They judge nothing; the calls are made up by whoever asks for them.
"""

from collections.abc import Callable, Sequence

from adapters.contract import (
    Acknowledged,
    Artefact,
    User,
    fresh_device,
)
from adapters.operations import Attempt, Came, Description, DocumentedOperation, OperationCall
from suites.kernel.bench import Bench, Lane
from suites.kernel.model import AUTHENTICATING, Event, Model, Session, State
from suites.kernel.people import invent
from suites.kernel.policy import Policy
from suites.kernel.surveying import Surveying
from suites.kernel.sweep import (
    CAUSES,
    MADE_UP,
    NOTHING,
    OTHERS,
    WRONG,
    Sweep,
    Trial,
)

FEWEST_LETTERS = 6
"""Shorter marks of an identity are in many an answer by chance."""
SACRIFICE = "sacrifice"
NOBODY = "nobody"
OF_NOBODY = (NOTHING, MADE_UP)
"""Over any other artefact a target may rightly end a session: it could be a stolen one."""
IDLE_LOOKS = (3, 5)
"""Before each call that is to end a session: not as many, as some targets count requests."""
NO_SESSION = "no session could be opened for the control"
Making = Callable[[Description, DocumentedOperation], Sequence[OperationCall]]


class Sweeping(Surveying):
    """The acts on documented operations."""

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        super().__init__(bench, model, policy)
        self.calls: dict[str, tuple[OperationCall, Trial]] = {}
        self._alive: Session | None = None
        self._sacrificed: Session | None = None
        self._privileged: Session | None = None
        self._elevated: set[str] = set()

    def outlast(self, session: Session, seconds: float) -> Event:
        """Let a living session grow older than its artefact, which is dead if it shows to be."""
        self.effects.prove(session)
        known = [c for c in session.current(*AUTHENTICATING) if c.proven]
        self.forward(seconds, at_most=self.longest_wait)
        event = self.model.event("outlasted", None, user=session.user, session=session)
        for credential in known:
            if self.bench.replay(credential).nobody:
                credential.end("expiry", event)
        for other in self.model.live_sessions():
            self.effects.doubt(other)
        return event

    def visit_operation(self, session: Session, label: str, making: Making) -> None:
        """Call an operation with a living session: what only reads may be called so."""
        found = self._documented(label)
        if found is not None and found.safe and not found.left_out and session.live:
            self._control(found, making, session)

    def sweep_operation(self, label: str, making: Making) -> Event | None:
        """Call an operation with an artefact in each state, after it was called with a living one.

        A state counts only where the probes refuse the artefact: what is alive everywhere is told
        by the requirement of its cause.
        """
        found = self._documented(label)
        if found is None or not found.secured:
            return None
        event = self.model.event("sweep", None, detail=label)
        event.extra = sweep = Sweep(label, self._lane.channel, found.safe)
        if found.left_out:
            sweep.why, sweep.spared = found.left_out, found.spared
            return event
        alive = self._living()
        if alive is None:
            sweep.why = NO_SESSION
            return event
        if label not in self.calls or self._was_refused(label):
            sweep.why = self._try_alive(found, making)
        if label in self.calls:
            call, sweep.control = self.calls[label]
            if not self._in_each_state(sweep, call, self._living() or alive):
                self._once_more(sweep, call)
        return event

    def _once_more(self, sweep: Sweep, call: OperationCall) -> None:
        """Repeat with a fresh session what the session of the owner did not live to the end of.

        What was done without a living artefact is evidence as it is.
        """
        if _has_wrong(sweep):
            return
        sweep.trials, sweep.others, sweep.spelled = [], [], []
        fresh = self._freshly_opened()
        if fresh is None:
            sweep.why = NO_SESSION
        elif not self._in_each_state(sweep, call, fresh) and not _has_wrong(sweep):
            sweep.changed = self._ended_by(call)
            sweep.why = "" if sweep.changed else "the session of its owner ended meanwhile, twice"

    def _ended_by(self, call: OperationCall) -> str:
        """Return which call of somebody unknown ends the living session each time, if one does."""
        for state in OF_NOBODY:
            if all(self._ends(call, state, looks) for looks in IDLE_LOOKS):
                return f"somebody before and nobody after a call with {state}, each time"
        return ""

    def _ends(self, call: OperationCall, state: str, looks: int) -> bool:
        """Tell whether a fresh session that lasts by itself is over after one such call."""
        fresh = self._freshly_opened()
        if fresh is None or self._shown(fresh) == NOBODY:
            return False
        if call.operation.owned and fresh.handle is None:
            self._learn_handle(fresh)
        extra = () if call.operation.safe else self._token(fresh)
        presented = [held for known, _, held in self._states(fresh) if known == state]
        for _ in range(looks):
            # As many requests as there will be, and more: what ends by itself ends here as well.
            self.bench.stale()
            self.bench.anonymous(self._at)
            if self._shown(fresh) in {None, NOBODY}:
                return False
        for held in presented:
            self._called(call, (*held, *extra), fresh)
        over = bool(presented) and self._shown(fresh) == NOBODY
        self.effects.forget(fresh)
        return over

    # -- with a living artefact -------------------------------------------------------------------

    def _living(self) -> Session | None:
        """Return a session that lives, opened for this where there is none."""
        mine = [s for s in self.model.live_sessions() if s.channel == self._lane.channel]
        if self._alive not in mine:
            if not mine:
                return self._freshly_opened()
            self._alive = mine[-1]
            self._leave_a_note()
        return self._alive

    def _freshly_opened(self) -> Session | None:
        self._alive = self.login("alice", "desktop", channel=self._at)
        self._leave_a_note()
        return self._alive

    def _leave_a_note(self) -> None:
        if self._alive is not None and self.bench.offers("write_marker", self._lane):
            self.write_marker(self._alive)

    def _try_alive(self, found: DocumentedOperation, making: Making) -> str:
        """Call an operation with a living session; return why not, nothing where it was called."""
        why = self._as_anybody(found, making)
        refused = not why and self._was_refused(found.label)
        privileged = self._raised() if refused else None
        if privileged is not None:
            self._control(found, making, privileged)
            self._privileged = privileged if found.safe else None
        return why

    def _was_refused(self, label: str) -> bool:
        return label in self.calls and self.calls[label][1].came is Came.REFUSED

    def _as_anybody(self, found: DocumentedOperation, making: Making) -> str:
        if found.safe:
            session = self._living()
            if session is not None and not self._control(found, making, session):
                self.effects.doubt(session)
                again = None if session.live else self._living()
                if again is not None:
                    self._control(found, making, again)
            return ""
        description = self.survey().description
        if description is None or not description.may_change:
            return "it may change something, and this is no lab or staging system"
        if not self.model.throwaway:
            return "it may change something, and no throw-away account can be created"
        session = self._sacrifice()
        if session is None:
            return NO_SESSION
        self._control(found, making, session)
        return ""

    def _sacrifice(self) -> Session | None:
        """Return a session of an account that nobody else uses, a new one where it was broken."""
        last = self._sacrificed
        if last is not None:
            if self._recognised(last):
                return last
            self.effects.forget(last)
            self._sacrificed = self.login(last.user, "kiosk", channel=self._at)
        if self._sacrificed is None:
            role = f"{SACRIFICE} {len(self.model.users)}"
            if self.newcomer(role, invent(SACRIFICE).name) is not None:
                self._sacrificed = self.login(role, "kiosk", channel=self._at)
        return self._sacrificed

    def _raised(self) -> Session | None:
        """Return a session of a throw-away account in the role that some operations are for."""
        roles = tuple(self.bench.adapter.role_probes.values())
        if not (roles and self.model.throwaway and self.bench.offers("change_role")):
            return None
        if self._privileged is None or not self._recognised(self._privileged):
            role = f"{SACRIFICE} {len(self.model.users)}"
            user = self.newcomer(role, invent(SACRIFICE).name)
            if user is not None:
                self._elevated.add(role)
                self.bench.call("change_role", user, roles[0])
                self._privileged = self.login(role, "kiosk", channel=self._at)
        return self._privileged

    def _recognised(self, session: Session) -> bool:
        self.bench.stale()
        return self.bench.everywhere(session.held(self._at), self._at).identity is not None

    def _control(self, found: DocumentedOperation, making: Making, session: Session) -> bool:
        """Note the call that a living session may make best; False when all were refused."""
        description = self.survey().description
        assert description is not None
        if found.owned and session.handle is None:
            self._learn_handle(session)
        for call in making(description, found):
            attempt = self._called(call, session.held(self._at), session)
            trial = self._told("alive", attempt)
            known = self.calls.get(found.label)
            better = attempt.came is Came.DONE or known is None or known[1].came is Came.REFUSED
            if better:
                self.calls[found.label] = (call, trial)
            if attempt.came is Came.DONE:
                break
        return found.label in self.calls and not self._was_refused(found.label)

    def _learn_handle(self, session: Session) -> None:
        if self.bench.offers("list_sessions", Lane(session.channel)):
            self.list_sessions(session)

    # -- with every other one ---------------------------------------------------------------------

    def _in_each_state(self, sweep: Sweep, call: OperationCall, alive: Session) -> bool:
        """Call with an artefact in each state; False where the living session did not last."""
        before = self._shown(alive)
        if before == NOBODY:
            self.effects.forget(alive)
            return False
        if call.operation.owned and alive.handle is None:
            self._learn_handle(alive)
        extra = self._token(alive) if not sweep.safe else ()
        for state, credential, held in self._states(alive):
            attempt = self._twice(call, (*held, *extra), alive)
            session = credential.session if credential is not None else None
            sweep.trials.append(self._told(state, attempt, session))
        self._spelled(sweep, call, alive, extra)
        if call.operation.owned:
            self._as_another(sweep, call, alive)
        after = self._shown(alive)
        if after is not None and before not in {None, after}:
            # That it ended is no change: it may have expired, or had to go for another login.
            sweep.changed = f"{before} before, {after} after" if after != NOBODY else ""
            self.effects.forget(alive)
        return after != NOBODY

    def _spelled(
        self, sweep: Sweep, call: OperationCall, alive: Session, extra: tuple[Artefact, ...]
    ) -> None:
        """Ask for the same in other ways, without an artefact and with one that was logged out."""
        wanted = {NOTHING, CAUSES["logout"]}
        chosen = [one for one in self._states(alive) if one[0] in wanted]
        for spelling in call.operation.spellings:
            for state, credential, held in chosen:
                attempt = self._twice(call.spelled(spelling), (*held, *extra), alive)
                if attempt.came in WRONG and self._is_usual(attempt, call, spelling, alive):
                    break
                session = credential.session if credential is not None else None
                sweep.spelled.append(self._told(state, attempt, session, spelling))

    def _is_usual(
        self, attempt: Attempt, call: OperationCall, spelling: str, alive: Session
    ) -> bool:
        """Tell whether a target does so whatever it is asked for, or whoever asks."""
        if attempt.came is Came.DONE:
            near = self._called(call.spelled(spelling, neighbour=True), (), alive)
            return near.came is Came.DONE
        mine = self._called(call.spelled(spelling), alive.held(self._at), alive)
        return mine.came is Came.FAILED

    def _as_another(self, sweep: Sweep, call: OperationCall, alive: Session) -> None:
        """Call for the object of one user as another one, who has no right to what others have."""
        strangers = [s for s in self.model.live_sessions() if s.channel == self._at]
        for stranger in strangers:
            if stranger.user == alive.user or self._may_more(stranger.user):
                continue
            if call.operation.safe or self.model.throwaway:
                attempt = self._called(call, stranger.held(self._at), alive)
                sweep.others.append(self._told(OTHERS, attempt))
                return

    def _may_more(self, role: str) -> bool:
        """Tell whether somebody has, or ever had here, a role that some operations are for."""
        special = self.model.roles.get(role) in self.model.role_probes.values()
        return special or role in self._elevated | self.model.promoted

    def _twice(self, call: OperationCall, held: tuple[Artefact, ...], owner: Session) -> Attempt:
        """Call; where the target failed, once more: a failure may be a passing one."""
        attempt = self._called(call, held, owner)
        return self._called(call, held, owner) if attempt.came is Came.FAILED else attempt

    def _called(self, call: OperationCall, held: Sequence[Artefact], owner: Session) -> Attempt:
        self.bench.stale()
        self.bench.label = call.operation.label
        account: User = self.model.users[owner.user]
        attempt: Attempt = self.bench.adapter.attempt(
            tuple(held),
            fresh_device("sweeper"),
            call,
            account,
            owner.handle,
            channel=self._at,
            node=self.bench.node,
        )
        if attempt.issued:
            self.bench.revived.append((self._at, attempt.issued))
        return attempt

    def _told(
        self, state: str, attempt: Attempt, session: Session | None = None, spelling: str = ""
    ) -> Trial:
        shows = self._shows(attempt)
        return Trial(state, attempt.came, attempt.told, session, spelling, shows, attempt.led)

    def _shows(self, attempt: Attempt) -> str:
        """Return whose data an answer shows that the request itself did not name."""
        for role, user in self.model.users.items():
            known = {"identity": user.identity, "login name": user.name, **user.personal}
            for what, value in known.items():
                if value is None or len(value) < FEWEST_LETTERS:
                    continue
                if value in attempt.text and value not in attempt.sent:
                    return f"{what} of {role}"
        return ""

    def _token(self, alive: Session) -> tuple[Artefact, ...]:
        """Return the anti-CSRF token of the living session: it must not be what refuses."""
        if not self.bench.offers("csrf_token", self._lane):
            return ()
        held = alive.held(self._at)
        answer = self.bench.call("csrf_token", held, fresh_device("sweeper"), lane=self._lane)
        return answer.issued if isinstance(answer, Acknowledged) else ()

    def _shown(self, alive: Session) -> str | None:
        """Return what the living session shows, in words that hold no value.

        NOBODY where it does not live any more, None where that cannot be said.
        """
        self.bench.stale()
        if alive.main is None or alive.main.state is not State.LIVE:
            return NOBODY
        seen = self.bench.observe(alive.main)
        if not seen.clear:
            return None
        if seen.identity is None:
            return NOBODY
        whose = self.bench.markers.get(seen.marker or "")
        return f"{seen.identity} with {'the note' if whose else 'no note'}"


def _has_wrong(sweep: Sweep) -> bool:
    tried = (*sweep.trials, *sweep.others, *sweep.spelled)
    return any(t.came in WRONG or t.shows for t in tried)

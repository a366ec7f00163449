"""Critical actions, tried with and without a fresh proof that it is the owner who acts.

Acts do and record, and read back what came of it. They judge nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapters.contract import ABSENT, Acknowledged, Answer, Count, Refused, fresh_device
from adapters.secrets import Secret
from suites.kernel.authority import CONFIRMED
from suites.kernel.bench import Lane, latest
from suites.kernel.limits import tolerance
from suites.kernel.model import Event, Session
from suites.kernel.once import OneTime
from suites.kernel.people import invent, password

CHANGE_PASSWORD, CHANGE_EMAIL, OTHER = "change_password", "change_email", "sensitive_action"
CRITICAL = "critical action"
MISSING, EMPTY, WRONG = "no proof at all", "an empty password", "a wrong password"
FOREIGN, FORMER, OWN = "another user's password", "the former password", "the own password"
PROOFS = (MISSING, WRONG, EMPTY, FOREIGN, FORMER)
GUESSES = frozenset(PROOFS)
"""What a target may count as a wrong password; that nothing was typed only where it refused."""
NEVER, ELSEWHERE = "no proof in this session", "a proof in another session of the user"
FAILED, OLD, FRESH = "a failed proof", "a proof that is too old", "a fresh proof"
LOGIN = "a login that is too old"
UNSURE = "a proof that may be too old"


@dataclass(frozen=True, slots=True)
class Deed:
    """One critical action: on what proof it rested, how it was answered, and what came of it.

    `done` is whether its effect was read back, None where that could not be seen. `due` is whether
    it has to be done, None where the policy leaves that open. `proven` is True where the same
    action was seen to be done on a proper proof, and the session was alive throughout.
    """

    action: str
    proof: str
    answer: Answer
    done: bool | None
    due: bool | None = False
    proven: bool = False


class Proving(OneTime):
    """The acts that need a proof, by whoever has it and by whoever has only the session."""

    # -- a proof in the request itself --------------------------------------------------------

    def try_proofs(self, session: Session, action: str) -> None:
        """Try an action on proofs that are none, then on the own password, which is the control."""
        role = session.user
        if not self._may_try(session, action):
            return
        self.effects.prove_all(role)
        deeds = [self._deed(session, action, proof) for proof in PROOFS[:-1]]
        former = self.user(role).password
        good = self._deed(session, action, OWN)
        worked = good is not None and good.done is True
        if worked and action == CHANGE_PASSWORD and session.live and self.may_fail(role):
            deeds.append(self._deed(session, action, FORMER, former))
        for deed in (*deeds, good):
            if deed is not None:
                kept = replace(deed, proven=worked, due=deed.proof == OWN)
                event = self.model.event(CRITICAL, None, user=role, extra=kept)
                event.detail = f"{action} on {deed.proof}"

    def _may_try(self, session: Session, action: str) -> bool:
        offered = self.bench.offers(action, Lane(session.channel))
        named = action == CHANGE_PASSWORD or self.model.throwaway
        typed = "password" in self.policy["reauth.factors"]
        return offered and named and typed and not self.crowded(session.user)

    def _deed(
        self, session: Session, action: str, proof: str, former: Secret | None = None
    ) -> Deed | None:
        role = session.user
        if not session.live or (proof in GUESSES and not self.may_fail(role)):
            return None
        typed = former or self._typed(role, proof)
        if typed is None:
            return None
        if proof in GUESSES - {MISSING}:
            self.failed(role)
        act = self._with_new_password if action == CHANGE_PASSWORD else self._with_new_name
        answer, done = act(session, typed)
        if proof == MISSING and isinstance(answer, Refused):
            self.failed(role)
        return Deed(action, proof, answer, done)

    def _typed(self, role: str, proof: str) -> Secret | None:
        """Return what is typed where the password of a role is asked for."""
        others = [u for name, u in self.model.users.items() if name != role]
        known = {
            MISSING: ABSENT,
            EMPTY: Secret("", "password", made_up=True),
            WRONG: password(),
            FOREIGN: others[0].password if others else None,
            OWN: self.user(role).password,
        }
        return known.get(proof)

    def _with_new_password(self, session: Session, typed: Secret) -> tuple[Answer, bool | None]:
        role, lane, new = session.user, Lane(session.channel), password()
        self.tried.setdefault(role, []).append(new)
        old = self.user(role).password
        held, client = session.held(session.channel), self.client_of(session)
        answer = self.bench.call("change_password", held, client, typed, new, lane=lane)
        done = self._opens(role, answer, lane, password=new)
        if done:
            event = self.model.event("change_password", answer, user=role, session=session)
            event.extra = old
            self.effects.password_changed(session, answer.issued, event, new)
            self.effects.spare(event)
        return answer, done

    def _with_new_name(self, session: Session, typed: Secret) -> tuple[Answer, bool | None]:
        role, lane, name = session.user, Lane(session.channel), invent(session.user).name
        account = replace(self.user(role), password=typed)
        held, client = session.held(session.channel), self.client_of(session)
        answer = self.bench.call("change_email", held, client, name, account, lane=lane)
        done = self._opens(role, answer, lane, name=name)
        if done:
            self.model.users[role] = replace(self.user(role), name=name)
            event = self.model.event("new login name", answer, user=role, session=session)
            self.effects.renewed(session, answer.issued, event)
            self.effects.email_changed(session, event)
            self.effects.spare(event)
        return answer, done

    def _opens(self, role: str, answer: Answer, lane: Lane, **changed: object) -> bool | None:
        """Tell whether an account can be logged in to as it would be after a change."""
        if isinstance(answer, Refused) and not self.model.throwaway:
            # One more wrong password could lock an account that others use too.
            return False
        account = replace(self.user(role), **changed)  # type: ignore[arg-type]
        found = self.bench.call("login", account, fresh_device("reading back"), lane=lane)
        if isinstance(found, Refused):
            if "password" in changed:
                self.failed(role)
            return False
        if not isinstance(found, Acknowledged):
            return None
        self.bench.revived.append((lane.channel, latest(found.issued)))
        return role in self.bench.identities(latest(found.issued), lane.channel) or None

    # -- a proof in the session ----------------------------------------------------------------

    def act_critically(self, session: Session) -> Event | None:
        """Do what needs a fresh proof, from the own client, and read back what came of it."""
        return self._critically(session, *self._standing_of(session))

    def prove_wrongly(self, session: Session, proof: str) -> Event | None:
        """Prove the password with one that is none, then do what needs a proof."""
        role, lane = session.user, Lane(session.channel)
        typed = self._typed(role, proof)
        if session.fresh is not None or typed is None or not self.may_fail(role):
            return None
        if not self.bench.offers("step_up", lane) or not self._login_is_none():
            return None
        if proof != MISSING:
            self.failed(role)
        account = replace(self.user(role), password=typed)
        held, client = session.held(session.channel), self.client_of(session)
        answer = self.bench.call("step_up", held, client, account, lane=lane)
        if proof == MISSING and isinstance(answer, Refused):
            self.failed(role)
        self.effects.renewed(
            session, answer.issued, self.model.event("failed step-up", answer, user=role)
        )
        return self._critically(session, f"{FAILED}: {proof}", False)

    def _critically(self, session: Session, proof: str, due: bool | None) -> Event | None:
        lane = Lane(session.channel)
        if not self.bench.offers("action_count", lane) or not session.live:
            return None
        before, answer = self._done_so_far(session), self._dare(session)
        if answer is None:
            return None
        after = self._done_so_far(session)
        done = None if before is None or after is None else after > before
        if not isinstance(answer, Acknowledged | Refused) and not done:
            done = None
        self.bench.stale()
        alive = self.bench.observe(session.sure).identity == session.user
        earlier = (e.extra for e in self.model.events if e.kind == CRITICAL)
        worked = any(d.action == OTHER and d.due and d.done for d in earlier)
        deed = Deed(OTHER, proof, answer, done, due, alive and worked)
        event = self.model.event(CRITICAL, None, user=session.user, extra=deed)
        event.detail = f"{OTHER} on {proof}"
        return event

    def _done_so_far(self, session: Session) -> int | None:
        held, client = session.held(session.channel), self.client_of(session)
        found = self.bench.call("action_count", held, client, lane=Lane(session.channel))
        return found.number if isinstance(found, Count) else None

    def _standing_of(self, session: Session) -> tuple[str, bool | None]:
        """Return on what proof a session stands now, and whether that is good enough."""
        if session.fresh is not None:
            too_old = self._too_old(self.model.now - session.fresh)
            words = {True: OLD, False: FRESH, None: UNSURE}[too_old]
            return words, None if too_old is None else not too_old
        if self._too_old(self.model.now - session.opened.at):
            return LOGIN, False
        mine = (s for s in self.model.live_sessions(session.user) if s is not session)
        words = ELSEWHERE if any(s.fresh is not None for s in mine) else NEVER
        # Where a login alone is proof enough, nothing can be said of a session that is young.
        return words, False if self._login_is_none() else None

    def _too_old(self, age: float) -> bool | None:
        limit = self.policy.seconds("reauth.max_age")
        if limit is None or age <= limit - tolerance(self.policy, limit):
            return False
        return True if age >= limit + tolerance(self.policy, limit) else None

    def _login_is_none(self) -> bool:
        """Tell whether a login was seen to be no proof: the action was refused right after one."""
        return any(e.kind == "step_up" and e.detail == CONFIRMED for e in self.model.events)


def deeds_of(event: Event) -> Iterator[Deed]:
    """Yield the critical action of an event, if it is one."""
    if event.kind == CRITICAL:
        yield event.extra

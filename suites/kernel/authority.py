"""What changes an account or the authority of a session: roles, resets, step-up, impersonation.

Acts do and record. They judge nothing.
"""

from dataclasses import replace
from typing import Any

from adapters.contract import ABSENT, Acknowledged, Answer, Refused, fresh_device
from suites.kernel.bench import Bench, Lane, latest
from suites.kernel.life import Life
from suites.kernel.model import Credential, Event, Model, Session, State
from suites.kernel.people import invent, password
from suites.kernel.policy import Policy

CONFIRMED = "refused before, allowed after"
AFTER_LOGOUT = "after logout"
USED_RESET = "used reset"


class Authority(Life):
    """The acts of administrators, of support staff, and of users who want to be more."""

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        super().__init__(bench, model, policy)
        self.letters: dict[str, list[Credential]] = {}
        self.used_letters: dict[str, Credential] = {}
        self.links: dict[str, list[Credential]] = {}
        model.role_probes = getattr(bench.adapter, "role_probes", {})
        self.plain_role: str = getattr(bench.adapter, "plain_role", "user")
        self.typed: dict[str, str] = {}
        self.deleted: set[str] = set()

    def personal(self) -> dict[str, str]:
        """Return what must not be readable, with what was typed where a password belongs."""
        return {**super().personal(), **self.typed}

    # -- accounts ---------------------------------------------------------------------------------

    def _expendable(self, role: str) -> bool:
        """True for a throw-away account without which others still are left."""
        left = [r for r in self.model.users if r not in self.disabled]
        return self.model.throwaway and role in left and len(left) > 1

    def disable(self, user: str) -> None:
        """Disable an account, and try to log in to it."""
        role = self.role(user)
        if not self._expendable(role):
            return
        self.effects.prove_all(role)
        answer = self.bench.call("disable_account", self.user(role))
        event = self.model.event("disable", answer, user=role)
        if isinstance(answer, Acknowledged):
            self.disabled.add(role)
            self.effects.ended_all(role, event, "disable")
            self._knock(role)
        self.effects.spare(event)

    def enable(self, user: str) -> None:
        """Enable a disabled account again."""
        role = self.role(user)
        if role in self.disabled and role not in self.deleted:
            answer = self.bench.call("enable_account", self.user(role))
            self.model.event("enable", answer, user=role)
            if isinstance(answer, Acknowledged):
                self.disabled.discard(role)

    def delete(self, user: str) -> None:
        """Delete an account, and try to log in to it."""
        role = self.role(user)
        if not self._expendable(role):
            return
        self.effects.prove_all(role)
        answer = self.bench.call("drop_user", self.user(role))
        event = self.model.event("delete", answer, user=role)
        if isinstance(answer, Acknowledged):
            self.disabled.add(role)
            self.deleted.add(role)
            self.effects.ended_all(role, event, "delete")
            self._knock(role)

    def recreate(self, user: str) -> None:
        """Create another account of the name of one that is deleted, if need be for that."""
        role = self.role(user)
        if role not in self.deleted:
            self.delete(role)
        if role not in self.deleted:
            return
        who, name = invent(role), self.user(role).name
        made = self.bench.call("create_user", name, who.password, who.personal)
        self.model.event("recreate", made, user=role)
        if isinstance(made, Acknowledged) and made.user is not None:
            self.model.users[role] = made.user
            self.model.roles.pop(role, None)
            self.disabled.discard(role)
            self.deleted.discard(role)
            if made.user.identity is not None:
                self.bench.names[made.user.identity] = role

    def _knock(self, role: str) -> None:
        """Try to log in to an account that is closed."""
        lane = self.lane(None)
        answer = self.bench.call(
            "login", self.user(role), fresh_device("closed account"), lane=lane
        )
        self.model.event("login to a closed account", answer, user=role)
        if isinstance(answer, Acknowledged):
            self.bench.revived.append((lane.channel, latest(answer.issued)))

    def login(self, user: str, *where: Any, **how: Any) -> Session | None:
        """Log a user in, unless the account is closed."""
        return None if self.role(user) in self.disabled else super().login(user, *where, **how)

    def visit(self, device: str, channel: str | None = None) -> Event:
        """Come to the target without logging in; a client may have been logged in before."""
        event = super().visit(device, channel)
        client = self.model.devices[device]
        before = [s for s in self.model.sessions.values() if s.device is client]
        if before and all(s.ended is not None and s.ended.kind == "logout" for s in before):
            event.detail = AFTER_LOGOUT
        return event

    # -- roles ------------------------------------------------------------------------------------

    @property
    def privileged(self) -> str:
        """The role that role probes ask for."""
        return next(iter(self.model.role_probes.values()), "admin")

    def change_role(self, user: str, role: str) -> None:
        """Give an account the privileged role or the plain one, and let its sessions notice."""
        name, account = self.role(user), self.user(user)
        if name in self.disabled or not (self.model.throwaway or account.role):
            return
        self.effects.prove_all(name)
        self.look_at_roles(name)
        wanted = self.privileged if role == "admin" else self.plain_role
        answer = self.bench.call("change_role", account, wanted)
        event = self.model.event("role", answer, user=name, detail=wanted)
        if isinstance(answer, Acknowledged):
            self.model.roles[name] = wanted
            self.model.promoted.add(name)
            if self.policy["role_change.mode"] == "invalidate":
                self.effects.ended_all(name, event, "role")
            for session in self.model.live_sessions(name):
                self._notice(session, event)
            self.look_at_roles(name)
        self.effects.spare(event)

    def _notice(self, session: Session, change: Event) -> None:
        """Use a session after its role changed; a cookie session goes on under a new identifier."""
        before = session.sure
        seen = self.read(session).extra
        after = session.sure
        if seen is None or seen.identity != session.user:
            self.effects.forget(session)
        elif before.place == "cookie":
            event = self.model.event("use in another role", change.answer, user=session.user)
            event.session = session
            if after is not before:
                before.end("privilege", event)
                event.ends.append(before)
                event.issued.append(after)

    def look_at_roles(self, user: str) -> None:
        """See what every session of a user may do; this is the control of later looks."""
        for session in self.model.live_sessions(user):
            if not self.bench.offers("role_probe", Lane(session.channel)):
                continue
            for which, role in self.model.role_probes.items():
                answer = self.bench.may(session.sure, which)
                if isinstance(answer, Acknowledged | Refused):
                    self.model.asked.add((session.channel, which))
                mine = self.model.roles.get(user)
                if mine == role and isinstance(answer, Acknowledged):
                    self.model.granting.add(which)
                if mine != role and user not in self.model.promoted and isinstance(answer, Refused):
                    self.model.telling.add(which)

    # -- reset ------------------------------------------------------------------------------------

    def ask_reset(self, user: str, session: Session | None = None) -> None:
        """Ask for a password reset, from nowhere or from a session, and read the mail."""
        role = self.role(user)
        if role in self.disabled or not self._may_reset():
            return
        self.effects.prove_all(role)
        client = fresh_device("forgetful") if session is None else self.client_of(session)
        lane = self.lane(session.channel if session else None)
        answer = self.bench.call("start_reset", self.user(role), client, lane=lane)
        event = self.model.event("ask reset", answer, user=role)
        if isinstance(answer, Acknowledged):
            mail = self.bench.call("read_reset", self.user(role))
            for artefact in mail.issued:
                letter = self.stray(artefact, owner=role, lane=lane)
                if letter not in self.letters.setdefault(role, []):
                    letter.state = State.LIVE
                    self.letters[role].append(letter)
        self.effects.spare(event)

    def finish_reset(self, user: str) -> None:
        """Set a new password with the newest reset token, from a fresh client."""
        role = self.role(user)
        fresh = [c for c in self.letters.get(role, []) if c.state is State.LIVE]
        if fresh and role not in self.disabled:
            self._use_letter(role, fresh[-1], "reset")

    def finish_stale_reset(self, user: str) -> None:
        """Try to set a password with a reset token from before the last reset."""
        role = self.role(user)
        stale = [c for c in self.letters.get(role, []) if c.state is State.DEAD and not c.reported]
        if stale and role not in self.disabled:
            self._use_letter(role, stale[0], "stale reset")

    def reuse_reset(self, user: str) -> None:
        """Try to set a password once more with the reset token that has just done so."""
        role = self.role(user)
        if role in self.used_letters and role not in self.disabled:
            self._use_letter(role, self.used_letters[role], USED_RESET)

    def _use_letter(self, role: str, letter: Credential, kind: str) -> None:
        self.effects.prove_all(role)
        alive = [s for s in self.model.live_sessions(role) if s.sure.proven]
        old, new = self.user(role).password, password()
        self.tried.setdefault(role, []).append(new)
        client, lane = fresh_device("forgetful"), Lane(letter.channel)
        answer = self.bench.call("finish_reset", letter.held, client, new, lane=lane)
        event = self.model.event(kind, answer, user=role, extra=old)
        event.before = tuple(alive)
        letter.reported = kind == "stale reset"
        if isinstance(answer, Acknowledged):
            self.used_letters[role] = letter
            self.effects.reset(role, self.letters[role], event, new)
        else:
            letter.state = State.DEAD
        self.effects.spare(event)

    def _may_reset(self) -> bool:
        """True where a new password harms nobody, or can be changed back."""
        return self.model.throwaway or self.bench.offers("change_password")

    # -- the level of a session -------------------------------------------------------------------

    def step_up(self, session: Session) -> None:
        """Prove the password again, with the sensitive action tried before and after."""
        self.effects.prove(session)
        before = self._dare(session)
        lane, client = Lane(session.channel), self.client_of(session)
        held = session.held(session.channel)
        answer = self.bench.call("step_up", held, client, self.user(session.user), lane=lane)
        event = self.model.event("step_up", answer, user=session.user, session=session)
        if isinstance(answer, Acknowledged):
            session.fresh = event.at
            self.effects.replaced(session, answer.issued, event)
            after = self._dare(session)
            if isinstance(before, Refused) and isinstance(after, Acknowledged):
                event.detail = CONFIRMED
        self.effects.spare(event)

    def _dare(self, session: Session) -> Answer | None:
        """Try the sensitive action, from the own client, with no other proof than the session."""
        lane = Lane(session.channel)
        if not self.bench.offers("sensitive_action", lane):
            return None
        held, client = session.held(session.channel), self.client_of(session)
        account = replace(self.user(session.user), password=ABSENT)
        found: Answer = self.bench.call("sensitive_action", held, client, account, lane=lane)
        return found

    def fail_step_up(self, session: Session) -> None:
        """Type a wrong password where a session asks for it again."""
        wrong = password()
        self.typed[f"password typed by {session.user}"] = wrong.reveal()
        account = self.user(session.user)
        self.failed(session.user)
        lane, client = Lane(session.channel), self.client_of(session)
        answer = self.bench.call(
            "step_up",
            session.held(session.channel),
            client,
            replace(account, password=wrong),
            lane=lane,
        )
        event = self.model.event("failed step-up", answer, user=session.user, session=session)
        self.effects.renewed(session, answer.issued, event)
        self.effects.spare(event)

    def impersonate(self, session: Session, user: str) -> None:
        """Go on as another user, and as oneself again."""
        actor, other = session.user, self.role(user)
        if other in {actor, *self.disabled} or self.model.roles.get(actor) != self.privileged:
            return
        lane = Lane(session.channel)
        if not self.bench.offers("end_impersonation", lane):
            return
        self.effects.prove(session)
        client, held = self.client_of(session), session.held(session.channel)
        answer = self.bench.call("impersonate", held, client, self.user(other), lane=lane)
        event = self.model.event("impersonate", answer, user=actor, session=session)
        if not isinstance(answer, Acknowledged):
            self.effects.doubt(session)
            return
        session.user = other
        self.effects.replaced(session, answer.issued, event)
        self._note_as(session, lane)
        session.user = actor
        client, held = self.client_of(session), session.held(session.channel)
        back = self.bench.call("end_impersonation", held, client, lane=lane)
        event = self.model.event("end impersonation", back, user=actor, session=session)
        if isinstance(back, Acknowledged):
            self.effects.replaced(session, back.issued, event)
        else:
            self.effects.forget(session)
        self.effects.spare(event)

    def _note_as(self, session: Session, lane: Lane) -> None:
        """Store a note as the user who is acted for, so that something was done as that user."""
        logged = "event_log" in self.bench.calibration.capabilities
        if logged and self.bench.offers("write_marker", lane):
            client, held = self.client_of(session), session.held(session.channel)
            self.bench.call("write_marker", held, client, "acting", lane=lane)

"""What people do with sessions: visit, log in, use, renew and end; each act keeps the model true.

Acts do and record. They judge nothing.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, quote_plus

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Handle,
    Kind,
    Listing,
    Place,
    Refused,
    Unclear,
    User,
    fresh_device,
)
from adapters.exchange import Exchange
from adapters.secrets import Secret
from suites.kernel.bench import Lane
from suites.kernel.model import Credential, Event, Session
from suites.kernel.people import invent, password
from suites.kernel.stage import Stage, values_of


class Life(Stage):
    """The acts of ordinary users, and of attackers who use the same doors."""

    # -- visiting and logging in ------------------------------------------------------------------

    def visit(self, device: str, channel: str | None = None) -> Event:
        """Come to the target without logging in."""
        client = self.client(device)
        presented = values_of(client)
        answer = self.bench.call("pre_auth", client, lane=self.lane(channel))
        event = self.model.event("visit", answer, presented=presented)
        for artefact in answer.issued:
            self.stray(artefact, owner="", lane=self.lane(channel))
        return event

    def login(
        self,
        user: str,
        device: str = "laptop",
        *,
        client: Device | None = None,
        carried: str = "nothing",
        over: Session | None = None,
        planted: Sequence[Credential] = (),
        channel: str | None = None,
        operation: str = "login",
    ) -> Session | None:
        """Log a user in; what the client already holds is presented with it."""
        role, lane = self.role(user), self.lane(channel)
        if self.user(role).name in self.locked:
            return None
        if client is None:
            client = self.client(device, anew=True)
        self.model.devices[device] = client
        presented = values_of(client) + tuple(c.value for c in planted)
        if self.effects.due_at_login(role)[0]:
            self.effects.prove_all(role)
        surplus, victim = self.effects.due_at_login(role)
        before = len(self.bench.exchanges)
        answer = self.bench.call(operation, self.user(role), client, lane=lane)
        if isinstance(answer, Refused) and role in self.guessed:
            return None
        made = [exchange for _, exchange in self.bench.exchanges[before:]]
        secret = self.user(role).password.reveal()
        sent = [value for exchange in _asking(made, secret) for value in exchange.cookies_sent]
        event = self.model.event(
            "login",
            answer,
            user=role,
            presented=(*presented, *sent),
            carried=carried,
            surplus=surplus,
            evicts=victim if isinstance(answer, Acknowledged) else None,
            extra=tuple(planted),
        )
        if over is not None and isinstance(answer, Acknowledged) and over.live:
            kept = self.effects.values_after(client, answer.issued, lane.channel)
            if kept <= set(event.presented) and self._ignored(client, lane):
                event.answer = answer = Unclear("a login over a live session is ignored")
        if not isinstance(answer, Acknowledged):
            for artefact in answer.issued:
                self.stray(artefact, owner="", lane=lane)
            self.effects.spare(event)
            self._note_lockout(event)
            return None
        session = Session(self.name(), role, client, lane.channel, event, over=over)
        event.opened = event.session = session
        self.model.sessions[session.name] = session
        self.effects.opened(session, answer.issued, event)
        self.effects.after_login(session, event)
        return session

    def _ignored(self, client: Device, lane: Lane) -> bool:
        """Say whether the target acknowledges a login over a live session without doing it.

        Such a target acknowledges a login of somebody who does not exist alike; one try a channel
        tells, and it can lock nobody out.
        """
        habit = f"ignores a login over a session on {lane.channel}"
        if habit not in self.habits:
            who = invent("nobody")
            again = Device(client.name, client.jar.copy(), client.headers)
            answer = self.bench.call("login", User(who.name, who.password), again, lane=lane)
            self.habits[habit] = not isinstance(answer, Refused)
        return self.habits[habit]

    def _note_lockout(self, event: Event) -> None:
        account = self.user(event.user or "")
        expected = event.surplus or event.carried != "nothing" or self.model.throwaway
        if isinstance(event.answer, Refused) and not expected and self.failures.get(account.name):
            self.locked.add(account.name)

    def fail_login(self, user: str, device: str, channel: str | None = None) -> Event:
        """Try a wrong password, once; an account that then refuses the right one is locked."""
        role, lane = self.role(user), self.lane(channel)
        client = self.client(device)
        answer = self.bench.call("login_fail", self.user(role), client, lane=lane)
        self.failed(role)
        event = self.model.event("failed login", answer, user=role, presented=values_of(client))
        for artefact in answer.issued:
            self.stray(artefact, owner="", lane=lane)
        self.effects.spare(event)
        return event

    def guess_passwords(self, user: str, times: int, channel: str | None = None) -> Event | None:
        """Try wrong passwords from clients that hold nothing, as far as that harms nobody.

        The account may be locked by it: a login that is refused afterwards says nothing.
        """
        role, lane = self.role(user), self.lane(channel)
        if role in self.disabled or not self.may_fail(role):
            return None
        self.effects.prove_all(role)
        answer: Answer | None = None
        for _ in range(times):
            if not self.may_fail(role):
                break
            stranger = fresh_device("stranger")
            answer = self.bench.call("login_fail", self.user(role), stranger, lane=lane)
            self.failed(role)
        if self.model.throwaway:
            self.guessed.add(role)
        event = self.model.event("guessed passwords", answer, user=role)
        self.effects.spare(event)
        return event

    def try_password(self, user: str, old: Secret, channel: str | None = None) -> Event:
        """Log in with a password that was valid once."""
        account, lane = self.user(user), self.lane(channel)
        former = replace(account, password=old)
        answer = self.bench.call("login", former, fresh_device("old password"), lane=lane)
        self.failed(user)
        event = self.model.event("old password", answer, user=self.role(user))
        for artefact in answer.issued:
            self.stray(artefact, owner="", lane=lane)
        return event

    def newcomer(self, role: str, name: str) -> User | None:
        """Create an account of this login name, if the target lets us."""
        who = invent(role)
        answer = self.bench.call("create_user", name, who.password, who.personal)
        if not isinstance(answer, Acknowledged) or answer.user is None:
            return None
        self.model.users[role] = answer.user
        if answer.user.identity:
            self.bench.names[answer.user.identity] = role
        return answer.user

    # -- living a session -------------------------------------------------------------------------

    def read(self, session: Session, which: str | None = None) -> Event:
        """Use a session from its own client."""
        main = session.main
        seen = None
        if main is not None:
            client = self.client_of(session)
            seen = self.bench.observe(main, which, client, self.bench.node)
        event = self.model.event("read", None, user=session.user, session=session)
        event.extra = seen
        return event

    def write_marker(self, session: Session) -> Event:
        """Store a private value in a session."""
        value = f"note-{secrets.token_hex(8)}"
        answer = self.bench.call(
            "write_marker",
            session.held(session.channel),
            self.client_of(session),
            value,
            lane=Lane(session.channel),
        )
        if isinstance(answer, Acknowledged):
            self.bench.markers[value] = session.user
        event = self.model.event("note", answer, user=session.user, session=session, extra=value)
        self.effects.renewed(session, answer.issued, event)
        return event

    def refresh(self, session: Session, channel: str | None = None) -> Event:
        """Renew a session with its current refresh credential."""
        credential = next(iter(session.current(Kind.REFRESH)), None)
        answer: Answer = Refused("no refresh credential")
        lane = self.lane(channel or session.channel)
        if credential is not None:
            lane = self.lane(channel or credential.channel)
            known = self.bench.calibration.refresh_at
            if known.get(lane.channel) == known.get(credential.channel):
                lane = Lane(credential.channel)
            held = session.held(credential.channel)
            client = self.client_of(session)
            if lane.channel != credential.channel:
                place, name = self.bench.calibration.refresh_at[lane.channel]
                held, client = (credential.held[-1].at(place, name),), fresh_device("same grant")
            answer = self.bench.call("refresh", held, client, lane=lane)
        event = self.model.event(
            "refresh", answer, user=session.user, session=session, extra=credential
        )
        if isinstance(answer, Acknowledged) and credential is not None:
            self.effects.refreshed(session, credential, answer.issued, event, lane.channel)
        elif credential is not None and lane.channel != credential.channel:
            self.effects.forget(session)
        self.effects.spare(event)
        return event

    # -- ending -----------------------------------------------------------------------------------

    def logout(self, session: Session) -> Event:
        """Log a session out; one that is ended already tries the idempotence of logout."""
        again = session.ended is not None
        if not again and self.policy["logout.scope"] in {"all", "device"}:
            self.effects.prove_all(session.user)
        elif not again:
            self.effects.prove(session)
        client = self.client_of(session)
        answer = self.bench.call(
            "logout", session.held(session.channel), client, lane=Lane(session.channel)
        )
        kind = "repeated logout" if again else "logout"
        event = self.model.event(kind, answer, user=session.user, session=session)
        self._after_end(event, answer, again)
        if client is session.device:
            values = {a.value for c in session.credentials for a in c.held}
            stays = {Kind.REMEMBER} if self.policy["remember_me.survives_logout"] else set()
            held = session.held(session.channel)
            names = {a.name for a in held if a.place is Place.COOKIE and a.kind not in stays}
            event.left_behind = tuple(n for n in sorted(names) if client.jar.get(n) in values)
        return event

    def bogus_logout(self, held: Sequence[Artefact], channel: str | None, detail: str) -> Event:
        """Call logout with something that is no live session."""
        lane = self.lane(channel)
        answer = self.bench.call("logout", tuple(held), fresh_device("stranger"), lane=lane)
        event = self.model.event("bogus logout", answer, detail=detail)
        self._after_end(event, answer, again=True)
        return event

    def _after_end(self, event: Event, answer: Answer, again: bool) -> None:
        for artefact in answer.issued:
            event.issued.append(self.stray(artefact, owner="", lane=self.lane(None)))
        if not again and event.session is not None:
            if isinstance(answer, Acknowledged):
                self.effects.logged_out(event.session, event)
            else:
                self.effects.doubt(event.session)
        self.effects.spare(event)

    def change_password(self, session: Session) -> Event:
        """Change the password of the session's user."""
        self.effects.prove_all(session.user)
        old = self.model.users[session.user].password
        new = password()
        if self.bench.offers("change_password", Lane(session.channel)):
            self.tried.setdefault(session.user, []).append(new)
        answer = self.bench.call(
            "change_password",
            session.held(session.channel),
            self.client_of(session),
            old,
            new,
            lane=Lane(session.channel),
        )
        event = self.model.event(
            "change_password", answer, user=session.user, session=session, extra=old
        )
        if isinstance(answer, Acknowledged):
            self.effects.password_changed(session, answer.issued, event, new)
        self.effects.spare(event)
        return event

    def revoke_all(self, session: Session) -> Event:
        """End every session of the user from one of them."""
        self.effects.prove_all(session.user)
        answer = self.bench.call(
            "revoke_all",
            session.held(session.channel),
            self.client_of(session),
            lane=Lane(session.channel),
        )
        event = self.model.event("revoke_all", answer, user=session.user, session=session)
        if isinstance(answer, Acknowledged):
            self.effects.all_revoked(session, event)
        self.effects.spare(event)
        return event

    def list_sessions(self, session: Session) -> Event:
        """Read the session list and learn the session's own handle from it."""
        answer = self.bench.call(
            "list_sessions",
            session.held(session.channel),
            self.client_of(session),
            lane=Lane(session.channel),
        )
        if isinstance(answer, Listing):
            own = [handle for handle in answer.handles if handle.current]
            if len(own) == 1:
                session.handle = own[0]
        event = self.model.event("listing", None, user=session.user, session=session)
        event.extra, event.spares = answer, self.model.live_sessions(session.user)
        mine = [s for s in self.model.sessions.values() if s.user == session.user]
        if any(s.ended is None and not s.live for s in mine):
            event.detail = "some sessions are uncertain"
        return event

    def revoke(self, session: Session, handle: Handle, other: Session | None) -> Event:
        """End the session of a handle, own or foreign, from this one."""
        if other is not None and other.live:
            self.effects.prove(other)
        answer = self.bench.call(
            "revoke_session",
            session.held(session.channel),
            self.client_of(session),
            handle,
            lane=Lane(session.channel),
        )
        foreign = other is None or other.user != session.user
        event = self.model.event(
            "foreign revoke" if foreign else "revoke", answer, user=session.user, session=session
        )
        if not foreign and isinstance(answer, Acknowledged) and other is not None:
            self.effects.revoked(other, event)
        self.effects.spare(event)
        return event


def _asking(made: Sequence[Exchange], password: str) -> Sequence[Exchange]:
    """Return the exchanges of a login up to its answer: a browser goes on with what that issued."""
    written = {password, quote(password, safe=""), quote_plus(password), json.dumps(password)[1:-1]}
    for number, exchange in enumerate(made, 1):
        body = (exchange.request_body or b"").decode("utf-8", "replace")
        if any(form in body for form in written):
            return made[:number]
    return made

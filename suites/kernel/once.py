"""Values that are good for one use: login links and second factors, used twice, late or elsewhere.

Acts do and record. They judge nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.contract import Acknowledged, Answer, Artefact, Kind, fresh_device
from suites.kernel.bench import Lane, latest
from suites.kernel.model import Credential, Event, Session, State
from suites.kernel.remember import Remembering
from suites.kernel.timing import Timing

LINK, FACTOR = "login link", "second factor"
USED, EXPIRED, ELSEWHERE = "used before", "past its lifetime", "of another account"
MISUSE, LATE_RESET = "misuse of a one-time value", "late reset"
LATER = 5.0
"""Seconds beyond a lifetime that make it surely over."""


@dataclass(frozen=True, slots=True)
class OneTimeUse:
    """One use of what was good for another one, or no more: the answer, and whom it opened."""

    what: str
    how: str
    answer: Answer
    opened: tuple[str, ...]


class OneTime(Remembering, Timing):
    """The acts on values that are good for one use."""

    def ask_link(self, user: str, channel: str | None = None) -> Event | None:
        """Ask for a login link from a client that holds nothing, and read the mail."""
        role, lane = self.role(user), self.lane(channel)
        if role in self.disabled:
            return None
        self.effects.prove_all(role)
        client = fresh_device("mail reader")
        answer = self.bench.call("request_link", self.user(role), client, lane=lane)
        event = self.model.event("ask link", answer, user=role)
        if isinstance(answer, Acknowledged):
            mail = self.bench.call("read_link", self.user(role))
            known = self.links.setdefault(role, [])
            fresh = [self.stray(a, owner=role, lane=lane) for a in mail.issued]
            for link in (c for c in fresh if c.kind is Kind.LINK and c not in known):
                for older in known:
                    # Whether a newer link takes the place of an older one is nowhere declared.
                    older.state = State.DEAD if older.cause else State.EITHER
                link.state, link.since = State.LIVE, event.at
                known.append(link)
        self.effects.spare(event)
        return event

    def login_by_link(self, user: str, device: str) -> Session | None:
        """Log in with the newest login link."""
        role = self.role(user)
        link = self._fresh_link(role)
        if link is None or self.crowded(role):
            return None
        client = self.client(device, anew=True)
        answer = self.bench.call("login_with_link", link.held, client, lane=Lane(link.channel))
        event = self.model.event("link", answer, user=role, presented=(link.value,))
        if not isinstance(answer, Acknowledged):
            link.state = State.EITHER
            self.effects.spare(event)
            return None
        link.end(USED, event)
        session = Session(self.name(), role, client, link.channel, event)
        event.opened = event.session = session
        self.model.sessions[session.name] = session
        self.effects.opened(session, answer.issued, event)
        self.effects.after_login(session, event)
        return session

    def replay_link(self, user: str, which: int) -> Event | None:
        """Use a login link that has opened a session before, from elsewhere; 0 is the first."""
        role = self.role(user)
        used = [c for c in self.links.get(role, []) if c.cause == USED]
        if not used or role in self.disabled or self.crowded(role):
            return None
        return self._misuse_link(role, used[which % len(used)], USED)

    def use_link_late(self, user: str) -> Event | None:
        """Use a login link after its declared lifetime; one within it has worked before."""
        role = self.role(user)
        worked = any(c.cause == USED for c in self.links.get(role, []))
        lifetime = self.policy.seconds("one_time.lifetime")
        if not worked or lifetime is None or self.crowded(role):
            return None
        self.ask_link(role)
        link = self._fresh_link(role)
        if link is None:
            return None
        self.pass_time(lifetime + LATER)
        return self._misuse_link(role, link, EXPIRED)

    def use_reset_late(self, user: str) -> None:
        """Use a reset token after its declared lifetime; one within it has worked before."""
        role = self.role(user)
        lifetime = self.policy.seconds("one_time.lifetime")
        if role not in self.used_letters or role in self.disabled or lifetime is None:
            return
        self.ask_reset(role)
        fresh = [c for c in self.letters[role] if c.state is State.LIVE]
        if fresh:
            self.pass_time(lifetime + LATER)
            self._use_letter(role, fresh[-1], LATE_RESET)

    def lend_factor(self, user: str, other: str, channel: str) -> Event | None:
        """Begin the login of one account and complete it with the second factor of another."""
        role, lender = self.role(user), self.role(other)
        if role == lender or {role, lender} & self.disabled or self.crowded(role):
            return None
        lane = self.lane(channel)
        own = self._in_two_steps(role, role, lane)
        if not isinstance(own, Acknowledged) or not self.may_fail(role):
            return None
        self.revive(lane, own)
        answer = self._in_two_steps(role, lender, lane)
        if answer is None:
            return None
        self.failed(role)
        return self._note(role, OneTimeUse(FACTOR, ELSEWHERE, answer, self.revive(lane, answer)))

    def _in_two_steps(self, role: str, lender: str, lane: Lane) -> Answer | None:
        client = fresh_device("second step")
        first = self.bench.call("login_first_factor", self.user(role), client, lane=lane)
        pending = tuple(a for a in first.issued if a.kind is Kind.PENDING)
        if not isinstance(first, Acknowledged):
            return None
        found: Answer = self.bench.call(
            "login_second_factor", pending, client, self.user(lender), lane=lane
        )
        return found

    def _fresh_link(self, role: str) -> Credential | None:
        fresh = [c for c in self.links.get(role, []) if c.state is State.LIVE]
        return fresh[-1] if fresh and role not in self.disabled else None

    def _misuse_link(self, role: str, link: Credential, how: str) -> Event:
        self.effects.prove_all(role)
        lane, thief = Lane(link.channel), fresh_device("thief")
        answer = self.bench.call("login_with_link", link.held, thief, lane=lane)
        return self._note(role, OneTimeUse(LINK, how, answer, self.revive(lane, answer)))

    def _note(self, role: str, use: OneTimeUse) -> Event:
        event = self.model.event(MISUSE, use.answer, user=role, extra=use)
        event.detail = f"{use.what} {use.how}"
        if isinstance(use.answer, Acknowledged):
            for session in self.model.live_sessions(role):
                self.effects.doubt(session)
        self.effects.spare(event)
        return event

    def revive(self, lane: Lane, answer: Answer) -> tuple[str, ...]:
        """Return whom an answer opened, which is ended with the history."""
        if not isinstance(answer, Acknowledged):
            return ()
        held: Sequence[Artefact] = latest(answer.issued)
        self.bench.revived.append((lane.channel, tuple(held)))
        return tuple(sorted(self.bench.identities(held, lane.channel)))

"""Lifetimes at the provider and at the application: what one of them ends, and what the other does.

Acts do and record. They judge nothing.
"""

from dataclasses import dataclass

from adapters.contract import Acknowledged, Answer, Artefact, Kind, Seen
from suites.kernel.bench import Lane, latest
from suites.kernel.federation import Federation, Silence, copied, id_of
from suites.kernel.model import Event, Session

PROVIDER_END, DEMAND, COMEBACK, RENEWAL = (
    "end at the provider",
    "demand of a new login",
    "return after a logout",
    "silent renewal",
)
DISABLED, ENDED = ENDS = ("account disabled", "session ended")
MAX_AGE, PROMPT = DEMANDS = ("max_age=0", "prompt=login")
MARGIN, A_WHILE, LONGEST = 1.0, 2.0, 60.0


@dataclass(frozen=True, slots=True)
class Reach:
    """What an end at the provider left of an application's session after the declared delay.

    `confirmed` is True when the provider had known the browser before and knew it no more.
    """

    what: str
    confirmed: bool
    session: Session
    seen: Seen
    renewed: Answer | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """What the provider said of its user at a login, and in a silent renewal some time after."""

    first: Artefact
    later: Artefact


class Coordination(Federation):
    """The acts in which the session at the provider and that of an application meet."""

    def end_at_provider(self, session: Session, what: str) -> Event | None:
        """Disable an account at the provider, or end its sessions there, and wait as declared."""
        user, others = session.user, set(self.model.users) - {session.user, *self.disabled}
        if not self.model.throwaway or not others or session.channel not in self.parties():
            return None
        client = next((c for c in self.clients() if self._agreed(session, c)), None)
        if client is None:
            return None
        self.effects.prove_all(user)
        mine = [s for s in self.model.live_sessions(user) if s.channel == session.channel]
        before = self.silently(session, client, copied(session.device))
        operation = "op_disable" if what == DISABLED else "op_end"
        answer = self.bench.call(operation, self.user(user))
        after = self.silently(session, client, copied(session.device))
        known = Silence(client, before, after)
        confirmed = known.worked and not isinstance(after, Acknowledged)
        self.forward(float(self.policy["federation.max_delay_seconds"]) + MARGIN, at_most=LONGEST)
        found = [self._reached(s, what, confirmed=confirmed) for s in mine if s.sure.proven]
        if what == DISABLED:
            self.bench.call("op_enable", self.user(user))
        event = self.model.event(PROVIDER_END, answer, user=user, session=session, extra=found)
        event.detail = what
        for one in self.model.live_sessions(user):
            self.effects.forget(one)
        self.effects.spare(event)
        return event

    def _reached(self, session: Session, what: str, *, confirmed: bool) -> Reach:
        seen = self.bench.everywhere(session.sure.held, session.channel)
        refresh = next(iter(session.current(Kind.REFRESH)), None)
        renewed = self.bench.present(refresh) if refresh is not None else None
        return Reach(what, confirmed, session, seen, renewed)

    def demand_login(self, session: Session, how: str) -> Event | None:
        """Ask for an answer that needs a new login, in a browser that the provider knows."""
        if session.channel not in self.clients():
            return None
        lane, browser = Lane(session.channel), copied(session.device)
        before = self.silently(session, session.channel, copied(session.device))
        answer = self.bench.call("authorize_fresh", browser, lane=lane, how=how)
        event = self.model.event(DEMAND, answer, user=session.user, detail=how)
        event.extra = [Silence(session.channel, before, answer)]
        return event

    def leave_party(self, session: Session) -> Event | None:
        """Log out at an application, and open its page again in the same browser.

        `detail` is empty unless the provider no longer knew the browser: then nothing is proven.
        """
        client = next((c for c in self.clients() if self._agreed(session, c)), None)
        if session.channel not in self.parties() or client is None:
            return None
        if not self.logout(session).acknowledged:
            return None
        known = self.silently(session, client, copied(session.device))
        lane, browser = Lane(session.channel), session.device
        answer = self.bench.call("come_back", browser, lane=lane)
        self.bench.stale()
        seen = self.bench.probe((), lane.channel, self.bench.probes(lane.channel)[0], browser)
        event = self.model.event(COMEBACK, answer, user=session.user, extra=seen)
        event.detail = "" if isinstance(known, Acknowledged) else "the provider knew nobody"
        if seen.identity is not None:
            self.bench.call("logout", (), browser, lane=lane)
        return event

    def renew_silently(self, session: Session) -> Event | None:
        """Let a client ask again after a while, without asking the user."""
        first = id_of(session, self.model.events)
        if first is None or session.channel not in self.clients():
            return None
        self.pass_time(A_WHILE)
        browser = copied(session.device)
        held = self.code(session.user, browser, session.channel, silent=True)
        if held is None:
            return None
        answer = self.bench.call("redeem", held, browser, lane=Lane(session.channel))
        event = self.model.event(RENEWAL, answer, user=session.user)
        later = [a for a in answer.issued if a.kind is Kind.ID]
        if isinstance(answer, Acknowledged):
            self.bench.revived.append((session.channel, latest(answer.issued)))
            event.extra = Renewed(first, later[-1]) if later else None
        return event

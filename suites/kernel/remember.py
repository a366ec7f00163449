"""What people do who are remembered: log in so, come back without a password, and be copied.

Acts do and record. They judge nothing.
"""

from adapters.contract import Acknowledged, Kind, Place, fresh_device
from suites.kernel.bench import Bench, Lane
from suites.kernel.consequences_authority import REUSE
from suites.kernel.limits import LATE, PAST, tolerance
from suites.kernel.model import Credential, Event, Model, Session, State
from suites.kernel.policy import Policy
from suites.kernel.pretending import Pretending


class Remembering(Pretending):
    """The acts of remembered clients, and of whoever stole what they are remembered by."""

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        super().__init__(bench, model, policy)
        self.chains: list[list[Credential]] = []

    def login_remembered(self, user: str, device: str, channel: str) -> Session | None:
        """Log in with the wish to be remembered, or on a target that always remembers."""
        lane = self.lane(channel)
        asked = self.bench.offers("login_remembered", lane)
        operation = "login_remembered" if asked else "login"
        return self.login(user, device, channel=channel, operation=operation)

    def token_of(self, session: Session) -> Credential | None:
        """Return the token by which the client of a session is remembered now."""
        found = session.current(Kind.REMEMBER)
        return found[0] if found and found[0].state is State.LIVE else None

    def boot(self, session: Session) -> Event | None:
        """Come back with nothing but the remember-me token of a session."""
        token = self.token_of(session)
        if token is None or self.crowded(session.user) or session.user in self.disabled:
            return None
        self.effects.prove(session)
        standing = self._age_of(token)
        event = self._present(token, session, "boot")
        event.extra = standing
        if event.acknowledged:
            self.effects.used_up(token, event)
        else:
            token.state = State.EITHER
        self.effects.spare(event)
        return event

    def _age_of(self, token: Credential) -> str:
        """Return how near a token is to the end of its declared lifetime, where that matters."""
        limit = self.policy.seconds("remember_me.lifetime")
        if limit is None or token.since is None:
            return ""
        age, allowed = self.model.now - token.since, tolerance(self.policy, limit)
        if age > limit + allowed:
            return f"{PAST} remember_me.lifetime"
        return LATE if limit / 2 < age < limit - allowed else ""

    def boot_again(self, session: Session, back: int) -> Event | None:
        """Present a token of the same series that has been used before, as a thief would."""
        chain = self._chain(session)
        spent = [c for c in chain if c.cause == "boot" and not c.reported]
        if not spent or self.crowded(session.user) or session.user in self.disabled:
            return None
        for one in dict.fromkeys(c.session for c in chain if c.session is not None):
            self.effects.prove(one)
        token = spent[-min(back, len(spent))]
        token.reported = True
        event = self._present(token, session, REUSE)
        self.effects.stolen(chain, event)
        self.effects.spare(event)
        return event

    def _chain(self, session: Session) -> list[Credential]:
        mine = {c.value for c in session.credentials if c.kind is Kind.REMEMBER}
        return next((chain for chain in self.chains if mine & {c.value for c in chain}), [])

    def _present(self, token: Credential, session: Session, kind: str) -> Event:
        """Present a token from a client that holds nothing else, and take over what it opens."""
        client, lane = fresh_device(session.device.name), Lane(token.channel)
        artefact = token.held[-1]
        if artefact.place is Place.COOKIE:
            client.jar.set(artefact.name, artefact.value, domain=self.bench.host)
        answer = self.bench.call("boot", token.held, client, lane=lane)
        event = self.model.event(kind, answer, user=session.user, presented=(token.value,))
        chain = self._chain(session)
        if not chain:
            chain = [token]
            self.chains.append(chain)
        if isinstance(answer, Acknowledged):
            opened = Session(self.name(), session.user, client, lane.channel, event)
            event.opened = event.session = opened
            self.model.sessions[opened.name] = opened
            issued = [a for a in answer.issued if a.value != artefact.value]
            self.effects.opened(opened, issued, event)
            self.effects.after_login(opened, event)
            chain += [c for c in opened.credentials if c.kind is Kind.REMEMBER]
        return event

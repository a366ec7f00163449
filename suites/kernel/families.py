"""Families of refresh tokens: renewal over generations, and thieves who present used ones.

Acts do and record, and keep the model true; they judge nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapters.contract import Acknowledged, Answer, Kind, Refused, fresh_device
from suites.kernel.bench import Lane, latest
from suites.kernel.limits import LATE, PAST, WITHIN, Ages, standing, tolerance
from suites.kernel.model import AUTHENTICATING, Credential, Event, Model, Session, State
from suites.kernel.policy import Policy
from suites.kernel.timing import Timing

MARGIN = 0.2
"""The longest time, in seconds, that is waited for where the clock cannot be moved."""
TOLERANCE = 2.0
THIEF, OWNER = "a thief", "its owner"
UNLIMITED = "no lifetime of refresh tokens is declared"


@dataclass(frozen=True, slots=True)
class Renewal:
    """One acknowledged refresh: the token that was used for it, and what the session got."""

    event: Event
    session: Session
    used: Credential
    refresh: Credential | None
    access: Credential | None

    @property
    def rotated(self) -> bool:
        """True when a refresh token came that the session did not have before."""
        return self.refresh is not None


@dataclass(frozen=True, slots=True)
class Reuse:
    """A refresh token presented again after it had been used, and what came of it.

    `lenient` is True within the declared grace window. `opened` names everybody whom the answer
    made the target recognise, `forked` is True when it held a refresh token of its own. `by` is
    who presented it. `goes_on` is whether the successor still worked after its owner tried again
    within that window; None where this was not looked at.
    """

    event: Event
    session: Session
    credential: Credential
    behind: int
    lenient: bool
    opened: tuple[str, ...]
    forked: bool
    by: str = OWNER
    goes_on: bool | None = None

    @property
    def noticed(self) -> bool:
        """True when a living family was refused outside the grace window: it must be revoked."""
        living = self.session.ended in {None, self.event}
        return living and not self.lenient and isinstance(self.event.answer, Refused)

    @property
    def words(self) -> str:
        """What came of it, in plain words."""
        if not self.opened:
            return self.event.words
        whom = ", ".join(self.opened)
        return f"accepted {self.behind} generations later, and recognised as {whom}"


def allowance(policy: Policy, limit: float) -> float:
    """Return the seconds around a lifetime in which nothing is claimed: two, if none is declared.

    A share of a lifetime of weeks would be longer than the life of an access token, which must not
    matter.
    """
    declared = policy["timeout_tolerance"] is not None
    return tolerance(policy, limit) if declared else TOLERANCE


def renewals(model: Model, session: Session | None = None) -> Iterator[Renewal]:
    """Iterate over the acknowledged refreshes, of one session or of all."""
    for event in model.events:
        used, mine = event.extra, event.session
        if event.kind != "refresh" or not event.acknowledged or not isinstance(used, Credential):
            continue
        if mine is None or (session is not None and mine is not session):
            continue
        fresh = {c.kind: c for c in event.issued}
        access = next((fresh[kind] for kind in AUTHENTICATING if kind in fresh), None)
        yield Renewal(event, mine, used, fresh.get(Kind.REFRESH), access)


def last_used(model: Model, credential: Credential, session: Session) -> Event:
    """Return the last event in which a refresh token was issued, or used and not replaced."""
    found = [event for event in model.events if _concerns(event, credential)]
    return found[-1] if found else session.opened


def _concerns(event: Event, credential: Credential) -> bool:
    used = event.kind == "refresh" and event.acknowledged and event.extra is credential
    return used or credential in event.issued


def spent(model: Model, session: Session) -> list[Credential]:
    """Return the refresh tokens of a session that were used and replaced, oldest first."""
    return [renewal.used for renewal in renewals(model, session) if renewal.rotated]


class Families(Timing):
    """The acts in which generations of refresh tokens matter."""

    def refresh(self, session: Session, channel: str | None = None) -> Event:
        """Renew a session, and note how near its family was to the declared limits."""
        began, credentials = self.model.now, session.current(Kind.REFRESH)
        ages = Ages(began - session.active, began - session.opened.at)
        # Before the refresh itself: it would be the last use of its token.
        detail = self._standing(session, credentials[0], began) if credentials else ""
        event = super().refresh(session, channel)
        event.detail = detail
        main = session.main
        timed = main is not None and main.kind is Kind.SESSION
        past = event.detail.startswith(PAST)
        if timed and not past and standing(self.policy, ages, alive=True) != WITHIN:
            # A session that is over by its own limits takes its refresh token along.
            event.detail = ""
        return event

    def _standing(self, session: Session, credential: Credential, now: float) -> str:
        ages = {
            "absolute_lifetime": now - session.opened.at,
            "idle_lifetime": now - last_used(self.model, credential, session).at,
        }
        limits = {name: self.policy.seconds(f"refresh.{name}") for name in ages}
        known = {name: limit for name, limit in limits.items() if limit is not None}
        if not known:
            return UNLIMITED
        around = {name: allowance(self.policy, limit) for name, limit in known.items()}
        for name, limit in known.items():
            if ages[name] > limit + around[name]:
                return f"{PAST} refresh.{name}"
        within = all(ages[name] < limit - around[name] for name, limit in known.items())
        late = any(ages[name] > limit / 2 for name, limit in known.items())
        return LATE if within and late else ""

    def replay_rotated(
        self, session: Session, generation: int, *, by: str, wait: bool = False
    ) -> Event | None:
        """Present a refresh token that was used before; -1 is the newest of these, 0 the first."""
        used = spent(self.model, session)
        if not used:
            return None
        credential = used[generation % len(used)]
        renewal = next(r for r in renewals(self.model, session) if r.used is credential)
        grace = self.policy["refresh.grace_seconds"]
        if wait and grace:
            self.pass_time(grace + MARGIN)
        self.effects.prove_all(session.user)
        lenient = self.model.now - renewal.event.at <= grace
        client = fresh_device(by)
        answer: Answer = self.bench.call(
            "refresh", credential.held, client, lane=Lane(credential.channel)
        )
        event = self.model.event("reuse", answer, user=session.user, session=session)
        opened: set[str] = set()
        if isinstance(answer, Acknowledged):
            held = latest(answer.issued)
            opened = self.bench.identities(held, credential.channel)
            self.bench.revived.append((credential.channel, held))
        known = {c.value for c in session.credentials}
        forked = any(
            a.kind is Kind.REFRESH and a.value.reveal() not in known for a in answer.issued
        )
        behind = len(used) - used.index(credential)
        event.extra = Reuse(
            event, session, credential, behind, lenient, tuple(sorted(opened)), forked, by
        )
        event.detail = "within the grace window" if lenient else ""
        self._settle(event.extra)
        # By the clock of the target the first use was a moment earlier.
        surely = self.model.now - renewal.event.at <= grace - MARGIN
        if surely and by == OWNER and behind == 1 and not forked:
            event.extra = replace(event.extra, goes_on=self._goes_on(session))
        return event

    def _goes_on(self, session: Session) -> bool | None:
        """Renew a session whose last refresh was repeated; None when nobody can tell."""
        answer = self.refresh(session).answer if session.current(Kind.REFRESH) else None
        if isinstance(answer, Acknowledged):
            return True
        return False if isinstance(answer, Refused) else None

    def _settle(self, reuse: Reuse) -> None:
        """Take over what a reuse means: where it opened nothing, the family is revoked."""
        session, event = reuse.session, reuse.event
        action = self.policy["refresh.reuse_action"]
        if reuse.opened and (reuse.forked or not reuse.lenient):
            self.effects.forget(session)
        elif reuse.lenient or action == "reject_only" or not isinstance(event.answer, Refused):
            self.effects.doubt(session)
        else:
            noticed = session.ended is None
            for other in list(self.model.sessions.values()):
                if other is session or (action == "revoke_user" and other.user == session.user):
                    # Whether an ended family is still watched over is the target's own affair.
                    self._revoke(other, event) if noticed else self.effects.doubt(other)
        self.effects.spare(event)

    @staticmethod
    def _revoke(session: Session, event: Event) -> None:
        """End what of a family is not used up already; the used ones stay what they are."""
        if session.ended is not None:
            return
        session.ended = event
        for credential in session.credentials:
            if credential.state is not State.DEAD:
                credential.end("reuse", event)
                event.ends.append(credential)

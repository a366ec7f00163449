"""Selectors of what accounts, roles, levels and remembered clients may do, with their controls."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adapters.contract import Kind
from suites.kernel.authority import AFTER_LOGOUT, CONFIRMED
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.limits import LATE
from suites.kernel.model import AUTHENTICATING, Credential, Event, Model, Session
from suites.kernel.select import ALIVE_BEFORE, dead_of, ended_so, was_alive

LEVELS = ("step_up", "impersonate", "end impersonation", "use in another role", "change_password")
OPENINGS = ("login", "refresh", "boot", "renewal")


@dataclass(frozen=True, slots=True)
class RoleLook:
    """One question: may this session do what only one role may do?

    `since` is True when the credential was issued after the last change of the role.
    """

    session: Session
    which: str
    allowed: bool
    since: bool

    @property
    def credential(self) -> Credential:
        """What stands for the session now."""
        return self.session.sure

    @property
    def channel(self) -> str:
        """Where the session lives."""
        return self.session.channel


def revisited(by: str, at: str, kinds: frozenset[Kind] = AUTHENTICATING) -> Selector:
    """Select what belonged to a session that ended so, once more after a later event."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != at or not event.acknowledged:
                continue
            for credential in moment.model.dead():
                mine = credential.owner == event.user and credential.cause == by
                if mine and credential.kind in kinds and was_alive(credential):
                    about = f"{at} after {by} | {credential.kind.value} in {credential.place}"
                    yield Subject(credential, (event.number, credential.name), about)

    return Selector(f"ended by {by}, after {at}", pick, ALIVE_BEFORE)


def raised_before(by: str) -> Selector:
    """Select what a session was known by before its level was raised, where that was confirmed."""

    def pick(moment: Moment) -> Iterable[Subject]:
        return dead_of(moment, AUTHENTICATING, lambda c: c.cause == by and _confirmed(c.ended_by))

    return Selector("known before the level was raised", pick, CONFIRMED)


def _confirmed(event: Event | None) -> bool:
    return event is not None and event.kind == "step_up" and event.detail == CONFIRMED


def remembered(ended_by: str, *, before: str | None = None) -> Selector:
    """Select remember-me tokens that an event ended; their session was alive before."""

    def pick(moment: Moment) -> Iterable[Subject]:
        kinds = frozenset({Kind.REMEMBER})
        return dead_of(moment, kinds, lambda c: ended_so(moment, c, ended_by, before))

    return Selector(f"remember-me tokens ended by {ended_by}", pick, ALIVE_BEFORE)


def privilege_changes() -> Selector:
    """Select acknowledged events that changed what a session may do and let it go on."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            session = event.session
            if event.kind not in LEVELS or not event.acknowledged or session is None:
                continue
            if session.ended is None:
                yield Subject(event, (event.number,), event.kind)

    return Selector("changes of privilege", pick)


def opened_by(kind: str) -> Selector:
    """Select living sessions opened so, where a step-up was seen to raise another session.

    For a login the step-up must have begun in a session as fresh: where a login alone is fresh
    enough, nothing can be said of it.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            session = event.opened
            if event.kind != kind or session is None or not session.live:
                continue
            if any(_confirmed(e) for e in moment.model.events[: event.number]):
                yield Subject(session, (event.number,), f"{kind} carrying {event.carried}")

    return Selector(f"sessions opened by {kind}", pick, CONFIRMED)


def in_role(*, changed: bool) -> Selector:
    """Select questions whether sessions may do what only one role may do.

    Args:
        changed: users whose role was changed in this history, or users who never had another one.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        model = moment.model
        for event in moment.events:
            for session in _stirred(model, event, changed):
                for look in _looks(model, session):
                    may = "may" if look.allowed else "may not"
                    about = f"{may} | {look.credential.kind.value} in {look.credential.place}"
                    yield Subject(look, (event.number, session.name, look.which), about)

    control = "the role probe allowed a user of the role and refused one without it"
    return Selector("sessions in a role", pick, control)


def _stirred(model: Model, event: Event, changed: bool) -> list[Session]:
    if changed and event.kind in {"role", *OPENINGS} and event.user in model.promoted:
        return model.live_sessions(event.user)
    if not changed and event.kind in {"end impersonation", "refresh", "boot"}:
        everybody = event.kind == "end impersonation"
        live = model.live_sessions(None if everybody else event.user)
        # The role of a fixed account is known only where the profile says it.
        known = [s for s in live if model.throwaway or s.user in model.roles]
        return [s for s in known if s.user not in model.promoted]
    return []


def _looks(model: Model, session: Session) -> Iterator[RoleLook]:
    for which in sorted(model.granting & model.telling):
        if (session.channel, which) not in model.asked:
            continue
        last = max((e.number for e in model.events if e.kind == "role"), default=-1)
        fresh = any(session.sure in e.issued for e in model.events if e.number > last)
        role = model.roles.get(session.user)
        yield RoleLook(session, which, role == model.role_probes.get(which), fresh)


def resets() -> Selector:
    """Select resets before which at least two sessions of the user were alive."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "reset" and event.acknowledged and len(event.before) > 1:
                yield Subject(event, (event.number,), "reset")

    return Selector("resets", pick, ALIVE_BEFORE)


def sent_away() -> Selector:
    """Select anonymous visits of clients whose last session was logged out."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "visit" and event.detail == AFTER_LOGOUT:
                yield Subject(event, (event.number,), "visit after logout")

    return Selector("visits after logout", pick)


def boots(standing: str) -> Selector:
    """Select uses of remember-me tokens by how near the end of their lifetime they were.

    A use after that end counts only where one shortly before it was accepted.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        earlier = (e for e in moment.model.events if e.kind == "boot" and e.extra == LATE)
        below = any(event.acknowledged for event in earlier)
        for event in moment.events:
            if event.kind == "boot" and event.extra == standing and (below or standing == LATE):
                yield Subject(event, (event.number,), f"boot {standing}")

    control = "" if standing == LATE else "one shortly before the end was accepted"
    return Selector("remember-me tokens by their age", pick, control)

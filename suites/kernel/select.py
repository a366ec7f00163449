"""Selectors: which subjects a claim is judged over, with their controls built in.

A subject whose control is missing is not selected; zero subjects is never a pass.
"""

from collections.abc import Callable, Iterable, Iterator

from adapters.contract import Acknowledged, Kind, Listing, Refused
from suites.kernel.bench import Recognition
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.model import AUTHENTICATING, COMPANIONS, Credential, Event, Session, State
from suites.kernel.sights import AnyCookie, CookieSight, Exposure

ALIVE_BEFORE = "recognised as its owner just before the event"
FINAL_CAP = 40


def told(credential: Credential, event: Event | None) -> str:
    act = event.kind if event else "issue"
    if event is not None and event.session is not None and event.kind == "change_password":
        act += " by itself" if credential.session is event.session else " by another"
    return f"{act} | {credential.kind.value} in {credential.place}"


def dead_of(
    moment: Moment, kinds: frozenset[Kind], wanted: Callable[[Credential], bool]
) -> Iterator[Subject]:
    model = moment.model
    dead = [c for c in model.dead() if c.kind in kinds and wanted(c)]
    # What a node forgets when it is restarted is a matter of nodes, and of no other claim.
    dead = [c for c in dead if c.ended_by is None or not model.restarted(c.ended_by)]
    if moment.final:
        chosen = dead[-FINAL_CAP:]
    else:
        stirred = {e.user for e in moment.events}
        chosen = [c for c in dead if c.ended_by in moment.events]
        older = [c for c in dead if c not in chosen]
        repeats = {e.session for e in moment.events if e.kind == "repeated logout"}
        chosen += [c for c in older if c.session in repeats]
        mine = [c for c in older if c.owner in stirred] or older
        if mine:
            chosen.append(mine[moment.spot % len(mine)])
    for credential in dict.fromkeys(chosen):
        yield Subject(credential, (id(credential),), told(credential, credential.ended_by))


def was_alive(credential: Credential) -> bool:
    session = credential.session
    if session is None or credential.ended_by is None:
        return False
    return any(c.proven for c in session.credentials if c.kind in AUTHENTICATING)


def ended_so(moment: Moment, credential: Credential, by: str, before: str | None) -> bool:
    """Say that this ended it while it was alive, and that the other has not happened since."""
    since = credential.ended_by
    if credential.cause != by or since is None or not was_alive(credential):
        return False
    return not any(
        later.kind == before and later.user == credential.owner and later.acknowledged
        for later in moment.model.events[since.number :]
    )


def ended(by: str, *, before: str | None = None) -> Selector:
    """Select what authenticates a session that this event ended; it was alive just before.

    `before` is an event that gives its owner a new start: then other claims speak of it.
    """

    def pick(moment: Moment) -> Iterable[Subject]:
        return dead_of(moment, AUTHENTICATING, lambda c: ended_so(moment, c, by, before))

    return Selector(f"ended by {by}", pick, ALIVE_BEFORE)


def companions_of(by: str, *, before: str | None = None) -> Selector:
    """Select the refresh credentials of every generation of a session that this event ended.

    A rotated one of a session that lives on is left alone: presenting it may rightly end the
    family (RFC 9700 4.14.2).
    """

    def over(moment: Moment, credential: Credential) -> bool:
        if credential.session is None or credential.session.ended is None:
            return False
        return ended_so(moment, credential, by, before)

    def pick(moment: Moment) -> Iterable[Subject]:
        return dead_of(moment, COMPANIONS, lambda c: over(moment, c))

    return Selector(f"companions of what {by} ended", pick, ALIVE_BEFORE)


def spared_by(
    *kinds: str, surplus: bool = False, wanted: Callable[[Event], bool] = lambda _: True
) -> Selector:
    """Select the sessions that were alive before such an event and are outside its scope.

    `surplus` asks for logins beyond the declared limit instead of those within it.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind not in kinds or event.surplus is not surplus or not wanted(event):
                continue
            for session in event.spares:
                if session.live:
                    mine = "own" if session.user == event.user else "another user's"
                    about = f"{event.kind} | {mine} session"
                    yield Subject(session, (event.number, session.name), about)

    return Selector(f"spared by {', '.join(kinds)}", pick, ALIVE_BEFORE)


def live(but_not: str | None = None) -> Selector:
    """Select every session that must be alive, save those of one user."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for session in moment.model.live_sessions():
            spared = session.main is not None and session.main.proven
            if session.user != but_not and spared:
                yield Subject(session, (session.name, len(moment.model.events)), "live session")

    return Selector("live sessions", pick, ALIVE_BEFORE)


def events(kind: str, wanted: Callable[[Event], bool] = lambda _: True) -> Selector:
    """Select events of a kind as they happen."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == kind and wanted(event):
                weight = len(event.extra) if isinstance(event.extra, list) else 1
                yield Subject(event, (event.number,), f"{kind} | {event.detail}", weight)

    return Selector(kind, pick)


def logins(
    *, carrying: Iterable[str] | None = None, acknowledged: bool = True, surplus: bool | None = None
) -> Selector:
    """Select logins by what the client carried into them and how they were answered."""
    carried = frozenset(carrying) if carrying is not None else None

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != "login" or (carried is not None and event.carried not in carried):
                continue
            if acknowledged and not isinstance(event.answer, Acknowledged):
                continue
            if not isinstance(event.answer, Acknowledged | Refused):
                continue
            if surplus is None or event.surplus is surplus:
                yield Subject(event, (event.number,), f"login carrying {event.carried}")

    return Selector("logins", pick)


def planted(*carried: str) -> Selector:
    """Select values that somebody else knew and a victim carried into a successful login."""

    def pick(moment: Moment) -> Iterator[Subject]:
        stirred = {e.user for e in moment.events}
        for event in moment.model.events:
            if event.kind != "login" or event.carried not in carried or not event.acknowledged:
                continue
            if not (moment.final or event in moment.events or event.user in stirred):
                continue
            for credential in event.extra if isinstance(event.extra, tuple) else ():
                owner = moment.model.by_value(credential.value)
                if credential.reported or (owner is not None and _legitimate(owner, event)):
                    continue
                about = f"login carrying {event.carried}"
                yield Subject((credential, event), (event.number, credential.name), about)

    return Selector("planted values", pick, "the login that carried it succeeded")


def _legitimate(owner: Credential, event: Event) -> bool:
    session = owner.session
    return (
        session is not None and session.opened.number < event.number and owner.state is State.LIVE
    )


def issued(*kinds: Kind) -> Selector:
    """Select every credential as it is issued."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            for credential in event.issued:
                if not kinds or credential.kind in kinds:
                    about = f"{event.kind} | {credential.kind.value} in {credential.place}"
                    yield Subject(credential, (event.number, credential.name), about)

    return Selector("issued artefacts", pick)


def issued_at(*kinds: str) -> Selector:
    """Select what the target issued in answer to an event that ends things."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind in kinds:
                for credential in event.issued:
                    if credential.kind is Kind.PRE_AUTH and not credential.reported:
                        yield Subject(credential, (event.number, credential.name), event.kind)

    return Selector(f"issued at {', '.join(kinds)}", pick)


def artefact_cookies(*, deleting: bool = False) -> Selector:
    """Select every cookie that carries a session artefact, at every place that sets it."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for sight in moment.sights:
            if isinstance(sight, CookieSight) and sight.cookie.deletes is deleting:
                about = f"{sight.kind} cookie {sight.cookie.name}"
                yield Subject(sight, (sight.cookie.name, sight.act, sight.cookie.value), about)

    return Selector("cookies that carry a session artefact", pick)


def exposed(where: str) -> Selector:
    """Select what was answered since the last step, with the secrets seen in such a place."""

    def pick(moment: Moment) -> Iterator[Subject]:
        found = [s for s in moment.sights if isinstance(s, Exposure) and s.where == where]
        for sight in found:
            about = f"{sight.credential.kind.value} in {where}"
            yield Subject((sight,), (sight.credential.name, sight.act), about)
        if not found and moment.events:
            yield Subject((), (moment.events[0].number,), where)

    return Selector(f"answers, searched for secrets in an {where}", pick)


def over_foreign_session() -> Selector:
    """Select logins made while presenting the live session of somebody else."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            session = event.opened
            if event.kind != "login" or session is None or session.over is None:
                continue
            if session.over.user != session.user:
                yield Subject(session, (event.number,), "login over a foreign session")

    return Selector("logins over a foreign session", pick, ALIVE_BEFORE)


def cookies_set() -> Selector:
    """Select every cookie the target sets, whatever it is for."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for sight in moment.sights:
            if isinstance(sight, AnyCookie) and not sight.cookie.deletes:
                about = f"cookie {sight.cookie.name}"
                yield Subject(sight.cookie, (sight.cookie.name, sight.cookie.value), about)

    return Selector("cookies", pick)


def recognitions(wanted: Callable[[Recognition], bool] = lambda _: True) -> Selector:
    """Select every answer that named somebody, with who had presented what."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for sight in moment.sights:
            if isinstance(sight, Recognition) and wanted(sight):
                who = "nothing" if sight.presenter is None else sight.presenter.kind.value
                key = (sight.presenter and sight.presenter.name, sight.identity, sight.probe)
                yield Subject(sight, key, f"{who} presented | {sight.probe}")

    return Selector("answers that name somebody", pick)


def listings() -> Selector:
    """Select session lists as their users see them."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "listing" and isinstance(event.extra, Listing) and event.detail == "":
                yield Subject(event, (event.number,), "listing")

    return Selector("session lists", pick)


def after(kind: str) -> Selector:
    """Select logins made after such an event of the same user."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "login" and event.opened is not None and event.opened.live:
                earlier = moment.model.events[: event.number]
                if any(e.kind == kind and e.user == event.user and e.acknowledged for e in earlier):
                    yield Subject(event.opened, (event.number,), f"login after {kind}")

    return Selector(f"sessions opened after {kind}", pick)


def one_live_each() -> Selector:
    """Select, at the end, one live session of each channel."""

    def pick(moment: Moment) -> Iterator[Subject]:
        if moment.final:
            chosen: dict[str, Session] = {}
            for session in moment.model.live_sessions():
                if session.main is not None and session.main.proven:
                    chosen.setdefault(session.channel, session)
            for channel, session in chosen.items():
                yield Subject(session, (session.name, channel), "live session")

    return Selector("one live session of each channel", pick, ALIVE_BEFORE)


def live_pairs() -> Selector:
    """Select, at the end, two live sessions of different users on one channel."""

    def pick(moment: Moment) -> Iterator[Subject]:
        if not moment.final:
            return
        sessions = [s for s in moment.model.live_sessions() if s.main and s.main.proven]
        for first in sessions:
            for second in sessions:
                cookies = {first.sure.place, second.sure.place} == {"cookie"}
                if cookies and first.user != second.user and first.channel == second.channel:
                    yield Subject((first, second), (first.name, second.name), "two sessions")
                    return

    return Selector("two live sessions of different users", pick, ALIVE_BEFORE)

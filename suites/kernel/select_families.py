"""Selectors over families of refresh tokens, with their controls built in."""

from collections.abc import Callable, Iterator

from suites.kernel.binding import Misuse
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.families import UNLIMITED, Renewal, Reuse, renewals
from suites.kernel.limits import LATE, PAST
from suites.kernel.model import AUTHENTICATING
from suites.kernel.racing import Race
from suites.kernel.scoping import Trial

RENEWED = "the refresh before was acknowledged"


def refreshes(wanted: Callable[[Renewal], bool] = lambda _: True) -> Selector:
    """Select acknowledged refreshes as they happen."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for renewal in renewals(moment.model):
            if renewal.event in moment.events and wanted(renewal):
                about = f"refresh | {renewal.used.kind.value} in {renewal.used.place}"
                yield Subject(renewal, (renewal.event.number,), about)

    return Selector("refreshes", pick)


def renewed_sessions() -> Selector:
    """Select sessions that have just been refreshed and got something that authenticates."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for renewal in renewals(moment.model):
            fresh = renewal.event in moment.events and renewal.access is not None
            if fresh and renewal.session.live:
                yield Subject(renewal.session, (renewal.event.number,), "refreshed session")

    return Selector("refreshed sessions", pick, RENEWED)


def access_tokens(wanted: Callable[[str], bool]) -> Selector:
    """Select access tokens as they are issued, by their value."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            for credential in event.issued:
                if credential.kind in AUTHENTICATING and wanted(credential.value):
                    about = f"{event.kind} | {credential.kind.value} in {credential.place}"
                    yield Subject(credential, (event.number, credential.name), about)

    return Selector("access tokens", pick)


def reuses(wanted: Callable[[Reuse], bool] = lambda _: True) -> Selector:
    """Select used refresh tokens that somebody presented again."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if isinstance(event.extra, Reuse) and wanted(event.extra):
                state = "ended" if event.extra.session.ended not in {None, event} else "living"
                about = f"reuse in a {state} family | {event.extra.credential.place}"
                yield Subject(event.extra, (event.number,), about)

    return Selector("used refresh tokens presented again", pick, "it had been used successfully")


def reuses_or_unrotated(wanted: Callable[[Reuse], bool] = lambda _: True) -> Selector:
    """Select reuses, and refreshes after which the token that was used is still the current one."""
    told = reuses(wanted)
    unrotated = refreshes(lambda renewal: not renewal.rotated)

    def pick(moment: Moment) -> Iterator[Subject]:
        yield from told.pick(moment)
        yield from unrotated.pick(moment)

    return Selector(told.name, pick, told.control)


def late_refreshes() -> Selector:
    """Select refreshes in the second half of a declared lifetime, and not after its end."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "refresh" and event.detail == LATE:
                yield Subject(event, (event.number,), LATE)

    return Selector("refreshes late in the life of a token", pick)


def refreshes_past_a_limit() -> Selector:
    """Select refreshes after a declared lifetime was over; late ones had been accepted before."""

    def pick(moment: Moment) -> Iterator[Subject]:
        earlier = moment.model.events
        below = any(e.kind == "refresh" and e.detail == LATE and e.acknowledged for e in earlier)
        for event in moment.events:
            past = event.detail.startswith(PAST) and below
            if event.kind == "refresh" and (past or event.detail == UNLIMITED):
                yield Subject(event, (event.number,), event.detail)

    return Selector("refreshes past a limit", pick, "one shortly before the limit was accepted")


def races(wanted: Callable[[Race], bool] = lambda _: True) -> Selector:
    """Select parallel uses of one refresh token that did overlap, and of which one succeeded."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            race = event.extra
            if not isinstance(race, Race) or not race.overlapped or not race.answered:
                continue
            if wanted(race):
                place = "parallel refresh"
                yield Subject(race, (event.number,), place)

    return Selector("parallel uses of a refresh token", pick, "the uses overlapped in time")


def misuses(wanted: Callable[[Misuse], bool] = lambda _: True) -> Selector:
    """Select tokens presented by somebody who could have used one of its own just as well."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if isinstance(event.extra, Misuse) and event.extra.able and wanted(event.extra):
                yield Subject(event.extra, (event.number,), f"misuse | {event.detail}")

    return Selector("tokens in foreign hands", pick, "whoever did it used one of its own before")


def trials(wanted: Callable[[Trial], bool]) -> Selector:
    """Select operations tried with limited tokens, which unlimited ones had just been able to."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            for trial in event.extra if event.kind == "scopes" else ():
                if trial.able and wanted(trial):
                    key = (event.number, trial.operation)
                    yield Subject(trial, key, f"{trial.operation} needs {trial.needed}")

    return Selector("operations tried", pick, "allowed with unlimited tokens just before")

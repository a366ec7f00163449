"""Selectors of what other sites and listeners had sent; the genuine request worked."""

from collections.abc import Callable, Iterator

from suites.kernel.captured import REPLAYED, Replay
from suites.kernel.captured import WORKED as RECORDED
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.forging import WORKED, Forged, Forgeries
from suites.kernel.lending import BELONGS, LENT, Lent, Loans


def forgeries(kind: str, wanted: Callable[[Forged], bool] = lambda _: True) -> Selector:
    """Select requests of other sites, each with all that were sent in its situation."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for found, number in _all(moment, kind):
            for one in found.forged:
                if wanted(one):
                    yield Subject((one, found), (number, one.words), found.cause(one).words)

    return Selector(f"requests of another site: {kind}", pick, WORKED)


def shared(kind: str) -> Selector:
    """Select origins whose scripts asked for what the cookies open."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for found, number in _all(moment, kind):
            for one in found.shared:
                yield Subject((one, found), (number, one.words), one.words)

    return Selector("scripts of other origins", pick, WORKED)


def lent(wanted: Callable[[Lent], bool]) -> Selector:
    """Select tokens that were used in a session they do not belong to."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            loans: Loans | None = event.extra if event.kind == LENT else None
            if loans is None or not loans.worked:
                continue
            for one in loans.lent:
                if wanted(one):
                    yield Subject(one, (event.number, one.relation), loans.cause(one).relation)

    return Selector("anti-CSRF tokens in another session", pick, BELONGS)


def resent() -> Selector:
    """Select recorded requests that were sent again after the end of their session."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != REPLAYED:
                continue
            replay: Replay = event.extra
            for place, one in enumerate(replay.resent):
                about = f"{one.what} | {one.label}"
                yield Subject((one, replay), (event.number, place), about)

    return Selector("recorded requests of ended sessions", pick, RECORDED)


def replays() -> Selector:
    """Select whole replays, where something was stored that they could have changed."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == REPLAYED and event.extra.changed is not None:
                yield Subject(event.extra, (event.number,), REPLAYED)

    return Selector("replays of recorded traffic", pick, RECORDED)


def _all(moment: Moment, kind: str) -> Iterator[tuple[Forgeries, int]]:
    for event in moment.events:
        if event.kind == kind and event.extra.worked:
            yield event.extra, event.number

"""Judges of races: what lived on, in how many of how many rounds, and whether that was enough."""

from collections import Counter
from collections.abc import Iterator

from suites.kernel.contests import ENOUGH, Contest, Series
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.model import Event
from suites.kernel.namesakes import Apart
from suites.kernel.verify import Finding, check, held, not_judged, unclear, violated, warning


def contests(*wanted: Contest) -> Selector:
    """Select the races of these kinds, each with all its rounds."""
    names = {contest.name for contest in wanted}

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if isinstance(event.extra, Series) and event.extra.contest.name in names:
                yield Subject(event.extra, (event.number,), event.extra.contest.name)

    return Selector("races", pick, "what raced had been alive just before")


def explains_itself(series: Series, expected: str, *, enough: int = ENOUGH) -> Finding:
    """Judge that every round of a race ended as some order of its calls would have it.

    Args:
        series: all rounds; those that did not overlap, or in which something was unclear, do not
            count.
        expected: what a conforming target shows, in words.
        enough: rounds below which nothing more than a warning is said for the target.
    """
    if not series.counted:
        return not_judged(expected, f"{series.contest.name}: the calls never overlapped")
    if series.wrong:
        lived = Counter(name for one in series.wrong for name in one.living)
        what = ", ".join(f"{name} alive in {n}" for name, n in lived.items()) or "not so"
        return violated(expected, f"{what}: {len(series.wrong)} of {series.words}")
    if len(series.counted) < enough:
        return warning(f"{enough} overlapping rounds of {series.contest.name}", series.words)
    if len(series.orders) == 1:
        return warning(f"{series.contest.name} in both orders", f"{series.words}, all in one")
    return held(expected, series.words)


def counted_apart(logins: Event) -> Finding:
    """Judge that a namesake found all its places, and that the other user kept the session."""
    found: Apart = logins.extra
    expected = f"{found.places} logins of the namesake, and the other session alive"
    if found.other_lives is None:
        return unclear(expected, "the other session gave no clear answer")
    state = "alive" if found.other_lives else "dead"
    seen = f"{found.got} logins of the namesake, and the other session {state}"
    return check(found.got == found.places and found.other_lives, expected, seen)

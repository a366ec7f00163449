"""Verifiers: one small judgement a class of outcome, each with what was expected and what was seen.

They judge what was observed and never provoke anything.
"""

from collections.abc import Callable, Collection, Iterable, Sized
from dataclasses import dataclass, replace
from enum import StrEnum

from adapters.contract import Acknowledged, Answer, Refused, Seen
from suites.kernel.model import Event, Model, Session


class Outcome(StrEnum):
    """What one judgement came to."""

    HELD = "held"
    VIOLATED = "violated"
    UNCLEAR = "unclear"
    DEVIATION = "deviation"
    WARNING = "warning"
    NOT_JUDGED = "not judged"


NO_EVIDENCE = frozenset({Outcome.UNCLEAR, Outcome.NOT_JUDGED})
"""Outcomes that say nothing of the target."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement.

    `repeatable` is False when judging again would not ask the same question, because the first
    answer used something up.
    """

    outcome: Outcome
    expected: str
    seen: str
    repeatable: bool = True

    @property
    def violated(self) -> bool:
        """True when the claim is untrue of the target."""
        return self.outcome is Outcome.VIOLATED

    def once(self) -> "Finding":
        """Return the same finding, marked as one that cannot be asked for twice."""
        return replace(self, repeatable=False)


def held(expected: str, seen: str = "as expected") -> Finding:
    """Return a finding that the claim held."""
    return Finding(Outcome.HELD, expected, seen)


def violated(expected: str, seen: str) -> Finding:
    """Return a finding that the claim is broken."""
    return Finding(Outcome.VIOLATED, expected, seen)


def unclear(expected: str, seen: str) -> Finding:
    """Return a finding that nothing can be concluded."""
    return Finding(Outcome.UNCLEAR, expected, seen)


def not_judged(expected: str, why: str) -> Finding:
    """Return a finding that there was nothing to judge, with the reason for the report."""
    return Finding(Outcome.NOT_JUDGED, expected, why)


def warning(expected: str, seen: str) -> Finding:
    """Return a finding to be told without failing anything."""
    return Finding(Outcome.WARNING, expected, seen)


def deviation(expected: str, seen: str) -> Finding:
    """Return a finding that the declared policy is weaker than the guide."""
    return Finding(Outcome.DEVIATION, expected, seen)


def check(condition: bool, expected: str, seen: str) -> Finding:
    """Return held or violated by a condition."""
    return held(expected, seen) if condition else violated(expected, seen)


def refused(seen: Seen) -> Finding:
    """Judge that the target recognised nobody."""
    expected = "nobody recognised"
    if not seen.clear:
        return unclear(expected, seen.why)
    if seen.identity is None:
        return held(expected, "nobody recognised")
    return violated(expected, f"recognised as {seen.identity} by probe {seen.probe}")


def recognised_as(user: str, seen: Seen, *, identity: str | None = None) -> Finding:
    """Judge that the target recognised exactly this user."""
    expected = f"recognised as {user}"
    if not seen.clear:
        return unclear(expected, seen.why)
    if seen.identity is None:
        return violated(expected, f"nobody recognised by probe {seen.probe}")
    if seen.identity != (identity or user):
        return violated(expected, f"recognised as {seen.identity} by probe {seen.probe}")
    return held(expected, expected)


def never_as(user: str | None, seen: Seen) -> Finding:
    """Judge that a value does not stand for this user; an anonymous session it may stay."""
    expected = f"never recognised as {user}"
    if not seen.clear:
        return unclear(expected, seen.why)
    if seen.identity == user:
        return violated(expected, f"recognised as {seen.identity} by probe {seen.probe}")
    return held(expected, "nobody recognised")


def stranger_to(seen: Seen) -> Finding:
    """Judge that a value authenticates nobody at all."""
    return refused(seen)


def unusable(answer: Answer) -> Finding:
    """Judge that using a credential up gave nothing; it can be asked only once."""
    expected = "refused, and nothing issued"
    if isinstance(answer, Acknowledged):
        return violated(expected, "it opened a session again").once()
    if isinstance(answer, Refused):
        return held(expected, "refused")
    return unclear(expected, answer.why)


def declined(attempt: Event, when: str) -> Finding:
    """Judge that what was tried then was refused."""
    expected = f"refused {when}"
    if attempt.acknowledged or isinstance(attempt.answer, Refused):
        return check(not attempt.acknowledged, expected, attempt.words)
    return unclear(expected, attempt.words)


def allowed(answer: Answer, wanted: bool) -> Finding:
    """Judge that what is asked for is allowed, or is not."""
    expected = "allowed" if wanted else "refused"
    if isinstance(answer, Acknowledged):
        return check(wanted, expected, "allowed")
    if isinstance(answer, Refused):
        return check(not wanted, expected, "refused")
    return unclear(expected, answer.why)


def lists_exactly(
    listing: Event, model: Model, lives: Callable[[Session], bool], unknown: Sized = ()
) -> Finding:
    """Judge that a session list shows the living sessions of its user and nothing else.

    A session that should have ended and lives on is rightly listed, and one that should live and
    is dead is rightly not: which of them live in fact is the matter of other requirements. On an
    account that others use too, only the sessions of this history are compared.

    Args:
        listing: the list as its user saw it.
        model: what should live.
        lives: tells whether the target accepts a session in fact; asked only about a wrong list.
        unknown: what was opened beside the history, and may be listed.
    """
    handles = {handle.id for handle in listing.extra.handles}
    living = listing.spares
    ended = [
        s
        for s in model.sessions.values()
        if s.user == listing.user and s.ended is not None and s.ended.number < listing.number
    ]
    expected = f"{_sessions(len(living))}, one of them current"
    shown = f"{_sessions(len(handles))} listed"
    if len([handle for handle in listing.extra.handles if handle.current]) > 1:
        return violated(expected, "more than one is called current")
    if _as_listed(living, ended, handles, counted=model.throwaway):
        return held(expected, shown)
    living, undead = [s for s in living if lives(s)], [s for s in ended if lives(s)]
    missing = [s.name for s in living if s.handle and s.handle.id not in handles]
    if missing:
        return violated(expected, f"{', '.join(missing)} lives and is not listed")
    if unknown:
        return not_judged(expected, "sessions are open that are not of this history")
    ended = [s for s in ended if s not in undead]
    if not _as_listed(living, ended, handles, counted=False):
        return violated(expected, "an ended session is listed")
    surplus = len(handles) - len(living) - len(undead)
    return check(not model.throwaway or surplus == 0, expected, shown)


def _as_listed(
    living: Collection[Session],
    ended: Iterable[Session],
    handles: Collection[str],
    *,
    counted: bool,
) -> bool:
    """Tell whether the list shows all that live and nothing that ended, and in number no more."""
    shown = all(s.handle.id in handles for s in living if s.handle)
    gone = not any(s.handle.id in handles for s in ended if s.handle)
    return shown and gone and (not counted or len(handles) == len(living))


def _sessions(count: int) -> str:
    return f"{count} session{'' if count == 1 else 's'}"


def distinct(name: str, value: str, others: Iterable[str], where: str) -> Finding:
    """Judge that a value is none of the others; values are compared, never shown."""
    expected = f"{name} unlike every value {where}"
    return check(value not in set(others), expected, f"{name} equal to a value {where}")


def all_of(findings: Iterable[Finding]) -> Finding:
    """Return the worst of several findings: violated, unclear, warning, deviation, held."""
    order = (
        Outcome.VIOLATED,
        Outcome.UNCLEAR,
        Outcome.WARNING,
        Outcome.DEVIATION,
        Outcome.HELD,
    )
    found = sorted(findings, key=lambda finding: order.index(finding.outcome))
    return found[0] if found else unclear("something to judge", "nothing was there to judge")

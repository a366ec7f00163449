"""Verifiers: one small judgement a class of outcome, each with what was expected and what was seen.

They judge what was observed and never provoke anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from adapters.contract import Acknowledged, Answer, Refused, Seen
from suites.kernel.model import Event, Model


class Outcome(StrEnum):
    """What one judgement came to."""

    HELD = "held"
    VIOLATED = "violated"
    UNCLEAR = "unclear"
    DEVIATION = "deviation"
    WARNING = "warning"
    NOT_JUDGED = "not judged"


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


def allowed(answer: Answer, wanted: bool) -> Finding:
    """Judge that what is asked for is allowed, or is not."""
    expected = "allowed" if wanted else "refused"
    if isinstance(answer, Acknowledged):
        return check(wanted, expected, "allowed")
    if isinstance(answer, Refused):
        return check(not wanted, expected, "refused")
    return unclear(expected, answer.why)


def lists_exactly(listing: Event, model: Model) -> Finding:
    """Judge that a session list shows the living sessions of its user and nothing else.

    On an account that others use too, only the sessions of this history are compared.
    """
    handles = [handle.id for handle in listing.extra.handles]
    mine = [s for s in model.sessions.values() if s.user == listing.user]
    living = listing.spares
    ended = {
        s.handle.id
        for s in mine
        if s.handle and s.ended is not None and s.ended.number < listing.number
    }
    expected = f"{len(living)} sessions, one of them current"
    missing = [s.name for s in living if s.handle and s.handle.id not in handles]
    if missing:
        return violated(expected, f"{', '.join(missing)} lives and is not listed")
    if ended & set(handles):
        return violated(expected, "an ended session is listed")
    if len([handle for handle in listing.extra.handles if handle.current]) > 1:
        return violated(expected, "more than one is called current")
    if model.throwaway and len(handles) != len(living):
        return violated(expected, f"{len(handles)} sessions listed")
    return held(expected, f"{len(handles)} sessions listed")


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

"""Judges of predictors: what one came to on a sample, and once more on a fresh one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from suites.kernel.model import Event
from suites.kernel.sampling import ENOUGH, Row, Sampled, values
from suites.kernel.verify import Finding, check, held, not_judged, violated, warning
from suites.kernel.world import World


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a predictor came to: a formula that tells no value, or why it could not be tried.

    It was learned from other identifiers than the `of` ones that it was held against. A `sealed`
    one stands under a signature, which whoever predicts it cannot make.
    """

    formula: str = ""
    hits: int = 0
    of: int = 0
    missing: str = ""
    sealed: bool = False

    @property
    def words(self) -> str:
        """The formula and how often it was right, in plain words."""
        return f"{self.formula}: right for {self.hits} of {self.of} held out"


Predictor = Callable[[Sequence[Sampled]], Attempt]


def unpredicted(sample: Event, world: World, predict: Predictor) -> Finding:
    """Judge that a predictor fails; what it hits must be hit in a fresh sample as well."""
    expected = f"{sample.detail} that nobody can compute"
    if len(sample.extra) < ENOUGH:
        return not_judged(expected, f"{len(sample.extra)} of at least {ENOUGH} identifiers")
    return twice_found(sample, world, lambda issued: _come_to(predict(issued), expected))


def _come_to(found: Attempt, expected: str) -> Finding:
    if found.missing:
        return not_judged(expected, found.missing)
    if not found.formula:
        return held(expected, "no formula found")
    if found.sealed:
        return warning(expected, f"{found.words}; only the signature protects it")
    return violated(expected, found.words)


def unseeded(starts: Event, predict: Callable[[Sequence[Row]], Attempt]) -> Finding:
    """Judge that what was learned from one restart says nothing about the others."""
    return _come_to(predict(starts.extra), f"first {starts.detail} that no start time gives away")


def twice_found(
    sample: Event, world: World, judge: Callable[[Sequence[Sampled]], Finding]
) -> Finding:
    """Judge a sample, and a fresh one before anything is failed by chance."""
    first = judge(sample.extra)
    if not first.violated:
        return first
    again = judge(world.sampled_again(sample))
    if again.violated:
        return violated(again.expected, f"{again.seen}; so in the sample before")
    return warning(first.expected, f"{first.seen}; in a fresh sample {again.seen}")


def unlike(found: Event, *, apart: Callable[[Row], object]) -> Finding:
    """Judge that no value of one row of logins is among those of another.

    Args:
        apart: what two rows must differ in to be compared.
    """
    pairs = [(a, b) for a, b in combinations(found.extra, 2) if apart(a) != apart(b)]
    expected = f"{found.detail} unlike those of every other row of logins"
    if not pairs:
        return not_judged(expected, "fewer than two rows of logins to compare")
    wrong = [(a, b) for a, b in pairs if not set(values(a.issued)).isdisjoint(values(b.issued))]
    first = f", as {_told(wrong[0][0])} and {_told(wrong[0][1])}" if wrong else ""
    return check(not wrong, expected, f"{len(wrong)} of {len(pairs)} pairs share values{first}")


def _told(row: Row) -> str:
    return f"node {row.node + 1} after {row.start} restarts"

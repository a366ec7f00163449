"""Predictors from the order of issue: steps, counters, clocks, and neighbours that correlate."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from suites.kernel.sampling import Sampled, values
from suites.kernel.verify_prediction import Attempt
from suites.probes.issue_time import Clock, Unit
from suites.probes.octets import Parts, parts_of
from suites.probes.sample import clocks, fields_of, grid_of, ordered
from suites.probes.serial import dependent

FLOOR_BITS = 64
"""What must be left unpredicted at least; below, SM-1.2 fails a generator as well."""
_FEW_STEPS = 8
_SPACE_BITS = 40
_LEAST_HITS = 0.9


def regular_steps(issued: Sequence[Sampled]) -> Attempt:
    """Add one of the few steps that were seen before, in the ring of the values or without one."""
    found = parts_of(tuple(values(issued)))
    numbers = found.numbers
    if not numbers or max(numbers).bit_length() < _SPACE_BITS:
        return Attempt()
    rings = [2 ** (8 * len(found.octets[0]))] if found.octets else [10 ** len(found.texts[0])]
    half = len(numbers) // 2
    for ring in rings:
        steps = [(right - left) % ring for left, right in pairwise(numbers)]
        known, later = set(steps[:half]), steps[half:]
        hits = sum(step in known for step in later)
        if len(known) <= _FEW_STEPS and hits >= _LEAST_HITS * len(later):
            what = "one fixed step" if len(known) == 1 else f"one of {len(known)} fixed steps"
            return Attempt(f"the last one plus {what}", hits, len(later), sealed=found.sealed)
    return Attempt()


def time_and_counters(issued: Sequence[Sampled]) -> Attempt:
    """Leave out what stays, counts, tells the time or follows its neighbour: is enough left?

    A prefix that tells the time is fine when what follows it is random.
    """
    found = parts_of(tuple(values(issued)))
    if not found.judged:
        return Attempt(missing=f"{found.how}: there is no identifier to predict")
    ways = (_by_symbols(found), _by_octets(found, issued))
    told, left = min((way for way in ways if way), key=lambda way: way[1], default=("", math.inf))
    if left >= FLOOR_BITS:
        return Attempt()
    formula = f"{told}, and at most {left:.0f} bits that are neither"
    return Attempt(formula, len(issued), len(issued), sealed=found.sealed)


def _by_symbols(found: Parts) -> tuple[str, float] | None:
    fields = fields_of(found.texts)
    grid = grid_of(fields)
    columns = list(zip(*grid.rows, strict=True))
    grid = grid.only([at for at, column in enumerate(columns) if len(set(column)) > 1])
    running = ordered(grid)
    columns = list(zip(*grid.rows, strict=True))
    serial = dependent(columns)
    reasons = list(clocks(fields))
    if running:
        reasons.append(f"{len(running)} positions that only ever rise or fall")
    if serial:
        reasons.append(f"{len(serial)} positions that follow their neighbours in time")
    free = [math.log2(b) for at, b in enumerate(grid.bases) if at not in running | serial]
    return (" and ".join(reasons), sum(free)) if reasons else None


def _by_octets(found: Parts, issued: Sequence[Sampled]) -> tuple[str, float] | None:
    """Look for the time of issue in any octets, and count what varies besides."""
    if not found.octets:
        return None
    told: set[int] = set()
    units: list[str] = []
    clock = Clock(issued)
    for at, unit in _times(found.octets, clock):
        if told.isdisjoint(range(at, at + unit.size)):
            told |= set(range(at, at + unit.size))
            units.append(f"octets {at + 1} to {at + unit.size} are the time of issue in {unit}")
    if not told:
        return None
    columns = [set(column) for column in zip(*found.octets, strict=True)]
    free = 8 * sum(len(c) > 1 for at, c in enumerate(columns) if at not in told)
    return " and ".join(units), float(free)


def _times(octets: Sequence[bytes], clock: Clock) -> Iterator[tuple[int, Unit]]:
    for unit in clock.units:
        for at in range(len(octets[0]) - unit.size + 1):
            for order in ("big", "little"):
                read = (unit.read(o[at : at + unit.size], order) for o in octets)
                if all(clock.fits(number, seconds) for number, seconds in enumerate(read)):
                    yield at, unit
                    break

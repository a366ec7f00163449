"""How a sample of identifiers is spread, position by position, for pictures in a report.

It judges nothing, and no value can be read from it: of a position it tells how much varies there,
of a bit how far it leans, not to which side, and of two neighbours how many bits they are apart.
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from suites.kernel.results import IdentifierShape
from suites.probes.decoding import unbase64, unhex
from suites.probes.entropy import estimate
from suites.probes.octets import parts_of

LONGEST = 320
MOST_BITS = 512
MOST_STEPS = 480


def shape(what: str, values: Sequence[str], *, wanted: int) -> IdentifierShape:
    """Return what a picture of the sample needs; `wanted` are the declared bits of entropy."""
    found = estimate(values)
    columns = list(zip(*values, strict=False))[:LONGEST]
    alphabet = len(set("".join(values)))
    steps, room = _steps(values)
    return IdentifierShape(
        what=what,
        count=len(values),
        distinct=len(set(values)),
        length=found.length,
        alphabet=alphabet,
        bits=found.bits,
        how=found.how,
        wanted=wanted,
        varies=tuple(round(_bits(column), 3) for column in columns),
        leans=tuple(round(lean, 4) for lean in _leans(values)),
        steps=tuple(steps),
        room=room,
    )


def _bits(column: Sequence[str]) -> float:
    """Return the empirical entropy of one position."""
    total = len(column)
    return -sum(n / total * math.log2(n / total) for n in Counter(column).values())


def _steps(values: Sequence[str]) -> tuple[list[int], int]:
    """Return how many bits the difference of each two neighbours has, and how many it may have."""
    numbers = parts_of(tuple(values)).numbers
    room = max((number.bit_length() for number in numbers), default=0)
    return [abs(b - a).bit_length() for a, b in pairwise(numbers)][:MOST_STEPS], room


def _leans(values: Sequence[str]) -> list[float]:
    """Return how far the share of ones is from a half, for each bit of the decoded values."""
    for decode in (unhex, unbase64):
        decoded = [decode(value) for value in values]
        octets = [found for found in decoded if found]
        sizes = {len(found) for found in octets}
        if len(octets) != len(values) or len(sizes) != 1:
            continue
        size = min(sizes.pop() * 8, MOST_BITS)
        numbers = [int.from_bytes(found[: size // 8], "big") for found in octets]
        ones = [sum(number >> place & 1 for number in numbers) for place in reversed(range(size))]
        return [abs(count / len(values) - 0.5) for count in ones]
    return []

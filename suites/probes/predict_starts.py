"""Predictors of what a node issues first: its generator may be seeded with its start time."""

import random
from collections.abc import Iterator, Sequence

from suites.kernel.sampling import Row, values
from suites.kernel.verify_prediction import Attempt
from suites.probes.issue_time import Clock
from suites.probes.octets import parts_of
from suites.probes.predict_hashes import Formula, Words, digests, joined

_START, _COUNT = "second of the start", "count"
_COUNTED = 16
_LEAST = 2
"""Restarts: what was learned from one is held against the others."""
_LEAST_OCTETS = 8


def seeded_with_the_start(rows: Sequence[Row]) -> Attempt:
    """Compute the first identifiers after a restart from the second in which the node started."""
    after = [row for row in rows if row.start]
    if len(after) < _LEAST:
        return Attempt(missing=f"{len(after)} of at least {_LEAST} restarts")
    first, *others = after
    for way in _ways(first):
        hits = sum(way in set(_ways(row)) for row in others)
        if hits:
            return Attempt(way, hits, len(others), sealed=parts_of(_values(first)).sealed)
    return Attempt()


def _ways(row: Row) -> Iterator[str]:
    """Return every formula that gives one of the identifiers of a row."""
    wanted = {octets for octets in parts_of(_values(row)).octets if len(octets) >= _LEAST_OCTETS}
    size = len(next(iter(wanted), b""))
    seconds = [str(second) for second in Clock(row.issued).seconds(0, since=row.began)]
    words: Words = {_START: tuple(seconds), _COUNT: tuple(map(str, range(_COUNTED)))}
    for formula in (Formula((_START,), ""), *joined(_START, _COUNT)):
        for name, digest in digests(size) if wanted else ():
            if any(digest(text)[:size] in wanted for text in formula.texts(words)):
                yield f"{name}({formula})"
    for second in seconds if wanted else ():
        # Seeded, not secret: the very outputs that a library gives after such a seed.
        generator = random.Random(int(second))  # noqa: S311
        outputs = [generator.getrandbits(8 * size) for _ in range(_COUNTED)]
        if any(number.to_bytes(size, "big") in wanted for number in outputs):
            yield f"MT19937 seeded with the {_START}"


def _values(row: Row) -> tuple[str, ...]:
    return tuple(values(row.issued))

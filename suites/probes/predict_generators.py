"""Recovery of the state of generators that were never meant for secrets, from what they gave.

Linear congruential generators by their differences (G. Marsaglia 1968; J. Boyar 1989) or, where
the low bits are cut, by trying these; glibc's rand() by its lags 3 and 31; MT19937 by its
recurrence (M. Matsumoto, T. Nishimura 1998), which also holds where other outputs lie between.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Any

from suites.kernel.sampling import Sampled, values
from suites.kernel.verify_prediction import Attempt
from suites.probes.octets import Parts, parts_of

MT_IDENTIFIERS = 160
"""Of 128 bits each, in order of issue: fewer hold no whole state."""
_WORD, _STATE, _MIDDLE = 32, 624, 397
_MATRIX, _UPPER, _LOWER = 0x9908B0DF, 0x80000000, 0x7FFFFFFF
_GAPS = range(17)
_ROUNDS = 3
_LEAST_HITS = 3
_LEAST_BITS = 16
_LEARNED = 12
_ORDERS = tuple(product((True, False), ("big", "little")))
_FACTOR, _PLUS, _RING, _LEFT_OUT = 0x5DEECE66D, 0xB, 2**48, 16
_TRIED = 2
_GLIBC = 31
_NO_WORDS = "it needs identifiers of whole words of 32 bits"

Stream = list[int]


# -- linear congruential generators ---------------------------------------------------------------


def linear(issued: Sequence[Sampled]) -> Attempt:
    """Recover multiplier, increment, modulus and state, and go on from there."""
    found = parts_of(tuple(values(issued)))
    for what, stream in _streams(found):
        for solve in (_congruential, _cut, _additive):
            formula, hits, of = solve(stream)
            if formula:
                return Attempt(f"{formula} over {what}", hits, of, sealed=found.sealed)
    return Attempt()


def _streams(found: Parts) -> Iterator[tuple[str, Stream]]:
    if found.numbers:
        yield "whole identifiers", found.numbers
    for backwards, order in _ORDERS:
        words = found.words(backwards=backwards, order=order)
        if words and not found.masked:
            flat = [word for row in words for word in row if word is not None]
            place = "the last first" if backwards else "the first first"
            yield f"words, {place}", flat
            if len(flat) % 2 == 0:
                yield f"words, {place}, added up as by nextLong()", _signed(flat)


def _signed(words: Stream) -> Stream:
    """Undo that a low half with its sign has taken one from the high half."""
    pairs = zip(words[::2], words[1::2], strict=True)
    return [word for high, low in pairs for word in ((high + (low >> 31)) % 2**_WORD, low)]


def _congruential(stream: Stream) -> tuple[str, int, int]:
    """Solve x' = a x + c mod m for all three from some outputs, and try it on the others."""
    steps = [right - left for left, right in pairwise(stream[:_LEARNED])]
    zeros = (c * a - b * b for a, b, c in zip(steps, steps[1:], steps[2:], strict=False))
    modulus = math.gcd(*zeros)
    if modulus.bit_length() < _LEAST_BITS or modulus <= max(stream[:_LEARNED]):
        return "", 0, 0
    usable = (pair for pair in pairwise(steps) if math.gcd(pair[0], modulus) == 1)
    first = next(usable, None)
    if first is None:
        return "", 0, 0
    factor = first[1] * pow(first[0], -1, modulus) % modulus
    plus = (stream[1] - factor * stream[0]) % modulus
    later = stream[_LEARNED - 1 :]
    hits = sum((factor * a + plus) % modulus == b for a, b in pairwise(later))
    if hits < max(_LEAST_HITS, (len(later) - 1) // 2):
        return "", 0, 0
    return f"a linear congruential generator modulo {modulus}", hits, len(later) - 1


def _cut(stream: Stream) -> tuple[str, int, int]:
    """Find the 16 bits that java.util.Random and drand48 leave out, and go on from there."""
    import numpy as np  # noqa: PLC0415  slow to load, and not needed by most runs

    if max(stream, default=0) >> _WORD:
        return "", 0, 0
    low = np.arange(2**_LEFT_OUT, dtype=np.uint64)
    for at in range(min(_TRIED, len(stream) - 1)):
        states = (np.uint64(stream[at]) << np.uint64(_LEFT_OUT)) | low
        after = (states * np.uint64(_FACTOR) + np.uint64(_PLUS)) & np.uint64(_RING - 1)
        fits = np.flatnonzero((after >> np.uint64(_LEFT_OUT)) == np.uint64(stream[at + 1]))
        # Between two identifiers there may be outputs that nobody sees.
        wanted = stream[at + 2 : at + 2 + 4 * _GAPS.stop]
        for place in fits:
            state, hits = int(after[place]), 0
            for _ in wanted:
                state = (state * _FACTOR + _PLUS) % _RING
                hits += (state >> _LEFT_OUT) in wanted
            if hits >= _LEAST_HITS:
                return "the 48-bit generator of java.util.Random and drand48", hits, len(wanted)
    return "", 0, 0


def _additive(stream: Stream) -> tuple[str, int, int]:
    """Add what came 3 and 31 outputs before, as rand() of glibc does."""
    if len(stream) <= 2 * _GLIBC or max(stream) >> _GLIBC:
        return "", 0, 0
    later = range(_GLIBC, len(stream))
    hits = sum(
        (stream[at] - stream[at - 3] - stream[at - _GLIBC]) % 2**_GLIBC in {0, 1} for at in later
    )
    if hits < max(_LEAST_HITS, len(later) // 2):
        return "", 0, 0
    return "rand() of glibc: the sum of the outputs 3 and 31 before", hits, len(later)


# -- MT19937 --------------------------------------------------------------------------------------


def mersenne_twister(issued: Sequence[Sampled]) -> Attempt:
    """Compute each word from those 624, 623 and 227 outputs before it."""
    found = parts_of(tuple(values(issued)))
    bits = 8 * len(found.octets[0]) if found.octets else 0
    if not bits or bits % _WORD:
        return Attempt(missing=f"Mersenne Twister: {_NO_WORDS}")
    needed = math.ceil(MT_IDENTIFIERS * 128 / bits)
    if len(issued) < needed:
        return Attempt(
            missing=f"Mersenne Twister: it needs {needed} identifiers of {bits} bits in order of "
            f"issue, {len(issued)} were collected"
        )
    for backwards, order in _ORDERS:
        words = found.words(backwards=backwards, order=order)
        for gap in _GAPS:
            hits, of = _recurring(words, gap)
            if hits >= _LEAST_HITS:
                between = f", {gap} outputs between two identifiers" if gap else ""
                told = f"MT19937 over words of {order} end{between}"
                return Attempt(told, hits, of, sealed=found.sealed)
    return Attempt()


def _recurring(words: Sequence[Sequence[int | None]], gap: int) -> tuple[int, int]:
    """Return for how many words the recurrence holds, and for how many it can be said.

    With outputs that nobody saw between two identifiers, one part of its equations gives these,
    and only the other part says whether it holds.
    """
    import numpy as np  # noqa: PLC0415  slow to load, and not needed by most runs

    # A word that never changes is padding; nought, for one, fits the recurrence.
    still = [len(set(column)) == 1 for column in zip(*words, strict=True)]
    flat = [
        None if padding else word
        for row in words
        for word, padding in (*zip(row, still, strict=True), *([(None, True)] * gap))
    ]
    known = np.array([word is not None for word in flat])
    state = _untempered(np.array([word or 0 for word in flat], dtype=np.uint32))
    period = len(words[0]) + gap
    places = [np.arange(first, len(flat) - _STATE, period) for first in range(period)]
    unused = set(range(period))
    for _ in range(_ROUNDS):
        for at in sorted(unused):
            here = places[at]
            here = here[known[here] & known[here + 1]]
            middle, last = here + _MIDDLE, here + _STATE
            for solved, other in ((middle, last), (last, middle)):
                free = known[other] & ~known[solved]
                if free.any():
                    unused.discard(at)
                    state[solved[free]] = state[other[free]] ^ _twisted(state, here[free])
                    known[solved[free]] = True
    hits = of = 0
    for at in unused:
        here = places[at]
        whole = known[here] & known[here + 1] & known[here + _MIDDLE] & known[here + _STATE]
        here = here[whole]
        fits = state[here + _STATE] == state[here + _MIDDLE] ^ _twisted(state, here)
        hits, of = hits + int(fits.sum()), of + len(here)
    return hits, of


def _twisted(state: Any, at: Any) -> Any:
    import numpy as np  # noqa: PLC0415  slow to load, and not needed by most runs

    mixed = (state[at] & np.uint32(_UPPER)) | (state[at + 1] & np.uint32(_LOWER))
    return (mixed >> np.uint32(1)) ^ ((mixed & np.uint32(1)) * np.uint32(_MATRIX))


def _untempered(words: Any) -> Any:
    """Undo the tempering of outputs, which gives back the words of the state."""
    import numpy as np  # noqa: PLC0415  slow to load, and not needed by most runs

    found = words ^ (words >> np.uint32(18))
    found = found ^ ((found << np.uint32(15)) & np.uint32(0xEFC60000))
    part = found
    for _ in range(4):
        part = found ^ ((part << np.uint32(7)) & np.uint32(0x9D2C5680))
    whole = part
    for _ in range(2):
        whole = part ^ (whole >> np.uint32(11))
    return whole

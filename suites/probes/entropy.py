"""Upper bounds on the entropy of identifiers, from a sample in order of issue.

Not a proof of randomness: a low bound refutes, a high one only means "not refuted".
"""

import hashlib
import math
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from suites.probes.decoding import unbase64, unhex
from suites.probes.identifiers import Identifiers, identifiers
from suites.probes.sample import MIN_SAMPLE, Field, Grid, clocks, fields_of, grid_of, ordered
from suites.probes.serial import dependent

# One estimate makes up to some 10^6 comparisons (windows x positions x symbols). Each may err
# with 10^-14, so that a good generator is wrongly refuted less than once in 10^6 estimates.
_DOUBT = math.log(1e14)
_RARE = 1e-6
_SPARE_BITS = 30
_SPARE_ROWS = 41
_MIN_PAIRS = 50
_LEADING = 2
_NOTABLE_BITS = 8
_WINDOWS = (100, 200)
_UNDECIDED_BITS = 64

# All numbers a counter soon reaches, then every sixteenth: of 200 draws from the whole range
# some 24 are among them.
_SMALL_NUMBERS = (range(1 << 16), range(1 << 16, 1 << 20, 16))
_DICTIONARY_BITS = 20.0
_DIGEST_PREFIX = 8
_SHA256_SIZE = 32
_HASHES = {"md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256}
_LONG_HASHES = {"sha512": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sample says at most about the entropy of one identifier; no bits: it cannot say.

    `few` identifiers are judged by length and alphabet alone, without any statistics.
    """

    bits: float | None
    how: str
    n: int
    alphabet: str
    length: int
    findings: tuple[str, ...]
    few: bool = False


@dataclass(frozen=True, slots=True)
class _Bound:
    bits: float
    why: str


def estimate(values: Sequence[str], *, dictionary: bool = True) -> Estimate:
    """Bound the entropy per identifier from above; the values come in the order of their issue."""
    # Judged during the run and told after it: the same few samples, and seconds to compute.
    return _estimated(tuple(values), dictionary)


@lru_cache(maxsize=16)
def _estimated(values: tuple[str, ...], dictionary: bool) -> Estimate:
    found = identifiers(values)
    fields = fields_of(found.parts)
    findings = list(found.findings)
    repeats = len(found.parts) - len(set(found.parts))
    if repeats:
        findings.append(f"{repeats} of {len(found.parts)} identifiers repeat an earlier one")
    bound = _judged(found, fields, findings, dictionary) if values and found.judged else None
    if bound and found.assumed and bound.bits < _UNDECIDED_BITS:
        findings.append(
            f"the first part carries at most {bound.bits:.0f} bits; if the last part is no "
            "signature but a secret of its own, only that one counts"
        )
        bound = None
    names = dict.fromkeys(field.name for field in fields if len(set(field.texts)) > 1)
    return Estimate(
        bits=max(0.0, round(bound.bits, 2)) if bound else None,
        how="; ".join((", ".join(found.steps) or "as sent", bound.why if bound else "not judged")),
        n=len(values),
        alphabet=" and ".join(names or dict.fromkeys(field.name for field in fields)),
        length=max(map(len, found.parts), default=0),
        findings=tuple(findings),
        few=len(found.parts) < MIN_SAMPLE,
    )


def _judged(
    found: Identifiers, fields: Sequence[Field], findings: list[str], dictionary: bool
) -> _Bound:
    total = len(found.parts)
    few = total < MIN_SAMPLE
    size = _size(found, fields)
    if few and not _show_what_stays(total, fields):
        return size
    grid = _free(fields, findings)
    free = sum(map(math.log2, grid.bases))
    bounds = list(_repeated(total - len(set(found.parts)), total))
    if grid.bases:
        bounds.append(_compressed(grid))
    if few:
        bounds.append(size)
    elif grid.bases:
        bounds += [*_windowed(grid), _dependent(grid), _following(grid)]
    if dictionary and not few:
        bounds += _dictionary(fields)
    findings += [
        f"{bound.why}: at most {bound.bits:.0f} bits"
        for bound in bounds
        if bound.bits < free - _NOTABLE_BITS
    ]
    varying = _Bound(free, f"{size.why}, where they vary" if few else "all positions that vary")
    return min((*bounds, varying), key=_bits)


def _bits(bound: _Bound) -> float:
    return bound.bits


def _size(found: Identifiers, fields: Sequence[Field]) -> _Bound:
    bits = sum(len(field.texts[0]) * math.log2(len(field.alphabet)) for field in fields)
    if found.fixed_bits is not None:
        bits = min(bits, found.fixed_bits)
    why = f"length and alphabet only: {len(found.parts)} of at least {MIN_SAMPLE} identifiers"
    return _Bound(bits, why)


def _show_what_stays(total: int, fields: Sequence[Field]) -> bool:
    """True when no position, of two symbols even, stays the same in all of them by chance."""
    places = sum(len(field.texts[0]) for field in fields)
    return places < _RARE * math.ldexp(1, total - 1)


def _free(fields: Sequence[Field], findings: list[str]) -> Grid:
    """Leave out the positions that never change and those of counters and clocks."""
    grid = grid_of(fields)
    total = len(grid.bases)
    columns = zip(*grid.rows, strict=True)
    grid = grid.only([place for place, column in enumerate(columns) if len(set(column)) > 1])
    if len(grid.bases) < total:
        findings.append(f"{total - len(grid.bases)} of {total} positions never change")
    findings += clocks(fields)
    told = ordered(grid)
    if told:
        findings.append(f"{len(told)} positions only ever rise or fall: a counter or a clock")
    return grid.only([place for place in range(len(grid.bases)) if place not in told])


def _following(grid: Grid) -> _Bound:
    """Bound by what does not correlate with the identifiers issued before."""
    follows = dependent(list(zip(*grid.rows, strict=True)))
    alone = (math.log2(base) for at, base in enumerate(grid.bases) if at not in follows)
    return _Bound(sum(alone), f"{len(follows)} positions follow those of the identifiers before")


def _repeated(repeats: int, total: int) -> Iterator[_Bound]:
    if repeats:
        # k repeats have a probability under rate^k / k!, rate = pairs / size of the space.
        rate = math.exp((math.log(_RARE) + math.lgamma(repeats + 1)) / repeats)
        yield _Bound(math.log2(math.comb(total, 2) / rate), "identifiers repeat")


def _windows(total: int) -> list[tuple[int, int]]:
    third = total // 3
    windows = {(0, total), (0, third), (total - third, total)}
    for size in _WINDOWS:
        starts = [*range(0, total - size, size // 2), total - size]
        windows.update((start, start + size) for start in starts if start >= 0)
    return sorted(windows)


def _windowed(grid: Grid) -> Iterator[_Bound]:
    """Bound every window by its positions, bits, range and differences; keep each worst."""
    numbers = grid.numbers()
    columns = list(zip(*grid.rows, strict=True))
    bits = _bit_columns(*grid.packed())
    modulus = math.prod(grid.bases)
    # Disjoint pairs: independent whenever the identifiers are.
    pairs = zip(numbers[::2], numbers[1::2], strict=False)
    steps = _bit_columns(
        [(right - left) % modulus for left, right in pairs], (modulus - 1).bit_length()
    )

    def positions(start: int, stop: int) -> float:
        return sum(
            _symbol_bits(Counter(column[start:stop]), base, place < _LEADING)
            for column, base, place in zip(columns, grid.bases, grid.places, strict=True)
        )

    def singly(start: int, stop: int) -> float:
        return _sum_of_bits(bits, start, stop)

    def span(start: int, stop: int) -> float:
        return 1 + math.log2(1 + max(numbers[start:stop]) - min(numbers[start:stop]))

    def differences(start: int, stop: int) -> float:
        first, last = (start + 1) // 2, stop // 2
        return _sum_of_bits(steps, first, last) if last - first >= _MIN_PAIRS else math.inf

    measures: dict[str, Callable[[int, int], float]] = {
        "positions vary too little": positions,
        "bits vary too little": singly,
        "identifiers lie close together": span,
        "neighbours differ too regularly": differences,
    }
    for why, measure in measures.items():
        found = {window: measure(*window) for window in _windows(len(numbers))}
        start, stop = min(found, key=lambda window: (found[window], window[0] - window[1]))
        yield _Bound(found[start, stop], f"{why} (identifiers {start + 1} to {stop})")


def _bit_columns(numbers: Sequence[int], width: int) -> list[str]:
    rows = [f"{number:0{width}b}" for number in numbers]
    return ["".join(column) for column in zip(*rows, strict=True)]


def _sum_of_bits(columns: Sequence[str], start: int, stop: int) -> float:
    total = 0.0
    for column in columns:
        ones = column.count("1", start, stop)
        if 0 < ones < stop - start:
            share = _least_share(max(ones, stop - start - ones), stop - start)
            # Bits of one symbol depend on each other: only Shannon's entropy adds up.
            total += _binary_entropy(max(share, 0.5))
    return total


def _symbol_bits(counts: Counter[int], base: int, leading: bool) -> float:
    if len(counts) == 1:
        return 0.0
    total = counts.total()
    limit = math.log2(base)
    share = _least_share(max(counts.values()), total)
    bits = limit
    if share > 1 / base:
        bits = -math.log2(share)
        if leading:
            # The first digits of a converted number are uneven without being predictable.
            bits = _binary_entropy(share) + (1 - share) * math.log2(base - 1)
    missing = base - len(counts)
    unseen = (_DOUBT + base * math.log(2)) / total
    if missing and unseen < missing / base:
        likely = (1 - unseen) * math.log2(len(counts)) + unseen * math.log2(missing)
        bits = min(bits, likely + _binary_entropy(unseen))
    return min(bits, limit)


@lru_cache(maxsize=4096)
def _least_share(count: int, total: int) -> float:
    """Return the least probability under which so many hits are not yet a wonder (exact)."""
    # Loading takes a while, and few runs collect so many values.
    from scipy import special  # noqa: PLC0415

    return float(special.betaincinv(count, total - count + 1, math.exp(-_DOUBT)))


def _binary_entropy(share: float) -> float:
    if not 0 < share < 1:
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)


def _dependent(grid: Grid) -> _Bound:
    """Bound by the rank of the bits: repeated or summed-up parts add nothing."""
    numbers, width = grid.packed()
    size = len(numbers) - _SPARE_ROWS
    rank = 0
    for shift in range(0, width, size):
        mask = (1 << min(size, width - shift)) - 1
        basis: dict[int, int] = {}
        for number in numbers[1:]:
            vector = (number ^ numbers[0]) >> shift & mask
            while vector:
                top = vector.bit_length()
                if top not in basis:
                    basis[top] = vector
                    break
                vector ^= basis[top]
            if len(basis) == mask.bit_length():
                break
        rank += len(basis)
    return _Bound(rank, "bits depend on each other")


def _compressed(grid: Grid) -> _Bound:
    """Bound by compression: no code saves k bits on random data but with probability 2^-k."""
    numbers, width = grid.packed()
    packed = b"".join(number.to_bytes((width + 7) // 8, "big") for number in numbers)
    symbols = "".join(chr(symbol) for row in grid.rows for symbol in row).encode()
    size = min(len(zlib.compress(data, 9)) for data in (packed, symbols))
    return _Bound((8 * size + _SPARE_BITS) / len(numbers), "identifiers compress")


def _dictionary(fields: Sequence[Field]) -> Iterator[_Bound]:
    for field in fields:
        digests = [unhex(text) or unbase64(text) or b"" for text in set(field.texts)]
        size = min(map(len, digests))
        if size >= _DIGEST_PREFIX:
            hit = _small_number({digest[:_DIGEST_PREFIX] for digest in digests}, size)
            if hit:
                yield _Bound(_DICTIONARY_BITS, hit)


def _small_number(prefixes: set[bytes], size: int) -> str | None:
    """Name the hash and the number that one of the prefixes comes from."""
    forms: dict[str, Callable[[int], bytes]] = {
        "digits": lambda number: b"%d" % number,
        "4 octets": lambda number: number.to_bytes(4, "big"),
        "4 octets, low first": lambda number: number.to_bytes(4, "little"),
        "8 octets": lambda number: number.to_bytes(8, "big"),
        "8 octets, low first": lambda number: number.to_bytes(8, "little"),
    }
    hashes = _HASHES if size <= _SHA256_SIZE else _LONG_HASHES
    fitting = [item for item in hashes.items() if item[1]().digest_size >= size]
    for form, octets in forms.items():
        for number in chain(*_SMALL_NUMBERS):
            text = octets(number)
            for name, function in fitting:
                digest = function(text, usedforsecurity=False).digest()
                if digest[:_DIGEST_PREFIX] in prefixes:
                    return f"{name} of a small number ({number} as {form})"
    return None

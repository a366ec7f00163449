"""A sample of identifiers as fields, and as a grid of symbols with one column per position.

Not a judge: it says what the identifiers are made of, not how much that is worth.
"""

import math
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# In fewer texts a symbol may stand equally often in each by chance.
MIN_SAMPLE = 200

_DOUBT = math.log(1e9)
_MIN_RISES = 16
_FEW_TIES = 0.01

_LOWER, _UPPER, _DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
_ALPHABETS = {
    "decimal": _DIGITS,
    "hex": _DIGITS + "abcdef",
    "upper-case hex": _DIGITS + "ABCDEF",
    "lower-case letters": _LOWER,
    "upper-case letters": _UPPER,
    "base32hex": _DIGITS + _LOWER[:22],
    "base32": _UPPER + "234567",
    "Crockford base32": "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    "base36": _DIGITS + _LOWER,
    "upper-case base36": _DIGITS + _UPPER,
    "letters": _UPPER + _LOWER,
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "base62": _DIGITS + _UPPER + _LOWER,
    "base64url": _UPPER + _LOWER + _DIGITS + "-_",
    "base64": _UPPER + _LOWER + _DIGITS + "+/",
    "PHP 6-bit": _DIGITS + _LOWER + _UPPER + "-,",
}
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_SEPARATORS = ".:|~!$,;/ _-"
_PADDING = "\0"


@dataclass(frozen=True, slots=True)
class _Clock:
    """A way to write the time: so many digits, counting so many units in a second."""

    base: int
    width: int
    units: int


_CLOCKS = (
    _Clock(10, 10, 1),
    _Clock(10, 13, 10**3),
    _Clock(10, 16, 10**6),
    _Clock(16, 8, 1),
    _Clock(16, 11, 10**3),
    _Clock(16, 12, 10**3),
)
_FIRST, _LAST, _SPREAD = 1_400_000_000, 2_600_000_000, 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Field:
    """The same part of every identifier, brought to one length."""

    name: str
    alphabet: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Identifiers as rows of symbol numbers; every column has a base and a place in its field."""

    rows: list[tuple[int, ...]]
    bases: list[int]
    places: list[int]

    def only(self, columns: Sequence[int]) -> "Grid":
        """Keep the named columns."""
        rows = [tuple(row[column] for column in columns) for row in self.rows]
        bases = [self.bases[column] for column in columns]
        return Grid(rows, bases, [self.places[column] for column in columns])

    def numbers(self) -> list[int]:
        """Read every row as one number of mixed radix."""
        numbers = []
        for row in self.rows:
            number = 0
            for digit, base in zip(row, self.bases, strict=True):
                number = number * base + digit
            numbers.append(number)
        return numbers

    def packed(self) -> tuple[list[int], int]:
        """Set the bits of all symbols side by side; return the numbers and their width."""
        widths = [(base - 1).bit_length() for base in self.bases]
        numbers = []
        for row in self.rows:
            number = 0
            for digit, width in zip(row, widths, strict=True):
                number = number << width | digit
            numbers.append(number)
        return numbers, sum(widths)


def fields_of(texts: Sequence[str]) -> list[Field]:
    """Split the identifiers into the parts that all of them have."""
    return [_field(column) for column in _split(tuple(texts))]


def _split(texts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Split at the separators that stand equally often in every identifier."""
    for separator in _SEPARATORS:
        counts = {text.count(separator) for text in texts}
        # In a few random texts a symbol may stand equally often by chance.
        if len(texts) >= MIN_SAMPLE and len(counts) == 1 and counts != {0}:
            for column in zip(*(text.split(separator) for text in texts), strict=True):
                yield from _split(column)
            return
    if any(texts):
        yield texts


def _field(texts: tuple[str, ...]) -> Field:
    name, alphabet = _alphabet(texts)
    longest = max(map(len, texts))
    if all(len(text) == longest for text in texts):
        return Field(name, alphabet, texts)
    if name == "decimal":
        return Field(name, alphabet, tuple(text.rjust(longest, "0") for text in texts))
    padded = tuple(text.ljust(longest, _PADDING) for text in texts)
    return Field(name, alphabet + _PADDING, padded)


def _alphabet(texts: tuple[str, ...]) -> tuple[str, str]:
    """Choose the smallest alphabet that did not come about by chance from a larger one."""
    seen = set("".join(texts))
    total = sum(len(text) for text in set(texts))
    fitting = {name: chars for name, chars in _ALPHABETS.items() if seen <= set(chars)}
    for name, chars in sorted(fitting.items(), key=lambda item: len(item[1])):
        larger = [len(other) for other in fitting.values() if set(other) > set(chars)]
        if all(total * math.log(size / len(chars)) > _DOUBT for size in larger):
            return name, chars
    return "text", _PRINTABLE + "".join(sorted(seen - set(_PRINTABLE)))


def grid_of(fields: Sequence[Field]) -> Grid:
    """Set the fields side by side."""
    columns: list[list[int]] = []
    bases: list[int] = []
    places: list[int] = []
    for field in fields:
        rank = {char: index for index, char in enumerate(field.alphabet)}
        columns += [[rank[char] for char in column] for column in zip(*field.texts, strict=True)]
        bases += [len(field.alphabet)] * len(field.texts[0])
        places += range(len(field.texts[0]))
    return Grid(list(zip(*columns, strict=True)), bases, places)


def clocks(fields: Sequence[Field]) -> Iterator[str]:
    """Say which parts begin with a running time."""
    for number, field in enumerate(fields, 1):
        heads = [({text[: clock.width] for text in field.texts}, clock) for clock in _CLOCKS]
        if any(_tells_time(texts, clock) for texts, clock in heads):
            yield f"part {number} begins with the time since 1970"


def _tells_time(heads: set[str], clock: _Clock) -> bool:
    digits = set(string.digits if clock.base == len(string.digits) else string.hexdigits)
    if len(heads) == 1 or any(len(head) < clock.width or set(head) - digits for head in heads):
        return False
    seconds = [int(head, clock.base) / clock.units for head in heads]
    first, last = min(seconds), max(seconds)
    return first >= _FIRST and last <= _LAST and last - first < _SPREAD


def ordered(grid: Grid) -> set[int]:
    """Find the columns that make up counters and clocks: fields that never fall, or never rise."""
    found: set[int] = set()
    texts = ["".join(map(chr, row)) for row in grid.rows]
    for sequence in (texts, texts[::-1]):
        start = 0
        while start < len(grid.bases):
            stop = _rising(sequence, start, len(grid.bases))
            found.update(range(start, stop))
            start = max(stop, start + 1)
    return found


def _rising(texts: Sequence[str], start: int, end: int) -> int:
    """Return where the field ends that begins here and never falls; the start if there is none."""
    reached = start
    for stop in range(start + 1, end + 1):
        slices = [text[start:stop] for text in texts]
        if any(left > right for left, right in pairwise(slices)):
            break
        ties = sum(left == right for left, right in pairwise(slices))
        if len(slices) - 1 - ties >= _MIN_RISES:
            reached = stop
        if ties <= _FEW_TIES * len(slices):
            # All is in order by now: what follows may well be random.
            break
    return reached

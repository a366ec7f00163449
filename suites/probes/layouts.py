"""Identifiers that begin with the time by a published layout: ULID, ObjectId, Snowflake.

A layout is only recognised where a whole sample, in order of issue, keeps to it.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)
_OBJECT = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)
_SNOWFLAKE = re.compile(r"[1-9][0-9]{16,18}")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LEAST = 20
"""Values below which a layout may be kept by chance."""
_FIRST, _LAST, _SPREAD = 1_262_304_000, 4_102_444_800, 90 * 24 * 3600
_ULID_TIME, _OBJECT_TIME, _OBJECT_PROCESS, _SEQUENCE = 10, 8, 18, 22


def _ulids(values: Sequence[str]) -> list[str] | None:
    kept = _keeps(values, _ULID, lambda value: _crockford(value[:_ULID_TIME]) / 1000)
    return [value[_ULID_TIME:] for value in values] if kept else None


def _object_ids(values: Sequence[str]) -> list[str] | None:
    kept = _keeps(values, _OBJECT, lambda value: float(int(value[:_OBJECT_TIME], 16)))
    if not kept or len({value[_OBJECT_TIME:_OBJECT_PROCESS] for value in values}) > 1:
        return None
    return [value[:_OBJECT_TIME] + value[_OBJECT_PROCESS:] for value in values]


def _snowflakes(values: Sequence[str]) -> list[str] | None:
    # Which day they count from differs; that they never fall is enough.
    since = _FIRST
    kept = _keeps(values, _SNOWFLAKE, lambda value: since + (int(value) >> _SEQUENCE) / 1000)
    return [f"{int(value):016x}" for value in values] if kept else None


def _keeps(values: Sequence[str], pattern: re.Pattern[str], time: Callable[[str], float]) -> bool:
    if len(values) < _LEAST or not all(map(pattern.fullmatch, values)):
        return False
    times = [time(value) for value in values]
    near = min(times) >= _FIRST and max(times) <= _LAST and max(times) - min(times) < _SPREAD
    return near and all(a <= b for a, b in pairwise(times))


def _crockford(text: str) -> int:
    number = 0
    for char in text.upper():
        number = number << 5 | _CROCKFORD.index(char)
    return number


LAYOUTS: tuple[tuple[str, str, Callable[[Sequence[str]], list[str] | None], float], ...] = (
    ("random part of a ULID", "ULID: the first 48 bits are the time", _ulids, 80.0),
    (
        "ObjectId without its process",
        "ObjectId: a time, a value that the process keeps, and a counter",
        _object_ids,
        24.0,
    ),
    (
        "Snowflake",
        "Snowflake: milliseconds, the number of a worker, and a sequence",
        _snowflakes,
        22.0,
    ),
)
"""Name, what is to be said, what strips the known part, and the bits that are left at most."""

"""When each identifier of a sample was issued, by the clock of the target, as a short window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from suites.kernel.sampling import Sampled

_TICK = 1.0
_SLACK = 0.05
_LAG = 1.0
_GREGORIAN = 12_219_292_800
"""Seconds from the reform of the calendar, with which the time in a UUID begins, to 1970."""
_MOST_MS = 1500


@dataclass(frozen=True, slots=True)
class Unit:
    """One way to write the time: in so many octets, counting so many units of a second."""

    name: str
    size: int
    per_second: int
    since: int = 0

    def read(self, octets: bytes, order: str) -> float:
        """Return the seconds since 1970 that octets tell."""
        number = int.from_bytes(octets, "big" if order == "big" else "little")
        return number / self.per_second - self.since

    def __str__(self) -> str:
        return self.name


_UNITS = (
    Unit("nanoseconds", 8, 10**9),
    Unit("steps of 100 ns since 1582", 8, 10**7, _GREGORIAN),
    Unit("microseconds", 8, 10**6),
    Unit("milliseconds", 8, 10**3),
    Unit("milliseconds", 6, 10**3),
    Unit("seconds", 8, 1),
    Unit("seconds", 4, 1),
)


class Clock:
    """The clock of the target, as far as the dates of its answers and ours tell."""

    units = _UNITS

    def __init__(self, issued: Sequence[Sampled]) -> None:
        self._issued = issued
        # An answer that is dated to the second was made in it, or up to a second later.
        dated = [(one, one.dated) for one in issued if one.dated is not None]
        least = max((d - one.answered for one, d in dated), default=-_TICK)
        most = min((d + _TICK + _LAG - one.sent for one, d in dated), default=_TICK)
        near = least <= _TICK and most >= -_TICK
        # What is so near that it may well be ours is ours: our clock is the finer one.
        self._least, self._most = (0.0, 0.0) if near and least <= 0 <= most else (least, most)

    def window(self, number: int) -> tuple[float, float]:
        """Return between which seconds since 1970 an identifier was issued."""
        one = self._issued[number]
        return one.sent + self._least - _SLACK, one.answered + self._most + _SLACK

    def fits(self, number: int, seconds: float) -> bool:
        """Whether this may be the time of issue, whole seconds included."""
        first, last = self.window(number)
        return first - _TICK <= seconds <= last + _TICK

    def seconds(self, number: int, *, since: float | None = None) -> Iterator[int]:
        """Return the whole seconds in which an identifier may have been issued, or since when."""
        first, last = self.window(number)
        if since is not None:
            first = since + self._least
        yield from range(int(first - _TICK), int(last + _TICK) + 1)

    def milliseconds(self, number: int) -> Iterator[int]:
        """Return the milliseconds in which an identifier may have been issued, within bounds."""
        first, last = (round(bound * 1000) for bound in self.window(number))
        yield from range(first, min(last, first + _MOST_MS) + 1)

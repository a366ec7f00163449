"""Requests that reach their target together: all but their last bytes are on the wire beforehand.

A gate holds back the last byte of one request a party until every party has come so far; then
each lets go after a delay of its own. What the parties ask for is not its business.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE = 10.0
"""Seconds after which a gate opens although somebody has not come."""
LEAD = 0.002
"""Seconds in which all have noticed that a gate is open: who came last would be first otherwise."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Span:
    """When the last byte of a request left and when its answer began, in seconds of one clock."""

    began: float
    ended: float

    def overlaps(self, other: "Span") -> bool:
        """True when both requests were at the target at one moment."""
        return self.began < other.ended and other.began < self.ended


class Gate:
    """Opens when every party has arrived or has gone away."""

    def __init__(self, parties: int) -> None:
        self._missing = parties
        self._opened_at: float | None = None
        self._change = threading.Condition()

    def come(self) -> None:
        """Note that one more party is there, or will not come any more."""
        with self._change:
            self._missing -= 1
            if self._missing <= 0:
                self._open()

    def wait(self, delay: float) -> None:
        """Wait until all can have noticed that the gate is open, and for the delay after that."""
        with self._change:
            if not self._change.wait_for(lambda: self._opened_at is not None, PATIENCE):
                self._open()
            opened = self._opened_at or 0.0
        left = opened + LEAD + delay - time.perf_counter()
        if left > 0:
            time.sleep(left)

    def _open(self) -> None:
        if self._opened_at is None:
            self._opened_at = time.perf_counter()
            self._change.notify_all()


@dataclass(slots=True)
class Turn:
    """What one party sends through a gate.

    Held back is its first request that may change something, or with `reading` its first one.
    """

    gate: Gate
    delay: float = 0.0
    reading: bool = False
    methods: list[str] = field(default_factory=list)
    span: Span | None = None
    _began: float | None = None
    _came: bool = False

    def holds(self, method: str) -> bool:
        """Note that a request begins, and say whether it is the one to be held back."""
        self.methods.append(method)
        return not self._came and (self.reading or method not in READING)

    def wait(self) -> None:
        """Arrive at the gate, and return when it is time to let go."""
        self._came = True
        self.gate.come()
        self.gate.wait(self.delay)

    def left(self) -> None:
        """Note that the last byte is on its way."""
        self._began = time.perf_counter()

    def answered(self) -> None:
        """Note that the answer has begun."""
        if self._began is not None:
            self.span = Span(self._began, time.perf_counter())

    def leave(self) -> None:
        """Keep nobody waiting who has come without a request."""
        if not self._came:
            self._came = True
            self.gate.come()


class _Here(threading.local):
    turn: Turn | None = None


_HERE = _Here()


def turn_here() -> Turn | None:
    """Return the turn of the thread that asks, if it takes part in anything."""
    return _HERE.turn


@contextmanager
def taking(turn: Turn) -> Iterator[None]:
    """Send what this thread sends meanwhile through a gate."""
    _HERE.turn = turn
    try:
        yield
    finally:
        _HERE.turn = None
        turn.leave()


def turns(delays: Sequence[float], *, reading: Sequence[bool]) -> tuple[Turn, ...]:
    """Return one turn a party at a new gate."""
    gate = Gate(len(delays))
    return tuple(Turn(gate, d, r) for d, r in zip(delays, reading, strict=True))

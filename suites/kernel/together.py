"""Calls that reach the target together, each from a client of its own."""

import sys
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from adapters.contract import Acknowledged, Answer, Refused, Seen
from adapters.gates import READING, Span, Turn, taking, turns
from suites.kernel.bench import Bench

Act = Callable[[], Answer | Seen]

HANDOVER = 0.0001
"""Seconds after which a thread lets another one go on: a quick target answers in half of one."""


@dataclass(frozen=True, slots=True)
class Runner:
    """One call that takes part: the operation it is made of, and how it is made."""

    operation: str
    act: Act


@dataclass(frozen=True, slots=True)
class Ran:
    """How one call went, and when it was at the target, where that was measured."""

    answer: Answer | Seen
    span: Span | None

    @property
    def clear(self) -> bool:
        """True when the target said yes or no."""
        if isinstance(self.answer, Seen):
            return self.answer.clear
        return isinstance(self.answer, Acknowledged | Refused)

    @property
    def acknowledged(self) -> bool:
        """True when the target did what was asked, or recognised somebody."""
        if isinstance(self.answer, Seen):
            return self.answer.identity is not None
        return isinstance(self.answer, Acknowledged)


def together(
    bench: Bench,
    runners: Sequence[Runner],
    delays: Sequence[float],
    habits: MutableMapping[str, bool],
) -> list[Ran]:
    """Make all calls at once and return how each went.

    Args:
        delays: seconds after the moment at which all are ready, one a runner.
        habits: what is known of the target; which operations only read is learned here.
    """
    bench.stale()
    bench.label = " | ".join(runner.operation for runner in runners)
    reading = [habits.get(_habit(runner), False) for runner in runners]
    taken = turns(delays, reading=reading)

    def run(runner: Runner, turn: Turn) -> Ran:
        with taking(turn):
            answer = runner.act()
        return Ran(answer, turn.span)

    with handing_over(), ThreadPoolExecutor(len(runners)) as pool:
        found = list(pool.map(run, runners, taken))
    for runner, turn in zip(runners, taken, strict=True):
        habits[_habit(runner)] = bool(turn.methods) and set(turn.methods) <= READING
    bench.stale()
    return found


@contextmanager
def handing_over() -> Iterator[None]:
    """Let the threads of this process take turns quickly: none holds up what another sends."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(HANDOVER)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def overlapped(found: Sequence[Ran]) -> bool:
    """Return whether any two of the calls were at the target at one moment."""
    spans = [ran.span for ran in found if ran.span is not None]
    return any(one.overlaps(other) for n, one in enumerate(spans) for other in spans[n + 1 :])


def _habit(runner: Runner) -> str:
    return f"{runner.operation} only reads"

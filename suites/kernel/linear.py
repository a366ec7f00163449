"""What calls may do one after the other, and whether some order of them explains a race.

Nothing here speaks to a target: a round is judged by what was answered and what lived afterwards.
Source: Herlihy and Wing, Linearizability: a correctness condition for concurrent objects (1990).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from adapters.gates import Span


@dataclass(frozen=True, slots=True)
class State:
    """What may be alive, what has been used up, and whether the door is still open."""

    living: frozenset[str]
    spent: frozenset[str] = frozenset()
    closed: bool = False


Effect = Callable[[State], State | None]
"""What an acknowledged call makes of a state; None when it cannot be acknowledged in it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a round as it went: what it may do, and whether it was acknowledged.

    A refused call may have done nothing, whenever it came.
    """

    name: str
    effect: Effect
    acknowledged: bool
    span: Span | None = None


def ends(*, but: Collection[str] = (), closes: bool = False) -> Effect:
    """Return the effect of what ends everything but a few, and may keep others from coming in."""

    def effect(state: State) -> State:
        return replace(state, living=state.living & frozenset(but), closed=state.closed or closes)

    return effect


def reads(session: str) -> Effect:
    """Return the effect of a use of a session: none, and it takes a living one."""
    return lambda state: state if session in state.living else None


def goes_on(session: str, gives: str, *, needed: bool = False) -> Effect:
    """Return the effect of what goes on with a session, under another name too if it was one.

    With `needed` it is only acknowledged to a session that lives.
    """

    def effect(state: State) -> State | None:
        if session in state.living:
            return replace(state, living=state.living | {gives})
        return None if needed else state

    return effect


def spends(token: str, *, of: str, gives: str) -> Effect:
    """Return the effect of what uses up a token of a session and gives another for it."""

    def effect(state: State) -> State | None:
        if token in state.spent or of not in state.living:
            return None
        return replace(state, living=state.living | {gives}, spent=state.spent | {token})

    return effect


def supersedes(gives: str) -> Effect:
    """Return the effect of what may be done again, if only what came of it last is worth anything.

    Whether it may be done again at all is another question than how many go on.
    """
    return lambda state: replace(state, living=frozenset({gives}))


def comes_in(name: str) -> Effect:
    """Return the effect of a login, which takes an open door."""
    return lambda s: None if s.closed else replace(s, living=s.living | {name})


def explained(start: State, calls: Sequence[Call], living: Collection[str]) -> bool:
    """Return whether some order of the calls explains what they answered and what lives now.

    Args:
        start: what was true before the first call.
        calls: each with its span, where that is known: who was answered before another began also
            comes before it.
        living: what was seen alive when all calls were over.
    """
    acknowledged = [call for call in calls if call.acknowledged]
    return any(set(living) <= end.living for end in _ends(start, acknowledged))


def _ends(start: State, calls: Sequence[Call]) -> Iterator[State]:
    for order in permutations(calls):
        if any(_precedes(later, call) for n, call in enumerate(order) for later in order[n + 1 :]):
            continue
        state: State | None = start
        for call in order:
            state = call.effect(state) if state is not None else None
        if state is not None:
            yield state


def _precedes(one: Call, other: Call) -> bool:
    return one.span is not None and other.span is not None and one.span.ended < other.span.began

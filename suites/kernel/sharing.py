"""How the work of a run is shared by several processes: what each may do beside the others."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from adapters.contract import User
from suites.kernel.declare import ACTIONS
from suites.kernel.scenario import Step

WHOLE_TARGET = frozenset(
    {
        "advance",
        "clock",
        "rotate_key",
        "key_rotation",
        "restart",
        "fault",
        "inject_fault",
        "heal_fault",
        "load",
        "session_count",
        "alert_sink",
        "event_sink",
    }
)
"""What changes or measures the target for everybody; the names of operations and of traits."""
LISTENING = frozenset({"attack", "use_ordinarily", "look_for_alerts"})
"""Moves for which one process alone can listen: where the alerts of the target arrive."""
FEWEST = 2
"""Accounts without which nobody can be told from somebody else."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One worker's share of the random walk: its own seed, and how many histories."""

    seed: int
    histories: int


def disturbs(steps: Iterable[Step], capabilities: Collection[str]) -> bool:
    """Tell whether a history moves time, or changes the target for everybody, so far as is known.

    A history that measures time moves the clock where there is one, else it waits.
    """
    moved = {"clock", "create_user"} <= set(capabilities)
    for step in steps:
        action = ACTIONS[step["do"]]
        if action.name in LISTENING:
            return True
        if not WHOLE_TARGET.isdisjoint(action.needs) or (action.timed and moved):
            return True
    return False


def walks(seed: int, histories: int, workers: int) -> tuple[Walk, ...]:
    """Return the shares of a walk; no two of them draw from the same seed.

    A walk takes a further seed for each part of it: shares are as far apart as they are long.
    """
    each, more = divmod(histories, workers)
    found, begin = [], seed
    for number in range(workers):
        wanted = each + (number < more)
        found.append(Walk(begin, wanted))
        begin += wanted
    return tuple(found)


def dealt(users: Sequence[User], workers: int) -> tuple[tuple[User, ...], ...]:
    """Return the accounts of each worker: as many for each, none for two of them."""
    each = len(users) // workers
    return tuple(tuple(users[each * n : each * (n + 1)]) for n in range(workers))


def most_workers(capabilities: Collection[str], accounts: int) -> int | None:
    """Return how many workers the accounts are enough for, None where accounts are created."""
    return None if "create_user" in capabilities else accounts // FEWEST


def longest_first(histories: Sequence[Sequence[Step]]) -> list[int]:
    """Return the places of histories in the order in which they are best dealt out."""
    return sorted(range(len(histories)), key=lambda place: -_length(histories[place]))


def _length(steps: Sequence[Step]) -> float:
    """Return a guess at how long a history takes: its moves, and how often each is repeated."""
    counts = (value for step in steps for key, value in step.items() if key != "spot")
    numbers = (v for v in counts if isinstance(v, int | float) and not isinstance(v, bool))
    return len(steps) + sum(numbers)

"""Moves by the time at which they are due: all that grows old does so at the same time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suites.kernel.suspending import Move, Schedule

Step = Mapping[str, Any]
HIDDEN = ("call", "until", "limit")
"""What a plan says of a move, and a step does not."""


@dataclass(slots=True)
class Timeline:
    """Moves by the time at which they are due; one wait serves all that are due after it.

    The sessions of `busy` are in use meanwhile, every so many seconds, where there is such a user.
    """

    every: float = 0.0
    busy: str = ""
    due: list[tuple[float, int, dict[str, Any]]] = field(default_factory=list)

    def at(self, seconds: float, **move: Any) -> None:
        """Plan a move; `call` names what it makes, and others mean it by that name.

        Where a later run makes it, `until` is when it is too late, and `limit` the policy key that
        it judges.
        """
        self.due.append((seconds, len(self.due), move))

    def steps(self) -> list[Step]:
        """Return the steps in order, with the waits between them."""
        found: list[dict[str, Any]] = []
        now = 0.0
        for seconds, _, move in sorted(self.due, key=lambda one: one[:2]):
            if seconds > now:
                found.append(self._wait(round(seconds - now, 3)))
                now = seconds
            found.append(move)
        return named(found)

    def _wait(self, seconds: float) -> dict[str, Any]:
        if not self.busy:
            return {"do": "wait", "seconds": seconds}
        return {"do": "wait_in_use", "seconds": seconds, "user": self.busy, "every": self.every}

    def schedule(self) -> Schedule:
        """Return the moves as what is made when it is due, by this run or by a later one."""
        ordered = sorted(self.due, key=lambda one: one[:2])
        steps = named([move for *_, move in ordered])
        moves = [
            Move(seconds, step, move.get("until"), move.get("limit", ""))
            for (seconds, _, move), step in zip(ordered, steps, strict=True)
        ]
        return Schedule(moves, self.busy, self.every)

    @property
    def length(self) -> float:
        """How many seconds it takes."""
        return max((seconds for seconds, *_ in self.due), default=0.0)


def named(moves: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Return moves as steps: each has a name, and speaks of others by the names of their steps."""
    names = {move["call"]: f"s{at}" for at, move in enumerate(moves, 1) if "call" in move}
    found: list[Step] = []
    for at, move in enumerate(moves, 1):
        kept = {key: value for key, value in move.items() if key not in HIDDEN}
        meant = {"session": names[kept["session"]]} if "session" in kept else {}
        found.append({"as": f"s{at}", "spot": 0, **kept, **meant})
    return found


def log_in_as(call: str, channel: str, user: str, device: str) -> dict[str, Any]:
    """Return a login, which other moves mean by `call`."""
    return {"call": call, "do": "log_in", "user": user, "device": device, "channel": channel}


@dataclass(frozen=True, slots=True)
class Aging:
    """What grows old beside sessions: the policy key of its limit, how long it takes, and its plan.

    `channel` is where it is.
    """

    key: str
    channel: str
    takes: float
    plan: Callable[[Timeline], None]


def apart(others: Sequence[Aging], *, one_each: bool) -> Iterator[Timeline]:
    """Yield a timeline for each limit, where few sessions may exist for each channel of it too."""
    groups: dict[tuple[str, str], Timeline] = {}
    for aging in others:
        at = (aging.key, aging.channel if one_each else "")
        aging.plan(groups.setdefault(at, Timeline()))
    yield from groups.values()

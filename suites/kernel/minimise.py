"""Delta debugging on recorded steps: the shortest scenario that still shows a violation.

Hypothesis's shrinker works on bytes and needs thousands of calls to a target; this one drops steps
whose absence does not matter, after cutting the history down to what its subject depends on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Step = Mapping[str, Any]
Shows = Callable[[Sequence[Step]], bool]

REFERENCES = ("session", "other")
SMALL = 12
"""Larger numbers are sample sizes, which cost too many requests to try."""


@dataclass(slots=True)
class Attempts:
    """Counts replays, and stops asking when the allowance is used up."""

    shows: Shows
    allowed: int
    used: int = 0

    def __call__(self, steps: Sequence[Step]) -> bool:
        """Return whether these steps still show the violation."""
        if self.used >= self.allowed or not steps:
            return False
        self.used += 1
        return self.shows(steps)


def minimise(
    steps: Sequence[Step], shows: Shows, *, about: Sequence[str] = (), allowed: int
) -> tuple[list[Step], bool]:
    """Return the shortest list of steps found, and whether it was seen to show the violation.

    Args:
        steps: the history in which the violation was seen.
        about: names of the sessions that the violation is about.
        shows: plays steps on clean accounts and says whether the violation appears.
        allowed: how many replays may be spent.
    """
    attempts = Attempts(shows, allowed)
    if not steps:
        return [], False
    current = _cut(list(steps), about, attempts)
    if current is None:
        return list(steps), False
    current = _plainer(_ddmin(current, attempts), attempts)
    return renumber(_fewer(_rebind(current, attempts), attempts)), True


def renumber(steps: Sequence[Step]) -> list[Step]:
    """Name what the steps make s1, s2, ... in order, as a reader expects it."""
    names = {str(step["as"]): f"s{number}" for number, step in enumerate(steps, 1)}

    def renamed(value: object) -> object:
        head, dot, tail = str(value).partition(".")
        return names[head] + dot + tail if head in names else value

    return [
        {
            key: renamed(value) if key in {"as", *REFERENCES} else value
            for key, value in step.items()
        }
        for step in steps
    ]


def twice(steps: Sequence[Step]) -> list[Step]:
    """Return the steps, the end of every session they open, and the steps once more.

    What shows only across histories, as a value that is issued again, may show within this one.
    """
    opened = [step["as"] for step in steps if str(step["do"]).startswith("log_in")]
    ends = [
        {"as": f"e{number}", "do": "log_out", "session": name, "spot": 0}
        for number, name in enumerate(opened, 1)
    ]
    again = [
        {k: f"again{v}" if k in {"as", *REFERENCES} else v for k, v in step.items()}
        for step in steps
    ]
    return [*steps, *ends, *again]


def dependencies(steps: Sequence[Step], last: int) -> list[Step]:
    """Return the steps that the step at `last` speaks of, directly or through others."""
    wanted = {last}
    names = {str(step["as"]).split(".")[0]: index for index, step in enumerate(steps)}
    queue = [last]
    while queue:
        step = steps[queue.pop()]
        for key in REFERENCES:
            found = names.get(str(step.get(key, "")).split(".")[0])
            if found is not None and found not in wanted:
                wanted.add(found)
                queue.append(found)
    return [steps[index] for index in sorted(wanted)]


def _cut(steps: list[Step], about: Sequence[str], attempts: Attempts) -> list[Step] | None:
    """Try what the violation is about, then growing tails, then everything."""
    roots = {name.split(".")[0] for name in about}
    mine = {
        index
        for index, step in enumerate(steps)
        if step["as"] in roots or roots & {str(step.get(key)).split(".")[0] for key in REFERENCES}
    }
    needed = [s for i in sorted(mine | {len(steps) - 1}) for s in dependencies(steps, i)]
    sliced = [step for step in steps if step in needed]
    if len(sliced) < len(steps) and attempts(sliced):
        return sliced
    size = 2
    while size < len(steps):
        tail: list[Step] = []
        for index in range(len(steps) - size, len(steps)):
            tail += [s for s in dependencies(steps, index) if s not in tail]
        tail = [step for step in steps if step in tail]
        if len(tail) < len(steps) and attempts(tail):
            return tail
        size *= 2
    return steps if attempts(steps) else None


def _ddmin(steps: list[Step], attempts: Attempts) -> list[Step]:
    parts = 2
    while len(steps) > 1:
        size = max(1, len(steps) // parts)
        for start in range(0, len(steps), size):
            rest = steps[:start] + steps[start + size :]
            if _sound(rest) and attempts(rest):
                steps, parts = rest, max(parts - 1, 2)
                break
        else:
            if size == 1:
                return steps
            parts = min(len(steps), parts * 2)
    return steps


def _sound(steps: Sequence[Step]) -> bool:
    """True when every step still finds what it speaks of: others are not worth a replay."""
    made: set[str] = set()
    for step in steps:
        for key in REFERENCES:
            name = step.get(key)
            if isinstance(name, str) and name.split(".")[0] not in made:
                return False
        made.add(str(step["as"]))
    return True


def _plainer(steps: list[Step], attempts: Attempts) -> list[Step]:
    """Let people log in the ordinary way where nothing comes of another, then drop more."""
    for index, step in enumerate(steps):
        if step["do"] == "log_in" or not str(step["do"]).startswith("log_in") or "user" not in step:
            continue
        plain = {"as": step["as"], "do": "log_in", "user": step["user"]}
        plain |= {"device": step.get("device", "laptop"), "channel": step.get("channel", "")}
        changed = [*steps[:index], plain, *steps[index + 1 :]]
        if attempts(changed):
            return _plainer(_ddmin(changed, attempts), attempts)
    return steps


def _fewer(steps: list[Step], attempts: Attempts) -> list[Step]:
    """Let small numbers in the steps be as small as they can: once, or half as often."""
    for index, step in enumerate(steps):
        for key, value in step.items():
            if key == "spot" or not isinstance(value, int) or not 1 < value <= SMALL:
                continue
            for fewer in dict.fromkeys((1, value // 2, value - 1)):
                changed = [*steps[:index], {**step, key: fewer}, *steps[index + 1 :]]
                if attempts(changed):
                    return _fewer(changed, attempts)
    return steps


def _rebind(steps: list[Step], attempts: Attempts) -> list[Step]:
    """Let references point to the earliest thing that still shows the violation, then drop more."""
    for index, step in enumerate(steps):
        for key in REFERENCES:
            name = step.get(key)
            if not isinstance(name, str):
                continue
            for earlier in steps[:index]:
                if earlier["as"] == name.split(".")[0] or earlier["as"] == name:
                    break
                if not str(earlier["do"]).startswith("log_in"):
                    continue
                changed = [*steps[:index], {**step, key: earlier["as"]}, *steps[index + 1 :]]
                if attempts(changed):
                    return _ddmin(changed, attempts)
    return steps

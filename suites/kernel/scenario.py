"""Histories as data: performing symbolic steps on a world, and telling them in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

from suites.kernel.bench import NotOffered
from suites.kernel.declare import ACTIONS, Action, Choice
from suites.kernel.examine import Examiner
from suites.kernel.results import SCENARIO_SCHEMA, Scenario
from suites.kernel.world import World

Step = Mapping[str, Any]
META = ("as", "do", "spot", "node")
_KINDS = {str: "text", int: "a whole number"}


class ScenarioError(ValueError):
    """A scenario file that cannot be played; the message says why."""


def resolve(world: World, action: Action, drawn: Mapping[str, Any]) -> dict[str, Any] | None:
    """Turn drawn ordinals into names of this history; None when there is nothing to act on."""
    named: dict[str, Any] = {}
    for key, value in drawn.items():
        choice = action.draws[key]
        named[key] = choice.pick(world, value) if isinstance(choice, Choice) else value
        if named[key] is None:
            return None
    return named


def perform(world: World, step: Step) -> bool:
    """Perform one symbolic step; False when what it speaks of does not exist in this history."""
    action = ACTIONS[step["do"]]
    handed: dict[str, Any] = {}
    for key, choice in action.draws.items():
        value: Any = step.get(key)
        handed[key] = choice.find(world, value) if isinstance(choice, Choice) else value
        if handed[key] is None:
            return False
    node = step.get("node", 0)
    if node not in world.bench.nodes:
        return False
    try:
        world.move_to(node)
        world.begin(step["as"])
        action.perform(world, **handed)
    except NotOffered:
        return False
    world.mark(step["as"], acted=True)
    return True


def play(world: World, examiner: Examiner, steps: Sequence[Step]) -> list[Step]:
    """Play steps one after the other, judging after each; return those that could be played."""
    played: list[Step] = []
    examiner.quiet = any(ACTIONS[step["do"]].timed for step in steps)
    for step in steps:
        if perform(world, step):
            played.append(step)
            examiner.after(played, step.get("spot", 0))
    return played


def tell(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return steps in plain words, each with the name it gives to what it makes."""
    lines = []
    for step in steps:
        words = {k: v for k, v in step.items() if k not in META}
        line = ACTIONS[step["do"]].told.format(**words)
        channel = step.get("channel")
        if channel is not None and "{channel}" not in ACTIONS[step["do"]].told:
            line += f" ({channel})"
        if "node" in step:
            line += f" on node {step['node'] + 1}"
        lines.append(f"{line} -> {step['as']}" if opens(step) else line)
    return tuple(lines)


def opens(step: Step) -> bool:
    """True when a step makes a session that later steps can name."""
    return str(step["do"]).startswith("log_in") and step["do"] != "log_in_with_the_old_password"


def _typed(action: Action) -> dict[str, type]:
    """Return what a stored step must hold for a move: names for choices, else what it takes."""
    hints = get_type_hints(action.perform)
    wanted = {
        key: str if isinstance(draw, Choice) else hints.get(key)
        for key, draw in action.draws.items()
    }
    return {key: kind for key, kind in wanted.items() if isinstance(kind, type)}


def read(document: object, source: str) -> Scenario:
    """Read a stored scenario.

    Raises:
        ScenarioError: the file is of another schema or names moves that do not exist.
    """
    if not isinstance(document, dict) or document.get("schema") != SCENARIO_SCHEMA:
        raise ScenarioError(f"{source}: `schema` must be {SCENARIO_SCHEMA}")
    steps = document.get("steps")
    if not isinstance(steps, list) or not steps:
        raise ScenarioError(f"{source}: `steps` must be a list of at least one step")
    for number, step in enumerate(steps, 1):
        named = isinstance(step, dict) and all(isinstance(step.get(k), str) for k in ("as", "do"))
        if not named or step["do"] not in ACTIONS:
            names = ", ".join(sorted(ACTIONS))
            raise ScenarioError(f"{source}: step {number} needs `as` and `do` (one of {names})")
        if not isinstance(step.get("node", 0), int) or isinstance(step.get("node"), bool):
            raise ScenarioError(
                f"{source}: `node` of step {number} is {step['node']!r}; write a whole number"
            )
        for key, wanted in _typed(ACTIONS[step["do"]]).items():
            value = step.get(key)
            if not isinstance(value, wanted) or isinstance(value, bool):
                said = f"is {value!r}" if key in step else "is missing"
                raise ScenarioError(
                    f"{source}: `{key}` of step {number} ({step['do']}) {said}; "
                    f"write {_KINDS.get(wanted, wanted.__name__)}"
                )
    return Scenario(
        tuple(steps),
        document.get("requirement"),
        document.get("invariant"),
        document.get("finding"),
    )

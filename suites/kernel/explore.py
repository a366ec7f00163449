"""Lets Hypothesis walk the target: one machine, one model, no raising, no shrinking.

Hypothesis generates; what was found is minimised on the recorded steps instead.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.errors import HypothesisWarning
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from suites.kernel.declare import Action, Choice

SPOTS = st.integers(0, 59)


class Walker(Protocol):
    """One history being walked."""

    def step(
        self, action: Action, drawn: Mapping[str, Any], spot: int, place: int | None = None
    ) -> None:
        """Perform a drawn move on a node, or nothing where it does not apply."""

    def close(self) -> None:
        """End the history: final judgement, controls, clean-up."""


def machine(
    actions: Iterable[Action], begin: Callable[[], Walker], nodes: int = 1
) -> type[RuleBasedStateMachine]:
    """Return a state machine whose rules are the moves, each offered as often as it weighs.

    Hypothesis begins with its first rule, and draws it most often; it sorts rules by how many
    arguments they have, then by name. The heaviest move comes first here, whatever it draws.
    """

    class Walk(RuleBasedStateMachine):
        """People, devices and attackers on one target."""

        def __init__(self) -> None:
            super().__init__()
            self.walker = begin()

        def teardown(self) -> None:
            self.walker.close()

    moves = sorted(actions, key=lambda action: (-action.weight, action.name))
    widest = max((len(action.draws) for action in moves), default=0)
    for number, action in enumerate(moves):
        for copy in range(action.weight):
            name = f"move_{number:03}_{action.name}_{copy}"
            setattr(Walk, name, _rule(action, name, widest, nodes))
    return Walk


def _rule(action: Action, name: str, width: int, nodes: int) -> Any:
    def move(self: Any, spot: int, place: int | None = None, **drawn: Any) -> None:
        self.walker.step(action, {key: drawn[key] for key in action.draws}, spot, place)

    move.__name__ = move.__qualname__ = name
    strategies: dict[str, Any] = {
        key: draw.strategy if isinstance(draw, Choice) else draw
        for key, draw in action.draws.items()
    }
    strategies |= {f"unused_{number}": st.none() for number in range(width - len(action.draws))}
    if nodes > 1:
        strategies["place"] = SPOTS
    decorate: Any = rule(spot=SPOTS, **strategies)
    return decorate(move)


def explore(
    actions: Iterable[Action],
    begin: Callable[[], Walker],
    *,
    histories: int,
    steps: int,
    number: int,
    database: Path | None = None,
    nodes: int = 1,
) -> None:
    """Walk a number of histories of full length.

    Args:
        number: the seed; the same seed draws the same histories.
        nodes: of several, each move picks one.
        database: where Hypothesis keeps its examples, or None for nowhere.
    """
    walk = machine(actions, begin, nodes)
    chosen = settings(
        max_examples=histories,
        stateful_step_count=steps,
        phases=[Phase.reuse, Phase.generate],
        deadline=None,
        database=DirectoryBasedExampleDatabase(database) if database else None,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        run_state_machine_as_test(seed(number)(walk), settings=chosen, _min_steps=steps)

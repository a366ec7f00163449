"""Lets Hypothesis walk the target: one machine, one model, no raising, no shrinking.

Hypothesis generates; what was found is minimised on the recorded steps instead.
"""

import hashlib
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings, target
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase
from hypothesis.errors import HypothesisWarning
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from suites.kernel.declare import Action, Choice

SPOTS = st.integers(0, 59)
REDIS = ("redis://", "rediss://")
ANSWER_SECONDS = 5.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Examples:
    """Where the drawn histories that found something are kept, for later walks to begin with.

    `place` is a folder or the address of a Redis server, `name` what is kept apart in it.
    """

    place: str
    name: str

    def opened(self, moves: Iterable[str]) -> ExampleDatabase:
        """Return the database for these moves: a history of other ones would mean nothing."""
        mark = hashlib.sha256("|".join(moves).encode()).hexdigest()[:8]
        if not self.place.startswith(REDIS):
            return DirectoryBasedExampleDatabase(Path(self.place) / self.name / mark)
        from hypothesis.extra.redis import RedisExampleDatabase  # noqa: PLC0415  an extra
        from redis import Redis  # noqa: PLC0415  an extra

        server = Redis.from_url(
            self.place, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )
        prefix = f"session-conformance:{self.name}:{mark}:"
        return Forgiving(RedisExampleDatabase(server, key_prefix=prefix.encode()))


class Forgiving(ExampleDatabase):
    """A database on a server that may go away: the walk goes on without it."""

    def __init__(self, kept: ExampleDatabase) -> None:
        super().__init__()
        self.kept = kept
        self.gone = False

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """Return what is kept under a key, nothing without the server."""
        return self._tried(lambda: tuple(self.kept.fetch(key)), ())

    def save(self, key: bytes, value: bytes) -> None:
        """Keep a value."""
        self._tried(lambda: self.kept.save(key, value), None)

    def delete(self, key: bytes, value: bytes) -> None:
        """Forget a value."""
        self._tried(lambda: self.kept.delete(key, value), None)

    def _tried(self, act: Callable[[], _T], otherwise: _T) -> _T:
        from redis import RedisError  # noqa: PLC0415  an extra

        if self.gone:
            return otherwise
        try:
            return act()
        except (RedisError, OSError):
            self.gone = True
            return otherwise


class Walker(Protocol):
    """One history being walked."""

    def step(
        self, action: Action, drawn: Mapping[str, Any], spot: int, place: int | None = None
    ) -> None:
        """Perform a drawn move on a node, or nothing where it does not apply."""

    def close(self) -> Iterable[str]:
        """End the history: final judgement, controls, clean-up; return what it found, by name."""


def machine(
    actions: Iterable[Action],
    begin: Callable[[], Walker],
    *,
    nodes: int = 1,
    remembered: bool = False,
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
            found = self.walker.close()
            if remembered:
                # What a history scores is why Hypothesis keeps it: nothing here ever fails.
                for name in found:
                    target(1.0, label=name)

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
    database: Examples | None = None,
    nodes: int = 1,
) -> None:
    """Walk a number of histories of full length.

    Args:
        number: the seed; the same seed draws the same histories.
        database: where histories that found something are kept, or None for nowhere.
        nodes: of several, each move picks one.
    """
    moves = tuple(actions)
    walk = machine(moves, begin, nodes=nodes, remembered=database is not None)
    chosen = settings(
        max_examples=histories,
        stateful_step_count=steps,
        phases=[Phase.reuse, Phase.generate],
        deadline=None,
        database=database.opened(sorted(move.name for move in moves)) if database else None,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        run_state_machine_as_test(seed(number)(walk), settings=chosen, _min_steps=steps)

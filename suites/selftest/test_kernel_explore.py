"""The walk: drawn moves never depend on answers, nothing raises, histories have full length."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest

from suites.kernel.declare import Action, Choice
from suites.kernel.explore import Examples, explore, machine

HISTORIES, STEPS = 6, 15


def nothing(_: object, __: object) -> None:
    """Find nothing: the walkers of these tests act on nothing."""


ORDINAL = Choice("anything", st.integers(0, 59), nothing, nothing)


def act(*_: object, **__: object) -> None:
    """Do nothing: the walkers of these tests perform no move."""


MOVES = (
    Action("log_in", act, {"user": ORDINAL}, weight=3),
    Action("log_out", act, {"session": ORDINAL}),
    Action("guess", act, {"how": st.sampled_from(["up", "down"]), "times": st.integers(1, 5)}),
)
Walks = list[list[tuple[str, dict[str, Any], int]]]


class Recorder:
    """Keeps what was drawn for one history."""

    def __init__(self, walks: Walks) -> None:
        self.moves: list[tuple[str, dict[str, Any], int]] = []
        walks.append(self.moves)
        self.closed = 0

    def step(
        self, action: Action, drawn: Mapping[str, Any], spot: int, place: int | None = None
    ) -> None:
        """Keep a move."""
        self.moves.append((action.name, dict(drawn), spot))

    def close(self) -> tuple[str, ...]:
        """Count the end."""
        self.closed += 1
        return ()


def walk(number: int, folder: Path | None = None) -> Walks:
    walks: Walks = []
    explore(
        MOVES,
        lambda: Recorder(walks),
        histories=HISTORIES,
        steps=STEPS,
        number=number,
        database=Examples(str(folder), "tests") if folder else None,
    )
    return walks


def test_every_history_has_its_full_length() -> None:
    walks = walk(1)
    assert len(walks) >= HISTORIES
    assert {len(moves) for moves in walks} == {STEPS}


def test_the_number_of_histories_is_kept() -> None:
    assert len(walk(1)) <= HISTORIES + 1


def test_the_same_seed_draws_the_same_moves() -> None:
    assert walk(7) == walk(7)
    assert walk(7) != walk(8)


def test_a_walk_that_finds_nothing_leaves_no_example_behind(tmp_path: Path) -> None:
    first = walk(7, tmp_path / "examples")
    assert walk(7, tmp_path / "examples") == first


def offered(*actions: Action) -> set[str]:
    """The rules of a machine that has these moves."""
    own = vars(machine(actions, lambda: Recorder([])))
    return {name for name in own if not name.startswith("_")} - {"teardown"}


def test_moves_are_offered_as_often_as_they_weigh() -> None:
    assert offered(*MOVES) == {
        *(f"move_000_log_in_{copy}" for copy in range(3)),
        "move_001_guess_0",
        "move_002_log_out_0",
    }


def test_a_move_without_weight_is_never_drawn() -> None:
    assert offered(Action("collect", act, {}, weight=0), MOVES[1]) == {"move_000_log_out_0"}


def test_every_history_is_closed_once() -> None:
    walks: Walks = []
    opened: list[Recorder] = []

    def begin() -> Recorder:
        opened.append(Recorder(walks))
        return opened[-1]

    explore(MOVES, begin, histories=HISTORIES, steps=STEPS, number=1)
    assert {recorder.closed for recorder in opened} == {1}


class Capricious(Recorder):
    """Stands for a target that answers differently each time, the same question included."""

    dice = random.SystemRandom()

    def step(
        self, action: Action, drawn: Mapping[str, Any], spot: int, place: int | None = None
    ) -> None:
        """Perform the move, or not, as the answers of the moment suggest."""
        super().step(action, drawn, spot)
        if self.dice.random() < 0.5:
            self.moves[-1] = ("not applicable", {}, 0)


def test_answers_that_differ_each_time_do_not_disturb_the_draws() -> None:
    walks: Walks = []
    for number in range(5):
        explore(MOVES, lambda: Capricious(walks), histories=5, steps=STEPS, number=number)
    assert {len(moves) for moves in walks} == {STEPS}


def test_what_a_history_finds_never_stops_the_walk() -> None:
    found: list[str] = []

    class Finding(Recorder):
        def step(
            self, action: Action, drawn: Mapping[str, Any], spot: int, place: int | None = None
        ) -> None:
            super().step(action, drawn, spot)
            found.append(action.name)

    walks: Walks = []
    explore(MOVES, lambda: Finding(walks), histories=HISTORIES, steps=STEPS, number=1)
    assert len(found) == len(walks) * STEPS


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    class Broken(Recorder):
        def step(
            self, action: Action, drawn: Mapping[str, Any], spot: int, place: int | None = None
        ) -> None:
            raise RuntimeError("a mistake")

    with pytest.raises(RuntimeError, match="a mistake"):
        explore(MOVES, lambda: Broken([]), histories=2, steps=3, number=1)

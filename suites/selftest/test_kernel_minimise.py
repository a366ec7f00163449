"""Minimising on steps: the shortest scenario, within the allowance, or an honest no."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from suites.kernel.minimise import REFERENCES, dependencies, minimise, renumber

Step = Mapping[str, Any]
Shows = Callable[[Sequence[Step]], bool]
PLENTY = 10_000


def read(number: int, session: str | None = None, **rest: Any) -> Step:
    """One step that makes nothing others speak of."""
    step: dict[str, Any] = {"as": f"s{number}", "do": "read", "mark": float(number), **rest}
    return step if session is None else {**step, "session": session}


def login(number: int, user: str = "alice") -> Step:
    """One step that opens a session."""
    return {"as": f"s{number}", "do": "log_in", "user": user, "mark": float(number)}


def marks(steps: Sequence[Step]) -> list[int]:
    return [step["mark"] for step in steps]


def needing(*wanted: int) -> Shows:
    """Show the violation while all these steps are there."""
    return lambda steps: set(wanted) <= set(marks(steps))


# -- reaching the minimum -------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [{2, 5}, {1}, {20}, {1, 20}, {9, 10, 11}, set(range(1, 21, 3))])
def test_unrelated_steps_are_reached_exactly(wanted: set[int]) -> None:
    steps = [read(number) for number in range(1, 21)]
    found, shown = minimise(steps, needing(*wanted), allowed=PLENTY)
    assert shown
    assert set(marks(found)) == wanted


def test_all_steps_stay_when_all_are_needed() -> None:
    steps = [read(number) for number in range(1, 8)]
    found, shown = minimise(steps, needing(*range(1, 8)), allowed=PLENTY)
    assert shown
    assert found == steps


def test_a_single_step_is_tried_as_it_is() -> None:
    assert minimise([read(1)], needing(1), allowed=PLENTY) == ([read(1)], True)


def test_the_order_of_what_is_left_is_kept() -> None:
    def in_order(steps: Sequence[Step]) -> bool:
        left = [mark for mark in marks(steps) if mark in {3, 7, 9}]
        return left == [3, 7, 9]

    found, shown = minimise([read(n) for n in range(1, 13)], in_order, allowed=PLENTY)
    assert shown
    assert marks(found) == [3, 7, 9]


def test_a_step_keeps_what_it_speaks_of() -> None:
    steps = [login(1), login(2, "bob"), read(3), read(4, "s2"), read(5, "s1"), read(6)]

    def shows(left: Sequence[Step]) -> bool:
        made = {step["as"] for step in left}
        assert all(step.get("session", "s1") in {*made, "s1"} for step in left)
        return any(step["mark"] == 4.0 and step.get("session") == "s2" for step in left)

    found, shown = minimise(steps, shows, allowed=PLENTY)
    assert shown
    assert found == [
        {**login(1, "bob"), "mark": 2.0},
        {**read(2, "s1"), "mark": 4.0},
    ]


def test_no_attempt_speaks_of_something_that_is_not_there() -> None:
    steps = [login(1), login(2), read(3, "s1"), read(4, "s2"), read(5, "s1"), login(6), read(7)]
    attempts: list[list[Step]] = []

    def shows(left: Sequence[Step]) -> bool:
        attempts.append(list(left))
        return needing(4)(left)

    minimise(steps, shows, about=["s1"], allowed=PLENTY)
    for left in attempts:
        for index, step in enumerate(left):
            if "session" in step:
                assert step["session"] in {s["as"] for s in left[:index]}


def test_a_history_is_first_cut_down_to_what_the_violation_is_about() -> None:
    steps = [login(1), login(2), *(read(n, "s1") for n in range(3, 20)), read(20, "s2")]
    lengths: list[int] = []

    def shows(left: Sequence[Step]) -> bool:
        lengths.append(len(left))
        return needing(2, 20)(left)

    found, shown = minimise(steps, shows, about=["s2"], allowed=PLENTY)
    assert shown
    assert marks(found) == [2, 20]
    assert lengths[0] == 2


def test_a_reference_moves_to_the_earliest_thing_that_still_shows_it() -> None:
    steps = [login(1), login(2), login(3), read(4, "s3")]

    def shows(left: Sequence[Step]) -> bool:
        return needing(1, 4)(left)

    found, shown = minimise(steps, shows, allowed=PLENTY)
    assert shown
    assert found == [login(1), {**read(2, "s1"), "mark": 4.0}]


# -- allowance, and what was not shown again ------------------------------------------------------


@pytest.mark.parametrize("allowed", [0, 1, 2, 5, 17])
def test_no_more_replays_than_allowed_are_spent(allowed: int) -> None:
    spent = 0

    def shows(steps: Sequence[Step]) -> bool:
        nonlocal spent
        spent += 1
        return needing(2, 19)(steps)

    steps = [read(number) for number in range(1, 21)]
    found, shown = minimise(steps, shows, allowed=allowed)
    assert spent <= allowed
    assert needing(2, 19)(found)
    assert shown or found == steps


def test_what_does_not_show_again_is_returned_whole_and_said_so() -> None:
    steps = [login(3), read(5, "s3")]
    assert minimise(steps, lambda _: False, about=["s3"], allowed=PLENTY) == (steps, False)


def test_nothing_is_not_even_tried() -> None:
    def shows(_: Sequence[Step]) -> bool:
        pytest.fail("an empty history was played")

    assert minimise([], shows, allowed=PLENTY) == ([], False)


# -- names ----------------------------------------------------------------------------------------


def test_steps_are_renumbered_as_a_reader_expects() -> None:
    steps = [
        {"as": "s4", "do": "log_in", "user": "s4"},
        {"as": "s9", "do": "log_in"},
        {"as": "s11", "do": "revoke", "session": "s4", "other": "s9.2"},
    ]
    assert renumber(steps) == [
        {"as": "s1", "do": "log_in", "user": "s4"},
        {"as": "s2", "do": "log_in"},
        {"as": "s3", "do": "revoke", "session": "s1", "other": "s2.2"},
    ]


def test_renumbering_leaves_the_original_steps_alone() -> None:
    steps = [{"as": "s4", "do": "log_in"}]
    renumber(steps)
    assert steps == [{"as": "s4", "do": "log_in"}]


def test_a_step_depends_on_what_it_names_directly_or_through_others() -> None:
    steps = [login(1), login(2), login(3), read(4, "s1"), {**read(5, "s4"), "other": "s2.1"}]
    assert marks(dependencies(steps, 4)) == [1, 2, 4, 5]
    assert marks(dependencies(steps, 2)) == [3]


# -- for every history ----------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Step], set[int]]:
    """Draw steps that speak of earlier ones, and some that the violation needs."""
    steps: list[Step] = []
    for number in range(1, draw(st.integers(1, 25)) + 1):
        step: dict[str, Any] = {"as": f"s{number}", "do": "move", "mark": float(number)}
        for key in REFERENCES:
            if number > 1 and draw(st.booleans()):
                step[key] = f"s{draw(st.integers(1, number - 1))}"
        steps.append(step)
    needed = draw(st.sets(st.integers(0, len(steps) - 1), min_size=1))
    return steps, needed


@given(histories(), st.lists(st.integers(1, 25).map(lambda n: f"s{n}"), max_size=3))
def test_the_result_is_exactly_what_is_needed_and_what_that_speaks_of(
    drawn: tuple[list[Step], set[int]], about: list[str]
) -> None:
    steps, needed = drawn
    wanted = [steps[index] for index in needed]
    closure = [s for s in steps if any(s in dependencies(steps, i) for i in needed)]

    def shows(left: Sequence[Step]) -> bool:
        return all(step in left for step in wanted)

    found, shown = minimise(steps, shows, about=about, allowed=PLENTY)
    assert shown
    assert found == renumber(closure)


def test_small_numbers_become_as_small_as_they_can() -> None:
    flood = {"as": "s1", "do": "flood", "logins": 9, "spot": 7}

    def shows(steps: Sequence[Mapping[str, Any]]) -> bool:
        return bool(steps) and steps[0]["logins"] >= 4

    found, shown = minimise([flood], shows, allowed=50)
    assert shown
    assert found == [{**flood, "logins": 4}]

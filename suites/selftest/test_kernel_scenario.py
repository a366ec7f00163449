"""Histories as data: reading them, performing them, and telling them in plain words."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from suites.kernel.declare import ACTIONS
from suites.kernel.examine import Examiner
from suites.kernel.ledger import Ledger
from suites.kernel.results import SCENARIO_SCHEMA, Scenario
from suites.kernel.scenario import ScenarioError, opens, perform, play, read, resolve, tell
from suites.selftest.declared import registries
from suites.selftest.toy import Toy, world_on

LOGIN = {"as": "s1", "do": "log_in", "user": "alice", "device": "laptop", "channel": "web"}
LOGOUT = {"as": "s2", "do": "log_out", "session": "s1"}


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    with registries():
        yield


def stored(*steps: Any, **rest: Any) -> dict[str, Any]:
    return {"schema": SCENARIO_SCHEMA, "steps": list(steps), **rest}


# -- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([], "s.json: `schema` must be 1"),
        ({}, "s.json: `schema` must be 1"),
        ({"schema": 2, "steps": [LOGIN]}, "s.json: `schema` must be 1"),
        ({"schema": 1}, "s.json: `steps` must be a list of at least one step"),
        (stored(), "s.json: `steps` must be a list of at least one step"),
        ({"schema": 1, "steps": {"a": 1}}, "s.json: `steps` must be a list of at least one step"),
        (stored("log_in"), "s.json: step 1 needs `as` and `do` (one of "),
        (stored(LOGIN, {"do": "log_out"}), "s.json: step 2 needs `as` and `do` (one of "),
        (stored(LOGIN, {"as": "s2", "do": "fly"}), "s.json: step 2 needs `as` and `do` (one of "),
        (stored(LOGIN, {"as": "s2", "do": ["log_out"]}), "s.json: step 2 needs `as` and `do`"),
        (
            stored(LOGIN, {"as": "s2", "do": "log_out_again", "session": "s1", "times": "two"}),
            "s.json: `times` of step 2 (log_out_again) is 'two'; write a whole number",
        ),
        (
            stored(LOGIN, {"as": "s2", "do": "log_out", "session": 1}),
            "s.json: `session` of step 2 (log_out) is 1; write text",
        ),
        (
            stored(LOGIN, {"as": "s2", "do": "log_out"}),
            "s.json: `session` of step 2 (log_out) is missing; write text",
        ),
    ],
)
def test_what_cannot_be_played_is_refused_in_words(document: object, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(document, "s.json")
    assert str(caught.value).startswith(told)


def test_a_refusal_lists_the_moves_that_exist() -> None:
    with pytest.raises(ScenarioError) as caught:
        read(stored({"as": "s1", "do": "fly"}), "s.json")
    assert all(name in str(caught.value) for name in ACTIONS)


def test_a_scenario_survives_its_journey_through_json() -> None:
    scenario = Scenario((LOGIN, LOGOUT), "SM-2.1", "logged_out_session_is_refused", "SM-2.1-abc")
    assert read(json.loads(json.dumps(scenario.to_json())), "s.json") == scenario
    bare = Scenario((LOGIN,))
    assert read(json.loads(json.dumps(bare.to_json())), "s.json") == bare


# -- telling --------------------------------------------------------------------------------------


def test_a_history_is_told_in_plain_words() -> None:
    assert tell([LOGIN, LOGOUT]) == (
        "log in alice on laptop (web) -> s1",
        "log out s1",
    )


def test_only_what_later_steps_can_name_is_named() -> None:
    assert opens(LOGIN)
    assert not opens(LOGOUT)
    assert not opens({"as": "s1", "do": "log_in_with_the_old_password"})


@pytest.mark.parametrize("name", ["log_in", "log_out", "refresh", "tamper", "flood", "revoke"])
def test_every_move_can_be_told(name: str) -> None:
    step = {"as": "s9", "do": name, **dict.fromkeys(ACTIONS[name].draws, "s1")}
    [line] = tell([step])
    assert "{" not in line
    assert "_" not in line


def test_all_moves_have_words_of_their_own() -> None:
    told = [a.told for a in ACTIONS.values()]
    assert len(set(told)) == len(told)
    for action in ACTIONS.values():
        action.told.format(**dict.fromkeys(action.draws, "x"))


# -- performing -----------------------------------------------------------------------------------


def test_a_step_is_performed_under_its_name() -> None:
    world = world_on(Toy())
    assert perform(world, {**LOGIN, "as": "s7"})
    assert list(world.model.sessions) == ["s7"]


def test_a_step_that_speaks_of_nothing_is_skipped() -> None:
    world = world_on(Toy())
    assert not perform(world, LOGOUT)
    assert not perform(world, {**LOGOUT, "session": "s9"})
    assert not perform(world, {"as": "s1", "do": "log_out"})
    assert world.model.events == []


def test_playing_returns_the_steps_that_could_be_played() -> None:
    world = world_on(Toy())
    examiner = Examiner((), Ledger(), world)
    missing = {**LOGOUT, "session": "s9"}
    assert play(world, examiner, [LOGIN, missing, LOGOUT]) == [LOGIN, LOGOUT]
    assert [event.kind for event in world.model.events] == ["login", "logout"]


def test_a_move_the_adapter_cannot_make_is_skipped() -> None:
    class Plain(Toy):
        change_password: Any = None

    world = world_on(Plain())
    assert perform(world, LOGIN)
    assert not perform(world, {"as": "s2", "do": "change_password", "session": "s1"})


def test_an_ordinal_becomes_a_name_only_when_the_step_runs() -> None:
    world = world_on(Toy())
    log_out = ACTIONS["log_out"]
    assert resolve(world, log_out, {"session": 5}) is None
    perform(world, LOGIN)
    perform(world, {**LOGIN, "as": "s2"})
    assert resolve(world, log_out, {"session": 5}) == {"session": "s2"}
    assert resolve(world, log_out, {"session": 4}) == {"session": "s1"}


def test_what_is_drawn_plainly_is_handed_on_as_it_is() -> None:
    world = world_on(Toy())
    perform(world, LOGIN), perform(world, LOGOUT)
    again = ACTIONS["log_out_again"]
    assert resolve(world, again, {"session": 0, "times": 3}) == {"session": "s1", "times": 3}

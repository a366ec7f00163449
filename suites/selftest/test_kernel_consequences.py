"""What acknowledged events mean for the model, under each declared policy."""

from typing import Any

import pytest

from adapters.contract import Kind, Refused, fresh_device
from suites.kernel.declare import Moment
from suites.kernel.model import Credential, State
from suites.kernel.select import companions_of
from suites.kernel.world import World
from suites.selftest.toy import Toy, ended_by, log_in, world_on


def standing(world: World) -> dict[str, str]:
    """The state of what stands for each session."""
    return {s.name: s.sure.state.value for s in world.model.sessions.values()}


# -- logins ---------------------------------------------------------------------------------------


def test_a_login_opens_a_session_that_is_seen_alive() -> None:
    world = world_on(Toy())
    session = log_in(world)
    assert session.live
    assert session.sure.proven
    assert session.name == "s1"


def test_a_refused_login_opens_nothing() -> None:
    toy = Toy()
    world = world_on(toy)
    toy.passwords["alice"] = "another"
    assert world.login("alice") is None
    assert not world.model.sessions
    assert isinstance(world.model.events[-1].answer, Refused)


def test_the_api_login_brings_an_access_and_a_refresh_token() -> None:
    session = log_in(world_on(Toy()), channel="api")
    assert [c.kind for c in session.credentials] == [Kind.ACCESS, Kind.REFRESH]


def test_a_login_over_a_living_session_believes_what_the_target_shows() -> None:
    world = world_on(Toy())
    first = log_in(world)
    second = log_in(world, client=first.device, carried="own session", over=first)
    assert first.live
    assert second.live
    assert second.former is first


def test_a_login_that_ends_the_session_it_is_made_over_is_believed_too() -> None:
    class Replacing(Toy):
        def login(self, user: Any, device: Any, *, channel: str, node: int) -> Any:
            old = self._value((), device, channel)
            answer = super().login(user, device, channel=channel, node=node)
            self._drop(old or "")
            return answer

    world = world_on(Replacing())
    first = log_in(world)
    log_in(world, client=first.device, carried="own session", over=first)
    assert standing(world) == {"s1": "dead", "s2": "live"}
    assert first.sure.cause == "login over it"


def test_a_login_that_keeps_the_identifier_moves_it_to_the_new_session() -> None:
    world = world_on(Toy(wrong=["login keeps"]))
    first = log_in(world)
    second = log_in(world, "bob", client=first.device, carried="foreign session", over=first)
    assert second.sure.kept
    assert first.sure.state is not State.LIVE
    assert [c.value for c in second.credentials] == [first.sure.value]


# -- logout ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("session", {"s1": "dead", "s2": "live", "s3": "live", "s4": "live"}),
        ("device", {"s1": "dead", "s2": "dead", "s3": "live", "s4": "live"}),
        ("all", {"s1": "dead", "s2": "dead", "s3": "dead", "s4": "live"}),
    ],
)
def test_logout_ends_what_its_scope_covers(scope: str, expected: dict[str, str]) -> None:
    world = world_on(Toy(), logout__scope=scope)
    first = log_in(world)
    log_in(world), log_in(world, device="phone"), log_in(world, "bob")
    event = world.logout(first)
    assert standing(world) == expected
    assert {s.name for s in event.spares} == {n for n, state in expected.items() if state == "live"}
    assert first.sure.cause == "logout"


@pytest.mark.parametrize(("kills", "state"), [(True, State.DEAD), (False, State.EITHER)])
def test_logout_ends_the_refresh_token_where_declared(kills: bool, state: State) -> None:
    world = world_on(Toy(), logout__kills_refresh=kills)
    session = log_in(world, channel="api")
    world.logout(session)
    assert session.current(Kind.REFRESH)[0].state is state


def test_a_logout_that_was_not_acknowledged_is_not_believed() -> None:
    world = world_on(Toy(wrong=["logout refuses", "logout keeps"]))
    session = log_in(world)
    world.logout(session)
    assert session.live
    assert session.ended is None


def test_after_a_refused_logout_that_ended_the_session_nothing_is_claimed() -> None:
    world = world_on(Toy(wrong=["logout refuses"]))
    session = log_in(world)
    world.logout(session)
    assert session.sure.state is State.EITHER
    assert ended_by(world, "logout") == []


def test_logging_out_twice_keeps_the_first_cause() -> None:
    world = world_on(Toy())
    session = log_in(world)
    world.logout(session)
    world.logout(session)
    assert [e.kind for e in world.model.events[-2:]] == ["logout", "repeated logout"]
    assert session.ended is world.model.events[-2]


# -- password change ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("others", {"s1": "live", "s2": "dead", "s3": "live"}),
        ("all", {"s1": "dead", "s2": "dead", "s3": "live"}),
        ("none", {"s1": "live", "s2": "live", "s3": "live"}),
        ("offered", {"s1": "live", "s2": "live", "s3": "live"}),
    ],
)
def test_password_change_ends_what_its_scope_covers(scope: str, expected: dict[str, str]) -> None:
    world = world_on(Toy(), password_change__scope=scope)
    first = log_in(world)
    log_in(world, device="phone"), log_in(world, "bob")
    event = world.change_password(first)
    assert standing(world) == expected
    assert event.acknowledged


def test_password_change_ends_the_callers_old_identifier() -> None:
    world = world_on(Toy())
    session = log_in(world)
    old = session.sure
    world.change_password(session)
    assert (old.state, old.cause) == (State.DEAD, "change_password")
    assert session.sure is not old
    assert session.sure.proven
    assert ended_by(world, "change_password") == [old.name]


def test_without_declared_rotation_the_old_identifier_may_live() -> None:
    world = world_on(Toy(), password_change__rotates_current=False)
    session = log_in(world)
    old = session.sure
    world.change_password(session)
    assert old.state is State.EITHER


def test_the_new_password_is_the_one_that_logs_in() -> None:
    toy = Toy()
    world = world_on(toy)
    before = toy.passwords["alice"]
    world.change_password(log_in(world))
    assert toy.passwords["alice"] != before
    assert log_in(world).live


def test_a_refused_password_change_changes_nothing() -> None:
    toy = Toy()
    world = world_on(toy)
    session = log_in(world)
    known = world.user("alice").password
    toy.passwords["alice"] = "changed behind our back"
    world.change_password(session)
    assert world.user("alice").password == known
    assert session.live


# -- concurrency ----------------------------------------------------------------------------------


@pytest.mark.parametrize("victim", ["oldest", "lru"])
def test_the_login_beyond_the_limit_evicts_the_declared_victim(victim: str) -> None:
    toy = Toy(limit=2)
    toy.victim = victim
    world = world_on(toy, concurrency={"mode": "evict", "max": 2, "victim": victim})
    first, second = log_in(world), log_in(world, device="phone")
    world.read(first)
    third = log_in(world, device="tablet")
    gone, spared = (first, second) if victim == "oldest" else (second, first)
    assert (gone.sure.state, gone.sure.cause) == (State.DEAD, "evict")
    assert spared.live
    assert third.opened.evicts is gone
    assert third.opened.surplus
    assert gone.sure.value not in toy.entries
    assert spared.sure.value in toy.entries


def test_the_model_and_the_target_agree_who_was_not_used_for_longest() -> None:
    toy = Toy(limit=2)
    world = world_on(toy, concurrency={"mode": "evict", "max": 2, "victim": "lru"})
    first, second = log_in(world), log_in(world, device="phone")
    for look in (first, first, second):
        world.bench.replay(look)
    mine = sorted((first, second), key=lambda s: s.used)
    assert [s.sure.value for s in mine] == toy.order("alice")


def test_within_the_limit_nobody_is_evicted() -> None:
    world = world_on(Toy(limit=3), concurrency={"mode": "evict", "max": 3})
    for device in ("laptop", "phone", "tablet"):
        assert not log_in(world, device=device).opened.surplus
    assert set(standing(world).values()) == {"live"}


def test_the_login_beyond_the_limit_is_blocked() -> None:
    world = world_on(Toy(limit=1, mode="block"), concurrency={"mode": "block", "max": 1})
    first = log_in(world)
    assert world.login("alice", "phone") is None
    event = world.model.events[-1]
    assert event.surplus
    assert event.evicts is None
    assert event.spares == [first]


def test_without_a_declared_limit_nobody_is_evicted() -> None:
    world = world_on(Toy())
    for _ in range(4):
        log_in(world)
    assert set(standing(world).values()) == {"live"}


# -- ending many, ending one ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "spares", "own"),
    [
        ({"revoke_all__includes_current": True}, False, "dead"),
        ({"revoke_all__includes_current": False}, True, "live"),
        ({}, False, "either"),
        ({}, True, "live"),
    ],
)
def test_logout_everywhere_and_the_callers_own_session(
    declared: dict[str, bool], spares: bool, own: str
) -> None:
    world = world_on(Toy(wrong=["revoke spares the caller"] if spares else []), **declared)
    first = log_in(world)
    log_in(world, device="phone"), log_in(world, "bob")
    world.revoke_all(first)
    assert standing(world) == {"s1": own, "s2": "dead", "s3": "live"}


def test_revoking_a_handle_ends_that_session_only() -> None:
    world = world_on(Toy())
    first, second, third = log_in(world), log_in(world, device="phone"), log_in(world, "bob")
    world.list_sessions(second)
    assert second.handle is not None
    event = world.revoke(first, second.handle, second)
    assert standing(world) == {"s1": "live", "s2": "dead", "s3": "live"}
    assert event.kind == "revoke"
    assert {s.name for s in event.spares} == {first.name, third.name}


def test_a_foreign_handle_ends_nothing_in_the_model() -> None:
    world = world_on(Toy())
    first, other = log_in(world), log_in(world, "bob")
    world.list_sessions(other)
    assert other.handle is not None
    event = world.revoke(first, other.handle, other)
    assert event.kind == "foreign revoke"
    assert other.live


# -- refresh --------------------------------------------------------------------------------------


def companions(world: World) -> list[Credential]:
    picked = companions_of("logout").pick(Moment(world.model, (), final=True))
    return [subject.value for subject in picked]


def test_a_rotated_refresh_token_is_dead_and_the_old_access_token_may_live() -> None:
    world = world_on(Toy())
    session = log_in(world, channel="api")
    access, refresh = session.credentials
    world.refresh(session)
    assert (refresh.state, refresh.cause) == (State.DEAD, "rotation")
    assert access.state is State.EITHER
    assert session.sure.generation == 1
    assert session.sure.proven
    assert session.rotations == 1


def test_the_end_of_a_session_takes_every_generation_with_it() -> None:
    world = world_on(Toy())
    session = log_in(world, channel="api")
    for _ in range(3):
        world.refresh(session)
    world.logout(session)
    assert [c.generation for c in companions(world)] == [0, 1, 2, 3]
    assert {c.cause for c in session.credentials} == {"logout"}


def test_a_refused_refresh_changes_nothing() -> None:
    toy = Toy()
    world = world_on(toy)
    session = log_in(world, channel="api")
    toy.spent.clear()
    event = world.refresh(session)
    assert not event.acknowledged
    assert session.live
    assert session.rotations == 0


def test_a_login_is_made_from_a_client_of_its_own() -> None:
    world = world_on(Toy())
    first, second = log_in(world), log_in(world)
    assert first.device is not second.device
    assert first.sure.value != second.sure.value
    assert len(fresh_device().jar) == 0

"""The control of every claim about the dead: their owner was recognised just before the event."""

from typing import Any

from suites.selftest.toy import Toy, ended_by, log_in, world_on


def test_a_session_is_looked_at_just_before_its_logout() -> None:
    toy = Toy()
    world = world_on(toy)
    session = log_in(world)
    toy.asked.clear()
    world.bench.stale()
    world.logout(session)
    assert toy.asked == [session.sure.value]


def test_a_session_that_was_lost_before_its_logout_proves_nothing() -> None:
    toy = Toy()
    world = world_on(toy)
    session = log_in(world)
    toy.lose("alice")
    world.bench.stale()
    world.logout(session)
    assert ended_by(world, "logout") == []


def test_a_renewed_session_that_was_lost_before_its_logout_proves_nothing() -> None:
    toy = Toy()
    world = world_on(toy)
    session = log_in(world, channel="api")
    world.refresh(session)
    toy.lose("alice")
    world.bench.stale()
    world.logout(session)
    assert ended_by(world, "logout") == []


def test_a_session_that_could_not_be_looked_at_before_its_logout_proves_nothing() -> None:
    class Moody(Toy):
        def logout(self, *held: Any, **lane: Any) -> Any:
            self.silent = False
            return super().logout(*held, **lane)

    toy = Moody()
    world = world_on(toy)
    session = log_in(world)
    world.bench.stale()
    toy.silent = True
    world.logout(session)
    assert ended_by(world, "logout") == []


def test_a_wider_logout_looks_at_every_session_it_ends() -> None:
    toy = Toy()
    world = world_on(toy, logout__scope="all")
    first, second = log_in(world), log_in(world, device="phone")
    toy._drop(second.sure.value)
    world.bench.stale()
    world.logout(first)
    assert ended_by(world, "logout") == [first.sure.name]


def test_an_eviction_proves_nothing_of_a_session_that_was_lost_before() -> None:
    toy = Toy()
    world = world_on(toy, concurrency={"mode": "evict", "max": 1})
    log_in(world)
    toy.lose("alice")
    world.bench.stale()
    log_in(world)
    assert ended_by(world, "evict") == []

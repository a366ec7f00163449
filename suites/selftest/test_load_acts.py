"""Floods and guesses as acts: what is ordered, what bystanders are asked, what is not done."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from adapters.contract import Acknowledged, Answer, Count, Device, Seen, User
from suites.kernel import flooding
from suites.kernel.flooding import DURING, LOGINS, MADE_UP, VISITS, Flood
from suites.kernel.guessing import AT_LOGIN, IDENTIFIERS, NOTHING, VALID
from suites.kernel.load import Loading, Order, Sent
from suites.kernel.policy import Policy
from suites.kernel.world import World
from suites.selftest.toy import Toy, log_in, world_on


class Visited(Toy):
    """A toy that can be visited, and that counts."""

    def pre_auth(self, device: Device, *, channel: str, node: int) -> Answer:
        """Answer a visit with nothing."""
        return Acknowledged()

    def session_count(self, *, node: int) -> Count:
        """Count what is open."""
        return Count(len(self.entries))

    def before_call(self) -> None:
        """Stop nothing."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flooding, "SHORTEST_SECONDS", 0.5)


class Made:
    """An engine that sends nothing, and does to the target what a test wants it to."""

    def __init__(self, then: Callable[[], None] = lambda: None, share: float = 1.0) -> None:
        self.then, self.share = then, share
        self.orders: list[Order] = []

    def __call__(self, order: Order, meanwhile: Callable[[bool], None]) -> Sent:
        """Keep the order, and let everybody look."""
        self.orders.append(order)
        meanwhile(False)
        self.then()
        until = time.monotonic() + order.seconds
        while time.monotonic() < until:
            meanwhile(True)
        return Sent({"answered": int(self.share * order.requests)}, 1.0, "300 of 400 were sent")


def flooded(world: World, kind: str, engine: Made) -> Flood:
    world.loading = Loading("shop.yaml", 2)
    event = world.flood(kind, ("web", "api"), engine)
    found: Flood = event.extra
    return found


def quick(toy: Toy, **policy: object) -> World:
    return world_on(toy, load__max_requests=140, load__max_rps=100_000, **policy)


@pytest.mark.parametrize("kind", [VISITS, LOGINS, MADE_UP])
def test_bystanders_are_looked_at_while_a_flood_goes_on(kind: str) -> None:
    engine = Made()
    found = flooded(quick(Visited()), kind, engine)
    assert found.why == ""
    assert found.during >= 20
    assert {witness.session.user for witness in found.witnesses} >= {"alice", "bob"}
    assert not any(w.dead or w.mixed or not w.back for w in found.witnesses)
    order = engine.orders[0]
    assert (order.requests, order.per_second, order.workers) == (100, 200.0, 2)
    assert [user["name"] for user in order.users] == (["mallory"] if kind == LOGINS else [])
    assert bool(order.shapes) == (kind == MADE_UP)


def test_a_made_up_value_is_none_that_was_issued() -> None:
    toy, engine = Visited(), Made()
    flooded(quick(toy), MADE_UP, engine)
    assert not {shape["value"] for shape in engine.orders[0].shapes} & set(toy.entries)


def test_a_session_that_a_flood_ends_is_noticed_and_no_more_is_claimed_of_it() -> None:
    toy = Visited()
    world = quick(toy)
    found = flooded(world, VISITS, Made(lambda: toy.lose("bob")))
    assert {w.session.user for w in found.witnesses if w.dead == DURING} == {"bob"}
    assert not world.model.live_sessions("bob")
    assert world.model.live_sessions("alice")
    assert found.figures.lost == 2


@pytest.mark.parametrize(
    ("bound", "share", "why"),
    [
        (139, 1.0, "load.max_requests is 139, and a flood that tells anything needs 140"),
        (140, 0.5, "300 of 400 were sent"),
    ],
)
def test_what_is_no_flood_says_so(bound: int, share: float, why: str) -> None:
    world = world_on(Visited(), load__max_requests=bound, load__max_rps=100_000)
    assert flooded(world, VISITS, Made(share=share)).why == why


class Counted(Made):
    """An engine that counts the looks meanwhile."""

    def __init__(self, toy: "Looked") -> None:
        super().__init__()
        self.toy = toy
        self.looks: list[int] = []

    def __call__(self, order: Order, meanwhile: Callable[[bool], None]) -> Sent:
        """Keep the order, and let everybody look for a while."""
        before = self.toy.looks
        sent = super().__call__(order, meanwhile)
        self.looks.append(self.toy.looks - before)
        return sent


class Looked(Visited):
    """A toy that counts the looks at its sessions."""

    looks = 0

    def probe(self, *held: Any, **how: Any) -> Seen:
        """Count one look."""
        self.looks += 1
        return super().probe(*held, **how)


@pytest.mark.parametrize(("bound", "made", "requests"), [(350, 2, 100), (1200, 8, 110)])
def test_the_floods_of_a_run_and_their_bystanders_stay_within_the_bounds_together(
    bound: int, made: int, requests: int
) -> None:
    loading, toy = Loading("shop.yaml"), Looked()
    engine, why = Counted(toy), ""
    while not why:
        world = world_on(toy, load__max_requests=bound, load__max_rps=1000)
        world.loading = loading
        why = world.flood(VISITS, ("web", "api"), engine).extra.why
    sent = sum(order.requests for order in engine.orders) + sum(engine.looks)
    assert sent <= bound
    assert why == (
        f"load.max_requests is {bound}, of which earlier floods took {sent}, and a flood that "
        "tells anything needs 140"
    )
    assert [order.requests for order in engine.orders[:made]] == [requests] * made
    for order, looks in zip(engine.orders, engine.looks, strict=True):
        assert looks >= 20
        assert order.requests + looks <= 1000 * order.seconds * 1.001


def test_a_channel_without_visits_is_not_flooded_with_them() -> None:
    engine, toy = Made(), Visited()
    toy.pre_auth = None  # type: ignore[method-assign,assignment]
    assert "pre_auth" in flooded(quick(toy), VISITS, engine).why
    assert engine.orders == []


def test_two_accounts_are_too_few_for_a_flood_of_logins() -> None:
    world = quick(Visited())
    users: dict[str, User] = {name: world.model.users[name] for name in ("alice", "bob")}
    world.model.users = users
    assert "account beside" in flooded(world, LOGINS, Made()).why
    assert flooded(world, MADE_UP, Made()).why == ""


# -- guesses --------------------------------------------------------------------------------------


def test_guesses_exceed_the_limit_and_the_owner_is_looked_at() -> None:
    world = quick(Toy(), throttle__max_invalid=5)
    mine, other = log_in(world, channel="api"), log_in(world, "mallory", channel="api")
    found = world.guess(IDENTIFIERS, VALID, mine, other).extra
    assert (found.made, found.slowed, found.why) == (7, None, "")
    assert found.alive.identity == "alice"
    assert isinstance(found.renewed, Acknowledged)


@pytest.mark.parametrize(
    ("policy", "what", "why"),
    [
        ({"load__max_requests": 20}, IDENTIFIERS, "load.max_requests is 20, and 20 guesses"),
        ({}, AT_LOGIN, "throw-away accounts only"),
        (
            {"throttle__max_invalid": 5, "throttle__scope": "account"},
            IDENTIFIERS,
            "throttle.scope is account",
        ),
    ],
)
def test_guesses_that_would_say_nothing_or_harm_are_not_made(
    policy: dict[str, object], what: str, why: str
) -> None:
    toy = Toy()
    world = world_on(toy, **{"load__max_requests": 400, "load__max_rps": 100_000, **policy})
    mine = log_in(world, channel="web")
    found = world.guess(what, NOTHING, mine, mine).extra
    assert why in found.why
    assert found.made == 0


def test_the_bounds_have_the_defaults_of_the_catalogue() -> None:
    policy = Policy({})
    assert (policy["load.max_requests"], policy["load.max_rps"]) == (2000, 50)

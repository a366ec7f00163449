"""People who log in by a link or in two steps, and those who use such values once more."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import World, action
from suites.machines.authority_life import RESETS
from suites.machines.choices import CHANNELS, DEVICE, USERS

Step = Mapping[str, Any]

LINKS = {"request_link", "read_link", "login_with_link"}
STEPS = {"login_first_factor", "login_second_factor"}


@action(needs=LINKS, user=USERS, told="somebody asks for a login link of {user}")
def ask_link(world: World, user: str) -> None:
    """Ask for a login link from a client that holds nothing."""
    world.ask_link(user)


@action(
    needs=LINKS, user=USERS, device=DEVICE, told="log in {user} on {device} by a link", weight=2
)
def log_in_by_link(world: World, user: str, device: str) -> None:
    """Use the newest login link."""
    world.login_by_link(user, device)


@action(
    needs=LINKS,
    user=USERS,
    which=st.integers(0, 3),
    told="use a used login link of {user} again, number {which}",
    hostile=True,
)
def replay_link(world: World, user: str, which: int) -> None:
    """Use a login link that has been used; 0 is the first one."""
    world.replay_link(user, which)


@action(needs=LINKS | {"advance"}, user=USERS, told="use a login link of {user} too late", weight=0)
def use_link_late(world: World, user: str) -> None:
    """Let the lifetime of a login link go by, and use it."""
    world.use_link_late(user)


@action(needs=RESETS, user=USERS, told="use the reset token of {user} again")
def reuse_reset(world: World, user: str) -> None:
    """Set one more password with a reset token that has been used."""
    world.reuse_reset(user)


@action(
    needs=RESETS | {"advance"}, user=USERS, told="use a reset token of {user} too late", weight=0
)
def use_reset_late(world: World, user: str) -> None:
    """Let the lifetime of a reset token go by, and set a password with it."""
    world.use_reset_late(user)


@action(
    needs=STEPS,
    user=USERS,
    other=USERS,
    channel=CHANNELS,
    told="log in {user} with the second factor of {other}",
    hostile=True,
)
def lend_factor(world: World, user: str, other: str, channel: str) -> None:
    """Complete the login of one account with the second factor of another."""
    if world.bench.adapter.offers_in(world.lane(channel).channel) >= STEPS:
        world.lend_factor(user, other, channel)


def one_time(offers: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for the channels that have values good for one use."""
    first = next(iter(offers))
    ask, enter = {"do": "ask_link", "user": "alice"}, {"do": "log_in_by_link", "user": "alice"}
    again = {"do": "replay_link", "user": "alice", "which": 0}
    if "login_with_link" in offers[first]:
        enter = {**enter, "device": "laptop"}
        late = {"do": "use_link_late", "user": "alice"}
        yield "replay", _steps(ask, enter, again, ask, again, enter, {**again, "which": 1}, late)
    if "finish_reset" in offers[first]:
        moves = ("ask_reset", "finish_reset", "reuse_reset", "use_reset_late")
        yield "replay", _steps(*({"do": name, "user": "alice"} for name in moves))
    for channel, able in offers.items():
        if able >= STEPS:
            lent = {"do": "lend_factor", "user": "bob", "other": "alice", "channel": channel}
            yield "hijacking", _steps(lent)


def _steps(*moves: Step) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

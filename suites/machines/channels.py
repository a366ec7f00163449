"""People who use one account through several entry points, one after the other."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.kernel.crossing import CHANGED, OUT, WAYS
from suites.machines.choices import CHANNELS, LIVE, USERS

Step = Mapping[str, Any]

SEVERAL = "channels"
EXCHANGES = "exchange"


@action(needs={SEVERAL}, session=LIVE, channel=CHANNELS, told="{session} is used through {channel}")
def read_through(world: World, session: Session, channel: str) -> None:
    """Present a living session through the entry point of another channel."""
    world.read_through(session, channel)


@action(
    needs={SEVERAL, EXCHANGES},
    session=LIVE,
    channel=CHANNELS,
    told="exchange {session} for one on {channel}",
)
def log_in_by_exchange(world: World, session: Session, channel: str) -> None:
    """Open a session on another channel with a living one."""
    if channel != session.channel:
        world.exchange(session, channel)


@action(
    needs={SEVERAL},
    user=USERS,
    how=st.sampled_from(sorted(WAYS)),
    told="log {user} in on every channel, then {how}",
    weight=0,
)
def compare_channels(world: World, user: str, how: str) -> None:
    """Open sessions on every channel and end them all in one way."""
    world.compare_channels(user, how)


@action(
    needs={SEVERAL, EXCHANGES, "revoke_all"},
    user=USERS,
    channel=CHANNELS,
    told="exchange a session of {user} for one on {channel}, then log out everywhere",
    weight=0,
)
def compare_exchanged(world: World, user: str, channel: str) -> None:
    """End an exchanged session together with one of a plain login."""
    world.compare_exchanged(user, channel)


def across(
    offers: Mapping[str, frozenset[str]], entries: Mapping[str, object]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) in which one account is used through several channels.

    Args:
        offers: the operations that each channel has.
        entries: what tells the entry point of each channel from that of another one.
    """
    if len(offers) == 1:
        return
    compare = {"do": "compare_channels", "user": "alice"}
    yield "concurrency", _steps(*({**compare, "how": how} for how in (OUT, CHANGED)))
    log_in = {"do": "log_in", "user": "alice"}
    for channel, able in offers.items():
        through = [
            {"do": "read_through", "session": "s1", "channel": other}
            for other in offers
            if entries[other] != entries[channel]
        ]
        mine = {**log_in, "device": "laptop", "channel": channel}
        if through:
            yield "replay", _steps(mine, *through, {"do": "log_out", "session": "s1"})
        if EXCHANGES in able:
            exchanged = {"do": "compare_exchanged", "user": "alice", "channel": channel}
            yield "concurrency", _steps(exchanged)


def _steps(*moves: Step) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

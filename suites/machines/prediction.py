"""What nodes issue beside each other, and after they were restarted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import hypothesis.strategies as st

from suites.kernel import World, action
from suites.machines.choices import CHANNELS, USERS

Step = Mapping[str, Any]
MOST = 60
"""Logins on each node: enough to meet what another node issued."""


@action(
    needs={"nodes"},
    user=USERS,
    channel=CHANNELS,
    count=st.integers(1, MOST),
    told="log {user} in and out {count} times on every node",
    weight=0,
)
def collect_on_every_node(world: World, user: str, channel: str, count: int) -> None:
    """Gather identifiers of one node after the other."""
    world.sample_nodes(user, channel, count)


@action(
    needs={"restart"},
    user=USERS,
    channel=CHANNELS,
    told="restart all nodes together, and log {user} in and out, several times",
    weight=0,
)
def collect_after_restarts(world: World, user: str, channel: str) -> None:
    """Gather the first identifiers after restarts."""
    world.sample_restarts(user, channel)


def predictable(
    channels: Sequence[str], count: int, capabilities: Collection[str]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for a target with several nodes, or with restarts.

    Args:
        count: how many identifiers a run collects.
    """
    said = {"as": "s1", "spot": 0, "node": 0, "user": "alice"}
    for channel in channels if "nodes" in capabilities else ():
        collecting = {"do": "collect_on_every_node", "count": min(count, MOST)}
        yield "hijacking", [{**said, **collecting, "channel": channel}]
    # Every restart takes a while, and all that a node issues is usually drawn from one place.
    for channel in channels[:1] if "restart" in capabilities else ():
        yield "hijacking", [{**said, "do": "collect_after_restarts", "channel": channel}]

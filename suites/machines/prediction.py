"""What nodes issue beside each other, and after they were restarted."""

from collections.abc import Collection, Iterator, Mapping
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
    channels: Collection[str], count: int, capabilities: Collection[str]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for every channel of a target with nodes, or with restarts.

    Args:
        count: how many identifiers a run collects.
    """
    for channel in channels:
        said = {"as": "s1", "spot": 0, "node": 0, "user": "alice", "channel": channel}
        if "nodes" in capabilities:
            yield "hijacking", [{**said, "do": "collect_on_every_node", "count": min(count, MOST)}]
        if "restart" in capabilities:
            yield "hijacking", [{**said, "do": "collect_after_restarts"}]

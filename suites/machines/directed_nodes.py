"""Several nodes of one target: what one does must hold on the others, and survive a restart."""

from collections.abc import Iterator, Mapping
from typing import Any

from suites.kernel import Session, World, action
from suites.machines.choices import LIVE

Step = Mapping[str, Any]
TWICE = 2
"""How often each way of ending a session is measured on each node and channel."""


@action(needs={"nodes"}, told="wait until the nodes must agree", weight=0)
def let_nodes_agree(world: World) -> None:
    """Let the declared time pass in which nodes may differ."""
    world.let_nodes_agree()


@action(needs={"nodes"}, session=LIVE, told="log out {session}, and watch every node", weight=0)
def log_out_watched(world: World, session: Session) -> None:
    """Log out, and measure how long each node still knows the session."""
    world.log_out_watched(session)


@action(needs={"nodes", "restart"}, told="restart", weight=0)
def restart(world: World) -> None:
    """Restart the node that the step names."""
    world.restart()


class _Story:
    """Steps on nodes, each followed by the time in which nodes may differ, where there is one."""

    def __init__(self, channel: str, *, waiting: bool) -> None:
        self.channel = channel
        self._waiting = waiting
        self.steps: list[Step] = []

    def on(self, node: int, do: str, *, ends: bool = False, **facts: Any) -> str:
        """Add a step on a node, and return its name."""
        name = f"s{len(self.steps) + 1}"
        self.steps.append({"as": name, "do": do, "spot": 0, "node": node, **facts})
        if ends and self._waiting:
            self.on(node, "let_nodes_agree")
        return name

    def log_in(self, node: int, *, user: str = "alice", device: str = "laptop") -> str:
        """Add a login, and return the name of its session."""
        said = {"user": user, "device": device, "channel": self.channel}
        return self.on(node, "log_in", ends=True, **said)

    def read(self, node: int, session: str) -> None:
        """Add a use of a session."""
        self.on(node, "read", session=session, probe="first")


def on_nodes(
    channels: tuple[str, ...], nodes: int, *, waiting: bool
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for every channel of a target with several nodes.

    Args:
        waiting: whether the declared policy gives the nodes time to agree.
    """
    for channel in channels:
        for last in range(1, nodes):
            yield "replay", _ends(_Story(channel, waiting=waiting), 0, last)
        yield "replay", _changes(_Story(channel, waiting=waiting), nodes - 1)
        yield "fixation", _plants(_Story(channel, waiting=waiting), nodes - 1)
        yield "replay", _restarts(_Story(channel, waiting=waiting), nodes)
    for channel in channels:
        yield "replay", _measured(_Story(channel, waiting=waiting), nodes)


def _ends(story: _Story, first: int, other: int) -> list[Step]:
    mine = story.log_in(first)
    story.read(other, mine)
    story.on(first, "log_out", session=mine, ends=True)
    spare = story.log_in(other, user="bob")
    story.read(first, spare)
    story.on(first, "log_out", session=spare, ends=True)
    return story.steps


def _changes(story: _Story, other: int) -> list[Step]:
    mine, second = story.log_in(0), story.log_in(other, device="phone")
    story.on(other, "refresh", session=mine, channel=story.channel, ends=True)
    story.read(0, mine)
    story.on(0, "refresh", session=mine, channel=story.channel, ends=True)
    story.on(other, "change_password", session=second, ends=True)
    third = story.log_in(0, device="tablet")
    story.on(other, "revoke", session=second, other=third, ends=True)
    story.log_in(0, device="desktop")
    story.on(other, "log_out_everywhere", session=second, ends=True)
    return story.steps


def _plants(story: _Story, other: int) -> list[Step]:
    said = {"user": "alice", "channel": story.channel}
    mine = story.on(0, "log_in_with_planted_visit", ends=True, **said)
    story.read(other, mine)
    story.on(0, "log_out", session=mine, ends=True)
    return story.steps


def _restarts(story: _Story, nodes: int) -> list[Step]:
    mine, spare = story.log_in(0), story.log_in(0, user="bob")
    for node in range(nodes):
        story.read(node, mine)
    story.on(0, "log_out", session=mine, ends=True)
    for node in range(nodes):
        story.on(node, "restart")
        story.read(node, spare)
        story.log_in(node, device="phone")
    story.on(0, "restart")
    story.log_in(0, device="tablet")
    return story.steps


def _measured(story: _Story, nodes: int) -> list[Step]:
    for node in range(nodes):
        for _ in range(TWICE):
            mine = story.log_in(node)
            story.on((node + 1) % nodes, "log_out_watched", session=mine, ends=True)
    return story.steps

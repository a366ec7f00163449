"""People who hold nothing of a session and would rather that others had none."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import World, action
from suites.kernel.families import THIEF
from suites.machines.choices import CHANNELS, USERS

Step = Mapping[str, Any]

FEW, MANY = 3, 6


@action(
    user=USERS,
    channel=CHANNELS,
    times=st.integers(FEW, MANY),
    told="a stranger tries {times} wrong passwords of {user}",
    hostile=True,
)
def guess_passwords(world: World, user: str, channel: str, times: int) -> None:
    """Try wrong passwords of somebody else, as many as may lock the account."""
    world.guess_passwords(user, times, channel)


def strangers(channels: tuple[str, ...]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) in which victims are alive on several devices meanwhile."""
    used = {"do": "present_a_used_refresh_token", "by": THIEF, "wait": True}
    for channel in channels:
        other = channels[(channels.index(channel) - 1) % len(channels)]
        lives = [
            {"do": "log_in", "user": "alice", "device": "laptop", "channel": channel},
            {"do": "log_in", "user": "alice", "device": "phone", "channel": other},
            {"do": "log_in", "user": "bob", "device": "laptop", "channel": channel},
        ]
        acts: list[dict[str, Any]] = [
            {"do": "ask_reset", "user": "alice"},
            {"do": "log_out_with_garbage", "session": "s1"},
            {"do": "refresh_repeatedly", "session": "s2", "times": 2},
            {**used, "session": "s2", "generation": -1},
            {"do": "guess_passwords", "user": "alice", "channel": channel, "times": MANY},
            {"do": "log_out", "session": "s3"},
            {"do": "log_out_again", "session": "s3", "times": 1},
        ]
        steps = enumerate([*lives, *acts], 1)
        yield "hijacking", [{"as": f"s{number}", "spot": 0, **move} for number, move in steps]

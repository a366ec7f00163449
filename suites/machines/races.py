"""Two things at once: what ends a session, and what would go on with it or come in meanwhile."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import World, action
from suites.kernel.lineups import ENDS, PASSWORD_IN_USE
from suites.kernel.lineups_once import ONCE
from suites.machines.choices import CHANNELS, USERS

Step = Mapping[str, Any]
CONTESTS = {contest.name: contest for contest in (*ENDS, *PASSWORD_IN_USE, *ONCE)}


@action(
    needs={"parallel"},
    contest=st.sampled_from(sorted(CONTESTS)),
    user=USERS,
    channel=CHANNELS,
    rounds=st.just(20),
    told="{contest} by {user}, {rounds} times at the same moment",
    weight=0,
)
def race(world: World, contest: str, user: str, channel: str, rounds: int) -> None:
    """Let calls overlap, round after round, and look at what lives after each."""
    found = CONTESTS.get(contest)
    if found is not None and found.needs <= world.bench.calibration.capabilities:
        world.race(found, user, channel, rounds)


@action(needs={"create_user"}, user=USERS, channel=CHANNELS, told="crowd {user} out", weight=0)
def crowd_out(world: World, user: str, channel: str) -> None:
    """A user whose name begins alike takes all its places."""
    world.crowd_out(user, channel)


def races(
    channels: tuple[str, ...], rounds: int, capabilities: frozenset[str]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps): each kind of race that the target can run, on each channel.

    Args:
        channels: one of each way to carry a session is enough.
        rounds: how many rounds of each race have to overlap; none means no races.
    """
    for channel in channels if rounds and "create_user" in capabilities else ():
        apart = {"do": "crowd_out", "user": "alice", "channel": channel}
        yield "concurrency", [{"as": "s1", "spot": 0, **apart}]
    for contest in CONTESTS.values() if rounds else ():
        if contest.needs <= capabilities:
            for channel in channels:
                step = {"do": "race", "contest": contest.name, "user": "alice", "channel": channel}
                yield "concurrency", [{"as": "s1", "spot": 0, **step, "rounds": rounds}]

"""Attacks that a target should notice, beside ordinary use that it must not mistake for them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import hypothesis.strategies as st

from suites.kernel import World, action
from suites.kernel.abuses import ANOMALIES, ENOUGH, needed
from suites.kernel.policy import DETECTED, Policy
from suites.kernel.stage import BYSTANDER, VICTIM
from suites.machines.choices import CHANNELS, USERS

Step = Mapping[str, Any]
KINDS = st.sampled_from(ANOMALIES)


@action(
    kind=KINDS,
    user=USERS,
    channel=CHANNELS,
    number=st.integers(1, ENOUGH),
    told="attack {user} by {kind}, number {number}",
    weight=0,
    hostile=True,
    timed=True,
)
def attack(world: World, kind: str, user: str, channel: str, number: int) -> None:
    """Do what the target should notice, and wait until it does."""
    world.try_anomaly(kind, user, channel, number, attack=True)


@action(
    kind=KINDS,
    user=USERS,
    channel=CHANNELS,
    number=st.integers(1, ENOUGH),
    told="ordinary use by {user} in the place of {kind}, number {number}",
    weight=0,
    timed=True,
)
def use_ordinarily(world: World, kind: str, user: str, channel: str, number: int) -> None:
    """Do as much, of which nothing is abnormal."""
    world.try_anomaly(kind, user, channel, number, attack=False)


@action(kind=KINDS, told="look for alerts about {kind}", weight=0, timed=True)
def look_for_alerts(world: World, kind: str) -> None:
    """Wait for alerts that are late, and see what all of it led to."""
    world.look_for_alerts(kind)


def anomalies(
    policy: Policy, channels: Sequence[str], offers: Mapping[str, frozenset[str]]
) -> Iterator[list[Step]]:
    """Yield one history for each kind of anomaly whose detection is declared, on one channel each.

    Attacks are on one account, so that a detector which tires of it is seen.
    """
    for place, kind in enumerate(kind for kind in ANOMALIES if kind in policy[DETECTED]):
        able = [c for c in channels if needed(policy, kind) <= offers[c]] or channels
        said = {"kind": kind, "channel": able[place % len(able)]}
        moves: list[dict[str, Any]] = [
            {"do": move, "user": user, "number": number, **said}
            for move, user in (("use_ordinarily", BYSTANDER), ("attack", VICTIM))
            for number in range(1, ENOUGH + 1)
        ]
        moves.append({"do": "look_for_alerts", "kind": kind})
        yield [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

"""Visitors who name a victim in one flow after the other, in one jar, and never log in."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import World, action
from suites.kernel.halfway import (
    ABANDONED,
    FAILED,
    LOCKED,
    NAMELESS,
    NO_CODE,
    NOBODY,
    NOTHING,
    PENDING,
    REGISTERED,
    RESET,
    VISIT,
    WRONG_CODE,
)
from suites.machines.choices import CHANNELS, USERS
from suites.machines.one_time import STEPS

Step = Mapping[str, Any]

FLOWS = (
    FAILED,
    NAMELESS,
    NOBODY,
    NOTHING,
    REGISTERED,
    RESET,
    PENDING,
    ABANDONED,
    NO_CODE,
    WRONG_CODE,
)
NEEDED: Mapping[str, frozenset[str]] = {
    VISIT: frozenset({"pre_auth"}),
    REGISTERED: frozenset({"register"}),
    RESET: frozenset({"start_reset"}),
    PENDING: frozenset(STEPS),
    ABANDONED: frozenset({"authorize", "hand_in"}),
}

VICTIM = "mallory"
"""Whom visitors name: of fixed accounts the one whose password was least often typed wrong."""


@action(
    user=USERS,
    channel=CHANNELS,
    flow=st.sampled_from((VISIT, *FLOWS)),
    told="a visitor goes through {flow} as {user}",
    hostile=True,
)
def go_halfway(world: World, user: str, channel: str, flow: str) -> None:
    """Take a step that authenticates nobody, in the jar of all steps before it."""
    world.go_halfway(flow, user, channel)


@action(
    user=USERS,
    channel=CHANNELS,
    told="a visitor goes through failed logins of {user} until it locks",
    weight=0,
    hostile=True,
)
def go_on_until_locked(world: World, user: str, channel: str) -> None:
    """Fail until the page says that an account is locked."""
    world.go_halfway(LOCKED, user, channel)


@action(
    needs=STEPS,
    user=USERS,
    channel=CHANNELS,
    told="{user} logs in elsewhere in both steps",
)
def finish_elsewhere(world: World, user: str, channel: str) -> None:
    """Let the victim do what the visitor did not."""
    world.finish_elsewhere(user, channel)


def halfway(
    offers: Mapping[str, frozenset[str]], carriers: Collection[str], *, coded: bool
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for the channels that visitors come to.

    Args:
        offers: the operations of each channel.
        carriers: one channel for each way to carry a session; of the others only a login in two
            steps is looked at.
        coded: whether every login needs a code.
    """
    first = next(iter(offers))
    # What a visitor does ends no session of the victim (SM-11.4).
    steps: list[Step] = [{"do": "log_in", "user": VICTIM, "device": "laptop", "channel": first}]
    for channel, able in offers.items():
        naming = {"user": VICTIM, "channel": channel}
        flows = [f for f in (VISIT, *FLOWS) if NEEDED.get(f, frozenset()) <= able]
        flows = [f for f in flows if coded or f not in {NO_CODE, WRONG_CODE}]
        if channel not in carriers:
            flows = [f for f in flows if f is PENDING]
        steps += ({"do": "go_halfway", **naming, "flow": flow} for flow in flows)
        if PENDING in flows:
            # What a failed login inherits from the first step of another one shows after it only.
            steps.append({"do": "go_halfway", **naming, "flow": FAILED})
            steps.append({"do": "finish_elsewhere", **naming})
    steps.append({"do": "go_on_until_locked", "user": VICTIM, "channel": first})
    yield "fixation", [{"as": f"s{n}", "spot": 0, **step} for n, step in enumerate(steps, 1)]

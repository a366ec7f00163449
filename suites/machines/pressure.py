"""What a target is put under: floods while others go on working, hostile values, and guesses."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.kernel.flooding import FLOODS, LOGINS, MADE_UP
from suites.kernel.guessing import GUESSED, IDENTIFIERS, NEEDS, NOTHING, STEP_UP, VALID
from suites.load.engine import flood as locust
from suites.machines.choices import CHANNELS, LIVE
from suites.probes.hostile import NAMES, hostile_values

Step = Mapping[str, Any]


@action(
    needs={"load"},
    kind=st.just(LOGINS),
    channel=CHANNELS,
    beside=CHANNELS,
    told="flood {channel} with {kind}, while others use {channel} and {beside}",
    weight=0,
    hostile=True,
)
def flood_channel(world: World, kind: str, channel: str, beside: str) -> None:
    """Flood a channel, within the bounds of the profile, while bystanders are looked at."""
    world.flood(kind, (channel, beside), locust)


@action(needs={"load", "advance"}, told="outlive what the flood left behind", weight=0)
def outlive_flood(world: World) -> None:
    """Let everything that a flood left behind expire."""
    world.outlive_flood()


@action(
    session=LIVE,
    what=st.sampled_from(NAMES),
    told="present {what} in the place of {session}",
    weight=0,
    hostile=True,
)
def present_hostile(world: World, session: Session, what: str) -> None:
    """Present one hostile value again and again where a genuine one belongs."""
    for found in hostile_values():
        if found.name == what:
            world.present_hostile(session, found.name, found.value, found.cookies)


@action(
    needs={"load"},
    session=LIVE,
    other=LIVE,
    what=st.just(IDENTIFIERS),
    between=st.just(NOTHING),
    told="guess {what} for the user of {session}, with {between} of {other} between",
    weight=0,
    hostile=True,
)
def guess(world: World, session: Session, other: Session, what: str, between: str) -> None:
    """Try more values than anybody may, and see how its owner fares."""
    world.guess(what, between, session, other)


def hostile(channels: Sequence[str]) -> Iterator[list[Step]]:
    """Yield the history in which a channel is given hostile values of every class."""
    for channel in channels:
        yield _steps(
            _in(channel),
            *({"do": "present_hostile", "session": "s1", "what": name} for name in NAMES),
        )


def floods(channels: Sequence[str]) -> Iterator[list[Step]]:
    """Yield one history for each kind of flood, on the first or the last of these channels.

    Bystanders use the first and the last of them.
    """
    first, last = channels[0], channels[-1]
    places = {kind: (last, first) if kind == MADE_UP else (first, last) for kind in FLOODS}
    for kind, (channel, beside) in places.items():
        made = {"do": "flood_channel", "kind": kind, "channel": channel, "beside": beside}
        old = [{"do": "outlive_flood"}] if kind == LOGINS else []
        yield _steps(made, *old)


def guesses(channels: Sequence[str], offers: Mapping[str, frozenset[str]]) -> Iterator[list[Step]]:
    """Yield the histories in which somebody guesses, with and without valid requests between."""
    for what in GUESSED:
        needed = NEEDS.get(what, "probe")
        able = [channel for channel in channels if needed in offers[channel]]
        for between in (NOTHING, VALID) if able else ():
            other = "alice" if what == STEP_UP else "mallory"
            yield _steps(
                _in(able[0]),
                _in(able[0], other, "phone"),
                {
                    "do": "guess",
                    "session": "s1",
                    "other": "s2",
                    "what": what,
                    "between": between,
                },
            )


def _steps(*moves: dict[str, Any]) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]


def _in(channel: str, user: str = "alice", device: str = "laptop") -> dict[str, Any]:
    return {"do": "log_in", "user": user, "device": device, "channel": channel}

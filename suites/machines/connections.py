"""Clients that stay connected while their sessions end, by whatever cause."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.machines.choices import LIVE

Step = Mapping[str, Any]

NEEDED = "websocket"


@action(needs={NEEDED}, session=LIVE, told="{session} opens a connection and keeps it")
def connect(world: World, session: Session) -> None:
    """Open a connection that names its reader, and leave it open."""
    world.connect(session)


@action(
    needs={NEEDED},
    session=LIVE,
    told="foreign pages open connections with the cookies of {session}",
    hostile=True,
)
def connect_from_elsewhere(world: World, session: Session) -> None:
    """Open a connection from the pages of other origins."""
    world.connect_from_elsewhere(session)


@action(
    needs={NEEDED},
    session=LIVE,
    seconds=st.just(0.0),
    told="{session} keeps a connection open for {seconds} s, and says nothing",
    weight=0,
    timed=True,
)
def stay_connected(world: World, session: Session, seconds: float) -> None:
    """Keep a connection open for longer than its session may live."""
    world.stay_connected(session, seconds)


def connections(
    channels: tuple[str, ...], offers: Mapping[str, frozenset[str]], beyond: Mapping[str, float]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) in which sessions end while they are connected.

    Args:
        channels: one for each way to carry a session.
        offers: the operations that each channel has.
        beyond: the seconds after which an unused session of a channel is surely over, where that
            is within reach.
    """
    for channel in channels:
        if NEEDED not in offers[channel]:
            continue
        log_in = {"do": "log_in", "user": "alice", "channel": channel}
        first, second, third = (
            {**log_in, "device": device} for device in ("laptop", "phone", "tablet")
        )
        yield (
            "hijacking",
            _steps(
                *(first, second, third),
                *({"do": "connect", "session": name} for name in ("s1", "s2", "s3")),
                {"do": "connect_from_elsewhere", "session": "s1"},
                {"do": "log_out", "session": "s1"},
                {"do": "revoke", "session": "s3", "other": "s2"},
                {**first, "device": "desktop"},
                {"do": "change_password", "session": "s10"},
            ),
        )
        if channel in beyond:
            staying = {"do": "stay_connected", "session": "s1", "seconds": beyond[channel]}
            yield "expiration", _steps(first, staying)


def _steps(*moves: Step) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

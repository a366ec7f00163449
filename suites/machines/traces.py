"""What people and thieves do that a log has to tell, and tell apart."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.kernel.families import OWNER, THIEF
from suites.machines.choices import CHANNELS, LIVE, USERS

Step = Mapping[str, Any]
MANY = 105


@action(
    needs={"write_marker", "event_log"},
    session=LIVE,
    told="a thief stores a note in {session}, from another address",
    hostile=True,
)
def act_elsewhere(world: World, session: Session) -> None:
    """Act in a session from another address than its owner, and claim a third one."""
    world.act_elsewhere(session)


@action(
    needs={"refresh", "event_log"},
    user=USERS,
    channel=CHANNELS,
    times=st.integers(1, MANY),
    told="a busy client of {user} renews {times} times",
    weight=0,
)
def renew_often(world: World, user: str, channel: str, times: int) -> None:
    """Do much in a short time."""
    world.renew_often(user, channel, times)


@action(
    needs={"event_sink"},
    user=USERS,
    channel=CHANNELS,
    told="{user} logs in and out while the monitoring sink is away",
    weight=0,
)
def live_without_sink(world: World, user: str, channel: str) -> None:
    """Log in and out while nobody takes what the target reports."""
    world.live_without_sink(user, channel)


def traced(
    channels: tuple[str, ...], offers: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) of what is looked for in the log, on channels that renew."""
    renewing = [c for c in channels if "refresh" in offers[c]]
    for channel in renewing:
        if "write_marker" in offers[channel]:
            yield "hijacking", _owner_and_thief(channel)
        yield "replay", _used_twice(channel)
    for channel in renewing[-1:]:
        busy = {"do": "renew_often", "user": "alice", "channel": channel, "times": MANY}
        yield "replay", _steps(busy, _in(channel), {"do": "log_out", "session": "s2"})


def without_sink(channels: tuple[str, ...]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) of a life that goes on while nobody takes what is told."""
    for channel in channels[:1]:
        away = {"do": "live_without_sink", "user": "alice", "channel": channel}
        yield "replay", _steps(_in(channel), away, {"do": "log_out", "session": "s1"})


def _owner_and_thief(channel: str) -> list[Step]:
    def note(session: str) -> dict[str, str]:
        return {"do": "write_note", "session": session}

    return _steps(
        _in(channel),
        _in(channel, "phone"),
        note("s1"),
        note("s2"),
        {"do": "refresh", "session": "s1", "channel": channel},
        note("s1"),
        {"do": "act_elsewhere", "session": "s2"},
        note("s2"),
        {"do": "log_out", "session": "s1"},
    )


def _used_twice(channel: str) -> list[Step]:
    used = {"do": "present_a_used_refresh_token", "session": "s1", "generation": -1, "wait": True}
    return _steps(
        _in(channel),
        {"do": "refresh_repeatedly", "session": "s1", "times": 2},
        {**used, "by": OWNER},
        {**used, "by": THIEF},
    )


def _in(channel: str, device: str = "laptop") -> dict[str, str]:
    return {"do": "log_in", "user": "alice", "device": device, "channel": channel}


def _steps(*moves: Mapping[str, object]) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

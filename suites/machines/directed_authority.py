"""Fixed histories of accounts, roles, levels and remembered clients; they run before the random."""

from collections.abc import Iterator, Mapping
from typing import Any

Step = Mapping[str, Any]
Scenario = tuple[str, list[Step]]


def authority(channel: str, other: str) -> Iterator[Scenario]:
    """Yield (retest scenario, steps) for one channel of the target."""
    yield from _closed_accounts(channel, other)
    yield from _resets(channel, other)
    yield from _roles(channel, other)
    yield from _levels(channel)
    yield from _remembered(channel)


def _steps(*moves: Step) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]


def _in(channel: str, user: str = "alice", device: str = "laptop") -> Step:
    return {"do": "log_in", "user": user, "device": device, "channel": channel}


def _of(do: str, user: str = "alice", **more: str) -> Step:
    return {"do": do, "user": user, **more}


def _by(do: str, session: str, **more: object) -> Step:
    return {"do": do, "session": session, **more}


def _closed_accounts(channel: str, other: str) -> Iterator[Scenario]:
    for how, back in (("disable", "enable"), ("delete", "recreate")):
        yield (
            "hijacking",
            _steps(
                _in(channel),
                _in(other, device="phone"),
                _in(channel, user="bob"),
                _by("refresh", "s1", channel=channel),
                _of(how),
                _of(back),
                _in(channel, device="tablet"),
            ),
        )


def _resets(channel: str, other: str) -> Iterator[Scenario]:
    yield (
        "hijacking",
        _steps(
            _in(channel),
            _in(other, device="phone"),
            _in(channel, user="bob"),
            _of("ask_reset"),
            _of("ask_reset"),
            _of("finish_reset"),
            _of("finish_stale_reset"),
            _in(channel, device="tablet"),
            _by("ask_reset_within", "s8"),
            _of("finish_reset"),
            _in(channel),
        ),
    )


def _roles(channel: str, other: str) -> Iterator[Scenario]:
    up, down = _of("change_role", role="admin"), _of("change_role", role="user")
    yield (
        "replay",
        _steps(
            _in(channel),
            _in(channel, user="bob"),
            up,
            _in(other, device="phone"),
            _by("refresh", "s1", channel=channel),
            down,
            _by("refresh", "s1", channel=channel),
            _by("refresh", "s4", channel=other),
            up,
            _by("impersonate", "s1", user="bob"),
            *(
                _by("disguise", "s2", how=how, occasion=occasion)
                for how, occasion in (
                    ("cookies", "look"),
                    ("members", "login"),
                    ("members", "refresh"),
                    ("members", "note"),
                    ("headers", "look"),
                    ("query", "login"),
                )
            ),
            down,
        ),
    )


def _levels(channel: str) -> Iterator[Scenario]:
    yield (
        "fixation",
        _steps(
            _in(channel),
            _by("step_up", "s1"),
            _by("step_up", "s1"),
            _by("fail_step_up", "s1"),
            {"do": "log_in_over", "session": "s1", "user": "bob", "channel": channel},
            {"do": "log_in_over", "session": "s5", "user": "bob", "channel": channel},
            _by("gather", "s6"),
        ),
    )


def _remembered(channel: str) -> Iterator[Scenario]:
    box = {"do": "log_in_remembered", "user": "alice", "device": "laptop", "channel": channel}
    back, used = "log_in_by_memory", "replay_used_memory"
    yield (
        "hijacking",
        _steps(
            {**box, "device": "phone"},
            _by("gather", "s1"),
            _by("log_out", "s1"),
            {"do": "visit", "device": "phone", "channel": channel},
            box,
            _by("step_up", "s5"),
            _by(back, "s5"),
            _by("list_sessions", "s7"),
            {**box, "device": "tablet"},
            _by("change_password", "s9"),
            _by("log_out", "s7"),
        ),
    )
    yield (
        "replay",
        _steps(
            box,
            _by(back, "s1"),
            _by(back, "s2"),
            _by(back, "s3"),
            _by(used, "s4", back=3),
        ),
    )
    yield "replay", _steps(box, _by(back, "s1"), _by(back, "s2"), _by(used, "s3", back=1))

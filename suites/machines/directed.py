"""The retest scenarios of guide section 8 as fixed histories: they run before the random ones."""

from collections.abc import Iterator, Mapping
from typing import Any

from suites.kernel.sampling import ENOUGH
from suites.machines.directed_authority import authority

Step = Mapping[str, Any]

SCENARIOS = ("hijacking", "fixation", "replay", "expiration", "concurrency")
"""The five attack scenarios that the guide wants retested (G8.1)."""


def _steps(*moves: dict[str, Any]) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]


def _in(channel: str, user: str = "alice", device: str = "laptop") -> dict[str, Any]:
    return {"do": "log_in", "user": user, "device": device, "channel": channel}


def directed(
    channels: tuple[str, ...], probes: tuple[str, ...]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for every channel of the target."""
    for channel in channels:
        other = channels[(channels.index(channel) - 1) % len(channels)]
        yield from _hijacking(channel, other, probes)
        yield from _fixation(channel)
        yield from _replay(channel, other)
        yield from _concurrency(channel, other)
        yield from authority(channel, other)


def _hijacking(
    channel: str, other: str, probes: tuple[str, ...]
) -> Iterator[tuple[str, list[Step]]]:
    yield (
        "hijacking",
        _steps(
            _in(channel),
            _in(other, device="phone"),
            _in(channel, user="bob"),
            {"do": "log_out_with_garbage", "session": "s3"},
            *({"do": "read", "session": who, "probe": p} for p in probes for who in ("s1", "s3")),
            {"do": "log_out", "session": "s1"},
            {"do": "log_out_again", "session": "s1", "times": 2},
            {"do": "log_out_again", "session": "s1", "times": 1},
            {"do": "log_in_with_planted_corpse", "session": "s1", "user": "alice"},
        ),
    )
    yield (
        "hijacking",
        _steps(
            _in(channel),
            _in(channel, device="phone"),
            _in(other, device="tablet"),
            _in(channel, user="bob"),
            {"do": "refresh", "session": "s2", "channel": channel},
            {"do": "change_password", "session": "s2"},
            {"do": "log_in_with_the_old_password", "user": "alice"},
            _in(channel, device="desktop"),
            {"do": "change_password", "session": "s2"},
            {"do": "log_in_with_planted_corpse", "session": "s1", "user": "alice"},
        ),
    )


def _fixation(channel: str) -> Iterator[tuple[str, list[Step]]]:
    yield (
        "fixation",
        _steps(
            {"do": "log_in_with_planted_visit", "user": "alice", "channel": channel},
            {"do": "read", "session": "s1", "probe": "first"},
            {"do": "log_out", "session": "s1"},
            {"do": "log_in_with_planted_visit", "user": "alice", "channel": channel},
            _in(channel),
            {"do": "log_in_over", "session": "s5", "user": "alice", "channel": channel},
            _in(channel, user="bob"),
            {"do": "write_note", "session": "s7"},
            {"do": "log_in_over", "session": "s7", "user": "alice", "channel": channel},
            {"do": "read", "session": "s9", "probe": "first"},
            {"do": "log_out", "session": "s9"},
        ),
    )
    yield (
        "fixation",
        _steps(
            _in(channel, user="bob"),
            *(
                {
                    "do": "log_in_with_planted_value",
                    "session": "s1",
                    "user": "alice",
                    "channel": channel,
                    "how": how,
                }
                for how in ("random", "random twice", "random everywhere")
            ),
            {"do": "log_out", "session": "s1"},
            {"do": "log_in_with_planted_corpse", "session": "s1", "user": "alice"},
        ),
    )


def _replay(channel: str, other: str) -> Iterator[tuple[str, list[Step]]]:
    for through in dict.fromkeys((channel, other)):
        yield (
            "replay",
            _steps(
                _in(channel),
                _in(channel, user="bob"),
                {"do": "refresh", "session": "s1", "channel": through},
                {"do": "refresh", "session": "s1", "channel": channel},
                {"do": "list_sessions", "session": "s1"},
                {"do": "change_role", "user": "alice", "role": "admin"},
                {"do": "log_out", "session": "s1"},
                _in(channel),
            ),
        )
    for first in (channel, other):
        yield (
            "replay",
            _steps(
                _in(channel),
                _in(channel, device="phone"),
                {"do": "refresh", "session": "s1", "channel": first},
                {"do": "log_out", "session": "s1"},
            ),
        )
    yield (
        "replay",
        _steps(
            _in(channel),
            {"do": "refresh", "session": "s1", "channel": channel},
            {"do": "rename", "session": "s1"},
            {"do": "refresh", "session": "s1", "channel": channel},
            {"do": "read", "session": "s1", "probe": "first"},
        ),
    )


def _concurrency(channel: str, other: str) -> Iterator[tuple[str, list[Step]]]:
    yield (
        "concurrency",
        _steps(
            _in(channel),
            _in(channel, device="phone"),
            _in(other, device="tablet"),
            {"do": "refresh", "session": "s1", "channel": channel},
            {"do": "refresh", "session": "s2", "channel": channel},
            _in(channel, device="desktop"),
            _in(other, device="watch"),
            _in(channel, device="kiosk"),
            _in(channel, device="tv"),
            {"do": "log_out", "session": "s2"},
            _in(channel, device="phone"),
        ),
    )
    yield (
        "concurrency",
        _steps(
            _in(channel),
            _in(channel, device="phone"),
            _in(other, device="tablet"),
            _in(channel, user="bob"),
            {"do": "refresh", "session": "s2", "channel": channel},
            {"do": "list_sessions", "session": "s1"},
            {"do": "revoke", "session": "s1", "other": "s4"},
            {"do": "revoke", "session": "s1", "other": "s2"},
            {"do": "revoke_a_guess", "session": "s1"},
            {"do": "list_sessions", "session": "s1"},
            {"do": "log_out_everywhere", "session": "s1"},
            _in(channel, device="desktop"),
            {"do": "refresh", "session": "s12", "channel": channel},
            _in(channel, device="car"),
            {"do": "log_out_everywhere", "session": "s14"},
        ),
    )


def once(
    channels: tuple[str, ...], count: int, issued: Mapping[str, object]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield the histories that examine artefacts themselves; one a run is enough.

    Args:
        count: how many identifiers are collected; channels that issue the same ones share it.
        issued: what each channel issues.
    """
    for channel in channels:
        alike = [other for other in channels if issued.get(other) == issued.get(channel)]
        yield (
            "hijacking",
            _steps(
                _in(channel),
                _in(channel, user="bob"),
                {"do": "tamper", "session": "s1"},
                {"do": "smuggle", "session": "s1"},
            ),
        )
        collecting = {"do": "collect_identifiers", "user": "alice", "channel": channel}
        share = max(1, min(count, ENOUGH), count // len(alike))
        yield "hijacking", _steps({**collecting, "count": share})

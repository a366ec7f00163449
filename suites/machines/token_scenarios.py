"""The fixed histories on signed tokens: one a channel, those that move the clock on their own."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from suites.kernel.stage import DEVICES

Step = Mapping[str, Any]


def token_scenarios(
    channels: tuple[str, ...],
    signed: Mapping[str, Collection[object]],
    audiences: Mapping[str, str],
) -> Iterator[list[Step]]:
    """Yield the histories for channels with signed tokens, and for pairs of audiences.

    Args:
        signed: what is declared to be signed, by channel; empty where nothing is known.
        audiences: for whom the tokens of a channel are.
    """
    for channel in channels:
        if not signed or signed.get(channel):
            yield from _attacks(channel)
    yield _everywhere(channels)
    for channel, own in audiences.items():
        for other, foreign in audiences.items():
            if own != foreign:
                yield _across(channel, other)


def _attacks(channel: str) -> Iterator[list[Step]]:
    beside = _in(channel, device="phone")
    pair = {"session": "s1", "other": "s2"}
    yield _steps(_in(channel), _in(channel, "bob"), {"do": "forge_tokens", "session": "s1"})
    yield _steps(_in(channel), {"do": "mint_wrong_claims", "session": "s1"})
    yield _steps(_in(channel), beside, {"do": "outlive_tokens", **pair})
    yield _steps(_in(channel), beside, {"do": "retire_key", **pair})


def _everywhere(channels: tuple[str, ...]) -> list[Step]:
    """Return a history of one user on all channels, each session renewed once."""
    count = len(channels)
    return _steps(
        *(_in(channel, device=device) for channel, device in zip(channels, DEVICES, strict=False)),
        *(
            {"do": "refresh", "session": f"s{number}", "channel": channel}
            for number, channel in enumerate(channels, 1)
        ),
        {"do": "exchange_kinds", "session": f"s{min(count, len(DEVICES))}"},
    )


def _across(channel: str, other: str) -> list[Step]:
    over = {"do": "present_elsewhere", "session": "s1", "other": "s2"}
    renewed = {"do": "refresh", "session": "s1", "channel": channel}
    return _steps(_in(channel), _in(other, device="phone"), over, renewed, over)


def _steps(*moves: dict[str, Any]) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]


def _in(channel: str, user: str = "alice", device: str = "laptop") -> dict[str, Any]:
    return {"do": "log_in", "user": user, "device": device, "channel": channel}

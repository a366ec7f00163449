"""Attackers who write into the log what it should have written itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.kernel.log_forging import PLACES
from suites.machines.choices import LIVE

Step = Mapping[str, Any]


@action(
    needs={"event_log"},
    session=LIVE,
    where=st.sampled_from(PLACES),
    told="forge an entry of the log, by {where}",
    weight=0,
    hostile=True,
)
def forge_entry(world: World, session: Session, where: str) -> None:
    """Send a line as the log would write it, about somebody made up."""
    world.forge_entry(session, where)


def forgeries(channels: Sequence[str]) -> Iterator[list[Step]]:
    """Yield the history in which entries are forged, and a client comes back with a dead value.

    The login at its end is in the log after all that was sent before it.
    """
    first = channels[0]
    for channel in dict.fromkeys((first, *channels[-1:])):
        opened = {"do": "log_in", "user": "alice", "device": "laptop", "channel": channel}
        moves: list[dict[str, Any]] = [
            opened,
            *({"do": "forge_entry", "session": "s1", "where": where} for where in PLACES),
            {"do": "log_out", "session": "s1"},
            {"do": "log_in_with_planted_corpse", "session": "s1", "user": "alice"},
            {**opened, "user": "bob"},
        ]
        yield [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

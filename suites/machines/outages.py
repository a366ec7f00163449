"""Parts of the target that fail and come back, while people and thieves go on."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.machines.choices import LIVE

Step = Mapping[str, Any]

KINDS = ("session_store", "revocation_list", "key_source")
JWT_PARTS = 3


@action(
    needs={"inject_fault", "heal_fault", "logout"},
    session=LIVE,
    kind=st.sampled_from(KINDS),
    told="{kind} fails and comes back while {session} lives",
    weight=0,
)
def live_through_an_outage(world: World, session: Session, kind: str) -> None:
    """Make a declared part fail for a while, and present dead and made-up values meanwhile."""
    if kind in world.policy["fault.kinds"]:
        world.live_through(session, kind, resigned)


def resigned(value: str) -> str | None:
    """Return a token with the same content and another signature; None for other values."""
    parts = value.split(".")
    if len(parts) != JWT_PARTS or not parts[-1]:
        return None
    first = "B" if parts[-1][0] == "A" else "A"
    return ".".join([*parts[:-1], first + parts[-1][1:]])


def outages(channels: tuple[str, ...], kinds: Iterable[str]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for every part that may fail and every channel."""
    for kind in kinds:
        for channel in channels:
            opened = {"do": "log_in", "user": "alice", "device": "laptop", "channel": channel}
            broken = {"do": "live_through_an_outage", "session": "s1", "kind": kind}
            steps = enumerate((opened, broken), 1)
            yield "hijacking", [{"as": f"s{number}", "spot": 0, **move} for number, move in steps]

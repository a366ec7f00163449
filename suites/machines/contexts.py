"""Thieves who present a session where its owner never was."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from suites.kernel import Session, World, action
from suites.machines.choices import LIVE

Step = Mapping[str, Any]


@action(
    needs={"client_context"},
    session=LIVE,
    told="somebody presents {session} in another context, then its owner goes on",
    hostile=True,
)
def use_in_another_context(world: World, session: Session) -> None:
    """Present a session, and renew it, from another address, user agent or key."""
    world.use_in_another_context(session)


def contexts(channels: Collection[str]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for the channels whose sessions may be bound."""
    for channel in channels:
        yield (
            "hijacking",
            [
                {
                    "as": "s1",
                    "spot": 0,
                    "do": "log_in",
                    "user": "alice",
                    "device": "laptop",
                    "channel": channel,
                },
                {"as": "s2", "spot": 0, "do": "use_in_another_context", "session": "s1"},
            ],
        )

"""What ends at the provider or at an application, and how the other goes on."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.kernel.coordination import DEMANDS, ENDS
from suites.machines.choices import LIVE

Step = Mapping[str, Any]


@action(
    needs={"op_disable", "op_enable", "op_end", "hand_in"},
    session=LIVE,
    what=st.sampled_from(ENDS),
    told="at the provider of {session}: {what}",
    weight=0,
)
def end_at_provider(world: World, session: Session, what: str) -> None:
    """The provider closes an account or ends its sessions, and applications hear of it."""
    world.end_at_provider(session, what)


@action(
    needs={"authorize_fresh"},
    session=LIVE,
    how=st.sampled_from(DEMANDS),
    told="the client of {session} demands a new login by {how}",
)
def demand_login(world: World, session: Session, how: str) -> None:
    """A client wants the user to prove the password again."""
    world.demand_login(session, how)


@action(needs={"come_back"}, session=LIVE, told="log out {session} and open the page again")
def leave_party(world: World, session: Session) -> None:
    """Log out at an application only, and come back in the same browser."""
    world.leave_party(session)


@action(needs={"redeem"}, session=LIVE, told="the client of {session} renews silently", weight=0)
def renew_silently(world: World, session: Session) -> None:
    """A client renews without asking the user, after a while."""
    world.renew_silently(session)


def coordinated(offers: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for the clients and applications among the channels."""
    for channel, able in offers.items():
        if "come_back" in able:
            yield "expiration", _steps(channel, {"do": "leave_party"})
        if "op_disable" in able and "hand_in" in able:
            for what in ENDS:
                yield "expiration", _steps(channel, {"do": "end_at_provider", "what": what})
        if "authorize_fresh" in able:
            for how in DEMANDS:
                yield "replay", _steps(channel, {"do": "demand_login", "how": how})
            yield "replay", _steps(channel, {"do": "renew_silently"})


def _steps(channel: str, move: Mapping[str, str]) -> list[Step]:
    opened = {"do": "log_in", "user": "alice", "device": "laptop", "channel": channel}
    return [
        {"as": "s1", "spot": 0, **opened},
        {"as": "s2", "spot": 0, "session": "s1", **move},
    ]

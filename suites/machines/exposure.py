"""People who come back too late, ask for what is not there, or use an address after one another."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.machines.choices import LIVE, USERS
from suites.machines.one_time import LINKS

Step = Mapping[str, Any]


@action(session=LIVE, told="{session} asks for what is not there", weight=0)
def provoke_errors(world: World, session: Session) -> None:
    """Ask for what nobody offers, in every way that ends in an error."""
    world.provoke_errors(session)


@action(session=LIVE, other=LIVE, told="{other} asks for what {session} was shown", weight=0)
def share_address(world: World, session: Session, other: Session) -> None:
    """Ask for one address as two users, as nobody, and after a logout."""
    world.share_address(session, other)


@action(
    session=LIVE,
    seconds=st.just(0.0),
    told="{session} comes back after {seconds} s",
    weight=0,
    timed=True,
)
def return_late(world: World, session: Session, seconds: float) -> None:
    """Present what has become too old meanwhile."""
    world.return_late(session, seconds)


@action(needs=LINKS | {"open_link"}, user=USERS, told="{user} opens the page of a login link")
def land(world: World, user: str) -> None:
    """Open the page that a login link leads to, and use the link."""
    world.land(user)


def exposed(
    channels: tuple[str, ...],
    offers: Mapping[str, frozenset[str]],
    too_old: Mapping[str, float],
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) in which a target may say more than it should.

    Args:
        channels: one for each way to carry a session.
        offers: the operations that each channel has.
        too_old: after how many seconds what authenticates on a channel is surely too old.
    """
    for channel in channels:
        mine = {"do": "log_in", "user": "alice", "device": "laptop", "channel": channel}
        other = {**mine, "user": "bob"}
        share = {"do": "share_address", "session": "s1", "other": "s2"}
        yield "hijacking", _steps(mine, other, {"do": "provoke_errors", "session": "s1"}, share)
        if channel in too_old and "refresh" in offers[channel]:
            late = {"do": "return_late", "session": "s1", "seconds": too_old[channel]}
            yield "expiration", _steps(mine, late)
    if any("open_link" in able for able in offers.values()):
        yield "replay", _steps({"do": "land", "user": "alice"})


def _steps(*moves: Step) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

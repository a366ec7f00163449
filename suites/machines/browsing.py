"""What people do in a real browser, and what comes to it from another site."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from adapters.scenes import Way
from suites.kernel import Session, World, action
from suites.machines.choices import ANY, CHANNELS, DEVICE, ENDED, LIVE, USERS

BROWSER = {"open_window", "in_window"}
Step = Mapping[str, Any]


@action(
    needs=BROWSER,
    user=USERS,
    device=DEVICE,
    channel=CHANNELS,
    told="log in {user} with a browser on {device} ({channel})",
    weight=0,
)
def open_window(world: World, user: str, device: str, channel: str) -> None:
    """Log in with a browser whose window stays open."""
    world.open_window(user, device, channel)


@action(needs=BROWSER, session=LIVE, told="look around in the window of {session}", weight=0)
def look_around(world: World, session: Session) -> None:
    """Open the pages that show data of their reader, reload, and keep a second tab open."""
    world.look_around(session)


@action(needs=BROWSER, session=LIVE, told="log out in the window of {session}", weight=0)
def leave_in_window(world: World, session: Session) -> None:
    """Log out by the control of the page."""
    world.leave(session)


@action(
    needs=BROWSER,
    session=ENDED,
    told="go back, forward, reload, open tabs and go offline in the window of {session}",
    weight=0,
)
def look_afterwards(world: World, session: Session) -> None:
    """Try all that might bring back what an ended session showed."""
    world.look_afterwards(session)


@action(
    needs={*BROWSER, "cross_site"},
    session=ANY,
    way=st.sampled_from([way.value for way in Way]),
    told="let another site write the note of {session} by {way}",
    weight=0,
    hostile=True,
)
def cross_site(world: World, session: Session, way: str) -> None:
    """Let a page of another site try to write the marker."""
    world.cross_site(session, Way(way))


def browsed(
    channel: str, offers: frozenset[str], *, can_log_out: bool
) -> Iterator[tuple[str, list[Step]]]:
    """Yield the histories in a browser on its channel.

    Args:
        offers: the operations of that channel.
        can_log_out: whether the page has a declared control for it.
    """
    marked = [{"do": "write_note", "session": "s1"}] if "write_marker" in offers else []
    begin = [_window(channel), *marked, {"do": "look_around", "session": "s1"}]
    after = {"do": "look_afterwards", "session": "s1"}
    if can_log_out:
        leave = {"do": "leave_in_window", "session": "s1"}
        yield "a browser, logged out", _numbered(*begin, leave, after)
    elsewhere = _elsewhere(channel, offers, f"s{len(begin) + 1}")
    yield "a browser, ended elsewhere", _numbered(*begin, *elsewhere, after)
    if "cross_site" in offers:
        ways = [{"do": "cross_site", "session": "s1", "way": way.value} for way in Way]
        yield "a browser, from another site", _numbered(_window(channel), *ways)


def _window(channel: str) -> dict[str, Any]:
    return {"do": "open_window", "user": "alice", "device": "laptop", "channel": channel}


def _elsewhere(channel: str, offers: frozenset[str], name: str) -> list[dict[str, Any]]:
    """Return how a session ends without its browser: from another one, else by its own values."""
    if "revoke_all" not in offers:
        return [{"do": "log_out", "session": "s1"}]
    other = {"do": "log_in", "user": "alice", "device": "phone", "channel": channel}
    return [other, {"do": "log_out_everywhere", "session": name}]


def _numbered(*moves: dict[str, Any]) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

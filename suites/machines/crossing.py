"""People who visit other sites while they are logged in, and those who recorded their traffic."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.machines.choices import ANY, CHANNELS, DEVICE, LIVE, USERS

Step = Mapping[str, Any]
ORDERS = st.integers(0, 99)
WRITES = {"state_change"}
TOKENS = {"csrf_token", "state_change"}


@action(needs=WRITES, session=LIVE, told="another site rides {session}", hostile=True)
def ride(world: World, session: Session) -> None:
    """Another site has a private value stored, in every way it can."""
    world.ride(session)


@action(needs=TOKENS, session=LIVE, told="learn the anti-CSRF token of {session}")
def learn_token(world: World, session: Session) -> None:
    """Fetch an anti-CSRF token and use it in its own session."""
    world.learn_token(session)


@action(
    needs=TOKENS, session=LIVE, told="use all other anti-CSRF tokens in {session}", hostile=True
)
def lend_tokens(world: World, session: Session) -> None:
    """Use the tokens of others, and of nobody, in a living session."""
    world.lend_tokens(session)


@action(
    needs=TOKENS | {"pre_auth"},
    user=USERS,
    device=DEVICE,
    channel=CHANNELS,
    told="plant a login page, then log in {user} on {device}",
    hostile=True,
)
def log_in_with_planted_form(world: World, user: str, device: str, channel: str) -> None:
    """A victim logs in with the form of an attacker, who knows its token."""
    if not world.crowded(user):
        world.log_in_with_planted_form(user, device, channel)


@action(
    needs={"forge"},
    user=USERS,
    channel=CHANNELS,
    told="another site logs a browser in as {user}",
    weight=0,
    hostile=True,
)
def forge_login(world: World, user: str, channel: str) -> None:
    """Another site has its visitors logged in to an account of its own."""
    if not world.crowded(user):
        world.forge_login(user, channel)


@action(needs={"forge"}, session=LIVE, told="another site logs {session} out", hostile=True)
def forge_logout(world: World, session: Session) -> None:
    """Another site has its visitors logged out."""
    world.forge_logout(session)


@action(
    needs={"resend"},
    session=ANY,
    order=ORDERS,
    told="send again what was recorded of {session}, in order {order}",
    hostile=True,
)
def replay_captured(world: World, session: Session, order: int) -> None:
    """Somebody who listened sends it all once more."""
    world.replay_captured(session, order)


def crossed(
    channels: Collection[str], forms: Collection[str], offers: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for every way to carry a session.

    Args:
        channels: one for each way.
        forms: those that are logged in to by cookie, each with a form of its own.
    """
    for channel in forms:
        yield "hijacking", _steps(_misled(channel, ridden=channel in channels))
    for channel in channels:
        if channel in forms and {"write_marker", "csrf_token"} <= offers[channel]:
            yield "hijacking", _steps(_lent(channel))
        yield "replay", _steps(_replayed(channel))


def _misled(channel: str, *, ridden: bool) -> list[dict[str, Any]]:
    """Visitors of other sites: logged in, ridden before and after their first form, logged out."""
    forged = {"do": "forge_login", "user": "bob", "channel": channel}
    if not ridden:
        return [forged]
    return [
        forged,
        _in(channel),
        {"do": "ride", "session": "s2"},
        _in(channel, device="phone"),
        {"do": "ride", "session": "s4"},
        {"do": "forge_logout", "session": "s4"},
    ]


def _lent(channel: str) -> list[dict[str, Any]]:
    """Tokens of all relations in a session, before and after it was renewed."""
    learn = [{"do": "learn_token", "session": name} for name in ("s2", "s3", "s4")]
    return [
        {**_in(channel), "do": "log_in_with_planted_form"},
        _in(channel, user="bob"),
        _in(channel, device="phone"),
        _in(channel, device="tablet"),
        *learn,
        {"do": "lend_tokens", "session": "s1"},
        {"do": "log_out", "session": "s4"},
        {"do": "change_password", "session": "s3"},
        {"do": "lend_tokens", "session": "s3"},
        {"do": "replay_captured", "session": "s3", "order": 1},
    ]


def _replayed(channel: str) -> list[dict[str, Any]]:
    """A session that is recorded, renewed and logged out."""
    return [
        _in(channel),
        {"do": "write_note", "session": "s1"},
        {"do": "refresh", "session": "s1", "channel": channel},
        {"do": "list_sessions", "session": "s1"},
        {"do": "read", "session": "s1", "probe": "first"},
        {"do": "log_out", "session": "s1"},
        {"do": "replay_captured", "session": "s1", "order": 1},
    ]


def expired(channel: str, seconds: float) -> tuple[str, list[Step]]:
    """Return (retest scenario, steps) of a session that is recorded and left alone too long."""
    moves = _replayed(channel)
    over: list[dict[str, Any]] = [
        {"do": "wait", "seconds": seconds},
        {"do": "use", "session": "s1"},
        {"do": "replay_captured", "session": "s1", "order": 1},
    ]
    return "expiration", _steps([*moves[:2], *moves[3:5], *over])


def _in(channel: str, user: str = "alice", device: str = "laptop") -> dict[str, Any]:
    return {"do": "log_in", "user": user, "device": device, "channel": channel}


def _steps(moves: list[dict[str, Any]]) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]

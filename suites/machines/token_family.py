"""Refresh tokens over generations: chains, and thieves who present what was used before."""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import Any

import hypothesis.strategies as st

from adapters.dpop import FLAWS
from suites.kernel import Choice, Session, World, action
from suites.kernel.families import OWNER, THIEF, spent
from suites.machines.choices import CHANNELS, ORDINALS, RENEWABLE, USERS, nth, session_named

Step = Mapping[str, Any]

FIRST, PREVIOUS, BEFORE_PREVIOUS = 0, -1, -2
SHORT, DEEP = 6, 12
ROUNDS, CROWDS = 12, (4, 2, 8, 16)
A_SECOND, ELEVEN_MINUTES = 1.1, 660.0


def _reusable(world: World) -> list[str]:
    return [s.name for s in world.model.sessions.values() if spent(world.model, s)]


def _limited(world: World) -> list[str]:
    scopes: Mapping[str, str] = world.bench.adapter.scopes
    return [s.name for s in world.model.live_sessions() if s.channel in scopes]


def _bound(world: World) -> list[str]:
    return [s.name for s in world.model.live_sessions() if s.channel in world.bench.adapter.bound]


BOUND = Choice("session bound to a key", ORDINALS, nth(_bound), session_named)
LIMITED = Choice("session with a scope", ORDINALS, nth(_limited), session_named)
REUSABLE = Choice("session with used refresh tokens", ORDINALS, nth(_reusable), session_named)


@action(
    needs={"refresh"},
    session=RENEWABLE,
    times=st.integers(2, DEEP),
    told="refresh {session} {times} times",
)
def refresh_repeatedly(world: World, session: Session, times: int) -> None:
    """Renew a session over several generations."""
    for _ in range(times):
        if not world.refresh(session).acknowledged:
            return


@action(
    needs={"refresh", "parallel"},
    session=RENEWABLE,
    times=st.integers(2, 16),
    told="refresh {session} {times} times at once",
)
def refresh_in_parallel(world: World, session: Session, times: int) -> None:
    """Use one refresh token several times at the same moment."""
    world.refresh_together(session, times)


@action(
    needs={"refresh", "second_client"},
    session=RENEWABLE,
    channel=CHANNELS,
    user=USERS,
    told="use the refresh token of {session} as the client of {channel}",
)
def refresh_as_another_client(world: World, session: Session, channel: str, user: str) -> None:
    """Present the refresh token of one client as another one."""
    clients = world.bench.adapter.clients
    if {channel, session.channel} <= set(clients) and clients[channel] != clients[session.channel]:
        world.refresh_as_another_client(session, channel, user)


@action(
    needs={"dpop"},
    session=BOUND,
    flaw=st.sampled_from(FLAWS),
    told="present the tokens of {session} with {flaw}",
)
def present_without_key(world: World, session: Session, flaw: str) -> None:
    """Present tokens that are bound to a key without the right proof of it."""
    world.present_without_key(session, flaw)


@action(needs={"scopes"}, session=LIMITED, told="try what {session} may do", weight=1)
def try_scopes(world: World, session: Session) -> None:
    """Do what needs a scope, with and without it."""
    world.try_scopes(session)


@action(
    needs={"scopes", "refresh_scoped"},
    session=LIMITED,
    how=st.sampled_from(["fewer", "more"]),
    told="refresh {session} and ask for {how} scopes",
)
def refresh_with_scopes(world: World, session: Session, how: str) -> None:
    """Ask a refresh for fewer scopes than there are, or for all and more."""
    _ = world.narrow(session) if how == "fewer" else world.widen(session)
    world.try_scopes(session)


@action(
    needs={"refresh"},
    session=REUSABLE,
    generation=st.sampled_from([PREVIOUS, FIRST, BEFORE_PREVIOUS, 1, 2, 3, 5, 7]),
    by=st.sampled_from([THIEF, OWNER]),
    wait=st.booleans(),
    told="present used refresh token {generation} of {session}, by {by}",
    weight=2,
)
def present_a_used_refresh_token(
    world: World, session: Session, generation: int, by: str, wait: bool
) -> None:
    """Use an earlier generation once more; 0 is the first one, -1 the one before the newest."""
    world.replay_rotated(session, generation, by=by, wait=wait)


@action(seconds=st.just(A_SECOND), told="let {seconds} s pass", weight=0)
def let_time_pass(world: World, seconds: float) -> None:
    """Wait, or move the clock of the target."""
    world.pass_time(seconds)


# -- the retest scenarios of families -------------------------------------------------------------


def _steps(*moves: dict[str, Any]) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]


def _in(channel: str, user: str = "alice", device: str = "laptop") -> dict[str, Any]:
    return {"do": "log_in", "user": user, "device": device, "channel": channel}


def _chain(session: str, times: int) -> dict[str, Any]:
    return {"do": "refresh_repeatedly", "session": session, "times": times}


def _reuse(session: str, generation: int, by: str = THIEF) -> dict[str, Any]:
    move = {"do": "present_a_used_refresh_token", "session": session, "generation": generation}
    return {**move, "by": by, "wait": True}


def _pass(seconds: float) -> dict[str, Any]:
    return {"do": "let_time_pass", "seconds": seconds}


def parallel_refreshes(channels: tuple[str, ...]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) that use refresh tokens several times at once."""
    rounds = max(3, ceil(ROUNDS / len(channels))) if channels else 0
    for channel in channels:
        moves: list[dict[str, Any]] = []
        for number in range(rounds):
            race = {"do": "refresh_in_parallel", "session": f"s{len(moves) + 1}"}
            moves += [_in(channel), {**race, "times": CROWDS[number % len(CROWDS)]}]
        yield "replay", _steps(*moves)


def stolen_tokens(channels: Iterable[str]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) in which tokens are stolen without the key they need."""
    for channel in channels:
        thefts = [{"do": "present_without_key", "session": "s1", "flaw": f} for f in FLAWS]
        yield "hijacking", _steps(_in(channel), *thefts, _chain("s1", 2), *thefts)


def limited_scopes(channels: Iterable[str]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) that ask for fewer scopes, for more, and then for none."""
    trial = {"do": "try_scopes", "session": "s1"}
    for channel in channels:
        for wanted in (("more",), ("fewer", "more")):
            asking = {"do": "refresh_with_scopes", "session": "s1"}
            moves = [{**asking, "how": how} for how in wanted]
            yield "replay", _steps(_in(channel), trial, *moves, _chain("s1", 2), trial)


def foreign_clients(clients: Mapping[str, str]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) in which clients use what was issued to another one."""
    for channel, client in clients.items():
        for other in (name for name, foreign in clients.items() if foreign != client):
            misuse = {"do": "refresh_as_another_client", "session": "s1", "channel": other}
            misuse["user"] = "mallory"
            yield "hijacking", _steps(_in(channel), misuse, _chain("s1", 2), misuse)


def token_families(channels: tuple[str, ...]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for every channel that has refresh tokens."""
    for channel in channels:
        other = channels[(channels.index(channel) - 1) % len(channels)]
        yield "replay", _incidents(channel, other)
        for generation, wait in ((PREVIOUS, False), (BEFORE_PREVIOUS, True)):
            # At once: within a declared grace window that is a retry, which harms nobody.
            again = {**_reuse("s1", generation, OWNER), "wait": wait}
            yield "replay", _steps(_in(channel), _chain("s1", 3), again)
        yield "replay", _steps(_in(channel), _chain("s1", DEEP), _reuse("s1", DEEP // 2))
        yield "replay", _after_the_end(channel)
        yield (
            "replay",
            _steps(
                _in(channel),
                _chain("s1", 2),
                _pass(A_SECOND),
                _chain("s1", 2),
                _pass(ELEVEN_MINUTES),
                _chain("s1", 2),
                _reuse("s1", FIRST),
            ),
        )


def _incidents(channel: str, other: str) -> list[Step]:
    """Several families of several users and devices, and reuse more than once."""
    return _steps(
        _in(channel),
        _in(channel, device="phone"),
        _in(other, device="tablet"),
        _in(channel, user="bob"),
        _chain("s1", SHORT),
        _reuse("s1", FIRST, OWNER),
        _reuse("s1", PREVIOUS),
        _chain("s2", 2),
        _chain("s4", 2),
        _reuse("s2", PREVIOUS),
        _reuse("s4", BEFORE_PREVIOUS),
        _in(channel),
        _chain("s12", 2),
        _reuse("s12", PREVIOUS),
    )


def _after_the_end(channel: str) -> list[Step]:
    """Families that ended otherwise, and then somebody presents their used tokens."""
    return _steps(
        _in(channel),
        _in(channel, device="phone"),
        _in(channel, device="tablet"),
        *(_chain(name, 2) for name in ("s1", "s2", "s3")),
        {"do": "log_out", "session": "s1"},
        _reuse("s1", PREVIOUS),
        {"do": "change_role", "user": "alice", "role": "admin"},
        {"do": "change_role", "user": "alice", "role": "user"},
        {"do": "change_password", "session": "s2"},
        _reuse("s3", FIRST),
        _chain("s2", 2),
        _reuse("s2", PREVIOUS),
        _in(channel),
        _chain("s14", 2),
        {"do": "log_out_everywhere", "session": "s14"},
        _reuse("s14", BEFORE_PREVIOUS),
    )

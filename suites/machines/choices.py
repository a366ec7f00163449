"""What the moves draw: fixed ranges of ordinals, resolved against the model when they run."""

from collections.abc import Callable, Sequence
from typing import Any

import hypothesis.strategies as st

from adapters.contract import Kind
from suites.kernel import Choice, Session, World
from suites.kernel.world import DEVICES, ROLES

ORDINALS = st.integers(0, 59)


def nth(names: Callable[[World], Sequence[str]]) -> Callable[[World, int], str | None]:
    """Return how a drawn ordinal becomes one of the names that exist when the move runs."""

    def pick(world: World, ordinal: int) -> str | None:
        found = names(world)
        return found[ordinal % len(found)] if found else None

    return pick


def _users(world: World) -> list[str]:
    return [role for role in ROLES if role in world.model.users]


def _live(world: World) -> list[str]:
    return [session.name for session in world.model.live_sessions()]


def _any(world: World) -> list[str]:
    return [s.name for s in world.model.sessions.values() if s.main is not None]


def _renewable(world: World) -> list[str]:
    return [s.name for s in world.model.live_sessions() if s.current(Kind.REFRESH)]


def _ended(world: World) -> list[str]:
    return [s.name for s in world.model.sessions.values() if s.ended is not None and s.main]


def _remembered(world: World) -> list[str]:
    return [s.name for s in world.model.sessions.values() if world.token_of(s)]


def session_named(world: World, name: str) -> Session | None:
    """Return the session of this name, if this history has one."""
    return world.model.sessions.get(name)


def _probe(world: World, name: str) -> str:
    probes: tuple[str, ...] = world.bench.adapter.probes
    return name if name in probes else probes[0]


def _itself(_: World, name: Any) -> Any:
    return name


USERS = Choice("user", ORDINALS, nth(_users), _itself)
DEVICE = Choice("device", ORDINALS, nth(lambda _: DEVICES), _itself)
CHANNELS = Choice("channel", ORDINALS, nth(lambda w: w.bench.adapter.channels), _itself)
PROBES = Choice("probe", ORDINALS, nth(lambda w: w.bench.adapter.probes), _probe)
LIVE = Choice("live session", ORDINALS, nth(_live), session_named)
RENEWABLE = Choice("session with a refresh token", ORDINALS, nth(_renewable), session_named)
ENDED = Choice("ended session", ORDINALS, nth(_ended), session_named)
ANY = Choice("session", ORDINALS, nth(_any), session_named)
REMEMBERED = Choice("remembered session", ORDINALS, nth(_remembered), session_named)

"""Declarations that last for one test: the registries are as before when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from suites.kernel.declare import ACTIONS, INVARIANTS
from suites.kernel.discover import discover


@contextmanager
def registries() -> Iterator[None]:
    """Give a test all declarations, and take away what it adds."""
    discover()
    claims, moves = dict(INVARIANTS), dict(ACTIONS)
    try:
        yield
    finally:
        INVARIANTS.clear()
        INVARIANTS.update(claims)
        ACTIONS.clear()
        ACTIONS.update(moves)

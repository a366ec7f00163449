"""Declarations that last for one test: the registries are as before when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from suites.kernel.declare import ACTIONS, INVARIANTS
from suites.kernel.discover import discover


@contextmanager
def registries(*, complete: bool = True) -> Iterator[None]:
    """Give a test all declarations, or none, and take away what it adds."""
    if complete:
        discover()
    before: list[tuple[dict[str, object], dict[str, object]]] = [
        (registry, dict(registry))  # type: ignore[list-item, arg-type]
        for registry in (INVARIANTS, ACTIONS)
    ]
    if not complete:
        INVARIANTS.clear()
        ACTIONS.clear()
    try:
        yield
    finally:
        for registry, kept in before:
            registry.clear()
            registry.update(kept)

"""Own threat: one account floods the session table until a stranger is pushed out."""

import hypothesis.strategies as st

from suites.kernel import Bench, Finding, Session, World, action, invariant, live, recognised_as


@action(logins=st.integers(1, 12), told="mallory logs in ({logins}x)")
def flood(world: World, logins: int) -> None:
    """Open many sessions of one account."""
    for _ in range(logins):
        world.login("mallory", "botnet")


@invariant("X-1", over=live(but_not="mallory"), again=True)
def flood_never_evicts_a_stranger(session: Session, target: Bench) -> Finding:
    """No number of logins by one account ends the session of another."""
    return recognised_as(session.user, target.replay(session))

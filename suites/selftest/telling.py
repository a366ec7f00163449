"""A made-up violation with the story of its replay, for tests of pictures and archives."""

from dataclasses import replace
from typing import Any

from suites.kernel.results import Act, Call, Lifeline, Story, Violation
from suites.selftest.test_reports_sample import violation

OPENED = 1_795_246_000.0


def story(**changes: Any) -> Story:
    """Return how alice logged in and out, and what a copy of her session was worth then."""
    made = Story(
        acts=(
            Act("s1", "alice", "log in alice on laptop (web) -> s1", False, "acknowledged",
                ("s1",), (), (Call(1, "login"),)),
            Act("s2", "alice", "log out s1", False, "acknowledged", (), ("s1",),
                (Call(2, "logout", "s1"),), (Call(3, "probe me", "s1"),)),
        ),
        lifelines=(
            Lifeline("s1", "alice", "laptop", "web", OPENED, OPENED + 0.2, "logout", True),
        ),
        about=("s1",),
        looked=True,
    )  # fmt: skip
    return replace(made, **changes)


def told_violation(**changes: Any) -> Violation:
    """Return the violation of SM-2.1 with its story."""
    return violation(story=story(), **changes)

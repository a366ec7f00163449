"""Limits of time: what a measured look means, and what the histories ask in which order."""

from types import SimpleNamespace
from typing import Any

import pytest

from adapters.contract import Device, Seen
from suites.kernel.bench import NotOffered
from suites.kernel.lasting import Lasting, Use
from suites.kernel.limits import UNDECIDED, WITHIN, Ages, standing, tolerance
from suites.kernel.model import Model, Session
from suites.kernel.policy import ABSOLUTE, IDLE, Policy
from suites.kernel.timing import Timing
from suites.kernel.verify import Outcome
from suites.kernel.verify_deadlines import bounded, declared, enforced
from suites.machines.deadlines import Limits, deadlines
from suites.machines.timeline import Timeline
from suites.probes.times import TEN_YEARS, postponed

BOTH = Policy({"idle_timeout": 900, "absolute_timeout": 7200, "timeout_tolerance": 10})
NOW = 1_795_000_000.0


@pytest.mark.parametrize(
    ("unused", "existing", "alive", "found"),
    [
        (880, 880, True, WITHIN),
        (895, 895, True, UNDECIDED),
        (895, 895, False, IDLE),
        (905, 905, False, IDLE),
        (920, 920, True, IDLE),
        (100, 7180, False, WITHIN),
        (100, 7195, True, UNDECIDED),
        (100, 7195, False, ABSOLUTE),
        (100, 7220, True, ABSOLUTE),
        (895, 7195, False, UNDECIDED),
        (920, 7220, False, IDLE),
    ],
)
def test_a_look_is_placed_by_its_ages(
    unused: float, existing: float, alive: bool, found: str
) -> None:
    assert standing(BOTH, Ages(unused, existing), alive=alive) == found


def test_without_limits_everything_is_within_them() -> None:
    assert standing(Policy(), Ages(1e9, 1e9), alive=False) == WITHIN


@pytest.mark.parametrize(
    ("declared_as", "limit", "seconds"),
    [(None, 10, 2.0), (None, 900, 45.0), (7, 900, 7.0), ("10%", 900, 90.0)],
)
def test_the_tolerance_is_declared_or_a_share(
    declared_as: object, limit: float, seconds: float
) -> None:
    said = {} if declared_as is None else {"timeout_tolerance": declared_as}
    assert tolerance(Policy(said), limit) == seconds


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        ({}, Outcome.DEVIATION),
        ({"absolute_timeout": 86_400}, Outcome.HELD),
        ({"absolute_timeout": 31 * 86_400}, Outcome.DEVIATION),
        ({"aal": 2, "absolute_timeout": 86_400}, Outcome.DEVIATION),
        ({"aal": 2, "absolute_timeout": 86_400, "idle_timeout": 3600}, Outcome.HELD),
        ({"aal": 3, "absolute_timeout": 43_200, "idle_timeout": 901}, Outcome.DEVIATION),
    ],
)
def test_declared_limits_are_compared_with_published_bounds(
    policy: dict[str, Any], outcome: Outcome
) -> None:
    assert bounded(Policy(policy)).outcome is outcome


def test_an_undeclared_limit_is_a_deviation() -> None:
    assert declared("idle_timeout", Policy()).outcome is Outcome.DEVIATION
    assert declared("idle_timeout", BOTH).outcome is Outcome.HELD


def _use(model: Model, unused: float, *, alive: bool, rotations: int = 0) -> Use:
    opened = model.event("login", None, user="alice")
    session = Session("s", "alice", Device("laptop"), "web", opened, rotations=rotations)
    seen = Seen("me", "alice" if alive else None, clear=True, why="")
    event = model.event("use", None, session=session)
    event.extra = found = Use(session, Ages(unused, unused), IDLE, seen, old=False)
    return found


@pytest.mark.parametrize(
    ("early", "late", "rotations", "outcome"),
    [
        (True, False, 0, Outcome.VIOLATED),
        (True, True, 0, Outcome.HELD),
        (False, False, 0, Outcome.HELD),
        (True, False, 1, Outcome.HELD),
    ],
)
def test_a_limit_that_holds_later_than_declared_is_told(
    early: bool, late: bool, rotations: int, outcome: Outcome
) -> None:
    model = Model({})
    _use(model, 1000, alive=early, rotations=rotations)
    assert enforced(_use(model, 3000, alive=late), model).outcome is outcome


def test_one_wait_serves_everything_that_is_due_after_it() -> None:
    plan = Timeline()
    plan.at(0, call="one", do="log_in", user="alice")
    plan.at(50, do="use", session="one")
    plan.at(0, call="two", do="log_in", user="bob")
    plan.at(20, do="use", session="two")
    plan.at(50, do="use", session="two")
    assert [(step["do"], step.get("session", step.get("seconds"))) for step in plan.steps()] == [
        ("log_in", None),
        ("log_in", None),
        ("wait", 20),
        ("use", "s2"),
        ("wait", 30),
        ("use", "s1"),
        ("use", "s2"),
    ]


@pytest.mark.parametrize("movable", [True, False])
def test_all_sessions_of_a_real_wait_grow_old_together(movable: bool) -> None:
    offers = dict.fromkeys(("web", "spa"), frozenset({"refresh", "keepalive"}))
    plans = list(deadlines(["web", "spa"], Limits(BOTH, movable), offers))
    assert len(plans) == (2 if movable else 1)
    waited = sum(step.get("seconds", 0.0) for step in plans[-1].steps())
    assert waited == pytest.approx(7200, rel=0.1)
    assert waited == pytest.approx(plans[-1].length)


def test_where_few_sessions_may_live_each_channel_has_its_own_history() -> None:
    policy = Policy({"idle_timeout": 900, "concurrency": {"mode": "evict", "max": 3}})
    offers = dict.fromkeys(("web", "spa"), frozenset[str]())
    assert len(list(deadlines(["web", "spa"], Limits(policy, movable=True), offers))) == 2


def test_without_limits_there_is_no_history() -> None:
    assert list(deadlines(["web"], Limits(Policy(), movable=True), {"web": frozenset()})) == []


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        ("abc.1795000900", [f"abc.{int(NOW + TEN_YEARS)}"]),
        ("1795000900123-x", [f"{int((NOW + TEN_YEARS) * 1000)}-x"]),
        ("abc.0000000012", []),
        ("17950009001", []),
        ("no time at all", []),
    ],
)
def test_times_in_a_value_are_put_off(value: str, changed: list[str]) -> None:
    assert [found for _, found in postponed(value, NOW)] == changed


class Clockwork:
    """A world whose time only waits move; it notes when a session is used."""

    def __init__(self, *active: float) -> None:
        self.now = 0.0
        named = enumerate(active)
        self.sessions = [SimpleNamespace(name=n, active=at, ended=None) for n, at in named]
        self.used: list[tuple[int, float]] = []
        self.answers = True
        self.model = self

    def role(self, name: str) -> str:
        """Return who plays a role."""
        return name

    def live_sessions(self, _: str) -> list[Any]:
        """Return all sessions."""
        return self.sessions

    def paced(self, seconds: float) -> float:
        """Return a wait that nothing has shortened."""
        return seconds

    def let_pass(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def use(self, session: Any) -> None:
        """Note a use."""
        self.used.append((session.name, self.now))
        if self.answers:
            session.active = self.now


def test_what_is_done_between_two_waits_is_no_time_of_its_own() -> None:
    world: Any = SimpleNamespace(planned=None, model=SimpleNamespace(now=100.0))
    assert Lasting.paced(world, 20.0) == 20.0
    world.model.now = 125.0
    assert Lasting.paced(world, 20.0) == 15.0
    world.model.now = 190.0
    assert Lasting.paced(world, 20.0) == 0.0


def test_busy_sessions_never_rest_longer_than_told() -> None:
    world: Any = Clockwork(0.0, -3.0)
    Lasting.wait_in_use(world, 20.0, "mallory", 8.0)
    assert world.now == pytest.approx(20.0)
    assert world.used == [(1, 5.0), (0, 8.0), (1, 13.0), (0, 16.0)]


def test_a_session_without_a_clear_answer_is_not_asked_again_at_once() -> None:
    world: Any = Clockwork(0.0)
    world.answers = False
    Lasting.wait_in_use(world, 20.0, "mallory", 8.0)
    assert world.used == [(0, 8.0), (0, 16.0)]


def test_a_wait_is_cut_when_the_run_is_stopped() -> None:
    asked = iter([None, KeyboardInterrupt()])

    def before_call() -> None:
        if (reason := next(asked)) is not None:
            raise reason

    world: Any = SimpleNamespace(
        bench=SimpleNamespace(
            offers=lambda _: False, adapter=SimpleNamespace(before_call=before_call)
        )
    )
    world._sleep = lambda seconds: Timing._sleep(world, seconds)
    with pytest.raises(KeyboardInterrupt):
        Timing.forward(world, 3600.0, at_most=7200.0)


def test_a_wait_that_is_too_long_is_not_made() -> None:
    world: Any = SimpleNamespace(bench=SimpleNamespace(offers=lambda _: False))
    with pytest.raises(NotOffered):
        Timing.forward(world, 3600.0, at_most=120.0)

"""A clock that did not go where it was moved: what is seen then is unclear, never a violation."""

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.contract import Acknowledged, Refused
from fixtures.session import TargetRun
from fixtures.targets.reference.launch import Running, running
from suites.kernel import timing
from suites.kernel.campaign import Campaign
from suites.kernel.conclude import conclude
from suites.kernel.discover import discover
from suites.kernel.plan import plan
from suites.kernel.policy import Policy
from suites.kernel.timing import strayed
from suites.kernel.verdict import Verdict
from suites.kernel.verify import Outcome
from suites.selftest.hunting import QUICK, profile

NODE = "https://shop.test"
POLICY = {"idle_timeout": 900, "absolute_timeout": "none"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "A_SECOND", 0.0)


def world(moved: float, *dates: float | None, later: float | None = None, **policy: Any) -> Any:
    """A history whose answers are dated so many seconds ahead of our clock; the last one again."""
    exchanges = [("probe", _dated(ahead)) for ahead in dates]

    def anonymous() -> None:
        exchanges.append(("probe", _dated(later if later is not None else dates[-1])))

    bench = SimpleNamespace(
        adapter=SimpleNamespace(nodes=(NODE,)),
        exchanges=exchanges,
        stale=lambda: None,
        anonymous=anonymous,
    )
    return SimpleNamespace(moved=moved, bench=bench, policy=Policy(policy))


def _dated(ahead: float | None, url: str = f"{NODE}/me") -> Any:
    return SimpleNamespace(url=url, sent_at=50.0, dated=None if ahead is None else 50.0 + ahead)


@pytest.mark.parametrize(
    ("moved", "dates"),
    [
        (0.0, (0.0, 400.0)),
        (3600.0, (0.0, 3600.0)),
        (3600.0, (7200.0, 10_800.0)),
        (3600.0, (None, None)),
        (3600.0, (0.0, 3700.0)),
        (1.0, (0.4, 0.0)),
    ],
)
def test_a_clock_that_went_along_is_believed(moved: float, dates: tuple[float | None, ...]) -> None:
    assert strayed(world(moved, *dates)) is None


@pytest.mark.parametrize(
    ("dates", "went"),
    [((0.0, 0.0), "0 s forward"), ((0.0, 90.0), "90 s forward"), ((0.0, -500.0), "500 s back")],
)
def test_one_that_did_not_is_told(dates: tuple[float, ...], went: str) -> None:
    assert strayed(world(3600.0, *dates)) == (
        "the clock of the target was moved forward by 3600 s, and the dates of its answers went "
        + went
    )


def test_the_declared_tolerance_counts() -> None:
    assert strayed(world(3600.0, 0.0, 3500.0, timeout_tolerance=60)) is not None
    assert strayed(world(3600.0, 0.0, 3500.0, timeout_tolerance="10%")) is None


def test_a_date_that_is_a_moment_late_is_asked_for_again() -> None:
    assert strayed(world(3600.0, 0.0, 0.0, later=3600.0)) is None


def test_the_dates_of_other_servers_say_nothing() -> None:
    made = world(3600.0, 0.0, 3600.0)
    made.bench.exchanges.append(("probe", _dated(0.0, "https://login.test/")))
    assert strayed(made) is None


@pytest.fixture(scope="module")
def target() -> Iterator[Running]:
    with running() as found:
        yield found


def judged_with(target: Running, advance: Callable[..., object] | None) -> Campaign:
    discover()
    target.reset((), {key: str(value) for key, value in POLICY.items()})
    with profile(target, POLICY, channels=("web",)) as path:
        run = TargetRun(path, seed=1)
        run.budget = run.script.budget = QUICK
        campaign = run.begin()
        if advance is not None:
            adapter: Any = run.loaded.adapter
            adapter.advance = advance
        for plan in run.script.timelines:
            campaign.play(plan.steps())
        return campaign


def test_a_clock_that_only_says_it_moved_shows_no_violation(target: Running) -> None:
    claim = "a_session_that_is_left_alone_dies"
    assert judged_with(target, None).ledger.tallies[claim].outcomes[Outcome.HELD] > 0
    campaign = judged_with(target, lambda seconds, *, node: Acknowledged())
    assert not campaign.ledger.breaches
    tally = campaign.ledger.tallies[claim]
    assert tally.judged == 0
    (why,) = tally.unclear_because
    assert re.search(r"the dates of its answers went [01] s forward", why)


def test_a_clock_that_may_not_be_moved_is_the_reason_why_nothing_was_judged(
    target: Running,
) -> None:
    campaign = judged_with(target, lambda seconds, *, node: Refused("advance: status 403"))
    told = (
        "the clock could not be moved: advance: status 403; check `advance` and `admin`, or "
        "`target.clock`"
    )
    assert dict(campaign.ledger.trouble) == {told: 1}
    planned = plan(campaign.calibration.capabilities, campaign.policy, ("SM-2.8", "SM-8.2"))
    idle, oracle = conclude(planned, campaign)
    assert idle.verdict is Verdict.NOT_EXERCISED
    assert told in idle.reason
    assert oracle.verdict is Verdict.PASS

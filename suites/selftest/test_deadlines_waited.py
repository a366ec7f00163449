"""Limits of seconds on a target whose clock nobody moves: all sessions grow old at once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
import yaml

from fixtures.session import TargetRun
from fixtures.targets.reference.launch import Running, running
from suites.kernel.campaign import Campaign
from suites.kernel.discover import discover
from suites.kernel.policy import Policy
from suites.machines.aging import agings
from suites.machines.deadlines import Limits, deadlines
from suites.selftest.hunting import QUICK, profile

POLICY = {
    "idle_timeout": 8,
    "absolute_timeout": 24,
    "access_token.lifetime": 9,
    "refresh.idle_lifetime": 13,
    "refresh.absolute_lifetime": 18,
    "remember_me.lifetime": 12,
    "timeout_tolerance": 1.5,
}
LONGEST = max(seconds for key, seconds in POLICY.items() if key != "timeout_tolerance")
REQUESTS = 10.0
"""Seconds for the logins before the first wait, and for the looks after the last one."""
CLAIMS = (
    "a_session_that_is_left_alone_dies",
    "a_session_in_use_outlives_its_idle_limit",
    "a_session_that_is_old_dies",
    "a_token_is_dead_after_its_own_end",
    "a_refresh_token_past_its_lifetime_is_refused",
    "a_refresh_token_within_its_lifetime_is_accepted",
    "a_remember_token_past_its_lifetime_is_refused",
    "a_remember_token_within_its_lifetime_is_accepted",
)


@pytest.fixture(scope="module")
def target() -> Iterator[Running]:
    with running() as found:
        yield found


def waited(target: Running, *faults: str) -> tuple[Campaign, float, float]:
    """Play the histories of limits; return what was found, the planned and the real seconds."""
    discover()
    target.reset(faults, {k: str(v) for k, v in POLICY.items() if k != "timeout_tolerance"})
    with profile(target, POLICY, channels=("web", "spa", "mobile")) as path:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        document["adapter"].pop("advance")
        Path(path).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        run = TargetRun(path, seed=1)
        run.budget = run.script.budget = replace(QUICK, waiting=60.0)
        campaign = run.begin()
        (plan,) = run.script.timelines
        began = monotonic()
        campaign.play(plan.steps())
        return campaign, plan.length, monotonic() - began


def test_a_correct_target_is_judged_in_the_time_of_its_longest_limit(target: Running) -> None:
    campaign, planned, real = waited(target)
    assert not campaign.ledger.breaches
    for claim in CLAIMS:
        assert campaign.ledger.tallies[claim].judged > 0, claim
    assert planned <= 1.1 * LONGEST
    assert real <= 1.1 * LONGEST + REQUESTS


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        ("use-never-extends", "SM-2.8"),
        ("remember-token-outlives-its-lifetime", "SM-9.4"),
    ],
)
def test_a_fault_in_time_is_found_by_waiting(target: Running, fault: str, broken: str) -> None:
    campaign, *_ = waited(target, fault)
    found = {breach.invariant.requirement.id for breach in campaign.ledger.breaches.values()}
    assert found == {broken}


@pytest.mark.parametrize(
    ("idle", "absolute", "longest"),
    [
        (1800, 14_400, 14_400),
        (60, 86_400, 86_400),
        (None, 3600, 3600),
        (1800, None, 1800),
        (1800, 2400, 2400),
    ],
)
def test_real_waiting_takes_as_long_as_the_longest_limit(
    idle: int | None, absolute: int | None, longest: int
) -> None:
    limits = {"idle_timeout": idle, "absolute_timeout": absolute}
    said: dict[str, object] = {key: seconds for key, seconds in limits.items() if seconds}
    said |= {"refresh": {"idle_lifetime": 1500, "absolute_lifetime": 1750}}
    said |= {"remember_me": {"lifetime": 1200}, "access_token": {"lifetime": 900}}
    policy = Policy(said)
    able = frozenset({"refresh", "keepalive", "boot", "open_public"})
    channels = ["web", "spa", "mobile"]
    others = list(agings(policy, renewing=channels, remembering=channels, signed=["mobile"]))
    offers = dict.fromkeys(channels, able)
    (plan,) = deadlines(channels, Limits(policy, movable=False), offers, others)
    steps = plan.steps()
    waits = [step["seconds"] for step in steps if step["do"] in {"wait", "wait_in_use"}]
    assert sum(waits) == pytest.approx(plan.length)
    assert sum(waits) <= 1.1 * longest
    assert {step["do"] for step in steps} > {"use", "refresh", "log_in_by_memory", "meet_end"}

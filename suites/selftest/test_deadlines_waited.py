"""Limits of seconds on a target whose clock nobody moves: all sessions grow old at once."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from fixtures.session import TargetRun
from fixtures.targets.reference.launch import Running, running
from suites.kernel.campaign import Campaign
from suites.kernel.discover import discover
from suites.selftest.hunting import QUICK, profile

POLICY = {"idle_timeout": 8, "absolute_timeout": 20, "timeout_tolerance": 2}


@pytest.fixture(scope="module")
def target() -> Iterator[Running]:
    with running() as found:
        yield found


def waited(target: Running, *faults: str) -> tuple[Campaign, float, float]:
    """Play the histories of limits; return what was found, the planned and the real seconds."""
    discover()
    target.reset(faults, {k: str(v) for k, v in POLICY.items() if k != "timeout_tolerance"})
    with profile(target, POLICY, channels=("web", "spa")) as path:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        document["adapter"].pop("advance")
        Path(path).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        run = TargetRun(path, seed=1)
        run.budget = run.script.budget = replace(QUICK, waiting=60.0)
        campaign = run.begin()
        (plan,) = run.script.timelines
        began = time.monotonic()
        campaign.play(plan.steps())
        return campaign, plan.length, time.monotonic() - began


def test_a_correct_target_is_judged_in_the_time_of_its_longest_limit(target: Running) -> None:
    campaign, planned, took = waited(target)
    assert not campaign.ledger.breaches
    for claim in ("a_session_that_is_left_alone_dies", "a_session_that_is_old_dies"):
        assert campaign.ledger.tallies[claim].judged > 0
    assert planned <= 1.2 * POLICY["absolute_timeout"]
    # What is not waiting is the setting up and the judging of a dozen sessions.
    assert took <= planned + 15.0


def test_a_fault_in_time_is_found_by_waiting(target: Running) -> None:
    campaign, _, _ = waited(target, "use-never-extends")
    broken = {breach.invariant.requirement.id for breach in campaign.ledger.breaches.values()}
    assert broken == {"SM-2.8"}

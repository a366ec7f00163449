"""Logins that take a code by time, on the reference target: nobody gets halfway in."""

from collections.abc import Iterator

from fixtures.scripted import Scripted
from fixtures.session import TargetRun
from fixtures.targets.reference.launch import running
from suites.kernel.bench import Calibration
from suites.kernel.discover import discover
from suites.kernel.ledger import Tally
from suites.kernel.verify import Outcome
from suites.selftest.hunting import profile

NAME = "mfa.yaml"


def halfway(run: TargetRun, calibration: Calibration) -> Iterator[Scripted]:
    """Yield the histories of visitors who get only half the way in."""
    for about, steps in run.script.histories(calibration):
        if any(step["do"] == "go_halfway" for step in steps):
            yield about, steps


def test_nobody_gets_in_without_the_code() -> None:
    discover()
    policy = {"mfa.required": "true"}
    with running(policy=policy) as target, profile(target, {}, NAME) as path:
        run = TargetRun(path, seed=1, only=("SM-5.6",))
        campaign = run.begin()
        for _, steps in halfway(run, campaign.calibration):
            campaign.play(steps)
    tallies = campaign.ledger.tallies
    assert campaign.ledger.trouble == {}
    for claim in ("a_visitor_halfway_in_is_nobody", "what_waits_for_a_second_step_is_nobody"):
        tally = tallies.get(claim, Tally())
        assert set(tally.outcomes) == {Outcome.HELD}, claim
    flows = {context for name, context in campaign.ledger.contexts if name.startswith("a_visitor")}
    assert {"a login without the code", "a login with a wrong code"} <= flows

"""The same search with Hypothesis's own shrinker: a machine that raises, for the bench."""

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import HypothesisException
from hypothesis.stateful import run_state_machine_as_test

from fixtures.session import TargetRun
from fixtures.targets.reference.launch import Running
from suites.kernel.campaign import Campaign, Walked
from suites.kernel.declare import Action
from suites.kernel.explore import machine
from suites.selftest.hunting import profile

HISTORIES, STEPS = 40, 12
FOR_EVER = float("inf")


class FaultSeenError(AssertionError):
    """The machine raises, as machines usually do."""


class Raising(Walked):
    """A history that raises as soon as one requirement is violated."""

    def __init__(self, campaign: Campaign, wanted: str) -> None:
        super().__init__(campaign, FOR_EVER)
        self.wanted = wanted

    def step(
        self, action: Action, drawn: Mapping[str, Any], spot: int, place: int | None = None
    ) -> None:
        """Perform a move and raise on the wanted violation."""
        super().step(action, drawn, spot)
        self._raise_if_seen()

    def _raise_if_seen(self) -> None:
        waiting = self.history.examiner.waiting if self.history else []
        for found in waiting:
            if found.finding.violated and found.invariant.requirement.id == self.wanted:
                raise FaultSeenError(found.invariant.name)


def shrunk(target: Running, fault: str, wanted: str) -> tuple[int, int]:
    """Return the requests until the first failing example, and until Hypothesis had shrunk it."""
    target.reset([fault])
    first = 0
    with profile(target, {}) as path:
        campaign = TargetRun(path, seed=1).begin()

        class Noting(Raising):
            def _raise_if_seen(self) -> None:
                nonlocal first
                try:
                    super()._raise_if_seen()
                except FaultSeenError:
                    first = first or campaign.ledger.requests
                    raise

        moves = [action for action in campaign.actions if action.weight]
        walk = machine(moves, lambda: Noting(campaign, wanted))
        chosen = settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            phases=[Phase.generate, Phase.shrink],
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
        )
        try:
            run_state_machine_as_test(seed(1)(walk), settings=chosen)
        except (FaultSeenError, HypothesisException):
            return first, campaign.ledger.requests
    return 0, campaign.ledger.requests

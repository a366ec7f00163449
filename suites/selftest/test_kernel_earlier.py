"""What an earlier run found is played again: still shown, refused, or not to be told, and why."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from suites.kernel.budget import Budget
from suites.kernel.campaign import Campaign
from suites.kernel.conclude import conclude
from suites.kernel.earlier import play_again
from suites.kernel.plan import judged, plan
from suites.kernel.policy import Policy
from suites.kernel.results import Earlier, Replay, Scenario
from suites.kernel.verdict import Verdict
from suites.selftest.declared import registries
from suites.selftest.toy import Toy, calibration

SHORT = Budget("short", 12, 15, 20.0, 1, 1.0, 80)


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    with registries():
        yield


def campaign(toy: Toy, *only: str, **policy: Any) -> Campaign:
    known, said = calibration(toy), Policy(policy)
    claims = judged(plan(known.capabilities, said, only=only).values())
    return Campaign(toy, known, said, claims, SHORT)


def findings(toy: Toy, *only: str, seed: int = 1) -> dict[str, Earlier]:
    """Search a target and return its findings as a later run reads them."""
    found = campaign(toy, *only)
    found.walk(seed)
    found.minimise()
    planned = plan(found.calibration.capabilities, found.policy, only=only)
    return {
        v.finding: Earlier(v.finding, v.requirement, v.invariant, v.claim, v.scenario)
        for result in conclude(planned, found)
        for v in result.violations
    }


def first(toy: Toy, identifier: str) -> Earlier:
    return next(one for one in findings(toy, identifier).values())


def test_a_finding_has_the_same_name_in_every_run() -> None:
    names = [set(findings(Toy(wrong=["logout keeps"]), "SM-2.1", seed=seed)) for seed in (1, 100)]
    assert set.union(*names) == {"SM-2.1-6484472e", "SM-2.1-9932232a"}
    assert set.intersection(*names)


def test_what_is_still_wrong_is_still_shown_and_counts_as_found() -> None:
    earlier = first(Toy(wrong=["logout keeps"]), "SM-2.1")
    again = campaign(Toy(wrong=["logout keeps"]))
    found = play_again(again, earlier)
    assert found.outcome is Replay.SHOWN
    assert found.why.startswith("seen recognised as")
    assert earlier.finding in again.ledger.breaches
    assert again.ledger.moves == {}, "a replay is no search"
    planned = plan(again.calibration.capabilities, again.policy)
    verdicts = {r.requirement.id: r.verdict for r in conclude(planned, again)}
    assert verdicts["SM-2.1"] is Verdict.FAIL


@pytest.mark.parametrize(
    ("wrong", "identifier"),
    [("logout keeps", "SM-2.1"), ("login keeps", "SM-5.1")],
)
def test_what_was_put_right_is_refused(wrong: str, identifier: str) -> None:
    for earlier in findings(Toy(wrong=[wrong]), identifier).values():
        again = campaign(Toy())
        found = play_again(again, earlier)
        assert (found.outcome, found.why) == (
            Replay.REFUSED,
            "its claim was judged again and held",
        )
        assert again.ledger.breaches == {}


class Mute(Toy):
    """Answers no login any more."""

    def login(self, *held: Any, **more: Any) -> Any:
        self.silent = True
        return super().login(*held, **more)


def test_what_cannot_be_played_is_never_called_refused() -> None:
    earlier = first(Toy(wrong=["logout keeps"]), "SM-2.1")
    gone = play_again(campaign(Toy(), "SM-5.1"), earlier)
    assert gone.outcome is Replay.NOT_PLAYED
    assert gone.why == "its claim is not judged in this run"
    mute = play_again(campaign(Mute()), earlier)
    assert mute.outcome is Replay.NOT_PLAYED
    unknown = play_again(campaign(Toy()), replace(earlier, unplayable="step 1 is no move"))
    assert (unknown.outcome, unknown.why) == (Replay.NOT_PLAYED, "step 1 is no move")
    unsure = play_again(campaign(Toy()), replace(earlier, reproduced=False))
    assert unsure.outcome is Replay.NOT_PLAYED
    assert unsure.why == "its scenario did not show it again in the earlier run either"


def test_a_scenario_that_no_longer_reaches_its_subject_says_so() -> None:
    earlier = first(Toy(wrong=["logout keeps"]), "SM-2.1")
    only_login = Scenario(earlier.scenario.steps[:1], "SM-2.1", earlier.scenario.invariant)
    found = play_again(campaign(Toy()), replace(earlier, scenario=only_login))
    assert found.outcome is Replay.NOT_PLAYED
    assert found.why == "nothing that its claim speaks of came up"
    broken = Scenario(earlier.scenario.steps[1:], "SM-2.1", earlier.scenario.invariant)
    found = play_again(campaign(Toy()), replace(earlier, scenario=broken))
    assert found.outcome is Replay.NOT_PLAYED
    assert found.why.startswith("a step was not possible: log out")


def test_a_finding_that_changed_its_name_is_still_shown() -> None:
    earlier = first(Toy(wrong=["logout keeps"]), "SM-2.1")
    named = replace(earlier, finding="SM-2.1-00000000")
    found = play_again(campaign(Toy(wrong=["logout keeps"])), named)
    assert found.outcome is Replay.SHOWN
    assert f"as finding {earlier.finding}" in found.why

"""From counts to one verdict a requirement: nothing unjudged passes, doubts are told."""

from types import SimpleNamespace
from typing import Any

import pytest

from suites.catalogue import catalogue, requirement
from suites.kernel.conclude import conclude
from suites.kernel.declare import Invariant
from suites.kernel.ledger import Breach, Ledger
from suites.kernel.model import Event
from suites.kernel.plan import Planned
from suites.kernel.policy import Policy
from suites.kernel.results import Result, Story
from suites.kernel.select import events
from suites.kernel.verdict import Verdict
from suites.kernel.verify import Finding, deviation, held, unclear, violated, warning

HELD = held("x", "y")
DOUBT = unclear("x", "503")


def judge(event: Event) -> Finding:
    return held(event.kind)


def claim(name: str = "it_holds", identifier: str = "SM-2.1", **said: Any) -> Invariant:
    return Invariant(requirement(identifier), name, "It holds.", events("x"), judge, **said)


MAIN = claim()
ARM = claim("an_arm_holds_too", arm=True)


class Run:
    """A campaign of which only the counts are known."""

    def __init__(self, *invariants: Invariant) -> None:
        self.invariants = invariants or (MAIN,)
        self.campaign: Any = SimpleNamespace(
            ledger=Ledger(),
            broken=None,
            gone=None,
            minimal={},
            locked=set(),
            calibration=SimpleNamespace(capabilities=frozenset({"login", "probe", "logout"})),
            policy=Policy(),
        )

    @property
    def ledger(self) -> Ledger:
        """What was counted."""
        found: Ledger = self.campaign.ledger
        return found

    def saw(self, finding: Finding, times: int = 1, invariant: Invariant = MAIN) -> "Run":
        """Count judgements, and keep a violation."""
        for _ in range(times):
            self.ledger.count(invariant, finding)
        if finding.violated:
            breach = Breach(invariant, finding, "somewhere", (), "well before", "3 of 3", 7)
            self.ledger.breach(breach)
        return self

    def result(self, **said: Any) -> Result:
        """The verdict of the one requirement."""
        entry = Planned(requirement("SM-2.1"), True, "will run", self.invariants)
        [found] = conclude({"SM-2.1": entry}, self.campaign, **said)
        return found


# -- counts ---------------------------------------------------------------------------------------


def test_zero_judged_is_not_exercised_and_never_passed() -> None:
    found = Run().result()
    assert found.verdict is Verdict.NOT_EXERCISED
    assert found.reason == "it holds: 0 of at least 1 subjects judged"


def test_what_only_cookies_can_break_does_not_apply_where_none_was_seen() -> None:
    of_cookies = claim(needs=frozenset({"session_cookie"}))
    found = Run(of_cookies, ARM).result()
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert found.reason.endswith("a session artefact travels in a cookie, as the smoke test saw")


def test_a_claim_that_needs_what_was_not_seen_does_not_hold_the_others_back() -> None:
    of_cookies = claim("it_is_kept_in_a_cookie", needs=frozenset({"session_cookie"}))
    assert Run(of_cookies, MAIN).saw(HELD).result().verdict is Verdict.PASS


def test_one_judged_and_held_passes() -> None:
    found = Run().saw(HELD).result()
    assert (found.verdict, found.judged) == (Verdict.PASS, 1)
    assert found.reason == "every judged subject held"


def test_fewer_than_asked_for_is_not_exercised() -> None:
    many = claim(at_least=50)
    assert Run(many).saw(HELD, 49, many).result().verdict is Verdict.NOT_EXERCISED
    assert Run(many).saw(HELD, 50, many).result().verdict is Verdict.PASS


def test_an_arm_need_not_be_reached() -> None:
    assert Run(MAIN, ARM).saw(HELD).result().verdict is Verdict.PASS


def test_an_arm_does_not_stand_in_for_the_claim() -> None:
    assert Run(MAIN, ARM).saw(HELD, 9, ARM).result().verdict is Verdict.NOT_EXERCISED


def test_every_claim_that_is_no_arm_must_be_exercised() -> None:
    other = claim("another_claim_holds")
    found = Run(MAIN, other).saw(HELD, 9).result()
    assert found.verdict is Verdict.NOT_EXERCISED
    assert found.reason.startswith("another claim holds")


def test_a_violation_outweighs_everything() -> None:
    run = Run(MAIN, ARM).saw(HELD, 99).saw(DOUBT, 50).saw(violated("dead", "alive"), 1, ARM)
    found = run.result()
    assert found.verdict is Verdict.FAIL
    assert found.reason == "expected dead; seen alive"
    [told] = found.violations
    assert (told.expected, told.seen, told.replays) == ("dead", "alive", "3 of 3")
    assert not told.reproduced


# -- doubts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judged", "doubts", "verdict"),
    [
        (0, 1, Verdict.UNCLEAR),
        (10, 1, Verdict.PASS),
        (10, 2, Verdict.UNCLEAR),
        (100, 10, Verdict.PASS),
        (100, 12, Verdict.UNCLEAR),
    ],
)
def test_more_than_a_tenth_of_doubts_is_unclear(judged: int, doubts: int, verdict: Verdict) -> None:
    found = Run().saw(HELD, judged).saw(DOUBT, doubts).result()
    assert found.verdict is verdict
    if verdict is Verdict.UNCLEAR:
        assert found.reason == f"{doubts} of {judged + doubts} judgements unclear: 503"


def test_doubts_of_an_arm_do_not_make_the_requirement_unclear() -> None:
    assert Run(MAIN, ARM).saw(HELD).saw(DOUBT, 9, ARM).result().verdict is Verdict.PASS


def test_the_most_common_reason_of_doubt_is_told() -> None:
    found = Run().saw(DOUBT, 2).saw(unclear("x", "429"), 3).result()
    assert found.reason.endswith(": 429")


# -- notes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (warning("a declared policy", "none declared"), Verdict.WARNING),
        (deviation("a declared policy", "none declared"), Verdict.DEVIATION),
    ],
)
def test_a_note_makes_its_own_verdict(finding: Finding, verdict: Verdict) -> None:
    found = Run().saw(HELD, 9).saw(finding).result()
    assert found.verdict is verdict
    assert found.reason == "a declared policy: none declared"
    assert found.arms[0].notes == (found.reason,)


def test_a_note_counts_as_judged() -> None:
    assert Run().saw(deviation("x", "y")).result().judged == 1


def test_a_warning_outweighs_a_deviation() -> None:
    found = Run().saw(deviation("x", "weaker")).saw(warning("x", "odd")).result()
    assert (found.verdict, found.reason) == (Verdict.WARNING, "x: odd")


# -- runs that did not end well -------------------------------------------------------------------


def test_what_an_interruption_left_unjudged_is_unclear() -> None:
    found = Run().result(interrupted=True)
    assert found.verdict is Verdict.UNCLEAR
    assert found.reason == "not finished: the run was interrupted"


def test_what_was_judged_before_stays_judged() -> None:
    assert Run().saw(HELD).result(interrupted=True).verdict is Verdict.PASS
    assert Run().saw(violated("x", "y")).result(interrupted=True).verdict is Verdict.FAIL


def test_a_target_that_went_away_leaves_the_rest_unclear() -> None:
    run = Run()
    run.campaign.gone = "connection refused"
    assert run.result().reason == "not finished: connection refused"
    assert run.result().verdict is Verdict.UNCLEAR


def test_a_broken_adapter_is_an_error_and_no_violation() -> None:
    run = Run()
    run.campaign.broken = "shop.py line 3 in logout(): KeyError"
    found = run.result()
    assert (found.verdict, found.reason) == (Verdict.ERROR, "shop.py line 3 in logout(): KeyError")
    assert found.violations == ()


def test_what_does_not_run_is_not_applicable_with_its_reason() -> None:
    why = "not applicable: capability refresh is missing"
    entry = Planned(requirement("SM-2.2"), False, why)
    [found] = conclude({"SM-2.2": entry}, Run().campaign)
    assert (found.verdict, found.reason) == (Verdict.NOT_APPLICABLE, why)


def test_results_come_in_the_order_of_the_catalogue() -> None:
    ids = ["X-1", "SM-10.1", "SM-2.1", "SM-8.3"]
    planned = {i: Planned(requirement(i), i == "SM-8.3", "why") for i in ids}
    told = [result.requirement.id for result in conclude(planned, Run().campaign)]
    assert told == ["SM-2.1", "SM-8.3", "SM-10.1", "X-1"]


# -- conditions on the run itself -----------------------------------------------------------------


def condition(identifier: str, run: Run, *others: Planned, **said: Any) -> Result:
    entries = (Planned(requirement(identifier), True, "will run"), *others)
    planned = {entry.requirement.id: entry for entry in entries}
    found = {r.requirement.id: r for r in conclude(planned, run.campaign, **said)}
    return found[identifier]


def test_attack_scenarios_that_nothing_judged_are_named() -> None:
    found = condition("SM-8.1", Run())
    assert found.verdict is Verdict.NOT_EXERCISED
    for scenario in ("session hijacking", "session fixation", "token replay"):
        assert scenario in found.reason


def test_all_attack_scenarios_judged_pass() -> None:
    run = Run()
    planned: list[Planned] = []
    for seed in ("G8.1a", "G8.1b", "G8.1c", "G8.1d", "G8.1e"):
        carrier = next(r for r in catalogue().values() if seed in r.seeds and r.section != 8)
        invariant = claim(f"seed_{seed}".replace(".", "_"), carrier.id)
        run.saw(HELD, 1, invariant)
        known = [entry for entry in planned if entry.requirement.id == carrier.id]
        mine = (*known[0].invariants, invariant) if known else (invariant,)
        planned = [entry for entry in planned if entry not in known]
        planned.append(Planned(carrier, True, "will run", mine))
    open_ = condition("SM-8.1", run, *planned)
    assert open_.verdict is Verdict.WARNING
    assert "SM-2.8" in open_.reason
    for identifier in ("SM-2.8", "SM-2.9"):
        invariant = claim(f"expiry_{identifier[3:]}".replace(".", "_"), identifier)
        run.saw(HELD, 1, invariant)
        planned.append(Planned(requirement(identifier), True, "will run", (invariant,)))
    assert condition("SM-8.1", run, *planned).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("histories", "failed", "verdict"),
    [
        (20, 0, Verdict.PASS),
        (20, 1, Verdict.PASS),
        (20, 5, Verdict.UNCLEAR),
        (3, 3, Verdict.UNCLEAR),
    ],
)
def test_the_oracle_must_discriminate_before_and_after(
    histories: int, failed: int, verdict: Verdict
) -> None:
    run = Run()
    run.ledger.histories = histories
    run.ledger.trouble["a fresh login is not possible"] += failed
    assert condition("SM-8.2", run).verdict is verdict


def test_an_oracle_that_was_never_asked_does_not_pass() -> None:
    assert condition("SM-8.2", Run()).verdict is not Verdict.PASS


def test_a_broken_adapter_is_an_error_of_the_oracle() -> None:
    run = Run()
    run.campaign.broken = "shop.py line 3"
    assert condition("SM-8.2", run).verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("reproduced", "verdict"), [(True, Verdict.PASS), (False, Verdict.WARNING)]
)
def test_findings_must_reproduce(reproduced: bool, verdict: Verdict) -> None:
    run = Run().saw(violated("x", "y"))
    [identifier] = run.ledger.breaches
    run.campaign.minimal[identifier] = SimpleNamespace(
        steps=(), exchanges=(), reproduced=reproduced, story=Story(), requests=3
    )
    entry = Planned(requirement("SM-2.1"), True, "will run", (MAIN,))
    found = condition("SM-8.3", run, entry)
    assert found.verdict is verdict
    assert (identifier in found.reason) is not reproduced


def test_without_findings_there_is_nothing_to_reproduce() -> None:
    assert condition("SM-8.3", Run()).verdict is Verdict.NOT_APPLICABLE


# -- names of findings ----------------------------------------------------------------------------


def test_a_finding_is_called_the_same_in_every_run() -> None:
    first = Breach(MAIN, violated("x", "y"), "logout | session", (), "", "3 of 3", 1)
    again = Breach(MAIN, violated("x", "z"), "logout | session", ({},), "", "1 of 3", 9)
    other = Breach(MAIN, violated("x", "y"), "logout | access", (), "", "3 of 3", 1)
    assert first.id == again.id
    assert first.id != other.id
    assert first.id.startswith("SM-2.1-")

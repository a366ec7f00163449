"""What will run and what will not, decided without a request, each with its reason."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters import capabilities
from suites.catalogue import UnknownRequirement, catalogue
from suites.kernel.declare import INVARIANTS, invariant
from suites.kernel.model import Session
from suites.kernel.plan import RUN_CONDITIONS, judged, only_known, plan
from suites.kernel.policy import Policy
from suites.kernel.select import live
from suites.kernel.verify import Finding, held
from suites.selftest.declared import registries

ALL = frozenset({*capabilities.OPERATIONS, *capabilities.TRAITS})
BARE = frozenset({"login", "probe", "logout"}) | capabilities.ALWAYS


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    with registries():
        yield


def why(identifier: str, able: frozenset[str] = ALL, **policy: Any) -> str:
    return plan(able, Policy(policy))[identifier].why


def test_every_requirement_is_planned_in_the_order_of_the_catalogue() -> None:
    planned = list(plan(ALL, Policy()))
    assert [identifier for identifier in planned if identifier.startswith("SM-")] == list(
        catalogue()
    )


def test_what_the_adapter_can_do_will_run() -> None:
    entry = plan(BARE, Policy())["SM-2.1"]
    assert (entry.runs, entry.why) == (True, "will run")
    assert [i.name for i in entry.invariants] == ["logged_out_session_is_refused"]


def test_a_missing_capability_is_named() -> None:
    assert why("SM-2.4", BARE) == "not applicable: capability change_password is missing"
    entry = plan(BARE, Policy())["SM-2.4"]
    assert not entry.runs
    assert entry.invariants == ()


def test_of_several_capabilities_one_is_enough() -> None:
    found = next(r for r in catalogue().values() if r.needs_any)
    without = ALL - set(found.needs_any)
    names = ", ".join(found.needs_any)
    if all(need in without for need in found.needs):
        told = f"not applicable: capability {names}: one of them is needed"
        assert why(found.id, without) == told


def test_an_undeclared_policy_is_named() -> None:
    told = "not applicable: policy concurrency.mode=block is not declared"
    assert why("SM-6.2") == told
    assert why("SM-6.2", concurrency={"mode": "evict"}) == told
    assert why("SM-6.2", concurrency={"mode": "block", "max": 2}) == "will run"


def test_what_this_suite_does_not_cover_yet_says_so() -> None:
    covered = {i.requirement.id for i in INVARIANTS.values()}
    blank = [i for i in catalogue() if i not in covered and i not in RUN_CONDITIONS]
    planned = plan(ALL, Policy())
    for identifier in blank:
        assert not planned[identifier].runs
        assert planned[identifier].why.startswith("not applicable")


def test_the_conditions_on_the_run_itself_always_run() -> None:
    planned = plan(BARE, Policy())
    assert all(planned[identifier].runs for identifier in RUN_CONDITIONS)


def test_an_arm_whose_capability_is_missing_is_left_out() -> None:
    with_it = plan(ALL, Policy())["SM-4.1"].invariants
    without = plan(ALL - {"plaintext_url"}, Policy())["SM-4.1"].invariants
    assert {i.name for i in with_it} - {i.name for i in without} == {
        "sessions_are_refused_without_encryption"
    }


def test_a_claim_of_arms_only_that_cannot_be_asked_names_the_capability(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [n for n, claim in INVARIANTS.items() if claim.requirement.id == "SM-13.3"]:
        monkeypatch.delitem(INVARIANTS, name)

    @invariant("SM-13.3", over=live(), needs={"browser"})
    def the_main_claim_needs_a_browser(session: Session) -> Finding:
        """The main claim needs a browser."""
        return held(session.name)

    @invariant("SM-13.3", over=live(), arm=True)
    def an_arm_needs_nothing(session: Session) -> Finding:
        """An arm needs nothing."""
        return held(session.name)

    found = catalogue()["SM-13.3"]
    policy = {key: value for key, _, value in (p.partition("=") for p in found.policy) if value}
    able = ALL | set(found.needs) | set(found.needs_any)
    assert why("SM-13.3", able - {"browser"}, **policy) == (
        "not applicable: capability browser is missing"
    )


def test_only_keeps_what_is_asked_for() -> None:
    assert list(plan(ALL, Policy(), only=["SM-5.1", "SM-2.1"])) == ["SM-2.1", "SM-5.1"]


def test_an_unknown_id_is_refused_in_words() -> None:
    assert only_known(["SM-2.1", "X-7"]) == ("SM-2.1", "X-7")
    with pytest.raises(UnknownRequirement, match=r"'SM-2\.99' is no requirement.*write one of"):
        only_known(["SM-2.99"])


def test_an_own_threat_is_planned_under_its_own_words() -> None:
    @invariant("X-41", over=live())
    def nobody_is_disturbed(session: Session) -> Finding:
        """Nobody is disturbed by anybody."""
        return held(session.name)

    entry = plan(BARE, Policy())["X-41"]
    assert entry.runs
    assert entry.requirement.title == "nobody is disturbed"
    assert entry.requirement.statement == "Nobody is disturbed by anybody."
    assert list(plan(BARE, Policy()))[-1] == "X-41"


def test_only_what_runs_is_judged() -> None:
    planned = plan(BARE, Policy(), only=["SM-2.1", "SM-2.4"])
    assert {i.requirement.id for i in judged(planned.values())} == {"SM-2.1"}

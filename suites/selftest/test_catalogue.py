"""The catalogue of requirements: complete, looked up by id, and known where a claim is written."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.targets.faults import FAULTS
from suites.catalogue import (
    SECTIONS,
    UnknownRequirement,
    catalogue,
    guide_sentence,
    policy_keys,
    requirement,
)
from suites.kernel.declare import INVARIANTS
from suites.kernel.plan import RUN_CONDITIONS
from suites.selftest.declared import registries

DELIVERED = {name for name, found in catalogue().items() if found.kind == "target"}
"""What speaks of a target: all of it is judged. What speaks of the run itself comes on top."""


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    with registries():
        yield


# -- the catalogue itself -------------------------------------------------------------------------


def test_it_holds_89_requirements_in_order() -> None:
    found = list(catalogue().values())
    assert len(found) == 89
    assert sorted(found, key=lambda r: r.order) == found
    assert {r.section for r in found} == set(SECTIONS)


@pytest.mark.parametrize("identifier", list(catalogue()))
def test_a_requirement_says_what_is_needed_to_judge_it(identifier: str) -> None:
    found = catalogue()[identifier]
    assert re.fullmatch(r"SM-(\d+)\.(\d+)", identifier)
    assert found.title
    assert "SHALL" in found.statement
    assert found.level in {"core", "extended", "policy"}
    assert found.severity in {"blocker", "critical", "normal", "minor", "trivial"}
    assert found.exercised_when
    assert not found.own


def test_what_a_requirement_asks_of_the_policy_is_a_policy_key() -> None:
    known = policy_keys()
    unknown = {
        (found.id, key)
        for found in catalogue().values()
        for key in found.policy
        if key.partition("=")[0] not in known and f"{key.split('.')[0]}.*" not in known
    }
    assert unknown == set()


def test_faults_of_a_requirement_have_letters_of_their_own() -> None:
    for found in catalogue().values():
        letters = [letter for letter, _, _ in found.mutants]
        assert len(set(letters)) == len(letters), found.id


def test_a_seed_stands_for_a_sentence_of_the_guide() -> None:
    seeds = {seed for found in catalogue().values() for seed in found.seeds}
    silent = {seed for seed in seeds if guide_sentence(seed) == seed}
    assert silent == set()


# -- looking up -----------------------------------------------------------------------------------


def test_a_known_id_is_found() -> None:
    assert requirement("SM-2.1") is catalogue()["SM-2.1"]


@pytest.mark.parametrize("identifier", ["SM-2.99", "SM-2", "sm-2.1", "", "X-0", "X-", "X-1a", "X1"])
def test_an_unknown_id_says_what_to_write(identifier: str) -> None:
    with pytest.raises(UnknownRequirement, match=r"write one of SM-1\.1 to SM-13\.3, or X-1"):
        requirement(identifier)


@pytest.mark.parametrize("identifier", ["X-1", "X-12"])
def test_a_threat_of_ones_own_needs_no_entry(identifier: str) -> None:
    found = requirement(identifier)
    assert (found.id, found.own, found.section) == (identifier, True, 0)
    assert max([*catalogue().values(), found], key=lambda r: r.order) is found


# -- where a claim is written ---------------------------------------------------------------------

CLAIM = '''
"""A claim."""
from suites.kernel import Finding, Session, invariant, live, held


@invariant("{id}", over=live())
def {name}({parameters}) -> Finding:
    {docstring}
    return held("x")
'''


def imported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, identifier: str = "SM-2.1", **said: str
) -> str:
    module = f"claim_{abs(hash(folder))}"
    words = {
        "name": "a_claim_of_a_test_holds",
        "parameters": "session: Session",
        "docstring": '"""It holds."""',
    }
    text = CLAIM.format(id=identifier, **(words | said))
    (folder / f"{module}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, module, raising=False)
    importlib.import_module(module)
    monkeypatch.delitem(sys.modules, module)
    return (words | said)["name"]


def test_a_claim_of_an_unknown_id_fails_where_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnknownRequirement, match=r"'SM-2\.99'"):
        imported(tmp_path, monkeypatch, "SM-2.99")


@pytest.mark.parametrize("identifier", ["SM-2.1", "X-77"])
def test_a_claim_of_a_known_id_is_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, identifier: str
) -> None:
    name = imported(tmp_path, monkeypatch, identifier)
    assert INVARIANTS[name].requirement.id == identifier
    assert INVARIANTS[name].claim == "It holds."


def test_a_claim_without_a_sentence_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TypeError, match="needs a docstring of one sentence"):
        imported(tmp_path, monkeypatch, docstring="pass")


def test_a_claim_about_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="the thing it judges as first parameter"):
        imported(tmp_path, monkeypatch, parameters="")


def test_a_claim_takes_no_name_that_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TypeError, match="another invariant of this name exists"):
        imported(tmp_path, monkeypatch, name="logged_out_session_is_refused")


# -- coverage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", sorted(DELIVERED))
def test_every_delivered_requirement_has_a_claim_that_is_no_arm(identifier: str) -> None:
    claims = [i for i in INVARIANTS.values() if i.requirement.id == identifier]
    assert any(not claim.arm for claim in claims)


def test_what_is_judged_is_what_is_delivered() -> None:
    judged = {i.requirement.id for i in INVARIANTS.values() if not i.requirement.own}
    assert judged == DELIVERED
    assert not judged & set(RUN_CONDITIONS)


def test_every_fault_of_what_is_delivered_is_planted() -> None:
    listed = {
        f"{identifier}/{letter}"
        for identifier in DELIVERED
        for letter, *_ in catalogue()[identifier].mutants
    }
    assert {fault.code for fault in FAULTS.values()} >= listed

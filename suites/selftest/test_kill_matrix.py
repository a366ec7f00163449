"""A representative kill matrix and a few seeds of no false alarm; make runs the whole ones."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.browser import lacking
from fixtures.targets.fault import Fault, Kind
from fixtures.targets.faults import FAULTS
from fixtures.targets.planted.browser import BROWSER
from fixtures.targets.reference.launch import Running, running
from suites.kernel.presets import PRESETS
from suites.selftest.hunting import (
    PRESSING,
    QUICK,
    ROUNDS,
    hunt_fault,
    hunt_on,
    hunt_under,
    judge,
)
from suites.selftest.variants import FLOODED, PRESET_FAULTS

RACING = 2
"""The seed with which correct targets are raced as well."""

EACH = 3
"""Requirements of each section that are hunted at every change; make kill-matrix hunts all."""
OFTEN = (
    *("hardened", "evict oldest", "stateless access token until exp", "provider"),
    *("authority as weak as declared", "sessions are bound to an address"),
)
"""The variants that are judged at every change; make no-false-alarm judges all."""


def representative() -> list[Fault]:
    """Return the fault that takes most to be seen, on one node, of a few requirements a section."""
    order, sections = list(Kind), dict[str, list[Fault]]()
    for requirement in dict.fromkeys(fault.breaks for fault in FAULTS.values()):
        hardest = max(
            (fault for fault in FAULTS.values() if fault.breaks == requirement),
            key=lambda fault: (-fault.nodes, order.index(fault.kind)),
        )
        sections.setdefault(requirement.partition(".")[0], []).append(hardest)
    # Evenly over the section, its first and its last among them.
    return [
        faults[place]
        for faults in sections.values()
        for place in sorted({step * (len(faults) - 1) // (EACH - 1) for step in range(EACH)})
    ]


@pytest.fixture(scope="session")
def reference() -> Iterator[Running]:
    with running() as target:
        yield target


@pytest.mark.parametrize("name", [fault.name for fault in representative()])
def test_a_seeded_fault_is_found_under_its_own_id(name: str, reference: Running) -> None:
    fault = FAULTS[name]
    if fault in BROWSER and (why := lacking(None)):
        pytest.skip(why)
    assert judge(fault, hunt_fault(reference, fault)) == ""


@pytest.mark.parametrize(("seed", "variant"), [(RACING, "hardened"), *enumerate(OFTEN, 1)])
def test_a_correct_target_fails_nothing(seed: int, variant: str, reference: Running) -> None:
    budget = replace(QUICK, rounds=ROUNDS) if seed == RACING else QUICK
    found = hunt_on(
        reference, variant, budget=budget, seed=seed, few=(seed, variant) != (1, "hardened")
    )
    assert found.told == ()
    assert found.trouble == ()


@pytest.mark.parametrize("variant", FLOODED)
def test_a_correct_target_fails_nothing_under_load(variant: str, reference: Running) -> None:
    found = hunt_on(reference, variant, budget=PRESSING, few=True)
    assert found.told == ()
    assert found.trouble == ()


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_preset_can_be_broken(preset: str, reference: Running) -> None:
    fault = FAULTS[PRESET_FAULTS[preset][0]]
    assert judge(fault, hunt_under(reference, preset, broken=True, budget=QUICK)) == ""


def test_faults_declare_what_else_they_break() -> None:
    for fault in FAULTS.values():
        assert len(fault.also_may_break) <= 3, fault.code
        assert all(fault.because.values()), fault.code

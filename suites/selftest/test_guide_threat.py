"""A threat of one's own is one small file, and finds what it was written for."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suites.kernel.budget import Budget
from suites.kernel.campaign import Campaign
from suites.kernel.declare import ACTIONS, INVARIANTS
from suites.kernel.discover import ROOMS, discover
from suites.kernel.plan import judged, plan
from suites.kernel.policy import Policy
from suites.kernel.scenario import tell
from suites.selftest.declared import registries
from suites.selftest.toy import Toy, calibration

SHIPPED = Path(__file__).parents[1] / "threats" / "session_flood.py"
OWN = '''"""Own threat: one account floods the session table until a stranger is pushed out."""
import hypothesis.strategies as st

from suites.kernel import action, invariant, live, recognised_as


@action(logins=st.integers(1, 12))
def flood_the_table(world, logins):
    for _ in range(logins):
        world.login("mallory", "botnet")


@invariant("X-7", over=live(but_not="mallory"), again=True)
def a_flood_never_evicts_a_stranger(session, target):
    """No number of logins by one account ends the session of another."""
    return recognised_as(session.user, target.replay(session))
'''


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    with registries():
        yield


@pytest.fixture
def own_threat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The threat as a user writes it, in a package of its own."""
    package = f"own_threats_{tmp_path.name.replace('-', '_')}"
    folder = tmp_path / package
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Own threats."""\n', encoding="utf-8")
    (folder / "flooding.py").write_text(OWN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("suites.kernel.discover.ROOMS", (*ROOMS, package))
    discover()
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


def test_it_takes_less_than_twenty_lines() -> None:
    for text in (OWN, SHIPPED.read_text(encoding="utf-8")):
        assert len(text.splitlines()) < 20


def test_it_is_found_by_its_place_and_registered(own_threat: str) -> None:
    assert (
        INVARIANTS["a_flood_never_evicts_a_stranger"].judge.__module__ == f"{own_threat}.flooding"
    )
    assert ACTIONS["flood_the_table"].told == "flood the table {logins}"
    entry = plan(frozenset(), Policy())["X-7"]
    assert entry.runs
    assert entry.requirement.title == "a flood never evicts a stranger"


def test_finding_it_twice_changes_nothing(own_threat: str) -> None:
    before = dict(INVARIANTS)
    importlib.import_module(f"{own_threat}.flooding")
    discover()
    assert before == INVARIANTS


class Crowded(Toy):
    """Has room for four sessions in all, whoever they belong to."""

    def login(self, *who: Any, **lane: Any) -> Any:
        """Log in, and forget the oldest session of anybody when there are too many."""
        answer = super().login(*who, **lane)
        for value in list(self.entries)[:-4]:
            self._drop(value)
        return answer


@pytest.mark.usefixtures("own_threat")
@pytest.mark.parametrize(("toy", "found"), [(Crowded, 1), (Toy, 0)])
def test_it_finds_what_it_was_written_for_and_nothing_else(toy: type[Toy], found: int) -> None:
    target = toy()
    known = calibration(target)
    claims = judged(plan(known.capabilities, Policy(), only=["X-7"]).values())
    budget = Budget("short", 60, 12, 10.0, 1, 1.0, 60)
    campaign = Campaign(target, known, Policy(), claims, budget)
    campaign.walk(1)
    campaign.minimise()
    assert (campaign.gone, campaign.broken) == (None, None)
    assert campaign.ledger.tallies["a_flood_never_evicts_a_stranger"].judged
    assert len(campaign.ledger.breaches) == found
    for minimal in campaign.minimal.values():
        assert minimal.reproduced
        assert len(minimal.steps) <= 6
        assert tell(minimal.steps)

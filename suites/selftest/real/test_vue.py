"""A single-page application drawn with Vue, in a real browser: as shipped, and its fixed twin."""

from collections.abc import Iterator

import pytest

from adapters.browser import lacking
from fixtures.demo import PROFILE
from fixtures.demo_browser import BUILD
from fixtures.session import TargetRun
from fixtures.targets.faults import FAULTS
from fixtures.targets.real.installing import installed_packages
from fixtures.targets.reference.launch import Running, running
from suites.kernel.budget import Budget
from suites.kernel.verdict import Verdict
from suites.selftest.hunting import UNTIMED, hunt_fault, judge, profile

BRIEF = Budget("brief", 0, 12, 0.0, 5, 1.0, 2)
PAGE = PROFILE.with_name("browser.yaml").name

pytestmark = pytest.mark.skipif(bool(lacking(None)), reason=str(lacking(None)))


@pytest.fixture(scope="module")
def application() -> Iterator[Running]:
    with running(vue=installed_packages("vue") / BUILD) as target:
        yield target


def test_the_token_it_stores_is_found(application: Running) -> None:
    fault = FAULTS["token-in-local-storage"]
    assert judge(fault, hunt_fault(application, fault)) == ""


def test_the_fixed_twin_fails_nothing(
    application: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    application.reset(policy={key: str(value) for key, value in UNTIMED.items()})
    with profile(application, UNTIMED, PAGE, ("app",)) as path:
        run = TargetRun(path, seed=1)
        run.budget = run.script.budget = BRIEF
        loaded: list[str] = []
        run.loaded.transport.taps.append(lambda exchange: loaded.append(exchange.url))
        monkeypatch.setattr(run.script, "histories", lambda _: run.script.in_browser())
        run.search()
    assert f"{application.url}/app/vue.js" in loaded
    assert [v for result in run.results.values() for v in result.violations] == []
    assert {run.results[name].verdict for name in ("SM-4.5", "SM-13.2")} == {Verdict.PASS}

"""Command line: a profile makes pytest judge a target; without one it runs the self-tests."""

import sys
from pathlib import Path

import pytest

from fixtures.wiring import Wiring, open_run, show_plan
from suites.kernel.budget import BUDGETS
from suites.kernel.discover import discover

pytest_plugins = ["reports.pytest_redaction"]

TARGET_TESTS = ("test_00_adapter.py", "test_10_guide.py", "test_20_threats.py")
_WIRING = pytest.StashKey[Wiring]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run on a target."""
    group = parser.getgroup("session management")
    group.addoption("--profile", metavar="YAML", help="judge the target that this file describes")
    group.addoption("--plan", action="store_true", help="say what would run; send nothing")
    group.addoption("--only", action="append", default=[], metavar="ID", help="SM-2.1, X-1, ...")
    group.addoption("--budget", choices=sorted(BUDGETS), help="how much to search")
    group.addoption("--seed", type=int, help="repeat the random part of an earlier run")
    group.addoption("--replay", metavar="JSON", help="play one stored scenario")
    group.addoption(
        "--baseline", metavar="RUN", help="play the findings of this earlier run again first"
    )
    group.addoption(
        "--defer", metavar="FILE", help="leave limits that take too long to a later run"
    )
    group.addoption("--resume", metavar="FILE", help="judge what an earlier run left")
    group.addoption(
        "--example-db",
        metavar="PLACE",
        help="begin with what walks found before: a folder, or redis://host:port/db",
    )
    group.addoption("--no-allure", action="store_true", help="leave the Allure report out")
    group.addoption(
        "--load", action="store_true", default=None, help="flood the target, within the policy"
    )
    group.addoption(
        "--load-workers", type=int, metavar="N", help="flood from so many Locust workers"
    )
    group.addoption(
        "--allow-production", action="store_true", help="the owner agreed to a production test"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Refuse what cannot be judged and show the plan, before a test session is opened."""
    if config.option.help:
        return None
    if config.getoption("--profile") is not None:
        discover()
    wiring = open_run(config)
    if wiring is None:
        return None
    if config.getoption("--plan"):
        for line in show_plan(wiring):
            print(line)
        return 0
    if config.option.collectonly:
        config.pluginmanager.register(wiring, "session-management")
        return None
    if refused := wiring.refusal():
        sentence, exit_ = refused
        print(f"ERROR: {sentence}", file=sys.stderr)
        return exit_.code
    config.stash[_WIRING] = wiring
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Open the run's folder before the reporting plugins look where to write."""
    wiring = config.stash.get(_WIRING, None)
    if wiring is None:
        return
    folder = wiring.target_run.open_folder()
    config.option.xmlpath = str(folder.junit)
    config.option.allure_report_dir = str(folder.results)
    config.option.tbstyle, config.option.no_summary = "no", True
    config.pluginmanager.register(wiring, "session-management")


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Wiring:
    """The run on a target that the items read."""
    return request.config.stash[_WIRING]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Collect either the items of a target or the self-tests, never both."""
    if "runs" in collection_path.parts:
        return True
    on_target = config.getoption("--profile") is not None
    if collection_path.name in TARGET_TESTS:
        return not on_target
    if collection_path.name == "selftest":
        return on_target
    if collection_path.name == "real":
        asked = any("real" in str(argument) for argument in config.args)
        return None if asked else True
    return None

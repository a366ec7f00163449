"""The suite finds in published products exactly what is known to be wrong with them."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from fixtures.targets.real.launch import RealTarget, real_target
from reports.evidence import ROOT
from suites.selftest.real.expected import PAIRS, PRODUCTS, Pair, Product

CHECKOUT = Path(__file__).parents[3]
EXAMPLES = Path("adapters") / "examples"
RUN_TIMEOUT = 480.0
CONFORMS, VIOLATION = 0, 1


def listening(url: str) -> bool:
    """Tell whether anybody accepts connections there."""
    port = int(url.rpartition(":")[2])
    with socket.socket() as knocking:
        knocking.settimeout(2)
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def children() -> set[int]:
    """Return the processes below this one that still run."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
    return found


@pytest.fixture(scope="session", autouse=True)
def _terminated_like_interrupted() -> Iterator[None]:
    """Stop the running product also when the whole tier is terminated."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


OFTEN = [product for product in PRODUCTS if product.often or os.environ.get("ALL")]


@pytest.fixture(params=OFTEN, ids=lambda product: f"{product.target}/{product.profile}")
def product(request: pytest.FixtureRequest) -> Product:
    """One version of one product."""
    found: Product = request.param
    return found


@pytest.fixture
def target(product: Product) -> Iterator[RealTarget]:
    """The product, running; a failure to install, start or stop it is an error of this tier."""
    before = children()
    with real_target(product.target) as running:
        yield running
    assert not listening(running.url), f"{running.name} still listens at {running.url}"
    assert children() <= before, f"{running.name} left processes behind"


def run(target: RealTarget, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the suite against the target, as its user would."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    return subprocess.run(  # noqa: S603  our own interpreter and arguments
        [sys.executable, "-m", *arguments],
        cwd=CHECKOUT,
        env=inherited | target.env,
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT,
        check=False,
    )


def judging(profile: str) -> tuple[str, ...]:
    """Return the arguments of a run whose record only a program will read."""
    return "pytest", f"--profile={profile}", "--no-allure"


def evidence(url: str) -> dict[str, Any]:
    """Return the newest stored run on the target at this address."""
    stored = sorted(ROOT.glob("*/*/run.json"), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    for path in stored:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["url"].split(", ")[0] == url:
            return record
    raise AssertionError(f"no run on {url} is stored in {ROOT}")


def with_verdict(record: dict[str, Any], *verdicts: str) -> dict[str, str]:
    """Return the requirements of these verdicts, each with its reason."""
    return {
        result["requirement"]["id"]: result["reason"]
        for result in record["results"]
        if result["verdict"] in verdicts
    }


def often_held(record: dict[str, Any], claims: Mapping[str, int]) -> set[str]:
    """Return those of the claims that were judged as often as wanted, and never violated."""
    arms = {arm["invariant"]: arm for result in record["results"] for arm in result["arms"]}
    return {
        claim
        for claim, least in claims.items()
        if claim in arms and arms[claim]["judged"] >= least and not arms[claim]["violated"]
    }


def findings(record: dict[str, Any], requirement: str) -> set[str]:
    """Return the names of all findings against one requirement."""
    return {
        violation["finding"]
        for result in record["results"]
        for violation in result["violations"]
        if violation["requirement"] == requirement
    }


def exactly(found: Iterable[str], sure: Iterable[str], by_chance: Iterable[str]) -> None:
    """Fail unless all that is sure was found, and nothing that is unknown."""
    missing, surplus = set(sure) - set(found), set(found) - {*sure, *by_chance}
    assert (missing, surplus) == (set(), set())


def test_exactly_the_known_faults_are_found(product: Product, target: RealTarget) -> None:
    profile = str(EXAMPLES / f"{product.profile}.yaml")
    only = [f"--only={requirement}" for requirement in product.only]
    ended = run(target, *judging(profile), "--budget=smoke", "--seed=1", *only)
    shown = f"{ended.stdout[-4000:]}\n{ended.stderr[-2000:]}"
    assert ended.returncode == (VIOLATION if product.fails else CONFORMS), shown
    record = evidence(target.url)
    assert record["complete"], shown
    exactly(with_verdict(record, "fail"), product.fails, product.by_chance)
    assert not with_verdict(record, "error"), shown
    assert set(product.passes) <= set(with_verdict(record, "pass")), shown
    assert often_held(record, product.claims) == set(product.claims), shown
    for requirement in {name.rpartition("-")[0] for name in product.findings}:
        sure = {name for name in product.findings if name.startswith(f"{requirement}-")}
        exactly(findings(record, requirement), sure, product.by_chance)
    assert not record["trouble"], shown

    usable = run(target, "adapters", "check", profile)
    assert usable.returncode == 0, (
        f"an account is no longer usable:\n{usable.stdout}{usable.stderr}"
    )


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.fixed)
def test_the_scenario_of_an_advisory_tells_the_fixed_version(pair: Pair, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.json"
    scenario.write_text(json.dumps({"schema": 1, "steps": pair.steps}), encoding="utf-8")
    profile = str(EXAMPLES / f"{pair.profile}.yaml")
    for name, expected in ((pair.vulnerable, VIOLATION), (pair.fixed, CONFORMS)):
        with real_target(name) as target:
            ended = run(
                target, *judging(profile), f"--replay={scenario}", f"--only={pair.requirement}"
            )
        assert ended.returncode == expected, f"{name}: {ended.stdout[-4000:]}\n{ended.stderr}"

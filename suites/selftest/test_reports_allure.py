"""Allure and JUnit results of a real pytest run: steps, stable history, and no secret anywhere."""

import json
import os
import platform
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from adapters.secrets import Vault
from reports.redaction import Redactor, sweep
from reports.writers.allure import description
from reports.writers.words import of_verdict
from suites.kernel.verdict import Verdict
from suites.selftest.test_reports_sample import HOSTILE, SECRETS, sample_run

REPOSITORY = Path(__file__).parents[2]

TELLING = """
import pytest
from reports.writers.allure import describe, tell
from suites.kernel.verdict import Verdict
from suites.selftest.test_reports_sample import sample_run

RESULTS = {result.requirement.id: result for result in sample_run().results}

@pytest.mark.parametrize("identifier", RESULTS)
def test_requirement(identifier):
    result = RESULTS[identifier]
    describe(result, target="demo-app")
    tell(result)
    assert result.verdict is not Verdict.FAIL, "does not conform"
"""

LEAKING = """
import base64
import allure
import pytest
from adapters.secrets import VAULT
from suites.selftest.test_reports_sample import SECRETS

for kind, value in SECRETS.items():
    VAULT.register(value, kind)
SECRET = SECRETS["session"]

@pytest.fixture
def leaking_fixture():
    yield
    raise RuntimeError(f"teardown {SECRET}")

def test_everywhere(record_property, leaking_fixture, tmp_path):
    for secret in SECRETS.values():
        allure.dynamic.title(f"title {secret}")
        allure.dynamic.description(secret)
        allure.dynamic.tag(secret)
        allure.dynamic.link(f"https://example.test/{secret}")
        allure.dynamic.parameter("p", secret)
        record_property("seen", secret)
        with allure.step(f"step {secret}"):
            allure.attach(secret, f"name {secret}")
            allure.attach(b"\\xff" + secret.encode(), "bytes")
            allure.attach(base64.b64encode(f"ann:{secret}".encode()).decode(), "basic")
        (tmp_path / "file").write_text(secret)
        allure.attach.file(str(tmp_path / "file"), "file")
        print(secret, secret[::-1], secret.encode().hex())
    held = SECRET * 20
    assert held == SECRET[:30]

def test_skipped():
    pytest.skip(f"because {SECRET}")

def test_group():
    raise ExceptionGroup(SECRET, [ValueError(SECRET), AssertionError(SECRETS["password"])])
"""


def _pytest(folder: Path, program: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_inner.py").write_text(program, encoding="utf-8")
    command = [
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder),
        "-c", os.devnull, "-p", "reports.pytest_redaction", "-p", "allure_pytest.plugin",
        "-p", "xdist.plugin", "--alluredir", str(folder / "results"),
        "--junitxml", str(folder / "junit.xml"), *options, str(folder / "test_inner.py"),
    ]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        # Plugins that happen to be installed only cost time here.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return subprocess.run(  # noqa: S603  this interpreter
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _results(folder: Path) -> dict[str, dict[str, Any]]:
    found = [json.loads(path.read_text()) for path in (folder / "results").glob("*-result.json")]
    return {result["name"].split(" ")[0]: result for result in found}


def _labels(result: dict[str, Any], name: str) -> list[str]:
    return [label["value"] for label in result["labels"] if label["name"] == name]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("told")
    ran = _pytest(folder, TELLING)
    assert "1 failed, 8 passed" in ran.stdout
    return _results(folder)


def test_a_requirement_is_described(told: dict[str, dict[str, Any]]) -> None:
    result = told["SM-2.1"]
    assert result["name"] == "SM-2.1 Logout destroys the session on the server at once"
    assert _labels(result, "epic") == ["Session management"]
    assert _labels(result, "feature") == ["2 Session invalidation"]
    assert _labels(result, "story") == [result["name"]]
    assert _labels(result, "severity") == ["blocker"]
    assert _labels(result, "parentSuite") == ["demo-app"]
    assert _labels(result, "subSuite") == ["SM-2.1"]
    assert {"CWE-613", "ASVS 7.4.1", "WSTG-SESS-06", "STRIDE Spoofing"} <= set(
        _labels(result, "tag")
    )
    assert "**Violated.**" in result["description"]


def test_a_violation_is_told_by_its_minimal_scenario(told: dict[str, dict[str, Any]]) -> None:
    result = told["SM-2.1"]
    assert result["status"] == "failed"
    first, second = result["steps"]
    assert first["name"].startswith("Violation 1 of 2: ")
    assert [step["name"] for step in first["steps"]] == [
        "1. ann logs in on laptop",
        "2. ann logs out on laptop",
        "3. the session of step 1 is presented by a fresh client",
    ]
    assert [step["status"] for step in first["steps"]] == ["passed", "passed", "failed"]
    names = [attachment["name"] for attachment in first["attachments"]]
    assert names == [
        "expected and seen",
        "scenario.json",
        "replay.sh",
        "exchanges.txt",
        "exchanges.har",
    ]
    assert second["status"] == "failed"


def test_a_pass_shows_one_scenario(told: dict[str, dict[str, Any]]) -> None:
    (step,) = told["SM-2.3"]["steps"]
    assert step["name"] == "One of the scenarios that held (412 judged)"
    assert [inner["name"] for inner in step["steps"]] == ["1. ann logs in"]


def test_what_the_target_says_is_not_markdown() -> None:
    (failed,) = of_verdict(sample_run(), Verdict.FAIL)
    text = description(type(failed)(failed.requirement, Verdict.FAIL, f"{HOSTILE}\n# [x](y)"))
    assert "<script>" not in text.replace("\\<", "")
    assert "\n# " not in text


def test_history_is_the_same_in_every_run(told: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    _pytest(tmp_path, TELLING)
    again = _results(tmp_path)
    assert {name: result["historyId"] for name, result in told.items()} == {
        name: result["historyId"] for name, result in again.items()
    }


@pytest.mark.parametrize("options", [(), ("-n", "2"), ("-vv", "--showlocals", "-rA")])
def test_no_secret_gets_into_any_result(tmp_path: Path, options: tuple[str, ...]) -> None:
    vault = Vault()
    for kind, value in SECRETS.items():
        vault.register(value, kind)
    redactor = Redactor(vault)
    ran = _pytest(tmp_path, LEAKING, *options)
    assert "2 failed" in ran.stdout
    assert "1 skipped" in ran.stdout
    assert "1 error" in ran.stdout
    assert redactor.scrub(ran.stdout) == ran.stdout
    assert redactor.scrub(ran.stderr) == ran.stderr
    assert sweep(tmp_path / "results", redactor) == []
    assert sweep(tmp_path, redactor) == []
    cases = {
        case.name for suite in JUnitXml.fromfile(str(tmp_path / "junit.xml")) for case in suite
    }
    assert "test_skipped" in cases
    assert "<session#" in ran.stdout


def test_a_secret_in_a_test_id_stops_the_run(tmp_path: Path) -> None:
    program = LEAKING + (
        "\n@pytest.mark.parametrize('value', [SECRET])\ndef test_id(value):\n    pass\n"
    )
    ran = _pytest(tmp_path, program, "--collect-only")
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert "test_id[<session#" in ran.stderr
    assert SECRETS["session"] not in ran.stdout + ran.stderr


def test_neither_host_nor_paths_of_the_tester_are_told(tmp_path: Path) -> None:
    _pytest(tmp_path, LEAKING)
    for result in _results(tmp_path).values():
        assert not _labels(result, "host")
        assert not _labels(result, "thread")
        assert str(REPOSITORY) not in json.dumps(result)
        assert str(tmp_path) not in json.dumps(result)
    junit = (tmp_path / "junit.xml").read_text()
    assert "hostname=" not in junit
    for name in {socket.gethostname(), platform.node()}:
        assert f'"{name}"' not in junit
    assert str(REPOSITORY) not in junit


def test_an_unredacted_allure_logger_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import allure_commons, allure_commons.logger\n"
        "logger = allure_commons.logger.AllureFileLogger('more')\n"
        "def pytest_configure(config):\n"
        "    allure_commons.plugin_manager.register(logger)\n"
    )
    ran = _pytest(tmp_path, TELLING)
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert "Allure results would be written with secrets in clear" in ran.stderr

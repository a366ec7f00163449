"""Pytest plugin: nothing pytest or Allure writes about a test shows a secret, a host or a path.

Load it before `allure_pytest` is configured (`-p` or `pytest_plugins`). It adds no test output.
"""

import json
import os
import re
import sys
import tempfile
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import allure_commons
import allure_pytest.plugin  # type: ignore[import-untyped]
import attr
import pytest
from allure_commons.logger import AllureFileLogger

from reports.evidence import MARKUP_TAG, write_atomically
from reports.redaction import REDACTOR

_PRIVATE_LABELS = frozenset({"host", "thread"})
_JUNIT_HOST = re.compile(r' hostname="[^"]*"')


def clean(text: str) -> str:
    """Return the text without secrets and without the paths of this machine."""
    text = REDACTOR.scrub(text)
    for place, name in _PLACES:
        text = text.replace(place, name)
    return text


def _places() -> list[tuple[str, str]]:
    """Return the folders that tell about the tester, longest first, and what to write instead."""
    named = [
        (f"{Path(__file__).parents[1]}{os.sep}", ""),
        (f"{Path.cwd()}{os.sep}", ""),
        (sys.prefix, "<python>"),
        (sys.base_prefix, "<python>"),
        (tempfile.gettempdir(), "<temp>"),
        (str(Path.home()), "~"),
    ]
    found = {place: name for place, name in named if len(place) > len(os.sep)}
    return sorted(found.items(), key=lambda item: -len(item[0]))


_PLACES = _places()


def _clean_data(value: Any) -> Any:  # noqa: ANN401  what Allure stores is plain data of any shape
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _clean_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_clean_data(item) for item in value]
    return value


class RedactingFileLogger(AllureFileLogger):
    """Allure's writer of result files, with every byte scrubbed on its way."""

    def _report_item(self, item: Any) -> None:  # noqa: ANN401  one of Allure's untyped records
        data = _clean_data(attr.asdict(item, filter=lambda _, value: value or value is False))
        if labels := data.get("labels"):
            data["labels"] = [label for label in labels if label["name"] not in _PRIVATE_LABELS]
        name = item.file_pattern.format(prefix=uuid.uuid4())
        content = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
        write_atomically(Path(self._report_dir) / name, content)

    @allure_commons.hookimpl
    def report_attached_data(self, body: str | bytes, file_name: str) -> None:
        """Write an attachment."""
        data = body.encode("utf-8", "replace") if isinstance(body, str) else body
        write_atomically(Path(self._report_dir) / file_name, REDACTOR.scrub_bytes(data))

    @allure_commons.hookimpl
    def report_attached_file(self, source: str, file_name: str) -> None:
        """Write an attachment that a test left in a file."""
        self.report_attached_data(Path(source).read_bytes(), file_name)


allure_pytest.plugin.AllureFileLogger = RedactingFileLogger


def pytest_sessionstart() -> None:
    """Refuse to run when somebody writes Allure results that are not scrubbed."""
    for plugin in allure_commons.plugin_manager.get_plugins():
        if isinstance(plugin, AllureFileLogger) and not isinstance(plugin, RedactingFileLogger):
            raise pytest.UsageError(
                "Allure results would be written with secrets in clear: load the plugin "
                "reports.pytest_redaction before allure_pytest is configured "
                "(-p reports.pytest_redaction, or pytest_plugins in conftest.py)"
            )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Scrub what a test said before any reporter or another process receives it."""
    report = yield
    _clean_report(report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Scrub what is known only when the report is complete: its properties."""
    report.user_properties = [(clean(str(k)), clean(str(v))) for k, v in report.user_properties]
    _clean_report(report)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse test ids that hold a secret: they are shown by too many to be scrubbed everywhere."""
    for item in items:
        if (shown := REDACTOR.scrub(item.nodeid)) != item.nodeid:
            items.clear()
            raise pytest.UsageError(
                f"the test id {shown} holds a secret: parametrise with a name, not with the value"
            )


@pytest.hookimpl(tryfirst=True)
def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Scrub errors met while tests were collected."""
    _clean_report(report)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Scrub the JUnit file once pytest has written it, and take the tester's host out of it.

    Not a wrapper: the run's folder is closed after this, and no file may change any more.
    """
    target = getattr(session.config.option, "xmlpath", None)
    if target is None or hasattr(session.config, "workerinput"):
        return
    path = Path(target)
    if path.is_file():
        text = _JUNIT_HOST.sub("", path.read_text(encoding="utf-8"))
        text = MARKUP_TAG.sub(r"&lt;\1&gt;", REDACTOR.scrub(text))
        write_atomically(path, text.encode("utf-8"))


def _clean_report(report: pytest.TestReport | pytest.CollectReport) -> None:
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = (clean(path), line, clean(reason))
    elif report.longrepr is not None:
        text = report.longreprtext
        # A report that holds nothing to hide keeps its structure, and with it its colours.
        if (cleaned := clean(text)) != text:
            report.longrepr = cleaned
    report.sections = [(clean(name), clean(content)) for name, content in report.sections]

"""Renders the Allure results of a run into one page of HTML that asks for nothing outside.

Allure only shows; verdicts and exit codes are decided before and do not depend on it.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.redaction import REDACTOR, Redactor, unfolded
from reports.renderer import Renderer, RendererError, environment
from suites.kernel.results import RunRecord

KEPT_RUNS = 30
TIMEOUT = 300.0
CSP = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "style-src 'unsafe-inline' data: blob:; img-src data: blob:; font-src data:; "
    "connect-src data: blob:; frame-src data: blob:; media-src data: blob:; "
    "worker-src data: blob:; form-action 'none'; base-uri 'self'"
)
CATEGORIES: tuple[Mapping[str, Any], ...] = (
    {"name": "Regressed since the last run", "matchers": {"transitions": ["regressed"]}},
    {"name": "Fixed since the last run", "matchers": {"transitions": ["fixed"]}},
    {
        "name": "Conformance violations",
        "matchers": {"statuses": ["failed"]},
        "groupBy": ["severity"],
    },
    {"name": "Could not be tested", "matchers": {"statuses": ["broken"]}},
    {"name": "Not applicable", "matchers": {"statuses": ["skipped"]}, "groupByMessage": True},
)
_ANALYTICS = re.compile(
    r"<script[^>]*\ssrc=\"https?://[^\"]*\"[^>]*>\s*</script>\s*"
    r"(?:<script>\s*window\.dataLayer.*?</script>)?",
    re.DOTALL,
)
_OUTSIDE = re.compile(
    r"<(?:script|link|img|iframe|source|video|audio|object|embed)\b[^>]{0,400}?"
    r"\s(?:src|href|data)=[\"']?(?:https?:)?//[^\"'\s>]+|@import\s+[\"']?(?:https?:)?//"
    r"|url\([\"']?https?://|googletagmanager|google-analytics|navigator\.sendBeacon",
    re.IGNORECASE,
)


def settings(record: RunRecord) -> dict[str, str]:
    """Return what the report shows as the environment of the run."""
    told = {
        "Target": f"{record.target} {record.version}".strip(),
        "Address": record.url,
        "Environment": record.environment,
        "Authorisation": record.authorisation,
        "Profile": record.profile,
        "Profile SHA-256": record.profile_digest,
        "Seed": str(record.seed),
        "Budget": record.budget,
        "Started (UTC)": record.started,
        "Ended (UTC)": record.ended,
        "Work": f"{record.requests} requests, {record.histories} histories",
        **{f"{name} version": version for name, version in record.tools.items()},
    }
    return {name: value for name, value in told.items() if value}


def properties(record: RunRecord) -> str:
    """Return the environment as the file `environment.properties` holds it."""
    lines = []
    for name, value in settings(record).items():
        key, told = name.replace(" ", r"\ "), " ".join(value.split()).replace("\\", r"\\")
        lines.append(f"{key} = {told}\n")
    return "".join(lines)


def executor(record: RunRecord, run: str) -> dict[str, Any]:
    """Return who ran this, as the file `executor.json` holds it."""
    return {
        "name": "session-conformance",
        "type": "pytest",
        "buildName": f"{record.target} {run}",
        "reportName": "Session management conformance",
    }


def config(record: RunRecord, history: Path, *, kept: bool = True) -> dict[str, Any]:
    """Return the configuration of Allure 3; `kept` puts this run into the history."""
    name = f"Session management conformance: {record.target} {record.version}".strip()
    options = {
        "singleFile": True,
        "reportName": name,
        "reportLanguage": "en",
        "groupBy": ["epic", "feature", "story"],
    }
    return {
        "name": name,
        "historyPath": str(history),
        "appendHistory": kept,
        "variables": settings(record),
        "categories": list(CATEGORIES),
        "plugins": {"awesome": {"options": options}},
    }


def render(
    renderer: Renderer,
    record: RunRecord,
    results: Path,
    history: Path,
    *,
    kept: bool = True,
    redactor: Redactor = REDACTOR,
) -> tuple[str, str]:
    """Return the page and the history of the target, with this run in it if `kept`.

    Neither is written.

    Raises:
        RendererError: Allure failed, or what it made asks for something outside.
    """
    with tempfile.TemporaryDirectory(prefix="session-report-") as folder:
        place = Path(folder)
        past = place / "history.jsonl"
        past.write_text(_past(history), encoding="utf-8")
        told = redactor.scrub_data(config(record, past, kept=kept))
        (place / "allurerc.json").write_text(json.dumps(told), encoding="utf-8")
        _generate(renderer, place, results)
        made = place / "out" / "index.html"
        if not made.is_file():
            raise RendererError("Allure ended without a report")
        page = hardened(made.read_text(encoding="utf-8"))
        if redactor.holds(unfolded(page).encode("utf-8")):
            raise RendererError("the page of Allure holds what reads as a secret; it was left out")
        return page, redactor.scrub(past.read_text(encoding="utf-8"))


def hardened(page: str) -> str:
    """Return the page without analytics, and with a policy that lets nothing out.

    Raises:
        RendererError: an address that a browser would ask for on its own is left.
    """
    page = _ANALYTICS.sub("", page)
    head = (
        f'<head>\n<meta http-equiv="Content-Security-Policy" content="{CSP}">\n'
        '<meta name="referrer" content="no-referrer">'
    )
    page, places = re.subn(r"<head>", lambda _: head, page, count=1)
    if not places:
        raise RendererError("the page of Allure has no head to put a policy into")
    if (left := _OUTSIDE.search(page)) is not None:
        raise RendererError(f"the page of Allure asks for something outside: {left[0][:120]}")
    return page


def _generate(renderer: Renderer, place: Path, results: Path) -> None:
    command = [renderer.node, str(renderer.program), "generate", "--config", "allurerc.json"]
    command += ["--output", "out", str(results.resolve())]
    try:
        done = subprocess.run(  # noqa: S603  the renderer that this suite installed
            command,
            cwd=place,
            env=environment() | {"ALLURE_NO_ANALYTICS": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RendererError(f"Allure came to no end within {TIMEOUT:.0f} s") from None
    except OSError as error:
        raise RendererError(f"Allure could not be started: {error.strerror}") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise RendererError(f"Allure ended with {done.returncode}: {said[-1] if said else ''}")


def _past(history: Path) -> str:
    """Return what is known of earlier runs; a line that cannot be read is left out."""
    if not history.is_file():
        return ""
    lines = []
    for line in history.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            json.loads(line)
        except ValueError:
            continue
        lines.append(line)
    return "".join(f"{line}\n" for line in lines[-KEPT_RUNS:])

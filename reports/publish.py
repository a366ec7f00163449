"""Writes all that is told about a run into its folder, in an order that survives a kill.

It renders nothing itself: each writer does its part.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from reports.evidence import ALLURE, HISTORY, RunFolder, write_atomically
from reports.redaction import REDACTOR, Redactor
from reports.renderer import INSTALL, RendererError, installed
from reports.writers import words
from reports.writers.allure3 import executor, properties, render
from reports.writers.coverage import coverage_csv, coverage_json
from reports.writers.curl import script
from reports.writers.diagram import diagram
from reports.writers.har import har
from reports.writers.page import page
from reports.writers.plots import plots
from reports.writers.runjson import run_json
from reports.writers.sarif import sarif
from reports.writers.scenario import scenario_json
from reports.writers.transcript import transcript
from suites.kernel.results import RunRecord, Violation
from suites.kernel.verdict import Exit


@dataclass(frozen=True, slots=True)
class Views:
    """How the views of a run are made: with Allure or not, and whether history remembers it."""

    allure: bool = False
    kept: bool = True


def publish(
    folder: RunFolder,
    record: RunRecord,
    *,
    ca: str | None = None,
    redactor: Redactor = REDACTOR,
    views: Views | None = None,
) -> str | None:
    """Write counterexamples, records and views, in this order; return what failed of the views."""
    scripts: dict[tuple[str, str], str] = {}
    found = [(result, violation) for result in record.results for violation in result.violations]
    for _, violation in found:
        place = words.counterexample_place(violation)
        folder.write_json(f"{place}/scenario.json", scenario_json(violation))
        folder.write(f"{place}/violation.txt", _told(violation))
        if violation.exchanges:
            text = script(violation, ca=ca, redactor=redactor)
            scripts[violation.requirement, violation.finding] = text
            folder.write(f"{place}/replay.sh", text, executable=True)
            folder.write(f"{place}/exchanges.txt", transcript(violation.exchanges) + "\n")
            folder.write_json(f"{place}/exchanges.har", har(violation, tool=_own(record)))
    folder.write_json("run.json", run_json(record))
    folder.write_json("results.sarif", sarif(record))
    folder.write_json("coverage.json", coverage_json(record))
    folder.write("coverage.csv", coverage_csv(record))
    for result, violation in found:
        if drawn := diagram(result, violation, styled=True, redactor=redactor):
            folder.write(f"{words.counterexample_place(violation)}/sequence.svg", drawn + "\n")
    for plot in plots(record, styled=True, redactor=redactor):
        folder.write(f"pictures/{plot.name}.svg", plot.svg + "\n")
    folder.write(folder.results / "environment.properties", properties(record))
    folder.write_json(folder.results / "executor.json", executor(record, folder.run_id))
    shown, failed = _allure(folder, record, views or Views(), redactor)
    evidence = words.shown(folder.path)
    told = page(record, evidence=evidence, scripts=scripts, redactor=redactor, allure=shown)
    folder.write(folder.page, told)
    return failed


def _allure(
    folder: RunFolder, record: RunRecord, views: Views, redactor: Redactor
) -> tuple[str, str | None]:
    """Write the Allure report; return what the page says of it, and what failed."""
    if not views.allure:
        return "The Allure report was not asked for.", None
    renderer = installed()
    if renderer is None:
        return f"The Allure report is missing: its renderer is not installed ({INSTALL}).", None
    history = folder.home / HISTORY
    try:
        told, past = render(
            renderer,
            record,
            folder.results,
            history,
            kept=views.kept,
            beside=sorted(folder.path.glob("pictures/*.svg")),
            redactor=redactor,
        )
        folder.write_view(ALLURE, told)
        if views.kept:
            write_atomically(history, past.encode("utf-8"))
    except (RendererError, OSError) as reason:
        why = reason.strerror if isinstance(reason, OSError) else reason
        said = f"the Allure report is missing: {redactor.scrub(str(why))}"
        return words.sentence(said), said
    return "", None


def close(folder: RunFolder, record: RunRecord, exit_: Exit) -> Exit:
    """Complete the manifest; return how the run ends, which a secret in the evidence overrules."""
    history = folder.home / HISTORY
    facts = {
        "ended": record.ended,
        "seconds": round(record.seconds, 3),
        "target_version": record.version,
        "url": record.url,
        "environment": record.environment,
        "authorisation": record.authorisation,
        "profile": record.profile,
        "profile_sha256": record.profile_digest,
        "seed": record.seed,
        "budget": record.budget,
        "command": record.command,
        "requests": record.requests,
        "histories": record.histories,
        "actions": record.actions,
        "outcome": words.headline(record),
        "counts": {str(verdict): count for verdict, count in words.counts(record).items()},
        "exit": {"code": exit_.code, "why": str(exit_)},
        "tools": dict(record.tools),
        "history_sha256": _digest(history) if history.is_file() else "",
    }
    if not folder.finish(facts, complete=record.complete):
        return exit_
    found = Exit.SECRET_FOUND
    facts["exit"] = {"code": found.code, "why": str(found)}
    folder.finish(facts, complete=record.complete)
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _own(record: RunRecord) -> str:
    return record.tools.get("session-conformance", "0")


def _told(violation: Violation) -> str:
    lines = [
        f"{violation.requirement}  {violation.claim}",
        f"expected  {violation.expected}",
        f"seen      {violation.seen}",
        f"control   {violation.control}",
        f"replayed  {words.replays(violation)}",
        f"met       {words.met(violation)}",
        "",
        *words.numbered(violation.told),
        "",
    ]
    return "\n".join(lines)

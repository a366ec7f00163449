"""Writes all that is told about a run into its folder, in an order that survives a kill.

It renders nothing itself: each writer does its part.
"""

from reports.evidence import RunFolder
from reports.redaction import REDACTOR, Redactor
from reports.writers import words
from reports.writers.coverage import coverage_csv, coverage_json
from reports.writers.curl import script
from reports.writers.diagram import diagram
from reports.writers.har import har
from reports.writers.page import page
from reports.writers.runjson import run_json
from reports.writers.sarif import sarif
from reports.writers.scenario import scenario_json
from reports.writers.transcript import transcript
from suites.kernel.results import RunRecord, Violation
from suites.kernel.verdict import Exit


def publish(
    folder: RunFolder, record: RunRecord, *, ca: str | None = None, redactor: Redactor = REDACTOR
) -> None:
    """Write counterexamples, run.json and the page; records first, views last."""
    scripts: dict[tuple[str, str], str] = {}
    for result in record.results:
        for violation in result.violations:
            place = folder.path / words.counterexample_place(violation)
            folder.write_json(place / "scenario.json", scenario_json(violation))
            folder.write(place / "violation.txt", _told(violation))
            if violation.exchanges:
                text = script(violation, ca=ca, redactor=redactor)
                scripts[violation.requirement, violation.finding] = text
                folder.write(place / "replay.sh", text, executable=True)
                folder.write(place / "exchanges.txt", transcript(violation.exchanges) + "\n")
                folder.write_json(place / "exchanges.har", har(violation, tool=_own(record)))
            if drawn := diagram(result, violation, styled=True):
                folder.write(place / "sequence.svg", drawn + "\n")
    folder.write_json("run.json", run_json(record))
    folder.write_json("results.sarif", sarif(record))
    folder.write_json("coverage.json", coverage_json(record))
    folder.write("coverage.csv", coverage_csv(record))
    evidence = words.shown(folder.path)
    told = page(record, evidence=evidence, scripts=scripts, redactor=redactor)
    folder.write(folder.page, told)


def close(folder: RunFolder, record: RunRecord, exit_: Exit) -> Exit:
    """Complete the manifest; return how the run ends, which a secret in the evidence overrules."""
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
    }
    if not folder.finish(facts, complete=record.complete):
        return exit_
    found = Exit.SECRET_FOUND
    facts["exit"] = {"code": found.code, "why": str(found)}
    folder.finish(facts, complete=record.complete)
    return found


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

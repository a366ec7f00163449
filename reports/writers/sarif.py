"""The verdicts as SARIF 2.1.0, for tools that collect findings.

A rule is a requirement, the location is the profile, the fingerprint is the finding's name, which
is the same in every run.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reports.writers import words
from suites.catalogue import Requirement
from suites.kernel.results import Result, RunRecord, Violation
from suites.kernel.verdict import Verdict

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "sessionConformanceFinding/v1"
_KINDS = {
    Verdict.FAIL: "fail",
    Verdict.ERROR: "open",
    Verdict.UNCLEAR: "open",
    Verdict.NOT_EXERCISED: "open",
    Verdict.WARNING: "review",
    Verdict.DEVIATION: "informational",
    Verdict.PASS: "pass",
    Verdict.NOT_APPLICABLE: "notApplicable",
}
_LEVELS = {"blocker": "error", "critical": "error", "normal": "warning"}
_SCORES = {"blocker": "9.0", "critical": "8.0", "normal": "5.5", "minor": "3.0", "trivial": "1.0"}


def sarif(record: RunRecord) -> dict[str, Any]:
    """Return the run as a SARIF log."""
    results = words.in_order(record.results)
    rules = {result.requirement.id: place for place, result in enumerate(results)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "session-conformance",
                        "semanticVersion": record.tools.get("session-conformance", "0.0.0"),
                        "rules": [_rule(result) for result in results],
                    }
                },
                "automationDetails": {"id": f"session-conformance/{record.target}/"},
                "invocations": [
                    {
                        "executionSuccessful": record.complete,
                        "startTimeUtc": record.started,
                        "endTimeUtc": record.ended,
                        **({"commandLine": record.command} if record.command else {}),
                    }
                ],
                "artifacts": [{"location": _place(record)}],
                "results": [
                    told
                    for result in results
                    for told in _results(result, rules[result.requirement.id], record)
                ],
                "columnKind": "unicodeCodePoints",
                "properties": {
                    "target": record.target,
                    "targetVersion": record.version,
                    "outcome": words.headline(record),
                },
            }
        ],
    }


def _rule(result: Result) -> dict[str, Any]:
    requirement = result.requirement
    name = words.title(result)
    return {
        "id": requirement.id,
        "name": "".join(word.title() for word in name.split() if word.isalnum()) or requirement.id,
        "shortDescription": {"text": name},
        "fullDescription": {"text": requirement.statement or name},
        "help": {"text": "\n".join(words.guide_sentences(requirement)) or name},
        "defaultConfiguration": {"level": _level(requirement)},
        "properties": {
            "tags": ["security", *words.references(requirement), *_cwe_tags(requirement)],
            "security-severity": _SCORES.get(requirement.severity, "5.5"),
            "section": words.section_name(requirement),
        },
    }


def _cwe_tags(requirement: Requirement) -> list[str]:
    return [f"external/cwe/cwe-{number}" for number in requirement.cwe]


def _level(requirement: Requirement) -> str:
    return _LEVELS.get(requirement.severity, "note")


def _results(result: Result, rule: int, record: RunRecord) -> Iterator[dict[str, Any]]:
    base: dict[str, Any] = {
        "ruleId": result.requirement.id,
        "ruleIndex": rule,
        "locations": [{"physicalLocation": {"artifactLocation": _place(record, 0)}}],
    }
    if result.violations:
        for violation in result.violations:
            yield {**base, **_violation(result, violation)}
        return
    reason = result.reason or words.MEANINGS[result.verdict]
    failed = result.verdict is Verdict.FAIL
    yield {
        **base,
        "kind": _KINDS[result.verdict],
        "level": _level(result.requirement) if failed else "none",
        "message": {"text": f"{words.LABELS[result.verdict]}: {words.sentence(reason)}"},
        "properties": {"judged": result.judged, "controls": result.controls},
    }


def _violation(result: Result, violation: Violation) -> dict[str, Any]:
    said = f"{words.sentence(violation.claim)} Expected: {violation.expected}. "
    steps = [{"location": {"message": {"text": step}}} for step in violation.told]
    flows = [{"threadFlows": [{"locations": steps}]}] if steps else []
    return {
        "kind": "fail",
        "level": _level(result.requirement),
        "message": {"text": f"{said}Seen: {violation.seen}."},
        "partialFingerprints": {FINGERPRINT: violation.finding},
        "occurrenceCount": max(1, violation.occurrences),
        **({"codeFlows": flows} if flows else {}),
        "properties": {
            "finding": violation.finding,
            "control": violation.control,
            "replays": words.replays(violation),
            "evidence": words.counterexample_place(violation),
        },
    }


def _place(record: RunRecord, index: int | None = None) -> dict[str, Any]:
    path = Path(record.profile)
    # A folder of the tester's machine is nobody's business.
    uri = path.name if path.is_absolute() else path.as_posix()
    return {"uri": uri, **({} if index is None else {"index": index})}

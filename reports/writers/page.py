"""The report of a run as one page of HTML that needs nothing but itself.

It runs no script and asks for nothing outside; the records stay the truth, the page is a view.
"""

import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from adapters.capabilities import OPERATIONS, TRAITS
from reports.evidence import slug
from reports.redaction import REDACTOR, Redactor
from reports.writers import words
from reports.writers.coverage import NOTE, STANDARDS, Clause, clauses
from reports.writers.diagram import diagram
from reports.writers.floods import flood_words
from reports.writers.latency import latencies
from reports.writers.plots import plots
from reports.writers.scenario import scenario_json
from reports.writers.swept import states, swept_rows
from reports.writers.transcript import transcript
from suites.kernel.results import Result, RunRecord, Violation
from suites.kernel.verdict import Verdict

TEMPLATES = Path(__file__).parents[1] / "templates"
_OPEN = (Verdict.ERROR, Verdict.UNCLEAR, Verdict.NOT_EXERCISED)
_REMARKS = (Verdict.DEVIATION, Verdict.WARNING)

FILES: tuple[tuple[str, str], ...] = (
    ("allure.html", "the same verdicts in Allure, with the history of the target"),
    ("run.json", "everything that was found, for programs (reports/run.schema.json)"),
    ("results.sarif", "the findings for tools that collect them (SARIF 2.1.0)"),
    ("junit.xml", "one test case for each requirement"),
    ("coverage.csv", "verdicts by clause of ASVS, WSTG, CWE and NIST; also coverage.json"),
    ("counterexamples/", "for each violation: scenario, curl script, HTTP archive, diagram"),
    ("pictures/", "the pictures of this page as files"),
    ("results/", "results for Allure"),
    ("manifest.json", "what was run, when, with what; and whether it came to its end"),
    ("SHA256SUMS", "digests of all files: sha256sum --check SHA256SUMS"),
)

Scripts = Mapping[tuple[str, str], str]
"""(requirement, finding) -> the curl script of the violation."""


def page(
    record: RunRecord,
    *,
    evidence: Path | str = "",
    scripts: Scripts | None = None,
    redactor: Redactor = REDACTOR,
    allure: str = "",
) -> str:
    """Return the report of a run.

    Args:
        evidence: where its folder is found by a reader.
        allure: why there is no Allure report beside it, empty when there is one.
    """
    told = _Page(record, str(evidence), scripts or {}, redactor)
    context = told.context() | {"allure": allure, "files": FILES}
    return _environment(redactor).get_template("page.html.j2").render(context)


def _environment(redactor: Redactor) -> Environment:
    def shown(value: object) -> object:
        if isinstance(value, Markup):
            return value
        # Before escaping: a pseudonym put in afterwards would read as an element.
        return redactor.scrub(value) if isinstance(value, str) else value

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(slug=slug, sentence=words.sentence, moment=words.moment)
    return environment


class _Page:
    """What the template is given."""

    def __init__(
        self, record: RunRecord, evidence: str, scripts: Scripts, redactor: Redactor
    ) -> None:
        self._record = record
        self._evidence = evidence.rstrip("/")
        self._scripts = scripts
        self._redactor = redactor

    def context(self) -> dict[str, Any]:
        record = self._record
        return {
            "run": record,
            "labels": words.LABELS,
            "meanings": words.MEANINGS,
            "not_claimed": words.NOT_CLAIMED,
            "counts": words.counts(record),
            "outcome": words.outcome(record),
            "headline": words.headline(record),
            "work": self._work(),
            "workers": words.workers(record),
            "failed": self._items(Verdict.FAIL),
            "troubled": self._items(*_OPEN),
            "remarks": self._items(*_REMARKS),
            "passed": self._items(Verdict.PASS),
            "absent": self._items(Verdict.NOT_APPLICABLE),
            "sections": self._sections(),
            "coverage": self._coverage(),
            "coverage_note": NOTE,
            "floods": [flood_words(flood) for flood in record.floods],
            "states": states(record.swept),
            "swept": swept_rows(record.swept),
            "plots": [(p, Markup(p.svg)) for p in plots(record, redactor=self._redactor)],  # noqa: S704
            "latencies": latencies(record),
            "policy": [(key, _declared(value)) for key, value in sorted(record.policy.items())],
            "capabilities": [
                (name, OPERATIONS.get(name) or TRAITS.get(name, "")) for name in record.capabilities
            ],
        }

    def _work(self) -> str:
        record = self._record
        return (
            f"{words.number(record.requests, 'request')}, "
            f"{words.number(record.histories, 'history')}, "
            f"{words.number(record.actions, 'action')} in {words.duration(record.seconds)}"
        )

    def _sections(self) -> list[tuple[str, list[dict[str, Any]]]]:
        results = words.in_order(self._record.results)
        grouped = groupby(results, key=lambda result: words.section_name(result.requirement))
        return [(name, [self._item(result) for result in found]) for name, found in grouped]

    def _coverage(self) -> list[tuple[str, list[Clause]]]:
        every = clauses(self._record)
        found = [
            (told, [c for c in every if c.standard == name]) for name, told in STANDARDS.items()
        ]
        return [(told, mine) for told, mine in found if mine]

    def _items(self, *verdicts: Verdict) -> list[dict[str, Any]]:
        return [
            self._item(result)
            for verdict in verdicts
            for result in words.of_verdict(self._record, verdict)
        ]

    def _item(self, result: Result) -> dict[str, Any]:
        requirement = result.requirement
        return {
            "id": requirement.id,
            "anchor": slug(requirement.id),
            "title": words.title(result),
            "section": words.section_name(requirement),
            "severity": requirement.severity,
            "statement": requirement.statement,
            "deviation": requirement.deviation,
            "guide": words.guide_sentences(requirement),
            "references": words.references(requirement),
            "verdict": result.verdict,
            "reason": result.reason.removeprefix("not applicable: "),
            "judged": result.judged,
            "controls": result.controls,
            "violated": sum(arm.violated for arm in result.arms) or len(result.violations),
            "arms": result.arms,
            "example": result.example,
            "groups": [
                [self._violation(result, violation) for violation in group]
                for group in words.alike(result.violations)
            ],
        }

    def _violation(self, result: Result, violation: Violation) -> dict[str, Any]:
        place = f"{words.counterexample_place(violation)}/scenario.json"
        place = f"{self._evidence}/{place}" if self._evidence else place
        scenario = self._redactor.scrub_data(scenario_json(violation))
        return {
            **{name: getattr(violation, name) for name in ("claim", "expected", "seen", "control")},
            "finding": violation.finding,
            "replays": words.replays(violation),
            "met": words.met(violation),
            "diagram": Markup(diagram(result, violation, redactor=self._redactor)),  # noqa: S704
            "told": violation.told,
            "again": words.replay_command(self._record.profile, place),
            "script": self._scripts.get((violation.requirement, violation.finding), ""),
            "transcript": transcript(violation.exchanges),
            "scenario": json.dumps(scenario, indent=2, ensure_ascii=False),
        }


def _declared(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)

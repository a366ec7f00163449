"""What the run says about published standards, clause by clause, as JSON, CSV and for the page.

Only clauses that a requirement of the catalogue restates are listed; of others nothing is said.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reports.writers import words
from suites.catalogue import Requirement
from suites.kernel.results import Result, RunRecord
from suites.kernel.verdict import Verdict, worst

COVERAGE_SCHEMA = 1
STANDARDS = {
    "ASVS": "OWASP Application Security Verification Standard 5.0.0",
    "WSTG": "OWASP Web Security Testing Guide",
    "CWE": "Common Weakness Enumeration",
    "NIST": "NIST SP 800-63B-4 and 63C-4",
}
NOTE = (
    "Clauses that a requirement of the catalogue restates, wholly or in part. A passed clause "
    "means that no violation of those requirements was found, not that the clause is fulfilled."
)
COLUMNS = (
    "standard",
    "clause",
    "clause_verdict",
    "requirement",
    "title",
    "verdict",
    "judged",
    "controls",
    "reason",
)
_NIST = re.compile(r"NIST (\S+(?: items? [\d and]+)?)|SP (800-63C-4 \S+)")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a standard and the results that speak of it."""

    standard: str
    name: str
    results: tuple[Result, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict; what does not apply counts only where nothing else does."""
        return worst([result.verdict for result in self.results])


def clauses(record: RunRecord) -> list[Clause]:
    """Return the clauses in the order of the standards and of their numbers."""
    found: dict[tuple[str, str], list[Result]] = {}
    for result in words.in_order(record.results):
        for key in _named(result.requirement):
            found.setdefault(key, []).append(result)
    order = list(STANDARDS)
    names = sorted(found, key=lambda key: (order.index(key[0]), _numbers(key[1]), key[1]))
    return [Clause(standard, name, tuple(found[standard, name])) for standard, name in names]


def coverage_json(record: RunRecord) -> dict[str, Any]:
    """Return the coverage as plain data, as `reports/coverage.schema.json` describes it."""
    every = clauses(record)
    return {
        "schema": COVERAGE_SCHEMA,
        "target": record.target,
        "note": NOTE,
        "standards": [
            {
                "name": standard,
                "title": title,
                "clauses": [_clause(clause) for clause in every if clause.standard == standard],
            }
            for standard, title in STANDARDS.items()
        ],
    }


def coverage_csv(record: RunRecord) -> str:
    """Return the coverage as a table: one line for each clause and requirement."""
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(COLUMNS)
    for clause in clauses(record):
        for result in clause.results:
            row = (
                clause.standard,
                clause.name,
                clause.verdict,
                result.requirement.id,
                words.title(result),
                result.verdict,
                result.judged,
                result.controls,
                result.reason,
            )
            writer.writerow([_cell(str(value)) for value in row])
    return told.getvalue()


def _cell(value: str) -> str:
    """Return a value that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@"} else value


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "clause": clause.name,
        "verdict": str(clause.verdict),
        "requirements": [
            {
                "id": result.requirement.id,
                "title": words.title(result),
                "verdict": str(result.verdict),
                "judged": result.judged,
                "controls": result.controls,
            }
            for result in clause.results
        ],
    }


def _named(requirement: Requirement) -> Iterator[tuple[str, str]]:
    yield from (("ASVS", clause) for clause in requirement.asvs)
    yield from (("WSTG", clause) for clause in requirement.wstg)
    yield from (("CWE", f"CWE-{number}") for number in requirement.cwe)
    nist = (found for told in requirement.std for found in _NIST.finditer(told))
    yield from dict.fromkeys(("NIST", (f[1] or f[2]).strip()) for f in nist)


def _numbers(clause: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBER.findall(clause))

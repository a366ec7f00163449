"""What other programs read of a run: SARIF, HTTP archives, coverage, each against its format."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema

from reports.writers.coverage import COLUMNS, coverage_csv, coverage_json
from reports.writers.har import har
from reports.writers.sarif import FINGERPRINT, sarif
from suites.catalogue import catalogue
from suites.kernel.results import Result
from suites.kernel.verdict import Verdict
from suites.selftest.telling import told_violation
from suites.selftest.test_reports_sample import sample_run

REPORTS = Path(__file__).parents[2] / "reports"
SARIF = Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json"
HAR_ENTRY = {"pageref", "startedDateTime", "time", "request", "response", "cache", "timings"}
HAR_REQUEST = {
    *("method", "url", "httpVersion", "cookies", "headers", "queryString"),
    *("headersSize", "bodySize"),
}
HAR_RESPONSE = {
    *("status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"),
    *("headersSize", "bodySize"),
}


def _failed(*violations: Any) -> Result:
    return Result(catalogue()["SM-2.1"], Verdict.FAIL, "lives on", judged=3, violations=violations)


def _sarif(*results: Result) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(json.dumps(sarif(sample_run(*results))))
    jsonschema.Draft4Validator(json.loads(SARIF.read_text(encoding="utf-8"))).validate(log)
    (run,) = log["runs"]
    return dict(run)


def test_sarif_follows_the_published_schema_and_holds_every_verdict() -> None:
    run = _sarif()
    kinds = {result["ruleId"]: result["kind"] for result in run["results"]}
    assert kinds == {
        "SM-2.3": "pass",
        "SM-2.1": "fail",
        "SM-1.2": "informational",
        "SM-6.1": "review",
        "SM-2.8": "open",
        "SM-4.1": "open",
        "SM-6.4": "open",
        "SM-3.1": "notApplicable",
        "X-1": "pass",
    }
    assert all(r["level"] == "none" for r in run["results"] if r["kind"] != "fail")
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_finding_keeps_its_fingerprint_and_points_at_the_profile() -> None:
    (result,) = _sarif(_failed(told_violation()))["results"]
    assert result["partialFingerprints"] == {FINGERPRINT: told_violation().finding}
    assert result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "shop.yaml", "index": 0}


def test_an_archive_has_a_page_for_each_step_and_all_that_the_format_asks_for() -> None:
    log = json.loads(json.dumps(har(told_violation(), tool="0.1.0")))["log"]
    assert log["version"] == "1.2"
    assert log["creator"] == {"name": "session-conformance", "version": "0.1.0"}
    assert [page["id"] for page in log["pages"]] == ["s1", "s2"]
    assert [entry["pageref"] for entry in log["entries"]] == ["s1", "s2", "s2"]
    for entry in log["entries"]:
        assert entry.keys() >= HAR_ENTRY
        assert entry["request"].keys() >= HAR_REQUEST
        assert entry["response"].keys() >= HAR_RESPONSE
        assert urlsplit(entry["request"]["url"]).scheme == "https"
        assert entry["time"] == entry["timings"]["wait"]
    assert log["entries"][2]["request"]["queryString"] == [{"name": "next", "value": "/"}]


def test_coverage_follows_its_schema_and_the_worst_requirement_speaks_for_a_clause() -> None:
    data = json.loads(json.dumps(coverage_json(sample_run())))
    schema = json.loads((REPORTS / "coverage.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)
    told = {
        (standard["name"], clause["clause"]): clause
        for standard in data["standards"]
        for clause in standard["clauses"]
    }
    assert told["CWE", "CWE-613"]["verdict"] == "fail"
    assert {clause for standard, clause in told if standard == "NIST"} >= {"5.2"}
    assert [standard["name"] for standard in data["standards"]] == ["ASVS", "WSTG", "CWE", "NIST"]


def test_the_coverage_table_has_a_line_for_each_clause_and_requirement() -> None:
    rows = list(csv.reader(io.StringIO(coverage_csv(sample_run()))))
    assert tuple(rows[0]) == COLUMNS
    data = coverage_json(sample_run())
    count = sum(len(c["requirements"]) for s in data["standards"] for c in s["clauses"])
    assert len(rows) == count + 1


def test_no_cell_is_a_formula() -> None:
    record = sample_run(Result(catalogue()["SM-2.1"], Verdict.ERROR, '=HYPERLINK("x")'))
    for row in list(csv.reader(io.StringIO(coverage_csv(record))))[1:]:
        assert row[-1].startswith("'=")

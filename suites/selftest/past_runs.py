"""Two literal runs, an earlier and a later one, for the self-tests of the retest."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.evidence import MANIFEST_SCHEMA
from reports.retest_input import Evidence, validator
from reports.sums import SUMS, sums_of
from reports.writers.runjson import RUN_SCHEMA, plain
from suites.catalogue import requirement

LOGOUT, COOKIE = "SM-2.1-6484472e", "SM-4.2-6150915a"
SENTENCES = {
    "SM-2.1": "logged out session is refused",
    "SM-4.2": "session cookies are httponly",
    "SM-8.2": "",
}
STEPS: Mapping[str, list[dict[str, Any]]] = {
    "SM-2.1": [
        {"as": "s1", "do": "log_in", "user": "alice", "device": "laptop", "channel": "web"},
        {"as": "s2", "do": "log_out", "session": "s1"},
    ],
    "SM-4.2": [{"as": "s1", "do": "log_in", "user": "alice", "device": "tv", "channel": "web"}],
}
MOVES = {"log_in": 40, "log_out": 12}


def violation(finding: str, **changes: Any) -> dict[str, Any]:
    """Return one violation as run.json has it."""
    identifier = finding.rpartition("-")[0]
    name = SENTENCES[identifier].replace(" ", "_")
    steps = STEPS[identifier]
    return {
        "requirement": identifier,
        "invariant": SENTENCES[identifier],
        "claim": f"What {identifier} claims.",
        "finding": finding,
        "expected": "nobody recognised",
        "seen": "recognised as alice by probe me (3 of 3)",
        "control": "recognised as its owner just before the event",
        "replays": "3 of 3",
        "occurrences": 4,
        "scenario": {
            "schema": 1,
            "requirement": identifier,
            "invariant": name,
            "finding": finding,
            "steps": steps,
        },
        "told": ["log in alice on laptop (web) -> s1", "log out s1"],
        "exchanges": [],
        "reproduced": True,
        "requests_to_find": 900,
        "requests_to_minimal": 80,
    } | changes


def replayed(finding: str, outcome: str = "refused", **changes: Any) -> dict[str, Any]:
    """Return what became of an earlier finding when it was played again."""
    keys = ("finding", "requirement", "invariant", "claim", "scenario", "told", "reproduced")
    earlier = {key: violation(finding)[key] for key in keys}
    earlier |= {"refused": False, "unplayable": ""}
    return {"earlier": earlier | changes, "outcome": outcome, "why": "its claim was judged again"}


def result(identifier: str, verdict: str = "pass", **changes: Any) -> dict[str, Any]:
    """Return what was said of one requirement."""
    judged = changes.pop("judged", 53)
    arm = {
        "invariant": SENTENCES[identifier],
        "claim": "",
        "judged": judged,
        "held": judged,
        "violated": 0,
        "unclear": 0,
        "notes": [],
    }
    found = {
        "requirement": plain(requirement(identifier)),
        "verdict": verdict,
        "reason": f"the reason of {verdict}",
        "judged": judged,
        "controls": judged,
        "arms": [arm],
        "violations": [],
        "example": [],
    }
    return found | changes


def run(*found: str, replays: tuple[dict[str, Any], ...] = (), **changes: Any) -> dict[str, Any]:
    """Return a run that found these findings; every other requirement passed."""
    results = []
    for identifier in ("SM-2.1", "SM-4.2", "SM-8.2"):
        mine = [violation(finding) for finding in found if finding.startswith(identifier)]
        results.append(result(identifier, "fail" if mine else "pass", violations=mine))
    counts = {"fail": sum(r["verdict"] == "fail" for r in results)}
    baseline = {"run": "aaaaaa", "version": "1.0", "started": "", "seal": "", "findings": replays}
    document: dict[str, Any] = {
        "schema": RUN_SCHEMA,
        "outcome": "Told in one sentence.",
        "counts": counts,
        "target": "shop",
        "url": "https://127.0.0.1:8443",
        "version": "1.0",
        "environment": "lab",
        "authorisation": "not needed: the target is on this machine",
        "profile": "shop.yaml",
        "seed": 3,
        "budget": "acceptance",
        "started": "2026-11-20T08:00:00Z",
        "ended": "2026-11-20T08:01:00Z",
        "complete": True,
        "smoke": [],
        "capabilities": ["login", "logout", "probe"],
        "policy": {"logout.scope": "session", "idle_timeout": 900},
        "results": results,
        "requests": 4000,
        "histories": 40,
        "actions": 400,
        "moves": dict(MOVES),
        "baseline": baseline if replays else None,
        "seconds": 60.5,
        "trouble": [],
        "tools": {"pytest": "9.2.0"},
    }
    document |= changes
    plain_document: dict[str, Any] = json.loads(json.dumps(document))
    return plain_document


def manifest(document: Mapping[str, Any], identifier: str, **changes: Any) -> dict[str, Any]:
    """Return the manifest that belongs to a run."""
    return {
        "schema": MANIFEST_SCHEMA,
        "run": identifier,
        "target": document["target"],
        "started": document["started"],
        "complete": document["complete"],
        "secrets_found_in": [],
        "exit": {"code": 1, "why": "violation"},
    } | changes


def evidence(document: dict[str, Any], identifier: str = "aaaaaa") -> Evidence:
    """Return a run as it is after it was read."""
    validator("run.schema.json").validate(document)
    return Evidence(Path("nowhere"), manifest(document, identifier), document, "5" * 64, {})


def stored(folder: Path, document: dict[str, Any], identifier: str = "aaaaaa") -> Path:
    """Write a run as a folder, sealed, and return where."""
    place = folder / f"run-{identifier}"
    place.mkdir(parents=True)
    (place / "run.json").write_text(json.dumps(document, indent=2))
    (place / "manifest.json").write_text(json.dumps(manifest(document, identifier)))
    (place / "report.html").write_text("<!doctype html><title>report</title>")
    for found in (v for r in document["results"] for v in r["violations"]):
        tail = found["finding"].rpartition("-")[2]
        home = place / "counterexamples" / found["requirement"] / tail
        home.mkdir(parents=True)
        (home / "scenario.json").write_text(json.dumps(found["scenario"]))
    seal(place)
    return place


def seal(place: Path) -> None:
    """Write the seal of a folder anew."""
    (place / SUMS).write_bytes(sums_of(place))


LATER: dict[str, Any] = {
    "started": "2026-11-21T08:00:00Z",
    "ended": "2026-11-21T08:01:00Z",
    "version": "1.1",
}

"""Reads the folder of a finished run back, and refuses what is cut off, changed or of another kind.

It concludes nothing from what it reads.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match

from reports.evidence import MANIFEST, MANIFEST_SCHEMA
from reports.sums import SUMS, UNFINISHED, SealError, changes, digest, sealed
from reports.writers.runjson import RUN_SCHEMA
from suites.kernel.results import Earlier, Replay, Scenario
from suites.kernel.scenario import ScenarioError, read

SCHEMAS = Path(__file__).parent
NAME_A_RUN = "name the folder of a finished run, as reports/runs/shop/latest"


class EvidenceError(ValueError):
    """Input that cannot be meant; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Evidence:
    """What one run left behind, read whole and found unchanged."""

    path: Path
    manifest: Mapping[str, Any]
    run: Mapping[str, Any]
    seal: str
    sums: Mapping[str, str]

    @property
    def id(self) -> str:
        """The id of the run."""
        return str(self.manifest["run"])

    @property
    def complete(self) -> bool:
        """True when the run ended on its own and its evidence holds no secret."""
        unfinished = (self.path / UNFINISHED).exists()
        return bool(self.manifest["complete"] and self.run["complete"]) and not unfinished

    @cached_property
    def results(self) -> Mapping[str, Mapping[str, Any]]:
        """Requirement id to what was said of it."""
        return {result["requirement"]["id"]: result for result in self.run["results"]}

    @cached_property
    def violations(self) -> Mapping[str, Mapping[str, Any]]:
        """Finding id to the violation."""
        found = (v for result in self.run["results"] for v in result["violations"])
        return {violation["finding"]: violation for violation in found}

    @cached_property
    def replayed(self) -> Mapping[str, Mapping[str, Any]]:
        """Finding id to what its scenario showed when this run played it again."""
        baseline = self.run.get("baseline") or {"findings": ()}
        return {found["earlier"]["finding"]: found for found in baseline["findings"]}

    def scenario_file(self, finding: str) -> str | None:
        """Return where in the folder the scenario of a finding is stored."""
        tail = finding.rpartition("-")[2]
        known = (name for name in self.sums if name.endswith("/scenario.json"))
        return next((name for name in known if name.split("/")[-2].endswith(tail)), None)


def read_run(path: Path) -> Evidence:
    """Return the evidence of a run.

    Raises:
        EvidenceError: it is no run, or not as it was written.
    """
    folder = path.resolve()
    if not folder.is_dir():
        raise EvidenceError(f"{path}: there is no such folder; {NAME_A_RUN}")
    manifest = read_json(folder / MANIFEST, shown=path / MANIFEST, instead=NAME_A_RUN)
    _versioned(manifest, MANIFEST_SCHEMA, path / MANIFEST)
    for key, kind in (("run", str), ("target", str), ("complete", bool)):
        if not isinstance(manifest.get(key), kind):
            raise EvidenceError(f"{path / MANIFEST}: `{key}` is missing; {NAME_A_RUN}")
    if manifest.get("secrets_found_in"):
        raise EvidenceError(
            f"{path}: a secret was found in {manifest['secrets_found_in'][0]}; "
            "delete this folder and run again"
        )
    run = read_json(folder / "run.json", shown=path / "run.json", instead="the run was cut off")
    _versioned(run, RUN_SCHEMA, path / "run.json")
    _as_described(run, "run.schema.json", path / "run.json")
    try:
        found, changed = sealed(folder), changes(folder)
    except (SealError, OSError) as error:
        raise EvidenceError(str(error).replace(str(folder), str(path))) from None
    if changed:
        raise EvidenceError(f"{path}: {changed[0]}; this is not what the run wrote")
    return Evidence(folder, manifest, run, digest(folder / SUMS), found)


def read_json(file: Path, *, shown: Path, instead: str) -> Mapping[str, Any]:
    """Return a JSON document that is a table of keys."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EvidenceError(f"{shown}: there is no such file; {instead}") from None
    except OSError as error:
        raise EvidenceError(f"{shown}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise EvidenceError(f"{shown}: is no JSON; it was cut off or changed") from None
    if not isinstance(document, dict):
        raise EvidenceError(f"{shown}: is no table of keys; it was changed")
    return document


def _versioned(document: Mapping[str, Any], known: int, shown: Path) -> None:
    said = document.get("schema")
    if said != known or isinstance(said, bool):
        raise EvidenceError(
            f"{shown}: `schema` is {json.dumps(said)}, and this version of the suite reads "
            f"{known}; use the version that wrote it"
        )


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """Return what checks documents against one of the schemas in this folder."""
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def _as_described(document: Mapping[str, Any], schema: str, shown: Path) -> None:
    error = best_match(validator(schema).iter_errors(document))
    if error is not None:
        at = error.json_path.removeprefix("$.")
        raise EvidenceError(f"{shown}: `{at}` is not as reports/{schema} says; it was changed")


def earlier_findings(before: Evidence) -> tuple[Earlier, ...]:
    """Return everything that a run knew: what it found, and what it played again itself."""
    found = {finding: _from_violation(v) for finding, v in before.violations.items()}
    for finding, replayed in before.replayed.items():
        found.setdefault(finding, _from_replayed(replayed))
    return tuple(found.values())


def _from_violation(said: Mapping[str, Any]) -> Earlier:
    return _earlier(said, reproduced=said["reproduced"])


def _from_replayed(said: Mapping[str, Any]) -> Earlier:
    earlier = said["earlier"]
    refused = said["outcome"] == Replay.REFUSED
    return _earlier(earlier, reproduced=earlier["reproduced"], refused=refused)


def _earlier(said: Mapping[str, Any], *, reproduced: bool, refused: bool = False) -> Earlier:
    scenario, unplayable = Scenario(()), ""
    try:
        scenario = read(said["scenario"], f"finding {said['finding']}")
    except ScenarioError as error:
        unplayable = f"this version of the suite cannot play it: {error}"
    return Earlier(
        said["finding"],
        said["requirement"],
        said["invariant"],
        said["claim"],
        scenario,
        told=tuple(said["told"]),
        reproduced=reproduced,
        refused=refused,
        unplayable=unplayable,
    )

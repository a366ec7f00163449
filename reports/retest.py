"""The record of a retest: two runs of one target, and what became of each finding, as plain data.

It computes and tells; it reads no file and writes none.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.retest_claims import Acceptance, Claims
from reports.retest_input import Evidence, EvidenceError
from reports.retest_verdicts import (
    Answer,
    Member,
    Question,
    Standing,
    answer,
    members,
    newly_found,
)
from reports.writers import words
from suites.catalogue import SECTIONS

RETEST_SCHEMA = 1
RUN = "session-conformance"
DISCLAIMER = (
    "The verdicts hold for the version, configuration and environment named here, during the hours "
    "named here. A bounded search is no proof: fixed means that the original scenario is refused "
    "and that no violation was found in the histories counted here. Nothing is said about what "
    "neither run reached."
)


@dataclass(frozen=True, slots=True)
class Case:
    """All that goes into a record beside the two runs."""

    before: Evidence
    after: Evidence
    created: datetime
    claims: Claims = field(default_factory=Claims)
    accepted: Mapping[str, Acceptance] = field(default_factory=dict)
    signers: tuple[str | None, str | None] = (None, None)
    tester: str = ""


def comparable(before: Evidence, after: Evidence) -> None:
    """Refuse two runs that cannot be a before and an after.

    Raises:
        EvidenceError: they are one run, of two targets, or the wrong way round.
    """
    if before.path == after.path or before.id == after.id:
        raise EvidenceError(f"{before.path} is named twice; name the run before and the one after")
    targets = [run.run["target"] for run in (before, after)]
    if targets[0] != targets[1]:
        raise EvidenceError(
            f"{before.path} is about the target {targets[0]}, and {after.path} about {targets[1]}; "
            "name two runs of one target"
        )
    if after.run["started"] < before.run["started"]:
        raise EvidenceError(f"{after.path} began before {before.path}; name the earlier run first")


def questions(before: Evidence, claims: Claims) -> tuple[Question, ...]:
    """Return the entries of a record: those of the findings file, then whatever it leaves out."""
    told = {member.finding for question in claims.questions for member in question.members}
    rest = (m for m in members(before).values() if m.finding not in told)
    return (*claims.questions, *(Question(m.finding, (m,), (m.requirement,)) for m in rest))


def record(case: Case) -> dict[str, Any]:
    """Return the whole record as `reports/retest.schema.json` describes it."""
    entries = [
        _entry(case, question, answer(question, case.before, case.after))
        for question in questions(case.before, case.claims)
    ]
    for question in newly_found(case.before, case.after):
        said = case.after.violations[question.id]
        entries.append(_entry(case, question, Answer(Standing.NEW, (f"seen {said['seen']}",))))
    order = list(Standing)
    entries.sort(key=lambda entry: order.index(entry["verdict"]))
    said = case.claims.document
    return {
        "schema": RETEST_SCHEMA,
        "outcome": headline(entries),
        "counts": counts(entries),
        "created": moment(case.created),
        "target": _target(case.after),
        "before": _run(case.before, case.signers[0]),
        "after": _run(case.after, case.signers[1]),
        "source_report": said.get("source"),
        "tester": said.get("tester") or case.tester or None,
        "reviewer": said.get("reviewer"),
        "authorisation": said.get("authorisation") or case.after.run["authorisation"],
        "scope": said.get("scope") or _scope(case),
        "out_of_scope": said.get("out_of_scope")
        or "What the profile does not describe, and everything but session management.",
        "limitations": [*said.get("limitations", ()), *_limitations(case)],
        "timeline": list(_timeline(case)),
        "disclaimer": DISCLAIMER,
        "versions": [
            {
                "version": "1",
                "date": moment(case.created),
                "author": said.get("tester") or case.tester or None,
                "change": f"Computed from the runs {case.before.id} and {case.after.id}.",
            }
        ],
        "findings": entries,
    }


def counts(entries: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many entries have each verdict, worst first, zeros included."""
    told = [entry["verdict"] for entry in entries]
    return {str(standing): told.count(standing) for standing in Standing}


def headline(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the outcome of a retest in one sentence."""
    if not entries:
        return "There was nothing to retest: neither run knows a finding."
    found = {name: count for name, count in counts(entries).items() if count}
    everything = words.number(len(entries), "finding")
    if set(found) == {Standing.FIXED}:
        return f"Fixed within the bounds of this retest: all of {everything}."
    told = ", ".join(f"{count} {name}" for name, count in found.items())
    if set(found) <= {Standing.FIXED, Standing.ACCEPTED}:
        return f"Nothing is left open: {told}."
    return f"Not everything is fixed: {told}."


def moment(when: datetime) -> str:
    """Return a time as UTC text."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _entry(case: Case, question: Question, found: Answer) -> dict[str, Any]:
    said = case.claims.said.get(question.id, {})
    accepted = None if found.standing is Standing.FIXED else _acceptance(case, question)
    requirement = _requirement(case, question.requirements[0])
    shown = [case.after.violations[f] for f in _findings(question) if f in case.after.violations]
    severity = requirement.get("severity", "")
    return {
        "finding_id": question.id,
        "title": said.get("title") or requirement.get("title") or question.id,
        "source_report": case.claims.document.get("source") if said else None,
        "guide_section": _section(question.requirements[0]),
        "requirements": list(question.requirements),
        "invariants": _invariants(case, question),
        "cwe": list(requirement.get("cwe", ())),
        "asvs": list(requirement.get("asvs", ())),
        "wstg": list(requirement.get("wstg", ())),
        "severity_original": said.get("severity") or severity,
        "severity_now": None if found.standing is Standing.FIXED else severity,
        "original_evidence": [_original(case.before, m) for m in question.members],
        "fix_claim": said.get("fix"),
        "retest": _retest(case, question),
        "target": _target(case.after),
        "verdict": str(Standing.ACCEPTED if accepted else found.standing),
        "computed": str(found.standing),
        "why": list(found.why),
        "seen_now": [violation["seen"] for violation in shown],
        "confidence_note": _confidence(case, question),
        "evidence": list(_evidence(case.after, question)),
        "residual_risk": said.get("residual_risk"),
        "accepted_by": accepted.owner if accepted else None,
        "accepted_until": accepted.until if accepted else None,
        "accepted_because": accepted.reason if accepted else None,
        "accepted_signed_by": accepted.signed_by if accepted else None,
        "reviewer": case.claims.document.get("reviewer"),
        "signed_by": case.signers[1],
    }


def _findings(question: Question) -> tuple[str, ...]:
    return tuple(m.finding for m in question.members) or (question.id,)


def _acceptance(case: Case, question: Question) -> Acceptance | None:
    if question.id in case.accepted:
        return case.accepted[question.id]
    found = [case.accepted.get(m.finding) for m in question.members]
    # An entry of several findings is accepted only when every one of them is.
    return found[0] if found and all(found) else None


def _requirement(case: Case, identifier: str) -> Mapping[str, Any]:
    for run in (case.before, case.after):
        if identifier in run.results:
            known: Mapping[str, Any] = run.results[identifier]["requirement"]
            return known
    return {}


def _section(identifier: str) -> str:
    if identifier.startswith("X-"):
        return "Own threats"
    number = int(identifier.removeprefix("SM-").split(".")[0])
    return f"{number} {SECTIONS[number]}"


def _invariants(case: Case, question: Question) -> list[str]:
    mine = [m.invariant for m in question.members]
    fresh = case.after.violations.get(question.id)
    return list(dict.fromkeys([*mine, *([fresh["invariant"]] if fresh else [])]))


def _original(before: Evidence, member: Member) -> dict[str, Any]:
    file = before.scenario_file(member.finding)
    said = before.violations.get(member.finding)
    told = said or before.replayed[member.finding]["earlier"]
    return {
        "finding": member.finding,
        "run_id": before.id,
        "counterexample_ref": file,
        "sha256": before.sums[file] if file else None,
        "claim": told["claim"],
        "expected": said["expected"] if said else None,
        "seen": said["seen"] if said else None,
        "steps": list(told["told"]),
        "refused_before": member.refused_before,
    }


def _retest(case: Case, question: Question) -> dict[str, Any]:
    run = case.after.run
    played = [m for m in question.members if m.finding in case.after.replayed]
    searched = any(name in case.after.results for name in question.requirements)
    method = "both" if played and searched else "property_search"
    return {
        "run_id": case.after.id,
        "started": run["started"],
        "ended": run["ended"],
        "tester": case.claims.document.get("tester") or case.tester or None,
        "tool_version": run["tools"].get(RUN),
        "hypothesis_seed": run["seed"],
        "profile": run["profile"],
        "budget": run["budget"],
        "examples": run["histories"],
        "actions": run["actions"],
        "requests": run["requests"],
        "elapsed": round(run["seconds"], 1),
        "method": method if searched or not played else "replay_original",
        "replays": [
            {
                "finding": m.finding,
                "outcome": case.after.replayed[m.finding]["outcome"],
                "why": case.after.replayed[m.finding]["why"],
            }
            for m in played
        ],
    }


def _target(run: Evidence) -> dict[str, Any]:
    return {
        "name": run.run["target"],
        "url": run.run["url"],
        "build_id": run.run["version"] or None,
        "environment": run.run["environment"],
        "config_sha256": run.manifest.get("profile_sha256"),
    }


def _run(run: Evidence, signed_by: str | None) -> dict[str, Any]:
    said = run.run
    keys = ("version", "url", "environment", "profile", "seed", "budget", "started", "ended")
    return {
        "run_id": run.id,
        "folder": run.path.name,
        "sha256": run.seal,
        "signed_by": signed_by,
        "complete": run.complete,
        "outcome": said["outcome"],
        **{key: said[key] for key in keys},
        "requests": said["requests"],
        "histories": said["histories"],
        "tools": dict(said["tools"]),
    }


def _confidence(case: Case, question: Question) -> str:
    run = case.after.run
    played = sum(m.finding in case.after.replayed for m in question.members)
    judged = [
        f"{case.after.results[name]['judged']:,} of {name}"
        for name in question.requirements
        if name in case.after.results
    ]
    return (
        f"{words.number(played, 'original scenario')} played again; then searched with budget "
        f"{run['budget']} and seed {run['seed']}: {words.number(run['histories'], 'history')}, "
        f"{words.number(run['actions'], 'action')}, {words.number(run['requests'], 'request')}; "
        f"judged: {', '.join(judged) or 'nothing'}. A bounded search is no proof."
    )


def _evidence(run: Evidence, question: Question) -> Iterator[dict[str, str]]:
    scenarios = [run.scenario_file(finding) for finding in _findings(question)]
    for name in dict.fromkeys(["run.json", *filter(None, scenarios)]):
        if name in run.sums:
            yield {"run_id": run.id, "name": name, "sha256": run.sums[name]}


def _scope(case: Case) -> str:
    known = words.number(len(questions(case.before, case.claims)), "finding")
    return (
        f"{known} of the run {case.before.id}, and every requirement that the profile "
        f"{case.after.run['profile']} lets be judged."
    )


def _limitations(case: Case) -> Iterator[str]:
    """Yield what makes the two runs less comparable than they look."""
    old, new = case.before.run, case.after.run
    if old["version"] == new["version"]:
        told = new["version"] or "no version"
        yield f"Both runs saw {told}: that something was changed does not show in it."
    for key in ("url", "environment", "profile", "budget"):
        if old[key] != new[key]:
            yield f"The two runs differ in {key}: {old[key]}, then {new[key]}."
    if old["policy"] != new["policy"]:
        keys = sorted(k for k in {*old["policy"], *new["policy"]}
                      if old["policy"].get(k) != new["policy"].get(k))  # fmt: skip
        yield f"Another policy is declared now: {', '.join(keys)}."
    if old["tools"].get(RUN) != new["tools"].get(RUN):
        yield "The two runs were made by different versions of the suite."
    for run in (case.before, case.after):
        if not run.complete:
            yield f"The run {run.id} did not end on its own."
    if None in case.signers:
        yield "Not both runs are signed, or nobody said whose signatures count."


def _timeline(case: Case) -> Iterator[dict[str, str]]:
    events = [
        (case.before.run["started"], f"Run {case.before.id} began: {case.before.run['outcome']}"),
        (case.after.run["started"], f"Run {case.after.id} began: {case.after.run['outcome']}"),
        (moment(case.created), "This record was computed."),
    ]
    for entry in case.claims.said.values():
        fix = entry.get("fix", {})
        if "date" in fix:
            events.append((fix["date"], f"{entry['id']} is said to be fixed: {fix['text']}"))
    for when, what in sorted(events):
        yield {"when": when, "what": what}


def links(record_folder: Path, run: Evidence) -> list[tuple[str, str]]:
    """Return the pages of a run as a reader of the record reaches them."""
    pages = (name for name in run.sums if name.endswith(".html"))
    start = Path(os.path.relpath(run.path, record_folder)).as_posix()
    return [(name, f"{start}/{name}") for name in sorted(pages)]

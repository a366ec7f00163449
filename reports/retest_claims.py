"""What people say beside a retest: names of findings, claimed repairs, and accepted risks.

What they say never makes a finding fixed; it is told beside what the evidence shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from adapters.schemacheck import check, did_you_mean
from adapters.secretsource import Position
from adapters.yamlfile import KeyPath, ProfileError, read_yaml
from reports.retest_input import SCHEMAS, Evidence, EvidenceError
from reports.retest_verdicts import Member, Question
from reports.signing import signer

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Claims:
    """A findings file: what is said about the whole, and about each entry."""

    document: Mapping[str, Any] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One accepted risk."""

    finding: str
    reason: str
    owner: str
    until: str
    signed_by: str


def read_claims(file: Path, known: Mapping[str, Member], before: Evidence) -> Claims:
    """Read a findings file; `known` are the findings of the earlier run.

    Raises:
        EvidenceError: it says something that cannot be meant.
    """
    document, place = _read(file, "findings.schema.json")
    questions: list[Question] = []
    said: dict[str, Mapping[str, Any]] = {}
    for number, entry in enumerate(document["findings"]):
        at: KeyPath = ("findings", number)
        name = str(entry["id"])
        if name in said:
            raise _wrong(place, (*at, "id"), f"repeats {name}; write each finding once")
        _day(entry.get("fix", {}).get("date"), (*at, "fix", "date"), place)
        said[name] = entry
        questions.append(_question(name, entry["of"], (*at, "of"), place, known, before))
    _day(document.get("source", {}).get("date"), ("source", "date"), place)
    return Claims(document, tuple(questions), said)


def _question(
    name: str,
    of: list[str],
    at: KeyPath,
    place: Position,
    known: Mapping[str, Member],
    before: Evidence,
) -> Question:
    members: dict[str, Member] = {}
    requirements: dict[str, None] = {}
    for number, identifier in enumerate(of):
        if identifier in known:
            members[identifier] = known[identifier]
            requirements[known[identifier].requirement] = None
        elif identifier in before.results:
            requirements[identifier] = None
            members |= {f: m for f, m in known.items() if m.requirement == identifier}
        else:
            hint = did_you_mean(identifier, [*known, *before.results])
            hint = hint if hint.startswith("did") else "write one of its findings or requirements"
            raise _wrong(
                place, (*at, number), f"is '{identifier}', which run {before.id} has not; {hint}"
            )
    return Question(name, tuple(members.values()), tuple(requirements))


def read_exceptions(
    file: Path, allowed: Path | None, *, findings: frozenset[str], today: date
) -> Mapping[str, Acceptance]:
    """Read accepted risks by the id of the finding; an unsigned file is none.

    Raises:
        EvidenceError: not signed, expired, or about no finding of these runs.
    """
    document, place = _read(file, "exceptions.schema.json")
    if allowed is None:
        raise EvidenceError(f"{file}: counts only with a signature; add --allowed FILE")
    name = signer(file, allowed)
    found: dict[str, Acceptance] = {}
    for number, entry in enumerate(document["exceptions"]):
        at: KeyPath = ("exceptions", number)
        finding = str(entry["finding"])
        if finding not in findings:
            hint = did_you_mean(finding, findings) if findings else "there is none to accept"
            raise _wrong(place, (*at, "finding"), f"is '{finding}', which is not retested; {hint}")
        if finding in found:
            raise _wrong(place, (*at, "finding"), f"repeats {finding}; write each finding once")
        until = _day(entry["until"], (*at, "until"), place)
        if until is not None and until < today:
            raise _wrong(
                place,
                (*at, "until"),
                f"was {until}, so {finding} is accepted no longer; "
                f"let {entry['owner']} decide again, or take the entry out",
            )
        found[finding] = Acceptance(finding, entry["reason"], entry["owner"], entry["until"], name)
    return found


def _read(file: Path, schema: str) -> tuple[Mapping[str, Any], Position]:
    try:
        document, lines = read_yaml(file)
        place = Position(file, lines)
        if not isinstance(document, dict):
            raise place.error((), "is no table of keys; see reports/" + schema)
        check(document, place, schema=SCHEMAS / schema)
    except ProfileError as error:
        raise EvidenceError(str(error)) from None
    return document, place


def _day(text: str | None, at: KeyPath, place: Position) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(place, at, f"is '{text}'; write a day as 2031-12-31") from None


def _wrong(place: Position, at: KeyPath, sentence: str) -> EvidenceError:
    return EvidenceError(str(place.error(at, sentence)))

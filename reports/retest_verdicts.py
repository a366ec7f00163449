"""What became of each earlier finding, computed from the evidence of two runs.

Nothing is typed in by hand, and missing evidence never becomes "fixed".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from reports.retest_input import Evidence
from suites.kernel.results import Replay
from suites.kernel.verdict import Exit, Verdict

ORACLE = "SM-8.2"


class Standing(StrEnum):
    """What can be said of an earlier finding after a retest, worst first."""

    REGRESSED = "regressed"
    NOT_FIXED = "not fixed"
    NEW = "new"
    PARTIALLY = "partially fixed"
    NOT_RETESTED = "not retested"
    ACCEPTED = "accepted"
    FIXED = "fixed"


MEANINGS: Mapping[Standing, str] = {
    Standing.REGRESSED: "An earlier run was refused when it played the scenario again; now it "
    "shows the violation.",
    Standing.NOT_FIXED: "The violation is still shown.",
    Standing.NEW: "The violation was found by this run and by none before it.",
    Standing.PARTIALLY: "The original scenario is refused, but the requirement is still violated "
    "in another way.",
    Standing.NOT_RETESTED: "The evidence does not suffice; nothing is said about the finding.",
    Standing.ACCEPTED: "Not fixed or not retested; its owner has accepted the risk until the day "
    "named, in a signed file.",
    Standing.FIXED: "The original scenario was played again and refused, the search of the whole "
    "requirement found no violation, and it reached what the finding is about.",
}

_BAD = frozenset({Standing.REGRESSED, Standing.NOT_FIXED, Standing.NEW, Standing.PARTIALLY})


@dataclass(frozen=True, slots=True)
class Member:
    """One finding of the earlier run; `cost` is how many requests it took to find it."""

    finding: str
    requirement: str
    invariant: str
    steps: Sequence[Mapping[str, Any]]
    cost: int = 0
    refused_before: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the findings and requirements that belong to one entry of the record."""

    id: str
    members: tuple[Member, ...]
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The standing of one entry, and why."""

    standing: Standing
    why: tuple[str, ...]


def members(before: Evidence) -> dict[str, Member]:
    """Return everything that the earlier run knew, by finding id."""
    found = {
        finding: Member(
            finding,
            said["requirement"],
            said["invariant"],
            said["scenario"]["steps"],
            cost=said["requests_to_find"],
        )
        for finding, said in before.violations.items()
    }
    for finding, replayed in before.replayed.items():
        said = replayed["earlier"]
        found.setdefault(
            finding,
            Member(
                finding,
                said["requirement"],
                said["invariant"],
                said["scenario"]["steps"],
                refused_before=replayed["outcome"] == Replay.REFUSED,
            ),
        )
    return found


def answer(question: Question, before: Evidence, after: Evidence) -> Answer:
    """Return what became of a finding."""
    shown = {m.finding: why for m in question.members if (why := _shown(m, after))}
    if shown:
        return _still_there(question, shown, after)
    others = [v for v in after.violations.values() if v["requirement"] in question.requirements]
    told = tuple(f"{v['requirement']} is violated as {v['finding']}: {v['seen']}" for v in others)
    if not question.members:
        why = f"no run of this suite has a scenario of it; {_searched(question, after)}"
        return Answer(Standing.NOT_FIXED, told) if others else Answer(Standing.NOT_RETESTED, (why,))
    if missing := list(_not_replayed(question.members, after)):
        return Answer(Standing.NOT_RETESTED, (*missing, *told))
    if others:
        return Answer(Standing.PARTIALLY, ("the original scenario is refused", *told))
    if short := list(_shortcomings(question, before, after)):
        return Answer(Standing.NOT_RETESTED, tuple(dict.fromkeys(short)))
    return Answer(
        Standing.FIXED,
        ("the original scenario is refused", _searched(question, after)),
    )


def newly_found(before: Evidence, after: Evidence) -> Iterator[Question]:
    """Yield what the later run found and the earlier one did not know."""
    known = members(before)
    for finding, said in after.violations.items():
        if finding not in known:
            yield Question(finding, (), (said["requirement"],))


def ends(answers: Iterable[Standing], after: Evidence) -> Exit:
    """Return how a retest ends: a violation beats what is open."""
    found = set(answers)
    if found & _BAD:
        return Exit.VIOLATION
    if Standing.NOT_RETESTED in found or not after.complete:
        return Exit.INCOMPLETE
    return Exit.CONFORMS


def _shown(member: Member, after: Evidence) -> str | None:
    """Return how a finding still shows, None where it does not."""
    if found := after.violations.get(member.finding):
        return f"found again: seen {found['seen']}"
    replayed = after.replayed.get(member.finding)
    if replayed is not None and replayed["outcome"] == Replay.SHOWN:
        return f"still shown by its original scenario: {replayed['why']}"
    return None


def _still_there(question: Question, shown: Mapping[str, str], after: Evidence) -> Answer:
    why = tuple(f"{finding}: {how}" for finding, how in shown.items())
    if any(m.refused_before for m in question.members if m.finding in shown):
        return Answer(Standing.REGRESSED, ("an earlier run was refused", *why))
    rest = [m for m in question.members if m.finding not in shown]
    if rest and not list(_not_replayed(rest, after)):
        gone = ", ".join(m.finding for m in rest)
        return Answer(Standing.PARTIALLY, (f"refused: {gone}", *why))
    return Answer(Standing.NOT_FIXED, why)


def _not_replayed(asked: Iterable[Member], after: Evidence) -> Iterator[str]:
    """Yield why a scenario does not count as played again and refused."""
    for member in asked:
        replayed = after.replayed.get(member.finding)
        if replayed is None:
            yield f"{member.finding} was not played again: run with --baseline"
        elif replayed["outcome"] != Replay.REFUSED:
            yield f"{member.finding} could not be played again: {replayed['why']}"
        elif replayed["earlier"]["scenario"]["steps"] != member.steps:
            yield f"{member.finding} was played again with other steps than the original ones"


def _shortcomings(question: Question, before: Evidence, after: Evidence) -> Iterator[str]:
    """Yield why the search does not suffice to call a finding fixed."""
    if not after.complete:
        yield "the run did not end on its own"
    oracle = after.results.get(ORACLE)
    if oracle is not None and oracle["verdict"] != Verdict.PASS:
        yield f"the controls of the run are in doubt: {oracle['reason']}"
    for identifier in question.requirements:
        result = after.results.get(identifier)
        if result is None:
            yield f"{identifier} was not part of the run"
        elif result["verdict"] != Verdict.PASS:
            yield f"{identifier} is {result['verdict']}: {result['reason']}"
        else:
            yield from _another_yardstick(result["requirement"], before, after)
    for member in question.members:
        yield from _not_reached(member, after)


def _not_reached(member: Member, after: Evidence) -> Iterator[str]:
    """Yield which part of a finding the search did not come near."""
    arms = after.results.get(member.requirement, {}).get("arms", ())
    if not sum(arm["judged"] for arm in arms if arm["invariant"] == member.invariant):
        yield f"the search judged no case of: {member.invariant}"
    moves = after.run.get("moves", {})
    for move in dict.fromkeys(step["do"] for step in member.steps):
        if not moves.get(move):
            yield f"the search never made the move {move}"
    if after.run["requests"] < member.cost:
        yield (
            f"the search ended after {after.run['requests']:,} requests, and it took "
            f"{member.cost:,} to find {member.finding}"
        )


def _another_yardstick(
    requirement: Mapping[str, Any], before: Evidence, after: Evidence
) -> Iterator[str]:
    """Yield which policy of a requirement is another one now: then passing is no repair."""
    asked = [key.partition("=")[0] for key in requirement.get("policy", ())]
    old, new = before.run["policy"], after.run["policy"]
    for key in sorted({*old, *new}):
        if any(fnmatchcase(key, name) for name in asked) and old.get(key) != new.get(key):
            yield f"judged by another policy: {key} was {old.get(key)}, and is {new.get(key)}"


def _searched(question: Question, after: Evidence) -> str:
    """Return in words what the search did for these requirements."""
    told = []
    for identifier in question.requirements:
        result = after.results.get(identifier)
        if result is None:
            told.append(f"{identifier} was not part of the run")
        else:
            judged = f"{result['judged']:,} {'case' if result['judged'] == 1 else 'cases'}"
            told.append(f"the search judged {judged} of {identifier}: {result['verdict']}")
    return "; ".join(told)

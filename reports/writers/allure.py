"""Tells Allure about one requirement from within its pytest item.

It decides no outcome: whether the item fails, is skipped or passes is said by the item.
"""

import json
from collections.abc import Sequence
from typing import Any

import allure

from reports.writers import words
from reports.writers.curl import script
from reports.writers.diagram import diagram
from reports.writers.har import har
from reports.writers.scenario import scenario_json
from reports.writers.transcript import transcript
from suites.kernel.results import Result, Violation
from suites.kernel.verdict import Verdict

EPIC = "Session management"
_CWE = "https://cwe.mitre.org/data/definitions/"
_STRIDE = {
    "S": "Spoofing",
    "T": "Tampering",
    "R": "Repudiation",
    "I": "Information disclosure",
    "D": "Denial of service",
    "E": "Elevation of privilege",
}


class Violated(AssertionError):  # noqa: N818  it is the target that did wrong
    """Makes the last step of a violated scenario red."""

    # Allure shows the name, and before it any module but this one.
    __module__ = "builtins"


def describe(result: Result, *, target: str = "") -> None:
    """Set title, place, severity, tags and description of the running item."""
    requirement = result.requirement
    name = f"{requirement.id} {words.title(result)}"
    section = words.section_name(requirement)
    # Allure's module ships without types for what it sets while a test runs.
    dynamic: Any = allure.dynamic
    dynamic.title(name)
    dynamic.epic(EPIC)
    dynamic.feature(section)
    dynamic.story(name)
    dynamic.severity(requirement.severity)
    dynamic.parent_suite(target or EPIC)
    dynamic.suite(section)
    dynamic.sub_suite(requirement.id)
    stride = [f"STRIDE {_STRIDE[letter]}" for letter in requirement.stride if letter in _STRIDE]
    dynamic.tag(*words.references(requirement), *stride)
    dynamic.label("requirement", requirement.id)
    for violation in result.violations:
        dynamic.label("finding", violation.finding)
    for number in requirement.cwe:
        dynamic.link(f"{_CWE}{number}.html", name=f"CWE-{number}")
    dynamic.description(description(result))


def description(result: Result) -> str:
    """Return what the item checks and found, in Markdown."""
    requirement = result.requirement
    parts = [
        f"**{words.LABELS[result.verdict]}.** {_text(words.sentence(result.reason))}".strip(),
        _text(requirement.statement),
        *(f"> {_text(words.sentence(line))}" for line in words.guide_sentences(requirement)),
    ]
    if result.arms:
        rows = [
            f"| {_text(words.sentence(arm.claim))} | {arm.judged} | {arm.held} | {arm.violated} "
            f"| {arm.unclear} |"
            for arm in result.arms
        ]
        head = "| How it was checked | Judged | Held | Violated | Unclear |\n|---|--:|--:|--:|--:|"
        parts.append("\n".join([head, *rows]))
    parts += [
        f"{result.judged} judged, {result.controls} controls.",
        f"*Bounds:* {words.NOT_CLAIMED[0][1]}",
    ]
    return "\n\n".join(part for part in parts if part)


def tell(result: Result, *, ca: str | None = None) -> None:
    """Emit the steps: each minimal scenario of a violated item, one that held of a passed item."""
    count = len(result.violations)
    for violation in result.violations:
        if drawn := diagram(result, violation, styled=True):
            allure.attach(drawn, f"sequence {violation.finding}", allure.attachment_type.SVG)
    for place, violation in enumerate(result.violations, 1):
        _tell_violation(violation, f"Violation {place} of {count}: " if count > 1 else "", ca)
    if result.verdict is Verdict.PASS and result.example:
        with allure.step(f"One of the scenarios that held ({result.judged} judged)"):
            _steps(result.example)


def _tell_violation(violation: Violation, before: str, ca: str | None) -> None:
    failed = Violated(f"expected: {violation.expected}\nseen: {violation.seen}")
    try:
        with allure.step(before + words.sentence(violation.claim)):
            _attach(violation, ca)
            *first, last = violation.told or (violation.claim,)
            _steps(first)
            with allure.step(_numbered(len(first) + 1, last)):
                raise failed
    except Violated as error:
        if error is not failed:
            raise


def _steps(told: Sequence[str]) -> None:
    for place, line in enumerate(told, 1):
        with allure.step(_numbered(place, line)):
            pass


def _numbered(place: int, line: str) -> str:
    return f"{place}. {line}"


def _attach(violation: Violation, ca: str | None) -> None:
    text, data = allure.attachment_type.TEXT, allure.attachment_type.JSON
    lines = [
        f"expected  {violation.expected}",
        f"seen      {violation.seen}",
        f"control   {violation.control}",
        f"replayed  {words.replays(violation)}",
        f"met       {words.met(violation)}",
    ]
    scenario = json.dumps(scenario_json(violation), indent=2, ensure_ascii=False)
    allure.attach("\n".join(lines), "expected and seen", text)
    allure.attach(scenario, "scenario.json", data)
    if violation.exchanges:
        allure.attach(script(violation, ca=ca), "replay.sh", text)
        allure.attach(transcript(violation.exchanges), "exchanges.txt", text)
        archive = json.dumps(har(violation), indent=1, ensure_ascii=False)
        allure.attach(archive, "exchanges.har", data, extension="har")


def _text(text: str) -> str:
    """Return text of the target as Markdown that shows exactly it: one line, nothing active."""
    line = " ".join(text.split())
    for character in "\\`*_[]<>|#":
        line = line.replace(character, f"\\{character}")
    return line

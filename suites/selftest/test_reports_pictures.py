"""Pictures are well formed, tell who did what, and show no markup of the target."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from reports.writers.diagram import diagram
from suites.catalogue import catalogue
from suites.kernel.results import Result, Story
from suites.kernel.verdict import Verdict
from suites.selftest.telling import story, told_violation
from suites.selftest.test_reports_sample import HOSTILE, violation

SVG = "{http://www.w3.org/2000/svg}"
FAILED = Result(catalogue()["SM-2.1"], Verdict.FAIL, "lives on", violations=(told_violation(),))


def _read(drawn: str) -> tuple[ElementTree.Element, list[str]]:
    # Our own text, not a stranger's.
    root = ElementTree.fromstring(drawn)  # noqa: S314
    return root, ["".join(found.itertext()) for found in root.iter(f"{SVG}text")]


def test_a_diagram_tells_parts_steps_calls_and_verdict() -> None:
    _, said = _read(diagram(FAILED, told_violation()))
    assert {"Victim (alice)", "Attacker", "Target"} <= set(said)
    assert "Bystander" not in " ".join(said)
    assert "log in alice on laptop (web)" in said
    assert "acknowledged · s1 must be dead from here on" in said
    assert "GET /me [s1] -> 200" in said
    assert "SM-2.1 Logout destroys the session on the server at once" in said
    assert "expected: nobody recognised" in said


def test_the_owner_looks_after_a_living_session() -> None:
    acts = tuple(replace(act, ended=()) for act in story().acts)
    _, said = _read(diagram(FAILED, violation(story=story(acts=acts))))
    assert "Attacker" not in said


def test_a_session_that_was_accepted_after_its_end_is_marked() -> None:
    root, _ = _read(diagram(FAILED, told_violation()))
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert "s1 must be accepted" in titles
    assert "s1 is dead, and was accepted" in titles


def test_without_a_replay_there_is_no_diagram() -> None:
    assert diagram(FAILED, violation(story=Story())) == ""


@pytest.mark.parametrize("styled", [False, True])
def test_a_picture_stands_alone_and_runs_nothing(styled: bool) -> None:
    hostile = told_violation(seen=HOSTILE, expected="x" * 500)
    drawn = diagram(FAILED, hostile, styled=styled)
    root, said = _read(drawn)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "style", "rect", "text", "line", "path", "g"),
    }
    assert not [name for e in root.iter() for name in e.attrib if name.startswith("on")]
    assert "href" not in drawn
    assert ("<style>" in drawn) is styled
    assert max(len(line) for line in said) < 200

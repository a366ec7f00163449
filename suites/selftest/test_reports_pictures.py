"""Pictures are well formed, tell who did what, and show no markup of the target."""

import itertools
import secrets
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from reports.writers.diagram import diagram
from reports.writers.plots import plots
from suites.catalogue import catalogue
from suites.kernel.results import Lifeline, Result, Story
from suites.kernel.verdict import Verdict
from suites.probes.shape import shape
from suites.selftest.telling import OPENED, story, told_violation
from suites.selftest.test_reports_sample import HOSTILE, sample_run, violation

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


@pytest.mark.parametrize(
    "actors", list(itertools.product(("", "alice", "bob", "mallory"), repeat=2))
)
@pytest.mark.parametrize("hostile", [False, True])
def test_whoever_acts_stands_in_the_diagram(actors: tuple[str, str], hostile: bool) -> None:
    acts = tuple(
        replace(act, actor=actor, hostile=hostile, ended=())
        for act, actor in zip(story().acts, actors, strict=True)
    )
    _, said = _read(diagram(FAILED, violation(story=story(acts=acts))))
    shown = {"alice": "Victim", "bob": "Bystander", "mallory": "Attacker", "": "Attacker"}
    assert {shown[actor] for actor in actors} <= {name.partition(" (")[0] for name in said}


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


def _life(number: int, **changes: object) -> Lifeline:
    made = Lifeline(f"s{number}", "alice", HOSTILE, "web", OPENED + number / 4, until=OPENED + 60)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_timeline_shows_every_session_and_which_lived_on() -> None:
    lives = [_life(number) for number in range(20)]
    lives[3] = _life(3, ended=OPENED + 1, cause="logout", revived=True)
    lives[4] = _life(4, ended=OPENED + 2, cause="logout")
    (plot,) = plots(replace(sample_run(), lifelines=tuple(lives)))
    root, _ = _read(plot.svg)
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    assert sum(told.startswith("s") for told in titles) == 20
    assert sum(told.endswith("and accepted afterwards") for told in titles) == 1
    assert plot.caption.startswith(
        "20 sessions over 1 min 0 s, 2 of them ended by their scenario, 1 "
    )


def test_what_finds_no_room_is_counted() -> None:
    crowd = tuple(_life(0) for _ in range(100))
    (plot,) = plots(replace(sample_run(), lifelines=crowd))
    assert "76 more were alive at the same time and are not drawn." in plot.caption


@pytest.mark.parametrize("size", [16, 4096])
def test_a_constant_bit_is_red_and_tells_not_its_side(size: int) -> None:
    values = [f"{secrets.randbits(64):016x}{'f0' * ((size - 16) // 2)}" for _ in range(60)]
    found = shape("session in cookie", values, wanted=64)
    (plot,) = plots(replace(sample_run(), shapes=(found,)))
    root, said = _read(plot.svg)
    assert "Bits that vary at each character" in said
    assert plot.name == "identifiers-session-in-cookie"
    leans = [t.text or "" for t in root.iter(f"{SVG}title") if (t.text or "").startswith("bit ")]
    assert len(leans) == min(size * 4, 512)
    if size > 16:
        assert leans[64:] == [f"bit {number}: leans by 0.500" for number in range(65, 513)]


def test_values_without_a_common_decoding_have_no_bits() -> None:
    found = shape("access in bearer", ["a.b-c", "d.e-f", "g.h-i"], wanted=64)
    assert found.leans == ()
    (plot,) = plots(replace(sample_run(), shapes=(found,)))
    assert "How far" not in plot.svg


def test_neighbours_in_order_of_issue_are_drawn_by_how_far_apart_they_lie() -> None:
    counted = [f"{(1 << 100) + 3 * number:032x}" for number in range(60)]
    chance = [secrets.token_hex(16) for _ in range(60)]
    near, far = (shape("x", found, wanted=64) for found in (counted, chance))
    assert set(near.steps) == {2}
    assert min(far.steps) > 100
    red, plain = (
        plots(replace(sample_run(), shapes=(found,)))[0].svg.count("fill:var(--p-bad)")
        for found in (near, far)
    )
    assert red - plain >= 59


def test_no_value_can_be_read_from_a_shape() -> None:
    same = [secrets.token_hex(16)] * 60
    assert set(shape("x", same, wanted=64).leans) == {0.5}
    assert set(shape("x", same, wanted=64).varies) == {0.0}

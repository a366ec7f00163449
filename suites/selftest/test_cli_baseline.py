"""A target is judged, repaired and judged against the earlier run, then broken again."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.targets.miniatures import Correct, LiarAboutLogout, serving
from reports.__main__ import main
from reports.sums import changes
from suites.selftest.judging import Desk, desk_in, ended
from suites.selftest.past_runs import LOGOUT, run, stored
from suites.selftest.test_cli import NOWHERE, refusal

ONLY = ("--budget", "smoke", "--seed", "1", "--only", "SM-2.1", "--only", "SM-8.2")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path, f"selftest-{secrets.token_hex(4)}") as made:
        yield made


def judged(desk: Desk, habits: Correct, *options: str) -> tuple[int, Path]:
    """Judge a target with these habits; return how the run ended and its evidence."""
    with serving(habits) as url:
        desk.write(url)
        found = desk.judge(*ONLY, *options)
    assert found.code in {0, 1}, found.said
    assert changes(desk.evidence) == []
    return found.code, desk.evidence


def standings(before: Path, after: Path, into: Path) -> dict[str, str]:
    main(["retest", str(before), str(after), "--into", str(into)])
    record: dict[str, Any] = json.loads((into / "retest.json").read_text())
    return {entry["finding_id"]: entry["verdict"] for entry in record["findings"]}


def test_fixed_then_regressed(desk: Desk, tmp_path: Path) -> None:
    code, before = judged(desk, LiarAboutLogout())
    assert code == 1
    code, after = judged(desk, Correct(), f"--baseline={before}")
    assert code == 0
    run_json = json.loads((after / "run.json").read_text())
    assert [found["outcome"] for found in run_json["baseline"]["findings"]] == ["refused"]
    fixed = standings(before, after, tmp_path / "first")
    assert set(fixed.values()) == {"fixed"}
    code, again = judged(desk, LiarAboutLogout(), f"--baseline={after}")
    assert code == 1
    regressed = standings(after, again, tmp_path / "second")
    assert regressed == dict.fromkeys(fixed, "regressed")
    unplayed = judged(desk, Correct())[1]
    assert set(standings(before, unplayed, tmp_path / "third").values()) == {"not retested"}


def test_an_earlier_run_that_cannot_be_meant_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.write(NOWHERE)
    mine = stored(tmp_path, run(LOGOUT, target=desk.name))
    said = refusal(desk, monkeypatch, {"--baseline": "none"})
    assert said.startswith("--baseline none: there is no such folder; name the folder of a fin")
    both = {"--baseline": str(mine), "--replay": "scenario.json"}
    assert "--replay one scenario: leave one of them out" in refusal(desk, monkeypatch, both)
    (mine / "run.json").write_text("{")
    said = refusal(desk, monkeypatch, {"--baseline": str(mine)})
    assert said == f"--baseline {mine}/run.json: is no JSON; it was cut off or changed"
    other = stored(tmp_path / "other", run(LOGOUT, target="another shop"))
    said = refusal(desk, monkeypatch, {"--baseline": str(other)})
    assert f"is about the target another shop, and {desk.profile} about {desk.name}" in said


def test_a_refused_baseline_is_one_line_and_sends_nothing(desk: Desk) -> None:
    desk.write(NOWHERE)
    found = ended(desk.command("--baseline=none"), {})
    assert (found.code, found.out) == (4, "")
    assert found.err.strip().startswith("ERROR: --baseline none: there is no such folder")
    assert found.err.strip().count("\n") == 0

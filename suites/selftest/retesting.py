"""A retest of two literal runs on the command line, for the self-tests of its record."""

import json
from pathlib import Path
from typing import Any

import pytest

from reports.__main__ import main
from suites.selftest.past_runs import COOKIE, LATER, LOGOUT, replayed, run, stored

Files = dict[str, bytes]
Pair = tuple[Path, Path]


def make_pair(folder: Path) -> Pair:
    """Write two runs: one of two findings is fixed, the other is not."""
    before = stored(folder, run(LOGOUT, COOKIE))
    again = (replayed(LOGOUT), replayed(COOKIE, "still shown"))
    return before, stored(folder, run(COOKIE, replays=again, **LATER), "bbbbbb")


def content(folder: Path) -> Files:
    """Return every file of a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def retest(pair: Pair, *more: object) -> int:
    """Run the command and return its exit code."""
    return main(["retest", *map(str, pair), *map(str, more)])


def made(pair: Pair, *more: object) -> dict[str, Any]:
    """Write the record and return it."""
    place = pair[0].parent / "record"
    retest(pair, "--into", place, *more)
    told: dict[str, Any] = json.loads((place / "retest.json").read_text())
    return told


def refused(capsys: pytest.CaptureFixture[str], pair: Pair, *more: object, code: int = 4) -> str:
    """Return the one sentence of a refusal; the runs are as before, and there is no record."""
    before = [content(place) for place in pair if place.is_dir()]
    assert retest(pair, *more) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("ERROR: ")
    assert said.err.count("\n") == 1
    assert [content(place) for place in pair if place.is_dir()] == before
    left = [path for path in pair[0].parent.rglob("*") if "retest" in path.name]
    assert left == []
    return said.err.removeprefix("ERROR: ").strip()

"""The walls between the rooms, as pyproject.toml declares them: imports point down only."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_every_wall_stands() -> None:
    done = subprocess.run(  # noqa: S603  our own interpreter on our own file
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_room_is_behind_a_wall() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(said["tool"]["importlinter"]["root_packages"]) == rooms


TOP_LEVEL = {
    *("conftest.py", "suites", "adapters", "fixtures", "pytest.ini", "reports", "README.md"),
    *("pyproject.toml", "requirements.lock", "Makefile", "ARCHITECTURE.md", "CONTRIBUTING.md"),
    *("LICENSE", ".gitignore", ".ci"),
}


def test_the_top_level_holds_what_the_design_lists() -> None:
    listing = ["git", "ls-files"]
    done = subprocess.run(  # noqa: S603
        listing, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("this is no checkout of git")
    assert {name.split("/")[0] for name in done.stdout.splitlines()} == TOP_LEVEL


def test_no_file_is_too_long_to_be_read() -> None:
    found = {
        str(path.relative_to(ROOT)): count
        for room in ("adapters", "fixtures", "reports", "suites")
        for path in (ROOT / room).rglob("*.py")
        if "runs" not in path.parts
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert found == {}

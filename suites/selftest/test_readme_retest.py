"""What the documents say of retests is so, and the sample in the repository is a whole record."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from reports.__main__ import main
from reports.retest_input import validator
from reports.retest_verdicts import Standing
from reports.sums import SUMS, changes
from suites.selftest.test_readme import README, blocks, rows

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"


def section(head: str) -> str:
    """Return a section of the README."""
    parts = re.split(r"^## ", README, flags=re.MULTILINE)
    return next(part for part in parts if part.startswith(f"{head}\n"))


def test_the_table_of_standings_is_complete_and_in_order() -> None:
    assert [cells[0] for cells in rows("<!-- standings -->")] == [str(s) for s in Standing]


def test_the_options_of_the_retest_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["retest", "--help"])
    assert ended.value.code == 0
    offered = set(re.findall(r"^  (--[a-z]+)", capsys.readouterr().out, re.MULTILINE))
    told = section("Retest")
    assert offered == {f"--{name}" for name in re.findall(r"^\| `--([a-z]+)=", told, re.MULTILINE)}


@pytest.mark.parametrize("name", ["findings", "exceptions"])
def test_the_example_of_a_file_follows_its_schema(name: str) -> None:
    (example,) = [block for block in blocks(README, "yaml") if block.startswith(f"# {name}.yaml")]
    validator(f"{name}.schema.json").validate(yaml.safe_load(example))


def test_the_example_of_an_exception_has_not_expired() -> None:
    days = re.findall(r'until: "(\d{4}-\d\d-\d\d)"', section("Retest"))
    assert all(date.fromisoformat(day) > date.today() for day in days)


def test_the_commands_that_are_told_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    offered = re.search(r"\{([a-z,]+)\}", capsys.readouterr().out)
    assert offered
    told = re.findall(r"python -m reports ([a-z]+)", README)
    assert set(told) == set(offered[1].split(","))


# -- the sample -----------------------------------------------------------------------------------


def test_the_sample_is_a_whole_record_and_its_links_lead_somewhere() -> None:
    assert changes(SAMPLE) == []
    record: dict[str, Any] = json.loads((SAMPLE / "retest.json").read_text(encoding="utf-8"))
    validator("retest.schema.json").validate(record)
    page = (SAMPLE / "retest.html").read_text(encoding="utf-8")
    linked = [link for link in re.findall(r'href="([^"]+)"', page) if link[0] not in "#d"]
    assert linked == ["before.html", "after.html"]
    assert all((SAMPLE / link).is_file() for link in linked)
    assert {path.name for path in SAMPLE.iterdir()} == {
        *linked,
        "retest.json",
        "retest.html",
        "retest.md",
        SUMS,
    }


def test_the_worked_example_ends_with_the_sample() -> None:
    record = json.loads((SAMPLE / "retest.json").read_text(encoding="utf-8"))
    shown = " ".join(section("Retest").split())
    assert record["outcome"].partition(": ")[2] in shown
    assert f"recorded on {record['created'][:10]}" in shown


def test_the_sample_shows_nothing_of_the_machine_it_was_made_on() -> None:
    for path in SAMPLE.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(home|root|Users|work|tmp)/", text), path.name

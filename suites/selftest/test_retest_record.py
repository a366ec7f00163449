"""The record of a retest as a user gets it: its files, its fields, and each refusal in one line."""

import errno
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reports.__main__ import main
from reports.retest_input import validator
from reports.sums import SUMS, changes, sums_of
from suites.selftest.past_runs import COOKIE, LATER, LOGOUT, replayed, run, seal, stored

Files = dict[str, bytes]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs: one of two findings is fixed, the other is not."""
    before = stored(tmp_path, run(LOGOUT, COOKIE))
    again = (replayed(LOGOUT), replayed(COOKIE, "still shown"))
    return before, stored(tmp_path, run(COOKIE, replays=again, **LATER), "bbbbbb")


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key, and beside it `allowed`, which names its owner."""
    place = tmp_path_factory.mktemp("keys") / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(place)]
    subprocess.run(command, check=True)  # noqa: S603  a program we need anyway
    public = place.with_suffix(".pub").read_text().strip()
    place.with_name("allowed").write_text(f"dora@example.test {public}\n")
    return place


def content(folder: Path) -> Files:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def retest(pair: tuple[Path, Path], *more: object) -> int:
    return main(["retest", *map(str, pair), *map(str, more)])


def made(pair: tuple[Path, Path], *more: object) -> dict[str, Any]:
    """Write the record and return it."""
    place = pair[0].parent / "record"
    retest(pair, "--into", place, *more)
    told: dict[str, Any] = json.loads((place / "retest.json").read_text())
    return told


def refused(
    capsys: pytest.CaptureFixture[str], pair: tuple[Path, Path], *more: object, code: int = 4
) -> str:
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


# -- what is written ------------------------------------------------------------------------------


def test_the_record_follows_its_schema_and_has_every_field(pair: tuple[Path, Path]) -> None:
    told = made(pair)
    validator("retest.schema.json").validate(told)
    assert told["outcome"] == "Not everything is fixed: 1 not fixed, 1 fixed."
    worst, fixed = told["findings"]
    assert (worst["finding_id"], worst["verdict"]) == (COOKIE, "not fixed")
    assert (fixed["finding_id"], fixed["verdict"], fixed["severity_now"]) == (LOGOUT, "fixed", None)
    assert fixed["original_evidence"][0]["counterexample_ref"] == (
        "counterexamples/SM-2.1/6484472e/scenario.json"
    )
    assert len(fixed["original_evidence"][0]["sha256"]) == 64
    assert fixed["retest"]["method"] == "both"
    assert fixed["retest"]["replays"][0]["outcome"] == "refused"
    assert "A bounded search is no proof" in fixed["confidence_note"]
    assert {file["name"] for file in worst["evidence"]} == {
        "run.json",
        "counterexamples/SM-4.2/6150915a/scenario.json",
    }


def test_the_record_lies_beside_the_later_run_whole_and_sealed(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = [content(place) for place in pair]
    assert retest(pair) == 1
    assert [content(place) for place in pair] == before
    place = pair[1].parent / "retests" / "latest"
    assert set(content(place)) == {"retest.json", "retest.html", "retest.md", SUMS}
    assert changes(place) == []
    said = capsys.readouterr().out
    assert f"not fixed        {COOKIE}" in said
    assert "retest.html" in said.splitlines()[-1]
    page = (place / "retest.html").read_text()
    assert 'href="../../run-aaaaaa/report.html"' in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert page.rstrip().endswith("</html>")
    text = (place / "retest.md").read_text()
    assert f"## {LOGOUT}: fixed" in text


def test_what_a_target_says_is_text_in_every_form(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script> | [x](javascript:alert(2)) {{ 7*7 }}"
    before = stored(tmp_path, run(LOGOUT, version=hostile))
    after = run(replays=(replayed(LOGOUT, "could not be played"),), **LATER)
    after["baseline"]["findings"][0]["why"] = hostile
    made((before, stored(tmp_path, after, "bbbbbb")))
    page = (tmp_path / "record" / "retest.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\\<script\\>" in (tmp_path / "record" / "retest.md").read_text()


def test_nothing_to_retest_is_said_and_is_no_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = stored(tmp_path, run()), stored(tmp_path, run(**LATER), "bbbbbb")
    assert retest(pair) == 0
    assert "There was nothing to retest" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (run(replays=(replayed(LOGOUT),), **LATER), 0),
        (run(**LATER), 10),
        (run(LOGOUT, **LATER), 1),
        (run(COOKIE, replays=(replayed(LOGOUT),), **LATER), 1),
        (run(replays=(replayed(LOGOUT),), complete=False, **LATER), 10),
    ],
)
def test_how_the_command_ends(tmp_path: Path, after: dict[str, Any], code: int) -> None:
    assert retest((stored(tmp_path, run(LOGOUT)), stored(tmp_path, after, "bbbbbb"))) == code


# -- findings and exceptions ----------------------------------------------------------------------

FINDINGS = """\
schema: 1
source: {ref: PT-2026-014, version: "1.2", date: "2026-09-30"}
tester: Dora Test
reviewer: Rita Review
findings:
  - id: PT-3
    title: Sessions survive logout
    of: [SM-2.1, SM-4.2-6150915a]
    severity: high
    fix: {text: sessions are deleted, by: Sven, date: "2026-10-12", build: "1.1"}
    residual_risk: until the cache is flushed
"""


def test_a_findings_file_names_and_groups_findings(pair: tuple[Path, Path]) -> None:
    file = pair[0].parent / "findings.yaml"
    file.write_text(FINDINGS)
    told = made(pair, "--findings", file)
    validator("retest.schema.json").validate(told)
    (entry,) = told["findings"]
    assert (entry["finding_id"], entry["verdict"]) == ("PT-3", "partially fixed")
    assert entry["source_report"]["ref"] == "PT-2026-014"
    assert (entry["severity_original"], entry["severity_now"]) == ("high", "blocker")
    assert entry["fix_claim"]["build"] == "1.1"
    assert (told["tester"], told["reviewer"]) == ("Dora Test", "Rita Review")
    assert "PT-3 is said to be fixed" in "".join(event["what"] for event in told["timeline"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("SM-4.2-6150915a", "SM-4.2-6150915b", "is 'SM-4.2-6150915b', which run aaaaaa has not"),
        ("SM-2.1,", "SM-99.1,", "is 'SM-99.1', which run aaaaaa has not"),
        ("severity:", "severty:", "`findings[0].severty` is not a key in `findings[0]`; did"),
        ("schema: 1", "schema: 2", "`schema` is '2'"),
        ("id: PT-3", "id: [", "not valid YAML"),
        ("2026-10-12", "2026-13-12", "is '2026-13-12'; write a day as 2031-12-31"),
        ("    of: [SM-2.1, SM-4.2-6150915a]\n", "", "`findings[0]` lacks a key; add `of`"),
    ],
)
def test_a_findings_file_that_cannot_be_meant_is_refused(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    file = pair[0].parent / "findings.yaml"
    file.write_text(FINDINGS.replace(old, new))
    said = refused(capsys, pair, "--findings", file)
    assert said.startswith(f"{file}:")
    assert words in said


def accepting(folder: Path, *, finding: str = COOKIE, until: str | None = None) -> Path:
    """Write an exceptions file."""
    day = until or f"{datetime.now(UTC).date() + timedelta(days=30)}"
    file = folder / "exceptions.yaml"
    file.write_text(
        "schema: 1\nexceptions:\n"
        f'  - {{finding: {finding}, reason: old client, owner: Olga, until: "{day}"}}\n'
    )
    return file


def test_a_signed_exception_is_accepted_and_tells_what_was_computed(
    pair: tuple[Path, Path], key: Path
) -> None:
    file = accepting(pair[0].parent)
    assert main(["sign", str(file), "--key", str(key)]) == 0
    allowed = key.with_name("allowed")
    told = made(pair, "--exceptions", file, "--allowed", allowed)
    validator("retest.schema.json").validate(told)
    entry = next(e for e in told["findings"] if e["finding_id"] == COOKIE)
    assert (entry["verdict"], entry["computed"]) == ("accepted", "not fixed")
    assert (entry["accepted_by"], entry["accepted_signed_by"]) == ("Olga", "dora@example.test")
    assert told["outcome"] == "Nothing is left open: 1 accepted, 1 fixed."
    options = ["--into", pair[0].parent / "again", "--exceptions", file, "--allowed", allowed]
    assert retest(pair, *options) == 0


def test_what_is_fixed_is_fixed_also_with_an_exception(pair: tuple[Path, Path], key: Path) -> None:
    file = accepting(pair[0].parent, finding=LOGOUT)
    main(["sign", str(file), "--key", str(key)])
    told = made(pair, "--exceptions", file, "--allowed", key.with_name("allowed"))
    entry = next(e for e in told["findings"] if e["finding_id"] == LOGOUT)
    assert (entry["verdict"], entry["accepted_by"]) == ("fixed", None)


@pytest.mark.parametrize(
    ("changes", "signed", "words"),
    [
        ({}, False, "is not signed; sign it with: python -m reports sign"),
        ({"until": "2026-01-31"}, True, "was 2026-01-31, so SM-4.2-6150915a is accepted no longer"),
        ({"finding": "SM-4.2-00000000"}, True, "is 'SM-4.2-00000000', which is not ret"),
        ({"until": "2026-02-30"}, True, "is '2026-02-30'; write a day as 2031-12-31"),
    ],
)
def test_an_exception_that_does_not_count_is_refused(
    pair: tuple[Path, Path],
    key: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    signed: bool,
    words: str,
) -> None:
    file = accepting(pair[0].parent, **changes)
    if signed:
        main(["sign", str(file), "--key", str(key)])
        capsys.readouterr()
    options = ["--exceptions", file, "--allowed", key.with_name("allowed")]
    assert words in refused(capsys, pair, *options)


def test_an_exception_changed_after_its_signature_is_refused(
    pair: tuple[Path, Path], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = accepting(pair[0].parent)
    main(["sign", str(file), "--key", str(key)])
    capsys.readouterr()
    file.write_text(file.read_text().replace("old client", "no reason"))
    options = ["--exceptions", file, "--allowed", key.with_name("allowed")]
    assert "does not fit exceptions.yaml" in refused(capsys, pair, *options)
    assert "counts only with a signature; add --allowed" in refused(capsys, pair, *options[:2])


# -- bad input ------------------------------------------------------------------------------------


def spoilt(change: Callable[[Path], object], *, sealed: bool = True) -> Any:
    def spoil(place: Path) -> None:
        change(place)
        if sealed:
            seal(place)

    return spoil


def replace(file: str, old: str, new: str) -> Callable[[Path], object]:
    def change(place: Path) -> None:
        text = (place / file).read_text()
        assert old in text
        (place / file).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoilt(lambda p: (p / "manifest.json").unlink()), "manifest.json: there is no such file"),
        (spoilt(lambda p: (p / "run.json").unlink()), "run.json: there is no such file; the run"),
        (
            spoilt(lambda p: (p / "run.json").write_bytes((p / "run.json").read_bytes()[:900])),
            "run.json: is no JSON; it was cut off or changed",
        ),
        (spoilt(lambda p: (p / "manifest.json").write_text("[]")), "is no table of keys"),
        (spoilt(lambda p: (p / "run.json").write_text("[" * 99_999)), "run.json: is no JSON"),
        (
            spoilt(replace("run.json", '"schema": 1', '"schema": 7')),
            "run.json: `schema` is 7, and this version of the suite reads 1; use the version that",
        ),
        (
            spoilt(replace("manifest.json", '"schema": 1', '"schema": "new"')),
            'manifest.json: `schema` is "new", and this version',
        ),
        (
            spoilt(replace("run.json", '"verdict": "pass"', '"verdict": "fine"')),
            "is not as reports/run.schema.json says",
        ),
        (spoilt(replace("manifest.json", '"run": ', '"rum": ')), "manifest.json: `run` is missing"),
        (
            spoilt(replace("manifest.json", "[]", '["run.json"]')),
            "a secret was found in run.json; delete this folder and run again",
        ),
        (
            spoilt(lambda p: (p / SUMS).unlink(), sealed=False),
            "there is no SHA256SUMS, so the run was not finished",
        ),
        (
            spoilt(replace("run.json", '"judged": 53', '"judged": 54'), sealed=False),
            "run.json was changed; this is not what the run wrote",
        ),
        (
            spoilt(lambda p: (p / "more.txt").write_text("more"), sealed=False),
            "more.txt was added after the run; this is not what the run wrote",
        ),
    ],
)
@pytest.mark.parametrize("which", [0, 1], ids=["before", "after"])
def test_a_run_that_is_not_as_it_was_written_is_refused(
    pair: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    words: str,
    which: int,
) -> None:
    spoil(pair[which])
    said = refused(capsys, pair)
    assert said.startswith(str(pair[which]))
    assert words in said


def test_runs_that_are_no_pair_are_refused(
    tmp_path: Path, pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    other = stored(tmp_path, run(target="another shop", **LATER), "cccccc")
    assert "is about the target shop, and" in refused(capsys, (pair[0], other))
    assert "is named twice" in refused(capsys, (pair[0], pair[0]))
    assert "name the earlier run first" in refused(capsys, (pair[1], pair[0]))
    assert "there is no such folder; name the folder of a finished run" in refused(
        capsys, (pair[0], tmp_path / "none")
    )


def test_a_folder_that_is_taken_is_left_alone(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    taken = pair[0].parent / "taken"
    taken.mkdir()
    (taken / "notes").touch()
    said = refused(capsys, pair, "--into", taken)
    assert said == f"{taken}: something is there already; name a new folder with --into"


def test_a_folder_that_cannot_be_made_is_told(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    # Also root cannot make a folder below a file.
    (pair[0].parent / "file").touch()
    said = refused(capsys, pair, "--into", pair[0].parent / "file" / "deep")
    assert said.endswith("); name another folder with --into")


def test_a_read_only_disk_is_told(
    pair: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*given: object, **more: object) -> str:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    said = refused(capsys, pair, "--into", pair[0].parent / "record")
    assert "record: cannot be created (Read-only file system); name another folder" in said


def test_no_record_is_written_into_a_run(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, pair, "--into", pair[1] / "retest")
    assert "lies in a run, which nobody changes any more; name another folder with --into" in said


@pytest.mark.parametrize("full_at", ["retest.json", "retest.html", SUMS])
def test_a_full_disk_leaves_no_half_record(
    pair: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    full_at: str,
) -> None:
    def write(path: Path, data: bytes) -> None:
        if path.name == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(data)

    monkeypatch.setattr("reports.retest_write.write_atomically", write)
    place = pair[0].parent / "record"
    said = refused(capsys, pair, "--into", place, code=12)
    assert said == (
        f"{place}: the record could not be written (No space left on device); "
        "both runs are untouched"
    )
    assert not place.exists()
    assert {path.name for path in pair[0].parent.iterdir()} == {"run-aaaaaa", "run-bbbbbb"}


def test_a_command_that_cannot_be_meant_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["retest", "only-one"])
    assert ended.value.code == 4
    assert capsys.readouterr().err.startswith("ERROR: the following arguments are required: AFTER")


def test_the_seal_of_a_record_is_checked_like_that_of_a_run(pair: tuple[Path, Path]) -> None:
    made(pair)
    place = pair[0].parent / "record"
    (place / "retest.md").write_text("All is well.")
    assert changes(place) == ["retest.md was changed"]
    assert sums_of(place) != (place / SUMS).read_bytes()

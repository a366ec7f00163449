"""A retest that cannot be made: one sentence, and the runs are as they were."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.__main__ import main
from reports.sums import SUMS
from suites.selftest.past_runs import LATER, run, seal, stored
from suites.selftest.retesting import Pair, make_pair, refused


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path)


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
        (spoilt(replace("manifest.json", '"run": ', '"rum": ')), "manifest.json: its keys are not"),
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
    pair: Pair,
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
    tmp_path: Path, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    other = stored(tmp_path, run(target="another shop", **LATER), "cccccc")
    assert "is about the target shop, and" in refused(capsys, (pair[0], other))
    assert "is named twice" in refused(capsys, (pair[0], pair[0]))
    assert "name the earlier run first" in refused(capsys, (pair[1], pair[0]))
    assert "there is no such folder; name the folder of a finished run" in refused(
        capsys, (pair[0], tmp_path / "none")
    )


def test_a_folder_that_is_taken_is_left_alone(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = pair[0].parent / "taken"
    taken.mkdir()
    (taken / "notes").touch()
    said = refused(capsys, pair, "--into", taken)
    assert said == f"{taken}: something is there already; name a new folder with --into"


def test_a_folder_that_cannot_be_made_is_told(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    # Also root cannot make a folder below a file.
    (pair[0].parent / "file").touch()
    said = refused(capsys, pair, "--into", pair[0].parent / "file" / "deep")
    assert said.endswith("); name another folder with --into")


def test_a_read_only_disk_is_told(
    pair: Pair,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*given: object, **more: object) -> str:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    said = refused(capsys, pair, "--into", pair[0].parent / "record")
    assert "record: cannot be created (Read-only file system); name another folder" in said


def test_no_record_is_written_into_a_run(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, pair, "--into", pair[1] / "retest")
    assert "lies in a run, which nobody changes any more; name another folder with --into" in said


@pytest.mark.parametrize("full_at", ["retest.json", "retest.html", SUMS])
def test_a_full_disk_leaves_no_half_record(
    pair: Pair,
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

"""One changed byte, a missing file and an added one are each found and named."""

import subprocess
from pathlib import Path

import pytest

from reports.sums import SUMS, SealError, changes, sealed, sums_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("manifest.json", "run.json", "results/a b.json", "counterexamples/SM-2.1/x.json"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(name.encode() * 50)
    (tmp_path / SUMS).write_bytes(sums_of(tmp_path))
    return tmp_path


def test_an_untouched_folder_has_no_changes(folder: Path) -> None:
    assert changes(folder) == []
    assert len(sealed(folder)) == 4


def test_the_seal_is_what_sha256sum_checks(folder: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    checked = subprocess.run(command, cwd=folder, check=False, capture_output=True)  # noqa: S603
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_every_single_changed_byte_is_named(folder: Path) -> None:
    for name in sealed(folder):
        place = folder / name
        before = place.read_bytes()
        for at in (0, len(before) // 2, len(before) - 1):
            place.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
            assert changes(folder) == [f"{name} was changed"]
        place.write_bytes(before)
    assert changes(folder) == []


def test_missing_added_and_linked_files_are_named(folder: Path) -> None:
    (folder / "run.json").unlink()
    (folder / "results" / "more.json").write_text("{}")
    (folder / "results" / "link").symlink_to("more.json")
    assert changes(folder) == [
        "results/link was added after the run",
        "results/more.json was added after the run",
        "run.json is missing",
    ]


def test_a_folder_without_a_seal_is_told_apart(folder: Path) -> None:
    (folder / SUMS).unlink()
    with pytest.raises(SealError, match="there is no SHA256SUMS, so the run was not finished"):
        changes(folder)


@pytest.mark.parametrize("line", [b"abc  run.json\n", b"\xff\xfe", b"0" * 64 + b"\n"])
def test_a_seal_that_is_none_is_refused(folder: Path, line: bytes) -> None:
    (folder / SUMS).write_bytes(line)
    with pytest.raises(SealError, match=r"is no SHA-256 with|it is no text"):
        changes(folder)

"""The folder of a run is never half written, and what is published into it is clean."""

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from adapters.secrets import Vault
from reports.evidence import RunFolder, is_complete, slug, write_atomically
from reports.publish import close, publish
from reports.redaction import Redactor, sweep
from reports.sums import SUMS, UNFINISHED
from suites.kernel.verdict import Exit, Verdict
from suites.selftest.test_reports_sample import SECRETS, sample_run, violation

REPOSITORY = Path(__file__).parents[2]
START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def _folder(root: Path, *, hour: int = 0, vault: Vault | None = None) -> RunFolder:
    redactor = Redactor(vault or Vault())
    started = START + timedelta(hours=hour)
    return RunFolder("Shop, staging", root, started=started, run_id="4f1c2a", redactor=redactor)


def _manifest(folder: RunFolder) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder.path / "manifest.json").read_text())
    return found


def _vault() -> Vault:
    vault = Vault()
    for kind, value in SECRETS.items():
        vault.register(value, kind)
    return vault


def test_a_run_has_its_folder_and_latest_points_to_the_newest(tmp_path: Path) -> None:
    first, second = _folder(tmp_path), _folder(tmp_path, hour=1)
    assert first.path == tmp_path / "shop-staging" / "2026-11-21T08-00-00Z_4f1c2a"
    assert (first.home / "latest").resolve() == second.path
    assert (second.path / "results").is_dir()
    assert [entry.name for entry in first.home.iterdir() if entry.name.startswith(".")] == []


def test_the_manifest_says_incomplete_until_the_end(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    assert _manifest(folder)["complete"] is False
    assert folder.finish({"seed": 7}) == []
    assert _manifest(folder)["complete"] is True
    assert _manifest(folder)["seed"] == 7
    assert is_complete(folder.path)


def test_the_digests_of_all_files_come_last(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    folder.write("results/a.json", "{}")
    assert not (folder.path / SUMS).exists()
    folder.finish({})
    lines = (folder.path / SUMS).read_text().splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    assert listed.keys() == {"manifest.json", "results/a.json"}
    for name, digest in listed.items():
        assert hashlib.sha256((folder.path / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("lost", [SUMS, "manifest.json"])
def test_a_folder_that_lost_a_sign_is_not_complete(tmp_path: Path, lost: str) -> None:
    folder = _folder(tmp_path)
    folder.finish({})
    (folder.path / lost).unlink()
    assert not is_complete(folder.path)


def test_the_manifest_follows_its_schema(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    schema = json.loads((REPOSITORY / "reports" / "manifest.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(_manifest(folder), schema)
    close(folder, sample_run(), Exit.VIOLATION)
    jsonschema.validate(_manifest(folder), schema)


def test_a_killed_run_leaves_an_incomplete_manifest(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from reports.evidence import RunFolder\n"
        "folder = RunFolder('shop', pathlib.Path(sys.argv[1]))\n"
        "print(folder.path, flush=True)\n"
        "while True: folder.write('run.json', 'x' * 1_000_000)\n"
    )
    with subprocess.Popen(  # noqa: S603  this interpreter
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        while not (path / "run.json").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert json.loads((path / "manifest.json").read_text())["complete"] is False
    assert not is_complete(path)
    assert len((path / "run.json").read_text()) == 1_000_000


def test_a_failed_write_keeps_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "file"
    write_atomically(place, b"old")

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("reports.evidence.os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(place, b"new")
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_nothing_is_written_outside_of_the_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside"):
        _folder(tmp_path).write("../../elsewhere", "")


def test_a_pseudonym_can_be_read_in_markup(tmp_path: Path) -> None:
    vault = _vault()
    folder = _folder(tmp_path, vault=vault)
    shown = folder.write("a.html", f"<p>{SECRETS['session']}</p>").read_text()
    assert shown.startswith("<p>&lt;session#")


def test_what_is_published_holds_no_secret(tmp_path: Path) -> None:
    vault = _vault()
    folder = _folder(tmp_path, vault=vault)
    redactor = Redactor(vault)
    publish(folder, sample_run(), ca="/etc/ssl/shop.pem", redactor=redactor)
    assert close(folder, sample_run(), Exit.VIOLATION) is Exit.VIOLATION
    assert sweep(folder.path, redactor) == []
    written = {str(path.relative_to(folder.path)) for path in folder.path.rglob("*.*")}
    assert {
        "manifest.json",
        "report.html",
        "run.json",
        "results.sarif",
        "coverage.json",
        "coverage.csv",
        "counterexamples/SM-2.1/logout-session-cookie/exchanges.har",
        "counterexamples/SM-2.1/logout-session-cookie/scenario.json",
        "counterexamples/SM-2.1/logout-session-cookie/replay.sh",
        "counterexamples/SM-2.1/logout-session-cookie/exchanges.txt",
        "counterexamples/SM-2.1/logout-access/violation.txt",
    } <= written
    for path in folder.path.rglob("*.json"):
        json.loads(path.read_text())
    script = folder.path / "counterexamples/SM-2.1/logout-session-cookie/replay.sh"
    assert script.stat().st_mode & stat.S_IXUSR
    assert subprocess.run(["/bin/bash", "-n", script], check=False).returncode == 0  # noqa: S603
    assert '--cacert "$CA"' in script.read_text()


def test_a_secret_in_the_evidence_overrules_the_verdict(tmp_path: Path) -> None:
    vault = _vault()
    folder = _folder(tmp_path, vault=vault)
    (folder.results / "foreign.txt").write_text(SECRETS["session"])
    assert close(folder, sample_run(), Exit.VIOLATION).code == 11
    manifest = _manifest(folder)
    assert manifest["complete"] is False
    assert manifest["secrets_found_in"] == ["results/foreign.txt"]
    assert manifest["exit"] == {"code": 11, "why": "a secret was found in the evidence"}


def test_an_interrupted_run_stays_incomplete(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    close(folder, replace(sample_run(), complete=False), Exit.INTERRUPTED)
    assert _manifest(folder)["complete"] is False
    assert (folder.path / UNFINISHED).read_text().startswith("This folder is incomplete")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Shop, staging", "shop-staging"), ("../..", "unnamed"), ("É", "unnamed")],
)
def test_names_become_file_names(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_findings_of_one_requirement_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    publish(folder, sample_run(), redactor=Redactor(Vault()))
    places = os.listdir(folder.counterexamples / "SM-2.1")
    failed = [result for result in sample_run().results if result.verdict is Verdict.FAIL]
    assert len(places) == len(failed[0].violations) == 2
    assert violation().finding.startswith("SM-2.1")

"""Secrets planted in every field of a run reach no file in any encoding, whoever writes it.

What is searched for is spelled out here and not asked of the redactor.
"""

import base64
import json
import secrets
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from adapters.exchange import Exchange
from adapters.secrets import Vault
from reports.evidence import HISTORY, RunFolder, is_complete
from reports.publish import Views, close, publish
from reports.redaction import Redactor, unfolded
from reports.renderer import installed
from reports.sums import sums_of
from reports.writers.diagram import diagram
from reports.writers.table import table
from reports.writers.words import of_verdict
from suites.catalogue import Requirement
from suites.kernel.results import Lifeline, Result, RunRecord
from suites.kernel.verdict import Exit, Verdict
from suites.probes.shape import shape
from suites.selftest.telling import OPENED, told_violation
from suites.selftest.test_reports_sample import SECRETS, sample_run

REPOSITORY = Path(__file__).parents[2]
SECRET = SECRETS["session"]
PLANTED = " ".join(SECRETS.values())
KEPT = {"seed", "profile_digest", "kind", "status", "number", "method", "name", "cookies_set"}
"""Fields that tests and formats need as they are; none of them can hold a word of the target."""


def planted(value: Any, secret: str, path: str = "") -> Any:
    """Return a record with the secret put into every text of it."""
    if isinstance(value, Verdict | Requirement | bool | int | float) or value is None:
        return value
    if isinstance(value, str):
        return f"{value} {secret}" if path.rpartition(".")[2] not in KEPT else value
    if isinstance(value, bytes):
        return value + secret.encode()
    if is_dataclass(value) and not isinstance(value, type):
        told = {
            field.name: planted(getattr(value, field.name), secret, f"{path}.{field.name}")
            for field in fields(value)
        }
        return replace(value, **told)
    if isinstance(value, dict):
        return {key: planted(item, secret, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(planted(item, secret, path) for item in value)
    return value


def shapes(secret: str) -> set[str]:
    """Return what may not be found anywhere: pieces of eight characters, and encodings."""
    pieces = {secret[at : at + 8] for at in range(len(secret) - 7)}
    data = secret.encode()
    whole = [data, b"a" + data, b"ab" + data]
    coded = {base64.b64encode(item).decode()[4:-4] for item in whole}
    coded |= {base64.urlsafe_b64encode(item).decode()[4:-4] for item in whole}
    return pieces | coded | {data.hex(), data.hex().upper(), quote(secret, safe=""), secret[::-1]}


def record(secret: str = PLANTED) -> RunRecord:
    """Return a run with all that a run can have, and the secret in every text of it."""
    lives = (Lifeline("s1", "alice", "laptop", "web", OPENED, OPENED + 1, "logout", True, OPENED),)
    values = [f"{number:032x}" for number in range(60)]
    some = sample_run()
    results = tuple(
        replace(result, violations=(told_violation(), *result.violations[1:]))
        if result.verdict is Verdict.FAIL
        else result
        for result in some.results
    )
    spread = (shape("session in cookie", values, wanted=64),)
    made: RunRecord = planted(
        replace(some, results=results, lifelines=lives, shapes=spread), secret
    )
    return made


def _vault() -> Vault:
    vault = Vault()
    for kind, value in SECRETS.items():
        vault.register(value, kind)
    return vault


def _published(root: Path) -> RunFolder:
    redactor = Redactor(_vault())
    started = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    folder = RunFolder(f"shop {SECRET}", root, started=started, run_id="1", redactor=redactor)
    told = {
        "uuid": "1", "historyId": "a", "testCaseId": "a", "name": "SM-2.1", "status": "passed",
        "start": 1, "stop": 2, "labels": [],
    }  # fmt: skip
    folder.write_json(folder.results / "1-result.json", told)
    views = Views(allure=installed() is not None)
    assert publish(folder, record(), ca=f"/ca/{SECRET}", redactor=redactor, views=views) is None
    assert close(folder, record(), Exit.VIOLATION) is Exit.VIOLATION
    return folder


def test_secrets_are_planted_everywhere() -> None:
    told = json.dumps(record(), default=_plain)
    assert told.count(SECRET) > 100
    failed = next(result for result in record().results if result.verdict is Verdict.FAIL)
    assert SECRET in failed.violations[0].story.acts[0].told
    assert SECRET.encode() in failed.violations[0].exchanges[0].body


def _plain(value: Any) -> Any:
    if isinstance(value, Result | Exchange) or is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return _published(tmp_path_factory.mktemp("planted"))


@pytest.mark.parametrize("kind", SECRETS)
def test_no_artefact_shows_a_secret_in_any_encoding(folder: RunFolder, kind: str) -> None:
    files = [path for path in folder.home.parent.rglob("*") if path.is_file()]
    assert len(files) >= 24
    leaks = []
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        text = unfolded(text) if path.suffix == ".html" else text
        leaks += [
            (path.name, piece)
            for piece in shapes(SECRETS[kind])
            if piece in text and not _is_worded(piece)
        ]
        assert SECRETS[kind] not in str(path)
    assert leaks == []


def _is_worded(piece: str) -> bool:
    """Pieces that say nothing: public parts of a token's form, words of the password."""
    public = (base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"JWT"}').decode(), "csrf==/Token")
    return any(piece in text for text in public) or piece.isalpha()


def test_the_same_value_has_the_same_pseudonym_in_every_file(folder: RunFolder) -> None:
    tag = folder._redactor.vault.pseudonym(SECRET, "session")
    escaped = tag.replace("<", "&lt;").replace(">", "&gt;")
    for name in ("run.json", "results.sarif", "coverage.csv", "report.html"):
        text = (folder.path / name).read_text()
        assert tag in text or escaped in text, name


def test_history_is_clean_and_its_digest_is_in_the_manifest(folder: RunFolder) -> None:
    if installed() is None:
        pytest.skip("the Allure renderer is not installed: make allure")
    assert SECRET not in (folder.home / HISTORY).read_text()
    assert json.loads((folder.path / "manifest.json").read_text())["history_sha256"]


# -- kill -9 --------------------------------------------------------------------------------------

KILLING = """
import os, random, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from adapters.secrets import Vault
from reports.evidence import RunFolder
from reports.publish import close, publish
from reports.redaction import Redactor
from suites.kernel.verdict import Exit
from suites.selftest.test_reports_planted import record

root, moments, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
draw = random.Random(seed)
told = record()

def written(number):
    started = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    redactor = Redactor(Vault())
    folder = RunFolder("shop", root, started=started, run_id=f"r{number}", redactor=redactor)
    publish(folder, told, redactor=redactor)
    close(folder, told, Exit.VIOLATION)

began = time.monotonic()
written(-1)
whole = time.monotonic() - began
for number in range(moments):
    child = os.fork()
    if not child:
        written(number)
        os._exit(0)
    time.sleep(draw.random() * whole * 1.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_a_kill_at_any_moment_leaves_no_half_file_and_no_folder_that_looks_complete(
    tmp_path: Path,
) -> None:
    seed = secrets.randbelow(10**6)
    subprocess.run(  # noqa: S603  this interpreter
        [sys.executable, "-c", KILLING, str(tmp_path), "50", str(seed)], cwd=REPOSITORY, check=True
    )
    found = [path for path in (tmp_path / "shop").iterdir() if path.is_dir()]
    closed = [path for path in found if is_complete(path) and not path.is_symlink()]
    assert len(closed) < len(found), seed
    for path in found:
        for file in path.rglob("*"):
            if file.is_file() and not file.name.endswith(".tmp"):
                _is_whole(file)
    for path in closed:
        assert (path / "SHA256SUMS").read_text() == sums_of(path).decode()
        assert not list(path.rglob("*.tmp"))


def _is_whole(file: Path) -> None:
    text = file.read_text()
    if file.suffix in {".json", ".sarif", ".har"}:
        json.loads(text)
    elif file.suffix in {".html", ".svg"}:
        assert text.rstrip().endswith(("</html>", "</svg>")), file
    else:
        assert text.endswith("\n"), file


# -- places that cannot be written ----------------------------------------------------------------


def test_a_full_disk_keeps_earlier_evidence_and_closes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = _published(tmp_path)
    before = sums_of(earlier.path)
    folder = RunFolder("shop", tmp_path, run_id="2", redactor=Redactor(_vault()))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reports.evidence.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        publish(folder, record(), redactor=Redactor(_vault()))
    with pytest.raises(OSError, match="No space left"):
        close(folder, record(), Exit.VIOLATION)
    assert not is_complete(folder.path)
    assert sums_of(earlier.path) == before
    assert is_complete(earlier.path)


# -- what is broken into lines --------------------------------------------------------------------


def test_a_secret_of_several_words_is_not_told_line_by_line() -> None:
    secret = "a7 b8x c9y2 d0z e1w3 f2 g3q h4 k5 m6"
    vault = Vault()
    vault.register(secret, "password")
    redactor = Redactor(vault)
    long = f"{'the target said ' * 5}{secret}"
    (failed,) = of_verdict(sample_run(), Verdict.FAIL)
    drawn = diagram(failed, told_violation(seen=long), redactor=redactor)
    result = replace(failed, violations=(told_violation(seen=long),))
    shown = table(sample_run(result), width=60, redactor=redactor)
    for text in (drawn, shown):
        assert "e1w3" not in text
        assert "password#" in text

"""The in-toto statement about a run: its form, its signature, and every byte of its envelope."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from reports import attesting
from reports.__main__ import main
from reports.retest_input import read_run
from reports.sums import ATTESTATION, SIGNATURE, SUMS, changes, digest
from suites.selftest.past_runs import COOKIE, LOGOUT, result, run, stored
from suites.selftest.test_reports_signing import make_key, verified

BUILD = f"shop.tar.gz=sha256:{'ab' * 32}"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("keys")
    public = make_key(home / "dora").with_suffix(".pub").read_text().strip()
    (home / "allowed").write_text(f'dora@example.test namespaces="session-evidence" {public}\n')
    make_key(home / "stranger")
    make_key(home / "locked", "-N", "a passphrase")
    return home


@pytest.fixture
def attested(tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    place = stored(tmp_path, run(LOGOUT, COOKIE))
    for command in (["sign"], ["attest", "--build", BUILD]):
        assert main([command[0], str(place), "--key", str(keys / "dora"), *command[1:]]) == 0
    capsys.readouterr()
    return place


def payload(place: Path) -> dict[str, Any]:
    envelope = json.loads((place / ATTESTATION).read_text())
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    told: dict[str, Any] = json.loads(base64.b64decode(envelope["payload"]))
    return told


def test_the_statement_has_the_fields_of_in_toto(attested: Path) -> None:
    told = payload(attested)
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert told["subject"] == [
        {"name": "shop.tar.gz", "digest": {"sha256": "ab" * 32}},
        {"name": f"{attested.name}/{SUMS}", "digest": {"sha256": digest(attested / SUMS)}},
    ]
    predicate = told["predicate"]
    assert predicate["result"] == "FAILED"
    assert predicate["failedTests"] == ["SM-2.1", "SM-4.2"]
    assert predicate["passedTests"] == ["SM-8.2"]
    assert predicate["configuration"][1]["digest"]["sha256"] == digest(attested / "run.json")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "PASSED"),
        ({"complete": False}, "WARNED"),
        ({"results": [result("SM-2.1"), result("SM-4.2", "unclear")]}, "WARNED"),
        ({"results": [result("SM-2.1"), result("SM-4.2", "not applicable")]}, "PASSED"),
    ],
)
def test_what_is_open_is_never_attested_as_passed(
    tmp_path: Path, changed: dict[str, Any], expected: str
) -> None:
    found = read_run(stored(tmp_path, run(**changed)))
    assert attesting.statement(found)["predicate"]["result"] == expected


def test_the_attestation_lies_outside_of_the_seal_and_is_verified(
    attested: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert changes(attested) == []
    code, said = verified(attested, keys, capsys)
    assert code == 0
    assert "attested by dora@example.test" in said


def test_every_byte_of_the_envelope_counts(
    attested: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = attested / ATTESTATION
    before = place.read_bytes()
    for at in {*range(0, len(before), 101), 0, 1, len(before) - 2, len(before) - 1}:
        place.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        code, said = verified(attested, keys, capsys)
        assert (code, ATTESTATION in said) == (4, True), at


def test_a_stranger_attests_in_vain(
    attested: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["attest", str(attested), "--key", str(keys / "stranger")]) == 0
    capsys.readouterr()
    code, said = verified(attested, keys, capsys)
    assert code == 4
    assert f"{ATTESTATION}: was changed, or is not by dora@example.test" in said


def test_the_attestation_of_another_run_does_not_count(
    attested: Path, tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = stored(tmp_path / "other", run())
    assert main(["sign", str(other), "--key", str(keys / "dora")]) == 0
    (other / ATTESTATION).write_bytes((attested / ATTESTATION).read_bytes())
    capsys.readouterr()
    code, said = verified(other, keys, capsys)
    assert code == 4
    assert "is about another run; attest this one anew" in said
    assert (other / SIGNATURE).exists()


@pytest.mark.parametrize(
    ("key", "more", "words"),
    [
        ("none", [], "cannot be read (No such file or directory); make one with: ssh-keygen"),
        ("allowed", [], "is no private key of OpenSSH; make one with"),
        ("locked", [], "has a passphrase, and nobody is here to type it"),
        ("dora", ["--build", "shop.tar.gz"], "--build shop.tar.gz: write it as name=sha256:<64"),
    ],
)
def test_a_mistake_is_one_line(
    attested: Path,
    keys: Path,
    capsys: pytest.CaptureFixture[str],
    key: str,
    more: list[str],
    words: str,
) -> None:
    before = (attested / ATTESTATION).read_bytes()
    assert main(["attest", str(attested), "--key", str(keys / key), *more]) == 4
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert (attested / ATTESTATION).read_bytes() == before


def test_without_the_package_one_line_says_what_to_install(
    attested: Path, keys: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attesting, "_INSTALLED", False)
    assert main(["attest", str(attested), "--key", str(keys / "dora")]) == 4
    assert "need the package securesystemslib; install it with: pip" in capsys.readouterr().err

"""A signature over the seal: one changed byte anywhere is named, and each mistake is one line."""

import os
import subprocess
from pathlib import Path

import pytest

from reports.__main__ import main
from reports.sums import SIGNATURE, SUMS, sealed
from suites.selftest.past_runs import COOKIE, LOGOUT, run, seal, stored


def make_key(place: Path, *more: str) -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(place), *more]
    subprocess.run(command, check=True)  # noqa: S603  a program we need anyway
    return place


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of dora and of a stranger, and a list that names dora alone."""
    home = tmp_path_factory.mktemp("keys")
    public = make_key(home / "dora").with_suffix(".pub").read_text().strip()
    (home / "allowed").write_text(f'dora@example.test namespaces="session-evidence" {public}\n')
    make_key(home / "stranger")
    return home


@pytest.fixture
def signed(tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    place = stored(tmp_path, run(LOGOUT, COOKIE))
    assert main(["sign", str(place), "--key", str(keys / "dora")]) == 0
    capsys.readouterr()
    return place


def verified(place: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["verify", str(place), "--allowed", str(keys / "allowed")])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out + said.err


def test_what_is_signed_is_verified_with_its_signer(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = verified(signed, keys, capsys)
    assert code == 0
    assert said.startswith("unchanged since dora@example.test signed it: ")


def test_openssh_alone_verifies_the_signature(signed: Path, keys: Path) -> None:
    command = ["ssh-keygen", "-Y", "verify", "-f", str(keys / "allowed"), "-n", "session-evidence"]
    command += ["-I", "dora@example.test", "-s", str(signed / SIGNATURE)]
    with (signed / SUMS).open("rb") as file:
        done = subprocess.run(command, stdin=file, check=False, capture_output=True)  # noqa: S603
    assert done.returncode == 0


def test_one_changed_byte_in_any_file_is_found_and_named(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in sealed(signed):
        place = signed / name
        before = place.read_bytes()
        middle = len(before) // 2
        place.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])
        code, said = verified(signed, keys, capsys)
        assert (code, said) == (1, f"CHANGED {name} was changed\n")
        place.write_bytes(before)
    assert verified(signed, keys, capsys)[0] == 0


@pytest.mark.parametrize("name", [SUMS, SIGNATURE])
def test_every_byte_of_the_seal_and_of_its_signature_counts(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    place = signed / name
    before = place.read_bytes()
    # Whatever the content: some byte of each kind of place, and both ends.
    for at in {*range(0, len(before), 23), 0, 27, 28, len(before) - 2, len(before) - 1}:
        place.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
        code, said = verified(signed, keys, capsys)
        assert code != 0, at
        assert SUMS in said, at


@pytest.mark.parametrize("extra", [b"\n", b" ", b"comment\n"])
def test_nothing_can_be_added_to_a_signature(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str], extra: bytes
) -> None:
    place = signed / SIGNATURE
    before = place.read_bytes()
    for changed in (extra + before, before + extra):
        place.write_bytes(changed)
        code, said = verified(signed, keys, capsys)
        assert (code, SIGNATURE in said) == (4, True)


def test_a_file_changed_and_sealed_anew_does_not_fit_the_signature(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (signed / "report.html").write_text("<title>All is well</title>")
    seal(signed)
    code, said = verified(signed, keys, capsys)
    assert code == 4
    assert f"{SIGNATURE}: does not fit {SUMS}: one of the two was changed" in said


def test_a_stranger_signs_in_vain(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sign", str(signed), "--key", str(keys / "stranger")]) == 0
    capsys.readouterr()
    code, said = verified(signed, keys, capsys)
    assert code == 4
    assert f"is by a key that {keys / 'allowed'} does not name" in said
    assert said.count("\n") == 1


def test_a_signature_for_another_purpose_does_not_count(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (signed / SIGNATURE).unlink()
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(keys / "dora")]
    subprocess.run([*command, str(signed / SUMS)], check=True, capture_output=True)  # noqa: S603
    assert verified(signed, keys, capsys)[0] == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sign", "{run}", "--key", "{keys}/none"], "there is no such file; make a key with: ssh-"),
        (["sign", "{run}", "--key", "{keys}/allowed"], "cannot sign with it ("),
        (["sign", "{run}/none", "--key", "{keys}/dora"], "there is no such file or folder"),
        (["verify", "{run}", "--allowed", "{keys}/none"], "there is no such file; write a line"),
        (["verify", "{run}/none", "--allowed", "{keys}/allowed"], "there is no such folder; name"),
        (["sign", "{run}"], "the following arguments are required: --key"),
    ],
)
def test_a_mistake_is_one_line(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    before = (signed / SIGNATURE).read_bytes()
    filled = [part.format(run=signed, keys=keys) for part in arguments]
    try:
        code = main(filled)
    except SystemExit as ended:
        code = int(str(ended.code))
    said = capsys.readouterr()
    assert (code, said.out) == (4, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert (signed / SIGNATURE).read_bytes() == before


def test_an_unsigned_and_an_unfinished_run_are_told_apart(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (signed / SIGNATURE).unlink()
    assert (
        "is not signed; sign it with: python -m reports sign" in verified(signed, keys, capsys)[1]
    )
    (signed / SUMS).unlink()
    for command in ("sign", "verify"):
        option = "--key" if command == "sign" else "--allowed"
        file = keys / ("dora" if command == "sign" else "allowed")
        assert main([command, str(signed), option, str(file)]) == 4
        assert "so the run was not finished; run it again" in capsys.readouterr().err


def test_what_was_changed_is_not_signed(
    signed: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (signed / "run.json").write_text("{}")
    assert main(["sign", str(signed), "--key", str(keys / "dora")]) == 4
    assert "run.json was changed; only what is unchanged can be signed" in capsys.readouterr().err


def test_without_openssh_one_line_says_so(
    signed: Path,
    keys: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(keys))
    code, said = verified(signed, keys, capsys)
    assert code == 4
    assert "ssh-keygen is not installed; install OpenSSH 8.2 or newer" in said

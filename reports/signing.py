"""Signatures of OpenSSH over the seal of a folder, or over one file.

They say who signed which bytes. They say nothing about when.
"""

import base64
import subprocess
from collections.abc import Sequence
from pathlib import Path

from reports.evidence import write_atomically
from reports.retest_input import EvidenceError
from reports.sums import SIGNATURE, SUMS, SealError, changes, sealed

NAMESPACE = "session-evidence"
_HEAD, _FOOT = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_COLUMNS = 70
_NONE = "sign it with: python -m reports sign"


def sign(place: Path, key: Path) -> Path:
    """Sign a folder by its seal, or one file; return where the signature is.

    Raises:
        EvidenceError: the folder was changed, or the key cannot be used.
    """
    if place.is_dir():
        if changed := differences(place):
            raise EvidenceError(f"{place}: {changed[0]}; only what is unchanged can be signed")
        place /= SUMS
    if not place.is_file():
        raise EvidenceError(f"{place}: there is no such file or folder; name what is to be signed")
    if not key.is_file():
        raise EvidenceError(
            f"--key {key}: there is no such file; make a key with: ssh-keygen -t ed25519 -f {key}"
        )
    command = ["-Y", "sign", "-n", NAMESPACE, "-f", str(key)]
    code, signature, said = _ssh_keygen(command, place.read_bytes())
    if code:
        raise EvidenceError(f"--key {key}: cannot sign with it ({said}); name a private key")
    target = place.with_name(f"{place.name}.sig")
    try:
        write_atomically(target, signature)
    except OSError as error:
        raise EvidenceError(f"{target}: cannot be written ({error.strerror})") from None
    return target


def signer(file: Path, allowed: Path) -> str:
    """Return who signed a file, by the name that the list of allowed signers gives.

    Raises:
        EvidenceError: it is not signed, not by one of them, or not as it is now.
    """
    signature = file.with_name(f"{file.name}.sig")
    if not allowed.is_file():
        raise EvidenceError(
            f"--allowed {allowed}: there is no such file; write a line "
            '`name namespaces="session-evidence" ssh-ed25519 AAAA...` for each signer'
        )
    if not signature.is_file():
        what = file.parent if file.name == SUMS else file
        raise EvidenceError(f"{what}: is not signed; {_NONE} {what} --key KEY")
    found = ["-Y", "find-principals", "-s", str(signature), "-f", str(allowed)]
    code, names, said = _ssh_keygen(found)
    if code or not names.split():
        raise EvidenceError(
            f"{signature}: is by a key that {allowed} does not name, or was changed ({said})"
        )
    name = names.decode("utf-8", "replace").splitlines()[0].split(",")[0]
    check = ["-Y", "verify", "-f", str(allowed), "-I", name, "-n", NAMESPACE, "-s", str(signature)]
    code, _, said = _ssh_keygen(check, file.read_bytes())
    if code or not _canonical(signature):
        raise EvidenceError(f"{signature}: does not fit {file.name}: one of the two was changed")
    return name


def differences(folder: Path) -> list[str]:
    """Return what differs from the seal of a folder.

    Raises:
        EvidenceError: there is no seal.
    """
    try:
        sealed(folder)
        return changes(folder)
    except (SealError, OSError) as error:
        raise EvidenceError(str(error)) from None


def signed_by(folder: Path, allowed: Path | None) -> str | None:
    """Return who signed the seal of a folder; None without a signature or a list of signers."""
    if allowed is None or not (folder / SIGNATURE).is_file():
        return None
    return signer(folder / SUMS, allowed)


def _canonical(signature: Path) -> bool:
    """Tell whether a signature is written exactly as ssh-keygen does: its armour is not signed."""
    lines = signature.read_text(encoding="utf-8", errors="replace").split("\n")
    try:
        data = base64.b64decode("".join(lines[1:-2]), validate=True)
    except ValueError:
        return False
    text = base64.b64encode(data).decode("ascii")
    body = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return lines == [_HEAD, *body, _FOOT, ""]


def _ssh_keygen(arguments: Sequence[str], data: bytes = b"") -> tuple[int, bytes, str]:
    """Run ssh-keygen; return its exit code, what it wrote, and the end of what it said."""
    try:
        done = subprocess.run(  # noqa: S603  a fixed program; the user names only files
            ["ssh-keygen", *arguments],  # noqa: S607  wherever the user has it
            input=data,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise EvidenceError("ssh-keygen is not installed; install OpenSSH 8.2 or newer") from None
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return done.returncode, done.stdout, said[-1].strip() if said else "no reason given"

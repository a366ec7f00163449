"""The seal of a folder of evidence: SHA256SUMS, as `sha256sum --check` reads it.

It says which bytes were written, not by whom: that is what a signature over it is for.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

SUMS = "SHA256SUMS"
SIGNATURE = f"{SUMS}.sig"
ATTESTATION = "attestation.dsse.json"
UNFINISHED = "INCOMPLETE"
OUTSIDE = frozenset({SUMS, SIGNATURE, ATTESTATION, UNFINISHED})
"""Written or taken away after the seal: they cannot be in it."""

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


class SealError(ValueError):
    """A folder whose seal is missing or cannot be read; the message says what to do."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sums_of(folder: Path) -> bytes:
    """Return what SHA256SUMS must hold for the files that lie in the folder now."""
    lines = (f"{digest(folder / name)}  {name}\n" for name in sorted(_names(folder)))
    return "".join(lines).encode("utf-8")


def sealed(folder: Path) -> Mapping[str, str]:
    """Return file to SHA-256 as the seal has it.

    Raises:
        SealError: there is no seal, or it is not one.
    """
    place = folder / SUMS
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SealError(
            f"{folder}: there is no {SUMS}, so the run was not finished; run it again"
        ) from None
    except (OSError, ValueError) as error:
        raise SealError(f"{place}: cannot be read ({_why(error)})") from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        entry = _LINE.fullmatch(line)
        if entry is None:
            raise SealError(f"{place}: line {number} is no SHA-256 with a file name")
        found[entry[2]] = entry[1]
    return found


def changes(folder: Path) -> list[str]:
    """Return in words what differs from the seal: changed, missing, added files.

    Raises:
        SealError: there is no seal, or it is not one.
    """
    wanted, there = sealed(folder), frozenset(_names(folder))
    found = {name: "was added after the run" for name in there.difference(wanted)}
    for name, expected in wanted.items():
        if name not in there:
            found[name] = "is missing"
        elif digest(folder / name) != expected:
            found[name] = "was changed"
    return [f"{name} {what}" for name, what in sorted(found.items())]


def _names(folder: Path) -> Iterator[str]:
    """Yield every file of the folder; a link counts as one, so that none can be slipped in."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            name = path.relative_to(folder).as_posix()
            if name not in OUTSIDE:
                yield name


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is no text"

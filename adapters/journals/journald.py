"""Journal entries from a file in the export format of systemd, as `journalctl -o export` writes it.

The format: https://systemd.io/JOURNAL_EXPORT_FORMATS/
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path

from adapters.journals.lines import Line, SourceError

_SIZE = 8
_BLANK, _FIRST = b"\n\n", b"__CURSOR="
_LONGEST_NAME = 64
_LARGEST = 16 * 1024 * 1024


class BrokenEntryError(ValueError):
    """A piece of a file that is no entry of a journal."""


def entry(data: bytes, at: int) -> tuple[Mapping[str, str], int] | None:
    """Return the entry that begins there and where the next one does; None while it is not whole.

    Raises:
        BrokenEntryError: what stands there is no field of an entry.
    """
    found: dict[str, str] = {}
    while True:
        end = data.find(b"\n", at)
        if end < 0:
            return None
        line, at = data[at:end], end + 1
        if not line:
            if found:
                return found, at
            continue
        name, equals, value = line.partition(b"=")
        if not _is_name(name):
            raise BrokenEntryError(line[:40].decode("utf-8", "replace"))
        if not equals:
            size = int.from_bytes(data[at : at + _SIZE], "little")
            if len(data) - at >= _SIZE and size > _LARGEST:
                raise BrokenEntryError(f"a field of {size} bytes")
            begin, end = at + _SIZE, at + _SIZE + size
            if len(data) < end + 1:
                return None
            value, at = data[begin:end], end + 1
        found[name.decode()] = value.decode("utf-8", "replace")


def end_of_entries(data: bytes) -> int:
    """Return where the last whole entry of a file ends, the rest being written at this moment.

    A blank line may stand within a binary field, too; what journalctl begins each entry with, not.
    """
    last = data.rfind(_BLANK)
    blank = last + len(_BLANK) if last >= 0 else 0
    begun = data.rfind(_BLANK + _FIRST)
    at = begun + len(_BLANK) if begun >= 0 else 0 if data.startswith(_FIRST) else blank
    try:
        while (whole := entry(data, at)) is not None:
            at = whole[1]
    except BrokenEntryError:
        return blank or len(data)
    return at


def _is_name(name: bytes) -> bool:
    text = name.decode("ascii", "replace")
    return 0 < len(text) <= _LONGEST_NAME and text.isascii() and text.replace("_", "A").isalnum()


class Journald:
    """Reads the entries that are added to an export file; each line is one entry as JSON."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self._at = 0
        self._file = 0

    def open(self) -> None:
        """Begin behind the entries that the file holds now. Raises `SourceError`."""
        self._at = end_of_entries(self._read(0))

    def lines(self) -> list[Line]:
        """Return the entries that were added since. Raises `SourceError`."""
        data, at, found = self._read(self._at), 0, []
        try:
            while (whole := entry(data, at)) is not None:
                fields, at = whole
                text = json.dumps(fields, ensure_ascii=False)
                found.append(Line(text, time.time(), self.name))
        except BrokenEntryError as error:
            raise SourceError(
                f"{self.name}: {self.path} has a line that is no field of a journal entry "
                f"({error}); write it with journalctl -o export"
            ) from None
        self._at += at
        return found

    def close(self) -> None:
        """Nothing is kept open."""

    def _read(self, at: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                status = file.seek(0, 2), self.path.stat().st_ino
                if status[0] < at or (self._file and status[1] != self._file):
                    at = self._at = 0
                self._file = status[1]
                file.seek(at)
                return file.read()
        except OSError as error:
            raise SourceError(
                f"{self.name}: {self.path} cannot be read ({error.strerror}); write the output of "
                "journalctl -o export -f to it, or name the right file"
            ) from None

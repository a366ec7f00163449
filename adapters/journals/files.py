"""A log file that is followed while its writer appends to it, rotates it or cuts it short."""

import os
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

from adapters.journals.lines import Line, SourceError

_CHUNK = 1 << 20


class FileSource:
    """Follows one file by name.

    A file that took the place of another one (rotation by renaming) is read from its beginning,
    after the rest of the former one; so is a file that became shorter (rotation by copying).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"file {path}"
        self._file: _Opened | None = None
        self._partial = b""

    def open(self) -> None:
        """Begin at the end of the file."""
        self.close()
        self._file = self._opened()
        self._file.to_end()

    def lines(self) -> Sequence[Line]:
        """Return the lines that are complete by now."""
        if self._file is None:
            raise SourceError(f"the log {self.path} was not opened")
        try:
            return self._fresh(self._file)
        except OSError as error:
            raise SourceError(f"the log {self.path} cannot be read ({error.strerror})") from None

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()
        self._file, self._partial = None, b""

    def _fresh(self, file: "_Opened") -> list[Line]:
        there = self._there()
        if there is not None and there.st_size < file.at and self._same(file, there):
            file.to_start()
            self._partial = b""
        found = self._read(file)
        if there is not None and not self._same(file, there):
            # Nobody completes the last line of a file that was put away.
            found += self._ended()
            file.close()
            self._file = self._opened()
            found += self._read(self._file)
        return found

    def _opened(self) -> "_Opened":
        try:
            return _Opened(self.path)
        except OSError as error:
            why = "does not exist" if isinstance(error, FileNotFoundError) else error.strerror
            raise SourceError(f"the log {self.path} cannot be read: it {_told(why)}") from None

    def _there(self) -> os.stat_result | None:
        """Return what stands under the name now; between two files there may be nothing."""
        try:
            return self.path.stat()
        except FileNotFoundError:
            return None

    def _same(self, file: "_Opened", there: os.stat_result) -> bool:
        mine = os.fstat(file.number)
        return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)

    def _read(self, file: "_Opened") -> list[Line]:
        *complete, self._partial = (self._partial + file.read()).split(b"\n")
        return [self._line(text) for text in complete if text.strip()]

    def _ended(self) -> list[Line]:
        rest, self._partial = self._partial, b""
        return [self._line(rest)] if rest.strip() else []

    def _line(self, text: bytes) -> Line:
        return Line(text.decode("utf-8", "replace").rstrip("\r"), time.time(), self.name)


class _Opened:
    """An open file; it is given back with its reader, should nobody close it before."""

    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDONLY)
        self.close = weakref.finalize(self, os.close, self.number)
        self.at = 0

    def to_start(self) -> None:
        """Go to its first byte."""
        self.at = os.lseek(self.number, 0, os.SEEK_SET)

    def to_end(self) -> None:
        """Go behind its last byte."""
        self.at = os.lseek(self.number, 0, os.SEEK_END)

    def read(self) -> bytes:
        """Return what follows, up to its end."""
        parts = []
        while part := os.read(self.number, _CHUNK):
            parts.append(part)
            self.at += len(part)
        return b"".join(parts)


def _told(why: str | None) -> str:
    return why if why == "does not exist" else f"gives '{why}'"

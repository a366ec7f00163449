"""A log file that is followed while its writer appends to it, rotates it or cuts it short."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from adapters.journals.lines import Line, SourceError


class FileSource:
    """Follows one file by name.

    A file that took the place of another one (rotation by renaming) is read from its beginning,
    after the rest of the former one; so is a file that became shorter (rotation by copying).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"file {path}"
        self._file: BinaryIO | None = None
        self._partial = b""

    def open(self) -> None:
        """Begin at the end of the file."""
        self.close()
        self._file = self._opened()
        self._file.seek(0, os.SEEK_END)

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

    def _fresh(self, file: BinaryIO) -> list[Line]:
        there = self._there()
        if there is not None and there.st_size < file.tell() and self._same(file, there):
            file.seek(0)
            self._partial = b""
        found = self._read(file)
        if there is not None and not self._same(file, there):
            # Nobody completes the last line of a file that was put away.
            found += self._ended()
            file.close()
            self._file = self._opened()
            found += self._read(self._file)
        return found

    def _opened(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            why = "does not exist" if isinstance(error, FileNotFoundError) else error.strerror
            raise SourceError(f"the log {self.path} cannot be read: it {_told(why)}") from None

    def _there(self) -> os.stat_result | None:
        """Return what stands under the name now; between two files there may be nothing."""
        try:
            return self.path.stat()
        except FileNotFoundError:
            return None

    def _same(self, file: BinaryIO, there: os.stat_result) -> bool:
        mine = os.fstat(file.fileno())
        return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)

    def _read(self, file: BinaryIO) -> list[Line]:
        *complete, self._partial = (self._partial + file.read()).split(b"\n")
        return [self._line(text) for text in complete if text.strip()]

    def _ended(self) -> list[Line]:
        rest, self._partial = self._partial, b""
        return [self._line(rest)] if rest.strip() else []

    def _line(self, text: bytes) -> Line:
        return Line(text.decode("utf-8", "replace").rstrip("\r"), time.time(), self.name)


def _told(why: str | None) -> str:
    return why if why == "does not exist" else f"gives '{why}'"

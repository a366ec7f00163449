"""Moves the clock of a target that runs under libfaketime, by the file which that reads."""

import os
import re
from pathlib import Path

from adapters.contract import Acknowledged, Answer, Unclear

_OFFSET = re.compile(r"\+(\d+(?:\.\d+)?)\s*\Z")


class ClockFile:
    """The offset of a target's clock, as `FAKETIME_TIMESTAMP_FILE` holds it: `+3600`.

    Start the target with `LD_PRELOAD=libfaketime.so.1 FAKETIME_NO_CACHE=1`, with
    `FAKETIME_DONT_FAKE_MONOTONIC=1` since its timers go by another clock, and this file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def objection(self) -> str | None:
        """Why the file cannot move a clock, None when it can."""
        try:
            text = self.path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return f"names {self.path}, which cannot be read; write +0 into it"
        if _OFFSET.match(text) is None:
            return f"names {self.path}, which holds no offset; write +0 into it"
        if not os.access(self.path, os.W_OK):
            return f"names {self.path}, which cannot be written; make it writable"
        return None

    def advance(self, seconds: float, *, node: int) -> Answer:
        """Move the clock forward; it never goes back."""
        try:
            found = _OFFSET.match(self.path.read_text(encoding="ascii"))
            if found is None or seconds < 0:
                return Unclear(f"{self.path} holds no offset that can be raised")
            # The target reads it at every look at its clock, and must never find half a number.
            fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            fresh.write_text(f"+{float(found[1]) + seconds:.3f}\n", encoding="ascii")
            fresh.replace(self.path)
        except OSError as error:
            return Unclear(f"{self.path} cannot be written ({error.strerror})")
        return Acknowledged()

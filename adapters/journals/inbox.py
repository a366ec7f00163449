"""What a listening source received: filled by its threads, emptied by the run."""

import threading
import time
from collections import deque

from adapters.journals.lines import Line, SourceError

LONGEST = 256 * 1024
"""Bytes of one line that are kept; what is longer is cut."""
MOST = 100_000
"""Lines that wait to be taken; what comes beyond is counted and dropped."""


class Inbox:
    """Lines in the order in which they came, and what went wrong with those that did not."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dropped = 0
        self._lines: deque[Line] = deque()
        self._lock = threading.Lock()
        self._trouble = ""
        self._heard = False

    def add(self, data: bytes | str) -> None:
        """Keep one record as it came; an empty one is none."""
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        text = text[:LONGEST].strip("\ufeff\r\n\0")
        if not text:
            return
        line = Line(text, time.time(), self.name)
        with self._lock:
            self._heard = True
            if len(self._lines) >= MOST:
                self.dropped += 1
            else:
                self._lines.append(line)

    def failed(self, why: str) -> None:
        """Note why somebody who wanted to send could not; the first reason is told."""
        with self._lock:
            self._trouble = self._trouble or why

    @property
    def unheard(self) -> str:
        """Why somebody could not send, in one sentence; empty once anything came at all.

        Anybody can knock at a port: a health check, or a client that is set up only now. That
        says something of a target from which nothing else comes, and of no other.
        """
        with self._lock:
            return f"{self.name}: {self._trouble}" if self._trouble and not self._heard else ""

    def take(self) -> list[Line]:
        """Return what waits; raises `SourceError` where some of it was lost."""
        with self._lock:
            if self.dropped:
                lost, self.dropped = self.dropped, 0
                raise SourceError(
                    f"{self.name}: {lost} lines came faster than they were read and are lost; "
                    "let the target send fewer of them here"
                )
            found = list(self._lines)
            self._lines.clear()
            return found

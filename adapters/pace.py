"""How fast requests may leave: never closer than the declared rate, over one process or several."""

import fcntl
import os
import struct
import threading
import time
from pathlib import Path

_TURN = struct.Struct("d")


class Pace:
    """A token bucket of depth one: requests never come closer than the declared rate."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 1.0 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self._shared: int | None = None

    def share(self, file: Path) -> None:
        """Take turns with all processes of this machine that share the file."""
        self._shared = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def wait(self) -> None:
        """Wait until the next request may leave."""
        if not self._gap:
            return
        with self._lock:
            turn = self._own_turn() if self._shared is None else self._common_turn(self._shared)
        if (left := turn - time.monotonic()) > 0:
            time.sleep(left)

    def _own_turn(self) -> float:
        turn = max(time.monotonic(), self._next)
        self._next = turn + self._gap
        return turn

    def _common_turn(self, file: int) -> float:
        """Read whose turn is next and put ours behind it; the clock is one for all processes."""
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            held = os.pread(file, _TURN.size, 0)
            due = _TURN.unpack(held)[0] if len(held) == _TURN.size else self._next
            turn = max(time.monotonic(), due)
            os.pwrite(file, _TURN.pack(turn + self._gap), 0)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
        return turn

"""What every source of log lines gives: the line, when it came, and from where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class SourceError(Exception):
    """A source of log lines that cannot be read; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record as the target wrote it.

    `came` is when the suite read or received it, in seconds of its own wall clock; `source` is the
    name of the source, as reports tell it.
    """

    text: str
    came: float
    source: str


class Source(Protocol):
    """Something that log lines come from."""

    name: str

    def open(self) -> None:
        """Begin: what was there before does not count. Raises `SourceError`."""

    def lines(self) -> Sequence[Line]:
        """Return what came since the last call, oldest first. Raises `SourceError`."""

    def close(self) -> None:
        """Give ports and files back; a second call does nothing."""

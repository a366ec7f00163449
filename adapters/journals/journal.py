"""The log of a target: its sources, what was read from them, and how much could not be read."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.journals.events import Event, EventMap, MapError
from adapters.journals.formats import fields, patterned
from adapters.journals.lines import Line, Source, SourceError
from adapters.journals.listening import unheard
from adapters.journals.sources import build, expect_within
from adapters.transport import Transport

UNREADABLE = 0.1
"""The share of lines that may be in no known format before nothing is concluded from a log."""
FEW = 20
LOGIN = "login_success"


class Journal:
    """Reads the events of one target from all its sources.

    `trouble` is one sentence as soon as a source cannot be read; then nothing more is read. Each of
    `listeners` is told of every line, with its fields if they can be read; `genuine` is an entry
    of a login, as this log writes it. `excused` is how many lines may be unreadable because of what
    was sent to a target on purpose.
    """

    def __init__(
        self, said: Mapping[str, Any], folder: Path, transport: Transport | None = None
    ) -> None:
        """Read the section `event_log` of a profile; raises MapError."""
        self.map = EventMap(said)
        self.trouble: str | None = None
        self.lines = 0
        self.unreadable = 0
        self.listeners: list[Callable[[Line, Mapping[str, Any] | None], None]] = []
        self.genuine: Event | None = None
        self.excused = 0
        self._share = float(said.get("unreadable_share", UNREADABLE))
        self._sources = [
            readable(n, each, folder, transport) for n, each in enumerate(said["sources"])
        ]
        self._opened = False
        self._lock = threading.Lock()

    @property
    def kinds(self) -> frozenset[str]:
        """The events that are mapped."""
        return self.map.kinds

    @property
    def note(self) -> str:
        """What a user should know of the lines that were read, empty when there is nothing."""
        if not self.unreadable:
            return ""
        return f"{self.unreadable} of {self.lines} log lines are in no known format"

    @property
    def unheard(self) -> str:
        """Why nothing came from somebody who tried to send; empty where nobody failed."""
        return unheard(source for source, _ in self._sources)

    def expect_within(self, seconds: float) -> None:
        """Look for entries that may come so long after what they tell."""
        expect_within((source for source, _ in self._sources), seconds)

    def open(self) -> None:
        """Begin to listen to all sources, once; what they hold already does not count."""
        if self._opened or self.trouble:
            return
        self._opened = True
        try:
            for source, _ in self._sources:
                source.open()
        except SourceError as error:
            self._failed(str(error))

    def read(self) -> Sequence[Event]:
        """Return the events that came since the last call, in the order of their lines."""
        with self._lock:
            found: list[Event] = []
            try:
                for source, reader in self._sources if self._opened else ():
                    for line in source.lines():
                        self.lines += 1
                        known = reader(line.text)
                        for listener in self.listeners:
                            listener(line, known)
                        if known is None:
                            self.unreadable += 1
                        else:
                            found += self.map.events(line, known, self.lines)
                self.genuine = next((e for e in found if e.kind == LOGIN), self.genuine)
            except SourceError as error:
                self._failed(str(error))
            unreadable = self.unreadable - self.excused
            if self.lines >= FEW and unreadable > self._share * self.lines:
                self._failed(f"{self.note}: write how they look under event_log.sources[].pattern")
            return found

    def close(self) -> None:
        """Give everything back."""
        for source, _ in self._sources:
            source.close()
        self._opened = False

    def _failed(self, sentence: str) -> None:
        self.trouble = self.trouble or sentence
        self.close()


def readable(
    number: int, said: Mapping[str, Any], folder: Path, transport: Transport | None = None
) -> tuple[Source, Any]:
    """Return a declared source and what reads its lines; raises MapError."""
    at = ("sources", number)
    try:
        reader = patterned(said["pattern"]) if "pattern" in said else fields
    except re.error as error:
        raise MapError(
            (*at, "pattern"), f"is no regular expression ({error}); correct it"
        ) from None
    if "pattern" in said and "(?P<" not in said["pattern"]:
        raise MapError((*at, "pattern"), "names no group; write the fields as (?P<name>...)")
    try:
        return build(said, folder, transport), reader
    except SourceError as error:
        raise MapError(at, str(error)) from None

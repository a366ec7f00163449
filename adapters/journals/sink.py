"""Where the alerts of a target arrive: its sources, and which record is which kind of alert."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.journals.events import read_rules
from adapters.journals.formats import value_at
from adapters.journals.journal import readable
from adapters.journals.lines import Line, SourceError
from adapters.journals.listening import Listening
from adapters.journals.usual import ACTION, usual
from adapters.transport import Transport

KINDS: Mapping[str, str] = {
    "refresh_reuse": "a refresh token used once more",
    "dead_replay": "the identifier or token of an ended session presented",
    "two_contexts": "one session used from two places or programs at once",
    "guessing": "many values presented that nobody issued",
    "impossible_concurrency": "one account used from far places at once",
    "new_device": "a login from a client that the account never used",
}
"""The kinds of anomaly that a target can raise an alert for."""
LONG = 8
"""Characters from which on a mark is looked for within a longer text, too."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One record that arrived where alerts do; `kind` is None where the profile maps it to none."""

    kind: str | None
    texts: frozenset[str]
    line: Line

    @property
    def came(self) -> float:
        """When it arrived, in seconds of our own clock."""
        return self.line.came

    def names(self, marks: set[str]) -> bool:
        """Tell whether it speaks of one of these accounts, sessions or addresses."""
        if not marks.isdisjoint(self.texts):
            return True
        return any(mark in text for mark in marks if len(mark) >= LONG for text in self.texts)


class Sink:
    """Reads the alerts of one target from all sources that the profile declares for them.

    `trouble` is one sentence as soon as a source cannot be read; then nothing more is read.
    """

    def __init__(
        self, said: Mapping[str, Any], folder: Path, transport: Transport | None = None
    ) -> None:
        """Read the section `alert_sink` of a profile; raises MapError."""
        self.trouble = ""
        self.lines: list[Line] = []
        self._rules = dict(read_rules(said.get("alerts", {}), KINDS, "alerts"))
        self._sources = [
            readable(number, each, folder, transport) for number, each in enumerate(said["sources"])
        ]
        self._opened = False
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where the target is to send its alerts; empty where nobody listens for them."""
        mine = (source for source, _ in self._sources if isinstance(source, Listening))
        return next((source.url for source in mine), "")

    def open(self) -> bool:
        """Begin to listen, once; returns whether this was the first time."""
        if self._opened or self.trouble:
            return False
        self._opened = True
        try:
            for source, _ in self._sources:
                source.open()
        except SourceError as error:
            self._failed(str(error))
        return True

    def read(self) -> list[Alert]:
        """Return the alerts that came since the last call."""
        with self._lock:
            try:
                return list(self._read())
            except SourceError as error:
                self._failed(str(error))
                return []

    def close(self) -> None:
        """Give everything back."""
        for source, _ in self._sources:
            source.close()
        self._opened = False

    def _read(self) -> Iterator[Alert]:
        for source, reader in self._sources if self._opened else ():
            for line in source.lines():
                self.lines.append(line)
                known = reader(line.text)
                if known is None:
                    yield Alert(None, frozenset({line.text}), line)
                else:
                    yield Alert(self._kind(known), frozenset(_texts(known)), line)

    def _kind(self, known: Mapping[str, Any]) -> str | None:
        for kind, ways in self._rules.items():
            if any(all(fits(value_at(known, path)) for path, fits in way) for way in ways):
                return kind
        said = usual(known).get(ACTION, "").lower().replace("-", "_").replace(" ", "_")
        return said if said in KINDS and said not in self._rules else None

    def _failed(self, sentence: str) -> None:
        self.trouble = self.trouble or sentence
        self.close()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)

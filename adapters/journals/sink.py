"""Where the alerts of a target arrive: its sources, and which record is which kind of alert."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.journals.events import Event, EventMap, MapError, read_rules
from adapters.journals.formats import value_at
from adapters.journals.journal import readable
from adapters.journals.lines import Line, SourceError
from adapters.journals.listening import Listening, unheard
from adapters.journals.sources import expect_within
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
        self,
        said: Mapping[str, Any],
        folder: Path,
        transport: Transport | None = None,
        *,
        log: Mapping[str, Any] | None = None,
    ) -> None:
        """Read the section `alert_sink` of a profile; raises MapError.

        Args:
            log: the section `event_log`, whose event map may hold here, too.
        """
        self.trouble = ""
        self.journal = Arrivals(self, _mapped(said, log)) if "events" in said else None
        self.lines: list[Line] = []
        self._rules = dict(read_rules(said.get("alerts", {}), KINDS, "alerts"))
        self._sources = [
            readable(number, each, folder, transport) for number, each in enumerate(said["sources"])
        ]
        self._opened = False
        self._alerts: list[Alert] = []
        self._lock = threading.RLock()

    @property
    def address(self) -> str:
        """Where the target is to send its alerts; empty where nobody listens for them."""
        mine = (source for source, _ in self._sources if isinstance(source, Listening))
        return next((source.url for source in mine), "")

    @property
    def unheard(self) -> str:
        """Why nothing came from somebody who tried to send; empty where nobody failed."""
        return unheard(source for source, _ in self._sources)

    def expect_within(self, seconds: float) -> None:
        """Look for records that may come so long after what they tell."""
        expect_within((source for source, _ in self._sources), seconds)

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
            self.take()
            found, self._alerts = self._alerts, []
            return found

    def take(self) -> None:
        """Take what came since the last call: session events apart, everything else is an alert."""
        with self._lock:
            try:
                self._alerts += self._read()
            except SourceError as error:
                self._failed(str(error))

    @property
    def may_go_away(self) -> bool:
        """Whether a sender notices when nobody takes what it sends."""
        return all(isinstance(s, Listening) and s.connected for s, _ in self._sources)

    def go_away(self) -> None:
        """Take nothing for a while, as a monitoring system does that is being repaired."""
        self.take()
        for source, _ in self._sources:
            source.close()

    def come_back(self) -> None:
        """Listen again, where we did."""
        try:
            for source, _ in self._sources:
                source.open()
        except SourceError as error:
            self._failed(str(error))

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
                if self.journal is not None and self.journal.takes(line, known):
                    continue
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


class Arrivals:
    """The session events that arrive at a sink, read as those of a log are."""

    def __init__(self, sink: Sink, mapping: EventMap) -> None:
        self.sink = sink
        self.map = mapping
        self.lines = 0
        self.outages: list[tuple[float, float]] = []
        self._events: list[Event] = []

    @property
    def kinds(self) -> frozenset[str]:
        """The events that are mapped."""
        return self.map.kinds

    @property
    def trouble(self) -> str | None:
        """One sentence as soon as nothing can be read any more."""
        return self.sink.trouble or None

    @property
    def unheard(self) -> str:
        """Why nothing came from somebody who tried to send; empty where nobody failed."""
        return self.sink.unheard

    def expect_within(self, seconds: float) -> None:
        """Look for events that may come so long after they happened."""
        self.sink.expect_within(seconds)

    def open(self) -> None:
        """Begin to listen; the sink does, and tells the target."""

    def takes(self, line: Line, known: Mapping[str, Any] | None) -> bool:
        """Take a line if it stands for session events, and say whether it does."""
        self.lines += 1
        found = list(self.map.events(line, known, self.lines)) if known is not None else []
        self._events += found
        return bool(found)

    def read(self) -> Sequence[Event]:
        """Return the events that came since the last call, in the order of their lines."""
        self.sink.take()
        found, self._events = self._events, []
        return found

    def in_outage(self, began: float, ended: float) -> bool:
        """Tell whether something happened while the sink was away; times of our own clock."""
        return any(away <= began and ended <= back for away, back in self.outages)


def _mapped(said: Mapping[str, Any], log: Mapping[str, Any] | None) -> EventMap:
    if isinstance(said["events"], Mapping):
        return EventMap(said)
    if log is None:
        raise MapError(
            ("events",), "says event_log, which is not declared; write the events themselves"
        )
    return EventMap(log)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)

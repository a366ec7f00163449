"""What the lines of a log give away, and what of it somebody else has written.

It searches and sets side by side. It judges nothing.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adapters.contract import Kind
from adapters.exchange import Exchange
from adapters.journals.journal import LOGIN, Journal
from adapters.journals.leaks import Leak, Leaks
from adapters.journals.lines import Line
from adapters.journals.sink import Sink
from adapters.journals.usual import ACTION, usual
from suites.kernel.log_forging import FORGERY, Forgery
from suites.kernel.model import Model

AS_AN_ENTRY, RAW, NEUTRAL, ABSENT = (
    "it is an entry of its own",
    "its control characters stand in the log as they came",
    "it is a part of another entry",
    "it is not in the log",
)
IN_ADDRESSES = frozenset({Kind.LINK, Kind.RESET, Kind.CODE, Kind.PROOF, Kind.PENDING})
"""The kinds of secrets that belong into an address where a target makes one of them."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Searched:
    """The lines of one history in one source, and the secrets of the run that stand in them.

    `beside` is what each secret stands in, as the log calls it.
    """

    source: str
    lines: int
    leaks: tuple[tuple[Leak, str], ...]


@dataclass(frozen=True, slots=True)
class Forged:
    """A forged entry, and what became of it: one of the words above."""

    forgery: Forgery
    became: str


class Search:
    """Searches every line that came, from the log and from where alerts arrive."""

    def __init__(self, journal: Journal, sink: Sink | None) -> None:
        self.journal = journal
        self.sink = sink
        self.leaks = Leaks()
        self._lines: list[tuple[Line, Mapping[str, Any] | None]] = []
        self._asked: frozenset[str] = frozenset()
        journal.listeners.append(lambda line, known: self._lines.append((line, known)))

    def sights(
        self, model: Model, exchanges: Iterable[tuple[str, Exchange]] = ()
    ) -> Iterator[Searched | Forged]:
        """Yield what the lines since the last search tell, and the requests that caused them."""
        lines, self._lines = self._lines, []
        before, self._asked = self._asked, frozenset(self._misplaced(exchanges))
        asked = before | self._asked
        if self.sink is not None:
            lines += ((line, None) for line in self.sink.lines)
            self.sink.lines.clear()
        for source in dict.fromkeys(line.source for line, _ in lines):
            mine = [(line, known) for line, known in lines if line.source == source]
            yield Searched(source, len(mine), tuple(self._leaks_of(mine, asked)))
        for event in model.events:
            if event.kind == FORGERY:
                yield from (Forged(one, self._became(one, lines)) for one in event.extra)

    def _leaks_of(
        self, lines: Sequence[tuple[Line, Mapping[str, Any] | None]], asked: Collection[str]
    ) -> Iterator[tuple[Leak, str]]:
        for line, known in lines:
            for leak in self.leaks.found_in(line.text):
                if leak.name not in asked:
                    yield leak, usual(known or {}).get(ACTION, "a line")

    def _misplaced(self, exchanges: Iterable[tuple[str, Exchange]]) -> Iterator[str]:
        """Yield each secret that we put into an address where none belongs.

        A log of requests shows it as it shows every address, and nobody else would send it.
        """
        for url in {urlsplit(exchange.url)[2:] for _, exchange in exchanges}:
            for leak in self.leaks.found_in("?".join(url)):
                if leak.kind not in IN_ADDRESSES:
                    yield leak.name

    def _became(
        self, forgery: Forgery, lines: Sequence[tuple[Line, Mapping[str, Any] | None]]
    ) -> str:
        mine = [(line, known) for line, known in lines if forgery.marker in line.text]
        if not mine:
            return ABSENT
        for line, known in mine:
            events = self.journal.map.events(line, known, 0) if known is not None else ()
            if line.text.strip() == forgery.line.strip() or any(
                e.kind == LOGIN and e.subject == forgery.marker for e in events
            ):
                return AS_AN_ENTRY
        return RAW if any(_CONTROL.search(line.text) for line, _ in mine) else NEUTRAL

"""What the lines of a log give away, and what of it somebody else has written.

It searches and sets side by side. It judges nothing.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from adapters.contract import Kind, Place
from adapters.exchange import Exchange
from adapters.journals.decoded import readings
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
_ADDRESS = frozenset({Place.QUERY, Place.PATH})
_BETWEEN = re.compile(r"[?&;#]")
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


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in an address that we made: the path, and the name before the value."""

    path: str
    name: str

    def is_in(self, text: str) -> bool:
        """Tell whether a line shows this address: as one, or its path and the name apart."""
        name = re.escape(self.name)
        as_one, apart = rf"[?&;#]{name}=", rf"(?<!\w){name}\W{{1,8}}\w"
        path = rf"{re.escape(self.path)}(?![\w/])"
        return any(
            re.search(as_one, each) or (re.search(path, each) and re.search(apart, each))
            for each in (text, *(reading for _, reading in readings(text)))
        )


class Search:
    """Searches every line that came, from the log and from where alerts arrive."""

    def __init__(self, journal: Journal, sink: Sink | None) -> None:
        self.journal = journal
        self.sink = sink
        self.leaks = Leaks()
        self._lines: list[tuple[Line, Mapping[str, Any] | None]] = []
        self._asked: Mapping[str, frozenset[_Spot]] = {}
        journal.listeners.append(lambda line, known: self._lines.append((line, known)))

    def sights(
        self, model: Model, exchanges: Iterable[tuple[str, Exchange]] = ()
    ) -> Iterator[Searched | Forged]:
        """Yield what the lines since the last search tell, and the requests that caused them."""
        lines, self._lines = self._lines, []
        before, self._asked = self._asked, self._misplaced(model, exchanges)
        asked = {
            name: before.get(name, frozenset()) | self._asked.get(name, frozenset())
            for name in {*before, *self._asked}
        }
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
        self,
        lines: Sequence[tuple[Line, Mapping[str, Any] | None]],
        asked: Mapping[str, Collection[_Spot]],
    ) -> Iterator[tuple[Leak, str]]:
        for line, known in lines:
            for leak in self.leaks.found_in(line.text):
                if not any(spot.is_in(line.text) for spot in asked.get(leak.name, ())):
                    yield leak, usual(known or {}).get(ACTION, "a line")

    def _misplaced(
        self, model: Model, exchanges: Iterable[tuple[str, Exchange]]
    ) -> Mapping[str, frozenset[_Spot]]:
        """Return where in an address we put a secret where none belongs, by its pseudonym.

        A log of requests shows it as it shows every address, and nobody else would send it. What
        the target itself wants to have there everybody sends.
        """
        meant = IN_ADDRESSES | _in_addresses(model)
        found: dict[str, set[_Spot]] = {}
        for parts in {urlsplit(exchange.url)[2:] for _, exchange in exchanges}:
            path, *pieces = _BETWEEN.split("?".join(parts))
            for piece in (path, *pieces):
                name, _, value = piece.partition("=") if "=" in piece else ("", "", piece)
                # What stands in an address alone is told as a secret, however short it is.
                for leak in self.leaks.found_in(f'token="{value}"'):
                    if leak.kind not in meant:
                        found.setdefault(leak.name, set()).add(_Spot(unquote(path), name))
        return {name: frozenset(spots) for name, spots in found.items()}

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


def _in_addresses(model: Model) -> frozenset[str]:
    """Return the kinds of what a target of this history wants to be sent in the address."""
    issued = [credential.held for credential in model.values.values()]
    beside = [session.beside for session in model.sessions.values()]
    return frozenset(a.kind for held in issued + beside for a in held if a.place in _ADDRESS)

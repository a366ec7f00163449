"""Forged log entries: client-controlled text that would be an entry, if nobody neutralised it.

Acts do and record. They judge nothing. The entry is one that the log itself has written, with a
made-up account in it: in whatever format it is, that is what an attacker would have to write.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adapters.contract import User, fresh_device
from adapters.journals.journal import Journal
from suites.kernel.bench import Lane
from suites.kernel.model import Event, Session
from suites.kernel.people import password
from suites.kernel.timing import Timing

NAME, AGENT, IDENTIFIER = PLACES = ("the name at a login", "the name of the client", "a session id")
FORGERY = "forged entry"
PIECES = 3
"""Lines that a line of a log may be broken into by a forged one in the middle of it."""
_ERASE = "\x1b[2K\x1b[1A"


@dataclass(frozen=True, slots=True)
class Forgery:
    """A text that was sent in one place: the entry in it, and the made-up account that it names."""

    where: str
    marker: str
    how: str
    line: str


def disguises(line: str, marker: str) -> Iterator[tuple[str, str]]:
    """Yield (how, text) for each way in which a line may come to stand by itself."""
    yield "after a line feed", f"{marker}\n{line}\n"
    yield "after a carriage return", f"{marker}\r\n{line}\r\n"
    yield "behind an erased line", f"{marker}{_ERASE}\r{line}\n"
    yield "behind the end of a quotation", f'{marker}"}}\n{line}\n'
    fields = _inner(line)
    if fields:
        yield "as fields of the same entry", f'{marker}", {fields}, "x": "'


def encoded(text: str, unlike: str = "") -> str:
    """Return a text as a header can carry it: what it cannot, percent-encoded."""
    plain = {chr(code) for code in range(0x20, 0x7F)} - {"%", *unlike}
    return "".join(c if c in plain else f"%{ord(c):02X}" for c in text)


def _inner(line: str) -> str:
    try:
        found: Any = json.loads(line)
    except ValueError:
        return ""
    return line.strip()[1:-1] if isinstance(found, dict) else ""


class LogForging(Timing):
    """The act of whoever writes into a log what it should have written itself."""

    def forge_entry(self, session: Session, where: str) -> Event | None:
        """Send an entry about somebody made up in one place, in every disguise.

        Nothing is sent before the log has shown how it writes that somebody logged in.
        """
        journal: Journal | None = getattr(self.bench.adapter, "journal", None)
        genuine = journal.genuine if journal is not None else None
        if journal is None or genuine is None or not genuine.subject:
            return None
        line, sent = genuine.raw, []
        for how, _ in disguises(line, ""):
            marker = f"forged{secrets.token_hex(6)}"
            about_nobody = line.replace(genuine.subject, marker)
            self._send_entry(session, where, dict(disguises(about_nobody, marker))[how])
            journal.excused += PIECES
            sent.append(Forgery(where, marker, how, about_nobody))
        return self.model.event(FORGERY, None, user=session.user, detail=where, extra=sent)

    def _send_entry(self, session: Session, where: str, text: str) -> None:
        lane = Lane(session.channel)
        client = fresh_device("forger")
        if where == NAME:
            self.bench.call("login_fail", User(text, password()), client, lane=lane)
            return
        held = session.sure.held
        if where == AGENT:
            client.headers = {**client.headers, "User-Agent": encoded(text)}
        else:
            held = (*held[:-1], held[-1].holding(encoded(text, unlike=' ;,"\\')))
        self.bench.probe(held, lane.channel, self.bench.probes(lane.channel)[0], client)

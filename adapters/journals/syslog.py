"""Syslog that the suite receives: over UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425)."""

import re
import socketserver
from collections.abc import Iterator
from typing import Any

from adapters.journals.inbox import LONGEST, Inbox
from adapters.journals.listening import Certificate, Listening, Streams, family

UDP, TCP, TLS = TRANSPORTS = ("udp", "tcp", "tls")
_PACKET = 65_535
_PIECE = 65_536
_COUNT = re.compile(rb"([1-9][0-9]{0,8}) (?=<)")
_MAY_COUNT = re.compile(rb"[1-9][0-9]{0,8}(?: )?\Z")
_END = re.compile(rb"[\n\0]")


class Framing:
    """Cuts a stream into messages: counted octets, or lines; each message says which it is.

    A sender that counts begins with a number and the `<` of the priority (RFC 6587, 3.4.1); all
    else ends with a line feed or, as some senders do, with a zero byte (3.4.2).
    """

    def __init__(self) -> None:
        self._rest = b""
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take what came and yield each message that is complete with it."""
        self._rest += data
        while self._rest:
            if self._skip:
                self._skip, self._rest = _less(self._skip, self._rest)
                continue
            if _MAY_COUNT.match(self._rest):
                return
            counted = _COUNT.match(self._rest)
            message = self._counted(counted) if counted else self._ended()
            if message is None:
                return
            yield message

    def end(self) -> bytes:
        """Return what came last and was not ended: a sender that dies says something, too."""
        rest, self._rest = self._rest, b""
        counted = _COUNT.match(rest)
        return rest[counted.end() :] if counted else rest

    def _counted(self, counted: re.Match[bytes]) -> bytes | None:
        size = int(counted[1])
        begin, kept = counted.end(), min(size, LONGEST)
        if len(self._rest) < begin + kept:
            return None
        message = self._rest[begin : begin + kept]
        self._rest, self._skip = self._rest[begin + kept :], size - kept
        return message

    def _ended(self) -> bytes | None:
        found = _END.search(self._rest)
        if found is None and len(self._rest) < LONGEST:
            return None
        stop, after = found.span() if found else (LONGEST, LONGEST)
        message, self._rest = self._rest[:stop], self._rest[after:]
        return message


def _less(skip: int, rest: bytes) -> tuple[int, bytes]:
    gone = min(skip, len(rest))
    return skip - gone, rest[gone:]


class _Stream(socketserver.BaseRequestHandler):
    server: Streams

    def handle(self) -> None:
        """Read until the sender hangs up."""
        framing, inbox = Framing(), self.server.inbox
        try:
            while data := self.request.recv(_PIECE):
                for message in framing.feed(data):
                    inbox.add(message)
        finally:
            inbox.add(framing.end())


class _Datagrams(socketserver.UDPServer):
    max_packet_size = _PACKET

    def __init__(self, address: tuple[str, int], inbox: Inbox) -> None:
        self.inbox = inbox
        self.addressfamily = family(address[0])
        super().__init__(address, _Datagram)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing on standard error; what could not be read is told by the source."""
        self.inbox.failed("a datagram could not be read")


class _Datagram(socketserver.BaseRequestHandler):
    server: _Datagrams

    def handle(self) -> None:
        """Keep one datagram, which is one message."""
        self.server.inbox.add(self.request[0])


class Syslog(Listening):
    """A syslog receiver.

    Args:
        name: what reports call it.
        transport: one of `TRANSPORTS`.
        address: host and port; port 0 takes any free one.
        certificate: how it proves itself over TLS; made anew where none is given.
    """

    def __init__(
        self,
        name: str,
        transport: str,
        address: tuple[str, int],
        *,
        certificate: Certificate | None = None,
    ) -> None:
        secured = (certificate or Certificate()) if transport == TLS else None
        super().__init__(name, address, certificate=secured)
        self.transport = transport
        self.connected = transport != UDP

    @property
    def url(self) -> str:
        """Where the target is to send to."""
        return f"{self.transport}://{self.address[0]}:{self.port}"

    def server(self) -> socketserver.BaseServer:
        """Return the bound server."""
        if self.transport == UDP:
            return _Datagrams(self.address, self.inbox)
        return Streams(self.address, _Stream, self.inbox, self.context)

"""The sockets of sources that wait for the target to send: bound, served by threads, given back.

They bind to loopback unless the profile names another address, and speak TLS by the standard
library only.
"""

import contextlib
import errno
import socket
import socketserver
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import trustme

from adapters.journals.inbox import Inbox
from adapters.journals.lines import Line, Source, SourceError

LOOPBACK = "127.0.0.1"
PATIENCE = 10.0
"""Seconds that a handshake may take."""
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Certificate:
    """How a listener proves itself: by files, or by a certificate made when it opens.

    `ca` is the file that the authority of a made certificate is written to, for the target to
    trust; an existing file is replaced.
    """

    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None

    def context(self, name: str, host: str) -> ssl.SSLContext:
        """Return what connections are encrypted with. Raises `SourceError`."""
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            if self.certificate is not None:
                found.load_cert_chain(self.certificate, self.key)
            else:
                self._made(found, host)
        except OSError as error:
            what = self.ca if self.certificate is None else self.certificate
            said = error.strerror or str(error)
            raise SourceError(
                f"{name}: {what} cannot be used ({said}); write a PEM certificate and its key, "
                "or a `ca` in a folder that can be written to"
            ) from None
        return found

    def _made(self, found: ssl.SSLContext, host: str) -> None:
        authority = trustme.CA()
        authority.issue_cert(host, "localhost", LOOPBACK).configure_cert(found)
        if self.ca is not None:
            authority.cert_pem.write_to_path(self.ca)


class Listening(ABC):
    """A source that a server of the standard library receives for; subclasses make the server.

    `connected` says whether a sender notices that nobody listens.
    """

    connected = True

    def __init__(
        self, name: str, address: tuple[str, int], *, certificate: Certificate | None = None
    ) -> None:
        self.name = name
        self.address = address
        self.certificate = certificate
        self.inbox = Inbox(name)
        self._server: socketserver.BaseServer | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    def server(self) -> socketserver.BaseServer:
        """Return the bound server; raises OSError when it cannot be bound."""

    @cached_property
    def context(self) -> ssl.SSLContext | None:
        """What connections are encrypted with; one that is made lasts as long as the source."""
        if self.certificate is None:
            return None
        return self.certificate.context(self.name, self.address[0])

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the target is to send to."""

    @property
    def port(self) -> int:
        """The port it listens on: the one that it got where any free one was asked for."""
        server: Any = self._server
        return self.address[1] if server is None else int(server.server_address[1])

    def open(self) -> None:
        """Listen from now on. Raises `SourceError`."""
        if self._server is not None:
            return
        host, port = self.address
        try:
            server = self.server()
        except OSError as error:
            raise SourceError(_unbound(self.name, host, port, error)) from None
        self._server = server
        # Whoever was told an address finds us there again.
        self.address = (host, self.port)
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": _POLL}, daemon=True
        )
        self._thread.start()

    @property
    def unheard(self) -> str:
        """Why somebody who wanted to send could not; empty once anything came at all."""
        return self.inbox.unheard

    def lines(self) -> list[Line]:
        """Return what came since the last call. Raises `SourceError`."""
        return self.inbox.take()

    def close(self) -> None:
        """Give the port back and end all threads; a second call does nothing."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is None or thread is None:
            return
        server.shutdown()
        if isinstance(server, Streams):
            server.hang_up()
        server.server_close()
        thread.join()


class Streams(socketserver.ThreadingTCPServer):
    """Takes connections, each in a thread of its own, and ends them all when it closes."""

    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[socketserver.BaseRequestHandler],
        inbox: Inbox,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.inbox = inbox
        self.context = context
        self._open: set[socket.socket] = set()
        self._guard = threading.Condition()
        self._closing = False
        self._busy = 0
        self.addressfamily = family(address[0])
        super().__init__(address, handler)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Shake hands in the thread of the connection, so that nobody else waits for it."""
        # Who sends may hang up at any time; what came before counts.
        with contextlib.suppress(OSError):
            if self.context is None:
                self._served(request, client_address)
            elif secured := self._secured(request):
                with secured:
                    self._served(secured, client_address)

    def _served(self, connection: socket.socket, client_address: Any) -> None:  # noqa: ANN401
        with self._guard:
            if self._closing:
                return
            self._open.add(connection)
        try:
            super().finish_request(connection, client_address)
        finally:
            with self._guard:
                self._open.discard(connection)

    def _secured(self, request: socket.socket) -> socket.socket | None:
        assert self.context is not None  # noqa: S101  asked before
        request.settimeout(PATIENCE)
        try:
            secured = self.context.wrap_socket(request, server_side=True)
        except OSError as error:
            said = getattr(error, "reason", None) or str(error)
            self.inbox.failed(
                f"a TLS handshake failed ({said}); let the target trust the certificate of this "
                "source, and send with TLS"
            )
            return None
        secured.settimeout(None)
        return secured

    @contextlib.contextmanager
    def taking(self) -> Iterator[bool]:
        """Have what is taken now acknowledged before anybody hangs up: else it is sent again.

        Yields whether anything is taken still.
        """
        with self._guard:
            open_ = not self._closing
            self._busy += 1
        try:
            yield open_
        finally:
            with self._guard:
                self._busy -= 1
                self._guard.notify_all()

    def hang_up(self) -> None:
        """End every connection, so that no thread waits for more."""
        with self._guard:
            self._closing = True
            self._guard.wait_for(lambda: not self._busy, PATIENCE / 5)
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing on standard error; what could not be read is told by the source."""
        self.inbox.failed("a connection could not be read to its end")


def unheard(sources: Iterable[Source]) -> str:
    """Return why nothing came to one of these sources though somebody tried, empty if none did."""
    mine = (source for source in sources if isinstance(source, Listening))
    return next((source.unheard for source in mine if source.unheard), "")


def family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _unbound(name: str, host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"{name}: port {port} of {host} is taken; end what listens there, or write another "
            "port here and in the target"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"{name}: port {port} of {host} is not allowed to us; write one above 1023"
    return f"{name}: {host}:{port} cannot be listened on ({error.strerror or error})"

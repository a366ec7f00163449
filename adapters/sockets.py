"""Connections that stay open (WebSocket, RFC 6455): opened through the one door, recorded alike.

The handshake is one exchange, and each message that is sent, with what came back, is another one.
"""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from adapters.contract import Device
from adapters.exchange import MESSAGE, TIMED_OUT, Exchange, Headers
from adapters.secrets import Secret
from adapters.transport import BODY_LIMIT, Tap, Tls, Transport, in_words

SWITCHED = 101
_OF_THE_HANDSHAKE = frozenset({"accept-encoding", "content-length", "host", "origin"})
_PROTOCOL = "sec-websocket-protocol"
_CLOSING_SECONDS = 0.5
# What the library has to say of a connection that breaks is in the exchange already.
_UNHEARD = logging.getLogger("adapters.sockets")
_UNHEARD.addHandler(logging.NullHandler())
_UNHEARD.propagate = False


@dataclass(slots=True)
class Wire:
    """One open connection of a device; one that the target has closed stays closed."""

    transport: Transport
    handshake: Exchange
    connection: ClientConnection | None
    learn: Tap | None = None

    def ask(self, message: str | None, seconds: float, *, afresh: bool = True) -> Exchange | None:
        """Send a message and return it with what came back; None once the connection is closed.

        Without a message the target speaks by itself, and is listened to. `afresh` leaves out what
        had arrived before: it was no answer.
        """
        if self.connection is None:
            return None
        self.transport.use_up()
        self.transport.pace.wait()
        began, sent_at = time.perf_counter(), time.time()
        data, trouble = b"", None
        try:
            if afresh:
                self._drop_what_waits(self.connection)
            if message is not None:
                self.connection.send(message)
            said = self.connection.recv(timeout=seconds)
            data = said.encode() if isinstance(said, str) else said
        except TimeoutError:
            trouble = f"no message {TIMED_OUT}"
        except (ConnectionClosed, OSError) as error:
            trouble = _closing(error)
            self.close()
        shown = self.handshake
        exchange = Exchange(
            self.transport.next_number(),
            shown.device,
            MESSAGE,
            shown.url,
            (),
            None if message is None else message.encode(),
            None if trouble else SWITCHED,
            (),
            data,
            time.perf_counter() - began,
            sent_at,
            trouble,
        )
        return _told(self.transport, exchange, self.learn)

    def close(self) -> None:
        """Close the connection; once is enough."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    @staticmethod
    def _drop_what_waits(connection: ClientConnection) -> None:
        while True:
            try:
                connection.recv(timeout=0)
            except TimeoutError:
                return


@contextlib.contextmanager
def _hung_up_after(seconds: float, reached: socket.socket) -> Iterator[None]:
    """End a handshake that takes longer: a refused one is waited for until the target hangs up."""
    spare = reached.dup()

    def hang_up() -> None:
        with contextlib.suppress(OSError):
            spare.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, hang_up)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        watch.join()
        spare.close()


def dial(
    transport: Transport,
    device: Device,
    url: str,
    *,
    headers: Mapping[str, str],
    cookies: Sequence[tuple[str, Secret]] = (),
    origin: str,
    learn: Tap | None = None,
) -> Wire:
    """Open a connection from a device, with the Origin that a page of this address would send.

    Redirects are never followed, so that nothing leaves the declared scope.
    """
    transport.scope.check(url)
    request = transport.prepared(device, "GET", url, headers, cookies, None)
    wanted = {str(k): _text(v) for k, v in request.headers.items()}
    kept = {k: v for k, v in wanted.items() if k.lower() not in {*_OF_THE_HANDSHAKE, _PROTOCOL}}
    asked = next((v for k, v in wanted.items() if k.lower() == _PROTOCOL), "")
    protocols = [Subprotocol(name.strip()) for name in asked.split(",") if name.strip()]
    transport.use_up()
    transport.pace.wait()
    began, sent_at = time.perf_counter(), time.time()
    status: int | None = None
    received: Headers = ()
    body, trouble, connection = b"", None, None
    try:
        if transport.proxy:
            raise OSError("a WebSocket is not opened through target.proxy")
        reached = _reached(url, device.source, transport.timeouts[0])
        with _hung_up_after(transport.timeouts[1] + _CLOSING_SECONDS, reached):
            connection = connect(
                _secured(url),
                sock=reached,
                ssl=_context(transport.tls) if url.startswith("https:") else None,
                origin=Origin(origin),
                subprotocols=protocols or None,
                compression=None,
                additional_headers=kept,
                user_agent_header=None,
                proxy=None,
                open_timeout=transport.timeouts[1],
                ping_interval=None,
                close_timeout=_CLOSING_SECONDS,
                max_size=BODY_LIMIT,
                logger=_UNHEARD,
                legacy=True,
            )
        status = SWITCHED
        if connection.response is not None:
            received = tuple(connection.response.headers.raw_items())
    except (WebSocketException, OSError, ValueError) as error:
        # An answer that leads elsewhere is wrapped into why it was not followed.
        causes = (error, error.__cause__, error.__context__)
        answered = next((e for e in causes if isinstance(e, InvalidStatus)), None)
        if answered is not None:
            status, body = answered.response.status_code, bytes(answered.response.body or b"")
            received = tuple(answered.response.headers.raw_items())
        else:
            trouble = in_words(error)
    exchange = Exchange(
        transport.next_number(),
        device.name,
        "GET",
        url,
        (*kept.items(), ("Origin", origin), ("Upgrade", "websocket")),
        None,
        status,
        received,
        body[:BODY_LIMIT],
        time.perf_counter() - began,
        sent_at,
        trouble,
    )
    return Wire(transport, _told(transport, exchange, learn), connection, learn)


def _told(transport: Transport, exchange: Exchange, learn: Tap | None) -> Exchange:
    if learn is not None:
        learn(exchange)
    for tap in transport.taps:
        tap(exchange)
    return exchange


def _secured(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return {"https": "wss", "http": "ws"}[scheme.lower()] + f"://{rest}"


def _reached(url: str, source: str, seconds: float) -> socket.socket:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = (parts.hostname or "", port)
    return socket.create_connection(address, seconds, (source, 0) if source else None)


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    if not tls.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if tls.client_cert:
        context.load_cert_chain(tls.client_cert, tls.client_key)
    return context


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _closing(error: Exception) -> str:
    frame = getattr(error, "rcvd", None)
    said = f" ({frame.code})" if frame is not None else ""
    return f"the connection was closed{said}"

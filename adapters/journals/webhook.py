"""A webhook that the suite listens on: whoever posts JSON to it delivers log lines or alerts."""

import json
import socketserver
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from adapters.journals.listening import Certificate, Listening, Streams

LARGEST = 8 * 1024 * 1024
"""Bytes of one delivery, unpacked; a larger one is answered with 413."""
NO_CONTENT = 204
_CHUNK = 64 * 1024
_GZIP = 32 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class _RejectedError(Exception):
    """A delivery that is not taken: the status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def records(body: bytes) -> Iterator[str]:
    """Yield each record of a delivery: of an array its elements, else each line by itself.

    One JSON document over several lines is one record; what is no JSON counts by lines.
    """
    text = body.decode("utf-8", "replace").strip("\ufeff\r\n\t ")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        yield from (line for line in text.splitlines() if line.strip())
        return
    for record in found if isinstance(found, list) else [found]:
        yield record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)


def unpacked(body: bytes, encoding: str) -> bytes:
    """Return a body without its content coding; never more than `LARGEST` bytes of it."""
    coding = encoding.strip().lower()
    if coding in {"", "identity"}:
        return body
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise _RejectedError(415)
    try:
        return _inflated(body, _GZIP)
    except zlib.error:
        pass
    try:
        return _inflated(body, _RAW)
    except zlib.error:
        raise _RejectedError(400) from None


def _inflated(body: bytes, window: int) -> bytes:
    unpacker = zlib.decompressobj(window)
    found = unpacker.decompress(body, LARGEST + 1)
    if len(found) > LARGEST:
        raise _RejectedError(413)
    if not unpacker.eof:
        raise zlib.error("cut off")
    return found


class _Delivery(BaseHTTPRequestHandler):
    server: "_Endpoint"
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        """Take one delivery and acknowledge it without content."""
        with self.server.taking() as taken:
            if taken:
                self._take()
            else:
                self.close_connection = True

    do_PUT = do_POST  # noqa: N815

    def _take(self) -> None:
        try:
            if urlsplit(self.path).path != self.server.path:
                raise _RejectedError(404)
            body = unpacked(self._body(), self.headers.get("Content-Encoding", ""))
        except _RejectedError as rejected:
            self.server.inbox.failed(
                f"a delivery to {urlsplit(self.path).path[:80]} was rejected with status "
                f"{rejected.status}; send JSON to {self.server.path}"
            )
            self.close_connection = True
            self._answer(rejected.status)
            return
        for record in records(body):
            self.server.inbox.add(record)
        self._answer(NO_CONTENT)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        size = self.headers.get("Content-Length", "0")
        if not size.isascii() or not size.isdecimal():
            raise _RejectedError(400)
        if int(size) > LARGEST:
            raise _RejectedError(413)
        return self.rfile.read(int(size))

    def _chunks(self) -> Iterator[bytes]:
        left = LARGEST
        while True:
            head = self.rfile.readline(_CHUNK).partition(b";")[0].strip()
            try:
                size = int(head, 16)
            except ValueError:
                raise _RejectedError(400) from None
            if not 0 <= size <= left:
                raise _RejectedError(413)
            if not size:
                break
            left -= size
            yield self.rfile.read(size)
            self.rfile.readline(_CHUNK)
        while self.rfile.readline(_CHUNK).strip():
            pass

    def _answer(self, status: int) -> None:
        self.send_response(status)
        if status != NO_CONTENT:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def version_string(self) -> str:
        """Say nothing of the software."""
        return "webhook"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error."""


class _Endpoint(Streams):
    def __init__(self, path: str, *made: Any) -> None:
        self.path = path
        super().__init__(*made)


class Webhook(Listening):
    """An HTTP endpoint for deliveries.

    Args:
        name: what reports call it.
        address: host and port; port 0 takes any free one.
        path: the path that deliveries go to.
        certificate: makes it an https endpoint.
    """

    def __init__(
        self,
        name: str,
        address: tuple[str, int],
        *,
        path: str = "/",
        certificate: Certificate | None = None,
    ) -> None:
        super().__init__(name, address, certificate=certificate)
        self.path = path

    @property
    def url(self) -> str:
        """Where the target is to send to."""
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://{self.address[0]}:{self.port}{self.path}"

    def server(self) -> socketserver.BaseServer:
        """Return the bound server."""
        return _Endpoint(self.path, self.address, _Delivery, self.inbox, self.context)

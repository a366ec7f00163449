"""A real HTTP server on a free loopback port that answers what a function says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server received it."""

    method: str
    path: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Given:
    """One answer for the server to send; None as status closes the connection instead."""

    status: int | None = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Answering = Callable[[Asked], Given]


@dataclass(slots=True)
class Server:
    """A running server and what it was asked."""

    url: str
    asked: list[Asked]


@contextmanager
def serving(answering: Answering) -> Iterator[Server]:
    """Serve on 127.0.0.1 for as long as the block lasts."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Asked(
                self.command, self.path, list(self.headers.items()), self.rfile.read(length)
            )
            asked.append(request)
            given = answering(request)
            if given.status is None:
                self.close_connection = True
                return
            self.send_response(given.status)
            for name, value in given.headers:
                self.send_header(name, value)
            if given.status != 204:
                self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(given.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that goes away is no news."""

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

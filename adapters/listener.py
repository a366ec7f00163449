"""A listener on loopback that notes who comes: a target must not fetch keys from where it is told.

Not a server for the outside: it binds to 127.0.0.1, and only for targets on this machine.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class Listener:
    """Serves given texts by path and remembers every path that was asked for."""

    def __init__(self) -> None:
        self.served: dict[str, bytes] = {}
        self.hits: list[str] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                listener.hits.append(path)
                body = listener.served.get(path, b"")
                self.send_response(200 if body else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Say nothing on standard error."""

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self.server.server_address[1]}"


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen until the end of the block."""
    listener = Listener()
    thread = threading.Thread(
        target=lambda: listener.server.serve_forever(poll_interval=0.02), daemon=True
    )
    thread.start()
    try:
        yield listener
    finally:
        listener.server.shutdown()
        listener.server.server_close()
        thread.join()


def on_this_machine(addresses: Sequence[str]) -> bool:
    """Return whether all addresses are loopback ones, so that the target can reach a listener."""
    return bool(addresses) and all(_loopback(urlsplit(one).hostname or "") for one in addresses)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

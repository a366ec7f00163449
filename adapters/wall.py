"""A proxy on loopback that lets nothing out, for all that a browser asks for outside the scope.

It also is the second site: the pages of an attacker, which no request has to leave for.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOST = "127.0.0.1"
SECOND_SITE = "http://second-site.localhost"
"""An origin that is same-site with no target: .localhost never leaves a machine (RFC 6761)."""
_REFUSED = 403


class Wall:
    """Refuses every request but those for pages of the second site."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        wall = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                mine = f"{address.scheme}://{address.netloc}" == SECOND_SITE
                body = wall.pages.get(address.path) if mine else None
                self.send_response(200 if body is not None else _REFUSED)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body or b"")))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body or b"")

            do_CONNECT = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Say nothing on standard error."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.server_address[1]}"
        threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.05), daemon=True
        ).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

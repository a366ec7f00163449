"""Pooled connections to the origins of one target.

Not what goes over them: that is the business of the transport.
"""

import itertools
import re
import socket
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.response import BaseHTTPResponse

CONNECTIONS = 64
FIRST, ADDRESSES = 2, 200
_numbers = itertools.count()
_END_OF_HOST = re.compile(r"[/?#]")


class Connections(HTTPAdapter):
    """Pools whose TLS settings never change, so that they are looked up once an origin.

    The answer is handed on as it came: headers, cookies and charset are read by us.
    """

    def __init__(self, source: str = "") -> None:
        self._source = source
        super().__init__(pool_connections=16, pool_maxsize=CONNECTIONS, max_retries=0)
        self._pools: dict[str, HTTPConnectionPool] = {}
        self._settled: set[HTTPConnectionPool] = set()

    def init_poolmanager(self, *sizes: Any, **settings: Any) -> None:
        """Set up pools whose connections come from the wanted address of this machine."""
        if self._source:
            settings["source_address"] = (self._source, 0)
        super().init_poolmanager(*sizes, **settings)

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: str | tuple[str, str] | None = None,
    ) -> HTTPConnectionPool:
        """Return the pool of the origin that a request goes to."""
        scheme, _, rest = str(request.url).partition("://")
        origin = f"{scheme}://{_END_OF_HOST.split(rest, maxsplit=1)[0]}"
        if origin not in self._pools:
            found = super().get_connection_with_tls_context(request, verify, proxies, cert)
            self._pools[origin] = cast(HTTPConnectionPool, found)
        return self._pools[origin]

    def cert_verify(
        self,
        conn: HTTPConnectionPool,
        url: str,
        verify: bool | str,
        cert: str | tuple[str, str] | None,
    ) -> None:
        """Set up the certificates of a pool the first time it is used."""
        if conn not in self._settled:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
            self._settled.add(conn)

    def build_response(
        self, req: requests.PreparedRequest, resp: BaseHTTPResponse
    ) -> requests.Response:
        """Return the answer with its status and its raw stream."""
        answer = requests.Response()
        answer.status_code, answer.raw, answer.request = resp.status, resp, req
        return answer


def other_source(nodes: Sequence[str]) -> str:
    """Return an address of this machine from which a target on it is reached, each time another.

    Nothing is returned where there is but one: only loopback has many.
    """
    address = f"127.0.0.{FIRST + next(_numbers) % ADDRESSES}"
    hosts = {urlsplit(url).hostname for url in nodes}
    if not all(host and host.startswith("127.") for host in hosts):
        return ""
    with socket.socket() as found:
        try:
            found.bind((address, 0))
        except OSError:
            return ""
    return address

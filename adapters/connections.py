"""Pooled connections to the origins of one target, which can hold back the end of a request.

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
from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

from adapters.gates import Turn, turn_here

CONNECTIONS = 64
FIRST, ADDRESSES = 2, 200
_numbers = itertools.count()
_END_OF_HOST = re.compile(r"[/?#]")


class _Held(HTTPConnection):
    """A connection whose last byte waits at a gate where the thread takes part in a race."""

    _turn: Turn | None = None
    _last = b""

    def putrequest(self, method: str, *where: Any, **how: Any) -> None:
        """Begin a request, which may be the one that is held back."""
        turn = turn_here()
        self._turn = turn if turn is not None and turn.holds(method) else None
        self._last = b""
        super().putrequest(method, *where, **how)

    def send(self, data: Any) -> None:  # noqa: ANN401  as declared in http.client
        """Send everything but the last byte there is so far."""
        if self._turn is None or not isinstance(data, bytes) or not data:
            super().send(data)
            return
        if so_far := self._last + data[:-1]:
            super().send(so_far)
        self._last = data[-1:]

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """Let go of the last byte when it is time, and read the answer."""
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.wait()
            super().send(self._last)
            turn.left()
        found = super().getresponse()
        if turn is not None:
            turn.answered()
        return found


class _HeldEncrypted(_Held, HTTPSConnection):
    """The same over TLS, where the last byte is a record of its own."""


_HOLDING: dict[Any, Any] = {HTTPConnection: _Held, HTTPSConnection: _HeldEncrypted}


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
            pool = cast(HTTPConnectionPool, found)
            pool.ConnectionCls = _HOLDING.get(pool.ConnectionCls, pool.ConnectionCls)
            self._pools[origin] = pool
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
    return _bindable(f"127.0.0.{FIRST + next(_numbers) % ADDRESSES}", nodes)


def far_source(nodes: Sequence[str]) -> str:
    """Return such an address in another network, whatever part of an address is compared."""
    return _bindable(f"127.{FIRST + next(_numbers) % ADDRESSES}.77.9", nodes)


def _bindable(address: str, nodes: Sequence[str]) -> str:
    hosts = {urlsplit(url).hostname for url in nodes}
    if not all(host and host.startswith("127.") for host in hosts):
        return ""
    with socket.socket() as found:
        try:
            found.bind((address, 0))
        except OSError:
            return ""
    return address

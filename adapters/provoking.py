"""Requests that a target has to refuse: what nobody offers, is malformed, or is for debugging.

None of them can change anything: they read, or use methods that no application has.
"""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from adapters.contract import Device, fresh_device
from adapters.exchange import Exchange
from adapters.transport import Transport

TRACE = "TRACE"
_UNKNOWN_METHOD = "PROPFIND"
_FOR_DEBUGGING = (
    *("/debug", "/actuator/env", "/actuator/httpexchanges", "/server-status"),
    *("/_profiler", "/trace.axd", "/phpinfo.php"),
)
_HALF_A_BODY = b'{"half": '
_LEFT_OUT = frozenset({"content-length", "content-type", "connection"})
_CLASSES = frozenset({400, 404, 405, 422, 501})
_FAILED = 500


def provoke(transport: Transport, genuine: Exchange) -> Iterator[Exchange]:
    """Repeat a request that was answered, each time with something in it that nobody offers.

    Everything the genuine one presented goes with it, in the places where it was.
    """
    device = fresh_device("error seeker")
    page, _, _ = genuine.url.partition("?")
    made_up = secrets.token_hex(6)
    yield _sent(transport, device, genuine, "GET", f"{page}/{made_up}")
    yield _sent(transport, device, genuine, "GET", _at(page, f"/{made_up}"))
    yield _sent(transport, device, genuine, _UNKNOWN_METHOD, page)
    yield _sent(transport, device, genuine, TRACE, page)
    yield _sent(transport, device, genuine, "GET", f"{page}?{made_up}=%ff%")
    yield _sent(transport, device, genuine, "GET", page, _HALF_A_BODY)
    for path in _FOR_DEBUGGING:
        yield _sent(transport, device, genuine, "GET", _at(page, path))


def kind_of_error(exchange: Exchange) -> str | None:
    """Return which class of errors an answer belongs to, None when it is none of those sought."""
    status = exchange.status or 0
    if status in _CLASSES:
        return str(status)
    return "500" if status >= _FAILED else None


def _at(page: str, path: str) -> str:
    return urlunsplit(urlsplit(page)._replace(path=path))


def _sent(
    transport: Transport,
    device: Device,
    genuine: Exchange,
    method: str,
    url: str,
    body: bytes | None = None,
) -> Exchange:
    headers = {k: v for k, v in genuine.request_headers if k.lower() not in _LEFT_OUT}
    if body is not None:
        headers["Content-Type"] = "application/json"
    return transport.send(device, method, url, headers=headers, body=body).last

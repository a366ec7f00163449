"""Requests that a target has to refuse: what nobody offers, is malformed, or is for debugging.

None of them can change anything: they read, or use methods that no application has.
"""

import secrets
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit, urlunsplit

from adapters.contract import Device, fresh_device
from adapters.exchange import Exchange
from adapters.transport import Scope, Transport

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

    Everything the genuine one presented goes with it, in the places where it was: never to what
    lies beside the target on its host, which may be an application of somebody else.
    """
    device = fresh_device("error seeker")
    page, _, _ = genuine.url.partition("?")
    base = _base(page, transport.nodes)
    made_up = secrets.token_hex(6)
    yield _sent(transport, device, genuine, "GET", f"{page}/{made_up}")
    if base is not None:
        yield _sent(transport, device, genuine, "GET", f"{base}/{made_up}")
    yield _sent(transport, device, genuine, _UNKNOWN_METHOD, page)
    yield _sent(transport, device, genuine, TRACE, page)
    yield _sent(transport, device, genuine, "GET", f"{page}?{made_up}=%ff%")
    yield _sent(transport, device, genuine, "GET", page, _HALF_A_BODY)
    for path in _FOR_DEBUGGING if base is not None else ():
        yield _sent(transport, device, genuine, "GET", f"{base}{path}")


def kind_of_error(exchange: Exchange) -> str | None:
    """Return which class of errors an answer belongs to, None when it is none of those sought."""
    status = exchange.status or 0
    if status in _CLASSES:
        return str(status)
    return "500" if status >= _FAILED else None


def _base(page: str, nodes: Sequence[str]) -> str | None:
    """Return the base address of the target that a page belongs to, None where that is not sure."""
    origin = urlunsplit(urlsplit(page)._replace(path=""))
    beside = [node.rstrip("/") for node in nodes if Scope([node]).allows(page)]
    around = [node for node in beside if page == node or page.startswith(f"{node}/")]
    return max(around, key=len) if around else (None if beside else origin)


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

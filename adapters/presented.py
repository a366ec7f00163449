"""Where in a recorded request an artefact stands, and the request of somebody who holds none.

It reads what was sent, and sends nothing.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from adapters.contract import Artefact, Place
from adapters.exchange import Exchange, header

USUAL = frozenset({"cookie", "authorization"})
"""Headers that are of nobody else, whatever is declared."""


def carries(exchange: Exchange, artefact: Artefact) -> bool:
    """Return whether a request presented this artefact, in its place or in a usual one."""
    value = artefact.value.reveal()
    return any(value in sent for sent in _credentials(exchange, artefact))


def _credentials(exchange: Exchange, artefact: Artefact) -> Iterator[str]:
    yield from exchange.cookies_sent
    yield header(exchange.request_headers, "Authorization") or ""
    name, parts = artefact.name, urlsplit(exchange.url)
    match artefact.place:
        case Place.HEADER:
            yield header(exchange.request_headers, name) or ""
        case Place.QUERY:
            yield from (value for key, value in parse_qsl(parts.query) if key == name)
        case Place.PATH:
            yield from (unquote(part) for part in _of_path(parts.path, name))
        case Place.BODY:
            fields = _fields(exchange)
            yield from (value for key, value in fields if key == name)


def _of_path(path: str, name: str) -> Iterator[str]:
    """Yield what stands in a path as `;name=value`."""
    for part in path.split("/"):
        for parameter in part.split(";")[1:]:
            key, _, value = parameter.partition("=")
            if key == name:
                yield value


def _fields(exchange: Exchange) -> list[tuple[str, str]]:
    content = _json(exchange)
    if content is not None:
        return [(key, value) for key, value in content.items() if isinstance(value, str)]
    return parse_qsl((exchange.request_body or b"").decode("utf-8", "replace"))


def _json(exchange: Exchange) -> dict[str, object] | None:
    try:
        found = json.loads(exchange.request_body or b"")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def without(exchange: Exchange, artefacts: Collection[Artefact]) -> Exchange:
    """Return the same request of somebody who holds none of these artefacts."""
    named = {(a.place, a.name) for a in artefacts}
    headers = USUAL | {name.lower() for place, name in named if place is Place.HEADER}
    kept = tuple(one for one in exchange.request_headers if one[0].lower() not in headers)
    return replace(
        exchange,
        request_headers=kept,
        url=_without_in_address(exchange.url, named),
        request_body=_without_in_body(
            exchange, {name for place, name in named if place is Place.BODY}
        ),
    )


def _without_in_address(url: str, named: Collection[tuple[Place, str]]) -> str:
    parts = urlsplit(url)
    path, query = parts.path, parts.query
    for place, name in named:
        if place is Place.PATH:
            for value in _of_path(path, name):
                path = path.replace(f";{name}={value}", "")
        elif place is Place.QUERY:
            pairs = (pair for pair in query.split("&") if _name_of(pair) != name)
            query = "&".join(pairs)
    return urlunsplit(parts._replace(path=path, query=query))


def _name_of(pair: str) -> str:
    return next((name for name, _ in parse_qsl(pair, keep_blank_values=True)), "")


def _without_in_body(exchange: Exchange, names: Collection[str]) -> bytes | None:
    fields = _fields(exchange)
    if not any(name in names for name, _ in fields):
        return exchange.request_body
    content = _json(exchange)
    if content is not None:
        return json.dumps({k: v for k, v in content.items() if k not in names}).encode()
    return urlencode([(name, value) for name, value in fields if name not in names]).encode()

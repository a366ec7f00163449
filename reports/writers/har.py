"""The exchanges of a minimal scenario as an HTTP archive (HAR 1.2), one page for each step.

It holds what was on the wire with pseudonyms in the place of secrets, so it cannot be sent again;
`replay.sh` can.
"""

from collections.abc import Iterable
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters.exchange import Exchange, header
from reports.writers.runjson import body_text, shortened, timestamp
from suites.kernel.results import Act, Violation

VERSION = "1.2"
_BEFORE = "before"


def har(violation: Violation, *, tool: str = "0") -> dict[str, Any]:
    """Return the last replay of a violation as an HTTP archive."""
    places = {
        call.number: act.name for act in violation.story.acts for call in (*act.calls, *act.looks)
    }
    purposes = {
        call.number: call.purpose
        for act in violation.story.acts
        for call in (*act.calls, *act.looks)
    }
    entries = [
        _entry(exchange, places.get(exchange.number, _BEFORE), purposes.get(exchange.number, ""))
        for exchange in violation.exchanges
    ]
    return {
        "log": {
            "version": VERSION,
            "creator": {"name": "session-conformance", "version": tool},
            "pages": list(_pages(violation.story.acts, entries)),
            "entries": entries,
            "comment": f"{violation.requirement}: {violation.claim}",
        }
    }


def _pages(acts: Iterable[Act], entries: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    titles = {_BEFORE: "getting ready, controls and cleaning up"} | {a.name: a.told for a in acts}
    for name, title in titles.items():
        mine = [entry for entry in entries if entry["pageref"] == name]
        if mine:
            yield {
                "startedDateTime": mine[0]["startedDateTime"],
                "id": name,
                "title": title,
                "pageTimings": {"onContentLoad": -1, "onLoad": -1},
            }


def _entry(exchange: Exchange, page: str, purpose: str) -> dict[str, Any]:
    milliseconds = round(exchange.seconds * 1000, 3)
    said = [f"by {exchange.device}", purpose, exchange.trouble or ""]
    return {
        "pageref": page,
        "startedDateTime": timestamp(exchange.sent_at),
        "time": milliseconds,
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": "; ".join(part for part in said if part),
    }


def _request(exchange: Exchange) -> dict[str, Any]:
    query = urlsplit(exchange.url).query
    told: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [
            {"name": name, "value": value}
            for pair in (header(exchange.request_headers, "Cookie") or "").split("; ")
            for name, _, value in [pair.partition("=")]
            if name
        ],
        "headers": _pairs(exchange.request_headers),
        "queryString": _pairs(parse_qsl(query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(exchange.request_body or b""),
    }
    if exchange.request_body:
        mime = header(exchange.request_headers, "Content-Type") or ""
        told["postData"] = {"mimeType": mime, "text": body_text(exchange.request_body)}
    return told


def _response(exchange: Exchange) -> dict[str, Any]:
    status = exchange.status or 0
    return {
        "status": status,
        "statusText": responses.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [
            {"name": cookie.name, "value": str(cookie.value)} for cookie in exchange.cookies_set
        ],
        "headers": _pairs(exchange.headers),
        "content": {
            "size": len(exchange.body),
            "mimeType": header(exchange.headers, "Content-Type") or "",
            "text": shortened(exchange.text),
        },
        "redirectURL": header(exchange.headers, "Location") or "",
        "headersSize": -1,
        "bodySize": len(exchange.body),
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]

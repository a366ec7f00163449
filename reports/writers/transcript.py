"""Requests and answers of a scenario as text, as they were on the wire.

It is for reading; `curl` gives what can be run.
"""

from collections.abc import Iterable, Iterator

from adapters.exchange import Exchange
from reports.writers.runjson import timestamp

LONGEST_BODY = 4_000


def transcript(exchanges: Iterable[Exchange]) -> str:
    """Return what was asked and answered, in order."""
    return "\n\n".join("\n".join(_lines(exchange)) for exchange in exchanges)


def _lines(exchange: Exchange) -> Iterator[str]:
    yield f"# {exchange.number}  {exchange.device}  {timestamp(exchange.sent_at)}"
    yield f"{exchange.method} {exchange.url}"
    yield from (f"{name}: {value}" for name, value in exchange.request_headers)
    if exchange.request_body:
        yield ""
        yield _shortened(exchange.request_body.decode("utf-8", "replace"))
    yield ""
    if exchange.trouble:
        yield f"! {exchange.trouble}"
    if exchange.status is not None:
        yield f"{exchange.status}  ({exchange.seconds * 1000:.1f} ms)"
        yield from (f"{name}: {value}" for name, value in exchange.headers)
        if exchange.body:
            yield ""
            yield _shortened(exchange.text)


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_BODY:
        return text
    return f"{text[:LONGEST_BODY]}... ({len(text) - LONGEST_BODY} characters left out)"

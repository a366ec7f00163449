"""Tells a whole run as plain data: run.json, for other programs.

It leaves out no verdict; it shortens only long bodies of answers, and says so.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.exchange import Exchange
from reports.writers import words
from suites.catalogue import Requirement
from suites.kernel.results import RunRecord, Scenario

RUN_SCHEMA = 1
LONGEST_BODY = 65_536


def run_json(record: RunRecord) -> dict[str, Any]:
    """Return the run as `reports/run.schema.json` describes it."""
    told: dict[str, Any] = plain(record)
    return {
        "schema": RUN_SCHEMA,
        "outcome": words.headline(record),
        "counts": {str(verdict): count for verdict, count in words.counts(record).items()},
        **told,
    }


def plain(value: object) -> Any:  # noqa: ANN401  plain data has no narrower type
    """Return a record as mappings, lists, text and numbers; a secret as its pseudonym."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Exchange):
        return exchange_json(value)
    if isinstance(value, Scenario):
        return plain(value.to_json())
    if is_dataclass(value) and not isinstance(value, type):
        found = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, Requirement):
            # Seeded faults test the suite, not the target.
            del found["mutants"]
        return found
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return body_text(value) if isinstance(value, bytes) else str(value)


def exchange_json(exchange: Exchange) -> dict[str, Any]:
    """Return one request and its answer as plain data."""
    body = exchange.request_body
    return {
        "number": exchange.number,
        "device": exchange.device,
        "sent_at": timestamp(exchange.sent_at),
        "seconds": round(exchange.seconds, 6),
        "method": exchange.method,
        "url": exchange.url,
        "request_headers": [list(pair) for pair in exchange.request_headers],
        "request_body": None if body is None else body_text(body),
        "status": exchange.status,
        "headers": [list(pair) for pair in exchange.headers],
        "body": shortened(exchange.text),
        "trouble": exchange.trouble,
    }


def timestamp(epoch: float) -> str:
    """Return a moment as UTC text."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def body_text(data: bytes) -> str:
    """Return a body as text, shortened where it is very long."""
    return shortened(data.decode("utf-8", "replace"))


def shortened(text: str) -> str:
    """Return the text, or its start and how much is missing."""
    if len(text) <= LONGEST_BODY:
        return text
    return f"{text[:LONGEST_BODY]}... ({len(text) - LONGEST_BODY} characters left out)"

"""Finds where an answer issued a value, and where a request hands it on.

It writes no script; see `curl`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from adapters.exchange import Exchange
from reports.redaction import SHORTEST

_CONTEXT = 40
# A digit, or a capital behind a small letter: ordinary words of a path have neither.
_HANDLE = re.compile(r"(?=[\w.~-]*(?:\d|[a-z][A-Z]))[\w.~-]{8,}")
_WORD = re.compile(r"[\w.~-]{8,}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where in an answer a value stands: a helper of the script and its arguments."""

    helper: str
    arguments: tuple[str, ...]
    name: str
    told: str


@dataclass(frozen=True, slots=True)
class Use:
    """A place in a request that holds the value of a shell variable, perhaps through a helper."""

    variable: str
    through: str = ""


def spot(exchanges: Sequence[Exchange], secrets: Iterable[str]) -> list[str]:
    """Return the values that the requests carry: secrets, and public handles that were issued."""
    requests = "\n".join(_request_text(exchange) for exchange in exchanges)
    found = [
        value
        for value in secrets
        if len(value) >= SHORTEST and any(form in requests for form in _forms(value))
    ]
    known = set(found)
    answers = [dict(_leaves(exchange)) for exchange in exchanges]
    handles = {
        value
        for leaves in answers
        for value in leaves.values()
        if value not in known and _HANDLE.fullmatch(value)
    }
    if handles:
        found += [word for word in dict.fromkeys(_WORD.findall(requests)) if word in handles]
    return found


def find(exchange: Exchange, value: str) -> Source | None:
    """Return where the answer holds the value, None when it does not."""
    counts: dict[str, int] = {}
    for name, content in exchange.headers:
        if name.lower() != "set-cookie":
            continue
        cookie, _, rest = content.partition("=")
        counts[cookie] = counts.get(cookie, 0) + 1
        if rest.partition(";")[0].strip() == value:
            arguments = (re.sub(r"([.\[\]*^$\\/])", r"\\\1", cookie), str(counts[cookie]))
            return Source("cookie", arguments, cookie, f"cookie {cookie}")
    for path, leaf in _leaves(exchange):
        if leaf == value:
            return Source("field", path, path[-1] if path else "value", f"field {'.'.join(path)}")
    return _between(exchange, value)


def prepared(
    text: str, bound: Mapping[str, str], *, in_address: bool = False, in_json: bool = False
) -> Iterator[str | Use]:
    """Yield the text in parts, with a `Use` in the place of each bound value."""
    forms: dict[str, Use] = {}
    for value, variable in bound.items():
        if in_json:
            forms[json.dumps(value)] = Use(variable, "json_text")
            forms[json.dumps(value, ensure_ascii=False)] = Use(variable, "json_text")
        if in_address:
            forms.setdefault(quote(value, safe=""), Use(variable, "encoded"))
            forms.setdefault(quote_plus(value), Use(variable, "encoded"))
        # As it is, where its own encoding changes nothing.
        forms[value] = Use(variable)
    pattern = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    if not pattern:
        yield text
        return
    done = 0
    for match in re.finditer(pattern, text):
        yield text[done : match.start()]
        yield forms[match[0]]
        done = match.end()
    yield text[done:]


def _between(exchange: Exchange, value: str) -> Source | None:
    """Return the value's place by the text before it, which must be told apart from all others."""
    headers = "".join(f"{name}: {content}\r\n" for name, content in exchange.headers)
    for file, text in (("headers", headers), ("body", exchange.text)):
        at = text.find(value)
        if at < 0:
            continue
        start = text[max(0, at - _CONTEXT) : at].rpartition("\n")[2]
        if file == "headers":
            # Header names arrive in other letter cases elsewhere (HTTP/2): keep what follows.
            start = start.rpartition(": ")[2] or start
        after = at + len(value)
        end = "\r" if file == "headers" and text[after] == "\r" else text[after : after + 1]
        if not start or text.index(start) + len(start) != at or end in value[:-1]:
            continue
        return Source("between", (file, start, end), "", f"such value in its {file}")
    return None


def _leaves(exchange: Exchange) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (path, value) of each text in a JSON answer."""
    try:
        document = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return
    waiting: list[tuple[tuple[str, ...], object]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict):
            waiting += [((*path, str(key)), item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, str(place)), item) for place, item in enumerate(value)]


def _request_text(exchange: Exchange) -> str:
    headers = "\n".join(value for _, value in exchange.request_headers)
    body = (exchange.request_body or b"").decode("utf-8", "replace")
    return f"{exchange.url}\n{headers}\n{body}"


def _forms(value: str) -> tuple[str, ...]:
    """Return how a value is written in an address, a form and a JSON text."""
    return (
        value,
        quote(value, safe=""),
        quote_plus(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    )

"""Finding one value in an answer: by cookie, header, JSON path, form field, meta tag or pattern.

It returns text or nothing; what the value is for is not known here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.jsonpath import JSONPath
from jsonpath_ng.parser import parse as parse_json_path
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from adapters.exchange import Reply

_SELECTORS = {"field": "[name]", "meta": "meta[name]"}
_VALUES = {"field": "value", "meta": "content", "css": ""}
WORDS = ("json", "pointer", "regex", "css", "header", "cookie", "field", "meta", "storage")


@dataclass(frozen=True, slots=True)
class Source:
    """Where in an answer a value stands: one of WORDS, and what it says."""

    how: str
    what: str
    attribute: str | None = None

    def problem(self) -> str | None:
        """Say what is wrong with the expression itself, None when nothing is."""
        try:
            if self.how == "json":
                _json_path(self.what)
            elif self.how == "regex":
                re.compile(self.what)
            elif self.how == "css":
                LexborHTMLParser("").css(self.what)
        except JSONPathError as error:
            return f"'{self.what}' is no JSON path ({error})"
        except re.error as error:
            return f"'{self.what}' is no regular expression ({error})"
        except SelectolaxError:
            return f"'{self.what}' is no CSS selector"
        return None

    def find(self, reply: Reply) -> str | None:
        """Return the first value, None when there is none or it is empty."""
        return next((value for value in self.find_all(reply) if value), None)

    def find_all(self, reply: Reply) -> Iterator[str]:
        """Iterate over the values in the order of the answer."""
        match self.how:
            case "json":
                yield from json_values(reply.json(), self.what)
            case "pointer":
                yield from _pointed(reply.json(), self.what)
            case "regex":
                for found in re.finditer(self.what, reply.text):
                    yield found[1] if found.re.groups else found[0]
            case "header":
                value = reply.header(self.what)
                if value is not None:
                    yield value
            case "cookie":
                for cookie in reversed(reply.cookies_set):
                    if cookie.name == self.what and not cookie.deletes:
                        yield cookie.value.reveal()
            case "storage":
                # No answer holds it: who logs in with a browser reads it there.
                return
            case _:
                yield from _in_markup(self, reply.text)


@lru_cache(maxsize=8)
def _parsed(text: str) -> LexborHTMLParser:
    """Return a page as a tree; several sources often read the same answer."""
    return LexborHTMLParser(text)


def _in_markup(source: Source, text: str) -> Iterator[str]:
    if "<" not in text or (source.how in _SELECTORS and source.what not in text):
        return
    for tag in _parsed(text).css(_SELECTORS.get(source.how, source.what)):
        if source.how == "css" and not source.attribute:
            yield tag.text().strip()
        elif source.how == "css" or tag.attributes.get("name") == source.what:
            yield tag.attributes.get(source.attribute or _VALUES[source.how]) or ""


def source_of(written: str | Mapping[str, str]) -> Source | None:
    """Return the source a declaration means, None when it has not exactly one of WORDS."""
    if isinstance(written, str):
        return Source("json", written)
    said = [word for word in WORDS if word in written]
    if len(said) != 1:
        return None
    return Source(said[0], written[said[0]], written.get("attribute"))


@cache
def _json_path(path: str) -> JSONPath:
    return parse_json_path(path)


def json_values(content: object, path: str) -> Iterator[str]:
    """Iterate over the scalar values at a JSON path, as text."""
    for value in json_nodes(content, path):
        if text := as_text(value):
            yield text


def json_nodes(content: object, path: str) -> list[object]:
    """Return everything at a JSON path."""
    if content is None:
        return []
    return [found.value for found in _json_path(path).find(content)]


def _pointed(content: object, pointer: str) -> Iterator[str]:
    """Follow a JSON pointer (RFC 6901)."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(content, dict):
            content = content.get(key)
        elif isinstance(content, list) and key.isdigit() and int(key) < len(content):
            content = content[int(key)]
        else:
            return
    yield as_text(content)


def as_text(value: object) -> str:
    """Return a JSON scalar as text; null and containers are empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""

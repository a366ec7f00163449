"""From the text of a log line to its fields, whatever format it is written in."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from adapters.journals.headers import syslog
from adapters.journals.pairs import cef, key_value

Fields = Mapping[str, Any]
_ENTRY = "MESSAGE"
"""The field of a journal entry that holds what the program itself wrote."""


def fields(text: str) -> Fields | None:
    """Return the fields of a line, None where it is in no known format."""
    for read in READERS:
        found = read(text)
        if found is not None:
            return found
    return None


def patterned(pattern: str) -> Callable[[str], Fields | None]:
    """Return a reader of lines of text, whose fields are the named groups of a pattern.

    Raises:
        re.error: the pattern is no regular expression.
    """
    compiled = re.compile(pattern)

    def read(text: str) -> Fields | None:
        found = compiled.search(text)
        return None if found is None else {k: v for k, v in found.groupdict().items() if v}

    return read


def value_at(content: object, path: str) -> object:
    """Return what stands at a dotted path; a key may hold dots itself, as in flat ECS."""
    if isinstance(content, Mapping):
        if path in content:
            return content[path]
        for cut in range(len(path) - 1, 0, -1):
            if path[cut] == "." and path[:cut] in content:
                found = value_at(content[path[:cut]], path[cut + 1 :])
                if found is not None:
                    return found
    if isinstance(content, list):
        head, _, rest = path.partition(".")
        if head.isdecimal() and int(head) < len(content):
            return value_at(content[int(head)], rest) if rest else content[int(head)]
    return None


def _json(text: str) -> Fields | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    message = found.get(_ENTRY)
    inner = _of_message(message) if isinstance(message, str) else None
    return {**found, **inner} if inner else found


def _with_header(text: str) -> Fields | None:
    """Read a line that syslog has put a header before; what its message says counts most."""
    found = syslog(text)
    if found is None:
        return None
    header, message = found
    return {**header, "message": message, **(_of_message(message) or {})}


def _of_message(message: str) -> Fields | None:
    return next((told for read in BARE if (told := read(message)) is not None), None)


BARE: tuple[Callable[[str], Fields | None], ...] = (_json, cef, key_value)
READERS: tuple[Callable[[str], Fields | None], ...] = (_json, _with_header, cef, key_value)
"""Each reads one format and returns None for a line of another."""

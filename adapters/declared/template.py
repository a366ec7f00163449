"""Words in braces within a declaration, as `{user.name}`, and what they are replaced by.

Braces that hold none of the known words stay as they are.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from adapters.contract import ABSENT

_ROOTS = ("user", "handle")
PLAIN = (
    *("new", "old", "value", "role", "session", "access", "refresh", "csrf", "pending"),
    *("claims", "header", "seconds", "scope"),
    *("remember", "reset", "link", "fault", "node", "totp", "sink"),
)
SECOND_FACTOR = "what totp is made from"
"""What {totp} is made from; no template can hold this word."""
DOTTED = ("user.name", "user.password", "user.reference", "user.identity", "handle.id")
_WORD = re.compile(
    r"\{(" + "|".join(PLAIN) + r"|user\.personal\.[\w-]+|(?:" + "|".join(_ROOTS) + r")\.[\w.-]+)\}"
)


class MissingWord(Exception):  # noqa: N818  the word is what is missing, no error of the target
    """A template needs a word that this call does not have."""


def unknown_words(value: object) -> Iterator[str]:
    """Iterate over the words in braces that look like templates and are none."""
    if isinstance(value, str):
        for word in _WORD.findall(value):
            if word not in (*PLAIN, *DOTTED) and not word.startswith("user.personal."):
                yield word
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from unknown_words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from unknown_words(inner)


def fill(text: str, words: Mapping[str, str], *, in_path: bool = False) -> str:
    """Return the text with its words filled in, percent-encoded where it is a path."""
    if "{" not in text:
        return text

    def filled(found: re.Match[str]) -> str:
        if found[1] not in words:
            raise MissingWord(found[1])
        return quote(words[found[1]], safe="") if in_path else words[found[1]]

    return _WORD.sub(filled, text)


def fill_all(value: Any, words: Mapping[str, str]) -> Any:  # noqa: ANN401  JSON of the user
    """Return a JSON value with every text in it filled in."""
    if isinstance(value, str):
        return fill(value, words)
    if isinstance(value, Mapping):
        filled = {key: fill_all(inner, words) for key, inner in value.items()}
        return {key: inner for key, inner in filled.items() if not _absent(inner)}
    if isinstance(value, list):
        return [fill_all(inner, words) for inner in value]
    return value


def uses(value: object, word: str) -> bool:
    """Tell whether a part of a declaration has this word in it."""
    if isinstance(value, str):
        return word in _WORD.findall(value)
    if isinstance(value, Mapping):
        return any(uses(inner, word) for inner in value.values())
    return isinstance(value, list) and any(uses(inner, word) for inner in value)


def _absent(value: object) -> bool:
    return isinstance(value, str) and ABSENT.reveal() in value

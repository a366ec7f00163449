"""Records that are made of pairs: key=value (logfmt) and CEF, the Common Event Format.

Broken input gives None or less fields, and never raises.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PAIR = re.compile(
    r"""(?:^|(?<=[\s,;]))(?P<key>[A-Za-z_@][\w.@/:-]{0,127})=
        (?:"(?P<quoted>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<plain>[^\s"']*))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"n": "\n", "r": "\r", "t": "\t"}
_CEF = re.compile(r"CEF:\s?(\d{1,3})\|")
_PART = re.compile(r"((?:[^\\|]|\\.)*)\|", re.DOTALL)
_EXTENSION = re.compile(r"(?:^|(?<= ))([A-Za-z_][\w.\[\]-]{0,127})=")
_HEADER = ("vendor", "product", "version", "signature", "name", "severity")


def key_value(text: str) -> Mapping[str, Any] | None:
    """Return the pairs of a line and the words before them as `message`; None without any pair.

    A key that stands there twice has a list of its values: which one counts is not ours to say.
    """
    pairs = list(_PAIR.finditer(text))
    if not pairs:
        return None
    told = _gathered((pair["key"], _value(pair)) for pair in pairs)
    before = text[: pairs[0].start()].strip()
    return {"message": before, **told} if before and "message" not in told else told


def _value(pair: re.Match[str]) -> str:
    quoted = pair["quoted"] if pair["quoted"] is not None else pair["single"]
    return pair["plain"].rstrip(",;") if quoted is None else _plain(quoted)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), text)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key not in found:
            found[key] = value
        elif isinstance(found[key], list):
            found[key].append(value)
        else:
            found[key] = [found[key], value]
    return found


def cef(text: str) -> Mapping[str, Any] | None:
    """Return the header and the extension of a CEF record; None where it is none.

    What has a label (cs1 with cs1Label) is there under its label, too.
    """
    begin = _CEF.match(text)
    if begin is None:
        return None
    found: dict[str, Any] = {"cef": int(begin[1])}
    at = begin.end()
    for name in _HEADER:
        part = _PART.match(text, at)
        if part is None:
            return None
        found[name], at = _plain(part[1]), part.end()
    extension = text[at:].rstrip("\r\n")
    keys = [key for key in _EXTENSION.finditer(extension) if not _masked(extension, key.end() - 1)]
    ends = [key.start() for key in keys[1:]] + [len(extension)]
    told = _gathered(
        (key[1], _plain(extension[key.end() : end].rstrip(" ")))
        for key, end in zip(keys, ends, strict=True)
    )
    labelled = {
        str(label): told[key.removesuffix("Label")]
        for key, label in told.items()
        if key.endswith("Label") and key.removesuffix("Label") in told
    }
    return {**labelled, **told, **found}


def _masked(text: str, at: int) -> bool:
    """Tell whether the character there is meant as itself, by an odd number of backslashes."""
    before = text[:at]
    return bool((len(before) - len(before.rstrip("\\"))) % 2)

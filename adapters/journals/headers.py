"""The headers that syslog puts before a message: RFC 5424, RFC 3164, and what senders make of them.

Broken input gives None or less fields, and never raises.
"""

import re
from collections.abc import Mapping
from typing import Any

_HIGHEST = 191
_SEVERITIES = (
    *("emergency", "alert", "critical", "error"),
    *("warning", "notice", "informational", "debug"),
)
_PRIORITY = re.compile(r"<(\d{1,3})>")
_NEW = re.compile(
    r"1 (?P<timestamp>\S{1,64}) (?P<host>\S{1,255}) (?P<app>\S{1,48}) (?P<procid>\S{1,128}) "
    r"(?P<msgid>\S{1,32}) (?=-|\[)"
)
_OLD = re.compile(
    r"(?P<timestamp>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|"
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?) "
    r"(?P<host>[\w.:-]{1,255}) (?P<app>[^\s:\[\]]{1,48})(?:\[(?P<procid>[^\]\s]{1,128})\])?: ?"
)
_TAG = re.compile(r"(?P<app>[\w./-]{1,48})(?:\[(?P<procid>\d{1,10})\])?: ")
_ELEMENT = re.compile(r"\[([^\s=\]\"]{1,128})")
_PARAMETER = re.compile(r' ([^\s=\]"]{1,128})="((?:[^"\\\]]|\\.)*)"')
_ESCAPED = re.compile(r'\\(["\\\]])')


def syslog(text: str) -> tuple[Mapping[str, Any], str] | None:
    """Return the fields of a syslog header and the message behind it; None where there is none."""
    priority = _PRIORITY.match(text)
    if priority is None or int(priority[1]) > _HIGHEST:
        return _without_priority(text)
    number, rest = int(priority[1]), text[priority.end() :]
    found: dict[str, Any] = {"severity": _SEVERITIES[number % 8], "facility": number // 8}
    if new := _NEW.match(rest):
        structured, message = _structured(rest[new.end() :])
        found |= _told(new)
        if structured:
            found["structured"] = structured
        return found, message.removeprefix("\ufeff")
    old = _OLD.match(rest) or _TAG.match(rest)
    if old is not None:
        return found | _told(old), rest[old.end() :]
    return found, rest


def _without_priority(text: str) -> tuple[Mapping[str, Any], str] | None:
    """Return the same of a line as it stands in a file, where the priority was left out."""
    old = _OLD.match(text)
    return None if old is None else (_told(old), text[old.end() :])


def _told(match: re.Match[str]) -> dict[str, Any]:
    return {name: value for name, value in match.groupdict().items() if value not in {None, "-"}}


def _structured(text: str) -> tuple[dict[str, dict[str, str]], str]:
    found: dict[str, dict[str, str]] = {}
    if text.startswith("-"):
        return found, text[1:].removeprefix(" ")
    at = 0
    while element := _ELEMENT.match(text, at):
        at = element.end()
        named = found.setdefault(element[1], {})
        while parameter := _PARAMETER.match(text, at):
            named[parameter[1]] = _ESCAPED.sub(r"\1", parameter[2])
            at = parameter.end()
        if text[at : at + 1] != "]":
            break
        at += 1
    return found, text[at:].removeprefix(" ")

"""From the fields of a log line to the events it stands for, as the profile maps them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.journals.formats import Fields, value_at
from adapters.journals.lines import Line
from adapters.journals.times import moment
from adapters.schemacheck import did_you_mean

KINDS: Mapping[str, str] = {
    "login_success": "a login that was let in",
    "login_failure": "a login with a wrong password",
    "logout": "a logout by the user",
    "refresh": "a session renewed with a refresh token",
    "rotation": "a refresh token replaced by a new one",
    "expiry": "a session that ended by a limit of time",
    "revocation": "a session that something else than its own logout ended",
    "password_change": "a changed password",
    "role_change": "a changed role",
    "action": "a private note stored in a session",
    "impersonation": "support staff that begin to act as a user",
    "impersonation_end": "support staff that are themselves again",
    "reuse": "a refresh token used once more",
    "dead_use": "the identifier or token of an ended session presented",
    "expired_use": "the identifier or token of an expired session presented",
    "unknown_use": "an identifier presented that nobody issued",
    "tampered_use": "a token presented that was changed or made up",
    "refused_refresh": "a refresh token refused that was not used before",
    "binding_mismatch": "a session refused where it is not bound to",
    "csrf_refused": "a request refused that another site had a browser send",
}
"""The events that a profile can map -> what each is."""

PARTS = ("time", "subject", "handle", "source", "outcome", "actor", "previous", "count")
"""What of an event stands in fields of its own."""

_LONGEST_SHOWN = 64
_COUNT = re.compile(r"[0-9]{1,9}")
Check = Callable[[object], bool]
Rule = tuple[tuple[str, Check], ...]


class MapError(Exception):
    """A mistake in an event map: the keys that lead to it, and one sentence."""

    def __init__(self, at: tuple[str | int, ...], sentence: str) -> None:
        super().__init__(sentence)
        self.at = at


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the log tells it.

    `time` is in seconds since the epoch, None where there is none that can be read; `unread` is
    what stands there instead, if it may be one. `zoned` says that the log itself fixes it (UTC or
    offset). `handles` are several where one line tells of several sessions, `previous` is the
    handle that the session had before, `count` how many equal events the line stands for, `number`
    the place of the line among all that were read.
    """

    time: float | None
    kind: str
    subject: str | None
    handles: tuple[str, ...]
    source: str | None
    outcome: str | None
    raw: str
    zoned: bool = False
    actor: str | None = None
    previous: str | None = None
    count: int = 1
    number: int = 0
    came: float = 0.0
    origin: str = ""
    unread: str = ""

    @property
    def handle(self) -> str | None:
        """The one session it is about, None where it names none."""
        return self.handles[0] if self.handles else None


class EventMap:
    """The events of a profile: by which fields each is known, and where its parts stand."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        """Read the section `event_log` of a profile; raises MapError."""
        self._rules = dict(read_rules(said["events"], KINDS, "events"))
        self._parts = {part: _paths(said.get(part)) for part in PARTS}
        self._never = {path for paths in self._parts.values() for path in paths}
        for rules in self._rules.values():
            self._never |= {path for rule in rules for path, _ in rule}

    @property
    def kinds(self) -> frozenset[str]:
        """The events that are mapped."""
        return frozenset(self._rules)

    @property
    def parts(self) -> frozenset[str]:
        """The parts of an event whose place is declared."""
        return frozenset(part for part, paths in self._parts.items() if paths)

    @property
    def never_seen(self) -> tuple[str, ...]:
        """The declared fields that no line has had so far."""
        return tuple(sorted(self._never))

    def events(self, line: Line, fields: Fields, number: int) -> Iterator[Event]:
        """Yield every event that a line stands for."""
        self._never -= {path for path in self._never if value_at(fields, path) is not None}
        for kind, rules in self._rules.items():
            if any(all(fits(value_at(fields, path)) for path, fits in rule) for rule in rules):
                yield self._event(kind, line, fields, number)

    def _event(self, kind: str, line: Line, fields: Fields, number: int) -> Event:
        found = {part: self._part(part, fields) for part in PARTS}
        when, zoned = moment(found["time"])
        count = _text(found["count"]) or "1"
        handles = found["handle"] if isinstance(found["handle"], list) else [found["handle"]]
        return Event(
            when,
            kind,
            _text(found["subject"]),
            tuple(text for each in handles if (text := _text(each))),
            _text(found["source"]),
            _text(found["outcome"]),
            line.text,
            zoned,
            _text(found["actor"]),
            _text(found["previous"]),
            int(count) if _COUNT.fullmatch(count) else 1,
            number,
            line.came,
            line.source,
            _unread(found["time"]) if when is None else "",
        )

    def _part(self, part: str, fields: Fields) -> object:
        values = (value_at(fields, path) for path in self._parts[part])
        return next((value for value in values if value or value == 0), None)


def read_rules(
    said: Mapping[str, Any], known: Mapping[str, str], key: str
) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Yield what each kind of event or alert is known by; raises MapError.

    Args:
        said: the kinds as they are written in a profile.
        known: the kinds that there are.
        key: the key of the section, for an objection: `events` or `alerts`.
    """
    for kind, written in said.items():
        if kind not in known:
            what = key.removesuffix("s")
            raise MapError((key, kind), f"is no {what}; {did_you_mean(kind, known)}")
        ways = written if isinstance(written, list) else [written]
        if not ways or not all(isinstance(way, Mapping) and way for way in ways):
            raise MapError(
                (key, kind), "says no field; write as {event.action: login, result: [ok, yes]}"
            )
        yield kind, tuple(_rule((key, kind), way) for way in ways)


def _rule(at: tuple[str, ...], way: Mapping[str, Any]) -> Rule:
    return tuple((str(path), _check((*at, str(path)), wanted)) for path, wanted in way.items())


def _check(at: tuple[str, ...], wanted: object) -> Check:
    if isinstance(wanted, Mapping):
        if set(wanted) != {"pattern"} or not isinstance(wanted["pattern"], str):
            raise MapError(at, "is no matcher; write a value, a list of values or {pattern: ...}")
        try:
            pattern = re.compile(wanted["pattern"])
        except re.error as error:
            raise MapError(
                (*at, "pattern"), f"is no regular expression ({error}); correct it"
            ) from None
        return lambda value: value is not None and pattern.search(_plain(value)) is not None
    values = {_plain(each) for each in (wanted if isinstance(wanted, list) else [wanted])}
    return lambda value: value is not None and _plain(value) in values


def _unread(said: object) -> str:
    """Return what may be a time in a form that nobody here knows; without a digit it is none."""
    text = "" if said is None else str(said)
    return text[:_LONGEST_SHOWN] if any(c.isdigit() for c in text) else ""


def _paths(said: object) -> tuple[str, ...]:
    if said is None:
        return ()
    return tuple(str(each) for each in said) if isinstance(said, list) else (str(said),)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, dict | list) or value == "":
        return None
    return _plain(value)

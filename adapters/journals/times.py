"""From what a log line says of the time to seconds since the epoch.

What cannot be read gives None, and nothing raises: a log is full of surprises.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

Told = tuple[float | None, bool]
NOTHING: Told = (None, False)
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From which number on it counts parts of a second, and how many: each begins in 1973."""
_END = 2**32
"""The year 2106, from which on a number is no time: it may be a date without what parts it."""
_LONGEST = 128
_NUMBER = re.compile(r"(?=.{9})[0-9]+(?:\.[0-9]*)?")
_JOINED = re.compile(r"[12][0-9]{13}")
_JOINED_FORM = "%Y%m%d%H%M%S"
_HALF_DAY = re.compile(r"(?<![a-z])[ap]\.?m\b", re.IGNORECASE)
"""What readers of dates pass over: half a day would be missing."""
_COMMON = "%d/%b/%Y:%H:%M:%S %z"
_ISO = re.compile(r"[0-9]{4}[-/]")
_UPTIME = re.compile(r"\sm=[+-][0-9.]+$")
_OFFSET = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_SAID_AGAIN = re.compile(
    rf"({_OFFSET})(?:\[[^\]]*\]|\s+\([^)]*\)|\s+(?:[A-Z]{{1,5}}|[+-][0-9]{{2,4}}))+$"
)
"""The name of a zone behind the offset that it stands for."""
_NAMED_BEFORE = re.compile(r"\s?\b(?:UTC|GMT)(?=[+-][0-9]{2})")
_NAMED = re.compile(r"(?:\s+|(?<=[0-9]))(?:UTC|GMT|Z)$")
_APART = re.compile(rf"\s+(?={_OFFSET}$|[+-][0-9]{{2}}$)")
_UNKNOWN_ZONE = re.compile(r":[0-9]{2}\S*\s+[A-Z]{3,5}\b")


def moment(said: object) -> Told:
    """Return a time in seconds since the epoch, and whether it fixes its zone."""
    if isinstance(said, str):
        text = said.strip()
        if len(text) > _LONGEST:
            return NOTHING
        return _of_number(float(text)) if _NUMBER.fullmatch(text) else _of_text(text)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return NOTHING
    return _of_number(said)


def _of_number(said: float) -> Told:
    try:
        number = float(said)
    except OverflowError:
        return NOTHING
    if _JOINED.fullmatch(digits := str(int(number)) if number.is_integer() else ""):
        return _of_text(digits)
    number /= next((unit for least, unit in _UNITS if abs(number) > least), 1.0)
    return (number, True) if abs(number) < _END else NOTHING


def _of_text(said: str) -> Told:
    if _HALF_DAY.search(said):
        return NOTHING
    text = _plain(said)
    readers: tuple[Callable[[str], datetime], ...] = (
        datetime.fromisoformat,
        lambda t: datetime.strptime(t, _COMMON),
        lambda t: datetime.strptime(t, _JOINED_FORM),
        parsedate_to_datetime,
    )
    for read in readers:
        try:
            found = read(text)
            zoned = found.tzinfo is not None
            if zoned or not _UNKNOWN_ZONE.search(text):
                return _seconds(found), zoned
        except (ValueError, TypeError, OverflowError, OSError, IndexError):
            continue
    return NOTHING


def _plain(text: str) -> str:
    """Return a date as the standards write it, from what programs add to that."""
    text = _SAID_AGAIN.sub(r"\1", _UPTIME.sub("", text))
    text = _NAMED_BEFORE.sub(" ", text)
    if not _ISO.match(text):
        return text
    text = text[:10].replace("/", "-") + text[10:]
    return _APART.sub("", _NAMED.sub("+00:00", text))


def _seconds(found: datetime) -> float:
    try:
        return found.timestamp()
    except (ValueError, OverflowError, OSError):
        # A date that nobody set is too early for the zone of this machine, and still a date.
        return found.replace(tzinfo=found.tzinfo or UTC).timestamp()

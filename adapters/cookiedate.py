"""The date algorithm of cookies (RFC 6265bis 5.1.1), which accepts what servers really write.

Not an HTTP-date parser: dates of other headers are stricter.
"""

import calendar
import re
from functools import lru_cache

_DELIMITERS = re.compile("[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)")
_DAY = re.compile(r"(\d{1,2})(?:\D|$)")
_YEAR = re.compile(r"(\d{2,4})(?:\D|$)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OLDEST = 1601
_CENTURY_TURN = 70


@lru_cache(maxsize=512)
def parse_cookie_date(text: str) -> float | None:
    """Return the moment a cookie date means, in seconds since 1970, or None."""
    clock: tuple[int, int, int] | None = None
    day = month = year = None
    for token in filter(None, _DELIMITERS.split(text)):
        if clock is None and (found := _TIME.match(token)):
            clock = (int(found[1]), int(found[2]), int(found[3]))
        elif day is None and (found := _DAY.match(token)):
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.match(token)):
            year = int(found[1])
    if clock is None or day is None or month is None or year is None:
        return None
    if year < 100:  # noqa: PLR2004  RFC 6265bis 5.1.1 steps 3 and 4
        year += 1900 if year >= _CENTURY_TURN else 2000
    hour, minute, second = clock
    last_day = calendar.monthrange(year, month)[1] if year >= _OLDEST else 0
    if not 1 <= day <= last_day or hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return None
    return float(calendar.timegm((year, month, day, hour, minute, second)))

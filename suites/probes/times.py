"""Times that a value tells in clear, and what the value looks like with later ones."""

import re
from collections.abc import Iterator

TEN_YEARS = 10 * 365 * 86_400
_NUMBER = re.compile(r"(?<!\d)(\d{10}|\d{13})(?!\d)")


def postponed(value: str, now: float) -> Iterator[tuple[str, str]]:
    """Yield (what was changed, value) for each time in seconds or milliseconds within ten years.

    Args:
        now: the present time in seconds since 1970.
    """
    for found in _NUMBER.finditer(value):
        unit = 1 if len(found[1]) == len("1000000000") else 1000
        told = int(found[1]) / unit
        if abs(told - now) < TEN_YEARS:
            later = int((now + TEN_YEARS) * unit)
            changed = f"{value[: found.start()]}{later}{value[found.end() :]}"
            yield f"the time at character {found.start()}", changed

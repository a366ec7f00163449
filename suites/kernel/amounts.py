"""The numbers of a policy: which of them mean anything, and what to write instead of the others.

Not whether a limit is long enough to be tested (`testable`).
"""

import re
from collections.abc import Mapping

LONGEST = 10**10
"""More than three hundred years, and more than anything that is counted."""
LEAST: Mapping[str, int] = {"concurrency.max": 1}
"""Keys of which nothing means something else than none of it."""
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def is_number(value: object) -> bool:
    """Return whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_share(value: object) -> bool:
    """Return whether a value is a share as people write it: `5%`."""
    return isinstance(value, str) and _SHARE.fullmatch(value) is not None


def share_of(value: str) -> float:
    """Return a share as a number: 0.05 for `5%`."""
    return float(value.rstrip("%")) / 100


def objection(key: str, value: object) -> str | None:
    """Return what is wrong with the number of a key, None when it is none or can be meant."""
    if isinstance(value, str) and is_share(value):
        value = share_of(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    least = LEAST.get(key, 0)
    # A comparison with what YAML calls .nan is never true.
    if least <= value <= LONGEST:
        return None
    return f"write a number from {least} to {LONGEST}"

"""What came of the calls of documented operations, as the cells of a table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from suites.kernel.results import Swept
from suites.kernel.sweep import STATES

NOT_TRIED = "-"


def states(swept: Iterable[Swept]) -> list[str]:
    """Return the states in which anything was called, in their order."""
    known = {state for row in swept for state in row.states}
    return [state for state in STATES if state in known]


def swept_rows(swept: Sequence[Swept]) -> list[Mapping[str, Any]]:
    """Return one row for each operation; what was not tried is a dash."""
    columns = states(swept)
    return [
        {
            "operation": row.operation,
            "live": row.live or NOT_TRIED,
            "cells": [row.states.get(state, NOT_TRIED) for state in columns],
            "spelled": _spelled(row),
            "why": row.why,
        }
        for row in swept
    ]


def _spelled(row: Swept) -> str:
    """Return what came of the other spellings, each outcome once."""
    found = dict.fromkeys(came for state, came in row.states.items() if state not in STATES)
    return ", ".join(found) or NOT_TRIED

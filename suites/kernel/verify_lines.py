"""Judgements on connections that stay open."""

import time

from suites.kernel.bench import Bench
from suites.kernel.lines import Line, Outlived, patiently
from suites.kernel.verify import Finding, check, not_judged, unclear


def silenced(line: Line, target: Bench, seconds: float) -> Finding:
    """Judge that a connection names nobody any more within so many seconds of now."""
    seen = patiently(target, line.socket, time.monotonic() + seconds)
    expected = f"closed, or names nobody, within {seconds:g} s"
    return check(seen.identity is None, expected, _told(seen.identity, seen.why))


def silenced_by_time(found: Outlived) -> Finding:
    """Judge that a connection fell silent with its session; a session that lives tells nothing."""
    expected = "closed, or names nobody, once the session has expired"
    if not found.session_is.clear:
        return unclear(expected, found.session_is.why)
    if found.session_is.identity is not None:
        return not_judged(expected, "the session itself outlived its limit")
    return check(found.seen.identity is None, expected, _told(found.seen.identity, found.seen.why))


def _told(identity: str | None, why: str) -> str:
    return why if identity is None else f"still names {identity}"

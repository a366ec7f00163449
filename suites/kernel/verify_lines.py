"""Judgements on connections that stay open.

A session that itself outlived its end is told by the requirement of that end, and not here.
"""

import time

from suites.kernel.bench import Bench
from suites.kernel.lines import Line, Outlived, knock, patiently
from suites.kernel.verify import Finding, check, not_judged, refused, unclear

SURVIVED = "the session itself outlived its end"


def silenced(line: Line, target: Bench, seconds: float) -> Finding:
    """Judge that a connection names nobody any more within so many seconds of now."""
    expected = f"closed, or names nobody, within {seconds:g} s"
    until = time.monotonic() + seconds
    if (survived := _survived(line, target, expected)) is not None:
        return survived
    seen = patiently(target, line.socket, until)
    return check(seen.identity is None, expected, _told(seen.identity, seen.why))


def shut_out(line: Line, target: Bench) -> Finding:
    """Judge that what opened a connection once opens none any more."""
    if (survived := _survived(line, target, "nobody recognised")) is not None:
        return survived
    return refused(knock(target, line.credential))


def silenced_by_time(found: Outlived) -> Finding:
    """Judge that a connection fell silent with its session."""
    expected = "closed, or names nobody, once the session has expired"
    if not found.session_is.clear:
        return unclear(expected, found.session_is.why)
    if found.session_is.identity is not None:
        return not_judged(expected, SURVIVED)
    return check(found.seen.identity is None, expected, _told(found.seen.identity, found.seen.why))


def _survived(line: Line, target: Bench, expected: str) -> Finding | None:
    seen = target.everywhere(line.credential.held, line.credential.channel)
    if not seen.clear:
        return unclear(expected, seen.why)
    return None if seen.identity is None else not_judged(expected, SURVIVED)


def _told(identity: str | None, why: str) -> str:
    return why if identity is None else f"still names {identity}"

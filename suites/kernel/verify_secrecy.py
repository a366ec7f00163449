"""Verifiers of what a log gives away, and of what stands in it without having happened."""

from collections.abc import Iterator

from suites.kernel.audit import Unread
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.secrecy import ABSENT, NEUTRAL, Forged, Searched
from suites.kernel.select_logs import CANARY
from suites.kernel.verify import Finding, check, held, not_judged, unclear, violated

UNKNOWN = "a line"


def searched() -> Selector:
    """Select the lines that came in a history, each source by itself, and each kind of leak."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for number, sight in enumerate(moment.sights):
            if isinstance(sight, Searched):
                kinds = dict.fromkeys(leak.kind for leak, _ in sight.leaks)
                yield from (
                    Subject((sight, kind), (number, kind), f"a {kind} in the log") for kind in kinds
                )
                if not kinds:
                    yield Subject((sight, ""), (number,), "log", weight=sight.lines)
            elif isinstance(sight, Unread):
                yield Subject((sight, ""), (sight.why,), "log")

    return Selector("log lines", pick, CANARY)


def forgeries() -> Selector:
    """Select the entries that somebody tried to forge, by the place of their text."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for number, sight in enumerate(moment.sights):
            if isinstance(sight, Forged):
                yield Subject(sight, (number,), sight.forgery.where)

    return Selector("forged entries", pick, CANARY)


def free_of_secrets(subject: tuple[Searched | Unread, str]) -> Finding:
    """Judge that no line shows a secret that lets somebody in, nor a piece of one."""
    sight, kind = subject
    expected = "no usable secret in any line"
    if isinstance(sight, Unread):
        return (not_judged if sight.first else unclear)(expected, sight.why)
    found = next(((leak, beside) for leak, beside in sight.leaks if leak.kind == kind), None)
    if found is None:
        return held(expected, f"{sight.lines} lines of {sight.source} searched")
    leak, beside = found
    where = "a line" if beside == UNKNOWN else f"an entry {beside}"
    return violated(expected, f"{leak.words}, in {where} of {sight.source}")


def neutralised(sight: Forged) -> Finding:
    """Judge that client-controlled text became no entry, and breaks none."""
    expected = "client-controlled text neutralised"
    if sight.became == ABSENT:
        return not_judged(expected, f"{sight.forgery.where} is not in the log")
    seen = f"{sight.became}: sent {sight.forgery.how}, as {sight.forgery.where}"
    return check(sight.became == NEUTRAL, expected, seen)

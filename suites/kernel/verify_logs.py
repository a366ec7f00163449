"""Verifiers of what a log tells: all that happened and nothing else, by whom and from where."""

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from itertools import pairwise
from typing import Any

from adapters.journals.events import Event
from suites.kernel.attribution import Attribution, Elsewhere, Impersonated, paired
from suites.kernel.audit import Ended, Entry, Logged, Noted, Unread
from suites.kernel.deeds import Deed
from suites.kernel.policy import IDLE, LIMITS, Policy
from suites.kernel.verify import Finding, check, held, not_judged, unclear, violated, warning

LONGEST, EARLIEST = 300, 2.0
OUTCOMES = frozenset({"login_success", "login_failure"})
Verifier = Callable[..., Finding]


def readable(expected: str) -> Callable[[Verifier], Verifier]:
    """Judge nothing where the log could not be read."""

    def decorate(verifier: Verifier) -> Verifier:
        @wraps(verifier)
        def verify(sight: Any, *more: Any) -> Finding:
            if isinstance(sight, Unread):
                return (not_judged if sight.first else unclear)(expected, sight.why)
            return verifier(sight, *more)

        return verify

    return decorate


@readable("logged once")
def logged(entry: Entry, policy: Policy) -> Finding:
    """Judge that something that happened is in the log."""
    expected = f"{entry.deed.kind} logged within {policy['log.max_delay_seconds']:g} s"
    if entry.event is not None:
        return held(expected, "logged")
    if entry.nameless is not None:
        return violated(expected, f"logged for nobody: {shown(entry.nameless)}")
    return violated(expected, "not logged")


@readable("the end of the session logged")
def end_logged(ended: Ended, policy: Policy) -> Finding:
    """Judge that the end of a session is in the log, as far as that is declared."""
    expected = f"{ended.end.kind} logged"
    if ended.end.kind == "expiry" and policy["log.expiry_events"] == "none":
        return policy.weaker("log.expiry_events", "the end of a session by time is logged")
    if ended.event is None:
        return violated(expected, "not logged")
    eager = policy["log.expiry_events"] == "eager"
    if eager and ended.event.unread:
        return not_dated(f"{expected} at once", ended.event)
    late = _late(ended, policy) if eager else 0.0
    words = f"logged {late:.0f} s after the limit: {shown(ended.event)}"
    return check(
        late <= float(policy["log.max_delay_seconds"]) + EARLIEST, f"{expected} at once", words
    )


def _late(ended: Ended, policy: Policy) -> float:
    """Return how long after its limit a session was told as expired, in seconds."""
    session, event = ended.end.session, ended.event
    main = session.main
    if ended.end.kind != "expiry" or event is None or event.time is None or main is None:
        return 0.0
    began = session.active if main.cause == IDLE else session.opened.at
    limit = policy.seconds(LIMITS.get(str(main.cause), ""))
    return 0.0 if limit is None else event.time - began - limit


@readable("nothing logged that did not happen")
def nothing_else(found: Logged) -> Finding:
    """Judge that the log tells of nothing that nobody did, and of nothing twice."""
    expected = "nothing logged that did not happen"
    if found.reckoning.surplus:
        first = found.reckoning.surplus[0]
        return violated(expected, f"{first.kind} without a cause: {shown(first)}")
    if found.reckoning.twice:
        first = found.reckoning.twice[0]
        return violated(expected, f"{first.kind} twice for one session: {shown(first)}")
    return held(expected)


def complete(event: Event, parts: Collection[str]) -> Finding:
    """Judge that an entry says who, when, whence and how it ended."""
    expected = "account, time with its zone, source and outcome"
    lacking = [part for part in ("time", "subject", "source") if part not in parts]
    if lacking:
        return warning(expected, _undeclared(*lacking))
    found = {
        "account": event.subject is not None,
        "time": event.time is not None or bool(event.unread),
        "zone of the time": event.time is None or event.zoned,
        "source": event.source is not None,
        "outcome": event.outcome is not None or "outcome" not in parts,
    }
    missing = [what for what, there in found.items() if not there]
    if event.unread and not missing:
        return not_dated(expected, event)
    return check(not missing, expected, f"no {', '.join(missing)}: {shown(event)}")


@readable("entries in the order of what they tell")
def in_order(found: Logged) -> Finding:
    """Judge that what came first was logged first, where one thing was over before the other."""
    expected = "entries in the order of what they tell"
    for (deed, event), (other, later) in pairwise(paired(found)):
        if _before(deed, other) and _contrary(event, later):
            return violated(expected, f"{shown(later)} before {shown(event)}")
    return held(expected)


def _before(deed: Deed, other: Deed) -> bool:
    # Two nodes may have two clocks.
    return deed.node == other.node and deed.ended <= other.began


def _contrary(event: Event, later: Event) -> bool:
    if event.time is None or later.time is None or event.time == later.time:
        return event.origin == later.origin and event.number > later.number
    return event.time > later.time


@readable("logged as what it was")
def noticed(noted: Noted, policy: Policy) -> Finding:
    """Judge that something presented in vain is in the log, unlike an ordinary event."""
    expected = f"{noted.incident.what}: logged as such within {policy['log.max_delay_seconds']:g} s"
    if noted.event is None:
        return violated(expected, "not logged as such")
    if noted.ordinary:
        return violated(expected, f"the entry is that of an ordinary {noted.ordinary[0]}")
    if "source" not in noted.parts:
        return warning(expected, _undeclared("source"))
    return check(noted.event.source is not None, expected, f"no source: {shown(noted.event)}")


@readable("one handle for each session, from its login to its end")
def told_apart(found: Attribution) -> Finding:
    """Judge that the handles of the log tell the sessions of an account apart."""
    expected = "one handle for each session, from its login to its end"
    if "handle" not in found.parts:
        return not_judged(expected, _undeclared("handle"))
    names = found.names()
    events = [event for each in found.sessions for event in each]
    without = next((event for event in events if not event.handle), None)
    if without is not None:
        return violated(expected, f"no handle: {shown(without)}")
    if any(event.handle in found.secrets for event in events):
        return violated(expected, "the handle is a secret of the session")
    several = next((n for n, each in enumerate(names) if len(each) > 1), None)
    if several is not None:
        return violated(expected, f"one session, two handles: {_both(found.sessions[several])}")
    apart = len({name for each in names for name in each}) == len(names)
    return check(apart, expected, "two sessions have one handle")


@readable("the address of the connection")
def from_there(found: Elsewhere) -> Finding:
    """Judge that the log gives the address of the connection, not what the client claims."""
    expected = "the address of the connection"
    if "source" not in found.parts:
        return not_judged(expected, _undeclared("source"))
    if found.event.source is None:
        return violated(expected, f"no source: {shown(found.event)}")
    if found.claimed in found.event.source:
        return violated(expected, f"what the client claimed: {shown(found.event)}")
    if found.source and found.event.source != found.source:
        return not_judged(expected, "the log gives one source for two: a proxy stands between")
    return held(expected, expected)


@readable("both persons named")
def both_named(found: Impersonated) -> Finding:
    """Judge that the log names whoever acts, and for whom."""
    whom = "whoever acts" if not found.actor else "the user acted for"
    both = found.actor and found.victim
    if not both and "actor" not in found.parts:
        return not_judged("both persons named", _undeclared("actor"))
    return check(both, "both persons named", f"{whom} is not named: {shown(found.event)}")


def _undeclared(*parts: str) -> str:
    keys = " and ".join(f"event_log.{part}" for part in parts)
    return f"the profile declares no field for that; write {keys}"


def _both(events: Sequence[Event]) -> str:
    first = events[0]
    other = next((event for event in events if event.handle != first.handle), first)
    return f"{shown(first)} and {shown(other)}"


def not_dated(expected: str, event: Event) -> Finding:
    """Return the finding that the time of an entry is in a form which is not known here."""
    return not_judged(expected, f"'{event.unread}' is in no known form of a time: {shown(event)}")


def shown(event: Event) -> str:
    """Return the line of an entry, shortened; reports take the secrets out of it."""
    return event.raw if len(event.raw) <= LONGEST else f"{event.raw[:LONGEST]}..."

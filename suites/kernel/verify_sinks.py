"""Verifiers of what arrives at a monitoring sink: all of it, in time, readable and dated."""

from adapters.journals.formats import fields
from adapters.journals.usual import SCHEMAS, schema_of
from suites.kernel.audit import Entry, Logged, Noted
from suites.kernel.dating import SKEW
from suites.kernel.policy import Policy
from suites.kernel.verify import Finding, check, held, not_judged, violated, warning
from suites.kernel.verify_logs import not_dated, readable, shown


@readable("received once")
def received(entry: Entry, policy: Policy) -> Finding:
    """Judge that something that happened is told to the sink."""
    expected = f"{entry.deed.kind} received within {policy['siem.max_delay_seconds']:g} s"
    return check(entry.event is not None, expected, "not received")


@readable("received after the outage")
def caught_up(entry: Entry, policy: Policy) -> Finding:
    """Judge that what happened while the sink was away is told afterwards."""
    expected = (
        f"{entry.deed.kind} received within {policy['siem.max_delay_seconds']:g} s after the outage"
    )
    if entry.event is not None:
        return held(expected, "received")
    if not policy["siem.buffering"]:
        return warning(expected, "lost, and no siem.buffering is declared")
    return violated(expected, "lost")


@readable("received as what it was")
def reported(noted: Noted, policy: Policy) -> Finding:
    """Judge that something presented in vain is told to the sink."""
    expected = (
        f"{noted.incident.what}: received as such within {policy['siem.max_delay_seconds']:g} s"
    )
    return check(noted.event is not None, expected, "not received as such")


@readable("nothing received that did not happen, and nothing twice")
def received_once(found: Logged) -> Finding:
    """Judge that the sink is told of nothing twice, and of nothing that nobody did."""
    expected = "nothing received that did not happen, and nothing twice"
    if found.reckoning.surplus:
        first = found.reckoning.surplus[0]
        return violated(expected, f"{first.kind} without a cause: {shown(first)}")
    return held(expected)


def machine_readable(entry: Entry, policy: Policy) -> Finding:
    """Judge that a record keeps its schema and says when it happened, with the zone."""
    event, wanted = entry.event, policy["siem.schema"]
    schema = wanted if wanted in SCHEMAS else None
    expected = f"a record of {schema or 'JSON or key-value pairs'}, dated with its zone"
    if event is None:
        return violated(expected, "no record")
    known = fields(event.raw)
    if known is None or (schema is not None and schema_of(known) != schema):
        return violated(expected, f"another format: {shown(event)}")
    if event.unread:
        return not_dated(expected, event)
    if event.time is None or not event.zoned:
        return violated(expected, f"no {'time' if event.time is None else 'zone'}: {shown(event)}")
    return held(expected)


def dated(entry: Entry, ahead: float) -> Finding:
    """Judge that a record is dated as the thing happened.

    Args:
        ahead: by how many seconds the clock of the target is ahead of ours.
    """
    expected = f"dated within {SKEW:g} s of what happened"
    if entry.event is not None and entry.event.unread:
        return not_dated(expected, entry.event)
    if entry.event is None or entry.event.time is None:
        return not_judged(expected, "the record has no time")
    at = entry.event.time - ahead
    off = max(entry.deed.began - at, at - entry.deed.ended, 0.0)
    return check(off <= SKEW, expected, f"off by {off:.0f} s")


def _delay(policy: Policy) -> str:
    return f"{policy['siem.max_delay_seconds']:g} s"

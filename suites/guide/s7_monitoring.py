"""Guide section 7, Logging and monitoring: what is logged reaches whoever watches, in time."""

from suites.kernel import Finding, Policy, invariant
from suites.kernel.audit import Entry, Logged, Noted
from suites.kernel.select_sinks import (
    all_records,
    arrivals,
    arrived_abuses,
    dated_records,
    records,
)
from suites.kernel.verify_sinks import (
    caught_up,
    dated,
    machine_readable,
    received,
    received_once,
    reported,
)

SINK = {"event_sink"}


@invariant("SM-7.6", over=arrivals(), needs=SINK, controlled=True)
def every_session_event_reaches_the_sink(entry: Entry, policy: Policy) -> Finding:
    """Whatever the target acknowledged is told to the monitoring system in time."""
    return received(entry, policy)


@invariant("SM-7.6", over=arrived_abuses(), needs=SINK, controlled=True, arm=True)
def what_is_presented_in_vain_reaches_the_sink(noted: Noted, policy: Policy) -> Finding:
    """Each use of something dead, used up or made up is told to the monitoring system."""
    return reported(noted, policy)


@invariant("SM-7.6", over=arrivals(late=True), needs=SINK, controlled=True, arm=True)
def nothing_is_lost_while_the_sink_is_away(entry: Entry, policy: Policy) -> Finding:
    """What happens while the monitoring system is away is told when it is back."""
    return caught_up(entry, policy)


@invariant("SM-7.6", over=all_records(), needs=SINK, controlled=True, arm=True)
def the_sink_is_told_once(found: Logged) -> Finding:
    """The monitoring system is told of nothing twice, and of nothing that nobody did."""
    return received_once(found)


@invariant("SM-7.6", over=records(), needs=SINK)
def records_are_machine_readable(entry: Entry, policy: Policy) -> Finding:
    """A record keeps the declared schema, and its time has a zone."""
    return machine_readable(entry, policy)


@invariant("SM-7.6", over=dated_records(), needs=SINK, arm=True)
def records_have_the_right_time(found: tuple[Entry, float]) -> Finding:
    """A record is dated as the thing happened."""
    return dated(*found)

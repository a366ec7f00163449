"""Catalogue section 10, Cross-site request forgery and replay: no connection outlives a session."""

from suites.kernel import Bench, Finding, Policy, invariant, refused
from suites.kernel.lines import (
    Abroad,
    Line,
    Outlived,
    connections_from_elsewhere,
    lines_ended,
    lines_outlived,
)
from suites.kernel.verify_lines import shut_out, silenced, silenced_by_time


@invariant("SM-10.6", over=lines_ended())
def a_connection_ends_with_its_session(line: Line, target: Bench, policy: Policy) -> Finding:
    """An open connection is closed, or gives nothing away, once its session has ended."""
    return silenced(line, target, float(policy["websocket.close_seconds"]))


@invariant("SM-10.6", over=lines_ended())
def an_ended_session_opens_no_connection(line: Line, target: Bench) -> Finding:
    """What an ended session left behind opens no connection."""
    return shut_out(line, target)


@invariant("SM-10.6", over=connections_from_elsewhere(), arm=True, needs={"session_cookie"})
def a_foreign_page_opens_no_connection(attempt: Abroad) -> Finding:
    """A page of another origin cannot open a connection with the cookies of a user."""
    return refused(attempt.seen)


@invariant("SM-10.6", over=lines_outlived(), arm=True, needs={"idle_timeout"})
def a_connection_ends_with_an_expired_session(connection: Outlived) -> Finding:
    """An open connection is closed, or gives nothing away, once its session has expired."""
    return silenced_by_time(connection)

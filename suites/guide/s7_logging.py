"""Guide section 7, Logging and monitoring: what happened is in the log, and who did it."""

from collections.abc import Collection

from adapters.journals.events import Event
from suites.kernel import Finding, Policy, invariant
from suites.kernel.attribution import Attribution, Elsewhere, Impersonated
from suites.kernel.audit import Ended, Entry, Logged, Noted
from suites.kernel.select_logs import (
    as_somebody_else,
    attributed,
    ended_sessions,
    entries,
    hijacked,
    incidents,
    logs,
    raced,
    told,
)
from suites.kernel.verify_logs import (
    both_named,
    complete,
    end_logged,
    from_there,
    in_order,
    logged,
    nothing_else,
    noticed,
    told_apart,
)


@invariant("SM-7.1", over=entries(), controlled=True)
def every_session_event_is_logged(entry: Entry, policy: Policy) -> Finding:
    """Whatever the target acknowledged is in its log, once each time."""
    return logged(entry, policy)


@invariant("SM-7.1", over=logs(), controlled=True)
def nothing_is_logged_that_did_not_happen(found: Logged) -> Finding:
    """The log tells of nothing that nobody did."""
    return nothing_else(found)


@invariant("SM-7.1", over=told())
def entries_say_who_when_whence_and_how(entry: tuple[Event, Collection[str]]) -> Finding:
    """An entry names the account, the time with its zone, the source and the outcome."""
    return complete(*entry)


@invariant("SM-7.1", over=logs(), controlled=True)
def entries_stand_in_the_order_of_what_they_tell(found: Logged) -> Finding:
    """What was over before something else began is logged before it."""
    return in_order(found)


@invariant("SM-7.1", over=ended_sessions(), controlled=True, arm=True)
def the_end_of_a_session_is_logged(ended: Ended, policy: Policy) -> Finding:
    """A session that something else than its logout ended is told as ended."""
    return end_logged(ended, policy)


@invariant("SM-7.1", over=raced(), controlled=True, arm=True)
def what_happens_at_once_is_logged_each(entry: Entry, policy: Policy) -> Finding:
    """Of several things at the same moment each is in the log."""
    return logged(entry, policy)


@invariant("SM-7.2", over=incidents(), controlled=True)
def what_is_presented_in_vain_is_logged(noted: Noted, policy: Policy) -> Finding:
    """Each use of something dead, used up or made up is logged as such, with its source."""
    return noticed(noted, policy)


@invariant("SM-7.4", over=attributed(), needs={"refresh"})
def sessions_are_told_apart_by_their_handles(found: Attribution) -> Finding:
    """One session has one handle, which outlives its renewal and which no other session has."""
    return told_apart(found)


@invariant("SM-7.4", over=hijacked())
def the_source_is_where_it_came_from(found: Elsewhere) -> Finding:
    """An action shows the address of its connection, whatever its client claims."""
    return from_there(found)


@invariant("SM-7.4", over=as_somebody_else(), needs={"impersonate"}, arm=True)
def impersonation_shows_both_persons(found: Impersonated) -> Finding:
    """What support staff do as a user names both."""
    return both_named(found)

"""Guide section 5, Session fixation protection: only a whole login makes anybody somebody."""

from suites.kernel import Finding, all_of, invariant, refused
from suites.kernel.halfway import Halfway
from suites.kernel.select_halfway import visitors, waiting


@invariant("SM-5.6", over=visitors(), controlled=True)
def a_visitor_halfway_in_is_nobody(visitor: Halfway) -> Finding:
    """No failed login, registration, reset or lock, in whatever order, authenticates anybody."""
    return all_of(refused(seen) for _, seen in visitor.looks)


@invariant("SM-5.6", over=waiting(), needs={"mfa"}, controlled=True, arm=True)
def what_waits_for_a_second_step_is_nobody(visitor: Halfway) -> Finding:
    """What the first step of a login gave is no session, not even when its owner gets in."""
    return all_of(refused(seen) for _, seen in visitor.looks)

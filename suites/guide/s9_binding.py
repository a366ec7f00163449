"""Catalogue section 9, Binding, re-authentication and authority: worth nothing elsewhere."""

from suites.kernel import Finding, Policy, invariant
from suites.kernel.contexts import CLAIMING, Elsewhere
from suites.kernel.select_contexts import elsewhere, owners
from suites.kernel.verify_contexts import goes_on, stays_behind


@invariant("SM-9.1", over=elsewhere(lambda use: CLAIMING not in use.what), controlled=True)
def a_bound_session_is_worth_nothing_elsewhere(use: Elsewhere, policy: Policy) -> Finding:
    """Neither a session nor its renewal works in another context than the one it is bound to."""
    return stays_behind(use, policy)


@invariant("SM-9.1", over=elsewhere(lambda use: CLAIMING in use.what), controlled=True, arm=True)
def no_header_makes_up_for_another_context(use: Elsewhere, policy: Policy) -> Finding:
    """What a client says of its address and its device in headers is not believed."""
    return stays_behind(use, policy)


@invariant("SM-9.1", over=owners(), controlled=True, arm=True)
def the_owner_goes_on_after_a_foreign_attempt(use: Elsewhere) -> Finding:
    """Whoever presents a session in another context takes nothing from its owner."""
    return goes_on(use)

"""Catalogue section 12, Federation and logout propagation: lifetimes agree as declared."""

from adapters.contract import Seen
from suites.kernel import Event, Finding, Policy, invariant
from suites.kernel.coordination import DEMAND, Reach, Renewed
from suites.kernel.federation import Silence
from suites.kernel.select_coordination import reached, renewed_silently, returns
from suites.kernel.select_federation import silences
from suites.kernel.verify_coordination import same_login, stays_away, taken_up
from suites.kernel.verify_federation import forgotten
from suites.probes.decoding import jwt_claims


@invariant("SM-12.4", over=reached(), needs={"hand_in"}, controlled=True)
def an_end_at_the_provider_reaches_the_application(reach: Reach, policy: Policy) -> Finding:
    """What is disabled or ended at the provider ends at the application within the delay."""
    return taken_up(reach, policy)


@invariant("SM-12.4", over=silences(DEMAND), controlled=True, arm=True)
def a_demand_of_a_new_login_is_honoured(found: tuple[Event, Silence]) -> Finding:
    """With max_age=0 or prompt=login the provider asks for credentials again."""
    return forgotten(found[1])


@invariant("SM-12.4", over=returns(), needs={"hand_in"}, controlled=True, arm=True)
def a_logout_at_the_application_is_not_undone(seen: Seen, policy: Policy) -> Finding:
    """After a logout at the application its next page logs nobody in silently."""
    return stays_away(seen, policy)


@invariant("SM-12.4", over=renewed_silently(), controlled=True, arm=True)
def a_silent_renewal_is_no_new_login(renewed: Renewed) -> Finding:
    """A renewal without credentials leaves the time of the login as it was."""
    first, later = (a.value.reveal() for a in (renewed.first, renewed.later))
    return same_login(jwt_claims(first), jwt_claims(later))

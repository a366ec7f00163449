"""Catalogue section 11, Availability: a crowd, a monster or a guesser harms nobody else."""

from suites.kernel import Finding, Policy, invariant
from suites.kernel.flooding import VISITS, Flood
from suites.kernel.guessing import Guesses
from suites.kernel.hostile import Hostility
from suites.kernel.verify_load import (
    bearable,
    bounded_growth,
    cheap,
    floods,
    guessed,
    hostile,
    limited,
    others_served,
    outlived,
    owner_unharmed,
    reclaimed,
    recovered,
    slowed,
    survived,
    turned_away,
)
from suites.probes.hostile import NAMES

COUNTED = {"session_count"}
LOAD = {"load"}


@invariant("SM-11.1", over=floods(), controlled=True)
def bystanders_stay_logged_in_through_a_flood(flood: Flood) -> Finding:
    """No flood of visits, logins or made-up values ends or mixes the sessions of others."""
    return survived(flood)


@invariant("SM-11.1", over=floods())
def bystanders_are_served_after_a_flood(flood: Flood) -> Finding:
    """When a flood is over, everybody else is served as before."""
    return recovered(flood)


@invariant("SM-11.1", over=floods(), arm=True)
def a_flood_is_bearable_for_bystanders(flood: Flood, policy: Policy) -> Finding:
    """A flood does not make the answers to others much slower."""
    return bearable(flood, policy)


@invariant("SM-11.1", over=floods(VISITS), needs=COUNTED, arm=True)
def anonymous_visits_do_not_pile_up(flood: Flood) -> Finding:
    """Visits without a login do not each leave a session behind."""
    return bounded_growth(flood)


@invariant("SM-11.1", over=outlived(), needs=COUNTED | {"clock"}, arm=True)
def expired_sessions_are_given_up(flood: Flood) -> Finding:
    """What a flood left behind is not kept beyond its limit."""
    return reclaimed(flood)


@invariant("SM-11.2", over=hostile(), at_least=len(NAMES), controlled=True)
def hostile_values_are_refused(found: Hostility) -> Finding:
    """A hostile value is refused, and the target does not fail over it."""
    return turned_away(found)


@invariant("SM-11.2", over=hostile(), at_least=len(NAMES))
def hostile_values_are_refused_quickly(found: Hostility, policy: Policy) -> Finding:
    """A hostile value takes the target no longer than any other invalid one."""
    return cheap(found, policy)


@invariant("SM-11.2", over=hostile(), at_least=len(NAMES))
def others_are_served_after_hostile_values(found: Hostility) -> Finding:
    """However many hostile values were presented, the next normal request is answered."""
    return others_served(found)


@invariant("SM-11.3", over=guessed(), needs=LOAD, arm=True)
def a_limit_of_guesses_is_declared(found: Guesses, policy: Policy) -> Finding:
    """How many invalid attempts there may be is declared."""
    return limited(found, policy)


@invariant("SM-11.3", over=guessed(), needs=LOAD, controlled=True)
def guesses_are_held_up(found: Guesses) -> Finding:
    """Who guesses beyond the limit is slowed down, even with valid requests in between."""
    return slowed(found)


@invariant("SM-11.3", over=guessed(), needs=LOAD, controlled=True)
def guesses_do_not_harm_the_owner(found: Guesses) -> Finding:
    """Whose secrets are guessed stays logged in and can renew the session from elsewhere."""
    return owner_unharmed(found)

"""Guide section 1, Session ID generation: nobody computes an identifier, not even with others."""

from suites.kernel import Event, Finding, World, events, invariant
from suites.kernel.sampling import ENOUGH, NODES, SAMPLE, STARTS
from suites.kernel.verify_prediction import unlike, unpredicted, unseeded
from suites.probes.predict_generators import linear, mersenne_twister
from suites.probes.predict_hashes import recomputed
from suites.probes.predict_order import regular_steps, time_and_counters
from suites.probes.predict_starts import seeded_with_the_start


@invariant("SM-1.3", over=events(SAMPLE), at_least=ENOUGH, controlled=True)
def no_identifier_is_computed_from_what_is_known(sample: Event, world: World) -> Finding:
    """No common hash of user, address, time and counters in a usual joining is an identifier."""
    return unpredicted(sample, world, recomputed)


@invariant("SM-1.3", over=events(SAMPLE), arm=True, controlled=True)
def no_identifier_is_made_of_time_and_counters(sample: Event, world: World) -> Finding:
    """Without all that stays, counts, tells the time or follows its neighbour, enough is left."""
    return unpredicted(sample, world, time_and_counters)


@invariant("SM-1.3", over=events(SAMPLE), arm=True, controlled=True)
def identifiers_do_not_go_in_regular_steps(sample: Event, world: World) -> Finding:
    """The difference between two identifiers says nothing about the next one."""
    return unpredicted(sample, world, regular_steps)


@invariant("SM-1.3", over=events(SAMPLE), arm=True, controlled=True)
def identifiers_show_no_state_of_a_linear_generator(sample: Event, world: World) -> Finding:
    """No linear congruential or additive generator goes on from some identifiers to the next."""
    return unpredicted(sample, world, linear)


@invariant("SM-1.3", over=events(SAMPLE), arm=True, controlled=True)
def identifiers_show_no_state_of_the_mersenne_twister(sample: Event, world: World) -> Finding:
    """The words of MT19937 do not go on from earlier identifiers to later ones."""
    return unpredicted(sample, world, mersenne_twister)


@invariant("SM-1.3", over=events(NODES), needs={"nodes"}, arm=True, controlled=True)
def nodes_do_not_issue_what_other_nodes_issue(logins: Event) -> Finding:
    """No node repeats the identifiers of another one."""
    return unlike(logins, apart=lambda row: row.node)


@invariant("SM-1.3", over=events(STARTS), needs={"restart"}, arm=True, controlled=True)
def a_restart_does_not_begin_identifiers_anew(logins: Event) -> Finding:
    """The first identifiers after one restart are none of those after another one."""
    return unlike(logins, apart=lambda row: (row.node, row.start))


@invariant("SM-1.3", over=events(STARTS), needs={"restart"}, arm=True, controlled=True)
def the_time_of_a_start_seeds_no_generator(logins: Event) -> Finding:
    """The first identifiers after a restart do not follow from the second of the start."""
    return unseeded(logins, seeded_with_the_start)

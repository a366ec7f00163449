"""Guide section 6, Session concurrency and multi-client handling: nodes of one target agree."""

from suites.kernel import (
    Bench,
    Event,
    Finding,
    Policy,
    events,
    held,
    invariant,
    recognised_as,
    refused,
    unclear,
    unusable,
)
from suites.kernel.select_nodes import (
    Placed,
    alive_before_a_restart,
    begun_elsewhere,
    companions_elsewhere,
    ended_elsewhere,
    over_before_a_restart,
)
from suites.kernel.verify_nodes import elsewhere

NODES, RESTART = {"nodes"}, {"nodes", "restart"}


@invariant("SM-6.7", over=begun_elsewhere(), needs=NODES)
def a_session_is_known_on_every_node(placed: Placed, target: Bench) -> Finding:
    """What one node issues is recognised on every other."""
    credential, node = placed
    return recognised_as(credential.owner, target.replay(credential, node))


@invariant("SM-6.7", over=ended_elsewhere(), needs=NODES)
def what_ended_on_one_node_is_dead_on_every_node(
    placed: Placed, target: Bench, policy: Policy
) -> Finding:
    """What ended on one node is dead on every other within the declared time."""
    credential, node = placed
    here = refused(target.replay(credential))
    found = elsewhere(here, lambda: refused(target.replay(credential, node)))
    return policy.until_expiry(credential.kind, found)


@invariant("SM-6.7", over=companions_elsewhere(), needs={"nodes", "refresh"}, arm=True)
def no_node_renews_what_ended_on_another(placed: Placed, target: Bench) -> Finding:
    """Nothing that came with a session renews it on another node than the one where it ended."""
    credential, node = placed
    here = unusable(target.present(credential))
    return elsewhere(here, lambda: unusable(target.present(credential, node)))


@invariant("SM-6.7", over=over_before_a_restart(), needs=RESTART, arm=True)
def a_restart_revives_nothing(placed: Placed, target: Bench, policy: Policy) -> Finding:
    """What was dead when a node was restarted is dead on it afterwards."""
    credential, node = placed
    other = next(n for n in target.nodes if n != node)
    here = refused(target.replay(credential, other))
    found = elsewhere(here, lambda: refused(target.replay(credential, node)))
    return policy.until_expiry(credential.kind, found)


@invariant("SM-6.7", over=alive_before_a_restart(), needs=RESTART, arm=True)
def a_restart_ends_nothing(placed: Placed, target: Bench) -> Finding:
    """Who was recognised on a node before its restart is recognised on it afterwards."""
    credential, node = placed
    return recognised_as(credential.owner, target.replay(credential, node))


@invariant("SM-6.7", over=events("restart"), needs=RESTART, arm=True)
def a_node_can_be_restarted(restart: Event) -> Finding:
    """A restart that was asked for took place, without which nothing is known of it."""
    expected = "the node answers again"
    return held(expected) if restart.acknowledged else unclear(expected, restart.words)

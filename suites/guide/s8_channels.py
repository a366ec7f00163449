"""Guide section 8, all clients: what holds on one channel holds on every other one."""

from suites.kernel import Bench, Credential, Finding, Policy, invariant, refused
from suites.kernel.crossing import Compared, Through, compared, ended_elsewhere, ended_exchanged
from suites.kernel.verify_channels import as_on_other_channels, dead_through


@invariant("SM-8.5", over=compared(), controlled=True)
def sessions_end_alike_on_every_channel(pair: tuple[Compared, str], policy: Policy) -> Finding:
    """What ends the sessions of one channel ends those of every other one."""
    return as_on_other_channels(*pair, policy)


@invariant("SM-8.5", over=ended_elsewhere(), arm=True)
def a_dead_session_is_dead_at_every_entry_point(
    value: Through, target: Bench, policy: Policy
) -> Finding:
    """No entry point of another channel knows a value that its own channel refuses."""
    return dead_through(value, target, policy)


@invariant("SM-8.5", over=ended_exchanged(), needs={"exchange"}, arm=True)
def an_exchanged_session_ends_as_any_other(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """A session that was exchanged for one of another channel ends with what ends the others."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))

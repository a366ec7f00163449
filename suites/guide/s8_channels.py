"""Guide section 8, verification and testing: what holds on one channel holds on every other."""

from suites.kernel import Bench, Finding, Policy, invariant
from suites.kernel.crossing import Compared, Through, compared, ended_elsewhere
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

"""Sessions whose limits no run can wait for: opened in one run, and looked at in later ones."""

from collections.abc import Iterator, Mapping, Sequence

from suites.kernel.policy import ABSOLUTE, IDLE, LIMITS
from suites.kernel.suspending import Schedule
from suites.machines.aging import REFRESH_ABSOLUTE, REFRESH_IDLE, REMEMBERED
from suites.machines.deadlines import WORKER, Limits, kept_busy, revive
from suites.machines.timeline import Aging, Timeline, apart, log_in_as

DEFERRED = frozenset({*LIMITS.values(), REFRESH_IDLE, REFRESH_ABSOLUTE, REMEMBERED})
"""The limits that a later run judges; access tokens live too short for that."""


def deferred(
    channels: Sequence[str],
    limits: Limits,
    offers: Mapping[str, frozenset[str]],
    others: Sequence[Aging] = (),
) -> Iterator[Schedule]:
    """Yield the histories for the limits that take longer than this run may wait.

    Args:
        channels: where sessions have no end of their own, as signed tokens have.
        offers: the operations that each channel has.
        others: what else grows old, beside the sessions.
    """
    beyond = limits.beyond
    late = [a for a in others if a.takes > limits.waiting and a.key in DEFERRED]
    groups = [[channel] for channel in channels] if limits.crowded else [list(channels)]
    for group in groups if beyond else ():
        in_use = LIMITS[ABSOLUTE] in beyond and limits.idle is not None
        plan = Timeline(limits.gap if in_use else 0.0, WORKER if in_use else "")
        for channel in group:
            if limits.idle is not None and LIMITS[IDLE] in beyond:
                _left_alone(plan, channel, limits.idle, limits, offers[channel])
            if limits.absolute is not None and LIMITS[ABSOLUTE] in beyond:
                kept_busy(plan, channel, limits.absolute, limits, offers[channel])
        yield plan.schedule()
    if not limits.movable:
        yield from (plan.schedule() for plan in apart(late, one_each=limits.crowded))


def _left_alone(
    plan: Timeline, channel: str, idle: float, limits: Limits, able: frozenset[str]
) -> None:
    """A session looked at before its limit, others after it, and what must not bring one back.

    The look before the limit is a use: that session is looked at again when those of the others
    are over, and has to be alive.
    """
    key = LIMITS[IDLE]
    early, left = f"{channel} early", f"{channel} left"
    before, after = limits.around(idle)
    plan.at(0, **log_in_as(early, channel, "bob", "terminal"))
    for seconds in (before, after):
        plan.at(seconds, limit=key, do="use", session=early)
    plan.at(0, **log_in_as(left, channel, "alice", "laptop"))
    plan.at(after, limit=key, do="use", session=left)
    if "open_public" in able:
        asked = f"{channel} asked for files"
        plan.at(0, **log_in_as(asked, channel, "alice", "phone"))
        plan.at(before, until=idle, do="open_public", session=asked)
        plan.at(after, limit=key, do="use", session=asked)
    revive(plan, channel, left, after, able)

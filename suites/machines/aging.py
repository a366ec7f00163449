"""Tokens up to the end of their declared lifetimes and beyond it."""

from collections.abc import Iterable, Iterator
from functools import partial
from math import ceil

from suites.kernel import Session, World, action
from suites.kernel.families import allowance
from suites.kernel.limits import tolerance
from suites.kernel.policy import Policy
from suites.machines.choices import LIVE
from suites.machines.timeline import Aging, Timeline, log_in_as
from suites.probes.jwt_encoding import Unreadable, read_token

REFRESH_IDLE, REFRESH_ABSOLUTE = "refresh.idle_lifetime", "refresh.absolute_lifetime"
ACCESS, REMEMBERED = "access_token.lifetime", "remember_me.lifetime"
CLOSE = 60.0
"""Seconds around the end of a family: an access token of before it must live beyond it."""
NEAR = 0.1
"""The share of a lifetime that is near its end: with real waiting it takes no longer than that."""
OFTEN = 0.8
WHOLE_SECOND = 1.0
"""What a token loses of its life because it tells whole seconds."""
SURE = 1.5
"""How many tolerances leave no doubt."""


@action(
    needs={"token_jwt"},
    session=LIVE,
    told="present the access token of {session}, by its own end",
    weight=0,
    timed=True,
)
def meet_end(world: World, session: Session) -> None:
    """Present the token of a session before its own end, and again after it."""
    main = session.main
    try:
        until = None if main is None else read_token(main.value).claims.get("exp")
    except Unreadable:
        return
    if main is not None and isinstance(until, int | float) and not isinstance(until, bool):
        world.meet_end(main, float(until))


def agings(
    policy: Policy, *, renewing: Iterable[str], remembering: Iterable[str], signed: Iterable[str]
) -> Iterator[Aging]:
    """Yield what the declared lifetimes of tokens take, channel by channel.

    Args:
        renewing: the channels with refresh tokens.
        remembering: those with remember-me tokens.
        signed: those whose access tokens tell their own end, where nobody moves a clock.
    """
    idle, absolute = policy.seconds(REFRESH_IDLE), policy.seconds(REFRESH_ABSOLUTE)
    for channel in renewing:
        if idle:
            gap = max(NEAR * idle, SURE * allowance(policy, idle))
            plan = partial(_unused_family, channel=channel, limit=idle, gap=gap)
            yield Aging(REFRESH_IDLE, channel, idle + gap, plan)
        if absolute:
            gap = max(min(CLOSE, NEAR * absolute), SURE * allowance(policy, absolute))
            every = absolute
            if idle:
                every = min(OFTEN * idle, idle - SURE * allowance(policy, idle))
            old = partial(_old_family, channel=channel, limit=absolute, gap=gap, every=every)
            yield Aging(REFRESH_ABSOLUTE, channel, absolute + gap, old)
    lifetime = policy.seconds(REMEMBERED)
    for channel in remembering if lifetime else ():
        gap = SURE * tolerance(policy, lifetime or 0.0)
        plan = partial(_remembered, channel=channel, limit=lifetime or 0.0, gap=gap)
        yield Aging(REMEMBERED, channel, (lifetime or 0.0) + gap, plan)
    lifetime = policy.seconds(ACCESS) if policy.declares(ACCESS) else None
    for channel in signed if lifetime else ():
        gap = SURE * tolerance(policy, lifetime or 0.0)
        end = (lifetime or 0.0) + float(policy["jwt.leeway"])
        early = (lifetime or 0.0) - gap - WHOLE_SECOND
        dying = partial(_dying, channel=channel, early=early, late=end + gap)
        yield Aging(ACCESS, channel, end + gap, dying)


def _unused_family(plan: Timeline, *, channel: str, limit: float, gap: float) -> None:
    """Two families, of which one is renewed just in time, and the other at once and too late."""
    timely, unused = f"{channel} timely family", f"{channel} unused family"
    plan.at(0, **log_in_as(timely, channel, "alice", "tv"))
    plan.at(0, **log_in_as(unused, channel, "bob", "tv"))
    plan.at(0, do="refresh", session=unused, channel=channel)
    for name, seconds in ((timely, limit - gap), (unused, limit + gap)):
        plan.at(seconds, limit=REFRESH_IDLE, do="refresh", session=name, channel=channel)


def _old_family(plan: Timeline, *, channel: str, limit: float, gap: float, every: float) -> None:
    """A family that is renewed again and again, until just before its end and after it."""
    name = f"{channel} old family"
    plan.at(0, **log_in_as(name, channel, "bob", "console"))
    times = max(2, ceil((limit - gap) / every))
    due = [(limit - gap) * time / times for time in range(1, times + 1)]
    for seconds in due[:-1]:
        plan.at(seconds, until=seconds + every / 4, do="refresh", session=name, channel=channel)
    for seconds in (due[-1], limit + gap):
        plan.at(seconds, limit=REFRESH_ABSOLUTE, do="refresh", session=name, channel=channel)


def _remembered(plan: Timeline, *, channel: str, limit: float, gap: float) -> None:
    """Two remembered clients, of which one comes back in time and the other too late."""
    for what, device, seconds in (("early", "reader", limit - gap), ("late", "car", limit + gap)):
        name = f"{channel} back {what}"
        plan.at(0, **log_in_as(name, channel, "alice", device) | {"do": "log_in_remembered"})
        plan.at(seconds, limit=REMEMBERED, do="log_in_by_memory", session=name)


def _dying(plan: Timeline, *, channel: str, early: float, late: float) -> None:
    """An access token that is presented just before its end and after it."""
    name = f"{channel} dying token"
    plan.at(0, **log_in_as(name, channel, "alice", "desktop"))
    for seconds in (early, late):
        plan.at(seconds, do="meet_end", session=name)

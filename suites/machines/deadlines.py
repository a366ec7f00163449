"""Sessions up to their declared limits and beyond; all of them grow old at the same time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.kernel.lasting import OLD
from suites.kernel.limits import tolerance
from suites.kernel.policy import ABSOLUTE, IDLE, LIMITS, Policy
from suites.machines.choices import ANY, ENDED, LIVE, USERS
from suites.machines.timeline import Aging, Timeline, apart, log_in_as
from suites.probes.times import postponed

OFTEN = 0.8
"""The share of the idle limit after which a busy session is used again."""
SHARE = 0.25
"""The same, of the absolute limit, where no idle limit is declared."""
EARLY = 0.95
"""When a session is used early, as a share of the time between surely before and after a limit."""
WORKER = "mallory"
"""Whose sessions are busy; everybody else's are left alone."""
BUSY: Mapping[str, tuple[frozenset[str], str]] = {
    "used": (frozenset(), "phone"),
    "refreshed": (frozenset({"refresh"}), "tablet"),
    "kept": (frozenset({"keepalive"}), "kiosk"),
    "promoted": (frozenset({"change_role"}), "desktop"),
    "proven": (frozenset({"step_up"}), "notebook"),
    "remembered": (frozenset({"boot"}), "watch"),
}
"""What keeps a session busy -> the operations that it takes, and its device."""


@action(seconds=st.just(0.0), told="wait {seconds} s", weight=0, timed=True)
def wait(world: World, seconds: float) -> None:
    """Let time pass without looking at anything."""
    world.wait(seconds)


@action(
    seconds=st.just(0.0),
    user=USERS,
    every=st.just(0.0),
    told="wait {seconds} s, with the sessions of {user} in use every {every} s",
    weight=0,
    timed=True,
)
def wait_in_use(world: World, seconds: float, user: str, every: float) -> None:
    """Let time pass for everybody, while one user goes on working."""
    world.wait_in_use(seconds, user, every)


@action(session=LIVE, told="use {session}", weight=0, timed=True)
def use(world: World, session: Session) -> None:
    """Use a session by one request."""
    world.use(session)


@action(
    needs={"open_public"},
    session=LIVE,
    told="fetch what needs no session, with {session}",
    weight=0,
    timed=True,
)
def open_public(world: World, session: Session) -> None:
    """Send the session's artefacts along with something that needs none."""
    world.open_public(session)


@action(needs={"keepalive"}, session=ANY, told="keep {session} alive", weight=0, timed=True)
def keepalive(world: World, session: Session) -> None:
    """Ask for more time for a session, be it alive or not."""
    world.keepalive(session)


@action(needs={"refresh"}, session=ENDED, told="renew the ended {session}", weight=0, timed=True)
def renew_ended(world: World, session: Session) -> None:
    """Renew a session that is over, with all that its client still holds."""
    world.renew_ended(session)


@action(
    session=ENDED, told="edit the times in the values of the ended {session}", weight=0, timed=True
)
def edit_ended(world: World, session: Session) -> None:
    """Write a later time wherever a value of an ended session tells one."""
    world.edit_ended(session, postponed)


@dataclass(frozen=True, slots=True)
class Limits:
    """The declared limits of sessions in seconds, and what may be done about time.

    `waiting` is how many seconds a history may wait where no clock can be moved.
    """

    policy: Policy
    movable: bool
    waiting: float = inf

    @property
    def idle(self) -> float | None:
        """How long a session may be left alone."""
        return self.policy.seconds("idle_timeout")

    @property
    def absolute(self) -> float | None:
        """How long a session may live at all."""
        return self.policy.seconds("absolute_timeout")

    @property
    def places(self) -> int:
        """How many sessions take all places of a user, where there are not enough for everybody."""
        blocked = self.policy["concurrency.mode"] == "block"
        return int(self.policy["concurrency.max"] or 1) if blocked else 1

    @property
    def crowded(self) -> bool:
        """True when only few sessions may exist at once."""
        return self.policy["concurrency.mode"] in {"block", "evict"}

    @property
    def takes(self) -> Mapping[str, float]:
        """How many seconds it takes to get past each declared limit, by policy key."""
        found: dict[str, float] = {}
        if self.idle is not None:
            found[LIMITS[IDLE]] = self.around(self.idle)[1]
        if self.absolute is not None:
            found[LIMITS[ABSOLUTE]] = self.around(self.absolute)[1]
        return found

    @property
    def beyond(self) -> frozenset[str]:
        """The declared limits, by policy key, that take longer than may be waited."""
        if self.movable:
            return frozenset()
        return frozenset(key for key, seconds in self.takes.items() if seconds > self.waiting)

    @property
    def gap(self) -> float:
        """After how many seconds a busy session is used again."""
        if self.idle is None:
            return SHARE * (self.absolute or 0.0)
        return min(OFTEN * self.idle, self.around(self.idle)[0])

    def around(self, limit: float) -> tuple[float, float]:
        """Return two times that are surely before and after a limit."""
        margin = 1.5 * tolerance(self.policy, limit)
        return limit - margin, limit + margin


def deadlines(
    channels: Sequence[str],
    limits: Limits,
    offers: Mapping[str, frozenset[str]],
    others: Sequence[Aging] = (),
) -> Iterator[Timeline]:
    """Yield the timelines for the declared limits that are within reach.

    One timeline serves all channels, so that with real waiting it takes as long as the longest
    limit and what lies beyond it: 1.5 tolerances, which are no tenth of the limit where the
    tolerance is up to a fifteenth of it. Where only few sessions may exist at once, each channel
    has its own timeline.

    Args:
        channels: where sessions have no end of their own, as signed tokens have.
        offers: the operations that each channel has.
        others: what else grows old, beside the sessions.
    """
    reached = [aging for aging in others if limits.movable or aging.takes <= limits.waiting]
    groups = [[channel] for channel in channels] if limits.crowded else [list(channels)]
    for group in groups:
        left, busy = Timeline(), Timeline(limits.gap, WORKER)
        for channel in group:
            _of_sessions(left, busy, channel, limits, offers[channel])
        if limits.movable:
            # Two short histories are easier to read, and a clock that is moved costs no time.
            yield from (plan for plan in (left, busy) if plan.due)
        elif limits.crowded and (left.due or busy.due):
            yield Timeline(limits.gap, WORKER, [*left.due, *busy.due])
        elif left.due or busy.due or reached:
            yield _all_at_once(left, busy, reached, limits.gap)
    if limits.movable or limits.crowded:
        yield from apart(reached, one_each=limits.crowded)


def _of_sessions(
    left: Timeline, busy: Timeline, channel: str, limits: Limits, able: frozenset[str]
) -> None:
    if limits.idle is not None and LIMITS[IDLE] not in limits.beyond:
        _unused(left, channel, limits.idle, limits, able)
    if limits.absolute is not None and LIMITS[ABSOLUTE] not in limits.beyond:
        kept_busy(busy, channel, limits.absolute, limits, able)


def _all_at_once(left: Timeline, busy: Timeline, others: Sequence[Aging], gap: float) -> Timeline:
    """Return one timeline of everything: who really waits, waits for all of it at once."""
    plan = Timeline(gap, WORKER if busy.due else "")
    for source in (left, busy):
        for seconds, _, move in source.due:
            plan.at(seconds, **move)
    for aging in others:
        aging.plan(plan)
    return plan


def _unused(
    plan: Timeline, channel: str, idle: float, limits: Limits, able: frozenset[str]
) -> None:
    """Sessions that are left alone, one in use, and one of which only files are fetched.

    That use extends a session is seen where it was used early: it is looked at just before its
    limit, when that of a session which nobody used is over.
    """
    left = f"{channel} left alone"
    _, after = limits.around(idle)
    in_use(plan, channel, idle, limits)
    plan.at(0, **log_in_as(left, channel, "alice", "laptop"))
    if "refresh" in able:
        # At once: a session that was renewed later would outlive the others.
        plan.at(0, do="refresh", session=left, channel=channel)
    plan.at(0, do="use", session=left)
    plan.at(after, do="use", session=left)
    for once in (f"{channel} once {number}" for number in range(limits.places)):
        plan.at(0, **log_in_as(once, channel, "bob", "terminal"))
        plan.at(after, do="use", session=once)
    if "open_public" in able:
        asked = f"{channel} asked for files"
        plan.at(0, **log_in_as(asked, channel, "alice", "phone"))
        for share in (0.3, 0.6, 0.9):
            plan.at(share * idle, do="open_public", session=asked)
        plan.at(after, do="use", session=asked)
    late = 3 * idle
    if (
        limits.movable
        and limits.places == 1
        and (limits.absolute is None or late < OLD * limits.absolute)
    ):
        forgotten = f"{channel} forgotten"
        plan.at(0, **log_in_as(forgotten, channel, "alice", "spare"))
        plan.at(late, do="use", session=forgotten)
    revive(plan, channel, left, after, able)
    back = f"{channel} back"
    plan.at(after, **log_in_as(back, channel, "bob", "terminal"))
    plan.at(after, do="use", session=back)


def in_use(plan: Timeline, channel: str, idle: float, limits: Limits) -> None:
    """A session that is used early, and looked at when it would be over without that."""
    name = f"{channel} in use"
    before, after = limits.around(idle)
    # A moment before the looks at all others, which take time.
    early = min(EARLY * (after - before), before)
    # Whoever has no room for one more session of this user has it for one of the other.
    user = "bob" if limits.places == 1 else "alice"
    plan.at(0, **log_in_as(name, channel, user, "tower"))
    plan.at(early, do="use", session=name)
    plan.at(early + before, do="use", session=name)


def revive(
    plan: Timeline,
    channel: str,
    ended: str,
    at: float,
    able: frozenset[str],
    user: str = "alice",
    device: str = "laptop",
) -> None:
    """Try all that must not bring an ended session back, then log in again as its user."""
    again = f"{ended} again"
    for move, needed in (("keepalive", "keepalive"), ("renew_ended", "refresh")):
        if needed in able:
            plan.at(at, do=move, session=ended)
    plan.at(at, do="edit_ended", session=ended)
    # The newest value first: to present an older one may end what a wrong target has revived.
    plan.at(at, spot=-1, **log_in_as(again, channel, user, device))
    plan.at(at, do="use", session=again)


def kept_busy(
    plan: Timeline, channel: str, absolute: float, limits: Limits, able: frozenset[str]
) -> None:
    """Sessions that are never left alone, by all that must not move their absolute limit."""
    key = LIMITS[ABSOLUTE]
    last, after = limits.around(absolute)
    for kind, (needed, device) in BUSY.items():
        if not needed <= able:
            continue
        name = f"{channel} {kind}"
        asking = log_in_as(name, channel, WORKER, device)
        if kind == "remembered":
            plan.at(0, **asking | {"do": "log_in_remembered", "call": f"{name} first"})
            plan.at(0, call=name, do="log_in_by_memory", session=f"{name} first")
        else:
            plan.at(0, **asking)
        if kind == "refreshed":
            for share in (0.3, 0.6):
                plan.at(share * absolute, until=last, do="refresh", session=name, channel=channel)
        if kind == "promoted":
            plan.at(0.5 * absolute, until=last, do="change_role", user=WORKER, role="admin")
        if kind == "proven":
            _proven(plan, name, absolute, limits)
        if kind == "kept":
            plan.at(last, until=absolute, do="keepalive", session=name)
        plan.at(last, limit=key, do="use", session=name)
        plan.at(after, limit=key, do="use", session=name)
        if kind == "used":
            revive(plan, channel, name, after, able, WORKER, device)


def _proven(plan: Timeline, name: str, absolute: float, limits: Limits) -> None:
    """Prove the password within a session: at most from then on it counts anew, where it may."""
    last, after = limits.around(absolute)
    if not limits.policy["reauth.resets_absolute"]:
        plan.at(0.5 * absolute, until=last, do="step_up", session=name)
    elif limits.movable:
        plan.at(0.5 * absolute, until=last, do="step_up", session=name)
        plan.at(0.5 * absolute + after, do="use", session=name)
    else:
        # Nobody waits longer than the limit for it.
        plan.at(0, do="step_up", session=name)

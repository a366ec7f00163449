"""Acts on time: the clock of the target moves forward, or the run waits."""

import time

from adapters.contract import Acknowledged
from suites.kernel.bench import NotOffered
from suites.kernel.life import Life
from suites.kernel.limits import tolerance
from suites.kernel.model import AUTHENTICATING, State

REAL_WAIT = 2.2
SLICE = 0.25
A_SECOND = 1.1
STUCK = "the clock could not be moved"
"""How the trouble begins that a target makes whose clock stays where it is."""


def strayed(world: "Timing") -> str | None:
    """Return what is strange about a clock that was moved, None when it went where it should.

    The target dates its answers. What was seen of one that dates them otherwise than its clock was
    moved tells nothing about limits; a target that does not date them is believed.
    """
    if not world.moved or (told := _drift(world)) is None:
        return None
    allowed = tolerance(world.policy, world.moved)
    if abs(told - world.moved) > allowed:
        # Some servers make the date once a second only.
        time.sleep(A_SECOND)
        world.bench.stale()
        world.bench.anonymous()
        told = _drift(world)
    if told is None or abs(told - world.moved) <= allowed:
        return None
    moved = f"the clock of the target was moved forward by {world.moved:.0f} s"
    went = f"{abs(told):.0f} s forward" if round(told) >= 0 else f"{-told:.0f} s back"
    return f"{moved}, and the dates of its answers went {went}"


def _drift(world: "Timing") -> float | None:
    """Return how far the dates of the answers went beyond our own clock in this history."""
    nodes = tuple(world.bench.adapter.nodes)
    mine = (e for _, e in world.bench.exchanges if e.url.startswith(nodes))
    ahead = [e.dated - e.sent_at for e in mine if e.dated is not None]
    return ahead[-1] - ahead[0] if ahead else None


class Timing(Life):
    """Lets time pass for the target."""

    longest_wait = REAL_WAIT
    moved = 0.0
    """Seconds by which this history has moved the clock of the target."""
    stuck = ""
    """Why the clock of the target could not be moved in this history, if it could not."""

    def forward(self, seconds: float, *, at_most: float = REAL_WAIT) -> None:
        """Move the clock of the target forward, or wait where that is short enough.

        Accounts that outlast the run are not made older than they are.

        Raises:
            NotOffered: the target has no clock to move, or did not move it, and the wait would be
                too long.
        """
        if self.bench.offers("advance") and self.model.throwaway:
            answer = self.bench.call("advance", seconds)
            if not isinstance(answer, Acknowledged):
                self.stuck = (
                    f"{STUCK}: {answer.why}; check `advance` and `admin`, or `target.clock`"
                )
                raise NotOffered("advance")
            self.model.ahead += seconds
            self.moved += seconds
        elif seconds <= at_most:
            self._sleep(seconds)
        else:
            raise NotOffered("advance")
        self.bench.stale()

    def _sleep(self, seconds: float) -> None:
        """Wait in slices, so that whoever stops the run need not wait as well."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.bench.adapter.before_call()
            time.sleep(min(SLICE, left))

    def move_to(self, node: int) -> None:
        """Go on on a node, which must know by then what happened on the one before.

        Raises:
            NotOffered: that is longer than this run waits.
        """
        happened = self.model.events[-1:]
        if node != self.bench.node and happened and not self.model.settled(happened[0]):
            self._let_pass(self.model.propagation)
        self.bench.node = self.model.node = node

    def let_nodes_agree(self) -> None:
        """Wait as long as the policy gives the nodes to agree; no clock can be moved for that.

        Raises:
            NotOffered: that is longer than this run waits.
        """
        if self.model.propagation:
            self._let_pass(self.model.propagation)
        self.model.event("agreement", None)

    def _let_pass(self, seconds: float) -> None:
        if seconds > self.longest_wait:
            raise NotOffered("wait")
        self._sleep(seconds + SLICE)
        self.bench.stale()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and take over what it ended.

        A token that expires meanwhile is nothing to be judged here: no more is claimed of it.
        """
        self.forward(seconds)
        self.model.event("time", None, extra=seconds)
        for session in self.model.live_sessions():
            for credential in session.current(*AUTHENTICATING):
                alive = self.bench.observe(credential).identity == session.user
                if credential.state is State.LIVE and not alive:
                    credential.state = State.EITHER

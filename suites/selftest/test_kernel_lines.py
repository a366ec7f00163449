"""Connections that stay open: which are judged, and what is said of those left over."""

from collections.abc import Sequence

import pytest

from adapters.contract import Artefact, Device, Refused, Seen, Socket, Unclear
from suites.kernel.declare import Moment
from suites.kernel.lines import Line, Outlived, knock, lines_ended
from suites.kernel.verify import Outcome
from suites.kernel.verify_lines import shut_out, silenced, silenced_by_time
from suites.kernel.world import World
from suites.selftest.toy import Toy, log_in, world_on

NOBODY = Seen("websocket", None, clear=True, why="the connection is closed")
ALICE = Seen("websocket", "alice", clear=True, why="a message")


class Wire:
    """A connection that names somebody so many times, and is closed then."""

    def __init__(self, name: str, times: int) -> None:
        self.name, self.times = name, times

    @property
    def open(self) -> bool:
        return self.times > 0

    def ask(self) -> Seen:
        self.times -= 1
        named = self.name if self.times >= 0 else None
        return Seen("websocket", named, clear=True, why="a message")

    def close(self) -> None:
        self.times = 0


class Connected(Toy):
    """A toy that opens connections for anybody, for nobody, or not at all."""

    lets_in: str | None = None
    trouble: str | None = None

    def websocket(
        self,
        held: Sequence[Artefact],
        device: Device,
        *,
        origin: str | None,
        channel: str,
        node: int,
    ) -> Socket | Refused | Unclear:
        """Open a connection as this toy is told to."""
        if self.trouble is not None:
            return Unclear(self.trouble)
        return Wire(self.lets_in, 9) if self.lets_in is not None else Refused("403")


def connected(toy: Connected) -> tuple[World, Line]:
    """A history in which alice is connected."""
    world = world_on(toy)
    session = log_in(world)
    toy.lets_in = "alice"
    line = world.connect(session)
    assert line is not None
    return world, line


def ended(world: World) -> list[Line]:
    moment = Moment(world.model, tuple(world.model.events[-1:]), final=False)
    return [subject.value for subject in lines_ended().pick(moment)]


def test_the_connection_of_a_session_that_just_ended_is_a_subject() -> None:
    world, line = connected(Connected())
    assert ended(world) == []
    world.logout(line.session)
    assert ended(world) == [line]
    world.visit("phone")
    assert ended(world) == []


def test_a_connection_that_named_nobody_before_is_no_subject() -> None:
    world, line = connected(Connected())
    line.proven = False
    world.logout(line.session)
    assert ended(world) == []


@pytest.mark.parametrize(
    ("times", "outcome"), [(0, Outcome.HELD), (2, Outcome.HELD), (99, Outcome.VIOLATED)]
)
def test_a_connection_has_to_fall_silent_in_time(times: int, outcome: Outcome) -> None:
    world, line = connected(Connected())
    world.logout(line.session)
    line.socket = Wire("alice", times)
    assert silenced(line, world.bench, 0.6).outcome is outcome


def test_a_session_that_survives_its_end_is_told_elsewhere() -> None:
    world, line = connected(Connected())
    assert silenced(line, world.bench, 0.0).outcome is Outcome.NOT_JUDGED
    assert shut_out(line, world.bench).outcome is Outcome.NOT_JUDGED


@pytest.mark.parametrize(
    ("lets_in", "trouble", "outcome"),
    [
        ("alice", None, Outcome.VIOLATED),
        (None, None, Outcome.HELD),
        (None, "no answer", Outcome.UNCLEAR),
    ],
)
def test_what_is_dead_opens_no_connection(
    lets_in: str | None, trouble: str | None, outcome: Outcome
) -> None:
    toy = Connected()
    world, line = connected(toy)
    world.logout(line.session)
    toy.lets_in, toy.trouble = lets_in, trouble
    assert shut_out(line, world.bench).outcome is outcome


def test_a_knock_leaves_nothing_open() -> None:
    world, line = connected(Connected())
    assert knock(world.bench, line.credential).identity == "alice"
    world.hang_up()
    assert not line.socket.open


@pytest.mark.parametrize(
    ("over_it", "session_is", "outcome"),
    [
        (ALICE, NOBODY, Outcome.VIOLATED),
        (NOBODY, NOBODY, Outcome.HELD),
        (ALICE, ALICE, Outcome.NOT_JUDGED),
        (ALICE, Seen("me", None, clear=False, why="no answer"), Outcome.UNCLEAR),
    ],
)
def test_an_expired_session_leaves_no_connection(
    over_it: Seen, session_is: Seen, outcome: Outcome
) -> None:
    _, line = connected(Connected())
    assert silenced_by_time(Outlived(line.session, over_it, session_is)).outcome is outcome

"""What an entry tells of depends on its time, by the clock of the place that wrote it."""

import json
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.journals.events import EventMap
from adapters.journals.lines import Line
from adapters.journals.sink import Arrivals
from suites.kernel.audit import Arrived, Audit, Audits, Entry, Logged
from suites.kernel.deeds import Deed, Incident, Recorder
from suites.kernel.doings import DEAD_VALUE
from suites.kernel.policy import Policy
from suites.kernel.reckoning import Reckoning
from suites.kernel.verify_sinks import dated
from suites.selftest.toy import Toy, calibration, world_on

EVENTS = {
    "login_success": {"do": "login"},
    "logout": {"do": "logout"},
    "dead_use": {"do": "dead"},
}
HOUR = 3600.0


class Watching:
    """One history at a sink, where entries arrive with any time."""

    def __init__(self, *, nodes: int = 1, first: float = 0.0, movable: bool = False) -> None:
        said = {"subject": "who", "time": "at", "events": EVENTS}
        away = SimpleNamespace(trouble="", take=lambda: None, expect_within=lambda _: None)
        self.sink: Arrivals = Arrivals(away, EventMap(said))  # type: ignore[arg-type]
        self.audit = Audit(self.sink, Policy({"siem": {"max_delay_seconds": 0.3}}))
        toy = Toy()
        if nodes > 1:
            toy.nodes = tuple(f"http://toy{n}.test" for n in range(nodes))  # type: ignore[assignment]
        self.world: Any = world_on(toy)
        self.world.bench.offers = lambda what, *_: movable or what != "advance"  # type: ignore[method-assign]
        self.recorder = Recorder(calibration(toy), Policy({}))
        self.book = self.recorder.begin(self.world.model)
        self.audit.begin(self.book)
        self.tell("login", first)
        self.audit.find(self.book, self.world)
        self.audit.begin(self.book)

    def tell(
        self,
        what: str,
        after: float,
        source: str = "a",
        *,
        naive: bool = False,
        grain: float = 1e-6,
    ) -> None:
        """Have an entry arrive that is dated so many seconds from now, as exactly as told."""
        when = datetime.fromtimestamp((time.time() + after) // grain * grain, UTC)
        at = (when.replace(tzinfo=None) if naive else when).isoformat()
        known = {"do": what, "who": "alice", "at": at}
        self.sink.takes(Line(json.dumps(known), time.time(), source), known)

    def do(self, kind: str, *, sure: bool = True, node: int = 0) -> None:
        """Have something happen now."""
        people, now = self.book.lots.named("alice"), time.time()
        self.book.deeds.append(Deed(1, kind, people, None, now, now, sure, node))

    def reckoning(self) -> Reckoning:
        """Return what the sink tells of it."""
        sights = self.audit.sights(self.world, self.book)
        (found,) = (s for s in sights if isinstance(s, Logged))
        return found.reckoning

    def off(self) -> str:
        """Return how the time of the only record is judged."""
        audits = Audits(self.recorder, [self.audit], None)
        told = [s.sight for s in audits.end(self.world) if isinstance(s, Arrived)]
        (entry,) = (s for s in told if isinstance(s, Entry))
        return dated(entry, self.audit.ahead).outcome.value


@pytest.mark.parametrize("behind", [0.7, 3.2])
def test_a_node_whose_clock_is_behind_by_a_bit_told_of_it(behind: float) -> None:
    there = Watching()
    there.do("login_success")
    there.tell("login", -behind)
    assert not there.reckoning().missing


def test_a_source_of_times_without_zone_told_of_it() -> None:
    there = Watching()
    there.do("login_success")
    there.tell("login", -2 * HOUR, "b", naive=True)
    assert not there.reckoning().missing


@pytest.mark.parametrize("kind", ["login_success", "logout"])
def test_what_is_long_past_stands_in_for_nothing(kind: str) -> None:
    there = Watching()
    there.do(kind)
    there.tell("login" if kind == "login_success" else kind, -50)
    found = there.reckoning()
    assert [deed.kind for deed in found.missing] == [kind]
    assert not found.surplus


def test_what_is_long_past_stands_in_for_no_incident() -> None:
    there = Watching()
    there.book.incidents.append(Incident(1, DEAD_VALUE, there.book.lots.named("alice"), "web"))
    there.tell("dead", -50)
    assert there.reckoning().unnoted
    there.tell("dead", -2)
    assert not there.reckoning().unnoted


def test_another_node_may_have_another_clock() -> None:
    there = Watching(nodes=2)
    there.do("login_success", node=1)
    there.tell("login", -50)
    assert not there.reckoning().missing
    there.do("login_success", node=0)
    there.tell("login", -50)
    assert [deed.node for deed in there.reckoning().missing] == [0]


@pytest.mark.parametrize(("source", "naive"), [("b", False), ("a", True), ("b", True)])
def test_a_clock_that_nobody_knows_excuses_nothing(source: str, naive: bool) -> None:
    there = Watching()
    there.tell("logout", -2 * HOUR, source, naive=naive)
    assert [event.kind for event in there.reckoning().surplus] == ["logout"]


def test_by_a_clock_that_is_known_the_past_is_too_much_of_nothing() -> None:
    there = Watching()
    there.tell("logout", -3)
    assert not there.reckoning().surplus


def test_the_minute_of_an_entry_is_all_of_it() -> None:
    there = Watching()
    there.do("login_success")
    there.tell("login", 0, grain=60)
    assert not there.reckoning().missing


@pytest.mark.parametrize(
    ("first", "then", "outcome"),
    [(-10, 0, "held"), (-10, 9, "violated"), (HOUR, HOUR, "held"), (HOUR, 0, "violated")],
)
def test_a_first_record_that_came_late_moved_no_clock(
    first: float, then: float, outcome: str
) -> None:
    there = Watching(first=first, movable=True)
    there.do("login_success")
    there.tell("login", then)
    assert there.off() == outcome


def test_a_clock_that_was_found_moved_may_be_set_right() -> None:
    there = Watching(first=HOUR, movable=True)
    there.do("login_success")
    there.tell("login", 0)
    assert not there.reckoning().missing

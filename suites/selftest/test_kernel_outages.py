"""Outages: what counts as one, what is judged of it, and that every fault is healed."""

from collections import Counter
from collections.abc import Sequence

import pytest

from adapters.contract import Acknowledged, Answer, Artefact, Device, Refused, Seen, Unclear
from suites.kernel.accounts import Accounts
from suites.kernel.declare import Moment
from suites.kernel.model import Event
from suites.kernel.outages import AFTER, DEAD, DURING, MADE_UP, Glance, Outage
from suites.kernel.select_outages import glances, outages
from suites.kernel.verify import Outcome
from suites.kernel.verify_outages import back, honest, let_in
from suites.kernel.world import World
from suites.machines.outages import resigned
from suites.selftest.past import History
from suites.selftest.toy import Toy, calibration, log_in, world_on

NOBODY, ALICE = Seen("me", None, True, "nobody"), Seen("me", "alice", True, "named")
DOWN = Seen("me", None, clear=False, why="503", crashed=True)


class Fragile(Toy):
    """A toy whose store can fail; each switch makes it treat that wrongly."""

    def __init__(self, *, wrong: Sequence[str] = ()) -> None:
        super().__init__(wrong=wrong)
        self.down: set[str] = set()
        self.ghosts: dict[str, str] = {}

    def inject_fault(self, kind: str, *, node: int) -> Answer:
        if "refuses faults" in self.wrong:
            return Refused("no such part")
        self.down.add(kind)
        return Acknowledged()

    def heal_fault(self, kind: str, *, node: int) -> Answer:
        if "never heals" not in self.wrong:
            self.down.discard(kind)
            return Acknowledged()
        return Unclear("503")

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        value = self._value(held, device, channel) or ""
        if self.down and value in self.ghosts and "fails open" in self.wrong:
            return Seen(which, self.ghosts[value], clear=True, why="named")
        if self.down:
            return DOWN
        return super().probe(held, device, which=which, channel=channel, node=node)

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        if self.down:
            return Acknowledged() if "loses logouts" in self.wrong else Unclear("503")
        value = self._value(held, device, channel)
        if value in self.entries:
            self.ghosts[value] = self.entries[value].user
        return super().logout(held, device, channel=channel, node=node)


def through(*wrong: str) -> tuple[World, Event]:
    """A history in which the store of a toy fails once."""
    world = world_on(Fragile(wrong=wrong))
    event = world.live_through(log_in(world), "store", resigned)
    assert event is not None
    return world, event


def subjects(world: World, event: Event) -> list[tuple[str, str]]:
    """What was looked at, and when, as far as it is judged."""
    found = glances().pick(Moment(world.model, (event,), final=False))
    return [(subject.value.what, subject.value.when) for subject in found]


def test_dead_and_made_up_values_are_presented_during_and_after_an_outage() -> None:
    world, event = through()
    assert event.extra.noticed == "a living session is not recognised"
    assert subjects(world, event) == [
        (w, when) for when in (DURING, AFTER) for w in (DEAD, MADE_UP)
    ]
    assert all(let_in(glance).outcome is Outcome.HELD for glance in event.extra.glances)
    assert honest(event.extra).outcome is Outcome.HELD
    assert back(event.extra).outcome is Outcome.HELD


def test_a_dead_value_that_is_let_in_is_seen() -> None:
    _, event = through("fails open")
    told = [(g.what, g.when) for g in event.extra.glances if let_in(g).violated]
    assert told == [(DEAD, DURING)]


def test_a_logout_that_is_reported_and_lost_is_seen_and_told_once() -> None:
    world, event = through("loses logouts")
    assert honest(event.extra).violated
    assert [e.kind for e in world.model.events if e.kind == "logout"] == ["logout"]


def test_a_fault_that_was_refused_is_no_outage() -> None:
    world, event = through("refuses faults")
    assert list(outages().pick(Moment(world.model, (event,), final=False))) == []
    assert subjects(world, event) == []


def test_of_a_target_that_did_not_come_back_nothing_is_said() -> None:
    world, event = through("never heals")
    assert honest(event.extra).outcome is Outcome.NOT_JUDGED
    assert back(event.extra).outcome is Outcome.NOT_JUDGED
    assert world.injected == {"store"}


def test_a_fault_is_healed_when_the_history_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Fragile()
    world = world_on(toy)
    session = log_in(world)

    def cut(_: World, kind: str) -> bool:
        raise KeyboardInterrupt(kind)

    with monkeypatch.context() as patch:
        patch.setattr(World, "heal", cut)
        with pytest.raises(KeyboardInterrupt):
            world.live_through(session, "store", resigned)
    assert toy.down == {"store"}
    trouble: Counter[str] = Counter()
    Accounts(toy, calibration(toy), trouble).clean_up(world, {})
    assert (toy.down, dict(trouble)) == (set(), {})


def test_a_fault_that_cannot_be_healed_is_told() -> None:
    toy = Fragile(wrong=["never heals"])
    world = world_on(toy)
    world.live_through(log_in(world), "store", resigned)
    trouble: Counter[str] = Counter()
    Accounts(toy, calibration(toy), trouble).clean_up(world, {})
    assert dict(trouble) == {"the fault store could not be healed; heal it by hand": 1}


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [(NOBODY, Outcome.HELD), (DOWN, Outcome.HELD), (ALICE, Outcome.VIOLATED)],
)
def test_in_an_outage_an_error_is_a_refusal(seen: Seen, outcome: Outcome) -> None:
    assert let_in(Glance(DEAD, DURING, seen)).outcome is outcome


@pytest.mark.parametrize(
    ("answer", "left", "outcome"),
    [
        (Acknowledged(), ALICE, Outcome.VIOLATED),
        (Acknowledged(), NOBODY, Outcome.HELD),
        (Acknowledged(), DOWN, Outcome.UNCLEAR),
        (Refused("no"), ALICE, Outcome.HELD),
        (Unclear("503"), ALICE, Outcome.HELD),
    ],
)
def test_a_logout_fails_in_words_or_counts(answer: Answer, left: Seen, outcome: Outcome) -> None:
    outage = Outage("store", History().login(), "noticed", healed=True, logout=answer, left=left)
    assert honest(outage).outcome is outcome


@pytest.mark.parametrize(("seen", "outcome"), [(ALICE, Outcome.HELD), (NOBODY, Outcome.VIOLATED)])
def test_a_living_session_comes_back(seen: Seen, outcome: Outcome) -> None:
    outage = Outage("store", History().login(), "noticed", healed=True, live=seen)
    assert back(outage).outcome is outcome


def test_only_signed_tokens_get_another_signature() -> None:
    assert resigned("opaque") is None
    assert resigned("a.b.Axyz") == "a.b.Bxyz"

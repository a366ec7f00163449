"""Values good for one use: what is tried with them, and what it takes to say that it failed."""

import secrets
from collections.abc import Sequence

import pytest

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Kind,
    Place,
    Refused,
    Unclear,
    User,
)
from adapters.secrets import Secret
from suites.guide.s10_one_time import a_reset_token_is_short_lived
from suites.kernel.once import EXPIRED, FACTOR, LATE_RESET, LINK, USED, OneTimeUse
from suites.kernel.policy import Policy
from suites.kernel.verify import Outcome
from suites.kernel.verify_once import opened_nobody
from suites.kernel.world import World
from suites.selftest.toy import Toy, log_in, world_on


class Mailing(Toy):
    """A toy that mails login links and asks for a second factor, each wrong in a way if told."""

    def __init__(self, *, wrong: Sequence[str] = ()) -> None:
        super().__init__(wrong=wrong)
        self.mailed: dict[str, list[str]] = {}
        self.used_links: set[str] = set()

    def request_link(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        self.mailed.setdefault(user.name, []).append(secrets.token_urlsafe(16))
        if "asking revives" in self.wrong:
            self.used_links.clear()
        return Acknowledged()

    def read_link(self, user: User, *, node: int) -> Answer:
        value = Secret(self.mailed[user.name][-1], "link")
        return Acknowledged((Artefact(Kind.LINK, Place.BODY, "link", value),))

    def login_with_link(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        value = held[-1].value.reveal()
        owner = next((u for u, links in self.mailed.items() if value in links), None)
        if owner is None or value in self.used_links:
            return Refused("no such link")
        if "links are reusable" not in self.wrong:
            self.used_links.add(value)
        return Acknowledged(self._issue(owner, device, channel))

    def login_first_factor(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        value = Secret(user.name, "pending")
        return Acknowledged((Artefact(Kind.PENDING, Place.BODY, "pending", value),))

    def login_second_factor(
        self, held: Sequence[Artefact], device: Device, user: User, *, channel: str, node: int
    ) -> Answer:
        name = held[-1].value.reveal()
        if name != user.name and "any factor fits" not in self.wrong:
            return Refused("wrong factor")
        return Acknowledged(self._issue(name, device, channel))


class Forgetful(Toy):
    """A toy that mails reset tokens, good for ten minutes unless told otherwise."""

    def __init__(self, *, wrong: Sequence[str] = ()) -> None:
        super().__init__(wrong=wrong)
        self.sent: dict[str, float] = {}
        self.aged = 0.0

    def age(self, seconds: float) -> None:
        self.aged += seconds

    def start_reset(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        self.sent[secrets.token_urlsafe(16)] = self.aged
        return Acknowledged()

    def read_reset(self, user: User, *, node: int) -> Answer:
        value = Secret(list(self.sent)[-1], "reset")
        return Acknowledged((Artefact(Kind.RESET, Place.BODY, "reset", value),))

    def finish_reset(
        self, held: Sequence[Artefact], device: Device, new: Secret, *, channel: str, node: int
    ) -> Answer:
        late = self.aged - self.sent[held[-1].value.reveal()] > 600
        if late and "resets fail late" in self.wrong:
            return Unclear("503")
        return (
            Refused("late") if late and "resets never expire" not in self.wrong else Acknowledged()
        )


def entered(*wrong: str) -> World:
    """A history in which alice has logged in by a link."""
    world = world_on(Mailing(wrong=wrong))
    world.ask_link("alice")
    assert world.login_by_link("alice", "laptop") is not None
    return world


def opened(world: World) -> tuple[str, tuple[str, ...]]:
    """What the last misuse was, and whom it opened."""
    event = world.model.events[-1]
    return event.detail, event.extra.opened


def test_a_login_by_link_is_a_session_like_any_other() -> None:
    world = entered()
    [session] = world.model.live_sessions("alice")
    assert session.sure.proven


@pytest.mark.parametrize(("wrong", "found"), [((), ()), (("links are reusable",), ("alice",))])
def test_a_used_link_is_used_again(wrong: tuple[str, ...], found: tuple[str, ...]) -> None:
    world = entered(*wrong)
    world.replay_link("alice", 0)
    assert opened(world) == (f"{LINK} {USED}", found)


def test_a_link_that_never_worked_is_not_used_again() -> None:
    world = world_on(Mailing())
    world.ask_link("alice")
    assert world.replay_link("alice", 0) is None
    assert world.use_link_late("alice") is None


def test_a_used_link_is_tried_after_a_newer_one_was_asked_for() -> None:
    world = entered("asking revives")
    world.ask_link("alice")
    world.replay_link("alice", 0)
    assert opened(world) == (f"{LINK} {USED}", ("alice",))


def test_a_link_past_its_lifetime_is_one_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    world, waited = entered(), list[float]()
    monkeypatch.setattr(World, "pass_time", lambda _, seconds: waited.append(seconds))
    world.use_link_late("alice")
    assert waited == [605.0]
    assert opened(world) == (f"{LINK} {EXPIRED}", ("alice",))


def test_an_older_link_may_or_may_not_be_superseded() -> None:
    world = world_on(Mailing())
    world.ask_link("alice")
    world.ask_link("alice")
    assert [link.state.value for link in world.links["alice"]] == ["either", "live"]


@pytest.mark.parametrize(
    ("wrong", "outcome"),
    [
        ((), Outcome.HELD),
        (("resets never expire",), Outcome.VIOLATED),
        (("resets fail late",), Outcome.UNCLEAR),
    ],
)
def test_a_reset_token_is_tried_past_its_lifetime(
    wrong: tuple[str, ...], outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = Forgetful(wrong=wrong)
    world = world_on(toy)
    monkeypatch.setattr(World, "pass_time", lambda _, seconds: toy.age(seconds))
    world.use_reset_late("alice")
    assert LATE_RESET not in {event.kind for event in world.model.events}
    world.ask_reset("alice")
    world.finish_reset("alice")
    world.use_reset_late("alice")
    event = world.model.events[-1]
    assert (event.kind, toy.aged) == (LATE_RESET, 605.0)
    declared = Policy({"one_time.lifetime": 600})
    assert a_reset_token_is_short_lived(event, declared).outcome is outcome
    asked_for = a_reset_token_is_short_lived(event, Policy())
    assert asked_for.outcome is (Outcome.WARNING if outcome is Outcome.VIOLATED else outcome)


@pytest.mark.parametrize(("wrong", "found"), [((), ()), (("any factor fits",), ("bob",))])
def test_a_second_factor_is_lent(wrong: tuple[str, ...], found: tuple[str, ...]) -> None:
    world = world_on(Mailing(wrong=wrong))
    log_in(world)
    world.lend_factor("bob", "alice", "web")
    event = world.model.events[-1]
    assert (event.extra.what, event.extra.opened) == (FACTOR, found)


@pytest.mark.parametrize(
    ("answer", "whom", "outcome"),
    [
        (Refused("no"), (), Outcome.HELD),
        (Acknowledged(), (), Outcome.HELD),
        (Acknowledged(), ("alice",), Outcome.VIOLATED),
        (Unclear("503"), (), Outcome.UNCLEAR),
    ],
)
def test_what_opens_nobody_holds(answer: Answer, whom: tuple[str, ...], outcome: Outcome) -> None:
    assert opened_nobody(OneTimeUse(LINK, USED, answer, whom)).outcome is outcome

"""Refresh tokens used twice: a retry that a grace window allows, and two uses that meet."""

from collections.abc import Sequence

import pytest

from adapters.contract import Acknowledged, Answer, Artefact, Device
from suites.guide.s3_families import (
    a_repeated_refresh_within_the_grace_window_ends_nothing as harms_nobody,
)
from suites.kernel.bench import latest
from suites.kernel.families import OWNER, THIEF, Reuse
from suites.kernel.lineups_once import renewals
from suites.kernel.together import Ran
from suites.kernel.verify import Outcome
from suites.selftest.toy import REFRESH, Toy, log_in, world_on

GRACE = 2.0


class Repeating(Toy):
    """A toy that answers a used refresh token with what it gave for it the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, Answer] = {}

    def refresh(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Trade a refresh token for new tokens, and once more for the same."""
        value = next(a.value.reveal() for a in held if (a.place, a.name) == REFRESH)
        if value not in self.given:
            answer = super().refresh(held, device, channel=channel, node=node)
            if not isinstance(answer, Acknowledged):
                return answer
            self.given[value] = answer
        return self.given[value]


class Forking(Toy):
    """A toy that opens another session for a used refresh token."""

    def __init__(self) -> None:
        super().__init__()
        self.owners: dict[str, str] = {}

    def refresh(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Trade a refresh token for new tokens, as often as anybody likes."""
        value = next(a.value.reveal() for a in held if (a.place, a.name) == REFRESH)
        entry = self.entries.get(self.spent.get(value, ""))
        if entry is not None:
            self.owners.setdefault(value, entry.user)
        if value not in self.owners or entry is not None:
            return super().refresh(held, device, channel=channel, node=node)
        return Acknowledged(self._issue(self.owners[value], device, channel))


def retried(toy: Toy, *, grace: float = GRACE, by: str = OWNER, used: int = 1) -> Reuse:
    """Refresh some times, present the last used token once more, and say what came of it."""
    world = world_on(toy, refresh__grace_seconds=grace)
    session = log_in(world, channel="api")
    for _ in range(used):
        assert world.refresh(session).acknowledged
    event = world.replay_rotated(session, -1, by=by)
    assert event is not None
    assert isinstance(event.extra, Reuse)
    return event.extra


def test_a_retry_within_the_grace_window_that_ends_the_family_is_a_violation() -> None:
    use = retried(Toy())
    assert use.goes_on is False
    assert harms_nobody(use).outcome is Outcome.VIOLATED


def test_a_retry_within_the_grace_window_that_is_answered_as_before_holds() -> None:
    use = retried(Repeating(), used=3)
    assert use.goes_on is True
    assert harms_nobody(use).outcome is Outcome.HELD


@pytest.mark.parametrize(("grace", "by"), [(0.0, OWNER), (0.1, OWNER), (GRACE, THIEF)])
def test_whether_a_session_goes_on_is_asked_after_a_retry_of_its_owner_only(
    grace: float, by: str
) -> None:
    assert retried(Toy(), grace=grace, by=by).goes_on is None


# -- two uses that meet ---------------------------------------------------------------------------


def lived(toy: Toy, grace: float = 0.0) -> tuple[list[str], bool | None]:
    """Use one refresh token twice; return what lives, twice looked at, and the verdict if any."""
    world = world_on(toy, refresh__grace_seconds=grace)
    lineup = renewals(world, "alice", "api", 0)
    assert lineup is not None
    assert lineup.look is not None
    ran = [Ran(racer.runner.act(), None) for racer in lineup.racers]
    held = {
        racer.gives: latest(one.answer.issued)
        for racer, one in zip(lineup.racers, ran, strict=True)
        if isinstance(one.answer, Acknowledged)
    }
    looks = [[name for name, mine in held.items() if lineup.look(mine)] for _ in range(2)]
    assert looks[0] == looks[1]
    return looks[0], lineup.verdict(ran, looks[0]) if lineup.verdict else None


def test_the_successors_of_two_uses_are_counted_by_what_can_be_renewed() -> None:
    assert lived(Toy()) == ([], None)
    assert lived(Forking()) == (["what one refresh gave", "what another refresh gave"], None)


def test_the_same_successor_given_twice_is_one() -> None:
    assert lived(Repeating()) == (["what one refresh gave"], None)


@pytest.mark.parametrize(("toy", "right"), [(Toy, False), (Repeating, True), (Forking, False)])
def test_within_a_grace_window_exactly_one_successor_goes_on(toy: type[Toy], right: bool) -> None:
    assert lived(toy(), GRACE)[1] is right


def test_where_nothing_rotates_no_two_uses_meet() -> None:
    world = world_on(Toy(), refresh__rotation=False)
    assert renewals(world, "alice", "api", 0) is None

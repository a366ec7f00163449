"""Whole searches on a target in memory: what is wrong is found, what is right never accused."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from adapters.checked import AdapterError
from suites.kernel.budget import Budget
from suites.kernel.campaign import Campaign
from suites.kernel.plan import judged, plan
from suites.kernel.policy import Policy
from suites.kernel.scenario import tell
from suites.selftest.declared import registries
from suites.selftest.toy import Toy, calibration

SHORT = Budget("short", 12, 15, 20.0, 1, 1.0, 80)


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    with registries():
        yield


class FixedAccounts(Toy):
    """Offers no way to create accounts, so that those of the profile are used."""

    create_user: Any = None
    drop_user: Any = None


def campaign(toy: Toy, *only: str, **policy: Any) -> Campaign:
    known, said = calibration(toy), Policy(policy)
    claims = judged(plan(known.capabilities, said, only=only).values())
    return Campaign(toy, known, said, claims, SHORT)


def searched(toy: Toy, *only: str, seed: int = 1, **policy: Any) -> Campaign:
    found = campaign(toy, *only, **policy)
    found.walk(seed)
    found.minimise()
    return found


def accused(found: Campaign) -> set[str]:
    return {breach.invariant.requirement.id for breach in found.ledger.breaches.values()}


def lru(limit: int) -> Toy:
    toy = Toy(limit=limit)
    toy.victim = "lru"
    return toy


SOUND: Mapping[str, tuple[Callable[[], Toy], dict[str, Any]]] = {
    "no limit": (Toy, {}),
    "fixed accounts": (FixedAccounts, {}),
    "declared without limit": (Toy, {"concurrency": {"mode": "allow"}}),
    "evicts the oldest": (lambda: Toy(limit=2), {"concurrency": {"mode": "evict", "max": 2}}),
    "evicts the least used": (
        lambda: lru(2),
        {"concurrency": {"mode": "evict", "max": 2, "victim": "lru"}},
    ),
    "blocks": (
        lambda: Toy(limit=2, mode="block"),
        {"concurrency": {"mode": "block", "max": 2}},
    ),
    "spares the caller": (
        lambda: Toy(wrong=["revoke spares the caller"]),
        {"revoke_all": {"includes_current": False}},
    ),
    "refuses to log out": (lambda: Toy(wrong=["logout refuses", "logout keeps"]), {}),
}


@pytest.mark.parametrize("name", list(SOUND))
@pytest.mark.parametrize("seed", [1, 100])
def test_a_target_that_does_as_declared_is_never_accused(name: str, seed: int) -> None:
    make, policy = SOUND[name]
    found = searched(make(), seed=seed, **policy)
    assert (found.gone, found.broken) == (None, None)
    assert accused(found) == set()
    assert found.ledger.histories >= SHORT.histories
    assert sum(tally.judged for tally in found.ledger.tallies.values()) > 100


@pytest.mark.parametrize(
    ("wrong", "policy", "identifier", "steps"),
    [
        ("logout keeps", {}, "SM-2.1", 2),
        ("login keeps", {}, "SM-5.1", 4),
        ("revoke spares the caller", {"revoke_all": {"includes_current": True}}, "SM-6.5", 2),
    ],
)
def test_what_is_wrong_is_found_and_told_in_few_steps(
    wrong: str, policy: dict[str, Any], identifier: str, steps: int
) -> None:
    found = searched(Toy(wrong=[wrong]), identifier, **policy)
    assert accused(found) == {identifier}
    for minimal in found.minimal.values():
        assert minimal.reproduced
        names = [step["as"] for step in minimal.steps]
        assert names == [f"s{number}" for number in range(1, len(names) + 1)]
        assert len(tell(minimal.steps)) <= steps


def test_a_minimal_scenario_shows_the_violation_when_played_alone() -> None:
    found = searched(Toy(wrong=["logout keeps"]), "SM-2.1")
    for finding, minimal in found.minimal.items():
        again = campaign(Toy(wrong=["logout keeps"]), "SM-2.1")
        again.play(minimal.steps)
        assert list(again.ledger.breaches) == [finding]
        healed = campaign(Toy(), "SM-2.1")
        healed.play(minimal.steps)
        assert accused(healed) == set()


def test_fixed_accounts_are_left_as_they_were_found() -> None:
    toy = FixedAccounts()
    before = dict(toy.passwords)
    found = searched(toy)
    assert found.ledger.tallies["password_change_ends_the_sessions"].judged
    assert toy.passwords == before
    assert toy.entries == {}


def test_throw_away_accounts_are_deleted() -> None:
    toy = Toy()
    before = dict(toy.passwords)
    searched(toy)
    assert toy.passwords == before
    assert toy.entries == {}


def test_a_target_that_dies_ends_the_search_and_nothing_of_the_end_counts() -> None:
    class Dying(Toy):
        left = 40

        def logout(self, *held: Any, **lane: Any) -> Any:
            self.left -= 1
            return super().logout(*held, **lane)

        def probe(self, *held: Any, **lane: Any) -> Any:
            self.silent = self.left <= 0
            return super().probe(*held, **lane)

    found = searched(Dying())
    assert found.gone == "the target no longer answers as it did: no answer"
    assert found.ledger.histories < SHORT.histories
    assert accused(found) == set()
    assert found.ledger.tallies["logged_out_session_is_refused"].judged


def test_a_mistake_of_the_adapter_ends_the_search_and_accuses_nobody() -> None:
    class Broken(Toy):
        def change_password(self, *held: Any, **lane: Any) -> Any:
            raise AdapterError("shop.py line 3 in change_password(): KeyError")

    found = searched(Broken())
    assert found.broken == "shop.py line 3 in change_password(): KeyError"
    assert accused(found) == set()


def test_a_target_that_names_somebody_to_strangers_accuses_nobody_of_the_dead() -> None:
    toy = Toy(wrong=["logout keeps"])
    toy.names_strangers = "alice"
    found = searched(toy, "SM-2.1")
    assert accused(found) == set()
    assert found.gone == "the target names somebody to a stranger"

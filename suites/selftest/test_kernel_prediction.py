"""Samples are judged twice before anything is failed, and rows of logins are compared."""

import hashlib
import random
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from adapters.contract import User
from adapters.secrets import Secret
from suites.guide.s1_identifiers import identifiers_carry_the_declared_entropy
from suites.kernel.model import Event
from suites.kernel.policy import Policy
from suites.kernel.sampling import Row, Sampled
from suites.kernel.verify import Outcome, held, violated
from suites.kernel.verify_prediction import (
    Attempt,
    Predictor,
    twice_found,
    unlike,
    unpredicted,
    unseeded,
)
from suites.kernel.world import World
from suites.machines.prediction import predictable
from suites.probes.predict_starts import seeded_with_the_start

ANN = User("ann@example.test", Secret("ann-password"))
HIT = Attempt("md5(second)", 9, 9)


def issued(*values: str, node: int = 0, at: float = 1000.0) -> tuple[Sampled, ...]:
    return tuple(Sampled(v, ANN, "d", node, "web", at, at + 0.1, float(int(at))) for v in values)


def event(extra: object) -> Event:
    return Event(0, "sample", None, user="ann", detail="session in cookie", extra=extra)


class Fresh:
    """A world that only has a second sample to give."""

    def __init__(self, again: Sequence[Sampled]) -> None:
        self.again = list(again)

    def sampled_again(self, _: Event) -> list[Sampled]:
        return self.again


def judged(first: Attempt, second: Attempt, size: int = 50) -> tuple[Outcome, str]:
    attempts: Iterator[Attempt] = iter((first, second))
    predict: Predictor = lambda _: next(attempts)  # noqa: E731  two answers in a row
    many = issued(*(f"v{number}" for number in range(size)))
    found = unpredicted(event(list(many)), cast("World", Fresh(many)), predict)
    return found.outcome, found.seen


@pytest.mark.parametrize(
    ("first", "second", "outcome", "words"),
    [
        (Attempt(), Attempt(), Outcome.HELD, "no formula found"),
        (HIT, HIT, Outcome.VIOLATED, "md5(second): right for 9 of 9 held out; so in the sample"),
        (HIT, Attempt(), Outcome.WARNING, "in a fresh sample no formula found"),
        (Attempt(missing="too few"), HIT, Outcome.NOT_JUDGED, "too few"),
        (Attempt("f", 2, 2, sealed=True), HIT, Outcome.WARNING, "only the signature protects it"),
    ],
)
def test_a_prediction_counts_when_it_comes_true_twice(
    first: Attempt, second: Attempt, outcome: Outcome, words: str
) -> None:
    found, seen = judged(first, second)
    assert found is outcome
    assert words in seen


def test_few_identifiers_are_not_judged() -> None:
    assert judged(HIT, HIT, 49) == (Outcome.NOT_JUDGED, "49 of at least 50 identifiers")


def test_what_a_fresh_sample_does_not_show_is_a_warning() -> None:
    answers = iter((violated("128 bits", "32 bits"), held("128 bits", "128 bits")))
    world = cast("World", Fresh(()))
    found = twice_found(event([]), world, lambda _: next(answers))
    assert (found.outcome, found.seen) == (
        Outcome.WARNING,
        "32 bits; in a fresh sample 128 bits",
    )


@pytest.mark.parametrize(
    ("size", "octets", "outcome", "words"),
    [
        (60, 16, Outcome.WARNING, "length and alphabet only: 60 of at least 200 identifiers"),
        (60, 12, Outcome.DEVIATION, "length and alphabet only"),
        (60, 4, Outcome.VIOLATED, "so in the sample before"),
        (200, 16, Outcome.HELD, "at most 128 bits"),
    ],
)
def test_a_small_sample_refutes_but_never_lets_pass(
    size: int, octets: int, outcome: Outcome, words: str
) -> None:
    def sample() -> list[Sampled]:
        return list(issued(*(f"{'5e' * 12}{secrets.token_hex(octets)}" for _ in range(size))))

    world = cast("World", Fresh(sample()))
    found = identifiers_carry_the_declared_entropy(event(sample()), Policy({}), world)
    assert found.outcome is outcome
    assert words in found.seen


def rows(*found: tuple[int, int, Sequence[str]]) -> Event:
    return event([Row(node, start, 0.0, issued(*v, node=node)) for node, start, v in found])


def by_node(row: Row) -> Any:
    return row.node


def test_nodes_that_issue_the_same_are_told() -> None:
    same = unlike(rows((0, 0, "abc"), (1, 0, "cde")), apart=by_node)
    assert same.violated
    assert "node 1 after 0 restarts and node 2 after 0 restarts" in same.seen
    assert unlike(rows((0, 0, "abc"), (1, 0, "def")), apart=by_node).outcome is Outcome.HELD
    assert unlike(rows((0, 0, "abc"), (0, 1, "abc")), apart=by_node).outcome is Outcome.NOT_JUDGED


def test_the_second_of_a_start_is_found_as_a_seed() -> None:
    def row(start: int, text: str) -> Row:
        at = 1_700_000_000.0 + 20 * start
        return Row(0, start, at - 3, issued(text, at=at))

    def hashed(start: int, count: int) -> str:
        return hashlib.sha256(f"{1_700_000_000 + 20 * start - 2}:{count}".encode()).hexdigest()

    def twisted(start: int) -> str:
        generator = random.Random(1_700_000_000 + 20 * start - 1)  # noqa: S311
        generator.getrandbits(128)
        return f"{generator.getrandbits(128):032x}"

    found = seeded_with_the_start([row(1, hashed(1, 1)), row(2, hashed(2, 1))])
    assert found.formula == "sha256(second of the start + count joined by ':')"
    found = seeded_with_the_start([row(1, twisted(1)), row(2, twisted(2))])
    assert "MT19937 seeded" in found.formula
    assert seeded_with_the_start([row(1, hashed(1, 1)), row(2, "5f" * 32)]).formula == ""
    missing = unseeded(event([row(0, "ab"), row(1, "cd")]), seeded_with_the_start)
    assert (missing.outcome, missing.seen) == (Outcome.NOT_JUDGED, "1 of at least 2 restarts")


def test_only_targets_with_nodes_or_restarts_are_sampled_so() -> None:
    assert list(predictable(("web", "api"), 60, {"login"})) == []
    told = [s[0]["do"] for _, s in predictable(("web", "api"), 60, {"nodes", "restart"})]
    assert told == ["collect_on_every_node"] * 2 + ["collect_after_restarts"]
    (one,) = predictable(("web",), 500, {"nodes"})
    assert one[1][0]["count"] == 60

"""Rounds of a race over real connections to a target that answers at once."""

from collections.abc import Iterator
from functools import partial

import pytest

from adapters.contract import Acknowledged, Answer, Device
from adapters.transport import Scope, Transport
from suites.kernel.contests import Contest, LineUp, Overlapping, Racer, Series
from suites.kernel.together import Runner
from suites.selftest.loopback import Given, serving
from suites.selftest.toy import Toy, world_on

ROUNDS = 20


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(lambda _: Given(204)) as server:
        yield server.url


def raced(url: str, slow_to_start: str = "") -> Series:
    """Let two calls meet at the server in so many rounds; one may have more to ask beforehand."""
    transport = Transport(Scope([url]))

    def act(name: str) -> Answer:
        device = Device(name)
        for _ in range(3 if name == slow_to_start else 0):
            transport.send(device, "GET", f"{url}/form")
        transport.send(device, "POST", f"{url}/{name}", body=b"x=1")
        return Acknowledged()

    def prepare(world: Overlapping, user: str, channel: str, number: int) -> LineUp:
        racers = [
            Racer(name, Runner(name, partial(act, name)), lambda state: state)
            for name in ("one", "other")
        ]
        return LineUp(channel, racers, verdict=lambda ran, living: True)

    event = world_on(Toy()).race(
        Contest("one against other", frozenset(), prepare), "alice", "web", ROUNDS
    )
    transport.close()
    assert event is not None
    assert isinstance(event.extra, Series)
    return event.extra


@pytest.mark.parametrize("slow_to_start", ["", "one", "other"])
def test_two_calls_to_a_quick_target_overlap_and_either_comes_first(
    url: str, slow_to_start: str
) -> None:
    series = raced(url, slow_to_start)
    assert len(series.counted) >= ROUNDS / 2
    assert set(series.orders) == {"one", "other"}

"""Every mistake of an adapter is one sentence about the adapter, and never anything else."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters import capabilities
from adapters.checked import AdapterError, Checked, problems
from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Refused,
    Seen,
    User,
    fresh_device,
)
from adapters.secrets import Secret
from adapters.transport import OutOfScope, Scope, Transport

URL = "https://target.test"
ANN = User("ann", Secret("ann-password", "password"))


class Sound:
    """Does nothing wrong."""

    channels = ("web",)
    nodes = (URL,)
    probes = ("me",)
    transport = Transport(Scope([URL]))

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        return Acknowledged()

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        return Seen(which, None, clear=True, why="nobody")

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        return Refused("no")


def test_a_sound_adapter_passes_unchanged() -> None:
    assert problems(Sound()) == []
    checked = Checked(Sound())
    device = fresh_device()
    assert checked.login(ANN, device, channel="web", node=0) == Acknowledged()
    assert checked.probe([], device, which="me", channel="web", node=0).nobody
    assert checked.logout([], device, channel="web", node=0) == Refused("no")


def test_what_the_adapter_lacks_the_wrapper_lacks_too() -> None:
    checked = Checked(Sound())
    assert not hasattr(checked, "refresh")
    assert capabilities.of(checked) == {"login", "probe", "logout"} | capabilities.ALWAYS


def test_offers_takes_methods_away() -> None:
    class Generic(Sound):
        offers = frozenset({"login", "probe", "logout"})

        def refresh(
            self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
        ) -> Answer:
            return Acknowledged()

    assert not hasattr(Checked(Generic()), "refresh")


def test_all_problems_are_listed_at_once() -> None:
    class Wrong:
        channels = "web"
        nodes = ()
        traits = ("token_jwt",)

        def login(self, who: User, where: Device, *, channel: str, node: int) -> Answer:
            return Acknowledged()

        def refresh(self, held: Sequence[Artefact]) -> Answer:
            return Acknowledged()

        probe = None

    found = "\n".join(problems(Wrong()))
    for words in (
        "no method probe()",
        "no method logout()",
        "Wrong.channels is a str; make it a tuple",
        "Wrong.nodes is a tuple",
        "Wrong.probes is missing",
        "Wrong.traits is a tuple; make it a frozenset",
        "Wrong.transport is missing",
        "login() takes (who, where); write (user, device, *, channel, node)",
        "refresh(held: collections.abc.Sequence[adapters.contract.Artefact])",
        "cannot be called",
    ):
        assert words in found, words
    with pytest.raises(AdapterError, match=r"Wrong\.channels"):
        Checked(Wrong())


def test_an_exception_is_reported_with_the_adapters_own_line() -> None:
    class Broken(Sound):
        def logout(self, *_: Any, **__: Any) -> Answer:
            return helper({})

    with pytest.raises(AdapterError) as caught:
        Checked(Broken()).logout([], fresh_device(), channel="web", node=0)
    told = str(caught.value)
    assert told.startswith("test_checked.py line ")
    assert "in logout(): KeyError: 'missing'" in told
    assert told.endswith("expected Acknowledged, Refused or Unclear")


def helper(table: dict[str, Answer]) -> Answer:
    return table["missing"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "returned None; expected Seen"),
        (Acknowledged(), "returned a Acknowledged; expected Seen"),
        (Seen("me", 17, True, ""), "`identity` is a int"),  # type: ignore[arg-type]
        (Seen("me", "ann", False, ""), "the answer is not clear"),
        (Seen("me", None, True, "", issued=["x"]), "`issued` is a list"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_answer_is_the_adapters_mistake(value: object, told: str) -> None:
    class Odd(Sound):
        def probe(self, *_: Any, **__: Any) -> Seen:
            return value  # type: ignore[return-value]

    with pytest.raises(AdapterError, match=r"test_checked\.py line"):
        Checked(Odd()).probe([], fresh_device(), which="me", channel="web", node=0)
    with pytest.raises(AdapterError) as caught:
        Checked(Odd()).probe([], fresh_device(), which="me", channel="web", node=0)
    assert told in str(caught.value)


def test_leaving_the_scope_is_not_blamed_on_a_line() -> None:
    class Astray(Sound):
        def login(self, *_: Any, **__: Any) -> Answer:
            self.transport.send(fresh_device(), "GET", "https://elsewhere.test/")
            return Acknowledged()

    with pytest.raises(OutOfScope):
        Checked(Astray()).login(ANN, fresh_device(), channel="web", node=0)

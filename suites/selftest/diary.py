"""Calls as an adapter would report them, and entries as a log would tell them, by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.checked import Call
from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Kind,
    Place,
    Seen,
    User,
    fresh_device,
)
from adapters.journals.events import Event
from adapters.operations import Attempt
from adapters.secrets import Secret
from suites.kernel.bench import Authenticating, Calibration
from suites.kernel.deeds import Book, Recorder
from suites.kernel.model import Model
from suites.kernel.policy import Policy
from suites.kernel.reckoning import Reckoning, reckon

ALICE = User("alice", Secret("Wq7_xY2kVn5Z", "password"), identity="id-alice")
KINDS = frozenset({"login_success", "login_failure", "logout", "refresh", "rotation", "reuse"})
KINDS |= {"refused_refresh", "unknown_use", "revocation"}
PARTS = frozenset({"time", "subject", "source", "handle"})


class Diary:
    """Calls as an adapter would report them, one after the other."""

    def __init__(self, policy: Mapping[str, Any] | None = None) -> None:
        bearer = Authenticating("api", (((Place.BEARER, "token"),),))
        refresh_at = {"api": (Place.BODY, "refresh_token")}
        known = Calibration((ALICE,), {"api": bearer}, frozenset(), refresh_at=refresh_at)
        self.recorder = Recorder(known, Policy(policy or {}))
        self.book: Book = self.recorder.begin(Model({"alice": ALICE}))
        self.clock = 0.0

    def call(self, operation: str, answer: Answer | Seen | Attempt, **said: Any) -> None:
        began, self.clock = self.clock, self.clock + 1
        told = {"channel": "api", "node": 0, **said}
        self.recorder.heard(Call(operation, told, answer, began, began + 0.5))

    def login(self, number: int) -> tuple[Artefact, ...]:
        held = issued(number)
        self.call("login", Acknowledged(held), user=ALICE, device=fresh_device())
        return held

    def refresh(self, held: Sequence[Artefact], answer: Answer) -> None:
        self.call("refresh", answer, held=held, device=fresh_device())

    def logout(self, held: Sequence[Artefact]) -> None:
        self.call("logout", Acknowledged(), held=held, device=fresh_device())

    def reckon(self, *events: Event) -> Reckoning:
        return reckon(self.book, events, KINDS, ())


def issued(number: int) -> tuple[Artefact, ...]:
    names = ((Kind.ACCESS, Place.BEARER, "token"), (Kind.REFRESH, Place.BODY, "refresh_token"))
    return tuple(
        Artefact(kind, place, name, Secret(f"{name}-number-{number:08}", kind))
        for kind, place, name in names
    )


def entry(kind: str, number: int, *, subject: str | None = "id-alice", **more: Any) -> Event:
    said = {"handles": ("h1",), "source": "192.0.2.1", "zoned": True, **more}
    return Event(
        float(number),
        kind,
        subject,
        said.pop("handles"),
        said.pop("source"),
        None,
        f"line {number}",
        number=number,
        **said,
    )

"""What a run found, as plain data: the only thing the reports are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from adapters.exchange import Exchange
from suites.catalogue import Requirement
from suites.kernel.load import FloodFigures
from suites.kernel.verdict import Verdict

SCENARIO_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """A history as data: symbolic steps that can be played again on any run of the target."""

    steps: tuple[Mapping[str, Any], ...]
    requirement: str | None = None
    invariant: str | None = None
    finding: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the scenario as it is stored."""
        return {
            "schema": SCENARIO_SCHEMA,
            "requirement": self.requirement,
            "invariant": self.invariant,
            "finding": self.finding,
            "steps": [dict(step) for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Call:
    """One exchange of a replay: its number, what it was for, and whose session it presented."""

    number: int
    purpose: str
    holds: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One step of a replay as it went: who acted, what the target said, what was asked then.

    `actor` is a role; `hostile` says that an attacker takes part; `calls` made the act, `looks`
    are what was presented afterwards in order to judge; `opened` and `ended` name sessions.
    """

    name: str
    actor: str
    told: str
    hostile: bool
    answer: str
    opened: tuple[str, ...]
    ended: tuple[str, ...]
    calls: tuple[Call, ...] = ()
    looks: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifeline:
    """The life of one session; times are seconds since 1970, `ended` is None if it never was.

    `until` is when its history was over; `revived` means that it was accepted after its end.
    """

    session: str
    user: str
    device: str
    channel: str
    opened: float
    ended: float | None = None
    cause: str = ""
    revived: bool = False
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Revocation:
    """How long a node, counted from 1, still knew a session after its logout on node `since`.

    In seconds until the first look that it refused; None when it never did while it was watched,
    for `watched` seconds.
    """

    node: int
    since: int
    seconds: float | None
    watched: float


@dataclass(frozen=True, slots=True)
class Story:
    """The last replay of a minimal scenario, told for pictures."""

    acts: tuple[Act, ...] = ()
    lifelines: tuple[Lifeline, ...] = ()
    about: tuple[str, ...] = ()
    looked: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a requirement was broken, with the shortest scenario that shows it.

    `finding` is stable between runs; `occurrences` counts how often the search met it;
    `reproduced` is False when the minimal scenario did not show it again.
    `told` is the minimal scenario in plain words, one line a step; `exchanges` are the
    requests and answers of its last replay, and `story` says what each of them was for.
    """

    requirement: str
    invariant: str
    claim: str
    finding: str
    expected: str
    seen: str
    control: str
    replays: str
    occurrences: int
    scenario: Scenario
    told: tuple[str, ...]
    exchanges: tuple[Exchange, ...] = ()
    reproduced: bool = True
    requests_to_find: int = 0
    requests_to_minimal: int = 0
    story: Story = field(default_factory=Story)


@dataclass(frozen=True, slots=True)
class Arm:
    """What one invariant contributed: its sentence and how many subjects were judged."""

    invariant: str
    claim: str
    judged: int
    held: int
    violated: int
    unclear: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict of one requirement, and why.

    `example` is one representative scenario of a passed requirement, in plain words.
    """

    requirement: Requirement
    verdict: Verdict
    reason: str
    judged: int = 0
    controls: int = 0
    arms: tuple[Arm, ...] = ()
    violations: tuple[Violation, ...] = ()
    example: tuple[str, ...] = ()


class Replay(StrEnum):
    """What became of an earlier finding when its scenario was played again."""

    SHOWN = "still shown"
    REFUSED = "refused"
    NOT_PLAYED = "could not be played"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finding of an earlier run, to be played again; `unplayable` says why it cannot be.

    `refused` is True when the earlier run had played it again itself, and was refused.
    """

    finding: str
    requirement: str
    invariant: str
    claim: str
    scenario: Scenario
    told: tuple[str, ...] = ()
    reproduced: bool = True
    refused: bool = False
    unplayable: str = ""


@dataclass(frozen=True, slots=True)
class Replayed:
    """An earlier finding and what its scenario showed in this run, with the reason."""

    earlier: Earlier
    outcome: Replay
    why: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The earlier run whose findings were played again before the search.

    `seal` is the SHA-256 of that run's SHA256SUMS.
    """

    run: str
    version: str
    started: str
    seal: str
    findings: tuple[Replayed, ...]


@dataclass(frozen=True, slots=True)
class IdentifierShape:
    """How a sample of identifiers is spread; no value can be read from it.

    `varies` is the empirical entropy of each character, `leans` how far the share of ones is from a
    half for each bit of the decoded value, empty where values have no common decoding. `steps` is
    how many bits the difference of each two neighbours in order of issue has, `room` the most.
    """

    what: str
    count: int
    distinct: int
    length: int
    alphabet: int
    bits: float | None
    how: str
    wanted: int
    varies: tuple[float, ...]
    leans: tuple[float, ...] = ()
    steps: tuple[int, ...] = ()
    room: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What one worker of a parallel run did; `seed` is the one that its random walk began with."""

    worker: int
    seed: int
    requests: int
    histories: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of the calls of one documented operation, by the state of the artefact.

    `live` is what came of the call with a living one, `why` why the operation was not judged.
    """

    operation: str
    channel: str
    live: str
    states: Mapping[str, str]
    why: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything there is to tell about one run."""

    target: str
    url: str
    version: str
    environment: str
    authorisation: str
    profile: str
    seed: int
    budget: str
    started: str
    ended: str
    complete: bool
    smoke: tuple[str, ...]
    capabilities: tuple[str, ...]
    policy: Mapping[str, Any]
    results: tuple[Result, ...]
    requests: int = 0
    histories: int = 0
    actions: int = 0
    moves: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    trouble: tuple[str, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    lifelines: tuple[Lifeline, ...] = ()
    shapes: tuple[IdentifierShape, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    profile_digest: str = ""
    command: str = ""
    baseline: Baseline | None = None
    floods: tuple[FloodFigures, ...] = ()
    workers: tuple[Share, ...] = ()
    swept: tuple[Swept, ...] = ()


class Run(Protocol):
    """What a test item is given: the verdicts of the run it belongs to."""

    def adapter_words(self) -> tuple[str, ...]:
        """Return what the smoke test learned, in words."""
        ...

    def tell(self, identifier: str) -> None:
        """Report one requirement: pass, skip, or fail with its evidence."""
        ...

"""What a flood is: what was ordered, what was sent, and what bystanders saw of it. Plain data.

Not how it is made (`suites.load`) nor what is thought of it (`verify_load`).
"""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

VARIABLE = "SESSION_FLOOD"
"""The environment variable that hands an order to Locust: no account goes into a file."""
FEWEST_REQUESTS = 100
FEWEST_LOOKS = 20
SHARES = 8
"""Into how many floods a run shares out what it may send: each kind of flood, and each again."""
LOOKS_SHARE = 0.2
"""Enough for looks that are answered by a redirect, and are two requests each."""
LEAST_LOOKS = 40
"""More looks than are needed: a target that is slow to answer leaves time for fewer of them."""
FEWEST_AT_ALL = FEWEST_REQUESTS + LEAST_LOOKS
CLASSES = ("answered", "declined", "slowed", "failed", "unanswered")
"""2xx and 3xx; other 4xx; 423, 429 and 503; other 5xx; no answer."""
INSTALL = "python -m pip install 'locust>=2.47,<3'"


@dataclass(slots=True)
class Spent:
    """What all floods of a run sent so far, with the looks at bystanders during them."""

    requests: int = 0


@dataclass(frozen=True, slots=True)
class Loading:
    """The permission to flood: for which profile, with how many Locust workers (0: none apart)."""

    profile: str
    workers: int = 0
    spent: Spent = field(default_factory=Spent)

    def portion(self, bound: int) -> "Portion":
        """Return what the next flood may send, where all of them together may send so much.

        A flood of less than `FEWEST_AT_ALL` tells nothing: then fewer floods are made.
        """
        left = bound - self.spent.requests
        whole = min(left, max(bound // SHARES, FEWEST_AT_ALL))
        looks = max(LEAST_LOOKS, round(LOOKS_SHARE * whole))
        return Portion(whole - looks, looks)


@dataclass(frozen=True, slots=True)
class Portion:
    """How many requests one flood may send itself, and how many looks meanwhile may take."""

    requests: int
    looks: int

    @property
    def share(self) -> float:
        """The share of the flood itself."""
        return self.requests / (self.requests + self.looks)


@dataclass(frozen=True, slots=True)
class Order:
    """One flood as it is ordered; `requests` and `per_second` are for all workers together.

    `users` are accounts as plain data, `shapes` made-up values of artefacts as plain data. Sessions
    stay open where `keep` says so; wrong passwords are tried where `failures` says so. `source` is
    the address of this machine that it comes from.
    """

    profile: str
    kind: str
    channel: str
    requests: int
    per_second: float
    workers: int = 0
    users: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    shapes: tuple[Mapping[str, str], ...] = ()
    keep: bool = True
    failures: bool = False
    source: str = ""

    def to_json(self) -> str:
        """Return the order as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Order":
        """Return the order that a text holds."""
        said = json.loads(text)
        return cls(**{**said, **{key: tuple(said.get(key, ())) for key in ("users", "shapes")}})

    def share(self, number: int) -> int:
        """Return how many requests the worker of this number may send."""
        if not self.workers:
            return self.requests
        left = number < self.requests % self.workers
        return self.requests // self.workers + left if number < self.workers else 0

    @property
    def seconds(self) -> float:
        """How long it takes at the least."""
        return self.requests / self.per_second


@dataclass(frozen=True, slots=True)
class Sent:
    """What Locust sent in all its processes: how many requests by class of answer, how fast."""

    classes: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    trouble: str = ""

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return sum(self.classes.values())

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0


class Engine(Protocol):
    """What makes a flood; calls `meanwhile` again and again, with whether it is under way."""

    def __call__(self, order: Order, meanwhile: Callable[[bool], None]) -> Sent:
        """Send what was ordered."""
        ...


@dataclass(frozen=True, slots=True)
class Latency:
    """How long bystanders waited for answers, in seconds."""

    count: int = 0
    median: float = 0.0
    p95: float = 0.0

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latency":
        """Return what a sample of answers comes to."""
        if not seconds:
            return cls()
        ordered = sorted(seconds)
        p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        return cls(len(ordered), statistics.median(ordered), p95)


@dataclass(frozen=True, slots=True)
class FloodFigures:
    """The figures of one flood, for the report; counts of sessions are None where nobody counts."""

    kind: str
    channel: str
    ordered: int
    sent: int
    classes: Mapping[str, int]
    rate: float
    workers: int
    before: Latency
    during: Latency
    after: Latency
    bystanders: int
    lost: int
    kept_before: int | None = None
    kept_after: int | None = None
    kept_later: int | None = None
    trouble: str = ""

"""Many logins in a row, for what they issue: values in order of issue, with whom, where and when.

Acts do and record. They judge nothing.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.contract import Acknowledged, Artefact, Kind, User, fresh_device
from suites.kernel.bench import Bench, Lane, NotOffered, latest
from suites.kernel.hostile import Hostile
from suites.kernel.model import Event, Model
from suites.kernel.policy import Policy

SAMPLE, STARTS, NODES = "sample", "restarts of nodes", "logins on each node"
AFTER_START, ROUNDS = 3, 2
"""How many logins follow a restart, and how often all nodes are restarted together."""
ENOUGH, SLOWLY = 50, 3
"""Identifiers below which no predictor is asked; so many times as long may these take."""
PATIENCE, PAUSE = 20, 0.5
"""How often, and every how many seconds, a node that was restarted is asked for a login."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One value as it was issued.

    `sent` and `answered` are seconds since the epoch by our clock; `dated` is the date of the
    answer, None where the target does not date its answers.
    """

    value: str = field(repr=False)
    user: User
    device: str
    node: int
    channel: str
    sent: float
    answered: float
    dated: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What one node issued in a row, after which of its restarts; 0 is before the first.

    `began` is when that restart was asked for, in seconds since the epoch.
    """

    node: int
    start: int
    began: float
    issued: tuple[Sampled, ...]


Samples = dict[str, list[Sampled]]
Rows = dict[str, list[Row]]
"""What was issued, by kind and place."""


def values(issued: Iterable[Sampled]) -> list[str]:
    """Return the values alone, in order of issue."""
    return [one.value for one in issued]


class Sampling(Hostile):
    """Collects identifiers."""

    sample_seconds = 30.0

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        super().__init__(bench, model, policy)
        self._fresh: dict[int, list[Sampled]] = {}

    def sample(self, user: str, channel: str, count: int) -> None:
        """Log in and out many times and keep only the identifiers."""
        for what, found in self._collected(user, self.lane(channel), count).items():
            self.model.event(SAMPLE, None, user=self.role(user), detail=what, extra=found)

    def sampled_again(self, sample: Event) -> list[Sampled]:
        """Return a fresh sample of the same kind and size; judges of one sample share it."""
        if sample.number not in self._fresh:
            first: Sampled = sample.extra[0]
            user, lane = str(sample.user), Lane(first.channel)
            found = self._collected(user, lane, len(sample.extra))
            self._fresh[sample.number] = found.get(sample.detail, [])
        return self._fresh[sample.number]

    def sample_nodes(self, user: str, channel: str, count: int) -> None:
        """Log in and out on one node after the other."""
        rows: Rows = {}
        for node in self.bench.nodes:
            self._add(rows, user, Lane(channel, node), count)
        self._tell(NODES, user, rows)

    def sample_restarts(self, user: str, channel: str) -> None:
        """Restart all nodes at about the same time, more than once, and log in right after."""
        if not self.bench.offers("restart"):
            raise NotOffered("restart")
        rows: Rows = {}
        here = self.bench.node
        for start in range(1, ROUNDS + 1):
            began = time.time()
            again = [Lane(channel, node) for node in self.bench.nodes if self._restarted(node)]
            # A generator may be seeded when a node is first asked.
            for lane in [lane for lane in again if self._up(lane)]:
                self._add(rows, user, lane, AFTER_START, start=start, began=began)
        self.bench.node = here
        self._tell(STARTS, user, rows)

    def _add(
        self, rows: Rows, user: str, lane: Lane, count: int, *, start: int = 0, began: float = 0.0
    ) -> None:
        for what, issued in self._collected(user, lane, count).items():
            row = Row(lane.node or 0, start, began, tuple(issued))
            rows.setdefault(what, []).append(row)

    def _tell(self, kind: str, user: str, rows: Rows) -> None:
        for what, found in rows.items():
            self.model.event(kind, None, user=self.role(user), detail=what, extra=found)

    def _restarted(self, node: int) -> bool:
        self.bench.node = node
        return isinstance(self.bench.call("restart"), Acknowledged)

    def _collected(self, user: str, lane: Lane, count: int) -> Samples:
        """Log in and out so many times, or for as long as a sample may take."""
        began = time.monotonic()
        found: Samples = {}
        for number in range(1, count + 1):
            most = self.sample_seconds * (SLOWLY if number < ENOUGH else 1)
            if not self._drawn(user, lane, found) or time.monotonic() - began > most:
                break
        return found

    def _drawn(self, user: str, lane: Lane, found: Samples) -> bool:
        """Add what one login issues; False when it is not possible."""
        client, known = fresh_device("sampler"), len(self.bench.exchanges)
        answer = self.bench.call("login", self.user(user), client, lane=lane)
        if not isinstance(answer, Acknowledged):
            return False
        issued = latest(answer.issued)
        self.bench.revived.append((lane.channel, issued))
        asked = [exchange for _, exchange in self.bench.exchanges[known:]]
        sent = asked[0].sent_at if asked else time.time()
        done = asked[-1].sent_at + asked[-1].seconds if asked else time.time()
        dated = next((e.dated for e in reversed(asked) if e.dated is not None), None)
        node = self.bench.node if lane.node is None else lane.node
        for artefact in issued:
            if self._identifies(artefact, lane.channel):
                what = f"{artefact.kind.value} in {artefact.place.value}"
                value, who = artefact.value.reveal(), self.user(user)
                one = Sampled(value, who, client.name, node, lane.channel, sent, done, dated)
                found.setdefault(what, []).append(one)
        self.bench.call("logout", issued, client, lane=lane)
        self.bench.revived.pop()
        return True

    def _identifies(self, artefact: Artefact, channel: str) -> bool:
        known = self.bench.calibration.authenticating[channel]
        return known.covers(artefact) or artefact.kind is Kind.REFRESH

    def _up(self, lane: Lane) -> bool:
        """Wait until a node that was restarted answers again."""
        which = self.bench.probes(lane.channel)[0]
        for _ in range(PATIENCE):
            if self.bench.probe((), lane.channel, which, node=lane.node).clear:
                return True
            self._sleep(PAUSE)
            self.bench.stale()
        return False

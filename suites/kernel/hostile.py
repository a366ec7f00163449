"""Hostile values: presented where a genuine one belongs, and what that costs the target.

Acts do and record. They judge nothing; the values are made by whoever calls them.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.connections import other_source
from adapters.contract import Artefact, Device, Seen, fresh_device
from adapters.secrets import Secret
from suites.kernel.bench import alike
from suites.kernel.model import Credential, Event, Session
from suites.kernel.timing import Timing

TIMES = 25
CONFIRMED = 5
"""So many answers, each too slow, are enough: more of them would keep the target busy."""
BASELINE = 5
KEPT = 2


@dataclass(slots=True)
class Hostility:
    """One class of hostile values in place of one genuine credential.

    `seconds` are the times of the answers, `baseline` that of a plain invalid value, `bound` the
    longest that an answer may take. `alone` says that a normal request got no answer afterwards.
    """

    what: str
    credential: Credential
    bound: float = 0.0
    baseline: float = 0.0
    seconds: list[float] = field(default_factory=list)
    crashed: int = 0
    accepted: int = 0
    unanswered: int = 0
    before: Seen | None = None
    after: Seen | None = None

    @property
    def sent(self) -> int:
        """How often the value was presented."""
        return len(self.seconds)

    @property
    def fastest(self) -> float:
        """The shortest time of an answer: what even a busy machine cannot be blamed for."""
        return min(self.seconds, default=0.0)


class Hostile(Timing):
    """The acts of whoever sends values that nobody would issue."""

    def present_hostile(
        self, session: Session, what: str, value: str, cookies: Sequence[tuple[str, str]] = ()
    ) -> Event | None:
        """Present one hostile value many times, with controls before and after."""
        credential = session.main
        if credential is None:
            return None
        found = Hostility(what, credential)
        self.bench.stale()
        found.before = self.bench.observe(credential)
        genuine = credential.held[-1]
        self._measure(found, genuine.holding(alike(genuine.value.reveal())))
        self._repeat(found, genuine.holding(value or alike(genuine.value.reveal())), cookies)
        found.after = self._normal(credential)
        self._measure(found, genuine.holding(alike(genuine.value.reveal())))
        event = self.model.event("hostile", None, user=session.user, detail=what)
        event.extra = found
        if found.after.identity != session.user:
            self.effects.forget(session)
        return event

    def _offer(
        self, credential: Credential, artefact: Artefact, device: Device
    ) -> tuple[Seen, float]:
        held = (*credential.held[:-1], artefact)
        which = self.bench.probes(credential.channel)[0]
        seen = self.bench.probe(held, credential.channel, which, device)
        return seen, self.bench.last.seconds

    def _measure(self, found: Hostility, plain: Artefact) -> None:
        """Learn how long a plain invalid value takes, before and after: the slower counts."""
        device = fresh_device("baseline")
        device.source = other_source(self.bench.adapter.nodes)
        took = [self._offer(found.credential, plain, device)[1] for _ in range(BASELINE)]
        found.baseline = max(found.baseline, statistics.median(took))
        found.bound = float(self.policy["flood.latency_factor"]) * found.baseline

    def _repeat(
        self, found: Hostility, artefact: Artefact, cookies: Sequence[tuple[str, str]]
    ) -> None:
        first, source = len(self.bench.exchanges), other_source(self.bench.adapter.nodes)
        for _ in range(TIMES):
            device = fresh_device("hostile")
            device.source = source
            for name, value in cookies:
                held = Secret(value, "made up", made_up=True)
                device.jar.set(name, held, domain=self.bench.host)
            seen, seconds = self._offer(found.credential, artefact, device)
            found.seconds.append(seconds)
            found.crashed += seen.crashed
            found.accepted += seen.identity is not None
            found.unanswered += self.bench.last.timed_out
            slow = found.sent >= CONFIRMED and found.fastest > found.bound
            if found.unanswered or slow:
                break
        # All are alike, and large: the first and the last of them are evidence enough.
        del self.bench.exchanges[first + KEPT : -KEPT]

    def _normal(self, credential: Credential) -> Seen:
        """Look with the genuine value; whoever gets no answer asks once more."""
        self.bench.stale()
        seen = self.bench.observe(credential)
        if not seen.clear:
            self.bench.stale()
            seen = self.bench.observe(credential)
        return seen

"""Floods, and what bystanders notice of them: their sessions are looked at before, during, after.

Acts do and record. They judge nothing.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.connections import other_source
from adapters.contract import Artefact, Count, Kind, User
from suites.kernel.bench import Lane, NotOffered, alike
from suites.kernel.load import (
    FEWEST_AT_ALL,
    FEWEST_LOOKS,
    FEWEST_REQUESTS,
    Engine,
    FloodFigures,
    Latency,
    Loading,
    Order,
    Portion,
    Sent,
)
from suites.kernel.model import AUTHENTICATING, Event, Session
from suites.kernel.stage import ATTACKER, BYSTANDER, DEVICES, VICTIM
from suites.kernel.timing import Timing

VISITS, LOGINS, SEVERAL, MADE_UP = FLOODS = (
    "visits",
    "logins",
    "logins of several",
    "made-up values",
)
"""What a flood consists of."""
OTHERS = 3
"""More accounts than one, where logins of several are wanted."""
BEFORE, DURING, AFTER = PHASES = ("before the flood", "during it", "after it")
LOOKS_BESIDE = 20
RECOVERY_SECONDS = 10.0
BEHIND = 4
"""How many looks that came too late are made up for at once."""
SHORTEST_SECONDS = 1.0
"""A flood takes so long at the least: whoever looks meanwhile needs some time for it."""
RECLAIM_MARGIN = 1.2


@dataclass(slots=True)
class Witness:
    """A session whose user has nothing to do with the flood, and what its looks showed.

    `dead` and `mixed` say in which phase it was recognised no more, or as somebody else;
    `unanswered` counts looks during the flood without a clear answer, `excused` those of them that
    were told to come back later; `back` is False when it gave no clear answer afterwards.
    """

    session: Session
    own: bool = False
    looks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PHASES, 0))
    seconds: dict[str, list[float]] = field(default_factory=lambda: {p: [] for p in PHASES})
    dead: str = ""
    mixed: str = ""
    unanswered: int = 0
    excused: int = 0
    back: bool = True

    @property
    def words(self) -> str:
        """Who it is."""
        whose = "older session of the flooder" if self.own else f"session of {self.session.user}"
        return f"{whose} on {self.session.channel}"


@dataclass(slots=True)
class Flood:
    """One flood with its bystanders; `why` says why it was not made or does not count."""

    kind: str
    channel: str
    order: Order | None = None
    sent: Sent = field(default_factory=Sent)
    witnesses: list[Witness] = field(default_factory=list)
    kept: list[int | None] = field(default_factory=lambda: [None, None, None])
    why: str = ""

    @property
    def during(self) -> int:
        """How often bystanders were looked at while it was under way."""
        return sum(witness.looks[DURING] for witness in self.witnesses)

    def latency(self, phase: str) -> Latency:
        """Return how long the bystanders waited in one phase."""
        return Latency.of([s for witness in self.witnesses for s in witness.seconds[phase]])

    @property
    def figures(self) -> FloodFigures:
        """What there is to report."""
        lost = sum(bool(w.dead or w.mixed or not w.back) for w in self.witnesses)
        return FloodFigures(
            self.kind,
            self.channel,
            self.order.requests if self.order else 0,
            self.sent.requests,
            dict(self.sent.classes),
            round(self.sent.rate, 1),
            self.order.workers if self.order else 0,
            self.latency(BEFORE),
            self.latency(DURING),
            self.latency(AFTER),
            len(self.witnesses),
            lost,
            self.kept[0],
            self.kept[1],
            self.kept[2],
            self.why,
        )


class Flooding(Timing):
    """The acts of whoever floods a target."""

    loading: Loading | None = None

    def flood(self, kind: str, channels: Sequence[str], engine: Engine) -> Event:
        """Flood the first channel while others use their sessions on all of these."""
        if self.loading is None:
            raise NotOffered("load")
        found = Flood(kind, channels[0])
        found.why = self._objection(kind, channels[0], self.loading)
        if not found.why:
            self._open_witnesses(found, channels)
        if not found.why:
            self._make(found, engine, self.loading)
        for witness in found.witnesses:
            # What a flood did to it is told by the flood: nothing else is claimed of it.
            if witness.dead or witness.mixed or not witness.back:
                self.effects.forget(witness.session)
        event = self.model.event("flood", None, detail=f"{kind} | {found.channel}")
        event.extra = found
        return event

    @property
    def _bound(self) -> int:
        return int(self.policy["load.max_requests"])

    def _objection(self, kind: str, channel: str, loading: Loading) -> str:
        if loading.portion(self._bound).requests < FEWEST_REQUESTS:
            spent = loading.spent.requests
            before = f", of which earlier floods took {spent}" if spent else ""
            return (
                f"load.max_requests is {self._bound}{before}, and a flood that tells anything "
                f"needs {FEWEST_AT_ALL}"
            )
        people = {self.user(role).name for role in (VICTIM, BYSTANDER, ATTACKER)}
        if len(people) < OTHERS and kind in {LOGINS, SEVERAL}:
            return "a flood of logins needs an account beside those of two bystanders"
        if kind == VISITS and not self.bench.offers("pre_auth", Lane(channel)):
            return f"channel {channel} has no anonymous visits: add `pre_auth`"
        return ""

    # -- bystanders -------------------------------------------------------------------------------

    def _open_witnesses(self, flood: Flood, channels: Sequence[str]) -> None:
        people = [VICTIM, BYSTANDER]
        if flood.kind in {VISITS, MADE_UP} and self.role(ATTACKER) == ATTACKER:
            people.append(ATTACKER)
        for user in people:
            for number, channel in enumerate(dict.fromkeys(channels)):
                session = self.login(user, DEVICES[number], channel=channel)
                if session is not None and session.main is not None:
                    flood.witnesses.append(Witness(session, own=user == ATTACKER))
        if not {VICTIM, BYSTANDER} <= {witness.session.user for witness in flood.witnesses}:
            flood.why = "two bystanders could not log in"

    def _look(self, flood: Flood, phase: str, number: int) -> None:
        """Look at one bystander from a client that has nothing to do with the flood."""
        witness = flood.witnesses[number % len(flood.witnesses)]
        main = witness.session.main
        if main is None or witness.dead or witness.mixed:
            return
        self.bench.stale()
        seen = self.bench.observe(main)
        last = self.bench.last
        witness.looks[phase] += 1
        witness.seconds[phase].append(last.seconds)
        others = (r for r in self.bench.recognitions if r.presenter is main)
        if any(r.identity != r.owner for r in others):
            witness.mixed = phase
        elif seen.nobody:
            witness.dead = phase
        elif not seen.clear and phase == DURING:
            witness.unanswered += 1
            witness.excused += last.overloaded

    def _wait_for_recovery(self, flood: Flood) -> None:
        """Give the target a moment to answer everybody again."""
        until = time.monotonic() + RECOVERY_SECONDS
        for witness in flood.witnesses:
            main = witness.session.main
            while main is not None and not (witness.dead or witness.mixed):
                self.bench.stale()
                witness.back = self.bench.observe(main).clear
                if witness.back or time.monotonic() > until:
                    break
                time.sleep(0.25)

    # -- the flood --------------------------------------------------------------------------------

    def _make(self, flood: Flood, engine: Engine, loading: Loading) -> None:
        portion = loading.portion(self._bound)
        flood.order = order = self._order(flood, loading, portion)
        flood.kept[0] = self._count()
        for number in range(LOOKS_BESIDE):
            self._look(flood, BEFORE, number)
        if any(w.dead or w.mixed or not w.looks[BEFORE] for w in flood.witnesses):
            flood.why = "a bystander was not recognised before the flood"
            return
        number = looked = 0
        apart = order.seconds / portion.looks
        following = 0.0

        def meanwhile(flowing: bool) -> None:
            nonlocal number, looked, following
            self.bench.adapter.before_call()
            if flowing and looked < portion.looks and time.monotonic() >= following:
                before, began = len(self.bench.exchanges), time.monotonic()
                self._look(flood, DURING, number)
                number += 1
                took = max(1, len(self.bench.exchanges) - before)
                looked += took
                following = max(following, began - BEHIND * apart) + took * apart

        try:
            flood.sent = engine(order, meanwhile)
        finally:
            # What an engine that was stopped has sent is not known: then all of it counts.
            loading.spent.requests += (flood.sent.requests or order.requests) + looked
        self._wait_for_recovery(flood)
        for number in range(LOOKS_BESIDE):
            self._look(flood, AFTER, number)
        flood.kept[1] = self._count()
        self._tidy(flood)
        if flood.sent.requests < order.requests:
            flood.why = flood.sent.trouble
        elif flood.during < FEWEST_LOOKS:
            flood.why = f"bystanders were looked at {flood.during} times, not {FEWEST_LOOKS}"

    def _order(self, flood: Flood, loading: Loading, portion: Portion) -> Order:
        users = []
        if flood.kind in {LOGINS, SEVERAL}:
            users = [self.user(ATTACKER)]
        if flood.kind == SEVERAL:
            crowd = (self._extra(number) for number in range(OTHERS))
            users += [user for user in crowd if user is not None]
        # Wrong passwords are among the logins: these accounts may be held up for a while.
        self.guessed |= {role for role, user in self.model.users.items() if user in users}
        return Order(
            loading.profile,
            flood.kind,
            flood.channel,
            portion.requests,
            min(
                portion.share * float(self.policy["load.max_rps"]),
                portion.requests / SHORTEST_SECONDS,
            ),
            loading.workers,
            tuple(_plain(user) for user in users),
            self._shapes(flood) if flood.kind == MADE_UP else (),
            keep=self.model.throwaway or self.bench.offers("revoke_all", Lane(flood.channel)),
            failures=self.model.throwaway,
            source=other_source(self.bench.adapter.nodes),
        )

    def _extra(self, number: int) -> User | None:
        """Create one more account of the crowd; only where accounts are thrown away."""
        if not self.model.throwaway:
            return None
        name = f"crowd{number}"
        return self.newcomer(name, f"{name}-{secrets.token_hex(6)}@example.test")

    def _shapes(self, flood: Flood) -> tuple[dict[str, str], ...]:
        """Return what a session of this channel holds, with values that were never issued."""
        session = next(w.session for w in flood.witnesses if w.session.channel == flood.channel)
        current = session.current(Kind.REFRESH, *AUTHENTICATING)
        artefacts: list[Artefact] = [c.held[-1] for c in current if c.channel == flood.channel]
        return tuple(
            {
                "kind": a.kind.value,
                "place": a.place.value,
                "name": a.name,
                "value": alike(a.value.reveal()),
            }
            for a in artefacts
        )

    # -- what is kept -----------------------------------------------------------------------------

    def _count(self) -> int | None:
        if not self.bench.offers("session_count"):
            return None
        answer = self.bench.call("session_count")
        return answer.number if isinstance(answer, Count) else None

    def _tidy(self, flood: Flood) -> None:
        """End what the flood left open on an account that outlasts it."""
        if self.model.throwaway or flood.kind not in {LOGINS, SEVERAL}:
            return
        lane = Lane(flood.channel)
        session = self.login(ATTACKER, "car", channel=flood.channel)
        if session is not None and self.bench.offers("revoke_all", lane):
            self.bench.call("revoke_all", session.held(lane.channel), session.device, lane=lane)
            self.effects.forget(session)

    def outlive_flood(self) -> Event | None:
        """Let the sessions that the last flood left behind grow older than they may."""
        floods = [e for e in self.model.events if e.kind == "flood" and e.extra.kept[1] is not None]
        limits = [s for key in self.policy.limits if (s := self.policy.seconds(key)) is not None]
        if not floods or not limits or not self.model.throwaway:
            return None
        flood: Flood = floods[-1].extra
        self.forward(RECLAIM_MARGIN * max(limits))
        for session in self.model.live_sessions():
            self.effects.forget(session)
        flood.kept[2] = self._count()
        return self.model.event("flood outlived", None, detail=flood.kind, extra=flood)


def _plain(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "password": user.password.reveal(),
        "identity": user.identity,
        "personal": dict(user.personal),
        "reference": user.reference,
    }

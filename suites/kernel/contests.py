"""Races between acts: round after round the same calls overlap, and what lives after is looked at.

Acts do and record. They judge nothing; which calls take part is said by `lineups`.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median

from adapters.contract import Acknowledged, Answer, Artefact, Kind, Refused, fresh_device
from suites.kernel.authority import Authority
from suites.kernel.bench import Lane, latest
from suites.kernel.grants import Grants
from suites.kernel.linear import Call, Effect, State, explained
from suites.kernel.model import Event
from suites.kernel.racing import Racing
from suites.kernel.stage import BYSTANDER
from suites.kernel.together import Ran, Runner, overlapped, together

Held = tuple[Artefact, ...]

ENOUGH = 20
"""Rounds that overlapped before a race says that something holds (catalogue, SM-2.12)."""
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)
"""How late one call is, in parts of the time that the target takes for the quickest."""
LATER = (0.5, 1.0, 1.5, 2.0, 3.0)
"""The same for a call that was first in every round so far."""
A_MOMENT = 0.002
SETTLING = 0.3
"""Seconds after which what was ended is dead, however a target tells its parts of it."""


@dataclass(frozen=True, slots=True)
class Racer:
    """A call that takes part, what it may do, and the name of what it gives."""

    name: str
    runner: Runner
    effect: Effect
    gives: str = ""


@dataclass(slots=True)
class LineUp:
    """One round before it begins.

    `watched` is what must be looked at afterwards, by name; what a racer is given comes first.
    `verdict` replaces the question whether some order explains the round: it is asked with how
    the calls went and with the names of what lives.
    """

    channel: str
    racers: Sequence[Racer]
    start: State = field(default_factory=lambda: State(frozenset()))
    watched: dict[str, Held] = field(default_factory=dict)
    renewing: bool = True
    look: Callable[[Held], bool | None] | None = None
    verdict: Callable[[Sequence[Ran], Collection[str]], bool] | None = None
    after: Callable[[Sequence[Ran]], None] = lambda _: None


Prepare = Callable[..., LineUp | None]
"""Prepares round `number` of a race of `user` on a channel, as `(world, user, channel, number)`."""


@dataclass(frozen=True, slots=True)
class Contest:
    """A kind of race: its name, what an adapter must offer for it, and how a round is prepared."""

    name: str
    needs: frozenset[str]
    prepare: Prepare


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a round: which calls were acknowledged, and what lived afterwards."""

    acknowledged: tuple[bool, ...]
    living: tuple[str, ...]
    clear: bool


Outcomes = list[tuple[tuple[bool, ...], frozenset[str]]]
Times = dict[int, list[float]]
"""How long the call of each racer was at the target, round after round."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round as it went: who was first, what lived on, and whether that is as it may be."""

    overlapped: bool
    clear: bool
    right: bool
    first: str
    living: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """All rounds of one contest on one channel."""

    contest: Contest
    channel: str
    rounds: tuple[Round, ...]

    @property
    def counted(self) -> tuple[Round, ...]:
        """The rounds that say something: their calls overlapped, and every answer was clear."""
        return tuple(r for r in self.rounds if r.overlapped and r.clear)

    @property
    def wrong(self) -> tuple[Round, ...]:
        """The rounds that no order of the calls explains."""
        return tuple(r for r in self.counted if not r.right)

    @property
    def orders(self) -> Mapping[str, int]:
        """How often each of the calls was first."""
        found: dict[str, int] = {}
        for one in self.counted:
            found[one.first] = found.get(one.first, 0) + 1
        return found

    @property
    def words(self) -> str:
        """How many rounds there were, and in which order, in plain words."""
        firsts = ", ".join(f"{name} first in {n}" for name, n in sorted(self.orders.items()))
        said = f"{len(self.counted)} overlapping rounds"
        return f"{said} ({firsts})" if len(self.orders) > 1 else said


class Overlapping(Authority, Racing, Grants):
    """The acts that let different calls meet at the target."""

    race_seconds = 20.0

    def race(self, contest: Contest, user: str, channel: str, rounds: int) -> Event | None:
        """Let the calls of a contest overlap in so many rounds, as far as time allows.

        There are more rounds while one call is always first: the other order is looked for.
        """
        role, lane = self.role(user), self.lane(channel)
        if self.locked & {self.user(name).name for name in (role, BYSTANDER)}:
            return None
        until = time.monotonic() + self.race_seconds
        found: list[Round] = []
        took: Times = {}
        known: Outcomes | None = None
        for number in range(3 * rounds):
            so_far = Series(contest, lane.channel, tuple(found))
            enough = len(so_far.counted) >= rounds
            if (enough and len(so_far.orders) != 1) or time.monotonic() > until:
                break
            if known is None:
                known = self._in_turn(contest, role, lane.channel)
            lineup = contest.prepare(self, role, lane.channel, number)
            if lineup is None:
                break
            delays = _delays(lineup.racers, number, took)
            if enough:
                delays = _held_back(lineup.racers, next(iter(so_far.orders)), number, took)
            found.append(self._round(lineup, delays, took, known))
        if not found:
            return None
        series = Series(contest, lane.channel, tuple(found))
        self.effects.doubt_all()
        return self.model.event("contest", None, user=role, detail=contest.name, extra=series)

    def _in_turn(self, contest: Contest, role: str, channel: str) -> Outcomes:
        """Return what the target does when the two calls come one after the other, both ways.

        What it does in turn is no fault of a race: whether it may is judged elsewhere.
        """
        found: Outcomes = []
        for order in ((0, 1), (1, 0)):
            lineup = contest.prepare(self, role, channel, 0)
            if lineup is None or lineup.verdict is not None:
                return found
            ran: dict[int, Ran] = {}
            for place in order:
                ran[place] = Ran(lineup.racers[place].runner.act(), None)
                self.bench.stale()
            outcome = self._outcome(lineup, [ran[0], ran[1]])
            if outcome.clear:
                found.append((outcome.acknowledged, frozenset(outcome.living)))
        return found

    def _round(
        self, lineup: LineUp, delays: Sequence[float], took: Times, known: Outcomes
    ) -> Round:
        racers = lineup.racers
        ran = together(self.bench, [racer.runner for racer in racers], delays, self.habits)
        for place, one in enumerate(ran):
            if one.span is not None:
                took.setdefault(place, []).append(one.span.ended - one.span.began)
        calls = [
            Call(racer.name, racer.effect, one.acknowledged, one.span)
            for racer, one in zip(racers, ran, strict=True)
        ]
        answers = tuple(one.acknowledged for one in ran)

        def right(living: Collection[str]) -> bool:
            if lineup.verdict is not None:
                return lineup.verdict(ran, living)
            return explained(lineup.start, calls, living) or any(
                answers == given and set(living) <= lived for given, lived in known
            )

        found = self._outcome(lineup, ran, right)
        ahead = min(range(len(ran)), key=lambda n: s.began if (s := ran[n].span) else 0.0)
        told = _told(racers, ahead)
        return Round(overlapped(ran), found.clear, right(found.living), told, found.living)

    def _outcome(
        self,
        lineup: LineUp,
        ran: Sequence[Ran],
        right: Callable[[Collection[str]], bool] = lambda _: True,
    ) -> Outcome:
        """Look at what lives after the calls of a round: first by what does not use it up."""
        held: dict[str, Held] = {}
        for racer, one in zip(lineup.racers, ran, strict=True):
            if isinstance(one.answer, Acknowledged) and one.answer.issued:
                given = latest(one.answer.issued)
                self.bench.revived.append((lineup.channel, given))
                if racer.gives:
                    held[racer.gives] = given
        lineup.after(ran)
        held |= lineup.watched
        look = lineup.look or partial(self.recognised, lineup.channel)
        seen = {name: look(mine) for name, mine in held.items()}
        if not right([name for name, lives in seen.items() if lives]):
            # What ends a moment later was ended: the final state is what counts.
            self._sleep(SETTLING + float(self.policy["propagation_seconds"]))
            seen |= {name: look(held[name]) for name, lives in seen.items() if lives}
        if lineup.look is None and lineup.renewing:
            dead = [name for name, lives in seen.items() if lives is False]
            seen |= {name: self.renews(lineup.channel, held[name]) for name in dead}
        return Outcome(
            tuple(one.acknowledged for one in ran),
            tuple(name for name, lives in seen.items() if lives),
            all(one.clear for one in ran) and None not in seen.values(),
        )

    # -- what a round is made of ------------------------------------------------------------------

    def enter(self, user: str, channel: str, device: str = "racing client") -> Held | None:
        """Log a user in beside the model, and return what is held if it is recognised."""
        lane, account = Lane(channel), self.user(user)
        answer = self.bench.call("login", account, fresh_device(device), lane=lane)
        if not isinstance(answer, Acknowledged):
            tried = self.failures.get(account.name) and not self.model.throwaway
            if isinstance(answer, Refused) and tried and not self.crowded(user):
                self.locked.add(account.name)
            return None
        held = latest(answer.issued)
        self.bench.revived.append((channel, held))
        return held if self.recognised(channel, held) else None

    def recognised(self, channel: str, held: Held) -> bool | None:
        """Say whether anybody is recognised by this; None when nobody can tell."""
        self.bench.stale()
        known = self.bench.calibration.authenticating[channel]
        main = tuple(a for a in held if known.covers(a) or a.kind is Kind.KEY)
        own = self.policy["access_token.revocation"] == "until_exp"
        if not main or (own and any(a.kind is Kind.ACCESS for a in main)):
            return False
        seen = self.bench.probe(main, channel, self.bench.probes(channel)[0])
        return seen.identity is not None if seen.clear else None

    def renews(self, channel: str, held: Held) -> bool | None:
        """Say whether this renews a session, which uses it up; None when nobody can tell."""
        lane = Lane(channel)
        if not any(a.kind is Kind.REFRESH for a in held) or not self.bench.offers("refresh", lane):
            return False
        answer: Answer = self.bench.call("refresh", held, fresh_device(), lane=lane)
        if isinstance(answer, Acknowledged):
            self.bench.revived.append((channel, latest(answer.issued)))
            return True
        return False if isinstance(answer, Refused) else None


def _delays(racers: Sequence[Racer], number: int, took: Times) -> list[float]:
    """Return how late each call is in a round, in seconds: another one every time."""
    late = SHARES[number // len(racers) % len(SHARES)] * _usual(took)
    return [late * ((place + number) % len(racers)) for place in range(len(racers))]


def _held_back(racers: Sequence[Racer], first: str, number: int, took: Times) -> list[float]:
    """Return the same for a round in which another than this one is to be first."""
    late = LATER[number % len(LATER)] * _usual(took)
    return [late * (_told(racers, place) == first) for place in range(len(racers))]


def _usual(took: Times) -> float:
    return min((median(times) for times in took.values()), default=A_MOMENT)


def _told(racers: Sequence[Racer], place: int) -> str:
    """Return the name of a racer, with a number where several have the same."""
    name = racers[place].name
    alike = sum(racer.name == name for racer in racers) > 1
    return f"{name} {place + 1}" if alike else name

"""Asks the judges after every step and at the end of a history, and settles what counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suites.kernel.audit import Audits
from suites.kernel.bench import Bench
from suites.kernel.declare import Invariant, Moment, Subject, arguments
from suites.kernel.ledger import Breach, Ledger
from suites.kernel.model import Credential, Event, Session, State
from suites.kernel.policy import Policy
from suites.kernel.showing import Watch
from suites.kernel.sights import advertised, cookies
from suites.kernel.verify import NO_EVIDENCE, Finding, Outcome, unclear
from suites.kernel.world import World

REPLAYS = 3


@dataclass(frozen=True, slots=True)
class Verdictlet:
    """One judgement that waits for the controls of its history."""

    invariant: Invariant
    finding: Finding
    context: str
    steps: tuple[Mapping[str, Any], ...]
    replays: str
    found_after: int
    subjects: int
    about: tuple[str, ...]


class Examiner:
    """Judges one history; nothing counts before the history's controls held."""

    def __init__(
        self, invariants: Iterable[Invariant], ledger: Ledger, world: World, *, confirm: bool = True
    ) -> None:
        self.invariants = tuple(invariants)
        self.ledger = ledger
        self.world = world
        self.confirm = confirm
        self.quiet = False
        self.audit: Audits | None = None
        self._asking = tuple(i for i in self.invariants if i.active)
        self._watching = tuple(i for i in self.invariants if not i.active)
        self.waiting: list[Verdictlet] = []
        self._judged: set[tuple[str, tuple[object, ...]]] = set()
        self._seen_events = 0
        self._seen_exchanges = 0
        self._seen_recognitions = 0
        self._watch = Watch()

    @property
    def bench(self) -> Bench:
        """Where the subjects are presented."""
        return self.world.bench

    @property
    def policy(self) -> Policy:
        """The declared policy."""
        return self.world.policy

    def skip(self) -> None:
        """Judge nothing that happened before now: an earlier run did."""
        self._seen_events = len(self.world.model.events)

    def after(self, steps: Sequence[Mapping[str, Any]], spot: int, *, final: bool = False) -> None:
        """Judge everything that the last step, or the end, calls for."""
        model = self.world.model
        happened = tuple(model.events[self._seen_events :])
        moment = Moment(model, happened, final, spot)
        # In a history that measures time, a look at a living session would be a use of it.
        for invariant in self._asking:
            if self.quiet and not invariant.timed:
                continue
            if happened or final or invariant.again:
                self._judge(invariant, moment, steps)
        sights = self._sights()
        if final and self.audit is not None:
            sights = (*sights, *self.audit.end(self.world))
        happened = tuple(model.events[self._seen_events :])
        self._seen_events = len(model.events)
        passing = Moment(model, happened, final, spot, sights)
        for invariant in self._watching:
            self._judge(invariant, passing, steps)
        self._note_coverage(happened)

    def _sights(self) -> tuple[Any, ...]:
        bench, model = self.bench, self.world.model
        fresh = bench.exchanges[self._seen_exchanges :]
        self._seen_exchanges = len(bench.exchanges)
        named = bench.recognitions[self._seen_recognitions :]
        self._seen_recognitions = len(bench.recognitions)
        return (
            *cookies(fresh, model, bench.calibration),
            *self._watch.sights(fresh, model, bench.calibration, frozenset(bench.named)),
            *advertised(fresh, model),
            *named,
        )

    def _judge(
        self, invariant: Invariant, moment: Moment, steps: Sequence[Mapping[str, Any]]
    ) -> None:
        for subject in list(invariant.over.pick(moment)):
            finding = self._ask(invariant, subject)
            replays = "1 of 1"
            if finding.violated and invariant.active and self.confirm:
                finding, replays = self._confirm(invariant, subject, finding)
            self._keep(invariant, subject, finding, steps, replays)
            # What was only seen passing by says nothing about life and death.
            if finding.violated and invariant.active:
                take_over(subject.value)

    def _ask(self, invariant: Invariant, subject: Subject) -> Finding:
        finding: Finding = invariant.judge(
            *arguments(
                invariant,
                subject,
                target=self.bench,
                policy=self.policy,
                model=self.world.model,
                ledger=self.ledger,
                world=self.world,
            )
        )
        return finding

    def _confirm(
        self, invariant: Invariant, subject: Subject, first: Finding
    ) -> tuple[Finding, str]:
        """Ask again, and require that the probe still tells somebody from nobody."""
        channel = getattr(subject.value, "channel", None)
        self.bench.stale()
        if self.bench.anonymous(channel).identity is not None:
            return unclear(first.expected, "the target names somebody to a stranger too"), "0 of 0"
        if not first.repeatable:
            return first, "1 of 1, used up by looking"
        again = 1
        for _ in range(REPLAYS - 1):
            self.bench.stale()
            again += self._ask(invariant, subject).violated
        return first, f"{again} of {REPLAYS}"

    def _keep(
        self,
        invariant: Invariant,
        subject: Subject,
        finding: Finding,
        steps: Sequence[Mapping[str, Any]],
        replays: str,
    ) -> None:
        key = (invariant.name, subject.key)
        if key in self._judged and finding.outcome is Outcome.HELD:
            return
        self._judged.add(key)
        self.waiting.append(
            Verdictlet(
                invariant,
                finding,
                subject.context,
                tuple(steps),
                replays,
                self.ledger.requests,
                subject.weight,
                names_in(subject.value),
            )
        )

    def _note_coverage(self, happened: Iterable[Event]) -> None:
        for event in happened:
            for credential in event.ends:
                session = credential.session
                newest = max(
                    (c.generation for c in session.credentials if c.kind is credential.kind)
                    if session
                    else (0,)
                )
                distance = str(min(3, newest - credential.generation))
                self.ledger.coverage.add((event.kind, credential.kind.value, distance))

    def settle(self, controls: str | None) -> None:
        """Commit the history: with failed controls nothing of it is evidence.

        Args:
            controls: what was wrong with the controls, or None when they held.
        """
        for found in self.waiting:
            invariant, finding = found.invariant, found.finding
            if controls is not None and invariant.controlled:
                finding = unclear(finding.expected, controls)
            self.ledger.count(invariant, finding, subjects=found.subjects, context=found.context)
            if invariant.over.control and finding.outcome not in NO_EVIDENCE:
                self.ledger.tally(invariant).controls += 1
            if finding.violated:
                control = invariant.over.control or "the target was well before and after"
                self.ledger.breach(
                    Breach(
                        invariant,
                        finding,
                        found.context,
                        found.steps,
                        control,
                        found.replays,
                        found.found_after,
                        found.about,
                    )
                )
            elif finding.outcome is Outcome.HELD:
                self.ledger.examples.setdefault(invariant.name, found.steps)
        self.waiting.clear()


def names_in(subject: object) -> tuple[str, ...]:
    """Return the names of the sessions that a subject is about."""
    found: list[str] = []
    for part in subject if isinstance(subject, tuple) else (subject,):
        sessions = (
            part if isinstance(part, Session) else None,
            getattr(part, "session", None),
            getattr(part, "opened", None),
            getattr(getattr(part, "presenter", None), "session", None),
        )
        found += [session.name for session in sessions if isinstance(session, Session)]
    return tuple(dict.fromkeys(found))


def take_over(subject: object) -> None:
    """Let the model believe what was seen, so that one fault is told once and the walk goes on."""
    parts = subject if isinstance(subject, tuple) else (subject,)
    for part in parts:
        if isinstance(part, Credential):
            part.reported = True
        elif isinstance(part, Session):
            for credential in part.credentials:
                if credential.state is State.LIVE:
                    credential.state = State.EITHER

"""What all histories of a run found so far: counts per claim, and each distinct violation once."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from suites.kernel.declare import Invariant
from suites.kernel.load import FloodFigures
from suites.kernel.model import Credential
from suites.kernel.results import Lifeline, Revocation, Swept
from suites.kernel.verify import NO_EVIDENCE, Finding, Outcome


@dataclass(slots=True)
class Tally:
    """The counts of one invariant."""

    judged: int = 0
    controls: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    notes: dict[str, Outcome] = field(default_factory=dict)
    unclear_because: Counter[str] = field(default_factory=Counter)
    not_judged_because: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Breach:
    """A distinct violation, with the shortest history in which it was seen, and the first one."""

    invariant: Invariant
    finding: Finding
    context: str
    steps: tuple[Mapping[str, Any], ...]
    control: str
    replays: str
    found_after: int
    about: tuple[str, ...] = ()
    occurrences: int = 1
    first: tuple[Mapping[str, Any], ...] = ()

    @property
    def id(self) -> str:
        """The name of the finding."""
        return finding_id(self.invariant, self.context)


def finding_id(invariant: Invariant, context: str) -> str:
    """Return a name that is the same in every run: requirement, claim, context, nothing drawn."""
    text = f"{invariant.requirement.id}|{invariant.name}|{context}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{invariant.requirement.id}-{digest}"


class Holders(Protocol):
    """Who held a value first, by its digest; a mapping of one run, or a way to ask for it."""

    def setdefault(self, digest: str, holder: str, /) -> str:
        """Return the first holder, which is this one if there was none."""


class Ledger:
    """Collects judgements; it never raises and never forgets.

    Where several ledgers of one run are filled at a time, `where` tells their histories apart.
    """

    def __init__(self, values: Holders | None = None, *, where: str = "") -> None:
        self.tallies: dict[str, Tally] = {}
        self.contexts: dict[tuple[str, str], Counter[Outcome]] = {}
        self.breaches: dict[str, Breach] = {}
        self.examples: dict[str, tuple[Mapping[str, Any], ...]] = {}
        self.values: Holders = {} if values is None else values
        self.where = where
        self.trouble: Counter[str] = Counter()
        self.coverage: set[tuple[str, ...]] = set()
        self.lifelines: list[Lifeline] = []
        self.revocations: list[Revocation] = []
        self.samples: dict[str, list[str]] = {}
        self.floods: list[FloodFigures] = []
        self.swept: list[Swept] = []
        self.histories = 0
        self.moves: Counter[str] = Counter()
        self.requests = 0

    @property
    def actions(self) -> int:
        """How many moves were made."""
        return self.moves.total()

    def first_holder(self, credential: Credential) -> str | None:
        """Return who held this value before, else note who holds it now.

        A session of this very history that still lives with the same user is no holder before:
        two devices that share one session are told by the concurrency requirement.
        """
        session = credential.session
        me = f"{session.name if session else credential.name} of history {self.histories}"
        me += self.where
        digest = hashlib.sha256(credential.value.encode("utf-8", "surrogatepass")).hexdigest()
        known = self.values.setdefault(digest, me)
        return None if known == me else known

    def tally(self, invariant: Invariant) -> Tally:
        """Return the counts of an invariant."""
        return self.tallies.setdefault(invariant.name, Tally())

    def varieties(self, invariant: Invariant) -> int:
        """Return in how many different contexts a claim was judged."""
        found = (o for (name, _), o in self.contexts.items() if name == invariant.name)
        return sum(not NO_EVIDENCE.issuperset(outcomes) for outcomes in found)

    def count(
        self, invariant: Invariant, finding: Finding, *, subjects: int = 1, context: str = ""
    ) -> None:
        """Count one judgement, and keep what a report must tell of it."""
        tally = self.tally(invariant)
        self.contexts.setdefault((invariant.name, context), Counter())[finding.outcome] += 1
        tally.outcomes[finding.outcome] += 1
        if finding.outcome is Outcome.UNCLEAR:
            tally.unclear_because[finding.seen] += 1
            return
        if finding.outcome is Outcome.NOT_JUDGED:
            tally.not_judged_because[finding.seen] += 1
            return
        tally.judged += subjects
        if finding.outcome in {Outcome.DEVIATION, Outcome.WARNING}:
            tally.notes.setdefault(f"{finding.expected}: {finding.seen}", finding.outcome)

    def breach(self, breach: Breach) -> None:
        """Keep a violation: the first of its kind, or the shorter history for a known one."""
        known = self.breaches.get(breach.id)
        if known is None:
            breach.first = breach.steps
            self.breaches[breach.id] = breach
            return
        known.occurrences += 1
        if len(breach.steps) < len(known.steps):
            known.steps, known.finding = breach.steps, breach.finding
            known.replays, known.about = breach.replays, breach.about

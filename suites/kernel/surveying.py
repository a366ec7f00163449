"""What a sweep goes by: the document of a target, and artefacts in every state.

Acts do and record. They judge nothing.
"""

from collections.abc import Iterator
from dataclasses import replace

from adapters.contract import Answer, Artefact, Kind, Refused, Unclear, fresh_device
from adapters.operations import Description, DocumentedOperation
from suites.kernel.bench import Bench, Lane, alike
from suites.kernel.model import AUTHENTICATING, Credential, Model, Session
from suites.kernel.policy import Policy
from suites.kernel.sweep import (
    ALTERED,
    BEFORE,
    CAUSES,
    MADE_UP,
    NOTHING,
    PUBLIC,
    REFRESH,
    Survey,
    Sweep,
)
from suites.kernel.timing import Timing

UNSECURED = "the document secures no operation by what only a login gives; name some as `secured`"
Presented = tuple[str, Credential | None, tuple[Artefact, ...]]


class Surveying(Timing):
    """Reads the document once a history, and gathers what is presented to its operations."""

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        super().__init__(bench, model, policy)
        self.surveyed: Survey | None = None
        self._known_for: tuple[str, int] | None = None
        self._known: list[Presented] = []

    def survey(self) -> Survey:
        """Read the document once a history."""
        if self.surveyed is None:
            self.bench.label = "describe"
            answer: Description | Refused | Unclear = self.bench.adapter.describe(node=0)
            if isinstance(answer, Description):
                self.surveyed = Survey(self._as_meant(answer))
            else:
                self.surveyed = Survey(None, answer.why)
            event = self.model.event("survey", None)
            event.extra = self.surveyed
            secured = self.surveyed.description and self.surveyed.description.secured
            if not secured:
                why = self.surveyed.why or UNSECURED
                event = self.model.event("sweep", None)
                event.extra = Sweep("", "", safe=True, why=why)
        return self.surveyed

    def _as_meant(self, said: Description) -> Description:
        """Return a description in which nothing is secured that the policy calls public."""
        public = frozenset(self.policy[PUBLIC] or ())
        meant = (replace(o, secured=o.secured and o.label not in public) for o in said.operations)
        return replace(said, operations=tuple(meant))

    @property
    def _lane(self) -> Lane:
        description = self.surveyed.description if self.surveyed else None
        return self.lane(description.channel if description else None)

    def _documented(self, label: str) -> DocumentedOperation | None:
        description = self.survey().description
        return description.named(label) if description else None

    @property
    def _at(self) -> str:
        return self._lane.channel

    # -- artefacts in every state --------------------------------------------------------------

    def _states(self, alive: Session) -> list[Presented]:
        """Return the states that tell something: the probes refuse what is presented in them."""
        key = (alive.sure.name, len(self.model.dead()))
        if self._known_for != key:
            self._known_for = key
            self._known = [one for one in self._candidates(alive) if self._refused(one[2])]
        return self._known

    def _refused(self, held: tuple[Artefact, ...]) -> bool:
        return not held or self.bench.everywhere(held, self._at).nobody

    def _candidates(self, alive: Session) -> Iterator[Presented]:
        """Yield each state with what is presented in it, and whose it was."""
        main = alive.sure
        artefact, value = main.held[-1], main.value
        yield NOTHING, None, ()
        yield MADE_UP, None, (*main.held[:-1], artefact.holding(alike(value)))
        yield ALTERED, None, (*main.held[:-1], artefact.holding(_altered(value)))
        for found in self._from_before(alive)[:1]:
            yield BEFORE, None, found
        for refresh in alive.current(Kind.REFRESH):
            moved = refresh.held[-1].at(artefact.place, artefact.name)
            if moved.value != artefact.value:
                yield REFRESH, None, (*main.held[:-1], moved)
        told: set[str] = set()
        for credential in reversed(self.model.dead()):
            state = CAUSES.get(credential.cause or "")
            if state is None or state in told or not self._counts(credential):
                continue
            told.add(state)
            held = credential.held
            if credential.kind is Kind.REFRESH:
                held = (held[-1].at(artefact.place, artefact.name),)
            yield state, credential, held

    def _from_before(self, alive: Session) -> list[tuple[Artefact, ...]]:
        """Return what somebody holds who has not logged in, or only by half."""
        visited = [c.held for c in self.model.strays if c.kind is Kind.PRE_AUTH]
        if visited or not self.bench.offers("login_first_factor", self._lane):
            return visited
        user, client = self.model.users[alive.user], fresh_device("sweeper")
        answer: Answer = self.bench.call("login_first_factor", user, client, lane=self._lane)
        place, name = alive.sure.held[-1].place, alive.sure.held[-1].name
        return [(a.at(place, name),) for a in answer.issued if a.kind is Kind.PENDING]

    def _counts(self, credential: Credential) -> bool:
        """Tell whether a dead artefact is one to be presented here.

        Of refresh tokens only a rotated one is: that its session lives is known.
        """
        session = credential.session
        if credential.channel != self._at or session is None:
            return False
        if credential.kind is Kind.REFRESH:
            return credential.cause == "rotation" and session.live
        return credential.kind in AUTHENTICATING


def _altered(value: str) -> str:
    """Return a value with one character in its middle changed."""
    at = len(value) // 2
    other = "A" if value[at : at + 1] != "A" else "B"
    return value[:at] + other + value[at + 1 :]

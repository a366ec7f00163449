"""Selectors of what was tried with tokens, with the controls that make a refusal mean something."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adapters.contract import Kind
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.model import Credential, Event, Session
from suites.kernel.sights import Advertised
from suites.kernel.stage import ALIVE
from suites.kernel.tokens import Trial, Trials

HOME = "the genuine value was accepted before and after"


@dataclass(frozen=True, slots=True)
class Tried:
    """What was presented in place of one genuine value; without trials `why` says why not."""

    session: Session | None
    trials: tuple[Trial, ...]
    why: str = ""
    event: Event | None = None

    @property
    def controlled(self) -> bool:
        """True when the genuine value was seen to work."""
        return self.why == ALIVE

    @property
    def classes(self) -> str:
        """What was tried, in classes."""
        counts = Counter(t.attempt.group for t in self.trials)
        return ", ".join(f"{count} {group}" for group, count in counts.items())

    @property
    def accepted(self) -> list[str]:
        """The names of what was accepted and should not have been."""
        return [t.attempt.name for t in self.trials if t.accepted and not t.attempt.lenient]

    @property
    def tolerated(self) -> list[str]:
        """The names of what was accepted and is only worth telling."""
        return [t.attempt.name for t in self.trials if t.accepted and t.attempt.lenient]

    @property
    def failed(self) -> list[str]:
        """The names of what made the target fail instead of refusing."""
        return [t.attempt.name for t in self.trials if t.seen.crashed]

    @property
    def unanswered(self) -> list[str]:
        """The classes of which nothing got a clear answer."""
        groups = dict.fromkeys(t.attempt.group for t in self.trials)
        clear = {t.attempt.group for t in self.trials if t.seen.clear}
        return [group for group in groups if group not in clear]


def tried(kind: str, requirement: str = "", *, always: bool = False) -> Selector:
    """Select what was tried in such events, as far as it concerns a requirement.

    `always` asks for the events in which nothing was found as well.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != kind:
                continue
            said: Trials = event.extra
            chosen = tuple(t for t in said.trials if requirement in {"", t.attempt.requirement})
            if chosen or always or event.detail != ALIVE:
                value = Tried(event.session, chosen, event.detail, event)
                about = f"{kind} | {_told(said.credential)}" if requirement else kind
                yield Subject(value, (event.number, requirement), about, max(1, len(chosen)))

    return Selector(kind, pick, HOME)


def over(kind: str, *kinds: Kind) -> Selector:
    """Select tokens that such an event ended by time; one of their age lived just before."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == kind and event.detail == ALIVE:
                for credential in event.ends:
                    if credential.kind in kinds:
                        yield Subject(
                            credential, (id(credential),), f"{kind} | {_told(credential)}"
                        )

    return Selector(f"ended by {kind}", pick, "accepted just before")


def _told(credential: Credential) -> str:
    return f"{credential.kind.value} in {credential.place}"


def with_lifetime(wanted: Callable[[str], bool]) -> Selector:
    """Select tokens, by their value, that came with a word on how long they are good."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for sight in moment.sights:
            if isinstance(sight, Advertised) and wanted(sight.credential.value):
                name = sight.credential.name
                yield Subject(sight, (name,), f"{sight.act} | {_told(sight.credential)}")

    return Selector("tokens that came with their lifetime", pick)

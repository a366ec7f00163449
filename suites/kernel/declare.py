"""How a line of the guide is declared: `@invariant` for what must hold, `@action` for moves."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from suites.catalogue import Requirement, requirement
from suites.kernel.policy import LIMITS

if TYPE_CHECKING:
    from suites.kernel.model import Event, Model
    from suites.kernel.verify import Finding


@dataclass(frozen=True, slots=True)
class Threat:
    """What a user's own threat is, for the report."""

    stride: str
    because: str
    guide: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to judge: what it is, and the words that make two subjects different."""

    value: Any
    key: tuple[object, ...]
    context: str = ""
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Moment:
    """When judges are asked: after a step (its events are `events`), or at the end."""

    model: "Model"
    events: "tuple[Event, ...]"
    final: bool
    spot: int = 0
    sights: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Selector:
    """What is judged and the control that belongs to it.

    `varieties` is the number of different contexts below which the claim was not exercised.
    """

    name: str
    pick: Callable[[Moment], Iterable[Subject]]
    control: str = ""
    varieties: int = 1


Judge = Callable[..., "Finding"]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One claim about a conforming target.

    `arm` marks an additional way to look that need not be reachable for a verdict;
    `at_least` is the number of subjects below which the claim was not exercised;
    `again` asks for live subjects after every step, not only after the event that matters;
    `controlled` keeps a claim that sends nothing from counting when the controls of its history
    failed, because what it sees is an absence.
    """

    requirement: Requirement
    name: str
    claim: str
    over: Selector
    judge: Judge
    needs: frozenset[str] = frozenset()
    again: bool = False
    arm: bool = False
    at_least: int = 1
    controlled: bool = False
    threat: Threat | None = None
    parameters: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The claim as the sentence that its name is."""
        return self.name.replace("_", " ")

    @property
    def timed(self) -> bool:
        """True when it is about a declared limit of time, or the end of a token."""
        return not self.needs.isdisjoint({*LIMITS.values(), TOKEN_END})

    @property
    def active(self) -> bool:
        """True when judging sends requests."""
        return "target" in self.parameters


@dataclass(frozen=True, slots=True)
class Choice:
    """A drawn ordinal that is resolved against the model only when the step runs.

    Draws must not depend on what the target answered (Hypothesis would raise
    FlakyStrategyDefinition), so the strategy is a fixed range and `pick` takes the modulus.
    """

    name: str
    strategy: Any
    pick: Callable[[Any, int], str | None]
    find: Callable[[Any, str], Any]


@dataclass(frozen=True, slots=True)
class Action:
    """One move of an actor: what is drawn for it, and what the adapter must offer."""

    name: str
    perform: Callable[..., object]
    draws: Mapping[str, Any]
    needs: frozenset[str] = frozenset()
    told: str = ""
    weight: int = 1
    opens: bool = False
    hostile: bool = False
    timed: bool = False


TOKEN_END = "token_end"
"""The capability without which no token is seen to end in a run."""

INVARIANTS: dict[str, Invariant] = {}
ACTIONS: dict[str, Action] = {}

Function = TypeVar("Function", bound=Callable[..., Any])


def invariant(
    identifier: str,
    *,
    over: Selector,
    needs: Iterable[str] = (),
    again: bool = False,
    arm: bool = False,
    at_least: int = 1,
    controlled: bool = False,
    threat: Threat | None = None,
) -> Callable[[Function], Function]:
    """Declare that a function judges one claim of a requirement.

    Args:
        identifier: the id in the catalogue (SM-2.1), or X-n for a threat of one's own.
        over: which subjects are judged, and under which control.
        needs: capabilities beyond those of the requirement, and limits the policy must declare.

    Raises:
        UnknownRequirement: the id is not in the catalogue.
        TypeError: the function has no docstring or no subject parameter.
    """
    found = requirement(identifier)

    def declare(function: Function) -> Function:
        parameters = tuple(inspect.signature(function).parameters)
        claim = inspect.getdoc(function)
        if not claim or not parameters:
            raise TypeError(
                f"{function.__name__}: an invariant needs a docstring of one sentence "
                "and the thing it judges as first parameter"
            )
        name = function.__name__
        if name in INVARIANTS:
            raise TypeError(f"{name}: another invariant of this name exists; give it its own name")
        INVARIANTS[name] = Invariant(
            requirement=found,
            name=name,
            claim=claim.splitlines()[0],
            over=over,
            judge=function,
            needs=frozenset(needs),
            again=again,
            arm=arm,
            at_least=at_least,
            controlled=controlled or "target" in parameters,
            threat=threat,
            parameters=parameters,
        )
        return function

    return declare


def action(
    *,
    needs: Iterable[str] = (),
    told: str = "",
    weight: int = 1,
    hostile: bool = False,
    timed: bool = False,
    **draws: Any,
) -> Callable[[Function], Function]:
    """Declare that a function is a move the machine may make.

    Args:
        needs: capabilities without which the move is never drawn.
        told: the move in plain words, with the draws as {fields}; default: its name.
        weight: how often it is offered relative to the others.
        hostile: an attacker takes part in it; reports show who.
        timed: it measures time, or must see what it did alone, so that in its history no judge
            looks at a living session.
        draws: one Hypothesis strategy or `Choice` a parameter after `world`.
    """

    def declare(function: Function) -> Function:
        name = function.__name__
        if name in ACTIONS:
            raise TypeError(f"{name}: another action of this name exists; give it its own name")
        words = name.replace("_", " ") + "".join(f" {{{draw}}}" for draw in draws)
        ACTIONS[name] = Action(
            name,
            function,
            dict(draws),
            frozenset(needs),
            told or words,
            weight,
            hostile=hostile,
            timed=timed,
        )
        return function

    return declare


def arguments(judge: Invariant, subject: Subject, **handed: Any) -> list[Any]:
    """Return the arguments of a judge: its subject first, the rest by parameter name."""
    return [subject.value, *(handed[name] for name in judge.parameters[1:])]

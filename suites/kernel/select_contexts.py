"""Selectors of sessions that were presented in another context, with the controls that count."""

from collections.abc import Callable, Iterator

from suites.kernel.contexts import CONTEXTS, OWNER, Elsewhere
from suites.kernel.declare import Moment, Selector, Subject

APART = "alive in its own context before, and the target tells the two contexts apart"


def elsewhere(wanted: Callable[[Elsewhere], bool]) -> Selector:
    """Select uses of sessions in a context that is not their own."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == CONTEXTS:
                for number, one in enumerate(event.extra):
                    if wanted(one):
                        yield Subject(one, (event.number, number), f"{one.mode} | {one.what}")

    return Selector("sessions in another context", pick, APART)


def owners() -> Selector:
    """Select what owners do after somebody else presented their sessions in another context."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == OWNER:
                for number, one in enumerate(event.extra):
                    yield Subject(one, (event.number, number), f"owner | {one.mode} | {one.what}")

    return Selector("owners after another context", pick, APART)

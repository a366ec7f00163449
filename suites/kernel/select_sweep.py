"""Selectors of what was tried on documented operations; the live control is in what they offer."""

from collections.abc import Callable, Iterator

from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.sweep import Survey, Sweep

HOME = "the same call with a living artefact was not refused"


def surveyed() -> Selector:
    """Select what a document was found to hold."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "survey":
                survey: Survey = event.extra
                yield Subject(survey, ("survey",), "the document")

    return Selector("documents of operations", pick)


def all_swept() -> Selector:
    """Select all operations of a history at its end, together."""

    def pick(moment: Moment) -> Iterator[Subject]:
        found = [e.extra for e in moment.model.events if e.kind == "sweep"] if moment.final else []
        named = tuple(sweep for sweep in found if sweep.operation)
        if named:
            yield Subject(named, ("all swept",), "all operations")

    return Selector("all documented operations", pick)


def swept(wanted: Callable[[Sweep], int], *, always: bool = False) -> Selector:
    """Select the operations on which so many calls were tried as are wanted.

    `always` asks for those of which nothing could be tried as well.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "sweep":
                sweep: Sweep = event.extra
                count = wanted(sweep)
                if count or always:
                    about = f"{sweep.operation} | {sweep.channel}"
                    yield Subject(sweep, (event.number,), about, max(1, count))

    return Selector("documented operations", pick, HOME)

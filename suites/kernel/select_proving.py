"""The selector of critical actions that rested on no good proof; a proper one had been done."""

from collections.abc import Iterator

from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.proving import Deed, deeds_of

READ_BACK = "the same action was done on a proper proof, and its effect was read back"


def deeds(action: str, *, on: tuple[str, ...] = (), but: tuple[str, ...] = ()) -> Selector:
    """Select the actions of a name that must not be done, by the beginning of their proofs.

    One that was done all the same needs no other to be told by.
    """

    def wanted(deed: Deed) -> bool:
        if deed.action != action or deed.due is not False or not (deed.proven or deed.done):
            return False
        return deed.proof.startswith(on or ("",)) and not (but and deed.proof.startswith(but))

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            for deed in deeds_of(event):
                if wanted(deed):
                    yield Subject(deed, (event.number,), event.detail)

    return Selector(f"{action} without a good proof", pick, READ_BACK)

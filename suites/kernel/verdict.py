"""Verdicts and their lattice: the worst one wins, in one place."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What can be said of a requirement."""

    FAIL = "fail"
    ERROR = "error"
    UNCLEAR = "unclear"
    NOT_EXERCISED = "not exercised"
    WARNING = "warning"
    DEVIATION = "deviation"
    PASS = "pass"
    NOT_APPLICABLE = "not applicable"


WORST_FIRST = tuple(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of the verdicts; of none, not applicable."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.NOT_APPLICABLE)


class Exit(StrEnum):
    """Why a run ends as it does; see `code`."""

    CONFORMS = "conforms"
    VIOLATION = "violation"
    INTERRUPTED = "interrupted"
    USAGE = "usage or profile"
    INCOMPLETE = "incomplete"
    SECRET_FOUND = "a secret was found in the evidence"
    NO_RENDERER = "renderer failed, evidence complete"

    @property
    def code(self) -> int:
        """The process exit code: pytest's own, and ours from 10 on."""
        return {
            Exit.CONFORMS: 0,
            Exit.VIOLATION: 1,
            Exit.INTERRUPTED: 2,
            Exit.USAGE: 4,
            Exit.INCOMPLETE: 10,
            Exit.SECRET_FOUND: 11,
            Exit.NO_RENDERER: 12,
        }[self]

"""Selectors of what somebody suffers by acts of others who hold nothing that lives of a session."""

from collections.abc import Iterator

from adapters.contract import Refused, Unclear
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.families import THIEF, Reuse
from suites.kernel.grants import BOGUS, FOREIGN, REPEATED
from suites.kernel.model import Event, Session
from suites.kernel.select import ALIVE_BEFORE

GUESSES = frozenset({"guessed passwords", "failed login"})
"""Acts that may lock an account."""

HOSTILE = GUESSES | {
    *("ask reset", "ask link", "stale reset", "bogus logout", "repeated logout", "foreign revoke"),
    *("reuse", BOGUS, FOREIGN, REPEATED),
}
"""Acts for which nothing of a living session is needed."""

KINDS = 3
"""How many different acts it takes to say anything."""


def harmed() -> Selector:
    """Select sessions that were alive before a hostile act; whoever committed it is no victim."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if not _hostile(event):
                continue
            for session in event.spares:
                if session.live and session is not event.session and not _shown(session, event):
                    yield Subject((session, event), (event.number, session.name), event.kind)

    return Selector("sessions of victims", pick, ALIVE_BEFORE, KINDS)


def _hostile(event: Event) -> bool:
    """Say whether this was such an act, and the target took note of it."""
    if event.kind not in HOSTILE or event.answer is None or isinstance(event.answer, Unclear):
        return False
    if event.kind in {*GUESSES, "stale reset"}:
        return isinstance(event.answer, Refused)
    # The reuse of a token ends its family by design; of other sessions nobody meant to speak.
    return not isinstance(event.extra, Reuse) or event.extra.by == THIEF


def _shown(session: Session, event: Event) -> bool:
    """Say whether the act was done from the client of this very session."""
    return not {c.value for c in session.credentials}.isdisjoint(event.presented)

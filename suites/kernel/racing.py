"""Parallel uses of one refresh token: as many as wanted begin together, and what they got is tried.

Acts do and record, and keep the model true; they judge nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from adapters.contract import Acknowledged, Answer, Artefact, Kind, fresh_device
from suites.kernel.bench import Lane, NotOffered, latest
from suites.kernel.families import Families
from suites.kernel.model import Credential, Event, Session
from suites.kernel.together import Ran, Runner, overlapped, together

Held = tuple[Artefact, ...]


@dataclass(frozen=True, slots=True)
class Race:
    """Parallel uses of one refresh token.

    `lineages` counts the distinct successors that could be refreshed one by one afterwards, and
    `survivors` those that still could after the first token had come back once more; None where
    such a return need not end anything, or ends nothing without a race either. `lenient` is True
    where a grace window is declared.
    """

    event: Event
    session: Session
    times: int
    overlapped: bool
    answered: int
    lineages: int
    survivors: int | None
    lenient: bool


class Racing(Families):
    """The acts that need more than one request at a time."""

    def refresh_together(self, session: Session, times: int) -> Event | None:
        """Use the current refresh token several times at once, then try every successor."""
        credential = next(iter(session.current(Kind.REFRESH)), None)
        if credential is None:
            return None
        if not self.bench.offers("refresh", Lane(credential.channel)):
            raise NotOffered("refresh")
        self.effects.prove(session)
        ran = self._at_once(credential, times)
        answers = [one.answer for one in ran]
        given = [a for a in answers if isinstance(a, Acknowledged)]
        branches = self._refreshed(credential.channel, _distinct(credential, given))
        lineages, survivors = len(branches), self._after_reuse(credential, branches)
        event = self.model.event("race", None, user=session.user, session=session)
        lenient = bool(self.policy["refresh.grace_seconds"])
        event.extra = Race(
            event, session, times, overlapped(ran), len(given), lineages, survivors, lenient
        )
        self.effects.forget(session)
        for other in self.model.live_sessions(session.user):
            self.effects.doubt(other)
        return event

    def _at_once(self, credential: Credential, times: int) -> list[Ran]:
        """Use a token in several calls at once; each comes from a client of its own."""
        call, lane = self.bench.adapter.refresh, credential.channel
        uses = [
            partial(
                call,
                credential.held,
                fresh_device(f"client {n}"),
                channel=lane,
                node=n % len(self.bench.nodes),
            )
            for n in range(times)
        ]
        runners = [Runner("refresh", use) for use in uses]
        ran = together(self.bench, runners, [0.0] * times, self.habits)
        self._keep(lane, [one.answer for one in ran])
        return ran

    def _refreshed(self, channel: str, branches: Sequence[Held]) -> list[Held]:
        """Refresh each branch once, and return what those that could be got."""
        answers: list[Answer] = [
            self.bench.call("refresh", held, fresh_device(), lane=Lane(channel))
            for held in branches
        ]
        self._keep(channel, answers)
        return [latest(answer.issued) for answer in answers if isinstance(answer, Acknowledged)]

    def _after_reuse(self, credential: Credential, branches: Sequence[Held]) -> int | None:
        """Present the token of the race once more, and count the branches that do not mind."""
        grace, rotation = self.policy["refresh.grace_seconds"], self.policy["refresh.rotation"]
        if grace or not rotation or self.policy["refresh.reuse_action"] == "reject_only":
            return None
        self._refreshed(credential.channel, [credential.held])
        survivors = len(self._refreshed(credential.channel, branches))
        return survivors if not survivors or self._notices_reuse(credential) else None

    def _notices_reuse(self, credential: Credential) -> bool:
        """Say that reuse ends a family that had no race: if not, no race is to blame."""
        if self.crowded(credential.owner):
            return True
        lane, client = Lane(credential.channel), fresh_device("control")
        answer = self.bench.call("login", self.user(credential.owner), client, lane=lane)
        self._keep(credential.channel, [answer])
        first = latest(answer.issued)
        # As in the race: the successor has been used once when the first token comes back.
        second = self._refreshed(credential.channel, [first])
        branches = self._refreshed(credential.channel, second)
        self._refreshed(credential.channel, [first])
        return not self._refreshed(credential.channel, branches)

    def _keep(self, channel: str, answers: Sequence[object]) -> None:
        """Remember what has to be ended when the history is over."""
        for answer in answers:
            if isinstance(answer, Acknowledged):
                self.bench.revived.append((channel, latest(answer.issued)))


def _distinct(credential: Credential, answers: Sequence[Acknowledged]) -> list[Held]:
    """Return what was given, once for each refresh token that is not the one of the race."""
    found: dict[str, Held] = {}
    for answer in answers:
        held = latest(answer.issued)
        for artefact in held:
            value = artefact.value.reveal()
            if artefact.kind is Kind.REFRESH and value != credential.value:
                found.setdefault(value, held)
    return list(found.values())

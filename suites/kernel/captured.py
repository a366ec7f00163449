"""What somebody does with traffic that was recorded: sends it again when its session is over.

Acts do and record. They judge nothing.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.contract import Artefact, Kind, Unclear, fresh_device
from adapters.exchange import Exchange
from adapters.presented import carries, without
from suites.kernel.bench import Lane
from suites.kernel.forging import Forging
from suites.kernel.model import AUTHENTICATING, Credential, Event, Session

REPLAYED = "replayed traffic"
READING, CHANGING = "reading", "changing"
RENEWING, WRITING = "refresh", "write_marker"
RECORDED = frozenset({WRITING, "list_sessions", "role_probe"})
"""What is sent again besides probes. What logs in, renews, or ends others is told elsewhere."""
MOST = 6
SHORTEST = 6
SUCCEEDED = range(200, 400)
WORKED = "recorded when it worked; the value it carries is refused by itself"


@dataclass(frozen=True, slots=True)
class Resent:
    """One recorded request that was sent again: what it showed, and whom its answer let in."""

    what: str
    label: str
    answered: bool
    shown: tuple[str, ...]
    opened: tuple[str, ...]


@dataclass(slots=True)
class Replay:
    """All that was sent again of one session.

    `changed` says whether anything was stored by it, and is None where that could not be seen.
    `why_not` says why nothing is to be concluded.
    """

    resent: list[Resent]
    changed: bool | None = None
    why_not: str = ""


class Capturing(Forging):
    """The acts of whoever recorded the requests of a session."""

    def replay_captured(self, session: Session, order: int) -> Event | None:
        """Send what was recorded of a session again: first as it came, then shuffled."""
        dead = [c for c in self.model.dead() if c.session is session and c.kind in AUTHENTICATING]
        recorded = list(self._recorded(session, dead))
        if not recorded:
            return None
        replay = Replay([])
        witness = self._witness(session)
        note = self.shown_marker(witness) if witness is not None else None
        self.bench.stale()
        if any(self.bench.everywhere(c.held, c.channel).identity for c in dead):
            replay.why_not = "the value itself is recognised, which its end is judged by"
        else:
            shuffled = random.Random(order).sample(recorded, len(recorded))  # noqa: S311
            for label, exchange in (*recorded, *shuffled):
                resent = self._resent(session, label, exchange)
                if label == RENEWING and resent.opened:
                    replay.why_not = "a refresh token was accepted, which its end is judged by"
                    break
                if label != RENEWING:
                    replay.resent.append(resent)
        if witness is not None and note is not None:
            shown = self.shown_marker(witness)
            replay.changed = None if shown is None else shown != note
            if not all(r.answered for r in replay.resent if r.what == CHANGING):
                # What was turned away for another reason would have changed nothing anyway.
                replay.changed = replay.changed or None
        self.effects.doubt_all()
        return self.model.event(REPLAYED, None, user=session.user, session=session, extra=replay)

    def _witness(self, session: Session) -> Session | None:
        """Return a living session of the same user in which something is stored."""
        if not self.lets("write_marker", session.channel) or self.crowded(session.user):
            return None
        found = self.login(session.user, "spare", channel=session.channel)
        return found if found is not None and self._writes(found) else None

    def _recorded(
        self, session: Session, dead: Sequence[Credential]
    ) -> Iterator[tuple[str, Exchange]]:
        """Yield what the own client of a session sent with values that are dead by now."""
        over = next((c.ended_by for c in dead if c.ended_by is not None), None)
        if over is None:
            return
        until = max((m.exchanges for m in self.marks if m.events <= over.number), default=0)
        latest: dict[tuple[object, ...], tuple[str, Exchange]] = {}
        for label, exchange in self.bench.exchanges[:until]:
            if exchange.device != session.device.name or exchange.status not in SUCCEEDED:
                continue
            mine = any(carries(exchange, c.held[-1]) for c in dead)
            renews = label == RENEWING and session.ended is not None and self._renews(session)
            if label.startswith("probe ") or label in RECORDED:
                if mine:
                    key = (label, exchange.method, exchange.url)
                    latest[key] = label, exchange
            elif renews and self._of(session, exchange):
                latest[label, exchange.number] = label, exchange
        yield from list(latest.values())[-MOST:]

    def _renews(self, session: Session) -> bool:
        """Say whether a used refresh token may be shown without ending sessions of others."""
        return bool(self.policy["refresh.reuse_action"] != "revoke_user")

    def _of(self, session: Session, exchange: Exchange) -> bool:
        renewing = [c for c in session.credentials if c.kind is Kind.REFRESH]
        body = (exchange.request_body or b"").decode("utf-8", "replace")
        return any(carries(exchange, c.held[-1]) or c.value in body for c in renewing)

    def _resent(self, session: Session, label: str, exchange: Exchange) -> Resent:
        lane = Lane(session.channel)
        answer = self.bench.call("resend", exchange, fresh_device("listener"), lane=lane)
        shown = self._shown_of(session, self.bench.last, exchange)
        what = CHANGING if label == WRITING and not exchange.reads else READING
        answered = not isinstance(answer, Unclear)
        if shown and what == READING:
            # What a stranger is shown at the same address is no secret.
            stranger = without(exchange, _held(session))
            control = self.bench.call("resend", stranger, fresh_device("stranger"), lane=lane)
            known = set(self._shown_of(session, self.bench.last, exchange))
            shown = tuple(what for what in shown if what not in known)
            if isinstance(control, Unclear):
                answered, shown = False, ()
        known_kinds = self.bench.calibration.authenticating[lane.channel]
        given = tuple(a for a in answer.issued if known_kinds.covers(a))
        opened = tuple(sorted(self.bench.identities(given, lane.channel))) if given else ()
        if opened:
            self.bench.revived.append((lane.channel, given))
        return Resent(what, label, answered, shown, opened)

    def _shown_of(self, session: Session, answer: Exchange, asked: Exchange) -> tuple[str, ...]:
        """Return which data of the user an answer shows that the request did not hold itself."""
        body = (asked.request_body or b"").decode("utf-8", "replace")
        request = f"{asked.url}\n{body}"
        private = {what: text for what, text in self.personal().items() if session.user in what}
        names, markers = self.bench.names.items(), self.bench.markers.items()
        private |= {f"identity of {role}": name for name, role in names if role == session.user}
        noted = [v for v, role in markers if role == session.user and v in answer.text]
        private |= {f"private value of {session.user}": value for value in noted}
        return tuple(
            what
            for what, text in private.items()
            if len(text) >= SHORTEST and text in answer.text and text not in request
        )


def _held(session: Session) -> list[Artefact]:
    """Return all that a session ever presented to say who asks."""
    return [artefact for c in session.credentials for artefact in c.held]

"""Anomalies: attacks beside ordinary use, and what the target tells of both and does about them.

Acts do and record. They judge nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from adapters.contract import Acknowledged, Refused
from adapters.journals.sink import Alert, Sink
from suites.kernel.abuses import ALERT, NEW_DEVICE, NOTIFY, REVOKE, Abuses, Trace, response
from suites.kernel.model import Session

WATCHED = "watched"
SHORTEST_WAIT, GRACE = 0.2, 1.0
"""Seconds in which an alert that nobody should raise might still come, and in which one that was
raised in time is read by a busy machine."""
LONGEST_WAIT = 10.0
"""Seconds that are waited for an alert that may come, and need not."""
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Watch:
    """All traces of one kind in a history, and why none of them says anything, if so."""

    kind: str
    traces: tuple[Trace, ...]
    why: str = ""

    def of(self, *, attack: bool) -> tuple[Trace, ...]:
        """Return the attacks, or the others, that were played to their end."""
        return tuple(t for t in self.traces if t.attack is attack and not t.why)


class Anomalies(Abuses):
    """The acts that provoke alerts, or must not, and wait for what comes of it."""

    introduced = False
    awaited: Trace | None = None
    """The attack whose alert is waited for at this time."""

    # -- watching ---------------------------------------------------------------------------------

    @property
    def sink(self) -> Sink | None:
        """Where the alerts of the target arrive, None where the profile declares no such place."""
        found: Sink | None = getattr(self.bench.adapter, "sink", None)
        return found

    @property
    def delay(self) -> float:
        """How many seconds a target may take to raise an alert and to respond."""
        return float(self.policy["anomaly.max_delay_seconds"])

    def listen(self) -> str:
        """Let the alerts of the target come to the suite; return why they cannot, if so."""
        sink = self.sink
        if sink is None:
            return "" if self.bench.offers("messages") else "there is no place for alerts"
        sink.expect_within(self.delay)
        if sink.open() and not sink.trouble and self.bench.offers("send_alerts_to"):
            answer = self.bench.call("send_alerts_to", sink.address)
            if not isinstance(answer, Acknowledged):
                sink.trouble = f"the target was not told where alerts go: {answer.why}"
        return sink.trouble

    def try_anomaly(self, kind: str, user: str, channel: str, number: int, *, attack: bool) -> None:
        """Play one trace, and wait for the alert that an attack has to raise."""
        found = Trace(kind, attack, number, self.role(user), listened=self.sink is not None)
        self._traces().append(found)
        found.why = self.listen()
        if found.why:
            return
        account = self.user(user)
        found.marks |= {m for m in (account.name, account.identity, account.reference) if m}
        self._take()
        if response(self.policy, kind) == NOTIFY:
            found.before = self._messages(found.user)
        if kind == NEW_DEVICE:
            self._introduce(channel)
        self.play_trace(found, channel)
        if attack and not found.why:
            self._await(found)
        for session in list(found.sessions):
            # Where places are few, the next trace needs them; else the clean-up ends them all.
            if self.policy["concurrency.mode"] in {"block", "evict"}:
                self._leave(found, session)
            self.effects.forget(session)

    def look_for_alerts(self, kind: str) -> None:
        """Wait for alerts that nobody should have raised, and record what all traces led to."""
        traces = tuple(t for t in self._traces() if t.kind == kind)
        noticed = [a.came for t in traces if t.attack for a in t.alerts if a.kind == kind]
        late = SHORTEST_WAIT if noticed else self.delay
        if any(not t.attack and not t.why for t in traces):
            self._wait(min(late, self.delay), lambda: False)
        why = next((t.why for t in traces if t.why), "")
        event = self.model.event(WATCHED, None, detail=kind)
        event.extra = Watch(kind, traces, why)

    def _traces(self) -> list[Trace]:
        found: list[Trace] = self.__dict__.setdefault("traces", [])
        return found

    def _take(self) -> None:
        """Hand each alert that came to the newest trace that it names."""
        for alert in self.sink.read() if self.sink is not None else ():
            named = (t for t in reversed(self._traces()) if alert.names(t.marks))
            trace = next(named, None)
            if trace is None:
                self._note_nameless(alert)
            elif alert.kind is None:
                trace.unknown += 1
            else:
                trace.alerts.append(alert)

    def _note_nameless(self, alert: Alert) -> None:
        """Count an alert that names nothing of the run, and may be about the attack all the same.

        Of made-up values a target knows only the address, which it may see otherwise than we do,
        and which is that of the whole run where the target is on another machine.
        """
        if self.awaited is not None and alert.kind == self.awaited.kind:
            self.awaited.nameless += 1

    def _await(self, trace: Trace) -> None:
        wanted = response(self.policy, trace.kind)
        self.awaited = trace

        def over() -> bool:
            self._take()
            self._respond(trace, wanted)
            told = trace.noticed or (self.sink is None and trace.answered is True)
            return told and trace.answered is not False

        self._wait(self.delay + GRACE, over)
        self.awaited = None
        if self.sink is not None and not trace.noticed:
            # What could not get through to us is no alert that nobody raised.
            trace.why = self.sink.unheard

    def _wait(self, seconds: float, over: Callable[[], bool]) -> None:
        until = time.monotonic() + seconds
        while not over() and time.monotonic() < until:
            self.bench.adapter.before_call()
            time.sleep(_POLL)
            self._take()

    # -- responses --------------------------------------------------------------------------------

    def _respond(self, trace: Trace, wanted: str) -> None:
        """See whether the declared response has come."""
        if trace.answered or wanted == ALERT:
            return
        if wanted == NOTIFY:
            told = self._messages(trace.user)
            if told is not None and trace.before is not None:
                trace.answered = told > trace.before
                trace.seen = "no message to the user"
        elif wanted == REVOKE:
            trace.answered = any(self._is_dead(s) for s in trace.sessions) or self._unknown(trace)
            trace.seen = "the session lives on"
        elif trace.raised:
            trace.answered = any(self._is_lowered(s) for s in trace.sessions)
            trace.seen = "a sensitive action needs no fresh proof of the password"

    @staticmethod
    def _unknown(trace: Trace) -> bool | None:
        """Return what is known of the end of sessions where there are none: nothing."""
        return False if trace.sessions else None

    def _is_dead(self, session: Session) -> bool:
        self.bench.stale()
        which = self.bench.probes(session.channel)[0]
        seen = self.bench.probe(
            session.held(session.channel), session.channel, which, self.client_of(session)
        )
        return seen.nobody

    def _is_lowered(self, session: Session) -> bool:
        answer = self._dare(session)
        return isinstance(answer, Refused) or self._is_dead(session)

    def _messages(self, user: str) -> int | None:
        """Return how many messages a user got so far; None where nobody can read them."""
        if not self.bench.offers("messages"):
            return None
        answer = self.bench.call("messages", self.user(user))
        texts = getattr(answer, "texts", None)
        return None if texts is None else len(texts)

    def _introduce(self, channel: str) -> None:
        """Log everybody in once: the first login of all may rightly be one from a new device."""
        if self.introduced:
            return
        self.introduced = True
        for role in self.model.users:
            trace = Trace(NEW_DEVICE, False, 0, role)
            session = self._opened(trace, channel)
            if session is not None:
                self._leave(trace, session)
        self._wait(min(self.delay, LONGEST_WAIT), lambda: False)
        for trace in self._traces():
            trace.alerts.clear()

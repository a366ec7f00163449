"""What is done so that a log has to tell it: actions of a thief, and much in a short time.

Acts do and record. They judge nothing.
"""

import secrets
import time

from adapters.connections import other_source
from adapters.contract import Acknowledged, Kind, fresh_device
from adapters.journals.sink import Sink
from suites.kernel.bench import Lane, latest
from suites.kernel.deeds import FORWARDED
from suites.kernel.model import Event, Session
from suites.kernel.timing import Timing

OUTAGE = 1.0
"""Seconds for which a sink takes nothing."""
CLAIMED = "203.0.113.77"
"""An address for documentation (RFC 5737): nobody really comes from there."""


class Traces(Timing):
    """The acts that are there to be found in a log."""

    def act_elsewhere(self, session: Session) -> Event:
        """Store a private value with copied artefacts, from elsewhere and with a false address."""
        thief = fresh_device("thief", **{FORWARDED: CLAIMED})
        thief.source = other_source(self.bench.adapter.nodes)
        value = f"note-{secrets.token_hex(8)}"
        lane = Lane(session.channel)
        held = session.held(session.channel)
        answer = self.bench.call("write_marker", held, thief, value, lane=lane)
        if isinstance(answer, Acknowledged):
            self.bench.markers[value] = session.user
        event = self.model.event("note", answer, user=session.user, session=session, extra=value)
        self.effects.renewed(session, answer.issued, event)
        # A target may end a session that is used in two places.
        self.effects.doubt(session)
        return event

    def live_without_sink(self, user: str, channel: str) -> Event | None:
        """Log in and out beside the history while the monitoring sink takes nothing."""
        sink: Sink | None = self.bench.adapter.sink
        lane = self.lane(channel)
        if sink is None or sink.journal is None or not sink.may_go_away or self.crowded(user):
            return None
        sink.go_away()
        began, client = time.time(), fresh_device("kiosk")
        answer = self.bench.call("login", self.user(user), client, lane=lane)
        if isinstance(answer, Acknowledged):
            self.bench.call("logout", latest(answer.issued), client, lane=lane)
        # Long enough for a sender to have tried; whether it keeps what is left shows then.
        time.sleep(OUTAGE)
        sink.journal.outages.append((began, time.time()))
        sink.come_back()
        return self.model.event("life without the sink", answer, user=self.role(user))

    def renew_often(self, user: str, channel: str, times: int) -> Event | None:
        """Log in beside the history and renew many times, as a busy client does in a day."""
        lane = self.lane(channel)
        if not self.bench.offers("refresh", lane) or self.crowded(user):
            return None
        client = fresh_device("busy client")
        answer = self.bench.call("login", self.user(user), client, lane=lane)
        held = latest(answer.issued)
        for _ in range(times):
            if not isinstance(answer, Acknowledged):
                break
            answer = self.bench.call("refresh", held, fresh_device("busy client"), lane=lane)
            fresh = {(a.place, a.name) for a in answer.issued}
            kept = [a for a in held if (a.place, a.name) not in fresh]
            held = (*kept, *answer.issued) if answer.issued else held
        own = tuple(a for a in held if a.kind is not Kind.REFRESH)
        self.bench.call("logout", own, fresh_device("busy client"), lane=lane)
        return self.model.event("busy client", answer, user=self.role(user))

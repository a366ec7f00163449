"""Everything that can happen in one history: life, administration, and artefacts examined."""

import secrets
import time
from dataclasses import replace

from adapters.contract import Acknowledged, Kind, fresh_device
from suites.kernel.anomalies import Anomalies
from suites.kernel.bench import Lane, latest
from suites.kernel.coordination import Coordination
from suites.kernel.flooding import Flooding
from suites.kernel.guessing import Guessing
from suites.kernel.hostile import Hostile
from suites.kernel.kinds import Kinds
from suites.kernel.log_forging import Forging
from suites.kernel.model import Event, Session
from suites.kernel.namesakes import Namesakes
from suites.kernel.once import OneTime
from suites.kernel.outages import Outages
from suites.kernel.propagation import Propagation
from suites.kernel.scoping import Scoping
from suites.kernel.stage import ALIVE, ATTACKER, BYSTANDER, DEAD, DEVICES, ROLES, VICTIM
from suites.kernel.tokens import Tokens
from suites.kernel.traces import Traces

__all__ = ["ALIVE", "ATTACKER", "BYSTANDER", "DEAD", "DEVICES", "ROLES", "VICTIM", "World"]


class World(
    OneTime,
    Kinds,
    Tokens,
    Scoping,
    Namesakes,
    Coordination,
    Propagation,
    Outages,
    Flooding,
    Guessing,
    Hostile,
    Anomalies,
    Forging,
    Traces,
):
    """One history of a target, from clean accounts to clean accounts."""

    sample_seconds = 30.0

    # -- administration ---------------------------------------------------------------------------

    def rename(self, session: Session) -> Event:
        """Change the login name, then let a newcomer take the old one."""
        self.effects.prove_all(session.user)
        account = self.model.users[session.user]
        name = f"renamed-{secrets.token_hex(6)}@example.test"
        answer = self.bench.call(
            "change_email",
            session.held(session.channel),
            self.client_of(session),
            name,
            account,
            lane=Lane(session.channel),
        )
        event = self.model.event("rename", answer, user=session.user, session=session)
        if isinstance(answer, Acknowledged):
            renamed = replace(account, name=name)
            self.model.users[session.user] = renamed
            self.effects.renewed(session, answer.issued, event)
            self.effects.email_changed(session, event)
            self.newcomer("newcomer", account.name)
        self.effects.spare(event)
        return event

    # -- sampling artefacts -----------------------------------------------------------------------

    def sample(self, user: str, channel: str, count: int) -> None:
        """Log in and out many times and keep only the identifiers."""
        until = time.monotonic() + self.sample_seconds
        values: dict[str, list[str]] = {}
        lane = self.lane(channel)
        known = self.bench.calibration.authenticating[lane.channel]
        for _ in range(count):
            client = fresh_device("sampler")
            answer = self.bench.call("login", self.user(user), client, lane=lane)
            if not isinstance(answer, Acknowledged):
                break
            held = latest(answer.issued)
            self.bench.revived.append((lane.channel, held))
            for artefact in held:
                if known.covers(artefact) or artefact.kind is Kind.REFRESH:
                    what = f"{artefact.kind.value} in {artefact.place.value}"
                    values.setdefault(what, []).append(artefact.value.reveal())
            self.bench.call("logout", held, client, lane=lane)
            self.bench.revived.pop()
            if time.monotonic() > until:
                break
        for what, sample in values.items():
            self.model.event("sample", None, user=self.role(user), detail=what, extra=sample)

"""Everything that can happen in one history: life, administration, and artefacts examined."""

import secrets
from dataclasses import replace

from adapters.contract import Acknowledged
from suites.kernel.anomalies import Anomalies
from suites.kernel.bench import Lane
from suites.kernel.browsing import Browsing
from suites.kernel.captured import Capturing
from suites.kernel.contexts import Contexts
from suites.kernel.coordination import Coordination
from suites.kernel.crossing import Crossing
from suites.kernel.flooding import Flooding
from suites.kernel.guessing import Guessing
from suites.kernel.kinds import Kinds
from suites.kernel.leaking import Leaking
from suites.kernel.lending import Lending
from suites.kernel.lines import Lines
from suites.kernel.log_forging import LogForging
from suites.kernel.model import Event, Session
from suites.kernel.namesakes import Namesakes
from suites.kernel.outages import Outages
from suites.kernel.propagation import Propagation
from suites.kernel.sampling import Sampling
from suites.kernel.scoping import Scoping
from suites.kernel.stage import ALIVE, ATTACKER, BYSTANDER, DEAD, DEVICES, ROLES, VICTIM
from suites.kernel.sweeping import Sweeping
from suites.kernel.tokens import Tokens
from suites.kernel.traces import Traces

__all__ = ["ALIVE", "ATTACKER", "BYSTANDER", "DEAD", "DEVICES", "ROLES", "VICTIM", "World"]


class World(
    Browsing,
    Contexts,
    Lending,
    Capturing,
    Leaking,
    Kinds,
    Tokens,
    Scoping,
    Namesakes,
    Coordination,
    Propagation,
    Outages,
    Flooding,
    Guessing,
    Sweeping,
    Sampling,
    Lines,
    Crossing,
    Anomalies,
    LogForging,
    Traces,
):
    """One history of a target, from clean accounts to clean accounts."""

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

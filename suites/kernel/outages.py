"""Outages: a part of the target fails while dead, made-up and living artefacts are presented.

Acts do and record. They judge nothing, and every fault they inject is healed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from adapters.contract import Acknowledged, Answer, Artefact, Seen
from suites.kernel.bench import Lane
from suites.kernel.life import Life
from suites.kernel.model import Credential, Event, Session

OUTAGE = "outage"
DURING, AFTER = "while it was down", "after it came back"
DEAD, MADE_UP, RESIGNED = "a logged-out value", "a made-up value", "a value with another signature"
Resign = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Glance:
    """What one value showed, during an outage or after it."""

    what: str
    when: str
    seen: Seen


@dataclass(slots=True)
class Outage:
    """One fault of one part, and what was seen until it had come back.

    `noticed` says by what the fault was seen to be active. `logout` is how a logout was answered
    meanwhile, `left` what its session showed afterwards; `live` what a living session showed then.
    """

    kind: str
    session: Session
    noticed: str = ""
    healed: bool = False
    glances: list[Glance] = field(default_factory=list)
    logout: Answer | None = None
    left: Seen | None = None
    live: Seen | None = None


class Outages(Life):
    """The act that makes a part of the target fail, and lets it come back."""

    def live_through(self, session: Session, kind: str, resign: Resign) -> Event | None:
        """Let a part fail, look at dead and made-up values, log out, and heal it again.

        A session of its own is logged out before, so that a dead value is known to be one, and
        another one meanwhile.
        """
        self.effects.prove(session)
        corpse, leaver = self._logged_out(session), self._another(session, "kiosk")
        if corpse is None or leaver is None or not session.sure.proven:
            return None
        made = _tries(self.invented(session.sure), corpse, session, resign)
        # What lets somebody in while all is well says nothing of an outage.
        tries = [one for one in made if self.bench.everywhere(one[1], session.channel).nobody]
        well = self._healthy()
        found = Outage(kind, session)
        self.injected.add(kind)
        try:
            if isinstance(self.bench.call("inject_fault", kind), Acknowledged):
                self._during(found, leaver, tries, well=well)
        finally:
            found.healed = self.heal(kind)
        self._after(found, leaver, tries)
        event = self.model.event(OUTAGE, found.logout, user=session.user, extra=found)
        # Whether the logout counted is what is judged here, and nowhere else.
        self.effects.forget(leaver)
        self.effects.doubt_all()
        self.effects.spare(event)
        return event

    def heal(self, kind: str) -> bool:
        """Let a part work again, and say whether the target acknowledged it."""
        done = isinstance(self.bench.call("heal_fault", kind), Acknowledged)
        if done:
            self.injected.discard(kind)
        return done

    def _during(
        self,
        found: Outage,
        leaver: Session,
        tries: list[tuple[str, tuple[Artefact, ...]]],
        *,
        well: bool,
    ) -> None:
        session = found.session
        if well and not self._healthy():
            found.noticed = "the target says that it is not well"
        live = self.bench.everywhere(session.sure.held, session.sure.channel)
        if live.identity is None and not found.noticed:
            found.noticed = "a living session is not recognised"
        found.glances += self._glances(tries, session, DURING)
        found.logout = self.bench.call(
            "logout",
            leaver.held(leaver.channel),
            self.client_of(leaver),
            lane=Lane(leaver.channel),
        )

    def _after(
        self, found: Outage, leaver: Session, tries: list[tuple[str, tuple[Artefact, ...]]]
    ) -> None:
        if not found.healed or found.logout is None:
            return
        self.bench.stale()
        session = found.session
        found.glances += self._glances(tries, session, AFTER)
        found.left = self.bench.everywhere(leaver.sure.held, leaver.channel)
        found.live = self.bench.observe(session.sure)

    def _glances(
        self, tries: list[tuple[str, tuple[Artefact, ...]]], session: Session, when: str
    ) -> list[Glance]:
        return [
            Glance(what, when, self.bench.everywhere(held, session.channel)) for what, held in tries
        ]

    def _healthy(self) -> bool:
        if not self.bench.offers("health"):
            return False
        return isinstance(self.bench.call("health"), Acknowledged)

    def _another(self, session: Session, device: str) -> Session | None:
        if self.crowded(session.user):
            return None
        return self.login(session.user, device, channel=session.channel)

    def _logged_out(self, session: Session) -> Credential | None:
        """Return the value of a session that was logged out, and is recognised no more."""
        other = self._another(session, "spare")
        if other is None or not self.logout(other).acknowledged:
            return None
        self.bench.stale()
        dead = self.bench.everywhere(other.sure.held, other.channel).nobody
        return other.sure if dead else None


def _tries(
    made_up: Credential, corpse: Credential, session: Session, resign: Resign
) -> Iterator[tuple[str, tuple[Artefact, ...]]]:
    yield DEAD, corpse.held
    yield MADE_UP, made_up.held
    held = session.sure.held
    other = resign(held[-1].value.reveal())
    if other is not None:
        yield RESIGNED, (*held[:-1], held[-1].holding(other))

"""A history written down by hand, for self-tests of what is judged over it.

No target is asked anything; every credential is as alive as the test says.
"""

import secrets
from collections.abc import Iterable

from adapters.contract import Acknowledged, Answer, Artefact, Device, Kind, Place, User
from adapters.secrets import Secret
from suites.kernel.declare import Moment, Selector
from suites.kernel.model import Credential, Event, Model, Session, State

NAMES = {
    Kind.SESSION: "sid",
    Kind.ACCESS: "token",
    Kind.REFRESH: "refresh",
    Kind.PRE_AUTH: "sid",
    Kind.REMEMBER: "remember",
}


class History:
    """A model that is written down event by event."""

    def __init__(self) -> None:
        users = ("alice", "bob", "mallory")
        self.model = Model({name: User(name, Secret(f"{name}-password")) for name in users})

    def login(
        self,
        user: str = "alice",
        *kinds: Kind,
        channel: str = "web",
        proven: bool = True,
        over: Session | None = None,
        carried: str = "nothing",
        plants: Iterable[Credential] = (),
    ) -> Session:
        """Open a session with one credential of each kind."""
        event = self.model.event("login", Acknowledged(), user=user, carried=carried)
        event.extra = tuple(plants)
        name = f"s{len(self.model.sessions) + 1}"
        session = Session(name, user, Device(name), channel, event, over=over)
        event.opened = event.session = session
        self.model.sessions[name] = session
        for kind in kinds or (Kind.SESSION,):
            event.issued.append(self.credential(session, kind, proven=proven))
        return session

    def credential(
        self, session: Session, kind: Kind, *, proven: bool = True, value: str = ""
    ) -> Credential:
        """Give a session one more credential."""
        place = Place.COOKIE if kind in {Kind.SESSION, Kind.PRE_AUTH} else Place.BODY
        generation = sum(c.kind is kind for c in session.credentials)
        name = f"{session.name}.{kind.value}#{generation}"
        held = (Artefact(kind, place, NAMES[kind], Secret(value or secrets.token_hex(12))),)
        found = Credential(name, kind, held, session.user, session.channel, generation)
        found.session, found.proven = session, proven
        session.credentials.append(found)
        self.model.remember(found)
        return found

    def stray(self, value: str, kind: Kind = Kind.PRE_AUTH) -> Credential:
        """Remember a value that belongs to no session."""
        held = (Artefact(kind, Place.COOKIE, "sid", Secret(value)),)
        found = Credential(f"v-{value}", kind, held, "", "web", state=State.EITHER)
        self.model.remember(found)
        return found

    def end(self, cause: str, *sessions: Session, answer: Answer | None = None) -> Event:
        """End sessions for one cause, from the first of them."""
        first = sessions[0]
        event = self.model.event(cause, answer or Acknowledged(), user=first.user, session=first)
        for session in sessions:
            session.ended = event
            for credential in session.credentials:
                credential.end(cause, event)
                event.ends.append(credential)
        return event

    def pick(self, over: Selector, *happened: Event, final: bool = False) -> list[object]:
        """Return the names of what a selector picks, after these events or the last one."""
        last = happened or tuple(self.model.events[-1:])
        moment = Moment(self.model, () if final else last, final)
        return [getattr(s.value, "name", s.value) for s in over.pick(moment)]

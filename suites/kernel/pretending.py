"""What people do who want to be more than they are: claim it, or lend a value to another purpose.

Acts do and record. They judge nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from adapters.contract import Acknowledged, Artefact, Device, Kind, Refused, fresh_device
from adapters.secrets import Secret
from suites.kernel.authority import Authority
from suites.kernel.bench import Lane, latest
from suites.kernel.model import AUTHENTICATING, Credential, Event, Session
from suites.kernel.stage import ALIVE, DEAD

DISGUISES = ("cookies", "headers", "members", "query")
OCCASIONS = ("login", "refresh", "note", "look")
_CLAIMS = ("role", "roles", "isAdmin", "is_admin", "admin")
_NAMES = ("user", "user_id", "username")


class Pretending(Authority):
    """The acts of users who claim a role or a name, or present what is no identifier as one."""

    def disguise(self, session: Session, how: str, occasion: str) -> None:
        """Claim another role or name in what the client sends, and see what that gives."""
        plain = self.model.roles.get(session.user) in {None, self.plain_role}
        if not plain or not self.bench.offers("role_probe", Lane(session.channel)):
            return
        probes = [w for w in self.model.role_probes if w in self.model.granting]
        refused = [w for w in probes if isinstance(self.bench.may(session.sure, w), Refused)]
        gained: list[tuple[str, bool]] = []
        credential = self._claimed(session, how, occasion)
        for which in refused:
            for device in (self._pretender(how), None):
                answer = self.bench.may(credential, which, device)
                gained.append((f"role probe {which}", isinstance(answer, Acknowledged)))
        probe, held = self.bench.adapter.probes[0], credential.held
        named, claimed = (
            self.bench.probe(held, credential.channel, probe, client).identity
            for client in (fresh_device(), self._pretender(how))
        )
        other = named == session.user and claimed not in {None, session.user}
        gained.append(("the name of another user", other))
        if credential.session is None:
            lane = Lane(session.channel)
            self.bench.call("logout", credential.held, fresh_device(), lane=lane)
            self.effects.doubt_all()
        if refused:
            event = self.model.event("disguise", None, user=session.user, session=session)
            event.detail, event.extra = f"{how} at {occasion}", gained

    def _claimed(self, session: Session, how: str, occasion: str) -> Credential:
        """Do one thing in disguise and return what may have gained by it."""
        lane = Lane(session.channel)
        if occasion == "login" and not self.crowded(session.user):
            client = self._pretender(how)
            answer = self.bench.call("login", self.user(session.user), client, lane=lane)
            if isinstance(answer, Acknowledged):
                known = self.bench.calibration.authenticating[lane.channel]
                held = tuple(a for a in latest(answer.issued) if known.covers(a))
                self.bench.revived.append((lane.channel, latest(answer.issued)))
                return Credential("disguised", Kind.SESSION, held, session.user, lane.channel)
        elif occasion == "refresh" and self.bench.offers("refresh", lane):
            here = (c for c in session.current(Kind.REFRESH) if c.channel == lane.channel)
            for credential in here:
                with self._disguised(session.device, how):
                    held, client = session.held(session.channel), session.device
                    answer = self.bench.call("refresh", held, client, lane=lane)
                event = self.model.event("disguised refresh", answer, user=session.user)
                if isinstance(answer, Acknowledged):
                    issued = answer.issued
                    self.effects.refreshed(session, credential, issued, event, lane.channel)
        elif occasion == "note" and self.bench.offers("write_marker", lane):
            with self._disguised(session.device, how):
                self.write_marker(session)
        return session.sure

    def _pretender(self, how: str) -> Device:
        """Return a client that claims what it is not and holds nothing else."""
        client = fresh_device("disguised")
        self._dress(client, how)
        return client

    def _dress(self, device: Device, how: str) -> None:
        claims = self._claims()
        if how == "headers":
            names = {f"X-{name.replace('_', '-').title()}": str(v) for name, v in claims.items()}
            device.headers = {**device.headers, **names}
        elif how == "query":
            device.query = {name: str(value) for name, value in claims.items()}
        elif how == "members":
            device.fields = {k: v for k, v in claims.items() if k not in _NAMES}
        else:
            for name, value in claims.items():
                if device.jar.get(name) is None:
                    made_up = Secret(str(value), made_up=True)
                    device.jar.set(name, made_up, domain=self.bench.host)

    @contextmanager
    def _disguised(self, device: Device, how: str) -> Iterator[None]:
        """Let a client claim what it is not, for a while."""
        headers, query, fields = device.headers, device.query, device.fields
        own = device.jar.names()
        self._dress(device, how)
        try:
            yield
        finally:
            device.headers, device.query, device.fields = headers, query, fields
            for name in self._claims() if how == "cookies" else ():
                if name not in own:
                    device.jar.drop(name)

    def _claims(self) -> Mapping[str, object]:
        other = self.user("mallory")
        wanted: dict[str, object] = dict.fromkeys(_CLAIMS, True)
        wanted |= {"role": self.privileged, "roles": self.privileged}
        return wanted | dict.fromkeys(_NAMES, other.identity or other.name)

    # -- everything a session has -----------------------------------------------------------------

    def gather(self, session: Session) -> None:
        """Collect every value of a session, then present what is no identifier as if it were."""
        values = [(c.kind.value, c.value) for c in session.current()]
        public: list[tuple[str, str]] = []
        lane = Lane(session.channel)
        held, client = session.held(session.channel), self.client_of(session)
        if self.bench.offers("csrf_token", lane):
            answer = self.bench.call("csrf_token", held, client, lane=lane)
            found: tuple[Artefact, ...] = answer.issued
            values += [(Kind.CSRF.value, a.value.reveal()) for a in found if a.kind is Kind.CSRF]
        if self.bench.offers("list_sessions", lane):
            self.list_sessions(session)
        if session.handle is not None:
            public.append(("handle", session.handle.id))
        account = self.user(session.user)
        public += [("account", v) for v in (account.identity, account.reference) if v]
        values += [("cookie " + a.name, a.value.reveal()) for a in session.beside]
        values += [(Kind.RESET.value, c.value) for c in self.letters.get(session.user, [])[-1:]]
        values += [(Kind.LINK.value, c.value) for c in self.links.get(session.user, [])[-1:]]
        event = self.model.event("values", None, user=session.user, session=session)
        event.extra = [*values, *public]
        # Tokens of one kind in the place of another are judged by the token requirements.
        lent = [*public, *((what, v) for what, v in values if what.startswith("cookie "))]
        self.look(
            "borrowed values",
            session,
            [
                (credential, what, credential.held[-1].holding(value))
                for credential in session.current(*AUTHENTICATING)
                for what, value in dict.fromkeys(lent)
            ],
        )

    def look(
        self, kind: str, session: Session, tries: list[tuple[Credential, str, Artefact]]
    ) -> Event:
        """Present altered or misplaced values one by one and keep what each showed."""
        self.effects.prove(session)
        looks = []
        for credential, name, artefact in tries:
            held = (*credential.held[:-1], artefact)
            seen = self.bench.everywhere(held, credential.channel)
            looks.append((f"{name} ({credential.kind} in {credential.place})", seen))
        event = self.model.event(kind, None, user=session.user, session=session, extra=looks)
        self.bench.stale()
        after = self.bench.observe(session.sure)
        event.detail = ALIVE if after.identity == session.user else after.why
        if after.nobody:
            event.detail = DEAD
        return event

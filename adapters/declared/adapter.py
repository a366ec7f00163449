"""The adapter that a profile declares: one table of operations, one way to perform them."""

import secrets
from collections.abc import Mapping, Sequence

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Handle,
    Kind,
    Listing,
    Refused,
    Seen,
    Unclear,
    User,
    fresh_device,
)
from adapters.declared.authority import AuthorityOperations, words_of
from adapters.declared.caller import Caller
from adapters.declared.crossing import CrossingOperations
from adapters.declared.documented import Document, DocumentedOperations
from adapters.declared.handles import handles_of
from adapters.declared.issued import ANONYMOUS_AFTER, OPENS_A_SESSION, Issued
from adapters.declared.lines import LineOperations
from adapters.declared.outcome import Meaning, Outcome, no_evidence, nobody_in, outcome_of
from adapters.declared.reader import Reader
from adapters.declared.spec import Channel, Operation
from adapters.declared.tokens import TokenOperations
from adapters.dpop import new_key
from adapters.exchange import Reply
from adapters.profilefile import Profile
from adapters.secrets import Secret
from adapters.transport import Transport, absolute

SENT = frozenset({Kind.RESET, Kind.LINK})


class _Operations(
    AuthorityOperations, TokenOperations, DocumentedOperations, CrossingOperations, LineOperations
):
    """What has files of its own."""


class DeclaredAdapter(_Operations):
    """Performs the operations that the section `adapter` of a profile declares."""

    def __init__(self, transport: Transport, profile: Profile) -> None:
        self.transport = transport
        self._channels = self.read_channels(profile)
        self.channels = tuple(self._channels)
        self.document = Document.of(profile, self.channels[0], self.channels)
        self.audiences = {n: c.audience for n, c in self._channels.items() if c.audience}
        self.signed = {
            name: frozenset((spec.place, spec.name) for spec in channel.artefacts if spec.jwt)
            for name, channel in self._channels.items()
        }
        self.nodes = profile.target.nodes
        self._plaintext = profile.target.plaintext_url
        self.clients = {n: c.client for n, c in self._channels.items() if c.client}
        self.scopes = {n: c.scope for n, c in self._channels.items() if c.scope}
        self.bound = frozenset(n for n, c in self._channels.items() if c.dpop)
        probes = {name: said for c in self._channels.values() for name, said in c.probes.items()}
        # The first probe is looked through most often: one that shows the marker tells most.
        self.probes = tuple(sorted(probes, key=lambda name: probes[name].marker is None))
        every = [spec for channel in self._channels.values() for spec in channel.artefacts]
        self.role_probes = {
            name: probe.role
            for channel in self._channels.values()
            for name, probe in channel.role_probes.items()
        }
        self.plain_role = str(profile.adapter.get("plain_role", "user"))
        self.session_names = frozenset(
            spec.source.what
            for spec in every
            if spec.source.how == "cookie" and spec.kind in {Kind.SESSION, Kind.ACCESS}
        )
        self.offers = frozenset(
            name for channel in self.channels for name in self.offers_in(channel)
        )
        traits = {
            "plaintext_url": self._plaintext is not None,
            "openapi": self.document is not None,
            "token_jwt": any(spec.jwt for spec in every),
        }
        self.traits = frozenset(name for name, has in traits.items() if has)
        for spec in every:
            if spec.source.how == "cookie":
                transport.secret_kinds[spec.source.what] = spec.kind

    def read_channels(self, profile: Profile) -> dict[str, Channel]:
        """Return the channels by name; a family that knows more than its profile says adds some."""
        return Reader(profile).channels()

    def offers_in(self, channel: str) -> frozenset[str]:
        """Return the operations that one channel declares."""
        said = self._channels[channel]
        always = {"probe", "login_fail", "forge", "shares", "resend"}
        always |= {"csrf_token"} if said.csrf else set()
        always |= {"role_probe"} if said.role_probes else set()
        return frozenset(said.operations) | always

    def probes_in(self, channel: str) -> tuple[str, ...]:
        """Return the names of the probes that one channel has."""
        return tuple(self._channels[channel].probes)

    def pre_auth(self, device: Device, *, channel: str, node: int) -> Answer:
        """Visit anonymously."""
        return self._perform("pre_auth", (), device, channel, node)

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Authenticate; what is issued includes every cookie the device now presents."""
        return self._perform("login", (), device, channel, node, words_of(user))

    def login_fail(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Log in with a password that is not the one of the account."""
        own = "login_fail" in self._channels[channel].operations
        wrong = {**words_of(user), "user.password": f"Wrong-{secrets.token_hex(6)}-9!"}
        return self._perform("login_fail" if own else "login", (), device, channel, node, wrong)

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        """Read something that names its reader."""
        return self._look(held, device, which, self._channels[channel], self.nodes[node])

    def plaintext_probe(self, held: Sequence[Artefact], device: Device, *, which: str) -> Seen:
        """Probe the unencrypted address; there, an answer that names nobody is clear enough."""
        channel = next(iter(self._channels.values()))
        if self._plaintext is None:
            return Seen(which, None, clear=False, why="no target.plaintext_url is declared")
        return self._look(held, device, which, channel, self._plaintext, plaintext=True)

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End the presented session."""
        return self._perform("logout", held, device, channel, node)

    def change_password(
        self,
        held: Sequence[Artefact],
        device: Device,
        old: Secret,
        new: Secret,
        *,
        channel: str,
        node: int,
    ) -> Answer:
        """Change the own password."""
        words = {"old": old.reveal(), "new": new.reveal()}
        return self._perform("change_password", held, device, channel, node, words)

    def change_email(
        self,
        held: Sequence[Artefact],
        device: Device,
        new: str,
        user: User,
        *,
        channel: str,
        node: int,
    ) -> Answer:
        """Change the own login name."""
        words = {**words_of(user), "new": new}
        return self._perform("change_email", held, device, channel, node, words)

    def refresh(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Renew the session; only here the refresh token is presented."""
        return self._perform("refresh", held, device, channel, node)

    def refresh_scoped(
        self, held: Sequence[Artefact], device: Device, scope: str, *, channel: str, node: int
    ) -> Answer:
        """Renew the session and ask for these scopes."""
        return self._perform("refresh_scoped", held, device, channel, node, {"scope": scope})

    def list_sessions(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Listing | Refused | Unclear:
        """List the own sessions."""
        operation = self._channels[channel].operations.get("list_sessions")
        if operation is None or operation.handles is None:
            return _not_offered("list_sessions", channel)
        reply, outcome, issued = self._made(operation, held, device, channel, node, {})
        if outcome.meaning is not Meaning.DONE:
            answer = _answer(outcome, issued.artefacts(False))
            return answer if isinstance(answer, Refused) else _unclear(outcome, issued)
        return Listing(handles_of(reply, operation.handles), issued.artefacts(True))

    def revoke_session(
        self, held: Sequence[Artefact], device: Device, handle: Handle, *, channel: str, node: int
    ) -> Answer:
        """End one session by its public name."""
        words = {"handle.id": handle.id}
        return self._perform("revoke_session", held, device, channel, node, words)

    def revoke_all(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End all own sessions."""
        return self._perform("revoke_all", held, device, channel, node)

    def csrf_token(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Read the anti-CSRF token."""
        said = self._channels[channel]
        if said.csrf is None:
            return _not_offered("csrf_token", channel)
        caller = self._caller(held, device, said, self.nodes[node], Issued(said))
        token = caller.csrf_artefact(said.csrf)
        if token is None:
            return Unclear("no anti-CSRF token was found where artefacts.csrf says")
        return Acknowledged((token,))

    def write_marker(
        self, held: Sequence[Artefact], device: Device, value: str, *, channel: str, node: int
    ) -> Answer:
        """Store a harmless value in the session."""
        return self._perform("write_marker", held, device, channel, node, {"value": value})

    def create_user(
        self, name: str, password: Secret, personal: Mapping[str, str], *, node: int
    ) -> Answer:
        """Create a throw-away account."""
        user = User(name, password, personal=personal)
        channel, operation = self._administrative("create_user")
        if operation is None:
            return _not_offered("create_user", channel)
        reply, outcome, issued = self._made(
            operation, (), fresh_device("administrator"), channel, node, words_of(user)
        )
        if outcome.meaning is not Meaning.DONE:
            return _answer(outcome, issued.artefacts(False))
        reference = operation.reference.find(reply) if operation.reference else None
        identity = operation.identity.find(reply) if operation.identity else None
        codes = [a.value for a in issued.artefacts(True) if a.kind is Kind.TOTP]
        totp = codes[-1] if codes else None
        made = User(name, password, identity, personal, reference, totp=totp)
        return Acknowledged(user=made)

    def drop_user(self, user: User, *, node: int) -> Answer:
        """Delete a throw-away account."""
        return self._as_admin("drop_user", node, words_of(user))

    def change_role(self, user: User, role: str, *, node: int) -> Answer:
        """Change the role of an account."""
        return self._as_admin("change_role", node, {**words_of(user), "role": role})

    def admin_revoke(self, user: User, *, node: int) -> Answer:
        """End all sessions of an account as administrator."""
        return self._as_admin("admin_revoke", node, words_of(user))

    def _words_of(self, user: User) -> Mapping[str, str]:
        return words_of(user)

    def _administrative(self, name: str) -> tuple[str, Operation | None]:
        for channel, said in self._channels.items():
            if name in said.operations:
                return channel, said.operations[name]
        return self.channels[0], None

    def _as_admin(self, name: str, node: int, words: Mapping[str, str]) -> Answer:
        channel, operation = self._administrative(name)
        if operation is None:
            return _not_offered(name, channel)
        device = fresh_device("administrator")
        _, outcome, issued = self._made(operation, (), device, channel, node, words)
        # What the administrator's own client was given is none of the account's.
        sent = tuple(a for a in issued.artefacts(False) if a.kind in SENT)
        return _answer(outcome, sent)

    def _caller(
        self,
        held: Sequence[Artefact],
        device: Device,
        channel: Channel,
        base: str,
        issued: Issued,
        *,
        renews: bool = False,
    ) -> Caller:
        return Caller(self.transport, channel, base, held, device, issued, renews)

    def _made(
        self,
        operation: Operation,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        words: Mapping[str, str],
    ) -> tuple[Reply, Outcome, Issued]:
        said = self._channels[channel]
        if operation.browser:
            return self.browsing.log_in(device, node, words)  # type: ignore[no-any-return]
        issued = Issued(said, operation.capture)
        renewing = (said.operations.get(name) for name in ("refresh", "refresh_scoped"))
        renews = any(operation is one for one in renewing)
        caller = self._caller(held, device, said, self.nodes[node], issued, renews=renews)
        reply = caller.call(operation.request, words)
        return reply, outcome_of(reply, operation), issued

    def _perform(
        self,
        name: str,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        words: Mapping[str, str] | None = None,
    ) -> Answer:
        operation = self._channels[channel].operations.get(name)
        if operation is None:
            return _not_offered(name, channel)
        return self._done(name, operation, held, device, channel, node, words)

    def _done(
        self,
        name: str,
        operation: Operation,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        words: Mapping[str, str] | None = None,
    ) -> Answer:
        if channel in self.bound and name in {"login", "login_fail"}:
            held = (*held, new_key())
        keys = tuple(artefact for artefact in held if artefact.kind is Kind.KEY)
        _, outcome, issued = self._made(operation, held, device, channel, node, words or {})
        if outcome.meaning is Meaning.DONE and name in OPENS_A_SESSION:
            trusted = self.transport.trust_loopback
            url = absolute(self.nodes[node], "/")
            return Acknowledged((*keys, *issued.with_jar(device, url, trust_loopback=trusted)))
        done: bool | None = outcome.meaning is Meaning.DONE and name not in ANONYMOUS_AFTER
        if outcome.meaning is Meaning.UNCLEAR:
            done = None
        kept = keys if outcome.meaning is Meaning.DONE and name not in ANONYMOUS_AFTER else ()
        return _answer(outcome, (*kept, *issued.artefacts(done)))

    def _look(
        self,
        held: Sequence[Artefact],
        device: Device,
        which: str,
        channel: Channel,
        base: str,
        *,
        plaintext: bool = False,
    ) -> Seen:
        probe = channel.probes.get(which)
        if probe is None:
            why = f"channel {channel.name} has no probe {which}"
            return Seen(which, None, clear=False, why=why)
        issued = Issued(channel)
        reply = self._caller(held, device, channel, base, issued).call(probe.request, {})
        if unclear := no_evidence(reply):
            given = issued.artefacts(None)
            return Seen(which, None, False, unclear.why, issued=given, crashed=unclear.crashed)
        identity, told = probe.identity.find(reply), reply.told()
        nobody = nobody_in(reply, probe) or (plaintext and identity is None)
        if identity and nobody:
            why = f"{told}: names a reader and matches `nobody` as well"
            return Seen(which, None, False, why, issued=issued.artefacts(None))
        if identity and not reply.ok:
            why = f"{told}: names a reader, but an answer that succeeded would be 2xx"
            return Seen(which, None, False, why, issued=issued.artefacts(None))
        if not identity and not nobody:
            why = f"{told}: names no reader and does not match `nobody` either"
            return Seen(which, None, False, why, issued=issued.artefacts(None))
        marker = probe.marker.find(reply) if probe.marker and identity else None
        given = issued.artefacts(bool(identity))
        return Seen(which, identity, True, told, marker=marker, issued=given)


def _not_offered(name: str, channel: str) -> Unclear:
    return Unclear(f"channel {channel} declares no `{name}`")


def _unclear(outcome: Outcome, issued: Issued) -> Unclear:
    return Unclear(outcome.why, issued.artefacts(None), outcome.crashed)


def _answer(outcome: Outcome, issued: tuple[Artefact, ...]) -> Answer:
    match outcome.meaning:
        case Meaning.DONE:
            return Acknowledged(issued)
        case Meaning.DECLINED:
            return Refused(outcome.why, issued)
        case _:
            return Unclear(outcome.why, issued, outcome.crashed)

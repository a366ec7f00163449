"""One declared call: preparation, anti-CSRF token, presented artefacts, the request itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.contract import ABSENT, Artefact, Device, Kind, Place
from adapters.declared.issued import Issued
from adapters.declared.spec import ArtefactSpec, Channel, Request
from adapters.declared.template import SECOND_FACTOR, MissingWord, fill, fill_all, uses
from adapters.dpop import HEADER, proof
from adapters.exchange import Exchange, Reply
from adapters.outgoing import Outgoing, plain
from adapters.secrets import Secret
from adapters.sockets import Wire
from adapters.transport import Transport, absolute, keep_credentials

PENDING, REFUSED = Kind.PENDING.value, 400


@dataclass(slots=True)
class Caller:
    """Makes the declared requests of one channel on one node from one device."""

    transport: Transport
    channel: Channel
    base: str
    held: Sequence[Artefact]
    device: Device
    issued: Issued
    renews: bool = False

    def call(self, request: Request, words: Mapping[str, str]) -> Reply:
        """Make the requests that come before, then the request, and return its answer."""
        known = {**self._held_words(), **words}
        for step in request.before:
            prepared = self._one(step, known)
            if prepared.status is None:
                return prepared
            known |= self._just_given()
            if prepared.status >= REFUSED and self._waits(request) and PENDING not in known:
                # A first step that was refused is how the whole login was answered.
                return prepared
        token = self._csrf(request)
        self.issued.main_part()
        return self._one(request, known, token)

    def _just_given(self) -> dict[str, str]:
        """Return `{pending}` where the first step of a login has just given it."""
        spec = self.channel.declared(Kind.PENDING)
        given = self.issued.token(spec) if spec else None
        return {PENDING: given.reveal()} if given else {}

    def _waits(self, request: Request) -> bool:
        parts = (request.form, request.payload, request.query)
        return any(uses(part, PENDING) for part in parts)

    def csrf_artefact(self, spec: ArtefactSpec) -> Artefact | None:
        """Return the anti-CSRF token: the one held, the one seen, or the one fetched now."""
        for artefact in self.held:
            if artefact.kind is Kind.CSRF and (artefact.place, artefact.name) == (
                spec.place,
                spec.name,
            ):
                return artefact
        value = self._seen(spec)
        if value is None and spec.fetch is not None:
            self._one(spec.fetch, self._held_words())
            value = self._seen(spec)
        return Artefact(Kind.CSRF, spec.place, spec.name, value) if value else None

    def _seen(self, spec: ArtefactSpec) -> Secret | None:
        if spec.source.how == "cookie":
            held = (a.value for a in self.held if a.name == spec.source.what)
            return next(held, None) or self.device.jar.get(spec.source.what)
        return self.issued.token(spec)

    def _csrf(self, request: Request) -> Artefact | None:
        if not request.csrf:
            return None
        named = isinstance(request.csrf, str)
        spec = self.channel.csrf_sources.get(str(request.csrf)) if named else self.channel.csrf
        return self.csrf_artefact(spec) if spec else None

    def _one(
        self, request: Request, words: Mapping[str, str], token: Artefact | None = None
    ) -> Reply:
        try:
            outgoing = self._laden(request, words, token)
        except MissingWord as missing:
            return _unsent(self.device, request, f"{{{missing}}} is not known for this call")
        except ValueError as error:
            return _unsent(self.device, request, f"what {{totp}} is made from {error}")
        return outgoing.send(
            self.transport, self.device, follow=request.follow, learn=self.issued.learn
        )

    def deliver(self, outgoing: Outgoing, *, csrf: bool) -> Reply:
        """Send a request that somebody else made, with what is held as in any other."""
        spec = self.channel.csrf if csrf else None
        token = self.csrf_artefact(spec) if spec is not None else None
        self.issued.main_part()
        loaded = self._loaded(outgoing, token)
        return loaded.send(self.transport, self.device, learn=self.issued.learn)

    def dial(self, request: Request, origin: str) -> Wire | Reply:
        """Make the requests that come before, then open a connection as a page of an origin does.

        Without an answer to one of them, that is what is returned.
        """
        known = self._held_words()
        for step in request.before:
            prepared = self._one(step, known)
            if prepared.status is None:
                return prepared
        try:
            outgoing = self._laden(request, known)
        except MissingWord as missing:
            return _unsent(self.device, request, f"{{{missing}}} is not known for this call")
        except ValueError as error:
            return _unsent(self.device, request, f"what {{totp}} is made from {error}")
        return outgoing.dial(self.transport, self.device, origin, learn=self.issued.learn)

    def _laden(
        self, request: Request, words: Mapping[str, str], token: Artefact | None = None
    ) -> Outgoing:
        """Return a request with everything that travels with it."""
        outgoing = self._outgoing(request, self._with_code(request, words))
        return self._loaded(outgoing, token, frozenset(name.lower() for name in request.headers))

    def _loaded(
        self,
        outgoing: Outgoing,
        token: Artefact | None,
        written: frozenset[str] = frozenset(),
    ) -> Outgoing:
        for artefact in self.held:
            if self._presents(artefact) and not _written(written, artefact):
                outgoing.carry(artefact, self._template(artefact))
        if token is not None:
            outgoing.carry(token, self._template(token))
        if self.channel.dpop:
            self._prove(outgoing)
        return outgoing

    def _prove(self, outgoing: Outgoing) -> None:
        """Show that the client holds its key, and for which token."""
        keys = [artefact for artefact in self.held if artefact.kind is Kind.KEY]
        tokens = [a.value.reveal() for a in self.held if a.kind is Kind.ACCESS]
        for key in keys[-1:]:
            shown = proof(key, outgoing.method, outgoing.url, tokens[-1] if tokens else None)
            if shown is not None:
                # Good for one request at one address and one time, and worth nothing without the
                # token: it is no secret (RFC 9449 11.1), the key is.
                outgoing.headers[HEADER] = shown

    def _with_code(self, request: Request, words: Mapping[str, str]) -> Mapping[str, str]:
        """Return the words with a code of the second factor, if this very request has one in it."""
        parts = (request.path, request.form, request.payload, request.query)
        if SECOND_FACTOR not in words or not any(uses(part, "totp") for part in parts):
            return words
        if words[SECOND_FACTOR] == ABSENT.reveal():
            return {**words, "totp": ABSENT.reveal()}
        secret = Secret(words[SECOND_FACTOR], Kind.TOTP)
        return {**words, "totp": self.transport.codes.code(secret)}

    def _outgoing(self, request: Request, words: Mapping[str, str]) -> Outgoing:
        form = request.form
        keep_credentials(request.headers)
        return Outgoing(
            method=request.method,
            url=absolute(self.base, fill(request.path, words, in_path=True)),
            query=list(plain(fill_all(request.query, words)).items()),
            headers={name: fill(value, words) for name, value in request.headers.items()},
            form=plain(fill_all(form, words)) if form is not None else None,
            payload=fill_all(request.payload, words),
        )

    def _presents(self, artefact: Artefact) -> bool:
        """Say whether an artefact travels with this request.

        Tokens that have their own moment stay at home: an anti-CSRF token goes where `csrf` says,
        a refresh token goes to `refresh`, unless somebody moved it to another place on purpose.
        """
        if artefact.place is Place.COOKIE:
            return not self.issued.changed(artefact.name)
        if artefact.kind in {Kind.CSRF, Kind.KEY}:
            return False
        # What the first step of a login gave goes into the second by `{pending}`.
        if artefact.kind is Kind.PENDING and self._at_home(artefact, Kind.PENDING):
            return False
        named = {Kind.REMEMBER, Kind.RESET, Kind.LINK}
        if artefact.kind in named and artefact.place is Place.BODY:
            # Operations that want it say where, as {remember} or {reset}.
            return False
        at_home = self._at_home(artefact, Kind.REFRESH)
        if artefact.kind is Kind.REFRESH:
            return self.renews or not at_home
        return not (self.renews and at_home)

    def _at_home(self, artefact: Artefact, kind: Kind) -> bool:
        home = self.channel.declared(kind)
        return home is not None and (artefact.place, artefact.name) == (home.place, home.name)

    def _template(self, artefact: Artefact) -> str:
        for spec in (*self.channel.artefacts, *self.channel.csrf_sources.values()):
            if (spec.place, spec.name) == (artefact.place, artefact.name):
                return spec.template
        return "{token}"

    def _held_words(self) -> dict[str, str]:
        """Return `{session}`, `{access}`, `{refresh}` and `{csrf}` as far as they are held."""
        words = {
            spec.kind.value: value.reveal()
            for spec in self.channel.artefacts
            if spec.source.how == "cookie" and (value := self.device.jar.get(spec.source.what))
        }
        words.update({artefact.kind.value: artefact.value.reveal() for artefact in self.held})
        return words


def _written(headers: frozenset[str], artefact: Artefact) -> bool:
    """Return whether the declaration itself fills the header this artefact would travel in."""
    return artefact.place in {Place.BEARER, Place.HEADER} and artefact.name.lower() in headers


def _unsent(device: Device, request: Request, why: str) -> Reply:
    return Reply(
        (Exchange(0, device.name, request.method, request.path, (), None, None, trouble=why),)
    )

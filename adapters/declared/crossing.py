"""The declared operations as another site, or somebody who listened, would have them sent."""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Kind,
    Place,
    Refused,
    Unclear,
    User,
)
from adapters.crossing import SIMPLE, Body, Crossing, Token, crossings, marks, origin_of
from adapters.declared.authority import words_of
from adapters.declared.issued import Issued
from adapters.declared.outcome import Meaning, no_evidence, outcome_of
from adapters.declared.spec import ArtefactSpec, Channel, Request
from adapters.declared.template import MissingWord, fill, fill_all
from adapters.exchange import SLOWED, Exchange, Reply
from adapters.outgoing import FORM, MULTIPART, Outgoing, in_parts, plain
from adapters.secrets import Secret
from adapters.transport import Transport, absolute

TEXT = "text/plain"
SAFE_TYPES = frozenset({FORM, MULTIPART, TEXT})
"""The content types of forms, for which a script need not ask (Fetch, CORS-safelisted)."""
OVERRIDE_FIELD, OVERRIDE_HEADER = "_method", "X-HTTP-Method-Override"
MADE_UP_BYTES = 24
UNHEARD = frozenset({408, 425, *SLOWED, 502, 504})
_OURS = frozenset({"host", "content-length"})
_REACHED = (Place.BODY, Place.QUERY)


class Crosses(Protocol):
    """What these operations rest on."""

    transport: Transport
    nodes: tuple[str, ...]
    _channels: Mapping[str, Channel]

    def _kept(
        self, origin: str, outgoing: Outgoing, device: Device
    ) -> Refused | Unclear | None: ...


class CrossingOperations:
    """Mixed into the declared adapter."""

    def crossings(self: Crosses, operation: str, channel: str) -> tuple[Crossing, ...]:
        """Return the ways in which another site can have an operation sent."""
        said = self._channels[channel]
        if operation not in said.operations:
            return ()
        request = said.operations[operation].request
        spec = _token_of(said, request)
        reached = spec is not None and spec.place in _REACHED
        is_json = isinstance(request.payload, dict)
        return tuple(crossings(request.method, json=is_json, token_in_body=reached))

    def token_cookie(self: Crosses, channel: str) -> str | None:
        """Return the cookie that an anti-CSRF token is compared with, where one is declared."""
        spec = self._channels[channel].csrf
        return spec.source.what if spec is not None and spec.source.how == "cookie" else None

    def forge(
        self: Crosses,
        operation: str,
        subject: str | User,
        held: Sequence[Artefact],
        device: Device,
        crossing: Crossing,
        *,
        channel: str,
        node: int,
    ) -> Answer:
        """Send an operation as a page of another site has a browser send it.

        `subject` is who logs in, or the value that is stored. Of what is held the cookies go along,
        and an anti-CSRF token that the sender knows.
        """
        said, base = self._channels[channel], self.nodes[node]
        declared = said.operations[operation]
        crossing = crossing.of(declared.request.method)
        login = isinstance(subject, User)
        words = words_of(subject) if isinstance(subject, User) else {"value": subject}
        token = _token(_token_of(said, declared.request), crossing, held)
        try:
            outgoing = _crossed(declared.request, words, crossing, base, token)
        except MissingWord as missing:
            return Refused(f"{{{missing}}} is not known to another site")
        origin = origin_of(crossing, base)
        if not crossing.possible:
            return Refused(f"a browser sends no {crossing.method} by {crossing.name}")
        if crossing.asks_first and (kept := self._kept(str(origin), outgoing, device)):
            return kept
        for artefact in held:
            if artefact.place is Place.COOKIE:
                outgoing.carry(artefact)
        issued = Issued(said, declared.capture)
        reply = outgoing.send(self.transport, device, learn=issued.learn)
        outcome = outcome_of(reply, declared)
        if outcome.meaning is Meaning.DONE:
            trusted, url = self.transport.trust_loopback, absolute(base, "/")
            given = issued.with_jar(device, url, trust_loopback=trusted) if login else None
            return Acknowledged(issued.artefacts(None) if given is None else given)
        if outcome.meaning is Meaning.DECLINED or not _silent(reply):
            # Whatever it says, it is an answer: what was done by it is read back.
            return Refused(outcome.why, issued.artefacts(False))
        return Unclear(outcome.why, issued.artefacts(None), outcome.crashed)

    def shares(
        self: Crosses,
        held: Sequence[Artefact],
        device: Device,
        crossing: Crossing,
        *,
        which: str,
        channel: str,
        node: int,
    ) -> Answer:
        """Ask whether scripts of another origin may read a probe with the cookies (CORS)."""
        said, base = self._channels[channel], self.nodes[node]
        asked = said.probes[which].request
        origin = str(origin_of(crossing, base))
        outgoing = Outgoing("GET", absolute(base, fill(asked.path, {})))
        outgoing.headers["Origin"] = origin
        for artefact in held:
            if artefact.place is Place.COOKIE:
                outgoing.carry(artefact)
        reply = outgoing.send(self.transport, device)
        if _silent(reply):
            return Unclear(reply.told())
        return Acknowledged() if _lets_read(reply.last, origin) else Refused(reply.told())

    def resend(
        self: Crosses, exchange: Exchange, device: Device, *, channel: str, node: int
    ) -> Answer:
        """Send a recorded request again, byte for byte, from a client that holds nothing."""
        issued = Issued(self._channels[channel])
        headers = {k: v for k, v in exchange.request_headers if k.lower() not in _OURS}
        reply = self.transport.send(
            device,
            exchange.method,
            exchange.url,
            headers=headers,
            body=exchange.request_body,
            learn=issued.learn,
        )
        told, given = reply.told(), issued.artefacts(None)
        if (silent := no_evidence(reply)) is not None:
            return Unclear(silent.why, given, silent.crashed)
        done = (reply.status or 0) < 400  # noqa: PLR2004
        return Acknowledged(given) if done else Refused(told, given)

    def _kept(
        self: Crosses, origin: str, outgoing: Outgoing, device: Device
    ) -> Refused | Unclear | None:
        """Make the preflight; return why a browser sends no such request of this origin then."""
        unsafe = sorted(
            name.lower() for name, value in outgoing.headers.items() if _asked_for(name, value)
        )
        asked = {"Origin": origin, "Access-Control-Request-Method": outgoing.method}
        if unsafe:
            asked["Access-Control-Request-Headers"] = ",".join(unsafe)
        reply = self.transport.send(
            Device(device.name, headers=device.headers), "OPTIONS", outgoing.address, headers=asked
        )
        if _silent(reply):
            return Unclear(f"the target was asked first, and {reply.told()}")
        methods = SIMPLE | set(_listed(reply, "Access-Control-Allow-Methods"))
        names = {name.lower() for name in _listed(reply, "Access-Control-Allow-Headers")}
        named = outgoing.method in methods and set(unsafe) <= names
        if reply.ok and _lets_read(reply.last, origin) and named:
            return None
        return Refused("the target allows no such request of another site")


def _silent(reply: Reply) -> bool:
    """Say whether nobody has looked at a request: too busy, too early, too late, or not there.

    A target that fails over one form of a body has answered, and would again.
    """
    return reply.status is None or reply.status in UNHEARD


def _asked_for(name: str, value: str) -> bool:
    """Say whether the target has to allow a header of a script (CORS-safelisted request-header)."""
    if name.lower() == "content-type":
        return value.partition(";")[0] not in SAFE_TYPES
    return name == OVERRIDE_HEADER


def _listed(reply: Reply, header: str) -> list[str]:
    """Return what a list in a header names; with cookies, `*` is no more than a name."""
    return [name.strip() for name in (reply.header(header) or "").split(",")]


def _lets_read(exchange: Exchange, origin: str) -> bool:
    """Say whether an answer may be read by scripts of an origin that sent the cookies along."""
    said = {name.lower(): value for name, value in exchange.headers}
    named = said.get("access-control-allow-origin") == origin
    return named and said.get("access-control-allow-credentials") == "true"


def _token_of(channel: Channel, request: Request) -> ArtefactSpec | None:
    if not request.csrf:
        return None
    if isinstance(request.csrf, str):
        return channel.csrf_sources.get(request.csrf)
    return channel.csrf


def _token(
    spec: ArtefactSpec | None, crossing: Crossing, held: Sequence[Artefact]
) -> Artefact | None:
    """Return what goes where the token belongs; a header of its own is out of reach."""
    if spec is None or spec.place not in _REACHED:
        return None
    known = next((a.value for a in held if a.kind is Kind.CSRF), None)
    made_up = secrets.token_urlsafe(MADE_UP_BYTES)
    value = {
        Token.ABSENT: None,
        Token.EMPTY: Secret("", Kind.CSRF, made_up=True),
        Token.MADE_UP: Secret(made_up, Kind.CSRF, made_up=True),
    }[crossing.token]
    value = value if known is None else known
    return Artefact(Kind.CSRF, spec.place, spec.name, value) if value is not None else None


def _crossed(
    request: Request,
    words: Mapping[str, str],
    crossing: Crossing,
    base: str,
    token: Artefact | None,
) -> Outgoing:
    """Return the request as it looks when another site has it sent."""
    method = crossing.method
    fields = _fields(request, words)
    if token is not None and token.place is Place.BODY:
        fields[token.name] = token.value.reveal()
    if crossing.override == "field":
        fields[OVERRIDE_FIELD] = request.method
    outgoing = Outgoing(
        method,
        absolute(base, fill(request.path, words, in_path=True)),
        query=list(plain(fill_all(request.query, words)).items()),
        headers=marks(crossing, base),
    )
    if token is not None and token.place is Place.QUERY:
        outgoing.query.append((token.name, token.value.reveal()))
    if crossing.override == "header":
        outgoing.headers[OVERRIDE_HEADER] = request.method
    if method in {"GET", "HEAD"}:
        outgoing.query += fields.items()
    elif crossing.body is Body.JSON:
        outgoing.payload = fill_all(request.payload, words)
        outgoing.headers["Content-Type"] = "application/json"
    elif fields or crossing.mode != "cors":  # A script need send no body, a form has one always.
        outgoing.form = fields
        multipart = crossing.body is Body.MULTIPART
        outgoing.headers["Content-Type"] = in_parts() if multipart else FORM
        if crossing.body is Body.TEXT:
            outgoing.headers["Content-Type"] = TEXT
            if isinstance(request.payload, dict):
                outgoing.payload, outgoing.form = fill_all(request.payload, words), None
    return outgoing


def _fields(request: Request, words: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a body as a form has them."""
    written: Any = request.payload if isinstance(request.payload, dict) else request.form or {}
    filled = fill_all(written, words)
    return {
        name: json.dumps(value) if isinstance(value, dict | list) else str(value)
        for name, value in filled.items()
        if value is not None
    }

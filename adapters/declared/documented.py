"""The operations of the target's OpenAPI document: reading it, and calling what it describes."""

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

from adapters.contract import (
    Artefact,
    Device,
    Handle,
    Place,
    Refused,
    Unclear,
    User,
    fresh_device,
)
from adapters.declared.authority import words_of
from adapters.declared.caller import Caller
from adapters.declared.issued import Issued
from adapters.declared.outcome import matches, no_evidence, nobody_in
from adapters.declared.reader import Reader
from adapters.declared.spec import Channel, Expects
from adapters.declared.template import MissingWord, fill_all
from adapters.exchange import Reply
from adapters.openapi import (
    LARGEST,
    Content,
    DocumentError,
    Reading,
    apart,
    operations,
    parsed,
    read_as_a_whole,
    respelled,
    sent_always,
)
from adapters.operations import Attempt, Came, Description, OperationCall
from adapters.outgoing import FORM, Outgoing
from adapters.profilefile import Profile
from adapters.secrets import Secret
from adapters.transport import Scope, Transport, absolute

SAYS_NO = frozenset({401, 403})
NOT_IMPLEMENTED = 501
ENDS_SESSIONS = "logout"
IN_LAB = frozenset({"lab", "staging"})
BELOW = "below itself"
_IN_HEADERS = frozenset({Place.BEARER, Place.HEADER})
_OF_ONE = re.compile(r"\d|.{24}")
"""What is in the name of one object, and seldom in that of a page."""


@dataclass(frozen=True, slots=True)
class Document:
    """Where the document is, and what the profile adds to it."""

    where: str
    folder: Path
    channel: str
    scope: Scope
    nodes: tuple[str, ...]
    may_change: bool = False
    base: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    bodies: Mapping[str, Any] = field(default_factory=dict)
    refused: Expects = ()
    left_out: tuple[str, ...] = ()
    secured: tuple[str, ...] = ()

    @classmethod
    def of(cls, profile: Profile, first: str, known: Iterable[str]) -> "Document | None":
        """Return what a profile says of its document, None when it names none."""
        said = profile.adapter.get("openapi")
        if said is None:
            return None
        channel = said.get("channel", first)
        if channel not in (names := tuple(known)):
            at = ("adapter", "openapi", "channel")
            raise profile.error(at, f"is '{channel}'; write one of {', '.join(names)}")
        where = said["document"]
        target = profile.target
        if "://" in where and not target.scope.allows(where):
            at = ("adapter", "openapi", "document")
            raise profile.error(at, f"is {where}, outside the target; add it to target.also")
        refused = Reader(profile).expects(said.get("refused"), ("adapter", "openapi", "refused"))
        return cls(
            where=where,
            folder=profile.path.parent,
            channel=channel,
            scope=target.scope,
            nodes=target.nodes,
            may_change=target.environment in IN_LAB,
            base=said.get("base"),
            parameters=said.get("parameters", {}),
            bodies=said.get("bodies", {}),
            refused=refused or (),
            left_out=tuple(said.get("leave_out", ())),
            secured=tuple(said.get("secured", ())),
        )

    @property
    def owned(self) -> frozenset[str]:
        """The parameters that name an object of a user: their examples are that user's words."""
        return frozenset(n for n, example in self.parameters.items() if "{" in str(example))


class Calls(Protocol):
    """What these operations rest on."""

    transport: Transport
    nodes: tuple[str, ...]
    document: Document | None
    _channels: dict[str, Channel]


class DocumentedOperations:
    """Mixed into the declared adapter."""

    def describe(self: Calls, *, node: int) -> Description | Refused | Unclear:
        """Read the OpenAPI document; Refused says what is wrong with it."""
        said = self.document
        if said is None:
            return Refused("no `openapi` is declared")
        text, address = _read(said, self.transport, self.nodes[node])
        if text is None:
            return Unclear(f"{said.where}: {address}")
        try:
            with read_as_a_whole():
                content = parsed(text)
                whole = apart(content)
            channel = self._channels[said.channel]
            reading = Reading(
                address,
                said.scope,
                said.nodes,
                said.base,
                said.owned,
                dict(_left_out(said, channel, content)),
                said.secured,
                _always(self.transport, channel),
            )
            found = tuple(operations(content, reading))
            return Description(found, whole, said.channel, said.may_change)
        except DocumentError as problem:
            return Refused(f"{said.where}: {problem}")

    def attempt(
        self: Calls,
        held: Sequence[Artefact],
        device: Device,
        call: OperationCall,
        owner: User,
        handle: Handle | None,
        *,
        channel: str,
        node: int,
    ) -> Attempt:
        """Call an operation with these artefacts; its examples are those of the owner."""
        said, document = self._channels[channel], self.document
        words = words_of(owner) | ({"handle.id": handle.id} if handle else {})
        issued = Issued(said)
        base = self.nodes[node]
        caller = Caller(self.transport, said, base, held, device, issued)
        try:
            outgoing = _outgoing(_bare(call, said), base, document, words)
        except MissingWord as missing:
            return Attempt(Came.UNCLEAR, f"{{{missing}}} is not known for {call.operation.label}")
        reply = caller.deliver(outgoing, csrf=not call.operation.safe)
        came = _came(reply, said, document.refused if document else ())
        sent = f"{outgoing.url} {outgoing.form} {outgoing.payload}"
        done = came is Came.DONE
        told = reply.told().replace(reply.path, _template(call), 1)
        return Attempt(came, told, sent, reply.text, issued.artefacts(done or None), _led(reply))


def _always(transport: Transport, channel: Channel) -> frozenset[str]:
    places = {Place.BEARER: "Authorization"}
    own = (places.get(a.place, a.name) for a in channel.artefacts if a.place in _IN_HEADERS)
    certificate = transport.tls.client_cert is not None
    return sent_always(transport.headers, certificate=certificate, own=own)


def _read(said: Document, transport: Transport, node: str) -> tuple[str | None, str]:
    """Return the text of the document and its address; without a text, why there is none."""
    if not said.where.startswith("/") and "://" not in said.where:
        path = said.folder / said.where
        try:
            if path.stat().st_size > LARGEST:
                return " " * (LARGEST + 1), f"{node}/"
            return path.read_text(encoding="utf-8"), f"{node}/"
        except OSError as error:
            return None, f"cannot be read ({error.strerror}); write a path that exists"
        except UnicodeDecodeError:
            return None, "is not UTF-8 text; save it as UTF-8"
    url = absolute(node, said.where)
    reply = transport.send(fresh_device("document reader"), "GET", url, headers=_ACCEPTED)
    if not reply.ok:
        return None, f"{reply.told()}; write where the document is"
    text = reply.text + " " * LARGEST if reply.last.truncated else reply.text
    return text, url


_ACCEPTED = {"Accept": "application/json, application/yaml;q=0.9, */*;q=0.8"}


def _left_out(said: Document, channel: Channel, content: Content) -> Iterator[tuple[str, str]]:
    """Yield the operations that are not to be called, each with the reason."""
    logout = channel.operations[ENDS_SESSIONS].request
    for path, item in content["paths"].items():
        label = f"{logout.method} {path}"
        if logout.path.endswith(str(path)) and isinstance(item, dict):
            yield label, "a logout may be acknowledged to anybody"
    for label in said.left_out:
        yield label, "the profile leaves it out"


def _bare(call: OperationCall, channel: Channel) -> OperationCall:
    """Return a call without what was made up where the artefacts of the channel travel."""
    own = {Place.HEADER: {"authorization"}, Place.QUERY: set[str](), Place.COOKIE: set[str]()}
    for spec in (*channel.artefacts, *channel.csrf_sources.values()):
        own.setdefault(spec.place, set()).add(spec.name.lower())

    def left(values: Mapping[str, Any], place: Place) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name.lower() not in own[place]}

    return replace(
        call,
        headers=left(call.headers, Place.HEADER),
        query=left(call.query, Place.QUERY),
        cookies=left(call.cookies, Place.COOKIE),
    )


def _outgoing(
    call: OperationCall, base: str, document: Document | None, words: Mapping[str, str]
) -> Outgoing:
    own = document.parameters if document else {}
    values = {**call.path, **{n: fill_all(own[n], words) for n in own if n in call.path}}
    query = {**call.query, **{n: fill_all(own[n], words) for n in own if n in call.query}}
    path = call.operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(_text(value), safe=""))
    method, path = respelled(call.operation.method, path, call.spelling)
    if call.neighbour:
        slash = "/" if path.endswith("/") else ""
        path = f"{path.rstrip('/')}-{secrets.token_hex(4)}{slash}"
    form = bool(call.media_type) and str(call.media_type).startswith(FORM)
    body = call.body
    example = (document.bodies if document else {}).get(call.operation.label)
    if example is not None:
        filled = fill_all(example, words)
        mapping = isinstance(filled, Mapping) and isinstance(body, Mapping)
        body = {**body, **filled} if mapping else filled
    outgoing = Outgoing(
        method=method,
        url=absolute(base, path),
        query=list(_pairs(query)),
        headers={name: _text(value) for name, value in call.headers.items()},
        form=dict(_pairs(body)) if form and isinstance(body, Mapping) else None,
        payload=None if form else body,
    )
    for name, value in call.cookies.items():
        outgoing.cookies.append((name, Secret(quote(_text(value)), "made up", made_up=True)))
    return outgoing


def _template(call: OperationCall) -> str:
    """Return the path as the document writes it: what stands in it may be a name."""
    return respelled(call.operation.method, call.operation.path, call.spelling)[1]


def _pairs(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, _text(one)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return json.dumps(value, default=str)


def _came(reply: Reply, channel: Channel, declared: Expects) -> Came:
    """Return what an answer means: refused is what the profile says of nobody, and 401 and 403."""
    if reply.status == NOT_IMPLEMENTED:
        return Came.DECLINED
    unclear = no_evidence(reply)
    if unclear is not None:
        return Came.FAILED if unclear.crashed and not reply.last.overloaded else Came.UNCLEAR
    nobody = any(nobody_in(reply, probe) for probe in channel.probes.values())
    if nobody or reply.status in SAYS_NO or any(matches(reply, one) for one in declared):
        return Came.REFUSED
    if reply.last.location or 300 <= (reply.status or 0) < 400:  # noqa: PLR2004
        return Came.SENT_AWAY
    return Came.DONE if reply.ok else Came.DECLINED


def _led(reply: Reply) -> str:
    """Return where a redirect leads, the same for two objects of one kind; nothing if nowhere."""
    if reply.last.location is None:
        return ""
    parts, own = urlsplit(reply.last.location), reply.path.rstrip("/")
    if own and parts.path.startswith(f"{own}/") and parts.path != f"{own}/":
        return BELOW
    path = "/".join(_kind(part) for part in parts.path.split("/"))
    query = sorted(f"{name}={_kind(value)}" for name, value in parse_qsl(parts.query))
    return f"{parts.netloc}{path}?{'&'.join(query)}"


def _kind(part: str) -> str:
    return "*" if _OF_ONE.search(part) else part

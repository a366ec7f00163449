"""What a declaration says, in types: requests, expectations, probes, artefacts and channels.

These are values only; reading them from a profile is `reader`, acting on them is `adapter`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.contract import Kind, Place
from adapters.extract import Source


@dataclass(frozen=True, slots=True)
class Request:
    """One request with templates in it."""

    method: str
    path: str
    form: Mapping[str, Any] | None = None
    payload: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    csrf: bool | str = False
    before: tuple["Request", ...] = ()
    follow: bool = False


@dataclass(frozen=True, slots=True)
class Expect:
    """How an answer looks; `json` holds (path, value) pairs."""

    status: frozenset[int] = frozenset()
    redirect: str | None = None
    not_redirect: str | None = None
    contains: tuple[str, ...] = ()
    json: tuple[tuple[str, Any], ...] = ()


Expects = tuple[Expect, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ArtefactSpec:
    """Where the target issues an artefact, and where a client presents it.

    `fetch` is the request whose answer holds it when no other answer does.
    """

    kind: Kind
    source: Source
    place: Place
    name: str
    template: str = "{token}"
    fetch: Request | None = None
    jwt: bool = False


@dataclass(frozen=True, slots=True)
class Handles:
    """Where a session list holds its entries."""

    names: Source | None = None
    each: str | None = None
    id: str = "$"
    current: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what is sent, and how its answers look (None: the defaults).

    `message` goes over a connection that it opened, whose page would have this `origin`.
    """

    request: Request
    acknowledged: Expects | None = None
    refused: Expects | None = None
    capture: tuple[ArtefactSpec, ...] = ()
    handles: Handles | None = None
    reference: Source | None = None
    identity: Source | None = None
    count: Source | None = None
    browser: bool = False
    address: Source | None = None
    agent: Source | None = None
    message: str | None = None
    origin: str | None = None
    texts: Source | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: what is sent, what names its reader, and what shows that nobody is known."""

    request: Request
    identity: Source
    nobody: Expects
    marker: Source | None = None


@dataclass(frozen=True, slots=True)
class RoleProbe:
    """Something only one role may do: what is sent, and which role."""

    operation: Operation
    role: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One entry point: its operations by name, its probes by name, and its artefacts."""

    name: str
    operations: Mapping[str, Operation]
    probes: Mapping[str, Probe]
    artefacts: tuple[ArtefactSpec, ...] = ()
    csrf: ArtefactSpec | None = None
    audience: str | None = None
    csrf_sources: Mapping[str, ArtefactSpec] = field(default_factory=dict)
    role_probes: Mapping[str, RoleProbe] = field(default_factory=dict)
    client: str | None = None
    scope: str | None = None
    dpop: bool = False

    def cookie_names(self, *kinds: Kind) -> frozenset[str]:
        """Return the names of the declared cookies of these kinds."""
        return frozenset(
            spec.source.what
            for spec in self.artefacts
            if spec.kind in kinds and spec.source.how == "cookie"
        )

    def declared(self, kind: Kind) -> ArtefactSpec | None:
        """Return the declared artefact of this kind."""
        return next((spec for spec in self.artefacts if spec.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Move:
    """One thing to do on a page: `open`, `fill`, `click` or `wait`; `key` is where it is said."""

    how: str
    what: str
    text: str = field(repr=False, default="")
    key: str = ""


@dataclass(frozen=True, slots=True)
class BrowserSpec:
    """How a person logs in, goes about and logs out with a browser, on one channel."""

    channel: str
    login_page: str
    moves: tuple[Move, ...]
    signed_in: str
    pages: tuple[str, ...]
    refused: str | None = None
    log_out: tuple[str, ...] = ()
    executable: str | None = None

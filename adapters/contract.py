"""The contract between the suite and a target: who calls what, and which answers exist.

An adapter keeps no state of its own: every call takes device, channel and node explicitly.
A method that a class does not have is a capability that the target does not offer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from adapters.cookies import CookieJar
from adapters.secrets import Secret


class Kind(StrEnum):
    """What an artefact is for."""

    SESSION = "session"
    PRE_AUTH = "pre-auth"
    ACCESS = "access"
    REFRESH = "refresh"
    CSRF = "csrf"
    PENDING = "pending"
    ID = "id"
    CODE = "code"
    PROOF = "proof"
    STATE = "state"
    RETURN = "return address"
    REMEMBER = "remember"
    RESET = "reset"
    LINK = "link"
    TOTP = "secret of a second factor"
    KEY = "key"
    UNKNOWN = "unknown"


class Place(StrEnum):
    """Where in a request an artefact travels."""

    COOKIE = "cookie"
    BEARER = "bearer"
    HEADER = "header"
    QUERY = "query"
    PATH = "path"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Artefact:
    """One secret the target issued, with the place and name under which a client presents it."""

    kind: Kind
    place: Place
    name: str
    value: Secret

    def at(self, place: Place, name: str) -> "Artefact":
        """Return the same value as it would travel in another place."""
        return replace(self, place=place, name=name)

    def holding(self, value: str) -> "Artefact":
        """Return the same artefact with a made-up value in it."""
        return replace(self, value=Secret(value, self.value.kind, made_up=True))


ABSENT = Secret("\x00absent", "absent", made_up=True)
"""A proof that is not given: what a declaration would fill in with it is left out altogether."""


@dataclass(frozen=True, slots=True)
class User:
    """An account: its login name, its secret, and what the probe shows for it.

    `identity` is None until it has been seen; `personal` holds data that must not leak;
    `reference` is what administrative calls name the account by; `role` is None while nobody said
    which it has. `totp` is what its codes of a second factor are made with.
    """

    name: str
    password: Secret
    identity: str | None = None
    personal: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    role: str | None = None
    totp: Secret | None = None

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(slots=True)
class Device:
    """One client: its own cookie jar, headers and query fields, shared with no other device.

    Headers, query fields and fields of the body go into every request of this device; a body field
    only where the request has a body. `source` is the address of this machine that it comes from,
    empty for the usual one. `window` is that of a real browser, where this client is one. A device
    that is `apart` calls itself what its headers say, even where all others are told to call
    themselves the same. `tail` is put behind the path of every address it asks for.
    """

    name: str
    jar: CookieJar = field(default_factory=CookieJar)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)
    source: str = ""
    window: Any = None
    apart: bool = False
    tail: str = ""


def fresh_device(name: str = "fresh client", **headers: str) -> Device:
    """Return a client that holds nothing."""
    return Device(name, headers={"User-Agent": name, **headers})


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The target did what was asked, and issued these artefacts with it.

    A login also lists what the client holds now without its being new: an identifier from before
    that the target kept is a SESSION, one that the login form gave and the login replaced is
    PRE_AUTH. Cookies are in the jar of the device already; only a fresh client needs them held.
    """

    issued: tuple[Artefact, ...] = ()
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The target understood and declined."""

    why: str
    issued: tuple[Artefact, ...] = ()


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nothing can be concluded: time-out, 429, 5xx, network error, unknown answer.

    `crashed` is True when the target itself failed (5xx), which some requirements forbid.
    """

    why: str
    issued: tuple[Artefact, ...] = ()
    crashed: bool = False


Answer = Acknowledged | Refused | Unclear


@dataclass(frozen=True, slots=True)
class Seen:
    """What a probe showed: somebody (identity), nobody (None and clear), or unclear."""

    probe: str
    identity: str | None
    clear: bool
    why: str
    marker: str | None = None
    issued: tuple[Artefact, ...] = ()
    crashed: bool = False

    @property
    def nobody(self) -> bool:
        """True when the target clearly recognised nobody."""
        return self.clear and self.identity is None


@dataclass(frozen=True, slots=True)
class Handle:
    """One entry of a session list: the public name of a session, never its secret."""

    id: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A session list as its user sees it."""

    handles: tuple[Handle, ...]
    issued: tuple[Artefact, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys that a target publishes, each as the JWK it is."""

    keys: tuple[Mapping[str, Any], ...]
    issued: tuple[Artefact, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many sessions the target keeps, anonymous ones included, as it counts them itself."""

    number: int
    issued: tuple[Artefact, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the target sees of a client: its address, and what it calls itself; None is untold."""

    address: str | None = None
    agent: str | None = None
    issued: tuple[Artefact, ...] = ()


@runtime_checkable
class Socket(Protocol):
    """A connection that was opened with a session's artefacts and stays open.

    Neither method raises for what a target does. Keep-alive frames are no messages.
    """

    @property
    def open(self) -> bool:
        """False as soon as one side is known to have closed it."""
        ...

    def ask(self) -> Seen:
        """Send the declared message, and say whom the answer names; a closed one names nobody."""
        ...

    def close(self) -> None:
        """Close it; a second time does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Messages:
    """What a user was sent so far: one text for each message."""

    texts: tuple[str, ...]
    issued: tuple[Artefact, ...] = ()


class Target(Protocol):
    """What every adapter offers; all other operations (see capabilities) are optional.

    `held` is what the client presents besides its jar: bearer tokens, or, from a fresh device,
    the very artefact under test. A cookie in `held` goes into this request, not into the jar.
    No call raises for what a target answers; no call retries.
    """

    channels: tuple[str, ...]
    nodes: tuple[str, ...]
    probes: tuple[str, ...]

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Authenticate fully; what the device already holds is presented with it."""
        ...

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        """Read something that names its reader."""
        ...

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End the presented session; a confirmation page is Refused."""
        ...

"""The operations that an OpenAPI document describes, and what one call of them came to.

These are values only; reading a document is `openapi`, calling is the adapter's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from adapters.contract import Artefact

MADE_UP = "a made-up neighbour"
"""What a spelling becomes to see whether a target answers whatever it is asked for."""


@dataclass(frozen=True, slots=True)
class DocumentedOperation:
    """One operation of a document.

    `safe` ones only read (RFC 9110 9.2.1), `owned` ones name an object that belongs to a user, and
    `left_out` says why an operation is not to be called, `spared` that the profile has it so.
    `path` includes the base of the document. `spellings` name the other ways to ask for the same.
    `by_the_way` says that the document asks only for what every request of the profile holds, as
    the key of a gateway: nobody's session.
    """

    label: str
    method: str
    path: str
    secured: bool
    safe: bool
    owned: bool = False
    spellings: tuple[str, ...] = ()
    left_out: str = ""
    spared: bool = False
    by_the_way: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """What a document says: its operations, and the document itself, cut off from the outside.

    `may_change` says whether operations that change something may be called with live artefacts.
    """

    operations: tuple[DocumentedOperation, ...]
    content: str = field(repr=False)
    channel: str
    may_change: bool = False

    @property
    def secured(self) -> tuple[DocumentedOperation, ...]:
        """The operations that ask for somebody who is known."""
        return tuple(one for one in self.operations if one.secured)

    def named(self, label: str) -> DocumentedOperation | None:
        """Return the operation of this name, None when there is none."""
        return next((one for one in self.operations if one.label == label), None)


@dataclass(frozen=True, slots=True)
class OperationCall:
    """One call as it was made up: values by parameter, and the body by media type."""

    operation: DocumentedOperation
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    cookies: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    media_type: str | None = None
    spelling: str = ""
    neighbour: bool = False

    def spelled(self, spelling: str, *, neighbour: bool = False) -> "OperationCall":
        """Return the same call asked for in another way, or the like of it that nobody wrote."""
        return replace(self, spelling=spelling, neighbour=neighbour)


class Came(StrEnum):
    """What a call came to.

    DECLINED is every other answer that says no: not found, malformed, conflicting.
    """

    DONE = "done"
    REFUSED = "refused"
    SENT_AWAY = "sent away"
    DECLINED = "declined"
    FAILED = "failed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one call came to, in words too; `sent` and `text` are for comparisons in memory only.

    `led` is where a redirect led, without what differs between two of its kind.
    """

    came: Came
    told: str
    sent: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    issued: tuple[Artefact, ...] = ()
    led: str = field(default="", repr=False)

"""The declared operation that opens a connection and keeps it open."""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.contract import Artefact, Device, Refused, Seen, Unclear
from adapters.declared.caller import Caller
from adapters.declared.issued import Issued
from adapters.declared.spec import Channel, Operation
from adapters.exchange import Exchange, Reply
from adapters.sockets import Wire

NAME = "websocket"
ANSWER_SECONDS = 1.0
"""How long an answer to a message may take: one that comes later is none."""
_DECLINED = range(300, 500)
_NO_REFUSAL = frozenset({408, 425, 426, 429})


@dataclass(slots=True)
class Asking:
    """A connection together with how its messages are read.

    What names nobody, a silence and a closed connection all mean that nobody is known there.
    """

    wire: Wire
    operation: Operation

    @property
    def open(self) -> bool:
        """False as soon as one side is known to have closed it."""
        return self.wire.connection is not None

    def ask(self) -> Seen:
        """Send the declared message, and say whom the answer names."""
        until = time.monotonic() + ANSWER_SECONDS
        said = self.wire.ask(self.operation.message, ANSWER_SECONDS)
        told = "the connection is closed"
        while said is not None:
            if named := self._named(said):
                return Seen(NAME, named, clear=True, why="a message that names its reader")
            told = said.trouble or "a message that names nobody"
            left = until - time.monotonic()
            if said.status is None or left <= 0:
                break
            # Something else may come before the answer.
            said = self.wire.ask(None, left, afresh=False)
        return Seen(NAME, None, clear=True, why=told)

    def _named(self, said: Exchange) -> str | None:
        source = self.operation.identity
        return source.find(Reply((said,))) if source is not None and said.status else None

    def close(self) -> None:
        """Close the connection; a second time does nothing."""
        self.wire.close()


class LineOperations(ABC):
    """Mixed into the declared adapter."""

    nodes: tuple[str, ...]
    _channels: Mapping[str, Channel]

    @abstractmethod
    def _caller(
        self,
        held: Sequence[Artefact],
        device: Device,
        channel: Channel,
        base: str,
        issued: Issued,
    ) -> Caller: ...

    def websocket(
        self,
        held: Sequence[Artefact],
        device: Device,
        *,
        origin: str | None,
        channel: str,
        node: int,
    ) -> Asking | Refused | Unclear:
        """Open a WebSocket as a page of an origin would, of the own one where none is named."""
        said = self._channels[channel]
        operation = said.operations.get(NAME)
        if operation is None:
            return Unclear(f"channel {channel} declares no `{NAME}`")
        caller = self._caller(held, device, said, self.nodes[node], Issued(said))
        own = operation.origin or _origin(self.nodes[node])
        found = caller.dial(operation.request, origin or own)
        if isinstance(found, Reply):
            return Unclear(found.told())
        if found.connection is not None:
            return Asking(found, operation)
        told = Reply((found.handshake,)).told()
        status = found.handshake.status or 0
        if status in _DECLINED and status not in _NO_REFUSAL:
            return Refused(told)
        return Unclear(told, crashed=status in range(500, 600))


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"

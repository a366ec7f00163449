"""The declared operations on tokens and in a laboratory: keys, clock, faults, nodes, two steps."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Keys,
    Kind,
    Refused,
    Unclear,
    User,
    fresh_device,
)
from adapters.declared.issued import Issued
from adapters.declared.outcome import Meaning, Outcome
from adapters.declared.spec import Channel, Operation
from adapters.exchange import Reply
from adapters.restarting import awaited
from adapters.transport import Transport


class Performs(Protocol):
    """What these operations rest on."""

    transport: Transport
    nodes: tuple[str, ...]
    _channels: Mapping[str, Channel]

    def _administrative(self, name: str) -> tuple[str, Operation | None]: ...

    def _as_admin(self, name: str, node: int, words: Mapping[str, str]) -> Answer: ...

    def _made(
        self,
        operation: Operation,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        words: Mapping[str, str],
    ) -> tuple[Reply, Outcome, Issued]: ...

    def _perform(
        self,
        name: str,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        words: Mapping[str, str] | None = None,
    ) -> Answer: ...

    def _words_of(self, user: User) -> Mapping[str, str]: ...


class TokenOperations:
    """Mixed into the declared adapter."""

    def jwks(self: Performs, *, node: int) -> Keys | Refused | Unclear:
        """Read the public keys that the target publishes."""
        channel, operation = self._administrative("jwks")
        if operation is None:
            return Unclear("no `jwks` is declared")
        device = fresh_device("key reader")
        reply, outcome, _ = self._made(operation, (), device, channel, node, {})
        if outcome.meaning is not Meaning.DONE:
            return Unclear(outcome.why, crashed=outcome.crashed)
        content = reply.json()
        found = content.get("keys") if isinstance(content, dict) else None
        if not isinstance(found, list) or not all(isinstance(key, dict) for key in found):
            return Refused(f"{reply.told()} without a list `keys`")
        return Keys(tuple(found))

    def rotate_key(self: Performs, *, node: int) -> Answer:
        """Let the target sign with a new key."""
        return self._as_admin("rotate_key", node, {})

    def advance(self: Performs, seconds: float, *, node: int) -> Answer:
        """Move the clock of the target forward."""
        return self._as_admin("advance", node, {"seconds": str(seconds)})

    def inject_fault(self: Performs, kind: str, *, node: int) -> Answer:
        """Make a part fail that the target depends on."""
        return self._as_admin("inject_fault", node, {"fault": kind})

    def heal_fault(self: Performs, kind: str, *, node: int) -> Answer:
        """Let a part work again; to heal what works is acknowledged as well."""
        return self._as_admin("heal_fault", node, {"fault": kind})

    def health(self: Performs, *, node: int) -> Answer:
        """Ask whether all parts work: acknowledged means that they do."""
        return self._as_admin("health", node, {})

    def restart(self: Performs, *, node: int) -> Answer:
        """Restart a node, and wait until it answers."""
        answer = self._as_admin("restart", node, {"node": str(node + 1)})
        if not isinstance(answer, Acknowledged):
            return answer
        return awaited(self.transport, self.nodes, node)

    def mint_token(self: Performs, claims: str, header: str, *, node: int) -> Answer:
        """Have the genuine key sign a payload and header fields, both JSON text."""
        channel, operation = self._administrative("mint_token")
        if operation is None:
            return Unclear("no `mint_token` is declared")
        device = fresh_device("administrator")
        words = {"claims": claims, "header": header}
        _, outcome, issued = self._made(operation, (), device, channel, node, words)
        if outcome.meaning is Meaning.DECLINED:
            return Refused(outcome.why)
        if outcome.meaning is not Meaning.DONE:
            return Unclear(outcome.why, crashed=outcome.crashed)
        wanted = {spec.name for spec in operation.capture}
        minted = [a for a in issued.artefacts(True) if a.name in wanted]
        return Acknowledged(tuple(minted)) if minted else Unclear("no token where `capture` says")

    def login_first_factor(
        self: Performs, user: User, device: Device, *, channel: str, node: int
    ) -> Answer:
        """Pass the first step of a login only."""
        words = self._words_of(user)
        answer = self._perform("login_first_factor", (), device, channel, node, words)
        pending = [a for a in answer.issued if a.kind is Kind.PENDING]
        # Where none is declared, what waits for the second step is in the jar of the client.
        declared = self._channels[channel].declared(Kind.PENDING) is not None
        if declared and isinstance(answer, Acknowledged) and not pending:
            return Unclear("the first step issued nothing where artefacts.pending says")
        return answer

    def login_second_factor(
        self: Performs,
        held: Sequence[Artefact],
        device: Device,
        user: User,
        *,
        channel: str,
        node: int,
    ) -> Answer:
        """Pass the second step with what the first one gave."""
        words = self._words_of(user)
        return self._perform("login_second_factor", held, device, channel, node, words)

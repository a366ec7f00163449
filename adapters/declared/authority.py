"""The declared operations that change what a session or an account may do.

Not how a request is made or an answer read: `adapter` does that for all operations.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.contract import (
    Answer,
    Artefact,
    Count,
    Device,
    Messages,
    Refused,
    Surroundings,
    Unclear,
    User,
    fresh_device,
)
from adapters.declared.issued import Issued
from adapters.declared.outcome import Meaning, Outcome
from adapters.declared.spec import Channel, Operation
from adapters.declared.template import SECOND_FACTOR
from adapters.exchange import Reply
from adapters.extract import Source
from adapters.secrets import Secret

Words = Mapping[str, str]


class AuthorityOperations(ABC):
    """Accounts, roles, password reset, step-up, impersonation and remember-me."""

    _channels: Mapping[str, Channel]
    browsing: Any = None

    @abstractmethod
    def _perform(
        self,
        name: str,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        words: Words | None = None,
    ) -> Answer: ...

    @abstractmethod
    def _done(
        self,
        name: str,
        operation: Operation,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        words: Words | None = None,
    ) -> Answer: ...

    @abstractmethod
    def _as_admin(self, name: str, node: int, words: Words) -> Answer: ...

    @abstractmethod
    def _administrative(self, name: str) -> tuple[str, Operation | None]: ...

    @abstractmethod
    def _made(
        self,
        operation: Operation,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        words: Words,
    ) -> tuple[Reply, Outcome, Issued]: ...

    # -- accounts ---------------------------------------------------------------------------------

    def disable_account(self, user: User, *, node: int) -> Answer:
        """Keep an account from logging in."""
        return self._as_admin("disable_account", node, words_of(user))

    def enable_account(self, user: User, *, node: int) -> Answer:
        """Let a disabled account log in again."""
        return self._as_admin("enable_account", node, words_of(user))

    def op_disable(self, user: User, *, node: int) -> Answer:
        """Close an account at the OpenID provider."""
        return self._as_admin("op_disable", node, words_of(user))

    def op_enable(self, user: User, *, node: int) -> Answer:
        """Open an account at the OpenID provider again."""
        return self._as_admin("op_enable", node, words_of(user))

    def op_end(self, user: User, *, node: int) -> Answer:
        """End every session of an account at the OpenID provider."""
        return self._as_admin("op_end", node, words_of(user))

    def start_reset(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Ask for a password reset; whoever asks need not be logged in."""
        return self._perform("start_reset", (), device, channel, node, words_of(user))

    def read_reset(self, user: User, *, node: int) -> Answer:
        """Read the newest reset token sent to a user, from a mail box or a test hook."""
        return self._as_admin("read_reset", node, words_of(user))

    def finish_reset(
        self, held: Sequence[Artefact], device: Device, new: Secret, *, channel: str, node: int
    ) -> Answer:
        """Set a new password with the reset token that is held."""
        words = {"new": new.reveal()}
        return self._perform("finish_reset", held, device, channel, node, words)

    # -- login links ------------------------------------------------------------------------------

    def request_link(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Ask for a login link; whoever asks need not be logged in."""
        return self._perform("request_link", (), device, channel, node, words_of(user))

    def read_link(self, user: User, *, node: int) -> Answer:
        """Read the newest login link sent to a user, from a mail box or a test hook."""
        return self._as_admin("read_link", node, words_of(user))

    def login_with_link(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Open a session with the login link that is held."""
        return self._perform("login_with_link", held, device, channel, node)

    def exchange(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Open a session on this channel with what a session of another channel holds."""
        return self._perform("exchange", held, device, channel, node)

    def open_link(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Open the page that the login link which is held leads to."""
        return self._perform("open_link", held, device, channel, node)

    # -- what a session may do --------------------------------------------------------------------

    def role_probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Answer:
        """Do what only one role may do: acknowledged means allowed."""
        probe = self._channels[channel].role_probes.get(which)
        if probe is None:
            return Unclear(f"channel {channel} has no role probe {which}")
        return self._done("role_probe", probe.operation, held, device, channel, node)

    def step_up(
        self, held: Sequence[Artefact], device: Device, user: User, *, channel: str, node: int
    ) -> Answer:
        """Prove the password again within a session."""
        return self._perform("step_up", held, device, channel, node, words_of(user))

    def sensitive_action(
        self, held: Sequence[Artefact], device: Device, user: User, *, channel: str, node: int
    ) -> Answer:
        """Do something that needs a fresh proof of the password: acknowledged means allowed."""
        return self._perform("sensitive_action", held, device, channel, node, words_of(user))

    def action_count(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Count | Refused | Unclear:
        """Read how often the user of a session did that."""
        operation = self._channels[channel].operations.get("action_count")
        if operation is None or operation.count is None:
            return Unclear(f"channel {channel} declares no `action_count`")
        reply, outcome, issued = self._made(operation, held, device, channel, node, {})
        if outcome.meaning is not Meaning.DONE:
            return Unclear(outcome.why, issued.artefacts(None), outcome.crashed)
        return _counted(reply, operation.count, issued.artefacts(True))

    def register(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Ask for an account; whoever asks need not be logged in."""
        return self._perform("register", (), device, channel, node, words_of(user))

    def client_context(
        self, device: Device, *, channel: str, node: int
    ) -> Surroundings | Refused | Unclear:
        """Read what the target sees of a client, as far as it says so."""
        operation = self._channels[channel].operations.get("client_context")
        if operation is None:
            return Unclear(f"channel {channel} declares no `client_context`")
        reply, outcome, issued = self._made(operation, (), device, channel, node, {})
        if outcome.meaning is not Meaning.DONE:
            return Unclear(outcome.why, crashed=outcome.crashed)
        address = operation.address.find(reply) if operation.address else None
        agent = operation.agent.find(reply) if operation.agent else None
        return Surroundings(address, agent, issued.artefacts(False))

    def impersonate(
        self, held: Sequence[Artefact], device: Device, user: User, *, channel: str, node: int
    ) -> Answer:
        """Go on as another user."""
        return self._perform("impersonate", held, device, channel, node, words_of(user))

    def end_impersonation(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Go on as oneself again."""
        return self._perform("end_impersonation", held, device, channel, node)

    def keepalive(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Use a session without doing anything with it."""
        return self._perform("keepalive", held, device, channel, node)

    def open_public(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Fetch something that needs no session, with what a session holds."""
        return self._perform("open_public", held, device, channel, node)

    # -- counting ---------------------------------------------------------------------------------

    def session_count(self, *, node: int) -> Count | Refused | Unclear:
        """Read how many sessions the target keeps."""
        channel, operation = self._administrative("session_count")
        if operation is None or operation.count is None:
            return Unclear("no `session_count` is declared")
        device = fresh_device("administrator")
        reply, outcome, _ = self._made(operation, (), device, channel, node, {})
        if outcome.meaning is not Meaning.DONE:
            return Unclear(outcome.why, crashed=outcome.crashed)
        return _counted(reply, operation.count)

    # -- what the target tells of its own accord --------------------------------------------------

    def messages(self, user: User, *, node: int) -> Messages | Refused | Unclear:
        """Read the messages that were sent to a user."""
        channel, operation = self._administrative("messages")
        if operation is None or operation.texts is None:
            return Unclear("no `messages` is declared")
        device = fresh_device("administrator")
        reply, outcome, _ = self._made(operation, (), device, channel, node, words_of(user))
        if outcome.meaning is Meaning.DECLINED:
            return Refused(outcome.why)
        if outcome.meaning is not Meaning.DONE:
            return Unclear(outcome.why, crashed=outcome.crashed)
        return Messages(tuple(operation.texts.find_all(reply)))

    def send_alerts_to(self, address: str, *, node: int) -> Answer:
        """Have the target send its alerts to an address of the suite."""
        return self._as_admin("send_alerts_to", node, {"sink": address})

    # -- remember-me ------------------------------------------------------------------------------

    def login_remembered(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Log in and ask to be remembered."""
        return self._perform("login_remembered", (), device, channel, node, words_of(user))

    def boot(self, held: Sequence[Artefact], device: Device, *, channel: str, node: int) -> Answer:
        """Open a session with a remember-me token."""
        return self._perform("boot", held, device, channel, node)


def _counted(reply: Reply, count: Source, issued: tuple[Artefact, ...] = ()) -> Count | Unclear:
    """Return the number that an answer holds."""
    found = count.find(reply) or ""
    if not found.isdecimal():
        return Unclear(f"{reply.told()} without a whole number where `count` says", issued)
    return Count(int(found), issued)


def words_of(user: User) -> dict[str, str]:
    """Return the template words of an account; those it does not have are missing."""
    known = {
        "user.name": user.name,
        "user.password": user.password.reveal(),
        "user.reference": user.reference,
        "user.identity": user.identity,
        **{f"user.personal.{key}": value for key, value in user.personal.items()},
        SECOND_FACTOR: user.totp.reveal() if user.totp else None,
    }
    return {word: value for word, value in known.items() if value is not None}

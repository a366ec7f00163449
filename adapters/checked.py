"""A wrapper that turns every mistake of an adapter into one sentence about that adapter.

It never changes an answer, and a mistake is never taken for an answer of the target.
"""

import inspect
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from adapters.capabilities import OPERATIONS
from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Count,
    Device,
    Keys,
    Listing,
    Place,
    Refused,
    Seen,
    Unclear,
    User,
)
from adapters.journals.journal import Journal
from adapters.transport import OutOfScope, Spent, Transport

Signed = frozenset[tuple[Place, str]]
_CALL = ("channel", "node")
_SESSION = ("held", "device")
PARAMETERS: dict[str, tuple[str, ...]] = {
    "pre_auth": ("device", *_CALL),
    "login": ("user", "device", *_CALL),
    "login_fail": ("user", "device", *_CALL),
    "probe": (*_SESSION, "which", *_CALL),
    "plaintext_probe": (*_SESSION, "which"),
    "logout": (*_SESSION, *_CALL),
    "change_password": (*_SESSION, "old", "new", *_CALL),
    "change_email": (*_SESSION, "new", "user", *_CALL),
    "refresh": (*_SESSION, *_CALL),
    "refresh_scoped": (*_SESSION, "scope", *_CALL),
    "list_sessions": (*_SESSION, *_CALL),
    "revoke_session": (*_SESSION, "handle", *_CALL),
    "revoke_all": (*_SESSION, *_CALL),
    "csrf_token": (*_SESSION, *_CALL),
    "write_marker": (*_SESSION, "value", *_CALL),
    "create_user": ("name", "password", "personal", "node"),
    "drop_user": ("user", "node"),
    "change_role": ("user", "role", "node"),
    "admin_revoke": ("user", "node"),
    "jwks": ("node",),
    "rotate_key": ("node",),
    "mint_token": ("claims", "header", "node"),
    "advance": ("seconds", "node"),
    "login_first_factor": ("user", "device", *_CALL),
    "login_second_factor": (*_SESSION, "user", *_CALL),
    "authorize": ("user", "device", *_CALL, "silent", "challenged"),
    "redeem": (*_SESSION, *_CALL),
    "hand_in": (*_SESSION, *_CALL),
    "revoke_token": (*_SESSION, *_CALL, "hint"),
    "introspect": (*_SESSION, *_CALL, "anonymous"),
    "rp_logout": (*_SESSION, *_CALL, "confirm"),
    "backchannel": ("token", "device", *_CALL),
    "disable_account": ("user", "node"),
    "enable_account": ("user", "node"),
    "start_reset": ("user", "device", *_CALL),
    "read_reset": ("user", "node"),
    "finish_reset": (*_SESSION, "new", *_CALL),
    "role_probe": (*_SESSION, "which", *_CALL),
    "step_up": (*_SESSION, "user", *_CALL),
    "sensitive_action": (*_SESSION, *_CALL),
    "impersonate": (*_SESSION, "user", *_CALL),
    "end_impersonation": (*_SESSION, *_CALL),
    "login_remembered": ("user", "device", *_CALL),
    "boot": (*_SESSION, *_CALL),
    "keepalive": (*_SESSION, *_CALL),
    "open_public": (*_SESSION, *_CALL),
    "request_link": ("user", "device", *_CALL),
    "read_link": ("user", "node"),
    "login_with_link": (*_SESSION, *_CALL),
    "inject_fault": ("kind", "node"),
    "heal_fault": ("kind", "node"),
    "health": ("node",),
    "op_disable": ("user", "node"),
    "op_enable": ("user", "node"),
    "op_end": ("user", "node"),
    "authorize_fresh": ("device", *_CALL, "how"),
    "come_back": ("device", *_CALL),
    "restart": ("node",),
    "session_count": ("node",),
}
"""Method name -> its parameters in order; those of BY_NAME are passed by name."""

BY_NAME = frozenset(
    {
        *("which", "channel", "node", "silent", "challenged"),
        *("hint", "anonymous", "confirm", "how"),
    }
)
_RETURNS: dict[str, tuple[type, ...]] = {
    "probe": (Seen,),
    "plaintext_probe": (Seen,),
    "list_sessions": (Listing, Refused, Unclear),
    "jwks": (Keys, Refused, Unclear),
    "introspect": (Seen,),
    "session_count": (Count, Refused, Unclear),
}
_ANSWER: tuple[type, ...] = (Acknowledged, Refused, Unclear)
_NEEDED = ("login", "probe", "logout")


class AdapterError(Exception):
    """The adapter itself is at fault, not the target; the text names its file and line."""


def problems(adapter: object) -> list[str]:
    """Return everything in which an adapter does not keep the contract, in words."""
    name = type(adapter).__name__
    found = [
        f"{name} has no method {method}(); every adapter needs one ({OPERATIONS[method]})"
        for method in _NEEDED
        if not callable(getattr(adapter, method, None))
    ]
    for attribute, what in (("channels", "web"), ("probes", "me"), ("nodes", "https://...")):
        found += _list_problems(adapter, name, attribute, what)
    if callable(getattr(adapter, "role_probe", None)) and not isinstance(
        getattr(adapter, "role_probes", None), Mapping
    ):
        found.append(
            f"{name}.role_probes is missing; make it a dict of probe name to role, "
            "as {'panel': 'admin'}"
        )
    for attribute in ("traits", "offers", "session_names"):
        value = getattr(adapter, attribute, None)
        if value is not None and not isinstance(value, frozenset | set):
            found.append(f"{name}.{attribute} is {_said(value)}; make it a frozenset of names")
    if not isinstance(getattr(adapter, "transport", None), Transport):
        found.append(f"{name}.transport is missing; keep the Transport given to __init__ there")
    for method in PARAMETERS:
        function = getattr(adapter, method, None)
        if function is not None:
            found += _parameter_problems(name, method, function)
    if "plaintext_url" in (getattr(adapter, "traits", None) or ()) and not callable(
        getattr(adapter, "plaintext_probe", None)
    ):
        found.append(f"{name} has the trait plaintext_url and no method plaintext_probe()")
    return found


def _list_problems(adapter: object, name: str, attribute: str, what: str) -> list[str]:
    value = getattr(adapter, attribute, None)
    if isinstance(value, tuple) and value and all(isinstance(entry, str) for entry in value):
        return []
    seen = "is missing" if value is None else f"is {_said(value)}"
    return [f"{name}.{attribute} {seen}; make it a tuple of names, as ({what!r},)"]


def _parameter_problems(name: str, method: str, function: object) -> list[str]:
    if not callable(function):
        return [f"{name}.{method} is {_said(function)}; make it a method"]
    wanted = PARAMETERS[method]
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    positional = [parameter for parameter in wanted if parameter not in BY_NAME]
    by_name = [parameter for parameter in wanted if parameter in BY_NAME]
    shape = ", ".join(positional) + (f", *, {', '.join(by_name)}" if by_name else "")
    try:
        signature.bind(*positional, **dict.fromkeys(by_name))
    except TypeError as error:
        return [f"{name}.{method}{signature} cannot be called: {error}; write ({shape})"]
    named = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ]
    if named[: len(positional)] != positional and not any(
        parameter.kind is parameter.VAR_POSITIONAL for parameter in signature.parameters.values()
    ):
        return [f"{name}.{method}() takes ({', '.join(named)}); write ({shape})"]
    return []


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it was answered: its arguments by name, and when it began and ended."""

    operation: str
    said: Mapping[str, Any]
    answer: Any
    began: float
    ended: float


class Checked:
    """An adapter whose every answer is checked; it offers exactly what the adapter offers.

    `before_call` is called before every operation: between two of them a run may be cut. Each of
    `listeners` is told of every call that was answered, in the thread that made it.
    """

    def __init__(self, adapter: Any) -> None:  # noqa: ANN401  anything may claim to be one
        wrong = problems(adapter)
        if wrong:
            raise AdapterError("\n".join(wrong))
        self._adapter = adapter
        self.channels: tuple[str, ...] = adapter.channels
        self.nodes: tuple[str, ...] = adapter.nodes
        self.probes: tuple[str, ...] = adapter.probes
        self.traits: frozenset[str] = frozenset(getattr(adapter, "traits", ()) or ())
        self.offers: frozenset[str] | None = getattr(adapter, "offers", None)
        self.session_names: frozenset[str] = frozenset(getattr(adapter, "session_names", ()) or ())
        self.audiences: dict[str, str] = dict(getattr(adapter, "audiences", None) or {})
        self.signed: dict[str, Signed] = dict(getattr(adapter, "signed", None) or {})
        self.role_probes: Mapping[str, str] = dict(getattr(adapter, "role_probes", None) or {})
        self.plain_role: str = getattr(adapter, "plain_role", "user")
        self.withheld: frozenset[str] = frozenset()
        self.clients: dict[str, str] = dict(getattr(adapter, "clients", None) or {})
        self.scopes: dict[str, str] = dict(getattr(adapter, "scopes", None) or {})
        public = getattr(adapter, "public_clients", None) or ()
        self.public_clients: frozenset[str] = frozenset(public)
        self.bound: frozenset[str] = frozenset(getattr(adapter, "bound", None) or ())
        self.transport: Transport = adapter.transport
        self.journal: Journal | None = getattr(adapter, "journal", None)
        self.before_call: Callable[[], None] = lambda: None
        self.listeners: list[Callable[[Call], None]] = []

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Authenticate fully."""
        answer: Answer = self._call("login", user, device, channel=channel, node=node)
        return answer

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        """Read something that names its reader."""
        seen: Seen = self._call("probe", held, device, which=which, channel=channel, node=node)
        return seen

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End the presented session."""
        answer: Answer = self._call("logout", held, device, channel=channel, node=node)
        return answer

    def offers_in(self, channel: str) -> frozenset[str]:
        """Return the operations of one channel; an adapter in code has all in every channel."""
        said = getattr(self._adapter, "offers_in", None)
        if said is not None:
            return frozenset(said(channel))
        return frozenset(name for name in OPERATIONS if callable(getattr(self, name, None)))

    def probes_in(self, channel: str) -> tuple[str, ...]:
        """Return the probes of one channel; an adapter in code has all in every channel."""
        said = getattr(self._adapter, "probes_in", None)
        return tuple(said(channel)) if said is not None else self.probes

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  optional operations by name
        adapter = self.__dict__.get("_adapter")
        value = getattr(adapter, name)
        if name not in PARAMETERS:
            return value
        offered = self.__dict__.get("offers")
        if offered is not None and name in OPERATIONS and name not in offered:
            raise AttributeError(f"{type(adapter).__name__} does not offer {name}")

        @wraps(value)
        def checked(*args: Any, **named: Any) -> Any:  # noqa: ANN401
            return self._call(name, *args, **named)

        return checked

    def _call(self, name: str, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        expected = _RETURNS.get(name, _ANSWER)
        words = _listed([kind.__name__ for kind in expected])
        function = getattr(self._adapter, name)
        self.before_call()
        began = time.time()
        try:
            answer = function(*args, **named)
        except (OutOfScope, Spent, AdapterError):
            raise
        except Exception as error:
            where = self._where(name, function, error)
            raise AdapterError(
                f"{where}: {type(error).__name__}: {error}; expected {words}"
            ) from error
        if not isinstance(answer, expected):
            where = self._where(name, function, None)
            raise AdapterError(f"{where}: returned {_said(answer)}; expected {words}")
        wrong = _content_problem(answer)
        if wrong:
            raise AdapterError(f"{self._where(name, function, None)}: {wrong}")
        for listener in self.listeners:
            said = {**dict(zip(PARAMETERS[name], args, strict=False)), **named}
            listener(Call(name, said, answer, began, time.time()))
        return answer

    def _where(self, name: str, function: object, error: Exception | None) -> str:
        """Name the adapter's own line: the innermost frame that stands in its file."""
        code = getattr(inspect.unwrap(function), "__code__", None)  # type: ignore[arg-type]
        file = code.co_filename if code else (inspect.getsourcefile(type(self._adapter)) or "?")
        line = code.co_firstlineno if code else 0
        if error is not None:
            for frame in traceback.extract_tb(error.__traceback__):
                if frame.filename == file and frame.lineno is not None:
                    line = frame.lineno
        return f"{Path(file).name} line {line} in {name}()"


def _content_problem(answer: object) -> str | None:
    """Say what is wrong inside an answer of the right type."""
    issued = getattr(answer, "issued", ())
    if not isinstance(issued, tuple) or not all(isinstance(one, Artefact) for one in issued):
        return f"`issued` is {_said(issued)}; make it a tuple of Artefact"
    if isinstance(answer, Seen):
        if answer.identity is not None and not isinstance(answer.identity, str):
            return f"`identity` is {_said(answer.identity)}; make it text, or None for nobody"
        if answer.identity is not None and not answer.clear:
            return "an identity was seen and the answer is not clear; set clear=True or no identity"
    return None


def _said(value: object) -> str:
    if value is None:
        return "None"
    return f"a {type(value).__name__}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

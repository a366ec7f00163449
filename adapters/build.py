"""From a profile file to a checked adapter with its accounts and its transport."""

import importlib
import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.capabilities import OPERATIONS, withheld
from adapters.checked import AdapterError, Checked, problems
from adapters.clockfile import ClockFile
from adapters.contract import User, fresh_device
from adapters.declared.adapter import DeclaredAdapter
from adapters.declared.browsing import with_browser
from adapters.declared.wfc import with_auth_file
from adapters.extract import json_values
from adapters.families import Oidc
from adapters.journals.events import MapError
from adapters.journals.journal import Journal
from adapters.journals.sink import Sink
from adapters.profilefile import Profile, ProfileError, read_profile
from adapters.restarting import NODE, RestartCommand
from adapters.secretsource import Position
from adapters.transport import Transport, absolute

FEWEST_ACCOUNTS = 2
_FOR_ANY_ADAPTER = frozenset({"python", "options", "auth_file", "event_log", "alert_sink"})
_INSTEAD = {
    "browser": "methods open_window(), in_window() and close_window()",
    "openapi": "the trait openapi with methods describe() and attempt()",
    "channels": "a tuple `channels`",
    "oidc": "Oidc as its base",
    "artefacts": "its own, as the families do",
}
"""Key of a declared adapter -> what a class has in its place, where that is no method."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that a run needs of the adapters' room; `notes` are worth telling the user once."""

    profile: Profile
    adapter: Checked
    users: tuple[User, ...]
    transport: Transport
    notes: tuple[str, ...] = ()

    def version(self) -> str | None:
        """Return the version that the running target reports, None when it cannot be read."""
        return read_version(self.profile, self.transport)

    def close(self) -> None:
        """Close what a run opened: a browser, listeners and files, and pooled connections."""
        if self.adapter.browsing is not None:
            self.adapter.browsing.close()
        for read in (self.adapter.journal, self.adapter.sink):
            if read is not None:
                read.close()
        self.transport.close()


def load(path: str | Path) -> Loaded:
    """Read a profile and build what it declares, or raise ProfileError; no request is sent."""
    said = read_profile(path)
    profile, headers, notes = with_auth_file(said)
    target = profile.target
    transport = Transport(
        scope=target.scope,
        tls=target.tls,
        proxy=target.proxy,
        timeouts=(target.timeout_seconds, target.timeout_seconds),
        requests_per_second=target.requests_per_second,
        headers={**headers, **target.headers},
        trust_loopback=target.trust_loopback,
        nodes=target.nodes,
    )
    if target.insecure_because:
        notes = (*notes, f"certificates are not checked: {target.insecure_because}")
    if "python" in profile.adapter:
        adapter = _from_python(profile, transport)
        _only_what_it_reads(adapter, said)
    elif "oidc" in profile.adapter:
        adapter = Oidc(transport, profile)
    else:
        adapter = DeclaredAdapter(transport, profile)
    if "python" not in profile.adapter:
        with_browser(adapter, profile, transport)
    if target.clock is not None:
        _with_clock(adapter, profile, target.clock)
    if target.restart:
        _with_restart(adapter, profile, transport)
    if "event_log" in profile.adapter:
        _with_log(adapter, profile, transport)
    if "alert_sink" in profile.adapter:
        _with_sink(adapter, profile, transport)
    wrong = problems(adapter)
    if wrong:
        raise profile.error(("adapter",), "does not keep the contract: " + "; ".join(wrong))
    checked = Checked(adapter)
    checked.withheld = withheld(target.environment)
    if len(profile.accounts) < FEWEST_ACCOUNTS and not hasattr(checked, "create_user"):
        raise profile.error(
            ("accounts",),
            f"names {len(profile.accounts)} of the two accounts that every comparison needs; "
            "add one, or give the adapter a create_user",
        )
    return Loaded(profile, checked, profile.accounts, transport, notes)


def read_version(profile: Profile, transport: Transport) -> str | None:
    """Return the declared version, or the one the target reports where the profile says."""
    said = profile.target.version
    if said is None or isinstance(said, str):
        return said
    url = absolute(profile.target.nodes[0], said.get("get", "/"))
    reply = transport.send(fresh_device("version"), "GET", url)
    if reply.status is None:
        return None
    if "json" in said:
        return next(json_values(reply.json(), said["json"]), None)
    if "header" in said:
        return reply.header(said["header"])
    found = re.search(said.get("text", r"\d+(?:\.\d+)+"), reply.text)
    return (found[1] if found.re.groups else found[0]) if found else None


def _with_clock(adapter: Any, profile: Profile, path: str) -> None:  # noqa: ANN401  a user's class
    """Let the adapter move the clock of its target by the file that libfaketime reads."""
    at = ("target", "clock")
    clock = ClockFile(profile.path.parent / path)
    if profile.target.environment == "production":
        raise profile.error(at, "changes the clock for everybody; take it out, or test a lab")
    if objection := clock.objection:
        raise profile.error(at, objection)
    adapter.advance = clock.advance
    if getattr(adapter, "offers", None) is not None:
        adapter.offers |= {"advance"}


def _with_restart(adapter: Any, profile: Profile, transport: Transport) -> None:  # noqa: ANN401
    """Let the adapter restart a node by a command on this machine."""
    at = ("target", "restart")
    command = profile.target.restart
    if profile.target.environment == "production":
        raise profile.error(at, "restarts a node; take it out, or test a lab")
    several = len(profile.target.nodes) > 1
    if several and not any(NODE in word for word in command):
        raise profile.error(at, "does not say which node; write {node} where its number belongs")
    adapter.restart = RestartCommand(command, transport, profile.target.nodes).restart
    if getattr(adapter, "offers", None) is not None:
        adapter.offers |= {"restart"}


def _with_sink(adapter: Any, profile: Profile, transport: Transport) -> None:  # noqa: ANN401
    """Give the adapter the place where the alerts of its target arrive."""
    try:
        adapter.sink = Sink(
            profile.adapter["alert_sink"],
            profile.path.parent,
            transport,
            log=profile.adapter.get("event_log"),
        )
    except MapError as error:
        raise profile.error(("adapter", "alert_sink", *error.at), str(error)) from None


def _with_log(adapter: Any, profile: Profile, transport: Transport) -> None:  # noqa: ANN401
    """Give the adapter the log of its target."""
    try:
        adapter.journal = Journal(profile.adapter["event_log"], profile.path.parent, transport)
    except MapError as error:
        raise profile.error(("adapter", "event_log", *error.at), str(error)) from None


def _from_python(profile: Profile, transport: Transport) -> Any:  # noqa: ANN401  a user's class
    at = ("adapter", "python")
    written = str(profile.adapter["python"])
    module_name, colon, class_name = written.rpartition(":")
    if not colon:
        raise profile.error(at, f"is '{written}'; write file.py:Class or package.module:Class")
    try:
        if module_name.endswith(".py"):
            module = _from_file(profile.path.parent / module_name, profile.place, at)
        else:
            module = importlib.import_module(module_name)
        made = getattr(module, class_name, None)
        if not isinstance(made, type):
            raise profile.error(at, f"names {class_name}, which {module_name} does not define")
        return made(transport, profile)
    except (ProfileError, AdapterError):
        raise
    except Exception as error:
        raise profile.error(
            at, f"cannot be loaded: {type(error).__name__}: {error}; correct it there"
        ) from error


def _only_what_it_reads(adapter: object, profile: Profile) -> None:
    """Refuse a key of declared adapters: a class has methods, and settings of its own."""
    unread = set(profile.adapter) - _FOR_ANY_ADAPTER
    if isinstance(adapter, DeclaredAdapter):
        unread &= {"browser"} if isinstance(adapter, Oidc) else {"browser", "oidc"}
    for key in sorted(unread):
        method = f"a method {key}()" if key in OPERATIONS else "what it needs under `options`"
        raise profile.error(
            ("adapter", key),
            f"is for declared adapters; give the class {_INSTEAD.get(key, method)}, or take it out",
        )


def _from_file(path: Path, place: Position, at: tuple[str, ...]) -> Any:  # noqa: ANN401
    if not path.is_file():
        raise place.error(at, f"names {path}, which does not exist")
    name = f"_adapter_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise place.error(at, f"names {path}, which is not Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module

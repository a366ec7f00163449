"""A profile: one YAML file that says which target, how to talk to it, and with which accounts.

The sections `policy` and `run` are handed on as they are; they are the suites' to read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.contract import Kind, User
from adapters.cookies import is_loopback
from adapters.schemacheck import check
from adapters.secrets import Secret
from adapters.secretsource import Position, read_secret, resolve
from adapters.totp import generator
from adapters.transport import Scope, Tls
from adapters.yamlfile import KeyPath, ProfileError, read_yaml

__all__ = ["Profile", "ProfileError", "TargetSpec", "read_profile"]

FEWEST_ACCOUNTS = 2
PLACES = frozenset(
    {
        *("file", "pattern", "syslog", "webhook", "journald", "opensearch", "index", "query"),
        *("time_field", "certificate", "key", "ca"),
    }
)
"""Keys of a source of log lines that are told in reports as they are."""


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """The section `target`, with every environment variable filled in."""

    name: str
    nodes: tuple[str, ...]
    plaintext_url: str | None = None
    environment: str = ""
    also: tuple[str, ...] = ()
    authorisation: Mapping[str, str] = field(default_factory=dict)
    tls: Tls = field(default_factory=Tls)
    insecure_because: str | None = None
    proxy: str | None = None
    timeout_seconds: float = 10.0
    requests_per_second: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    trust_loopback: bool = False
    version: str | Mapping[str, str] | None = None
    clock: str | None = None
    restart: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        """Every origin that may be talked to."""
        plain = (self.plaintext_url,) if self.plaintext_url else ()
        return Scope((*self.nodes, *self.also, *plain))


@dataclass(frozen=True, slots=True)
class Profile:
    """A whole profile; `place` says where its keys stand, for messages of other readers."""

    path: Path
    target: TargetSpec
    adapter: Mapping[str, Any]
    accounts: tuple[User, ...]
    policy: Mapping[str, Any]
    run: Mapping[str, Any]
    place: Position

    def error(self, at: KeyPath, sentence: str) -> ProfileError:
        """Return the error that says this sentence about this key of the profile."""
        return self.place.error(at, sentence)


def read_profile(path: str | Path) -> Profile:
    """Read and check a profile file, or raise ProfileError with what to write instead."""
    file = Path(path)
    content, lines = read_yaml(file)
    place = Position(file, lines)
    if not isinstance(content, dict):
        raise place.error((), "is no profile; it needs the keys target, adapter and accounts")
    check(content, place)
    target = _target(content["target"], place)
    accounts = content.get("accounts", [])
    adapter = content["adapter"]
    _enough_accounts(adapter, len(accounts), place)
    resolved = {key: _resolved(key, value, place) for key, value in adapter.items()}
    users = _accounts(accounts, place)
    return Profile(
        path=file,
        target=target,
        adapter=resolved,
        accounts=users,
        policy=content.get("policy", {}),
        run=content.get("run", {}),
        place=place,
    )


def _resolved(key: str, value: object, place: Position) -> object:
    """Fill in the variables of one key of the adapter; the place of a log file is no secret."""
    at: KeyPath = ("adapter", key)
    if key not in {"event_log", "alert_sink"} or not isinstance(value, Mapping):
        return resolve(value, at, place, kind="credential")
    sources = [
        {
            name: resolve(
                inner,
                (*at, "sources", number, name),
                place,
                kind=None if name in PLACES else "credential",
            )
            for name, inner in source.items()
        }
        for number, source in enumerate(value["sources"])
    ]
    return {**value, "sources": sources}


def _target(written: Mapping[str, Any], place: Position) -> TargetSpec:
    at: KeyPath = ("target",)
    said = dict(_headers_apart(written, place))
    if "url" in said and "nodes" in said:
        raise place.error((*at, "nodes"), "and `target.url` exclude each other; keep one")
    if "url" not in said and "nodes" not in said:
        raise place.error(at, "lacks an address; add `url: https://...` to it")
    nodes = tuple(said["nodes"]) if "nodes" in said else (said["url"],)
    key = "nodes" if "nodes" in said else "url"
    for url in nodes:
        _address(url, (*at, key), place)
    if len({url.rstrip("/") for url in nodes}) < len(nodes):
        raise place.error((*at, key), "names one node twice; write the address of each node once")
    plain = said.get("plaintext_url")
    if plain and not plain.startswith("http://"):
        raise place.error((*at, "plaintext_url"), "is the unencrypted address; write http://...")
    if plain:
        _address(plain, (*at, "plaintext_url"), place)
    for url in said.get("also", ()):
        _address(url, (*at, "also"), place)
    hosts = [*nodes, *said.get("also", ()), *([plain] if plain else [])]
    _authorised(said, hosts, place)
    http_here = all(u.startswith("http://") and is_loopback(_host(u)) for u in nodes)
    return TargetSpec(
        name=said["name"],
        nodes=tuple(url.rstrip("/") for url in nodes),
        plaintext_url=plain.rstrip("/") if plain else None,
        environment=said.get("environment", ""),
        also=tuple(said.get("also", ())),
        authorisation=said.get("authorisation", {}),
        tls=_tls(said.get("tls", {}), place),
        insecure_because=said.get("tls", {}).get("insecure_because"),
        proxy=said.get("proxy"),
        timeout_seconds=float(said.get("timeout_seconds", 10.0)),
        requests_per_second=said.get("requests_per_second"),
        headers=said.get("headers", {}),
        trust_loopback=said.get("trust_loopback", http_here),
        version=said.get("version"),
        clock=said.get("clock"),
        restart=tuple(said.get("restart", ())),
    )


def _headers_apart(written: Mapping[str, Any], place: Position) -> Mapping[str, Any]:
    """Fill in the variables; only those of headers are secret, an address is not."""
    found: dict[str, Any] = {}
    for key, value in written.items():
        kind = "credential" if key == "headers" else None
        found[key] = resolve(value, ("target", key), place, kind=kind)
    return found


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _address(url: str, at: KeyPath, place: Position) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise place.error(at, f"is '{url}'; write an address as https://host:port")


def _authorised(said: Mapping[str, Any], urls: list[str], place: Position) -> None:
    foreign = [url for url in urls if not is_loopback(_host(url))]
    permission = said.get("authorisation")
    if foreign and permission is None:
        raise place.error(
            ("target",),
            f"reaches {_host(foreign[0])}, which is not this machine; add "
            "`authorisation: {by: <who allowed it>, until: <last day>}` to it",
        )
    if permission is None:
        return
    at = ("target", "authorisation", "until")
    try:
        until = date.fromisoformat(permission["until"])
    except ValueError:
        raise place.error(at, f"is '{permission['until']}'; write a date as 2031-12-31") from None
    if until < date.today():
        raise place.error(at, f"was {until}; ask for a new authorisation and write its last day")


def _tls(said: Mapping[str, Any], place: Position) -> Tls:
    files: dict[str, str] = {}
    for key in ("ca", "client_cert", "client_key"):
        if key in said:
            file = place.file.parent / said[key]
            if not file.is_file():
                raise place.error(("target", "tls", key), f"names {file}, which does not exist")
            files[key] = str(file)
    if "client_key" in files and "client_cert" not in files:
        raise place.error(("target", "tls"), "has a client_key alone; add `client_cert` to it")
    return Tls(verify="insecure_because" not in said, **files)


def _enough_accounts(adapter: Mapping[str, Any], number: int, place: Position) -> None:
    elsewhere = {"create_user", "auth_file", "python"} & set(adapter)
    if number < FEWEST_ACCOUNTS and not elsewhere:
        raise place.error(
            ("accounts",),
            f"names {number} of the two accounts that every comparison needs; "
            "add one, or declare `create_user` under adapter",
        )


def _accounts(written: list[Mapping[str, Any]], place: Position) -> tuple[User, ...]:
    users: list[User] = []
    for number, said in enumerate(written):
        at = ("accounts", number)
        entry: dict[str, Any] = {
            key: value if key in {"password", "totp"} else resolve(value, (*at, key), place)
            for key, value in said.items()
        }
        if any(user.name == entry["name"] for user in users):
            raise place.error((*at, "name"), f"repeats {entry['name']}; each account is named once")
        password: Secret = read_secret(entry["password"], (*at, "password"), place, "password")
        users.append(
            User(
                name=entry["name"],
                password=password,
                identity=entry.get("identity"),
                personal=entry.get("personal", {}),
                reference=entry.get("reference"),
                role=entry.get("role"),
                totp=_second_factor(said, at, place),
            )
        )
    return tuple(users)


def _second_factor(said: Mapping[str, Any], at: KeyPath, place: Position) -> Secret | None:
    """Return what the codes of an account are made with, if it has a second factor."""
    if "totp" not in said:
        return None
    secret = read_secret(said["totp"], (*at, "totp"), place, Kind.TOTP)
    try:
        generator(secret)
    except ValueError as error:
        raise place.error(
            (*at, "totp"),
            f"points to what {error}; give it the base32 text or the otpauth:// address",
        ) from None
    return secret

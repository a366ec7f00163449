"""What the section `adapter.oidc` says: the provider, its clients, and applications that use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from adapters.cookies import is_loopback
from adapters.extract import Source, source_of
from adapters.profilefile import Profile
from adapters.secrets import Secret
from adapters.transport import absolute
from adapters.yamlfile import KeyPath

AT: KeyPath = ("adapter", "oidc")
DEFAULT_SCOPES = ("openid", "offline_access")


class Proof(StrEnum):
    """How a client proves itself at the token endpoint (OpenID Connect Core 9)."""

    NONE = "none"
    BASIC = "basic"
    POST = "post"


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """One registered client; its redirect address is never asked for."""

    channel: str
    id: str
    redirect_uri: str
    secret: Secret | None = None
    auth: Proof = Proof.NONE
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    audience: str | None = None
    post_logout_redirect_uri: str | None = None
    backchannel: str | None = None


@dataclass(frozen=True, slots=True)
class PartySettings:
    """One application that logs its users in at the provider; the rest is its declared channel.

    `key` signs what the suite sends in the place of the provider, `sid` is where the probe shows
    which session of the provider the application's own belongs to.
    """

    channel: str
    callback: str
    renew: str | None = None
    backchannel: str | None = None
    client_id: str | None = None
    key: Secret | None = None
    sid: Source | None = None


@dataclass(frozen=True, slots=True)
class FormHints:
    """Names of form fields, and what to press, where the pages do not tell by themselves."""

    username: str | None = None
    password: str | None = None
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """The provider with everybody who uses it."""

    issuer: str
    clients: Mapping[str, ClientSettings]
    parties: Mapping[str, PartySettings]
    hints: FormHints
    without: frozenset[str] = field(default_factory=frozenset)


def read_settings(profile: Profile) -> ProviderSettings:
    """Read the section, or raise ProfileError with what to write instead."""
    said: Mapping[str, Any] = profile.adapter.get("oidc") or {}
    for needed in ("issuer", "clients"):
        if not said.get(needed):
            raise profile.error(
                AT, f"lacks `{needed}`; add it, as in `oidc: {{issuer: /, clients: {{...}}}}`"
            )
    issuer = absolute(profile.target.nodes[0], said["issuer"]).rstrip("/")
    if not profile.target.scope.allows(issuer):
        host = urlsplit(issuer).netloc
        raise profile.error(
            (*AT, "issuer"), f"is on {host}, outside the target; add it to target.also"
        )
    clients = {
        name: _client(profile, name, entry, (*AT, "clients", name))
        for name, entry in said["clients"].items()
    }
    parties = {
        name: _party(profile, name, entry, (*AT, "relying_parties", name))
        for name, entry in said.get("relying_parties", {}).items()
    }
    for name in set(clients) & set(profile.adapter.get("channels", {})):
        raise profile.error(
            (*AT, "clients", name), "is also the name of another channel; give it one of its own"
        )
    hints = FormHints(**said.get("login_form", {}))
    return ProviderSettings(issuer, clients, parties, hints, frozenset(said.get("without", ())))


def _client(profile: Profile, name: str, said: Mapping[str, Any], at: KeyPath) -> ClientSettings:
    auth = Proof(said.get("auth", Proof.BASIC if "secret" in said else Proof.NONE))
    if auth is not Proof.NONE and "secret" not in said:
        raise profile.error(
            at, f"has `auth: {auth}` and no secret; add `secret: {{env: NAME}}` or write auth: none"
        )
    if auth is Proof.NONE and "secret" in said:
        raise profile.error(
            (*at, "auth"), "is none and there is a secret; write basic or post, or take it away"
        )
    scopes = tuple(said.get("scopes", DEFAULT_SCOPES))
    if "openid" not in scopes:
        raise profile.error((*at, "scopes"), "lacks openid; add it to the list")
    return ClientSettings(
        channel=name,
        id=said["id"],
        redirect_uri=said["redirect_uri"],
        secret=Secret(said["secret"], "client-secret") if "secret" in said else None,
        auth=auth,
        scopes=scopes,
        audience=said.get("audience"),
        post_logout_redirect_uri=said.get("post_logout_redirect_uri"),
        backchannel=_ear(profile, said, at),
    )


def _ear(profile: Profile, said: Mapping[str, Any], at: KeyPath) -> str | None:
    address: str | None = said.get("backchannel")
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise profile.error(
            (*at, "backchannel"),
            f"is {address}, which is not on this machine; write http://127.0.0.1:<port>/<path>",
        )
    return address


def _party(profile: Profile, name: str, said: Mapping[str, Any], at: KeyPath) -> PartySettings:
    if name not in profile.adapter.get("channels", {}):
        raise profile.error(
            at,
            f"has no channel of its name; add `adapter.channels.{name}` with its login and probe",
        )
    if ("backchannel" in said) != ("key" in said) or ("key" in said and "client_id" not in said):
        raise profile.error(
            at,
            "needs backchannel, key and client_id together: the suite signs logout tokens in the "
            "place of the provider; add what is missing",
        )
    sid = source_of(said["sid"]) if "sid" in said else None
    if "sid" in said and (sid is None or sid.problem()):
        raise profile.error((*at, "sid"), "cannot be used; write a JSON path, as `sid: $.sid`")
    return PartySettings(
        channel=name,
        callback=said["callback"],
        renew=said.get("renew"),
        backchannel=said.get("backchannel"),
        client_id=said.get("client_id"),
        key=Secret(said["key"], "provider-key") if "key" in said else None,
        sid=sid,
    )

"""The provider as its clients see it: what it publishes, and its endpoints for programs."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

from oauthlib.oauth2 import WebApplicationClient

from adapters.checked import AdapterError
from adapters.contract import Device, Unclear, fresh_device
from adapters.declared.outcome import no_evidence
from adapters.exchange import Reply
from adapters.oidc.settings import ClientSettings, Proof, ProviderSettings
from adapters.outgoing import FORM
from adapters.secrets import Secret
from adapters.transport import Tap, Transport

WELL_KNOWN = "/.well-known/openid-configuration"
ENDPOINTS = {
    "revocation": "revocation_endpoint",
    "introspection": "introspection_endpoint",
    "end_session": "end_session_endpoint",
}
"""What a provider may lack, and what discovery calls it."""


class Unreached(Exception):  # noqa: N818  no fault of anybody: the provider gave no answer
    """The provider could not be asked; `answer` says why."""

    def __init__(self, answer: Unclear) -> None:
        super().__init__(answer.why)
        self.answer = answer


@dataclass(slots=True)
class Provider:
    """One provider; what it publishes is read once, when it is first needed."""

    transport: Transport
    settings: ProviderSettings
    where: str
    _published: Mapping[str, Any] = field(default_factory=dict)

    def endpoint(self, name: str) -> str:
        """Return where an endpoint is, or raise what to write when there is none."""
        found = self.published().get(ENDPOINTS.get(name, name))
        if isinstance(found, str):
            return found
        advice = (
            f"add `without: [{name}]` to adapter.oidc"
            if name in ENDPOINTS
            else "this family needs it; write an adapter in Python"
        )
        raise AdapterError(
            f"{self.where}: `adapter.oidc.issuer`: {self.settings.issuer}{WELL_KNOWN} names no "
            f"{ENDPOINTS.get(name, name)}; {advice}"
        )

    def published(self) -> Mapping[str, Any]:
        """Return the discovery document of the declared issuer."""
        if not self._published:
            self._published = self._checked(self._read(self.settings.issuer + WELL_KNOWN))
        return self._published

    def keys(self) -> Mapping[str, Any]:
        """Return the public keys."""
        url = self.endpoint("jwks_uri")
        reply = self._read(url)
        found = reply.json()
        if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
            raise AdapterError(
                f"{self.where}: `adapter.oidc.issuer`: its keys at {url} cannot be read "
                f"({reply.told()}); see that the provider publishes a JWK set there"
            )
        return found

    def ask(
        self,
        endpoint: str,
        fields: Mapping[str, str],
        client: ClientSettings | None,
        device: Device,
        learn: Tap | None = None,
    ) -> Reply:
        """Post fields to an endpoint as a client, or as nobody."""
        headers = {"Content-Type": FORM}
        sent = dict(fields)
        if client is not None:
            _prove(client, headers, sent)
        reply = self.transport.send(
            device,
            "POST",
            self.endpoint(endpoint),
            headers=headers,
            body=encoded(sent),
            learn=learn,
        )
        if client is not None and _said(reply) == "invalid_client":
            key = f"adapter.oidc.clients.{client.channel}"
            raise AdapterError(
                f"{self.where}: `{key}`: the provider does not accept this client at its "
                f"{endpoint}; correct id, secret, or auth ({client.auth} is written)"
            )
        return reply

    def _read(self, url: str) -> Reply:
        reply = self.transport.send(fresh_device("client"), "GET", url, follow=True)
        if unclear := no_evidence(reply):
            raise Unreached(Unclear(unclear.why, crashed=unclear.crashed))
        return reply

    def _checked(self, reply: Reply) -> Mapping[str, Any]:
        found = reply.json()
        if not reply.ok or not isinstance(found, dict) or "issuer" not in found:
            raise AdapterError(
                f"{self.where}: `adapter.oidc.issuer` is {self.settings.issuer}, and "
                f"{reply.told()} without a discovery document; write the issuer as the provider "
                "publishes it"
            )
        # OpenID Connect Discovery 4.3: the issuer published must be the one asked for.
        if str(found["issuer"]).rstrip("/") != self.settings.issuer:
            raise AdapterError(
                f"{self.where}: `adapter.oidc.issuer` is {self.settings.issuer}, and the document "
                f"there speaks for {found['issuer']}; write that issuer, or correct the provider"
            )
        return found


def _prove(client: ClientSettings, headers: dict[str, str], fields: dict[str, str]) -> None:
    secret = client.secret.reveal() if client.secret is not None else ""
    match client.auth:
        case Proof.BASIC:
            # RFC 6749 2.3.1: both parts are form-encoded before they are joined.
            pair = f"{quote_plus(client.id)}:{quote_plus(secret)}"
            value = Secret(b64encode(pair.encode()).decode(), "client-secret")
            headers["Authorization"] = f"Basic {value.reveal()}"
        case Proof.POST:
            fields |= {"client_id": client.id, "client_secret": secret}
        case Proof.NONE:
            fields["client_id"] = client.id


def _said(reply: Reply) -> str | None:
    found = reply.json()
    error = found.get("error") if isinstance(found, dict) else None
    return str(error) if error is not None else None


def encoded(fields: Mapping[str, str]) -> bytes:
    """Return a form body."""
    return urlencode(fields).encode()


def code_fields(client: ClientSettings, code: str) -> dict[str, str]:
    """Return what redeems a code, without what proves the client or the request."""
    body = WebApplicationClient(client.id).prepare_request_body(
        code=code, redirect_uri=client.redirect_uri, include_client_id=False
    )
    return dict(parse_qsl(body))


def refresh_fields(client: ClientSettings, token: str) -> dict[str, str]:
    """Return what renews a grant."""
    body = WebApplicationClient(client.id).prepare_refresh_body(refresh_token=token)
    return dict(parse_qsl(body))


def fresh_proof() -> tuple[str, str]:
    """Return a new PKCE verifier and its challenge (RFC 7636, S256)."""
    maker = WebApplicationClient("")
    verifier = maker.create_code_verifier(64)
    return verifier, maker.create_code_challenge(verifier, "S256")

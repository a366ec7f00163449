"""OpenID Connect: clients of a provider, and applications that let their users log in there.

Each client is a channel; so is each relying party, whose other operations the profile declares.
"""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Kind,
    Place,
    Refused,
    Seen,
    Unclear,
    User,
)
from adapters.declared.adapter import DeclaredAdapter
from adapters.declared.issued import Issued
from adapters.declared.outcome import no_evidence
from adapters.declared.spec import Channel
from adapters.exchange import Exchange
from adapters.oidc.answers import (
    PLAIN,
    answer_of,
    artefacts_of,
    asked_for,
    held_as,
    keep,
    same_place,
)
from adapters.oidc.browser import Browser, Landing
from adapters.oidc.channels import FederatedReader
from adapters.oidc.leaving import Leaving
from adapters.oidc.minting import signed, signed_text
from adapters.oidc.provider import (
    Provider,
    Unreached,
    code_fields,
    refresh_fields,
)
from adapters.oidc.receiver import Receiver, receiving
from adapters.oidc.returning import Returning
from adapters.oidc.settings import read_settings
from adapters.outgoing import Outgoing
from adapters.profilefile import Profile
from adapters.secrets import Secret
from adapters.transport import Transport, absolute

_AGREES, _PROVES = "consent", "login consent"
_HINTS = {Kind.ACCESS: "access_token", Kind.REFRESH: "refresh_token"}


class Oidc(Returning, Leaving, DeclaredAdapter):
    """A provider seen through its clients; a subclass may change any operation."""

    def __init__(self, transport: Transport, profile: Profile) -> None:
        self.settings = read_settings(profile)
        self.provider = Provider(transport, self.settings, str(profile.path))
        self._finds_probe = "probe" not in profile.adapter
        self._declares_mint = "mint_token" in profile.adapter
        super().__init__(transport, profile)
        clients = self.settings.clients.values()
        # RFC 6749 2.1: a client that holds no secret of its own is public.
        self.public_clients = frozenset(c.channel for c in clients if c.secret is None)
        traits = {
            "oauth_as": True,
            "second_client": len({client.id for client in clients}) > 1,
            "second_audience": len({client.audience for client in clients}) > 1,
        }
        self.traits |= {name for name, has in traits.items() if has}

    def read_channels(self, profile: Profile) -> dict[str, Channel]:
        """Return a channel for every client, then every declared one."""
        return FederatedReader(profile, self.settings).channels()

    # -- logging in -------------------------------------------------------------------------------

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Go all the way through the pages of the provider, and hand its answer in."""
        if not self._federated(channel):
            return super().login(user, device, channel=channel, node=node)
        issued = Issued(self._channels[channel])
        answer = self._authorized(user, device, channel, node, issued, prompt=_PROVES)
        if not isinstance(answer, Acknowledged):
            return replace(answer, issued=issued.artefacts(False))
        issued.main_part()
        return self._handed_in(answer.issued, device, channel, node, issued)

    def login_fail(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Log in with a password that is not the one of the account."""
        if not self._federated(channel):
            return super().login_fail(user, device, channel=channel, node=node)
        wrong = Secret(f"Wrong-{secrets.token_hex(6)}-9!", "password")
        return self.login(replace(user, password=wrong), device, channel=channel, node=node)

    def authorize(
        self,
        user: User,
        device: Device,
        *,
        channel: str,
        node: int,
        silent: bool,
        challenged: bool,
    ) -> Answer:
        """Get the provider's answer to a request without handing it in.

        Who is logged in at the provider is not asked for the password again. A silent request
        asks the user nothing; for a relying party it is a renewal. A client's request that is not
        `challenged` has no PKCE challenge.
        """
        issued, prompt = Issued(self._channels[channel]), None if silent else _AGREES
        return self._authorized(
            user, device, channel, node, issued, prompt=prompt, challenged=challenged
        )

    def redeem(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Hand a code in for tokens."""
        issued = Issued(self._channels[channel])
        return self._handed_in(held, device, channel, node, issued)

    def hand_in(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Hand an answer of the provider in to a relying party, which may log its user in."""
        issued = Issued(self._channels[channel])
        return self._handed_in(held, device, channel, node, issued)

    def refresh(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Renew the tokens of a client."""
        client = self.settings.clients.get(channel)
        if client is None:
            return super().refresh(held, device, channel=channel, node=node)
        token = held_as(held, Kind.REFRESH)
        if token is None:
            return Refused("no refresh token is held")
        issued = Issued(self._channels[channel])
        fields = refresh_fields(client, token.reveal())
        return self._asked("token_endpoint", fields, channel, device, issued)

    # -- looking ----------------------------------------------------------------------------------

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        """Read something that names its reader; for a client that is the userinfo endpoint."""
        said = self._channels[channel]
        if self._finds_probe and channel in self.settings.clients and which in said.probes:
            try:
                place = self.provider.endpoint("userinfo_endpoint")
            except Unreached as reason:
                return Seen(which, None, clear=False, why=reason.answer.why)
            found = said.probes[which]
            asked = replace(found, request=replace(found.request, path=place))
            said = replace(said, probes={which: asked})
        tokens = [artefact for artefact in held if artefact.kind is not Kind.ID]
        return self._look(tokens, device, which, said, self.nodes[node])

    def introspect(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int, anonymous: bool
    ) -> Seen:
        """Ask what a token is worth (RFC 7662); an inactive one is worth nobody."""
        name, fields = "introspection", {"token": held[-1].value.reveal()}
        client = None if anonymous else self.settings.clients[channel]
        try:
            reply = self.provider.ask("introspection", fields, client, device)
        except Unreached as reason:
            return Seen(name, None, clear=False, why=reason.answer.why)
        if unclear := no_evidence(reply):
            return Seen(name, None, clear=False, why=unclear.why, crashed=unclear.crashed)
        said = reply.json()
        active = said.get("active") if isinstance(said, dict) else None
        if reply.ok and active is True and isinstance(said, dict):
            return Seen(name, str(said.get("sub") or "somebody"), clear=True, why=reply.told())
        clear = active is False or (anonymous and not reply.ok)
        return Seen(name, None, clear=clear, why=reply.told())

    def provider_sid(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> str | None:
        """Return which session of the provider a relying party's own belongs to, if it shows."""
        party = self.settings.parties.get(channel)
        if party is None or party.sid is None:
            return None
        said = self._channels[channel]
        asked = next(iter(said.probes.values())).request
        caller = self._caller(held, device, said, self.nodes[node], Issued(said))
        return party.sid.find(caller.call(asked, {}))

    # -- ending -----------------------------------------------------------------------------------

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End the tokens of a client by revoking them."""
        if channel not in self.settings.clients:
            return super().logout(held, device, channel=channel, node=node)
        answer: Answer = Refused("no token is held")
        for artefact in held:
            if artefact.place in {Place.BEARER, Place.BODY} and artefact.kind is not Kind.ID:
                answer = self.revoke_token(
                    [artefact], device, channel=channel, node=node, hint=artefact.kind
                )
                if not isinstance(answer, Acknowledged):
                    return answer
        return answer

    def revoke_token(
        self,
        held: Sequence[Artefact],
        device: Device,
        *,
        channel: str,
        node: int,
        hint: Kind | None,
    ) -> Answer:
        """End one token (RFC 7009), with a hint of what it is, which may be wrong."""
        fields = {"token": held[-1].value.reveal()}
        if hint in _HINTS:
            fields["token_type_hint"] = _HINTS[hint]
        issued = Issued(self._channels[channel])
        return self._asked("revocation", fields, channel, device, issued)

    def logout_token(
        self, claims: Mapping[str, Any], *, channel: str, kind: str, by: str
    ) -> Secret | None:
        """Return a logout token as the provider would sign it; None when its keys are not there.

        `iss` and `aud` are the right ones where the claims do not say otherwise; a claim that is
        None is left out. `by` names who signs: see `minting`.
        """
        party = self.settings.parties[channel]
        if party.key is None:
            return None
        said = {"iss": self.settings.issuer, "aud": party.client_id, **claims}
        stated = {name: value for name, value in said.items() if value is not None}
        try:
            keys = self.provider.keys()
        except Unreached:
            return None
        return signed(party.key, stated, keys, kind=kind, by=by, where=self.provider.where)

    def mint_token(self, claims: str, header: str, *, node: int) -> Answer:
        """Sign a payload and header fields, both JSON text, with the key of the test provider."""
        key = next((p.key for p in self.settings.parties.values() if p.key is not None), None)
        if key is None or self._declares_mint:
            return super().mint_token(claims, header, node=node)
        try:
            keys = self.provider.keys()
        except Unreached as reason:
            return reason.answer
        token = signed_text(key, claims, header, keys, where=self.provider.where)
        return Acknowledged((Artefact(Kind.ACCESS, Place.BEARER, "Authorization", token),))

    def backchannel(self, token: Secret, device: Device, *, channel: str, node: int) -> Answer:
        """Send a logout token to a relying party as the provider would."""
        path = self.settings.parties[channel].backchannel
        if path is None:
            return Unclear(f"channel {channel} declares no `backchannel`")
        url = absolute(self.nodes[node], path)
        sent = Outgoing("POST", url, form={"logout_token": token.reveal()})
        return answer_of(sent.send(self.transport, device), PLAIN, ())

    def listening(self, channel: str) -> AbstractContextManager[Receiver | None]:
        """Take the provider's logout tokens for a client while the block lasts.

        None where the profile names no address; it is the one registered at the provider.
        """
        client = self.settings.clients[channel]
        if client.backchannel is None:
            return nullcontext()
        issuer, keys = self.settings.issuer, self.provider.keys
        return receiving(client.backchannel, issuer, client.id, keys)

    # -- how ------------------------------------------------------------------------------------

    def _federated(self, channel: str) -> bool:
        return channel in self.settings.clients or channel in self.settings.parties

    def _browser(self, device: Device, issued: Issued) -> Browser:
        def learn(exchange: Exchange) -> None:
            keep(exchange)
            issued.learn(exchange)

        hints, where = self.settings.hints, self.provider.where
        return Browser(self.transport, device, hints, learn, where)

    def _authorized(
        self,
        user: User,
        device: Device,
        channel: str,
        node: int,
        issued: Issued,
        *,
        prompt: str | None,
        challenged: bool = True,
    ) -> Answer:
        silent = prompt is None
        browser = self._browser(device, issued)
        try:
            place = self.provider.endpoint("authorization_endpoint")
        except Unreached as reason:
            return reason.answer
        given: tuple[Artefact, ...] = ()
        if channel in self.settings.clients:
            client = self.settings.clients[channel]
            url, given = asked_for(client, place, prompt or "none", challenged=challenged)
            stop = client.redirect_uri
        else:
            party = self.settings.parties[channel]
            login = self._channels[channel].operations["login"].request.path
            if silent and party.renew is None:
                return Unclear(f"channel {channel} declares no `renew`")
            url = absolute(self.nodes[node], party.renew if silent and party.renew else login)
            stop = absolute(self.nodes[node], party.callback)
            browser.prompt = (place, prompt) if prompt == _PROVES else None
        end = browser.go(url, lambda there: same_place(there, stop), None if silent else user)
        if not isinstance(end, Landing):
            return end
        return end.refusal or Acknowledged(
            (*artefacts_of(end, client=channel in self.settings.clients), *given)
        )

    def _handed_in(
        self,
        held: Sequence[Artefact],
        device: Device,
        channel: str,
        node: int,
        issued: Issued,
    ) -> Answer:
        client = self.settings.clients.get(channel)
        if client is not None:
            code = held_as(held, Kind.CODE)
            fields = code_fields(client, code.reveal() if code else "")
            fields |= {
                a.name: a.value.reveal() for a in held if a.kind in {Kind.PROOF, Kind.RETURN}
            }
            answer = self._asked("token_endpoint", fields, channel, device, issued)
        else:
            base = self.nodes[node]
            url = absolute(base, self.settings.parties[channel].callback)
            posted = any(artefact.place is Place.BODY for artefact in held)
            sent = Outgoing("POST" if posted else "GET", url)
            for artefact in held:
                sent.carry(artefact)
            reply = sent.send(self.transport, device, learn=issued.learn)
            login = self._channels[channel].operations["login"]
            answer = answer_of(reply, login, issued.artefacts(None))
        if not isinstance(answer, Acknowledged):
            return answer
        url, trusted = absolute(self.nodes[node], "/"), self.transport.trust_loopback
        return Acknowledged(issued.with_jar(device, url, trust_loopback=trusted))

    def _asked(
        self, endpoint: str, fields: Mapping[str, str], channel: str, device: Device, issued: Issued
    ) -> Answer:
        client = self.settings.clients[channel]
        try:
            reply = self.provider.ask(endpoint, fields, client, device, issued.learn)
        except Unreached as reason:
            return reason.answer
        return answer_of(reply, PLAIN, issued.artefacts(True))

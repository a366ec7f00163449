"""The channels of a profile that speaks OpenID Connect: its clients, then what it declares."""

from collections.abc import Mapping
from typing import Any

from adapters.capabilities import OPERATIONS
from adapters.contract import Kind, Place
from adapters.declared.reader import ADMINISTRATIVE, Reader
from adapters.declared.spec import ArtefactSpec, Channel, Expect, Operation, Probe, Request
from adapters.extract import Source
from adapters.oidc.settings import ClientSettings, PartySettings, Proof, ProviderSettings
from adapters.profilefile import Profile

_BY_THE_FAMILY = Operation(Request("POST", "/"))
_CLIENT = ("login", "logout", "authorize", "authorize_fresh", "redeem")
_INACTIVE = (Expect(status=frozenset({401})),)


class FederatedReader(Reader):
    """Reads what is declared beside the clients: administration, and further channels."""

    def __init__(self, profile: Profile, settings: ProviderSettings) -> None:
        super().__init__(profile)
        self._settings = settings

    def channels(self) -> dict[str, Channel]:
        """Return a channel for every client, then every declared one."""
        written: Mapping[str, Any] = self._profile.adapter
        base = {key: written[key] for key in (*ADMINISTRATIVE, "probe") if key in written}
        at = {key: ("adapter", key) for key in base}
        found = {
            name: self._client(client, base) for name, client in self._settings.clients.items()
        }
        for name, over in written.get("channels", {}).items():
            here = ("adapter", "channels", name)
            places = {**at, **{key: (*here, key) for key in over}}
            said = self._channel(name, {**base, **over}, places, here)
            party = self._settings.parties.get(name)
            found[name] = _party(said, party) if party is not None else said
        return found

    def _client(self, client: ClientSettings, base: Mapping[str, Any]) -> Channel:
        offered = {*_CLIENT}
        without = self._settings.without
        if "offline_access" in client.scopes:
            offered.add("refresh")
        if "revocation" not in without:
            offered.add("revoke_token")
        if "introspection" not in without and client.auth is not Proof.NONE:
            offered.add("introspect")
        if "end_session" not in without:
            offered.add("rp_logout")
        administration = {
            key: self._operation(key, base[key], ("adapter", key), {})
            for key in ADMINISTRATIVE
            if key in base
        }
        probes = self._probes(base["probe"], ("adapter", "probe")) if "probe" in base else None
        known = {name: _BY_THE_FAMILY for name in OPERATIONS if name in offered}
        return Channel(
            name=client.channel,
            operations={**known, **administration},
            probes=probes
            or {"probe": Probe(Request("GET", "/"), Source("json", "$.sub"), _INACTIVE)},
            artefacts=(
                _token(Kind.ACCESS, "access_token", Place.BEARER, "Authorization"),
                _token(Kind.REFRESH, "refresh_token", Place.BODY, "refresh_token"),
                _token(Kind.ID, "id_token", Place.BODY, "id_token"),
            ),
        )


def _token(kind: Kind, field: str, place: Place, name: str) -> ArtefactSpec:
    return ArtefactSpec(kind, Source("json", f"$.{field}"), place, name)


def _party(said: Channel, party: PartySettings) -> Channel:
    offered = ["authorize", "hand_in", "come_back"]
    offered += ["backchannel", "mint_token"] if party.backchannel is not None else []
    return Channel(
        name=said.name,
        operations={**said.operations, **dict.fromkeys(offered, _BY_THE_FAMILY)},
        probes=said.probes,
        artefacts=said.artefacts,
        csrf=said.csrf,
        csrf_sources=said.csrf_sources,
    )

"""Logging out at the provider from the browser of a user (RP-Initiated Logout 1.0)."""

from collections.abc import Sequence
from urllib.parse import urlencode

from adapters.contract import Acknowledged, Answer, Artefact, Device, Kind, Refused
from adapters.declared.issued import Issued
from adapters.oidc.answers import held_as, plain_artefact
from adapters.oidc.browser import Landing
from adapters.oidc.provider import Unreached
from adapters.oidc.returning import Returns


class Leaving:
    """Mixed into the adapter of a provider."""

    def rp_logout(
        self: Returns,
        held: Sequence[Artefact],
        device: Device,
        *,
        channel: str,
        node: int,
        confirm: bool,
    ) -> Answer:
        """Ask the provider to log out; a question to the user is answered only if told so."""
        client = self.settings.clients[channel]
        said = {"client_id": client.id}
        hint, back = held_as(held, Kind.ID), held_as(held, Kind.RETURN)
        if hint is not None:
            said["id_token_hint"] = hint.reveal()
        wanted = back.reveal() if back is not None else client.post_logout_redirect_uri
        if wanted is not None:
            said["post_logout_redirect_uri"] = wanted
        try:
            url = f"{self.provider.endpoint('end_session')}?{urlencode(said)}"
        except Unreached as reason:
            return reason.answer
        known = {place for place in (wanted, client.post_logout_redirect_uri) if place}

        def stops(there: str) -> bool:
            return any(there == place or there.startswith(f"{place}?") for place in known)

        browser = self._browser(device, Issued(self._channels[channel]))
        end = browser.go(url, stops, None, agree=confirm, ends=True)
        return _left(end, wanted) if isinstance(end, Landing) else end

    def leaving(self: Returns, channel: str) -> Artefact | None:
        """Return where a client is sent after a logout; no secret."""
        there = self.settings.clients[channel].post_logout_redirect_uri
        return plain_artefact(Kind.RETURN, "post_logout_redirect_uri", there) if there else None


def _left(end: Landing, wanted: str | None) -> Answer:
    if wanted is not None and end.url.startswith(wanted):
        return Acknowledged()
    return Refused("sent to the registered address, not to the one that was asked for")

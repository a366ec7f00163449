"""What a browser gets that comes back without credentials: asked for again, or let in silently."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode

from adapters.contract import Acknowledged, Answer, Device
from adapters.declared.issued import Issued
from adapters.declared.spec import Channel
from adapters.oidc.answers import asked_for, same_place
from adapters.oidc.browser import Browser, Landing
from adapters.oidc.provider import Provider, Unreached
from adapters.oidc.settings import ProviderSettings
from adapters.transport import absolute

MAX_AGE, PROMPT = "max_age=0", "prompt=login"


class Returns(Protocol):
    """What these operations rest on."""

    settings: ProviderSettings
    provider: Provider
    nodes: tuple[str, ...]
    _channels: Mapping[str, Channel]

    def _browser(self, device: Device, issued: Issued) -> Browser: ...


class Returning:
    """Mixed into the adapter of a provider."""

    def authorize_fresh(
        self: Returns, device: Device, *, channel: str, node: int, how: str
    ) -> Answer:
        """Ask for an answer that needs a new login, by `max_age=0` or `prompt=login`.

        Nobody types a password: acknowledged means that the provider answered all the same.
        """
        client = self.settings.clients[channel]
        try:
            place = self.provider.endpoint("authorization_endpoint")
        except Unreached as reason:
            return reason.answer
        url, _ = asked_for(client, place, "login" if how == PROMPT else "consent")
        if how == MAX_AGE:
            url += "&" + urlencode({"max_age": 0})
        browser = self._browser(device, Issued(self._channels[channel]))
        end = browser.go(url, lambda there: same_place(there, client.redirect_uri), None)
        return (end.refusal or Acknowledged()) if isinstance(end, Landing) else end

    def come_back(self: Returns, device: Device, *, channel: str, node: int) -> Answer:
        """Open the first page that names its reader, and go wherever that leads."""
        said = self._channels[channel]
        page = absolute(self.nodes[node], next(iter(said.probes.values())).request.path)
        browser = self._browser(device, Issued(said))
        end = browser.go(page, lambda _: False, None, agree=False, ends=True)
        return Acknowledged() if isinstance(end, Landing) else end

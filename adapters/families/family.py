"""What every adapter class needs: the transport, the nodes, and requests that carry artefacts."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from adapters.contract import Artefact, Device, Kind
from adapters.declared.issued import Issued
from adapters.declared.spec import ArtefactSpec, Channel
from adapters.families.page import Page
from adapters.outgoing import Outgoing, plain
from adapters.profilefile import Profile
from adapters.secrets import Secret
from adapters.transport import Transport, absolute

Fields = Mapping[str, str | Secret | int | float | bool | None]


class Family:
    """The part that cookie and token targets share; a subclass adds the operations."""

    channels: tuple[str, ...] = ("web",)
    probes: tuple[str, ...] = ("me",)
    traits: frozenset[str] = frozenset()
    issues: ClassVar[tuple[ArtefactSpec, ...]] = ()

    def __init__(self, transport: Transport, profile: Profile) -> None:
        self.transport = transport
        self.profile = profile
        self.nodes = profile.target.nodes
        artefacts = self._artefacts()
        self._issuing = Channel(self.channels[0], {}, {}, artefacts)
        self.session_names = self._issuing.cookie_names(Kind.SESSION)
        for spec in artefacts:
            if spec.source.how == "cookie":
                transport.secret_kinds[spec.source.what] = spec.kind

    def _artefacts(self) -> tuple[ArtefactSpec, ...]:
        return self.issues

    def get(self, path: str, device: Device, held: Sequence[Artefact] = (), **more: Any) -> Page:
        """GET a path; `node`, `query`, `headers` and `follow` by name."""
        return self.request("GET", path, device, held, **more)

    def post(self, path: str, device: Device, held: Sequence[Artefact] = (), **more: Any) -> Page:
        """POST to a path; `form` or `json`, `node`, `query`, `headers` and `follow` by name."""
        return self.request("POST", path, device, held, **more)

    def delete(self, path: str, device: Device, held: Sequence[Artefact] = (), **more: Any) -> Page:
        """DELETE a path; the same words as `post`."""
        return self.request("DELETE", path, device, held, **more)

    def request(  # noqa: PLR0913  each is a part of a request, passed by name
        self,
        method: str,
        path: str,
        device: Device,
        held: Sequence[Artefact] = (),
        *,
        node: int = 0,
        form: Fields | None = None,
        json: Any = None,  # noqa: ANN401  any JSON
        query: Fields | None = None,
        headers: Fields | None = None,
        follow: bool = False,
    ) -> Page:
        """Send one request from a device with what it holds; Secrets may stand in any field."""
        outgoing = Outgoing(
            method=method,
            url=absolute(self.nodes[node], path),
            query=list(plain(query or {}).items()),
            headers=plain(headers or {}),
            form=plain(form) if form is not None else None,
            payload=json,
        )
        for artefact in held:
            outgoing.carry(artefact)
        issued = Issued(self._issuing)
        reply = outgoing.send(self.transport, device, follow=follow, learn=issued.learn)
        trusted = self.transport.trust_loopback
        return Page(reply, device, issued, self.nodes[node], trusted)

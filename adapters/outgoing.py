"""A request in the making: its own parts first, then the artefacts a client presents with it.

It knows the places an artefact can travel in, and no operation.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from adapters.contract import Artefact, Device, Place
from adapters.exchange import Reply
from adapters.secrets import Secret
from adapters.sockets import Wire, dial
from adapters.transport import Tap, Transport

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data"
_BOUNDARY = "; boundary="


@dataclass(slots=True)
class Outgoing:
    """One request before it is sent; `form` or `payload` is its body, never both."""

    method: str
    url: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[tuple[str, Secret]] = field(default_factory=list)
    form: dict[str, str] | None = None
    payload: Any = None

    def carry(self, artefact: Artefact, template: str = "{token}") -> None:
        """Present an artefact in its place; two cookies of one name are both sent, in order."""
        value = artefact.value.reveal()
        match artefact.place:
            case Place.COOKIE:
                self.cookies.append((artefact.name, artefact.value))
            case Place.BEARER:
                self.headers["Authorization"] = f"Bearer {value}"
            case Place.HEADER:
                self.headers[artefact.name] = template.replace("{token}", value)
            case Place.QUERY:
                self.query.append((artefact.name, value))
            case Place.PATH:
                parts = urlsplit(self.url)
                quoted = quote(value, safe="", errors="surrogatepass")
                path = f"{parts.path};{artefact.name}={quoted}"
                self.url = urlunsplit(parts._replace(path=path))
            case Place.BODY:
                self.put(artefact.name, value)

    def put(self, name: str, value: str) -> None:
        """Set a field of the body, in the format the request already has."""
        if isinstance(self.payload, dict):
            self.payload = {**self.payload, name: value}
        else:
            self.form = {**(self.form or {}), name: value}

    def _add(self, name: str, value: object) -> None:
        """Add a field to the body there is; a request without one stays without."""
        if isinstance(self.payload, dict):
            self.payload = {**self.payload, name: value}
        elif self.form is not None:
            self.form = {**self.form, name: str(value)}

    @property
    def address(self) -> str:
        """The whole address, query included."""
        if not self.query:
            return self.url
        return self.url + ("&" if urlsplit(self.url).query else "?") + urlencode(self.query)

    def dial(
        self, transport: Transport, device: Device, origin: str, *, learn: Tap | None = None
    ) -> Wire:
        """Open a connection with this request, as a page of an origin would."""
        return dial(
            transport,
            device,
            self.address,
            headers=self.headers,
            cookies=self.cookies,
            origin=origin,
            learn=learn,
        )

    def send(
        self,
        transport: Transport,
        device: Device,
        *,
        follow: bool = False,
        learn: Tap | None = None,
    ) -> Reply:
        """Send the request from a device."""
        headers = dict(self.headers)
        body: bytes | None = None
        for name, value in device.fields.items():
            self._add(name, value)
        if self.payload is not None:
            body = json.dumps(self.payload, default=_revealed).encode()
            headers.setdefault("Content-Type", JSON)
        elif self.form is not None:
            _, _, boundary = headers.setdefault("Content-Type", FORM).partition(_BOUNDARY)
            body = (_parts(self.form, boundary) if boundary else urlencode(self.form)).encode()
        return transport.send(
            device,
            self.method,
            _with_tail(self.address, device.tail),
            headers=headers,
            cookies=self.cookies,
            body=body,
            follow=follow,
            learn=learn,
        )


def in_parts() -> str:
    """Return the content type of a form that is sent in parts, as browsers separate them."""
    return f"{MULTIPART}{_BOUNDARY}----{secrets.token_hex(12)}"


def _parts(form: Mapping[str, str], boundary: str) -> str:
    """Return the fields of a form in parts (RFC 7578)."""
    head = "Content-Disposition: form-data; name"
    fields = ((name.replace('"', "%22"), value) for name, value in form.items())
    told = "".join(f'--{boundary}\r\n{head}="{n}"\r\n\r\n{value}\r\n' for n, value in fields)
    return f"{told}--{boundary}--\r\n"


def _with_tail(address: str, tail: str) -> str:
    """Return an address with something behind its path; what begins with `?` joins the query."""
    parts = urlsplit(address)
    if tail.startswith("?"):
        return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, tail[1:])))))
    return urlunsplit(parts._replace(path=parts.path + tail)) if tail else address


def plain(fields: Mapping[str, str | Secret | int | float | bool | None]) -> dict[str, str]:
    """Return fields as the text that is sent; those without a value are left out."""
    return {
        name: value.reveal() if isinstance(value, Secret) else str(value)
        for name, value in fields.items()
        if value is not None
    }


def _revealed(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"a {type(value).__name__} cannot be part of a JSON body")

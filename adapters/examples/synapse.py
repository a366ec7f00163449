"""Matrix Synapse: the client-server API of Matrix and the administrative API of the product."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Handle,
    Kind,
    Listing,
    Refused,
    Seen,
    Unclear,
    User,
    fresh_device,
)
from adapters.families import BearerApi, Page
from adapters.secrets import Secret

CLIENT = "/_matrix/client/v3"
ADMIN = "/_synapse/admin/v2/users"


def bearing(held: Sequence[Artefact]) -> list[Artefact]:
    """Return what travels with every call: all but the refresh token."""
    return [artefact for artefact in held if artefact.kind is not Kind.REFRESH]


def local(name: str) -> str:
    """Return a login name as Matrix allows it: no e-mail address."""
    return name.partition("@")[0]


def with_password(name: str, password: Secret) -> dict[str, Any]:
    """Return the proof of a password that a login and a password change ask for."""
    who = {"type": "m.id.user", "user": name}
    return {"type": "m.login.password", "identifier": who, "password": password}


class Synapse(BearerApi):
    """A home server; option `logout_devices` says what a client asks for at a password change."""

    role_probes: ClassVar[Mapping[str, str]] = {"server": "admin"}

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Log in with a refresh token, as a new device of Matrix."""
        return self._entered(user.name, user.password, device, node).answer(logs_in=True)

    def login_fail(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Log in with a password that is none."""
        wrong = Secret("not the password", made_up=True)
        return self._entered(user.name, wrong, device, node).answer()

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        """Ask who one is."""
        page = self.get(f"{CLIENT}/account/whoami", device, bearing(held), node=node)
        return page.seen(which, identity=page.json("$.user_id"), nobody=page.status == 401)  # noqa: PLR2004

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End the presented session."""
        page = self.post(f"{CLIENT}/logout", device, bearing(held), json={}, node=node)
        return page.answer(logs_out=True)

    def revoke_all(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """End all own sessions."""
        page = self.post(f"{CLIENT}/logout/all", device, bearing(held), json={}, node=node)
        return page.answer(logs_out=True)

    def refresh(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        """Renew both tokens."""
        tokens = [artefact for artefact in held if artefact.kind is Kind.REFRESH]
        return self.post(f"{CLIENT}/refresh", device, tokens, json={}, node=node).answer()

    def change_password(
        self,
        held: Sequence[Artefact],
        device: Device,
        old: Secret,
        new: Secret,
        *,
        channel: str,
        node: int,
    ) -> Answer:
        """Change the own password; the other devices are logged out if the client asks for it."""
        who = self.get(f"{CLIENT}/account/whoami", device, bearing(held), node=node)
        wanted = {
            "new_password": new,
            "logout_devices": self._options["logout_devices"],
            "auth": with_password(who.json("$.user_id") or "", old),
        }
        page = self.post(
            f"{CLIENT}/account/password", device, bearing(held), json=wanted, node=node
        )
        return page.answer()

    def list_sessions(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Listing | Refused | Unclear:
        """List the own devices; Matrix calls a session so."""
        who = self.get(f"{CLIENT}/account/whoami", device, bearing(held), node=node)
        page = self.get(f"{CLIENT}/devices", device, bearing(held), node=node)
        answer = page.answer()
        if not isinstance(answer, Acknowledged):
            return answer
        own = who.json("$.device_id")
        names = page.all_json("$.devices[*].device_id")
        return Listing(tuple(Handle(name, current=name == own) for name in names))

    def create_user(
        self, name: str, password: Secret, personal: Mapping[str, str], *, node: int
    ) -> Answer:
        """Create a throw-away account."""
        wanted = {"password": password, "displayname": personal["name"], "deactivated": False}
        page = self._administer(f"@{local(name)}:localhost", wanted, node)
        answer = page.answer()
        if not isinstance(answer, Acknowledged):
            return answer
        identity = page.json("$.name")
        return Acknowledged(user=User(local(name), password, identity, personal, identity))

    def drop_user(self, user: User, *, node: int) -> Answer:
        """Deactivate an account, which is what the product has for deleting."""
        return self._administer(user.reference, {"deactivated": True}, node).answer()

    def disable_account(self, user: User, *, node: int) -> Answer:
        """Lock an account, which is what the product has beside deactivating."""
        return self._administer(user.reference, {"locked": True}, node).answer()

    def enable_account(self, user: User, *, node: int) -> Answer:
        """Unlock an account."""
        return self._administer(user.reference, {"locked": False}, node).answer()

    def change_role(self, user: User, role: str, *, node: int) -> Answer:
        """Make an account an administrator of the server, or an ordinary one again."""
        return self._administer(user.reference, {"admin": role == "admin"}, node).answer()

    def role_probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Answer:
        """Read what only administrators may read."""
        path = "/_synapse/admin/v1/rooms"
        return self.get(path, device, bearing(held), node=node).answer()

    @property
    def _options(self) -> Mapping[str, Any]:
        options: Mapping[str, Any] = self.profile.adapter["options"]
        return options

    def _entered(self, name: str, password: Secret, device: Device, node: int) -> Page:
        wanted = {**with_password(name, password), "refresh_token": True}
        return self.post(f"{CLIENT}/login", device, json=wanted, node=node)

    def _administer(self, reference: str | None, wanted: Mapping[str, Any], node: int) -> Page:
        """Change an account from a session of the administrator that ends with the call."""
        device, said = fresh_device("administrator"), self._options["administrator"]
        entered = self._entered(said["name"], Secret(said["password"], "password"), device, node)
        held = bearing(entered.artefacts())
        path = f"{ADMIN}/{quote(reference or '', safe='')}"
        page = self.request("PUT", path, device, held, json=wanted, node=node)
        self.post(f"{CLIENT}/logout", device, held, json={}, node=node)
        return page

"""The artefacts an answer issues: every cookie in it, and what the declaration says to capture."""

from collections.abc import Iterable

from adapters.contract import Artefact, Device, Kind, Place
from adapters.cookies import CookieSet
from adapters.declared.spec import ArtefactSpec, Channel
from adapters.exchange import Exchange, Reply
from adapters.secrets import Secret

# What is set while these run belongs to nobody, or to nobody any more.
ANONYMOUS_AFTER = frozenset(
    {
        *("pre_auth", "logout", "start_reset", "finish_reset", "request_link"),
        *("login_first_factor", "register"),
    }
)
OPENS_A_SESSION = frozenset({"login", "login_remembered", "boot", "login_with_link", "exchange"})


class Issued:
    """Collects what one call issues; give its `learn` to the transport.

    A rejected cookie is issued all the same: the target handed the value out.
    """

    def __init__(self, channel: Channel, extra: Iterable[ArtefactSpec] = ()) -> None:
        self._channel = channel
        self._specs = [
            spec
            for spec in (*channel.artefacts, *channel.csrf_sources.values(), *extra)
            if spec.source.how != "cookie"
        ]
        self._captured: dict[ArtefactSpec, Secret] = {}
        self._cookies: list[CookieSet] = []
        self._fresh_from = 0

    def learn(self, exchange: Exchange) -> None:
        """Register the secrets of one answer, before anybody else sees it."""
        self._cookies.extend(exchange.cookies_set)
        if not exchange.body and not exchange.headers:
            return
        reply = Reply((exchange,))
        for spec in self._specs:
            value = spec.source.find(reply)
            if value:
                self._captured[spec] = Secret(value, spec.kind)

    def main_part(self) -> None:
        """Say that what comes now is the call itself and no preparation."""
        self._fresh_from = len(self._cookies)

    def found(self, spec: ArtefactSpec, value: str) -> None:
        """Take over a value that stood elsewhere than in an answer."""
        self._captured[spec] = Secret(value, spec.kind)

    def token(self, spec: ArtefactSpec) -> Secret | None:
        """Return what was captured for this declaration so far."""
        return self._captured.get(spec)

    def changed(self, name: str) -> bool:
        """Return whether a cookie of this name was set or deleted during the call."""
        return any(cookie.name == name for cookie in self._cookies)

    def artefacts(self, authenticated: bool | None) -> tuple[Artefact, ...]:
        """Return what was issued; None means that it is not known who was recognised."""
        found = [
            self._from_cookie(cookie, False)
            for cookie in self._left(self._cookies[: self._fresh_from])
        ]
        final = [
            self._from_cookie(cookie, authenticated)
            for cookie in self._left(self._cookies[self._fresh_from :])
        ]
        renewed = {(artefact.name, artefact.value) for artefact in final}
        replaced = {cookie.name for cookie in self._cookies[self._fresh_from :]}
        kept = [
            artefact
            for artefact in found
            if (artefact.name, artefact.value) not in renewed
            and (artefact.kind is Kind.PRE_AUTH or artefact.name not in replaced)
        ]
        captured = [
            Artefact(spec.kind, spec.place, spec.name, value)
            for spec, value in self._captured.items()
        ]
        return tuple([*kept, *final, *captured])

    def with_jar(self, device: Device, url: str, *, trust_loopback: bool) -> tuple[Artefact, ...]:
        """Return what was issued at a login, with every cookie the device now presents.

        A target that keeps the identifier it gave before issues nothing new, and yet that
        identifier is now the one that is logged in.
        """
        issued = list(self.artefacts(True))
        sessions = self._channel.cookie_names(Kind.SESSION)
        for name, value in device.jar.pairs_for(url, trust_loopback=trust_loopback):
            if any(
                a.name == name and a.value == value and a.kind is not Kind.PRE_AUTH for a in issued
            ):
                continue
            issued = [a for a in issued if not (a.name == name and a.value == value)]
            kind = Kind.SESSION if name in sessions else self._kind(name)
            issued.append(Artefact(kind, Place.COOKIE, name, value))
        return tuple(issued)

    @staticmethod
    def _left(cookies: Iterable[CookieSet]) -> list[CookieSet]:
        """Return what is not deleted again; the last of one name, domain and path counts."""
        left: dict[tuple[str, str | None, str | None], CookieSet] = {}
        for cookie in cookies:
            key = (cookie.name, cookie.domain, cookie.path)
            left.pop(key, None)
            if not cookie.deletes and len(cookie.value):
                left[key] = cookie
        values = {(cookie.name, cookie.value): cookie for cookie in left.values()}
        return list(values.values())

    def _from_cookie(self, cookie: CookieSet, authenticated: bool | None) -> Artefact:
        kind = self._kind(cookie.name)
        if cookie.name in self._channel.cookie_names(Kind.SESSION):
            known = Kind.SESSION if authenticated else Kind.PRE_AUTH
            kind = Kind.UNKNOWN if authenticated is None else known
        return Artefact(kind, Place.COOKIE, cookie.name, cookie.value)

    def _kind(self, name: str) -> Kind:
        for kind in (Kind.ACCESS, Kind.REFRESH, Kind.CSRF, Kind.REMEMBER):
            if name in self._channel.cookie_names(kind):
                return kind
        return Kind.UNKNOWN

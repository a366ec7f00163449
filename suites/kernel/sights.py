"""What passes by on the wire, in the words of sessions: cookies that were set, values exposed."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.contract import Kind
from adapters.cookies import CookieSet
from adapters.exchange import Exchange
from suites.kernel.bench import Calibration
from suites.kernel.model import AUTHENTICATING, Credential, Model

SECRET_KINDS = AUTHENTICATING | {Kind.REFRESH, Kind.PRE_AUTH, Kind.REMEMBER}


@dataclass(frozen=True, slots=True)
class CookieSight:
    """One cookie that carries a session artefact, as it was set, and during which act."""

    cookie: CookieSet
    act: str
    kind: str
    at: float

    @property
    def lifetime(self) -> float | None:
        """Seconds the client keeps the cookie, None when only as long as it runs (RFC 6265bis)."""
        if self.cookie.max_age is not None:
            return float(self.cookie.max_age)
        return None if self.cookie.expires is None else self.cookie.expires - self.at


@dataclass(frozen=True, slots=True)
class AnyCookie:
    """One cookie as it was set, whatever it is for."""

    cookie: CookieSet
    act: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """A secret that was shown where it does not belong: in an address, a body, or as an echo."""

    credential: Credential
    where: str
    act: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that caches must not keep: what it bears, and what it lets them do."""

    what: str
    act: str
    directives: frozenset[str]


@dataclass(frozen=True, slots=True)
class Advertised:
    """A token that came with a word on how many seconds it is good."""

    credential: Credential
    seconds: float
    act: str


def advertised(exchanges: list[tuple[str, Exchange]], model: Model) -> Iterator[Advertised]:
    """Yield every token that authenticates and came with its lifetime."""
    for act, exchange in exchanges:
        if (seconds := exchange.advertised) is None:
            continue
        for credential in model.credentials():
            if credential.kind in AUTHENTICATING and credential.value in exchange.text:
                yield Advertised(credential, seconds, act)


def cookies(
    exchanges: list[tuple[str, Exchange]], model: Model, calibration: Calibration
) -> Iterator[CookieSight | AnyCookie]:
    """Yield every cookie, and again each whose name or value belongs to a session artefact."""
    names = artefact_cookies(model, calibration)
    for act, exchange in exchanges:
        for cookie in exchange.cookies_set:
            yield AnyCookie(cookie, act)
            known = model.by_value(cookie.value.reveal())
            if cookie.name in names:
                yield CookieSight(cookie, act, names[cookie.name], exchange.sent_at)
            elif known is not None and known.kind in SECRET_KINDS and not cookie.deletes:
                yield CookieSight(cookie, act, known.kind.value, exchange.sent_at)


def artefact_cookies(model: Model, calibration: Calibration) -> dict[str, str]:
    """Return the names of the cookies that carry a session artefact, with what each carries."""
    found = {
        name: Kind.SESSION.value
        for known in calibration.authenticating.values()
        for wanted in known.sets
        for place, name in wanted
        if place.value == "cookie"
    }
    for credential in model.credentials():
        if credential.kind in {Kind.REFRESH, Kind.REMEMBER} and credential.place == "cookie":
            found[credential.held[-1].name] = credential.kind.value
    return found

"""What answers give away: known values in places where they do not belong, and what may be kept.

Every answer of a history is searched once for every known value: as it is, quoted, and in base64.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

from adapters.caching import directives
from adapters.contract import Kind
from adapters.exchange import Exchange
from suites.kernel.bench import Calibration
from suites.kernel.model import AUTHENTICATING, Credential, Model, State
from suites.kernel.sights import SECRET_KINDS, Exposure, Kept, artefact_cookies

SHORTEST = 8
OF_A_SESSION = AUTHENTICATING | {Kind.REFRESH, Kind.REMEMBER}
"""Kinds of what stands for, or opens, a session of somebody who has logged in."""
HANDING_OUT = frozenset(
    {
        *("login", "login_remembered", "login_with_link", "login_second_factor", "boot"),
        *("refresh", "refresh_scoped", "redeem", "hand_in", "authorize", "come_back"),
        *("change_password", "change_email", "step_up", "impersonate", "end_impersonation"),
        *("mint_token", "introspect", "exchange"),
    }
)
"""Acts in whose answers a token is in its place, also one that was handed out before."""
PROVOKED = "provocation"
IDENTITY = "the name of its reader"
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_URL_SAFE = str.maketrans("-_", "+/")

Exchanges = Iterable[tuple[str, Exchange]]


class Watch:
    """Looks at the answers of one history as they come, and remembers what each value came with."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}

    def sights(
        self,
        exchanges: Exchanges,
        model: Model,
        calibration: Calibration,
        named: frozenset[int] = frozenset(),
    ) -> Iterator[Exposure | Kept]:
        """Yield what was given away, and what caches may keep of what only its reader may see.

        Args:
            named: the numbers of the exchanges that named their reader.
        """
        watched = _watched(model)
        names = artefact_cookies(model, calibration)
        for act, exchange in exchanges:
            if exchange.status is None:
                continue
            bears = {
                names[cookie.name]
                for cookie in exchange.cookies_set
                if cookie.name in names and _of_a_session(model, cookie.value.reveal())
            }
            if exchange.number in named and exchange.method == "GET":
                bears.add(IDENTITY)
            for sight in self._shown(act, exchange, watched):
                if isinstance(sight, Exposure):
                    yield sight
                else:
                    bears.add(sight.kind.value)
            if bears:
                yield from (Kept(what, act, directives(exchange)) for what in sorted(bears))

    def _shown(
        self, act: str, exchange: Exchange, watched: list[tuple[str, Credential]]
    ) -> Iterator[Exposure | Credential]:
        """Yield what an answer gives away, and each token that it hands out in its place."""
        shown = _text(exchange)
        plain = dict.fromkeys(found for form, found in watched if form in shown)
        rest, addresses, asked = shown, "", ""
        if plain:
            addresses, asked = " ".join(exchange.addresses), _asked(exchange)
        for credential in plain:
            forms = _forms(credential.value)
            first = self._first.setdefault(credential.value, exchange.number)
            # An answer that echoes what we put into the address or body tells nobody anything new.
            if any(form in asked for form in forms):
                continue
            if any(form in addresses for form in forms):
                yield Exposure(credential, "address", act)
            elif credential.place != "cookie" and (first == exchange.number or act in HANDING_OUT):
                rest = rest.replace(credential.value, "")
                if credential.kind in OF_A_SESSION:
                    yield credential
            else:
                yield from _exposed(credential, act)
        opened = _decoded(rest)
        for credential in dict.fromkeys(found for form, found in watched if form in opened):
            if credential not in plain and not _sent_encoded(exchange, credential):
                yield from _exposed(credential, act)


def _of_a_session(model: Model, value: str) -> bool:
    known = model.by_value(value)
    return known is not None and known.session is not None


def _exposed(credential: Credential, act: str) -> Iterator[Exposure]:
    if act == PROVOKED:
        # Whoever provoked it searches the answers, and tells what was found once.
        return
    if credential.place == "cookie" and credential.kind is not Kind.PRE_AUTH:
        yield Exposure(credential, "body", act)
    live = credential.state is State.LIVE and credential.session is not None
    if live and credential.kind in OF_A_SESSION:
        yield Exposure(credential, "echo", act)


def echoed(exchange: Exchange, credentials: Iterable[Credential]) -> list[Credential]:
    """Return those of these credentials that an answer holds and was not asked with."""
    shown = _text(exchange)
    shown += "\n" + _decoded(shown)
    asked = _asked(exchange)
    return [
        credential
        for credential in credentials
        for forms in [_forms(credential.value)]
        if any(form in shown for form in forms) and not any(form in asked for form in forms)
    ]


def _watched(model: Model) -> list[tuple[str, Credential]]:
    return [
        (form, credential)
        for credential in model.credentials()
        if credential.kind in SECRET_KINDS and len(value := credential.value) >= SHORTEST
        for form in _forms(value)
    ]


@lru_cache(maxsize=4096)
def _forms(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((value, quote(value, safe="", errors="surrogatepass"))))


def _decoded(text: str) -> str:
    """Return what the runs of base64 in a text stand for."""
    found = []
    for run in _ENCODED.findall(text):
        whole = run.translate(_URL_SAFE)
        whole = whole[: len(whole) - (len(whole) % 4 == 1)]
        found.append(base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("latin-1"))
    return "\n".join(found)


def _sent_encoded(exchange: Exchange, credential: Credential) -> bool:
    return any(form in _decoded(_asked(exchange)) for form in _forms(credential.value))


def _asked(exchange: Exchange) -> str:
    body = (exchange.request_body or b"").decode("utf-8", "replace")
    return f"{exchange.request_address}\n{body}"


def _text(exchange: Exchange) -> str:
    others = (value for name, value in exchange.headers if name.lower() != "set-cookie")
    return exchange.text + "\n" + "\n".join(others)

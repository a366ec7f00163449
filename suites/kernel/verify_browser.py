"""Verifiers for what a real browser shows, keeps and sends."""

import base64
from collections.abc import Collection, Iterator
from functools import lru_cache
from urllib.parse import quote

from adapters.contract import Kind
from adapters.exchange import header
from adapters.scenes import Kept, Shelf
from suites.kernel.browsing import Crossed, Look
from suites.kernel.model import Credential, Model
from suites.kernel.policy import Policy
from suites.kernel.showing import SHORTEST
from suites.kernel.sights import SECRET_KINDS
from suites.kernel.verify import Finding, all_of, check, held, not_judged, unclear, violated

STORES = frozenset({Shelf.LOCAL, Shelf.SESSION, Shelf.INDEXED, Shelf.CACHES})
READABLE = STORES | {Shelf.GLOBALS, Shelf.MARKUP}
"""Where scripts can read, but for cookies: those are the matter of HttpOnly."""
NOT_SHOWN = "no page of adapter.browser.pages showed anything of its user"


def nothing_kept(
    look: Look, model: Model, policy: Policy, shelves: Collection[Shelf] = READABLE
) -> Finding:
    """Judge that no secret of the model is on these shelves while its session lives."""
    expected = "no session artefact where a script can read it"
    if objection := _unseen(look, expected):
        return objection
    found = [
        _tolerated(policy, thing, credential, expected)
        for thing, credential in _secrets(look, model, shelves)
    ]
    return all_of(found) if found else held(expected)


def _tolerated(policy: Policy, thing: Kept, credential: Credential, expected: str) -> Finding:
    """Declared storage of a session token is a deviation; of a refresh token it never is."""
    allowed = {"session_token_in_sessionStorage": Shelf.SESSION, "memory": Shelf.GLOBALS}
    if credential.kind is not Kind.REFRESH and thing.shelf is allowed.get(policy["client.storage"]):
        return policy.weaker("client.storage", expected)
    return violated(expected, f"the {credential.kind.value} artefact in {thing.shelf}")


def nothing_left(look: Look, model: Model, policy: Policy) -> Finding:
    """Judge that what a client stores holds no secret and no data of a session that ended."""
    expected = "no artefact and no data of the ended session in what the client stores"
    if objection := _unseen(look, expected):
        return objection
    found = [
        f"the {credential.kind.value} artefact in {thing.shelf}"
        for thing, credential in _secrets(look, model, STORES)
    ]
    found += [
        f"{what} of the user in {thing.shelf}"
        for thing in look.scene.kept
        if thing.shelf in STORES
        for what, word in look.marks.items()
        if any(form in thing.text for form in forms(word))
    ]
    if found and policy["client.clear_on_logout"] is False:
        return policy.weaker("client.clear_on_logout", expected)
    return check(not found, expected, "; ".join(dict.fromkeys(found)))


def shows_nothing(look: Look) -> Finding:
    """Judge that a window shows no data of a session that ended."""
    expected = "no data of the ended session on the page"
    if objection := _unseen(look, expected):
        return objection
    shown = ", ".join(look.shown)
    return check(not shown, expected, f"after `{look.scene.act}` the page shows {shown}")


def asks_without_secrets(look: Look, model: Model) -> Finding:
    """Judge that no address a browser asks for, and no Referer it sends, holds a secret."""
    expected = "no session artefact in an address or Referer"
    if objection := _unseen(look, expected):
        return objection
    values = [form for c in _watched(model) for form in forms(c.value)]
    for exchange in look.asked:
        if any(form in exchange.request_address for form in values):
            return violated(expected, "one in the address of a request")
        referer = header(exchange.request_headers, "Referer") or ""
        if any(form in referer for form in values):
            return violated(expected, "one in the Referer of a request")
    return held(expected)


def carries_no_session(crossed: Crossed, policy: Policy) -> Finding:
    """Judge that a request of another site went without the cookies of the session."""
    expected = "sent without the cookies that carry the session"
    crossing = crossed.crossing
    if policy["cookie.samesite"] == "none":
        return not_judged(expected, "cookie.samesite none is declared")
    if crossing.why:
        return not_judged(expected, crossing.why)
    if not crossed.names:
        return not_judged(expected, "no cookie carries the session")
    sent = sorted(crossing.carried & crossed.names)
    effect = {True: ", and it changed the marker", False: "", None: ""}[crossed.changed]
    return check(not sent, expected, f"a {crossing.way} carried {', '.join(sent)}{effect}")


def _unseen(look: Look, expected: str) -> Finding | None:
    if look.scene.why:
        return not_judged(expected, look.scene.why)
    if not look.marks:
        return not_judged(expected, NOT_SHOWN)
    return None if look.session is not None else unclear(expected, "no session")


def _watched(model: Model) -> list[Credential]:
    return [
        c
        for c in model.credentials()
        if c.kind in SECRET_KINDS - {Kind.PRE_AUTH} and len(c.value) >= SHORTEST
    ]


def _secrets(
    look: Look, model: Model, shelves: Collection[Shelf]
) -> Iterator[tuple[Kept, Credential]]:
    for thing in look.scene.kept:
        if thing.shelf not in shelves:
            continue
        for credential in _watched(model):
            if any(form in thing.text for form in forms(credential.value)):
                yield thing, credential


@lru_cache(maxsize=4096)
def forms(value: str) -> tuple[str, ...]:
    """Return how a value may be written: plain, in an address, and within base64 at any place."""
    raw = value.encode("utf-8", "surrogatepass")
    inside = []
    for before in range(3):
        coded = base64.b64encode(bytes(before) + raw)
        # The first and last symbols also hold bits of what stands beside the value.
        first = (0, 2, 3)[before]
        last = len(coded) - (4 if (before + len(raw)) % 3 else 0)
        inside.append(coded[first:last].decode())
    safe = [text.replace("+", "-").replace("/", "_") for text in inside]
    found = (value, quote(value, safe="", errors="surrogatepass"), *inside, *safe)
    return tuple(dict.fromkeys(form for form in found if len(form) >= min(SHORTEST, len(value))))

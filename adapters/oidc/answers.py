"""What comes back from a provider, as artefacts and answers; and what is asked of it first."""

import secrets
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from adapters.contract import Acknowledged, Answer, Artefact, Kind, Place, Refused, Unclear
from adapters.declared.outcome import Meaning, outcome_of
from adapters.declared.spec import Operation, Request
from adapters.exchange import Exchange, Reply
from adapters.oidc.browser import Landing
from adapters.oidc.forms import forms_of
from adapters.oidc.provider import fresh_proof
from adapters.oidc.settings import ClientSettings
from adapters.secrets import Secret

PLAIN = Operation(Request("POST", "/"))
_SAID = {"code": Kind.CODE, "id_token": Kind.ID, "state": Kind.STATE}


def asked_for(
    client: ClientSettings, place: str, prompt: str, *, challenged: bool = True
) -> tuple[str, tuple[Artefact, ...]]:
    """Return a request to the authorization endpoint, and what redeems its answer (RFC 7636).

    Args:
        challenged: whether the request carries the challenge that the proof belongs to.
    """
    verifier, challenge = fresh_proof()
    said = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.redirect_uri,
        "scope": " ".join(client.scopes),
        "state": Secret(secrets.token_urlsafe(16), Kind.STATE).reveal(),
        "nonce": secrets.token_urlsafe(16),
        "prompt": prompt,
    }
    if challenged:
        said |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    if client.audience is not None:
        said["resource"] = client.audience
    proof = Artefact(Kind.PROOF, Place.BODY, "code_verifier", Secret(verifier, Kind.PROOF))
    back = plain_artefact(Kind.RETURN, "redirect_uri", client.redirect_uri)
    sign = "&" if urlsplit(place).query else "?"
    return f"{place}{sign}{urlencode(said)}", (proof, back)


def held_as(held: Sequence[Artefact], kind: Kind) -> Secret | None:
    """Return the value of this kind, None when there is none."""
    return next((artefact.value for artefact in held if artefact.kind is kind), None)


def plain_artefact(kind: Kind, name: str, value: str) -> Artefact:
    """Return something that is no secret as an artefact, so that it can be altered like one."""
    return Artefact(kind, Place.BODY, name, Secret(value, kind, made_up=True))


def artefacts_of(end: Landing, *, client: bool) -> tuple[Artefact, ...]:
    """Return what the provider answered; a client hands it in in a body."""
    place = Place.BODY if client or end.method == "POST" else Place.QUERY
    return tuple(
        Artefact(_SAID.get(name, Kind.UNKNOWN), place, name, _secret(name, value))
        for name, value in end.said.items()
    )


def _secret(name: str, value: str) -> Secret:
    return Secret(value, _SAID.get(name, Kind.UNKNOWN), made_up=name not in _SAID)


def keep(exchange: Exchange) -> None:
    """Register what an answer of the provider hands over, before anybody else sees it."""
    pairs: list[tuple[str, str]] = []
    if exchange.location is not None:
        parts = urlsplit(exchange.location)
        pairs += [*parse_qsl(parts.query), *parse_qsl(parts.fragment)]
    if "id_token" in exchange.text:
        pairs += [pair for form in forms_of(exchange.text, exchange.url) for pair in form.fields]
    for name, value in pairs:
        if name in _SAID:
            _secret(name, value)


def same_place(there: str, stop: str) -> bool:
    """Return whether an address is the awaited one, whatever is appended to it."""
    return there.partition("#")[0].partition("?")[0] == stop.partition("?")[0]


def answer_of(reply: Reply, operation: Operation, issued: tuple[Artefact, ...]) -> Answer:
    """Return what a reply to an operation means."""
    outcome = outcome_of(reply, operation)
    match outcome.meaning:
        case Meaning.DONE:
            return Acknowledged(issued)
        case Meaning.DECLINED:
            return Refused(outcome.why)
        case _:
            return Unclear(outcome.why, crashed=outcome.crashed)

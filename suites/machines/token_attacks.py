"""Attacks on signed tokens: the whole matrix of forgeries, minted claims, time, keys, audiences."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import hypothesis.strategies as st

from adapters.contract import Keys, Place, Refused, Unclear
from suites.kernel import Credential, Session, World, action
from suites.kernel.stage import ALIVE
from suites.kernel.tokens import SETTLING, Attempt
from suites.machines.choices import LIVE
from suites.probes.jwt_algorithms import serialisations
from suites.probes.jwt_claims import wrong_claims
from suites.probes.jwt_encoding import Token, Unreadable, read_token
from suites.probes.jwt_forgery import Material
from suites.probes.jwt_keys import dictionary, guess
from suites.probes.jwt_matrix import KNOWN, matrix
from suites.probes.mutations import Mutant

MARGIN = 20.0
"""Seconds before and after the end of a token that leave no doubt about clocks."""


@action(needs={"token_jwt"}, session=LIVE, told="forge the tokens of {session}", weight=0)
def forge_tokens(world: World, session: Session) -> None:
    """Present every forgery of every signed token of a session."""
    answer: Keys | Refused | Unclear | None = None
    for credential in world.signed(session):
        token = _read(world, credential)
        if token is None:
            continue
        answer = answer or world.published_keys()
        found = answer.keys if isinstance(answer, Keys) else ()
        world.note("key set", credential, _usable(token, answer))
        world.note("algorithm", credential, ALIVE, token.algorithm)
        if "iss" in token.claims:
            world.note("issuer", credential, ALIVE, str(token.claims["iss"]))
        words = _names(world, token)
        if token.algorithm.startswith("HS"):
            tried = dictionary(words)
            hit = () if guess(token, tried) is None else ("found",)
            world.note("word list", credential, ALIVE, f"{len(tried)} words", *hit)
        with world.listener() as listener:
            at = listener.url if listener else None
            served = listener.served if listener else {}
            material = Material(found, _others(world, session), at, words, served)
            attempts = [
                Attempt(forged.name, forged.group, forged.requirement, forged.token)
                for forged in matrix(token, material)
                if _fits(credential, forged.token)
            ]
            world.present_forged(credential, attempts)
            if listener is not None:
                time.sleep(SETTLING)
                visits = dict.fromkeys(listener.hits)
                world.note("fetching", credential, ALIVE, *visits)


@action(
    needs={"token_jwt", "mint_token"},
    session=LIVE,
    told="mint wrong claims for the tokens of {session}",
    weight=0,
)
def mint_wrong_claims(world: World, session: Session) -> None:
    """Let the genuine key sign what no consumer may accept."""
    tolerance = float(world.policy["jwt.leeway"]) + MARGIN
    for credential in world.signed(session):
        token = _read(world, credential)
        if token is None:
            continue
        now = world.target_time()
        attempts = [
            Attempt(wrong.name, "claims", wrong.requirement, wrong.payload, wrong.lenient)
            for wrong in wrong_claims(token, now=now, tolerance=tolerance)
        ]
        # The key and its algorithm are the target's own choice.
        kept = {k: held for k, held in token.header.items() if k not in {"alg", "kid"}}
        world.present_minted(credential, json.dumps(kept), json.dumps(token.claims), attempts)


@action(
    needs={"token_jwt", "advance"},
    session=LIVE,
    other=LIVE,
    told="outlive the tokens of {session}, with {other} beside it",
    weight=0,
)
def outlive_tokens(world: World, session: Session, other: Session) -> None:
    """Let the tokens of a session run out, one kind after the other."""
    ends = []
    for credential in world.signed(session):
        token = _read(world, credential)
        until = token.claims.get("exp") if token else None
        if isinstance(until, int | float) and not isinstance(until, bool):
            ends.append((float(until), credential))
    for until, credential in sorted(ends, key=lambda end: end[0]):
        world.outlive(credential, until, margin=MARGIN, sibling=other)


@action(
    needs={"token_jwt", "rotate_key", "advance", "refresh"},
    session=LIVE,
    other=LIVE,
    told="retire the key that signed {session}, with {other} beside it",
    weight=0,
)
def retire_key(world: World, session: Session, other: Session) -> None:
    """Change the signing key, and come back when the old one should be retired."""
    if world.policy.declares("jwt.key_retire_seconds"):
        wait = float(world.policy["jwt.key_retire_seconds"]) + MARGIN
        signed = [c for c in world.signed(session) if _read(world, c) is not None]
        if signed:
            world.retire_key(signed, other, wait)


@action(
    needs={"second_audience"},
    session=LIVE,
    other=LIVE,
    told="present {session} to the audience of {other}",
    weight=1,
)
def present_elsewhere(world: World, session: Session, other: Session) -> None:
    """Present a genuine token to an audience it is not for."""
    known: Mapping[str, str] = world.bench.adapter.audiences
    mine, theirs = known.get(session.channel), known.get(other.channel)
    if mine and theirs and mine != theirs:
        world.present_elsewhere(session, other)


@action(
    session=LIVE,
    told="exchange the kinds of all that the user of {session} holds",
    weight=0,
)
def exchange_kinds(world: World, session: Session) -> None:
    """Present every kind of secret where every other kind belongs."""
    world.exchange_kinds(session)


@action(
    needs={"token_jwt"},
    session=LIVE,
    ordinal=st.integers(0, 199),
    told="forge one token of {session} (number {ordinal})",
)
def forge_one(world: World, session: Session, ordinal: int) -> None:
    """Present one forgery somewhere in a history: what a target remembers may let it pass."""
    for credential in world.signed(session)[:1]:
        token = _read(world, credential)
        if token is not None:
            made = matrix(token, Material(others=_others(world, session)))
            forged = made[ordinal % len(made)]
            if _fits(credential, forged.token):
                attempt = Attempt(forged.name, forged.group, forged.requirement, forged.token)
                world.present_forged(credential, [attempt])


def _usable(token: Token, answer: Keys | Refused | Unclear) -> str:
    """Say whether the public key, if there is one, is known to be tried as a secret, or why not."""
    if token.algorithm.startswith("HS"):
        return ALIVE
    if not isinstance(answer, Keys):
        return answer.why
    key = Material(answer.keys).key_of(token)
    if key is None:
        return "the key set is empty"
    return ALIVE if any(serialisations(key)) else "the published key cannot be read"


def _read(world: World, credential: Credential) -> Token | None:
    try:
        token = read_token(credential.value)
    except Unreadable as reason:
        if session := credential.session:
            told = f"{credential.kind.value} on {session.channel} is declared a JWT and {reason}"
            world.not_forged(credential, told)
        return None
    if token.algorithm not in KNOWN:
        world.not_forged(credential, f"alg {token.algorithm} is none that can be forged under")
    return token


def _others(world: World, session: Session) -> tuple[str, ...]:
    """Return the tokens of other people: the same kind of value, with another identity in it."""
    strangers = (s for s in world.model.live_sessions() if s.user != session.user)
    values = (c.value for other in strangers for c in world.signed(other))
    return tuple(value for value in values if len(value.split(".")) == len("abc"))


def _names(world: World, token: Token) -> tuple[str, ...]:
    """Return the words around a target that a careless secret is made of."""
    host = urlsplit(world.bench.adapter.nodes[0]).hostname or ""
    said: list[Any] = [token.claims.get("iss"), token.claims.get("aud"), host]
    parts = (part for one in said if isinstance(one, str) for part in _parts(one))
    return tuple(dict.fromkeys(parts))


def _parts(text: str) -> Iterator[str]:
    bare = text.rpartition("://")[2].replace("/", ".")
    yield from (bare, *bare.split("."), *bare.split("-"))


def _fits(credential: Credential, value: str) -> bool:
    cookie = credential.held[-1].place is Place.COOKIE
    return not cookie or Mutant("", value).cookie_safe

"""Attacks on tokens of a target in memory: what is tried, and what is told when nothing can be."""

from collections.abc import Callable, Iterator, Sequence

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.contract import Answer, Artefact, Device, Keys, Kind, Refused, Seen, Unclear
from suites.guide import s3_tokens
from suites.kernel.declare import INVARIANTS, Moment
from suites.kernel.model import Session
from suites.kernel.select_tokens import Tried
from suites.kernel.stage import ALIVE
from suites.kernel.tokens import Attempt, Trial
from suites.kernel.verify import Finding, Outcome
from suites.machines import token_attacks
from suites.probes.jwt_encoding import Unreadable, read_token, segment
from suites.selftest.declared import registries
from suites.selftest.toy import BEARER, REFRESH, Toy, calibration, log_in, world_on

KEY = ec.generate_private_key(ec.SECP256R1())


class Signing(Toy):
    """A toy whose access tokens are made by a function."""

    def __init__(self, make: Callable[[int], str], keys: Keys | Refused | Unclear) -> None:
        super().__init__()
        self.signed = {"api": frozenset({BEARER})}
        self.make, self.keys = make, keys

    def _issue(
        self, user: str, device: Device, channel: str, value: str | None = None
    ) -> tuple[Artefact, ...]:
        return super()._issue(user, device, channel, value or self.make(self._clock))

    def jwks(self, *, node: int) -> Keys | Refused | Unclear:
        """What the test says."""
        return self.keys


class Trusting(Signing):
    """A toy that reads the claims of anything that looks like a token of its own."""

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        """Name whoever the number in the token stands for."""
        value = self._value(held, device, channel) or ""
        number = _number(value)
        found = [v for v in self.entries if number is not None and _number(v) == number]
        named = self.entries[found[0]].user if found else None
        return Seen(which, named, clear=True, why="read")


def _number(value: str) -> object:
    try:
        return read_token(value).claims.get("n")
    except Unreadable:
        return None


def signed(number: int) -> str:
    return jwt.encode({"n": number}, KEY, "ES256")


def opaque(number: int) -> str:
    return f"opaque-{number:08}"


def encrypted(number: int) -> str:
    return f"{segment({'alg': 'dir', 'enc': 'A256GCM', 'n': number})}..bm9uY2U.c2VhbGVk.dGFn"


def strange(number: int) -> str:
    return f"{segment({'alg': 'XX1'})}.{segment({'n': number})}.c2lnbmF0dXJl"


NO_KEYS = Refused("no key set is declared")


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    with registries():
        yield


def judged(toy: Toy, act: Callable[..., object]) -> dict[str, list[Finding]]:
    """Make one move on a fresh session and return what each claim of section 3 says."""
    world = world_on(toy)
    session = log_in(world, channel="api")
    before = len(world.model.events)
    act(world, session)
    moment = Moment(world.model, tuple(world.model.events[before:]), False)
    found: dict[str, list[Finding]] = {}
    for claim in INVARIANTS.values():
        if claim.judge.__module__ == s3_tokens.__name__ and not claim.active:
            handed = {"policy": world.policy}
            found[claim.name] = [
                claim.judge(subject.value, *(handed[name] for name in claim.parameters[1:]))
                for subject in claim.over.pick(moment)
            ]
    return found


MAIN = (
    "only_what_was_signed_is_accepted",
    "only_declared_algorithms_are_accepted",
    "only_trusted_keys_verify",
)


@pytest.mark.parametrize(
    ("make", "why", "also_judged"),
    [
        (opaque, "access on api is declared a JWT and it is opaque, no JWT", set()),
        (encrypted, "is declared a JWT and it is encrypted (JWE)", set()),
        (strange, "alg XX1 is none that can be forged under", {MAIN[0]}),
    ],
)
def test_what_cannot_be_forged_is_told_and_not_guessed(
    make: Callable[[int], str], why: str, also_judged: set[str]
) -> None:
    found = judged(Signing(make, NO_KEYS), token_attacks.forge_tokens)
    for name in MAIN:
        told = [f for f in found[name] if f.outcome is Outcome.NOT_JUDGED]
        assert [why in finding.seen for finding in told] == [True]
        assert (len(found[name]) > len(told)) is (name in also_judged)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (NO_KEYS, "no key set is declared"),
        (Unclear("GET /keys answered 503: the target failed"), "answered 503"),
        (Keys(()), "the key set is empty"),
        (Keys(({"kty": "??"},)), "the published key cannot be read"),
    ],
)
def test_without_a_public_key_the_confusion_is_not_exercised_and_the_rest_is(
    keys: Keys | Refused | Unclear, why: str
) -> None:
    found = judged(Signing(signed, keys), token_attacks.forge_tokens)
    (arm,) = found["a_public_key_is_never_a_secret"]
    assert arm.outcome is Outcome.NOT_JUDGED
    assert why in arm.seen
    assert [f.outcome for name in MAIN for f in found[name]] == [Outcome.HELD] * 3


def test_a_target_that_verifies_nothing_violates_all_three() -> None:
    found = judged(Trusting(signed, NO_KEYS), token_attacks.forge_tokens)
    assert [f.outcome for name in MAIN for f in found[name]] == [Outcome.VIOLATED] * 3


def test_one_forgery_in_a_history_is_judged() -> None:
    def act(world: object, session: Session) -> None:
        token_attacks.forge_one(world, session, 3)  # type: ignore[arg-type]

    found = judged(Trusting(signed, NO_KEYS), act)
    assert [f.outcome for name in MAIN for f in found[name]] == [Outcome.VIOLATED]


# -- the verdict over trials ----------------------------------------------------------------------


def trial(
    identity: str | None, *, clear: bool = True, crashed: bool = False, lenient: bool = False
) -> Trial:
    attempt = Attempt("a", "group", "SM-3.1", "", lenient)
    return Trial(attempt, Seen("me", identity, clear, "why", crashed=crashed))


@pytest.mark.parametrize(
    ("trials", "why", "outcome"),
    [
        ((trial(None),), ALIVE, Outcome.HELD),
        ((trial("alice"),), ALIVE, Outcome.VIOLATED),
        ((trial(None, clear=False, crashed=True), trial(None)), ALIVE, Outcome.VIOLATED),
        ((trial(None, clear=False),), ALIVE, Outcome.UNCLEAR),
        ((trial(None),), "the genuine one too: dead", Outcome.UNCLEAR),
        ((), "it is opaque, no JWT", Outcome.NOT_JUDGED),
        ((trial("alice", lenient=True),), ALIVE, Outcome.WARNING),
    ],
)
def test_trials_are_judged_with_their_control(
    trials: tuple[Trial, ...], why: str, outcome: Outcome
) -> None:
    found = s3_tokens.only_what_was_signed_is_accepted(Tried(None, trials, why))
    assert found.outcome is outcome


def test_a_forged_refresh_token_ends_the_round_when_it_is_taken() -> None:
    class Careless(Toy):
        def refresh(
            self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
        ) -> Answer:
            """Take the genuine one for anything."""
            genuine = list(self.spent)[-1:]
            artefacts = [a.holding(genuine[0]) if genuine else a for a in held]
            return super().refresh(artefacts, device, channel=channel, node=node)

    toy = Careless()
    world = world_on(toy)
    session = log_in(world, channel="api")
    (credential,) = session.current(Kind.REFRESH)
    assert credential.held[-1].place is REFRESH[0]
    attempts = [Attempt(str(n), "signature", "SM-3.1", f"forged-{n}") for n in range(3)]
    event = world.present_forged(credential, attempts)
    assert [t.accepted for t in event.extra.trials] == [True]
    assert event.detail == ALIVE
    assert not session.live


def test_the_genuine_refresh_token_is_the_control_of_the_forged_ones() -> None:
    world = world_on(Toy())
    session = log_in(world, channel="api")
    (credential,) = session.current(Kind.REFRESH)
    event = world.present_forged(credential, [Attempt("a", "signature", "SM-3.1", "forged")])
    assert event.detail == ALIVE
    assert [t.seen.nobody for t in event.extra.trials] == [True]


# -- kinds ----------------------------------------------------------------------------------------


def exchanged(toy: Toy, **policy: object) -> Tried:
    world = world_on(toy, **policy)
    log_in(world, channel="web")
    session = log_in(world, device="phone", channel="api")
    event = world.exchange_kinds(session)
    return Tried(event.session, event.extra.trials, event.detail, event)


def test_every_kind_is_presented_in_the_place_of_every_other() -> None:
    found = exchanged(Toy())
    assert found.controlled
    # The toy keeps one table for both, which is what the claim is there to find.
    assert set(found.accepted) == {
        "session on web as access on api",
        "access on api as session on web",
    }
    assert {t.attempt.name for t in found.trials} == {
        *("session on web as access on api", "session on web as refresh on api"),
        *("access on api as session on web", "access on api as refresh on api"),
        *("refresh on api as session on web", "refresh on api as access on api"),
    }


def test_kinds_that_are_declared_one_are_not_exchanged() -> None:
    found = exchanged(Toy(), artifacts={"session": {"alias": "access"}})
    names = {t.attempt.name for t in found.trials}
    assert "session on web as access on api" not in names
    assert "access on api as session on web" not in names
    assert found.accepted == []


def test_the_toy_is_calibrated_for_its_keys() -> None:
    assert "jwks" in calibration(Signing(signed, NO_KEYS)).capabilities

"""Guide section 1, Session ID generation: identifiers are unique, unguessable and tell nothing."""

from collections.abc import Sequence

from adapters.cookies import CookieSet
from suites.kernel import (
    AUTHENTICATING,
    Credential,
    Event,
    Finding,
    Kind,
    Ledger,
    Policy,
    World,
    check,
    cookies_set,
    deviation,
    events,
    held,
    invariant,
    issued,
    unclear,
    violated,
    warning,
)
from suites.kernel.contests import Series
from suites.kernel.lineups_once import IDENTIFIERS
from suites.kernel.sampling import SAMPLE, Sampled, values
from suites.kernel.verify_prediction import twice_found
from suites.kernel.verify_races import contests, explains_itself
from suites.kernel.world import ALIVE, DEAD
from suites.probes.decoding import find_canaries
from suites.probes.entropy import Estimate, estimate

FLOOR_BITS = 64
MOSTLY = 0.8


@invariant("SM-1.1", over=issued(*AUTHENTICATING, Kind.REFRESH), at_least=50)
def an_identifier_is_never_issued_twice(credential: Credential, ledger: Ledger) -> Finding:
    """Every identifier is unlike every other one the target ever issued."""
    expected = "a value never issued before"
    if credential.kept or credential.session is None:
        return held(expected, "the value the client came with")
    first = ledger.first_holder(credential)
    return check(first is None, expected, f"the value of {first}")


@invariant("SM-1.1", over=events(SAMPLE), arm=True)
def a_sample_holds_no_value_twice(sample: Event) -> Finding:
    """Many logins in a row give as many different identifiers."""
    twice = len(sample.extra) - len(set(values(sample.extra)))
    return check(twice == 0, f"{len(sample.extra)} different values", f"{twice} repeated")


@invariant("SM-1.1", over=contests(IDENTIFIERS), arm=True, controlled=True)
def two_logins_at_once_get_different_identifiers(series: Series) -> Finding:
    """Logins at the same moment, of one user or of two, are never given the same value."""
    return explains_itself(series, "no value given twice")


@invariant("SM-1.2", over=events(SAMPLE))
def identifiers_carry_the_declared_entropy(sample: Event, policy: Policy, world: World) -> Finding:
    """An identifier cannot be guessed: it carries at least the declared number of random bits."""
    wanted = int(policy["entropy.min_bits"])
    expected = f"at least {wanted} bits of entropy in {sample.detail}"
    return twice_found(sample, world, lambda issued: _enough(_estimated(issued), wanted, expected))


def _estimated(issued: Sequence[Sampled]) -> Estimate:
    return estimate(_without_mass_repeats(values(issued)))


def _enough(found: Estimate, wanted: int, expected: str) -> Finding:
    if found.bits is None:
        return unclear(expected, found.how)
    seen = f"at most {found.bits:.0f} bits by {found.how}, {found.n} values"
    if found.bits < FLOOR_BITS:
        return violated(expected, seen)
    if found.bits < wanted:
        return deviation(expected, seen)
    # Nothing speaks against them, but nothing that would have was looked at.
    return warning(expected, seen) if found.few else held(expected, seen)


def _without_mass_repeats(values: list[str]) -> list[str]:
    """Leave identifiers that are issued again and again to SM-1.1; chance repeats stay in."""
    unique = list(dict.fromkeys(values))
    return unique if len(unique) < MOSTLY * len(values) else values


@invariant("SM-1.4", over=issued(*AUTHENTICATING, Kind.REFRESH))
def identifiers_tell_nothing_about_their_user(
    credential: Credential, world: World, policy: Policy
) -> Finding:
    """No identifier or token carries personal data in any common encoding."""
    return _tells_nothing(credential.value, world, policy)


@invariant("SM-1.4", over=cookies_set(), arm=True)
def no_cookie_tells_about_its_user(cookie: CookieSet, world: World, policy: Policy) -> Finding:
    """No other cookie carries personal data either."""
    return _tells_nothing(cookie.value.reveal(), world, policy)


def _tells_nothing(value: str, world: World, policy: Policy) -> Finding:
    claims = frozenset(policy["jwt.allowed_claims"])
    found = find_canaries(value, world.personal(), allowed_claims=claims)
    told = ", ".join(sorted({f"{leak.canary_name} ({leak.form}) at {leak.path}" for leak in found}))
    return check(not found, "no personal data in any encoding", told or "none found")


@invariant("SM-1.5", over=events("tampering"), controlled=True)
def only_exactly_issued_values_are_accepted(tampering: Event) -> Finding:
    """A value that differs from an issued one in a single character is worth nothing."""
    looks = tampering.looks
    wrong = [name for name, seen in looks if seen.identity is not None or seen.crashed]
    expected = f"all {len(looks)} altered values refused without an error"
    return check(not wrong, expected, f"accepted, or failed on: {', '.join(wrong[:5])}")


@invariant("SM-1.5", over=events("tampering"), arm=True, controlled=True)
def tampering_leaves_the_original_alone(tampering: Event) -> Finding:
    """Altered values have no side effect on the session they were made from."""
    expected = "the original still recognised as its owner"
    if tampering.detail not in {ALIVE, DEAD}:
        return unclear(expected, tampering.detail)
    return check(tampering.detail == ALIVE, expected, tampering.detail)

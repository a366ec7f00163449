"""Guide section 3, Token management: only what was signed, for whom, for what, and until when."""

from suites.kernel import (
    AUTHENTICATING,
    Bench,
    Credential,
    Finding,
    Kind,
    Policy,
    check,
    invariant,
    refused,
    unclear,
    unusable,
    warning,
)
from suites.kernel.declare import TOKEN_END
from suites.kernel.select_tokens import Tried, over, tried
from suites.kernel.verify import deviation, held, not_judged, violated

LONG_LEEWAY, LONGEST_LEEWAY = 120, 300
SHOWN = 5


@invariant("SM-3.1", over=tried("forgery", "SM-3.1"))
def only_what_was_signed_is_accepted(forged: Tried) -> Finding:
    """A token that differs from what was signed is refused, and refused without an error."""
    return _refused(forged, without_error=True)


@invariant("SM-3.2", over=tried("forgery", "SM-3.2"))
def only_declared_algorithms_are_accepted(forged: Tried) -> Finding:
    """A token under no algorithm, or under one that nobody allowed, is refused."""
    return _refused(forged)


@invariant("SM-3.2", over=tried("key set", always=True))
def a_public_key_is_never_a_secret(keys: Tried) -> Finding:
    """No public key verifies as a secret; each that there is was known and tried."""
    expected = "every public key tried as a secret"
    return held(expected) if keys.controlled else not_judged(expected, keys.why)


@invariant("SM-3.2", over=tried("algorithm"), arm=True)
def tokens_are_signed_as_declared(said: Tried, policy: Policy) -> Finding:
    """The target signs with a declared algorithm."""
    (used,) = (trial.attempt.name for trial in said.trials)
    wanted = policy["jwt.algs"] or [used]
    return check(used in wanted, f"one of {', '.join(wanted)}", used)


@invariant("SM-3.3", over=tried("forgery", "SM-3.3"))
def only_trusted_keys_verify(forged: Tried) -> Finding:
    """A token under a key that it brings, points to, or that anybody can guess is refused."""
    return _refused(forged)


@invariant("SM-3.3", over=tried("word list"), arm=True)
def the_secret_is_in_no_word_list(guessed: Tried) -> Finding:
    """The secret of a MAC is none of the words that everybody tries first."""
    size, *found = (trial.attempt.name for trial in guessed.trials)
    return check(not found, f"none of {size}", "the secret is one of them")


@invariant("SM-3.3", over=tried("fetching", always=True), arm=True)
def keys_are_never_fetched_from_where_a_token_says(fetching: Tried) -> Finding:
    """The target does not visit an address that a token names."""
    visits = [trial.attempt.name for trial in fetching.trials]
    return check(not visits, "no visit", ", ".join(visits))


@invariant("SM-3.3", over=over("key retired", *AUTHENTICATING), needs={"rotate_key"}, arm=True)
def a_retired_key_verifies_nothing(credential: Credential, target: Bench) -> Finding:
    """A token of a key that was retired is refused."""
    return refused(target.replay(credential))


@invariant("SM-3.3", over=over("key retired", Kind.REFRESH), needs={"rotate_key"}, arm=True)
def a_retired_key_renews_nothing(credential: Credential, target: Bench) -> Finding:
    """A refresh token of a key that was retired is refused."""
    return unusable(target.present(credential))


@invariant("SM-3.4", over=over("expiry", *AUTHENTICATING), needs={TOKEN_END})
def a_token_is_dead_after_its_own_end(credential: Credential, target: Bench) -> Finding:
    """A token is refused everywhere once the time it states itself is over."""
    return refused(target.replay(credential))


@invariant("SM-3.4", over=over("expiry", Kind.REFRESH), needs={TOKEN_END}, arm=True)
def a_refresh_token_is_dead_after_its_own_end(credential: Credential, target: Bench) -> Finding:
    """A refresh token is refused once the time it states itself is over."""
    return unusable(target.present(credential))


@invariant("SM-3.4", over=tried("minting", "SM-3.4"), needs={"mint_token"})
def a_period_that_is_missing_over_or_no_time_is_refused(minted: Tried) -> Finding:
    """A genuine signature does not make up for a period that is over, missing or no time."""
    return _refused(minted)


@invariant("SM-3.4", over=tried("minting", "SM-3.4"), needs={"mint_token"}, arm=True)
def the_declared_leeway_is_small(minted: Tried, policy: Policy) -> Finding:
    """The tolerance for clocks that differ is at most two minutes."""
    leeway, expected = policy["jwt.leeway"], f"at most {LONG_LEEWAY} s"
    if leeway > LONGEST_LEEWAY:
        return deviation(expected, f"declared jwt.leeway: {leeway} s")
    return held(expected) if leeway <= LONG_LEEWAY else warning(expected, f"{leeway} s")


@invariant("SM-3.5", over=tried("elsewhere"), needs={"second_audience"})
def a_token_for_another_audience_is_refused(presented: Tried, policy: Policy) -> Finding:
    """A genuine token for another audience is worth nothing here."""
    if policy["jwt.audience"] == "shared":
        return policy.weaker("jwt.audience", "an audience for each resource")
    return _refused(presented)


@invariant("SM-3.5", over=tried("minting", "SM-3.5"), needs={"mint_token"})
def only_the_own_issuer_and_audience_are_accepted(minted: Tried) -> Finding:
    """A genuine signature does not make up for an issuer or audience that is not the own one."""
    return _refused(minted)


@invariant("SM-3.5", over=tried("issuer"), arm=True)
def tokens_name_the_declared_issuer(said: Tried, policy: Policy) -> Finding:
    """The target names the issuer that is declared."""
    (named,) = (trial.attempt.name for trial in said.trials)
    wanted = policy["jwt.issuer"] or named
    return check(named == wanted, str(wanted), named)


@invariant("SM-3.6", over=tried("kinds"), needs={"several_kinds"})
def every_token_is_good_for_its_own_purpose_only(presented: Tried) -> Finding:
    """A token of one kind is refused wherever another kind belongs."""
    return _refused(presented)


def _refused(tried_: Tried, *, without_error: bool = False) -> Finding:
    expected = f"all {len(tried_.trials)} refused: {tried_.classes}"
    failed = tried_.failed if without_error else []
    told = [("accepted", tried_.accepted), ("failed on", failed)]
    wrong = [f"{word}: {', '.join(names[:SHOWN])}" for word, names in told if names]
    if wrong:
        return violated(expected, "; ".join(wrong))
    if not tried_.trials:
        return not_judged("something to present", tried_.why)
    if not tried_.controlled or tried_.unanswered:
        return unclear(expected, ", ".join(tried_.unanswered) or tried_.why)
    tolerated = ", ".join(tried_.tolerated)
    return warning(expected, f"accepted: {tolerated}") if tolerated else held(expected)

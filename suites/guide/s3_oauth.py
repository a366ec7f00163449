"""Guide section 3, Token management at a provider: codes are used once, revocation is effective."""

from suites.kernel import (
    Bench,
    Credential,
    Event,
    Finding,
    Policy,
    Session,
    check,
    companions_of,
    ended,
    events,
    invariant,
    recognised_as,
    refused,
    spared_by,
    unusable,
    warning,
)
from suites.kernel.contests import Series
from suites.kernel.grants import (
    BOGUS,
    CODE_MISUSE,
    CODE_REPLAY,
    CONFIDENTIAL,
    FOREIGN,
    PUBLIC,
    REPEATED,
    REVOCATION,
    UNASKED,
    worth,
)
from suites.kernel.lineups_once import CODES
from suites.kernel.select_federation import dead_tokens, living_tokens
from suites.kernel.verify_federation import active, inactive, unusable_answer
from suites.kernel.verify_races import contests, explains_itself


@invariant("SM-3.14", over=ended(by=REVOCATION), needs={"revoke_token"})
def revoked_token_is_refused(credential: Credential, target: Bench, policy: Policy) -> Finding:
    """A revoked access token, and those of a revoked refresh token, are accepted nowhere."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-3.14", over=companions_of(REVOCATION), needs={"revoke_token", "refresh"}, arm=True)
def revoked_refresh_token_renews_nothing(credential: Credential, target: Bench) -> Finding:
    """A revoked refresh token, of any generation, opens nothing again."""
    return unusable(target.present(credential))


@invariant("SM-3.14", over=spared_by(REVOCATION, REPEATED, BOGUS), needs={"revoke_token"}, arm=True)
def revocation_leaves_every_other_session_alone(session: Session, target: Bench) -> Finding:
    """Revoking a token, twice or one that never was, ends no other session."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-3.14", over=spared_by(FOREIGN), needs={"revoke_token", "second_client"}, arm=True)
def no_client_revokes_tokens_of_another(session: Session, target: Bench) -> Finding:
    """A client that presents a token of another client for revocation ends nothing."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-3.14", over=events(REPEATED), needs={"revoke_token"}, arm=True)
def revoking_twice_is_no_error(revocation: Event) -> Finding:
    """Revoking a token that is dead already is answered as if it had been alive."""
    found = check(revocation.acknowledged, "acknowledged", revocation.words)
    return warning(found.expected, found.seen) if found.violated else found


@invariant("SM-3.14", over=living_tokens(), needs={"introspect"}, arm=True)
def introspection_calls_a_living_token_active(credential: Credential, target: Bench) -> Finding:
    """Introspection says active of a token that resources accept."""
    return active(worth(target, credential))


@invariant("SM-3.14", over=dead_tokens(), needs={"introspect"}, arm=True)
def introspection_calls_a_dead_token_inactive(credential: Credential, target: Bench) -> Finding:
    """Introspection says inactive of every token that has been ended or used up."""
    return inactive(worth(target, credential))


@invariant("SM-3.14", over=living_tokens(), needs={"introspect"}, arm=True)
def introspection_tells_nobody_who_does_not_prove_to_be_a_client(
    credential: Credential, target: Bench
) -> Finding:
    """Introspection without a proof of the client says nothing of a living token."""
    return inactive(worth(target, credential, anonymous=True))


@invariant("SM-3.15", over=events(CODE_REPLAY))
def a_code_is_used_once(replay: Event) -> Finding:
    """A code that has been handed in is good for nothing more."""
    return unusable_answer(replay)


@invariant("SM-3.15", over=ended(by=CODE_REPLAY), arm=True)
def a_code_used_twice_ends_its_tokens(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """Handing a code in twice ends the access tokens that it led to, renewed ones included."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-3.15", over=companions_of(CODE_REPLAY), needs={"refresh"}, arm=True)
def a_code_used_twice_ends_its_refresh_tokens(credential: Credential, target: Bench) -> Finding:
    """Handing a code in twice ends the refresh tokens that it led to."""
    return unusable(target.present(credential))


@invariant("SM-3.15", over=contests(CODES), arm=True, controlled=True)
def a_code_is_used_once_however_fast(series: Series) -> Finding:
    """A code that is handed in twice at the same moment is redeemed at most once."""
    return explains_itself(series, "at most one redemption")


@invariant("SM-3.15", over=events(CODE_MISUSE, lambda e: e.extra is True), controlled=True)
def a_code_is_bound_to_its_client_and_its_request(misuse: Event) -> Finding:
    """A code is good only for its client, with the proof and return address of its request."""
    return unusable_answer(misuse)


@invariant("SM-3.15", over=events(PUBLIC, lambda e: e.extra is True), arm=True, controlled=True)
def a_public_client_gets_no_code_without_a_challenge(code: Event, policy: Policy) -> Finding:
    """A request of a public client without a PKCE challenge leads to no tokens."""
    return policy.unproven(unusable_answer(code), supported=code.detail == UNASKED)


@invariant(
    "SM-3.15", over=events(CONFIDENTIAL, lambda e: e.extra is True), arm=True, controlled=True
)
def a_confidential_client_gets_no_code_without_a_challenge(code: Event, policy: Policy) -> Finding:
    """A request of a client with a secret leads to tokens without a challenge only if declared."""
    found = policy.unproven(unusable_answer(code), supported=code.detail == UNASKED)
    said = policy.declares("oauth.pkce") or not found.violated
    return found if said else warning(found.expected, found.seen)

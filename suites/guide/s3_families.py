"""Guide section 3, Token management: refresh tokens are used once, and reuse ends the family."""

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
    held,
    invariant,
    recognised_as,
    refused,
    spared_by,
    unusable,
    warning,
)
from suites.kernel.binding import Misuse
from suites.kernel.contests import Series
from suites.kernel.families import OWNER, Renewal, Reuse
from suites.kernel.lineups_once import RENEWALS
from suites.kernel.racing import Race
from suites.kernel.scoping import Trial
from suites.kernel.select_families import (
    access_tokens,
    late_refreshes,
    misuses,
    races,
    refreshes,
    refreshes_past_a_limit,
    renewed_sessions,
    reuses,
    reuses_or_unrotated,
    trials,
)
from suites.kernel.verify_families import (
    bound,
    expired,
    limited,
    never_opens,
    revokes,
    scoped,
    short_lived,
    without_rotation,
)
from suites.kernel.verify_races import contests, explains_itself
from suites.probes.lifetimes import lifetime

TEN_ROUNDS = 10
"""That overlapped, before parallel refreshes are said to be atomic (catalogue, SM-3.11)."""


@invariant("SM-3.7", over=trials(lambda t: t.beyond or t.dropped), controlled=True)
def tokens_are_good_for_their_scope_only(trial: Trial) -> Finding:
    """What needs a scope is refused to tokens that do not have it, after any refresh."""
    return scoped(trial)


@invariant("SM-3.7", over=trials(lambda t: not t.beyond and not t.dropped), arm=True)
def tokens_are_good_for_their_scope(trial: Trial) -> Finding:
    """What a granted scope is needed for is allowed."""
    if trial.allowed:
        return held(f"{trial.operation} allowed with {trial.needed}")
    return warning(f"{trial.operation} allowed with {trial.needed}", "it was not done")


@invariant("SM-3.8", over=refreshes(), at_least=2)
def every_refresh_gives_a_new_refresh_token(renewal: Renewal, policy: Policy) -> Finding:
    """A refresh token is replaced whenever it is used."""
    if not policy["refresh.rotation"]:
        return without_rotation(policy)
    return check(renewal.rotated, "a refresh token that is new", "none that is new")


@invariant("SM-3.8", over=refreshes(), at_least=2)
def every_refresh_gives_a_new_access_token(renewal: Renewal) -> Finding:
    """What a refresh returns authenticates by a value that was not there before."""
    return check(renewal.access is not None, "an access token that is new", "none that is new")


@invariant("SM-3.8", over=renewed_sessions(), at_least=2)
def a_refreshed_session_is_recognised(session: Session, target: Bench) -> Finding:
    """The new access token stands for the same user."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-3.8", over=access_tokens(lambda value: lifetime(value) is not None), arm=True)
def access_tokens_expire_within_the_declared_lifetime(token: Credential, policy: Policy) -> Finding:
    """An access token says that it expires within the declared lifetime."""
    return short_lived(lifetime(token.value, token.since) or 0.0, policy)


@invariant("SM-3.9", over=reuses_or_unrotated(), controlled=True)
def a_used_refresh_token_opens_nothing(use: Reuse | Renewal, policy: Policy) -> Finding:
    """Whatever generation is presented again, whenever and by whom, it yields nothing alive."""
    return never_opens(use, policy)


@invariant("SM-3.10", over=reuses_or_unrotated(lambda reuse: reuse.noticed), controlled=True)
def reuse_is_declared_to_end_the_family(use: Reuse | Renewal, policy: Policy) -> Finding:
    """The declared answer to the reuse of a refresh token is the end of its family."""
    return revokes(use, policy)


@invariant("SM-3.10", over=ended(by="reuse"), arm=True)
def reuse_ends_the_access_tokens_of_the_family(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """After the reuse of a refresh token nothing of its family authenticates."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-3.10", over=companions_of("reuse"), arm=True)
def reuse_ends_the_newest_refresh_token_of_the_family(
    credential: Credential, target: Bench
) -> Finding:
    """After the reuse of a refresh token its newest successor is refused."""
    return unusable(target.present(credential))


@invariant("SM-3.10", over=spared_by("reuse", wanted=lambda e: e.extra.by == OWNER), arm=True)
def reuse_leaves_every_other_grant_alone(session: Session, target: Bench) -> Finding:
    """The reuse of a refresh token ends no session but that of its family."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-3.11", over=races(), at_least=10, controlled=True)
def parallel_refreshes_leave_one_lineage(race: Race) -> Finding:
    """However many use a refresh token at the same time, at most one successor lives on."""
    return check(race.lineages <= 1, "at most one successor that works", f"{race.lineages} of them")


@invariant("SM-3.11", over=contests(RENEWALS), arm=True, controlled=True)
def two_refreshes_that_meet_leave_one_lineage(series: Series) -> Finding:
    """Two uses of one refresh token that overlap never leave two successors that work."""
    return explains_itself(series, "one line of successors goes on", enough=TEN_ROUNDS)


@invariant("SM-3.11", over=races(lambda r: r.survivors is not None), arm=True, controlled=True)
def reuse_is_noticed_after_parallel_refreshes(race: Race) -> Finding:
    """When the token of a race comes back, nothing that came of the race lives on."""
    return check(not race.survivors, "no successor that works", f"{race.survivors} of them")


@invariant("SM-3.11", over=races(lambda r: r.lenient), arm=True, controlled=True)
def a_retry_within_the_grace_window_harms_nobody(race: Race) -> Finding:
    """Where a grace window is declared, parallel uses of one token leave a successor that works."""
    return check(race.lineages == 1, "one successor that works", f"{race.lineages} of them")


@invariant("SM-3.11", over=reuses(lambda r: r.goes_on is not None), arm=True, controlled=True)
def a_repeated_refresh_within_the_grace_window_ends_nothing(use: Reuse) -> Finding:
    """Whoever asks once more within the declared grace window can go on with the successor."""
    return check(bool(use.goes_on), "the successor still works", "it was refused after the retry")


@invariant("SM-3.12", over=refreshes_past_a_limit(), controlled=True)
def a_refresh_token_past_its_lifetime_is_refused(refresh: Event) -> Finding:
    """No refresh succeeds after the idle or absolute lifetime of its family."""
    return expired(refresh)


@invariant("SM-3.12", over=late_refreshes(), arm=True)
def a_refresh_token_within_its_lifetime_is_accepted(refresh: Event) -> Finding:
    """Shortly before the end of its lifetime a refresh token still works."""
    if refresh.acknowledged:
        return held("accepted within the declared lifetimes")
    return warning("accepted within the declared lifetimes", refresh.words)


@invariant("SM-3.12", over=refreshes(), arm=True)
def lifetimes_of_refresh_tokens_are_declared(renewal: Renewal, policy: Policy) -> Finding:
    """A family of refresh tokens has a declared idle and absolute lifetime."""
    return limited(policy)


@invariant("SM-3.13", over=misuses(), controlled=True)
def a_token_in_foreign_hands_opens_nothing(misuse: Misuse) -> Finding:
    """A token is of no use to anybody but the client and sender it was issued to."""
    return bound(misuse)


@invariant("SM-3.13", over=misuses(lambda m: m.owner_goes_on is not None), arm=True)
def a_token_in_foreign_hands_still_serves_its_owner(misuse: Misuse) -> Finding:
    """An attempt of somebody else does not take a token away from its owner."""
    if misuse.owner_goes_on:
        return held("the owner goes on")
    return warning("the owner goes on", "the owner could not refresh afterwards")

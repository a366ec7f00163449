"""Guide section 6, Session concurrency and multi-client handling: as declared, and isolated."""

from adapters.contract import Kind
from suites.kernel import (
    Bench,
    Credential,
    Event,
    Finding,
    Model,
    Policy,
    Recognition,
    Session,
    after,
    all_of,
    check,
    companions_of,
    distinct,
    ended,
    events,
    held,
    invariant,
    listings,
    lists_exactly,
    logins,
    recognised_as,
    recognitions,
    refused,
    spared_by,
    unusable,
    warning,
)
from suites.kernel.contests import Series
from suites.kernel.lineups_once import ANSWERS, LAST_PLACE
from suites.kernel.namesakes import NAMESAKE
from suites.kernel.verify_races import contests, counted_apart, explains_itself


@invariant("SM-6.1", over=spared_by("login"))
def a_login_leaves_the_other_sessions_alone(
    session: Session, target: Bench, policy: Policy
) -> Finding:
    """Within the declared limit every device keeps its own working session."""
    found = recognised_as(session.user, target.replay(session))
    if found.violated and not policy.declares("concurrency.mode"):
        return warning(
            "a declared concurrency policy", "none declared; a login ended another session"
        )
    return found


@invariant("SM-6.1", over=spared_by("refresh"), arm=True)
def a_refresh_leaves_the_other_sessions_alone(session: Session, target: Bench) -> Finding:
    """Refreshing on one device disturbs no other device."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-6.1", over=logins())
def every_login_opens_its_own_session(login: Event) -> Finding:
    """Two logins never share one session."""
    return all_of(
        distinct("the identifier", value, login.shared, "of a living session")
        for value in login.opened_values
    )


@invariant("SM-6.1", over=logins(), arm=True)
def a_concurrency_policy_is_declared(login: Event, policy: Policy) -> Finding:
    """The number of concurrent sessions and what happens at the limit is declared."""
    if policy.declares("concurrency.mode"):
        return held("a declared concurrency policy", str(policy["concurrency.mode"]))
    return warning("a declared concurrency policy", "concurrency.mode is not declared")


@invariant("SM-6.2", over=logins(surplus=True, acknowledged=False))
def a_login_beyond_the_limit_is_refused(login: Event, policy: Policy) -> Finding:
    """With mode block nobody gets one session more than the limit."""
    return check(not login.acknowledged, "login refused at the limit", login.words)


@invariant("SM-6.2", over=logins(surplus=False, acknowledged=False), controlled=True)
def a_login_within_the_limit_succeeds(login: Event) -> Finding:
    """With mode block a freed place can be taken again."""
    return check(login.acknowledged, "login accepted within the limit", login.words)


@invariant("SM-6.2", over=spared_by("login", surplus=True), arm=True)
def a_refused_login_harms_nobody(session: Session, target: Bench) -> Finding:
    """A login that is refused at the limit leaves the existing sessions alone."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-6.3", over=ended(by="evict"))
def the_evicted_session_is_refused(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """With mode evict the declared victim is dead when the limit is passed."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-6.3", over=companions_of("evict"), arm=True)
def the_evicted_session_cannot_come_back(credential: Credential, target: Bench) -> Finding:
    """The refresh token of an evicted session is dead with it."""
    return unusable(target.present(credential))


@invariant("SM-6.3", over=spared_by("login", surplus=True))
def eviction_spares_everybody_else(session: Session, target: Bench) -> Finding:
    """Eviction ends exactly the declared victim."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-6.4", over=contests(LAST_PLACE), needs={"concurrency.max"}, controlled=True)
def logins_at_once_keep_the_limit(series: Series) -> Finding:
    """However many log in at the same moment, no more sessions live than the limit allows."""
    return explains_itself(series, "as many sessions as the limit allows", enough=10)


@invariant("SM-6.4", over=events(NAMESAKE), needs={"concurrency.max", "create_user"}, arm=True)
def the_limit_of_one_user_is_not_that_of_another(logins: Event) -> Finding:
    """A user whose name begins alike takes no place from another, and finds all of its own."""
    return counted_apart(logins)


@invariant("SM-6.5", over=ended(by="revoke_all"), needs={"revoke_all"}, arm=True)
def logout_everywhere_ends_every_session(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """Logging out everywhere ends the sessions of all devices and channels."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-6.5", over=companions_of("revoke_all"), needs={"revoke_all"}, arm=True)
def logout_everywhere_ends_every_refresh_token(credential: Credential, target: Bench) -> Finding:
    """Logging out everywhere ends the refresh tokens of all devices and channels."""
    return unusable(target.present(credential))


@invariant("SM-6.5", over=spared_by("revoke_all"), needs={"revoke_all"})
def logout_everywhere_stays_within_its_user(session: Session, target: Bench) -> Finding:
    """Logout everywhere ends nothing outside its declared scope."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-6.5", over=spared_by("change_password"), needs={"change_password"})
def password_change_stays_within_its_user(session: Session, target: Bench) -> Finding:
    """A password change ends nothing outside its declared scope."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-6.5", over=after("revoke_all"), needs={"revoke_all"}, arm=True)
def a_login_after_logout_everywhere_works(session: Session, target: Bench) -> Finding:
    """A session opened after everything was ended is alive."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-6.6", over=listings())
def the_session_list_shows_exactly_the_live_sessions(
    listing: Event, model: Model, target: Bench
) -> Finding:
    """Users see their own living sessions, all of them and nothing else."""
    return lists_exactly(listing, model, lambda session: _lives(session, target), target.revived)


def _lives(session: Session, target: Bench) -> bool:
    """Tell whether a session is accepted in fact, or what renews an ended one."""
    renewing = session.current(Kind.REFRESH) if session.ended else []
    return refused(target.replay(session)).violated or any(
        unusable(target.present(credential)).violated for credential in renewing
    )


@invariant("SM-6.6", over=ended(by="revoke"), needs={"revoke_session"}, arm=True)
def a_revoked_session_is_refused(credential: Credential, target: Bench, policy: Policy) -> Finding:
    """Ending a session from the list kills it at once."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-6.6", over=companions_of("revoke"), needs={"revoke_session"}, arm=True)
def a_revoked_session_cannot_come_back(credential: Credential, target: Bench) -> Finding:
    """Ending a session from the list ends its refresh token."""
    return unusable(target.present(credential))


@invariant("SM-6.6", over=spared_by("revoke", "foreign revoke"), needs={"revoke_session"}, arm=True)
def nobody_ends_the_session_of_another(session: Session, target: Bench) -> Finding:
    """Ending one session leaves all others alone, and foreign handles do nothing."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-6.8", over=recognitions(lambda r: r.by_its_own_right))
def every_answer_belongs_to_its_presenter(seen: Recognition) -> Finding:
    """Whoever presents a session is answered with its owner's identity and data."""
    fine = seen.identity == seen.owner and seen.shows_own_marker
    return check(fine, f"{seen.owner or 'nobody'} and own data", seen.words)


@invariant("SM-6.8", over=contests(ANSWERS), arm=True, controlled=True)
def answers_at_the_same_moment_belong_to_their_presenters(series: Series) -> Finding:
    """Sessions of several users that are used at once are each answered with their own data."""
    return explains_itself(series, "each answered with its own identity")

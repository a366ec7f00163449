"""Guide section 5, Session fixation protection: nobody knows an identifier before its login."""

from suites.kernel import (
    Bench,
    Credential,
    Event,
    Finding,
    Model,
    Recognition,
    Session,
    all_of,
    check,
    distinct,
    invariant,
    logins,
    never_as,
    over_foreign_session,
    planted,
    recognised_as,
    recognitions,
)


@invariant(
    "SM-5.1",
    over=logins(carrying={"pre-auth", "own session", "dead", "foreign session"}),
    needs={"session_cookie"},
)
def login_issues_a_new_identifier(login: Event) -> Finding:
    """The identifier that is logged in is none that the client had presented."""
    return all_of(
        distinct("the identifier", value, login.presented, "presented at login")
        for value in login.opened_values
    )


@invariant("SM-5.1", over=logins(carrying={"nothing"}), arm=True)
def login_replaces_the_identifier_of_its_own_form(login: Event) -> Finding:
    """The identifier that the login page had set is not the one that is logged in."""
    return all_of(
        distinct("the identifier", value, login.presented, "presented at login")
        for value in login.opened_values
    )


@invariant("SM-5.2", over=planted("pre-auth"), needs={"session_cookie"})
def an_identifier_from_before_login_is_never_logged_in(
    plant: tuple[Credential, Event], target: Bench, model: Model
) -> Finding:
    """What an attacker fetched before the login of the victim never names the victim."""
    credential, login = plant
    return all_of(
        never_as(login.user, target.everywhere(credential.held, credential.channel, node))
        for node in model.places(login)
    )


@invariant(
    "SM-5.3",
    over=planted("random", "random twice", "random everywhere", "dead"),
    needs={"session_cookie"},
)
def a_client_made_identifier_is_never_adopted(
    plant: tuple[Credential, Event], target: Bench
) -> Finding:
    """A value that the target did not issue in this life never names anybody."""
    credential, login = plant
    seen = target.everywhere(credential.held, credential.channel, login.node)
    return never_as(login.user, seen)


@invariant("SM-5.5", over=over_foreign_session(), needs={"session_cookie"})
def login_over_a_foreign_session_is_clean(session: Session, target: Bench) -> Finding:
    """Logging in over the session of somebody else gives a session of the new user only."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-5.5", over=over_foreign_session(), needs={"session_cookie"})
def a_session_never_changes_its_owner(session: Session, target: Bench) -> Finding:
    """The session that was presented at the login of another user never becomes theirs."""
    former = session.former.sure
    return never_as(session.user, target.everywhere(former.held, former.channel))


@invariant("SM-5.5", over=recognitions(lambda r: r.after_foreign_login), arm=True)
def a_login_over_a_foreign_session_inherits_nothing(seen: Recognition) -> Finding:
    """The new session shows neither the identity nor the data of the session it replaced."""
    fine = seen.identity == seen.owner and seen.shows_own_marker
    return check(fine, f"{seen.owner} and own data", seen.words)

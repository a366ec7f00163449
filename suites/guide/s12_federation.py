"""Catalogue section 12, Federation: logouts reach whom they name, logins are only one's own."""

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
from suites.kernel.federation import (
    ANSWER_MISUSE,
    BACKCHANNEL,
    BOGUS_BACKCHANNEL,
    FOREIGN_RENEWAL,
    HINT_DEFECTS,
    LOGOUT_MISUSE,
    PROVIDER_LOGOUT,
    REPLAYED_BACKCHANNEL,
    RETURN_DEFECTS,
    UNSOLICITED,
    Forgery,
    Silence,
)
from suites.kernel.select_federation import forgeries, silences
from suites.kernel.verify_federation import (
    forgotten,
    no_effect,
    nobody_but,
    still_known,
    unusable_answer,
)

GUIDE_START = "a session starts only from the application's own request (ASVS 7.6.2)"
GUIDE_SCOPE = "a logout at the provider ends its session there"


@invariant("SM-12.1", over=silences(PROVIDER_LOGOUT), controlled=True)
def a_logout_at_the_provider_ends_its_session(found: tuple[Event, Silence]) -> Finding:
    """After a logout at the provider no client is given anything without a new login."""
    return forgotten(found[1])


@invariant("SM-12.1", over=ended(by=PROVIDER_LOGOUT), arm=True)
def a_logout_at_the_provider_ends_the_tokens(
    credential: Credential, target: Bench, policy: Policy
) -> Finding:
    """A logout at the provider ends the access tokens of its session, as declared."""
    return policy.until_expiry(credential.kind, refused(target.replay(credential)))


@invariant("SM-12.1", over=companions_of(PROVIDER_LOGOUT), needs={"refresh"}, arm=True)
def a_logout_at_the_provider_ends_the_refresh_tokens(
    credential: Credential, target: Bench
) -> Finding:
    """A logout at the provider ends the refresh tokens of its session, as declared."""
    return unusable(target.present(credential))


@invariant("SM-12.1", over=silences(LOGOUT_MISUSE, *RETURN_DEFECTS), controlled=True, arm=True)
def a_provider_sends_nobody_to_an_unregistered_address(found: tuple[Event, Silence]) -> Finding:
    """A logout with an address that is not registered sends the browser nowhere."""
    return check(not found[0].acknowledged, "not sent there", "sent to the unregistered address")


@invariant("SM-12.1", over=silences(LOGOUT_MISUSE, *HINT_DEFECTS), controlled=True, arm=True)
def nobody_is_logged_out_unasked(found: tuple[Event, Silence]) -> Finding:
    """Without a valid hint nobody is logged out at the provider before confirming it."""
    return still_known(found[1])


@invariant("SM-12.1", over=events(PROVIDER_LOGOUT), arm=True)
def the_declared_scope_of_a_provider_logout_is_not_weaker(logout: Event, policy: Policy) -> Finding:
    """The policy lets a logout at the provider end more than the local session."""
    if policy["federation.logout_scope"] == "local":
        return policy.weaker("federation.logout_scope", GUIDE_SCOPE)
    return check(True, GUIDE_SCOPE, str(policy["federation.logout_scope"]))


@invariant("SM-12.2", over=ended(by=BACKCHANNEL))
def a_session_the_provider_ended_is_refused(credential: Credential, target: Bench) -> Finding:
    """The provider's message ends the sessions it names, under whatever identifier they go on."""
    return refused(target.replay(credential))


@invariant("SM-12.2", over=companions_of(BACKCHANNEL), needs={"refresh"}, arm=True)
def a_session_the_provider_ended_is_not_renewed(credential: Credential, target: Bench) -> Finding:
    """Nothing that came with a session opens it again after the provider ended it."""
    return unusable(target.present(credential))


@invariant("SM-12.2", over=spared_by(BACKCHANNEL, BOGUS_BACKCHANNEL))
def the_provider_ends_no_session_it_does_not_name(session: Session, target: Bench) -> Finding:
    """The provider's message leaves every session alone that it does not name."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-12.3", over=forgeries(), controlled=True)
def a_defective_message_of_the_provider_ends_nothing(found: tuple[Forgery, Event]) -> Finding:
    """A logout token with any one defect is refused and ends nothing."""
    return no_effect(found[0])


@invariant("SM-12.3", over=spared_by(REPLAYED_BACKCHANNEL), arm=True)
def a_replayed_message_ends_no_new_session(session: Session, target: Bench) -> Finding:
    """A logout token that comes again does not end the session its user opened since."""
    return recognised_as(session.user, target.replay(session))


@invariant("SM-12.3", over=events(REPLAYED_BACKCHANNEL), arm=True)
def a_replayed_message_is_recognised_as_such(replay: Event) -> Finding:
    """A logout token that comes again is refused, which the standard only recommends."""
    found = unusable_answer(replay)
    return warning(found.expected, "acknowledged again") if found.violated else found


@invariant(
    "SM-12.5", over=events(ANSWER_MISUSE, lambda e: e.detail != FOREIGN_RENEWAL), controlled=True
)
def only_an_answer_to_the_own_request_opens_a_session(misuse: Event, policy: Policy) -> Finding:
    """An answer of the provider opens a session once, in the browser that asked for it."""
    found = refused(misuse.extra)
    if found.violated and misuse.detail == UNSOLICITED and policy["federation.idp_initiated"]:
        return policy.weaker("federation.idp_initiated", GUIDE_START)
    return found


@invariant(
    "SM-12.5",
    over=events(ANSWER_MISUSE, lambda e: e.detail == FOREIGN_RENEWAL),
    controlled=True,
    arm=True,
)
def a_renewal_never_changes_whose_session_it_is(misuse: Event) -> Finding:
    """An answer to somebody else never makes a session somebody else's."""
    return nobody_but(misuse.user or "", misuse.extra)

"""Catalogue section 13, client-side exposure: no cache keeps a secret, no answer repeats one."""

from suites.kernel import Exposure, Finding, Policy, check, exposed, invariant
from suites.kernel.leaking import (
    Errors,
    Landing,
    Late,
    SharedLook,
    kept,
    landings,
    late_returns,
    provoked,
    shared_looks,
)
from suites.kernel.sights import Kept
from suites.kernel.verify_exposure import (
    kept_by_nobody,
    not_the_page_of,
    nothing_repeated,
    nothing_that_works,
    told_nobody,
)


@invariant("SM-13.1", over=kept())
def answers_for_one_reader_are_kept_by_nobody(sight: Kept, policy: Policy) -> Finding:
    """No cache may keep what carries an artefact or names its reader."""
    return kept_by_nobody(sight, policy)


@invariant("SM-13.1", over=shared_looks(), arm=True, controlled=True)
def an_address_shows_nobody_the_page_of_another(look: SharedLook) -> Finding:
    """Nobody is shown what another user has been shown at the same address."""
    return not_the_page_of(look)


@invariant("SM-13.3", over=exposed("echo"))
def artefacts_are_issued_and_never_repeated(exposures: tuple[Exposure, ...]) -> Finding:
    """No answer holds a living artefact, save the one that issues it in its place."""
    seen = "; ".join(f"{e.credential.kind.value} at {e.act}" for e in exposures)
    return check(not exposures, "no living artefact in an answer", seen or "none")


@invariant("SM-13.3", over=provoked(), controlled=True)
def errors_hold_nothing_of_the_request(errors: Errors) -> Finding:
    """Error pages, TRACE and debug pages do not repeat what the request presented."""
    return nothing_repeated(errors)


@invariant("SM-13.3", over=late_returns(), arm=True, controlled=True)
def a_late_return_is_offered_nothing_that_works(late: Late) -> Finding:
    """Who presents something too old is not handed what still works."""
    return nothing_that_works(late)


@invariant("SM-13.3", over=landings(), arm=True, needs={"open_link"}, controlled=True)
def the_page_of_a_link_tells_nobody(landing: Landing) -> Finding:
    """A page that was opened with a one-time value in its address tells no other origin of it."""
    return told_nobody(landing)

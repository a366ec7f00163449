"""Guide section 4, Cookie security, in a real browser: what scripts read and other sites send."""

from adapters.contract import Artefact
from adapters.scenes import Shelf
from suites.kernel import Bench, Finding, Model, Policy, Session, invariant, refused
from suites.kernel.browsing import Crossed, Look
from suites.kernel.select_browser import crossings, during, kept_tokens, looks
from suites.kernel.verify_browser import asks_without_secrets, carries_no_session, nothing_kept

BROWSER = {"browser"}
CROSSING = {"browser", "cross_site"}


@invariant("SM-4.5", over=looks(during), needs=BROWSER)
def no_artefact_is_where_scripts_can_read(look: Look, model: Model, policy: Policy) -> Finding:
    """No storage, cache, global or page of a browser holds what its session is known by."""
    return nothing_kept(look, model, policy)


@invariant("SM-4.5", over=kept_tokens(), needs=BROWSER, arm=True)
def no_readable_token_opens_a_session(kept: tuple[Session, Artefact], target: Bench) -> Finding:
    """No token that a script can read opens a session elsewhere."""
    session, token = kept
    return refused(target.everywhere([token], session.channel))


@invariant("SM-4.2", over=looks(during), needs=BROWSER, arm=True)
def no_script_reads_a_session_cookie(look: Look, model: Model, policy: Policy) -> Finding:
    """What document.cookie shows a script in a real browser is no session artefact."""
    return nothing_kept(look, model, policy, {Shelf.COOKIES})


@invariant("SM-4.4", over=looks(lambda _: True), needs=BROWSER, arm=True)
def no_browser_asks_with_an_artefact_in_an_address(look: Look, model: Model) -> Finding:
    """No address that a real browser asks for, and no Referer it sends, holds an artefact."""
    return asks_without_secrets(look, model)


@invariant("SM-4.3", over=crossings(), needs=CROSSING, arm=True)
def no_other_site_sends_the_session(crossed: Crossed, policy: Policy) -> Finding:
    """A real browser sends no session cookie with a form, image or fetch of another site."""
    return carries_no_session(crossed, policy)

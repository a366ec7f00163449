"""Catalogue section 10, Cross-site request forgery and replay: one use serves no other."""

from suites.kernel import Event, Finding, Policy, invariant, warning
from suites.kernel.contests import Series
from suites.kernel.lineups_once import LINKS
from suites.kernel.once import EXPIRED, FACTOR, LINK, USED, OneTimeUse
from suites.kernel.select_once import late_resets, misused, reused_resets
from suites.kernel.verify import declined
from suites.kernel.verify_once import opened_nobody
from suites.kernel.verify_races import contests, explains_itself


@invariant(
    "SM-10.5",
    over=misused(lambda use: (use.what, use.how) == (LINK, USED)),
    needs={"magic_link"},
    controlled=True,
)
def a_login_link_opens_one_session(use: OneTimeUse) -> Finding:
    """A login link that has been used opens nothing any more, whatever is asked for since."""
    return opened_nobody(use)


@invariant(
    "SM-10.5",
    over=misused(lambda use: use.how == EXPIRED),
    needs={"magic_link", "clock"},
    controlled=True,
    arm=True,
)
def a_login_link_is_short_lived(use: OneTimeUse) -> Finding:
    """A login link opens nothing after its declared lifetime."""
    return opened_nobody(use)


@invariant(
    "SM-10.5",
    over=misused(lambda use: use.what == FACTOR),
    needs={"mfa"},
    controlled=True,
)
def a_second_factor_completes_the_login_of_its_owner_only(use: OneTimeUse) -> Finding:
    """The second factor of one account does not complete the login of another."""
    return opened_nobody(use)


@invariant("SM-10.5", over=contests(LINKS), arm=True, controlled=True)
def a_login_link_is_used_once_however_fast(series: Series) -> Finding:
    """A login link that is used twice at the same moment opens at most one session."""
    return explains_itself(series, "at most one session")


@invariant("SM-10.5", over=reused_resets(), needs={"reset_password"}, controlled=True)
def a_reset_token_sets_one_password(reset: Event) -> Finding:
    """A reset token that has set a password sets no other one."""
    return declined(reset, "once it was used")


@invariant(
    "SM-10.5",
    over=late_resets(),
    needs={"reset_password", "clock"},
    controlled=True,
    arm=True,
)
def a_reset_token_is_short_lived(reset: Event, policy: Policy) -> Finding:
    """A reset token sets no password after its declared lifetime."""
    found = declined(reset, "after its lifetime")
    if found.violated and not policy.declares("one_time.lifetime"):
        # Days are usual, and no standard names a limit for them as for codes (ASVS 6.5.5).
        return warning("a declared one_time.lifetime", found.seen)
    return found

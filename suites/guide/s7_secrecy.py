"""Guide section 7, Logging and monitoring: the log gives nothing away, and nobody forges it."""

from suites.kernel import Finding, invariant
from suites.kernel.audit import Unread
from suites.kernel.secrecy import Forged, Searched
from suites.kernel.verify_secrecy import forgeries, free_of_secrets, neutralised, searched


@invariant("SM-7.3", over=searched())
def no_secret_is_logged(subject: tuple[Searched | Unread, str]) -> Finding:
    """No line of a log and no alert shows a password, a token or a session id, nor a piece."""
    return free_of_secrets(subject)


@invariant("SM-7.3", over=forgeries())
def nobody_forges_an_entry(sight: Forged) -> Finding:
    """What a client sends becomes no entry of its own, and hides none."""
    return neutralised(sight)

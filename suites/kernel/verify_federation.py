"""Verifiers for what a provider or a relying party answers."""

from adapters.contract import Acknowledged, Seen
from suites.kernel.federation import Forgery, Silence
from suites.kernel.model import Event
from suites.kernel.verify import Finding, check, held, unclear, unusable, violated


def active(seen: Seen) -> Finding:
    """Judge that introspection vouches for a token."""
    if not seen.clear:
        return unclear("active", seen.why)
    return check(seen.identity is not None, "active", "inactive")


def inactive(seen: Seen) -> Finding:
    """Judge that introspection does not vouch for a token."""
    if not seen.clear:
        return unclear("not active", seen.why)
    return check(seen.identity is None, "not active", "active")


def unusable_answer(event: Event) -> Finding:
    """Judge that an attempt gave nothing."""
    if event.answer is None:
        return unclear("refused", "nothing was asked")
    return unusable(event.answer)


def forgotten(silence: Silence) -> Finding:
    """Judge that a provider no longer gives a client a code without asking the user."""
    expected = "the user is asked to log in"
    if isinstance(silence.after, Acknowledged):
        return violated(expected, f"a code for the client {silence.client}, silently")
    found = unusable(silence.after)
    return held(expected) if not found.violated and found.outcome.value == "held" else found


def still_known(silence: Silence) -> Finding:
    """Judge that a provider still knows a browser that nobody logged out."""
    expected = "still logged in at the provider"
    if isinstance(silence.after, Acknowledged):
        return held(expected)
    found = unusable(silence.after)
    return violated(expected, "logged out") if found.outcome.value == "held" else found


def nobody_but(user: str, seen: Seen) -> Finding:
    """Judge that a browser is recognised as this user or as nobody."""
    expected = f"{user} or nobody"
    if not seen.clear:
        return unclear(expected, seen.why)
    return check(seen.identity in {None, user}, expected, f"recognised as {seen.identity}")


def no_effect(forgery: Forgery) -> Finding:
    """Judge that a forged message was refused, and ended nothing."""
    expected = "refused, and the session is alive"
    if not forgery.after.clear:
        return unclear(expected, forgery.after.why)
    if forgery.after.identity is None:
        return violated(expected, f"the session was ended by a token with {forgery.defect}")
    found = unusable(forgery.answer)
    if found.violated:
        return violated(expected, f"a token with {forgery.defect} was acknowledged")
    return found

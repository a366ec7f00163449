"""Guide section 1, Session ID generation: values of different purpose are independent."""

from collections.abc import Iterator
from itertools import permutations

from suites.kernel import AUTHENTICATING, Event, Finding, check, events, invariant
from suites.probes.independence import kinship

PUBLIC = ("handle", "account")
SHOWN = (*PUBLIC, "csrf")
"""What people or the scripts of a page see; a signed double submit binds such a value."""
ONE_PURPOSE = ({kind.value for kind in AUTHENTICATING}, {"csrf"})


@invariant("SM-1.6", over=events("values", lambda e: len({what for what, _ in e.extra}) > 1))
def values_of_different_purpose_are_independent(values: Event) -> Finding:
    """No value of a session equals, contains or is an unsalted image of another one of it."""
    related = list(_related(values.extra))
    expected = f"{len(values.extra)} independent values"
    return check(not related, expected, "; ".join(related[:3]))


def _related(values: list[tuple[str, str]]) -> Iterator[str]:
    for (what, value), (other, source) in permutations(values, 2):
        how = kinship(value, source) if _comparable(what, other) else None
        # A secret may name what is shown anyway; the reverse gives the secret away.
        if how is not None and (other not in SHOWN or how == "equals"):
            yield f"{what} {how} {other}"


def _comparable(what: str, other: str) -> bool:
    """Leave out pairs of one purpose, as two copies of one anti-CSRF token."""
    pair = {what, other}
    loose = {name for name in pair if name.startswith("cookie ")}
    if len(pair) == 1 or any(pair <= purpose for purpose in ONE_PURPOSE) or pair <= {*PUBLIC}:
        return False
    return not loose or bool(pair & {"session", "access", "refresh", "remember", "reset"})


@invariant("SM-1.6", over=events("borrowed values"))
def no_other_value_is_accepted_as_an_identifier(borrowed: Event) -> Finding:
    """Handles, device ids and account names open nothing where an identifier goes."""
    accepted = [name for name, seen in borrowed.looks if seen.identity is not None]
    expected = f"all {len(borrowed.looks)} other values refused"
    return check(not accepted, expected, f"accepted: {', '.join(accepted[:3])}")

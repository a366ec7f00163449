"""Selectors and verifiers of floods, hostile values and guesses.

A flood counts when it was made as ordered and bystanders were looked at often enough; slowness
alone is told as a warning, because a small test system is slow under any load.
"""

from collections.abc import Iterator

from adapters.contract import Acknowledged, Refused
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.flooding import Flood, Witness
from suites.kernel.guessing import BEYOND, CHOSEN_BY_PEOPLE, Guesses
from suites.kernel.hostile import Hostility
from suites.kernel.load import Latency
from suites.kernel.policy import Policy
from suites.kernel.verify import Finding, check, held, not_judged, unclear, violated, warning

RECOGNISED = "every bystander was recognised just before the flood"
GENUINE = "the genuine value was accepted just before"
GROWTH = 0.5
"""The share of visits that may leave something behind: what grows with each of them is unbound."""
LEFT = 0.5
"""The share of what a flood left that may still be there once all of it has expired."""


def floods(kind: str = "") -> Selector:
    """Select the floods of one kind, or all of them."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "flood" and kind in {"", event.extra.kind}:
                found: Flood = event.extra
                yield Subject(found, (event.number,), f"{found.kind} | {found.channel}")

    return Selector("floods", pick, RECOGNISED)


def outlived() -> Selector:
    """Select floods after everything they left behind has expired."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "flood outlived":
                yield Subject(event.extra, (event.number,), event.detail)

    return Selector("floods that were outlived", pick, RECOGNISED)


def hostile() -> Selector:
    """Select the classes of hostile values that were presented."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "hostile":
                found: Hostility = event.extra
                about = f"{found.what} | {found.credential.kind.value} in {found.credential.place}"
                yield Subject(found, (event.number,), about)

    return Selector("hostile values", pick, GENUINE)


def guessed() -> Selector:
    """Select series of guesses."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == "guesses":
                found: Guesses = event.extra
                yield Subject(found, (event.number,), f"{found.what} | {found.between} between")

    return Selector("series of guesses", pick, GENUINE)


# -- floods ---------------------------------------------------------------------------------------


def survived(flood: Flood) -> Finding:
    """Judge that every bystander was recognised, as nobody else, as long as the flood went on."""
    expected = "every bystander recognised before, during and after the flood"
    for witness in flood.witnesses:
        if witness.mixed:
            return violated(expected, f"{witness.words} recognised as somebody else {_in(witness)}")
        if witness.dead and not flood.why.startswith("a bystander was not"):
            return violated(expected, f"{witness.words} recognised no more {_in(witness)}")
    if flood.why:
        return not_judged(expected, flood.why)
    return held(expected, f"{flood.during} looks at {len(flood.witnesses)} sessions meanwhile")


def recovered(flood: Flood) -> Finding:
    """Judge that everybody is served again once a flood is over."""
    expected = "bystanders served again after the flood"
    if flood.order is None or not flood.sent.requests:
        return not_judged(expected, flood.why)
    lost = [witness.words for witness in flood.witnesses if not witness.back]
    return check(not lost, expected, f"no clear answer to {', '.join(lost)}")


def bearable(flood: Flood, policy: Policy) -> Finding:
    """Judge how long bystanders waited; slowness is worth a warning, never a failure."""
    factor = float(policy["flood.latency_factor"])
    expected = f"answers to bystanders at most {factor:g} times slower than before the flood"
    if flood.why:
        return not_judged(expected, flood.why)
    before, during, after = (flood.figures.before, flood.figures.during, flood.figures.after)
    missing = sum(w.unanswered - w.excused for w in flood.witnesses)
    if missing:
        return warning(expected, f"{missing} of {flood.during} looks got no clear answer")
    for phase, found in (("during", during), ("after", after)):
        if found.median > factor * before.median:
            return warning(expected, f"{phase} it {_times(found, before)}")
    return held(expected, _times(during, before))


def bounded_growth(flood: Flood) -> Finding:
    """Judge that anonymous visits do not each leave something behind."""
    expected = "fewer sessions kept than visits were made"
    before, after, _ = flood.kept
    if flood.why or before is None or after is None:
        return not_judged(expected, flood.why or "the target did not count its sessions")
    visits = flood.sent.classes.get("answered", 0)
    if not visits:
        return held(expected, "no visit was answered")
    grown = after - before
    return check(grown <= GROWTH * visits, expected, f"{grown} more after {visits} visits")


def reclaimed(flood: Flood) -> Finding:
    """Judge that the sessions a flood left behind are given up when they have expired."""
    expected = "expired sessions are given up"
    before, after, later = flood.kept
    if before is None or after is None or later is None:
        return not_judged(expected, "the target did not count its sessions")
    grown = after - before
    if grown <= 0:
        return not_judged(expected, "the flood left no session behind")
    left = max(0, later - before)
    return check(left <= LEFT * grown, expected, f"{left} of {grown} are kept after their limit")


def _in(witness: Witness) -> str:
    return witness.mixed or witness.dead


def _times(found: Latency, before: Latency) -> str:
    return f"{found.median * 1000:.0f} ms in the middle, {before.median * 1000:.0f} ms before"


# -- hostile values -------------------------------------------------------------------------------


def turned_away(found: Hostility) -> Finding:
    """Judge that a hostile value is refused without a failure of the target."""
    expected = "refused without a server error"
    if _unproven(found):
        return not_judged(expected, "the genuine value was not accepted before")
    if found.crashed:
        return violated(expected, f"{found.crashed} of {found.sent} led to a server error")
    return check(not found.accepted, expected, f"{found.accepted} of {found.sent} were accepted")


def cheap(found: Hostility, policy: Policy) -> Finding:
    """Judge that a hostile value takes about as long as any invalid one.

    The fastest of several answers counts, which a busy machine cannot make slow; without a declared
    factor slowness is a warning.
    """
    factor = float(policy["flood.latency_factor"])
    expected = f"refused within {factor:g} times the time of a plain invalid value"
    if _unproven(found):
        return not_judged(expected, "the genuine value was not accepted before")
    if found.fastest <= found.bound:
        return held(expected, f"{found.fastest * 1000:.1f} ms at best")
    told = (
        f"{found.fastest * 1000:.0f} ms at best in {found.sent} answers, "
        f"{found.baseline * 1000:.1f} ms for a plain one"
    )
    return (violated if policy.declares("flood.latency_factor") else warning)(expected, told)


def others_served(found: Hostility) -> Finding:
    """Judge that a normal request is answered as before, after many hostile ones."""
    expected = f"a normal request recognised after hostile ones ({found.what})"
    owner = found.credential.owner
    if _unproven(found) or found.after is None:
        return not_judged(expected, "the genuine value was not accepted before")
    if found.after.identity == owner:
        return held(expected, f"recognised after {found.sent}")
    told = "nobody recognised" if found.after.nobody else f"no clear answer: {found.after.why}"
    return violated(expected, f"{told}, twice, after {found.sent} of them")


def _unproven(found: Hostility) -> bool:
    return found.before is None or found.before.identity != found.credential.owner


# -- guesses --------------------------------------------------------------------------------------


def slowed(found: Guesses) -> Finding:
    """Judge that guesses beyond the declared limit are noticed.

    Where no limit is declared, and for values of chance that nobody guesses online, it is only
    worth a warning.
    """
    limit = "no limit" if found.limit is None else f"a limit of {found.limit}"
    expected = f"guesses slowed down or the session ended, with {limit} declared"
    if found.why:
        return not_judged(expected, found.why)
    if found.slowed is not None:
        return held(expected, f"slowed down after {found.slowed} {found.what}")
    if found.ended:
        return held(expected, f"the session was ended after {found.made} {found.what}")
    told = f"{found.made} {found.what} were tried, and none was held up"
    exceeded = found.limit is not None and found.made >= BEYOND * found.limit
    if exceeded and found.what in CHOSEN_BY_PEOPLE:
        return violated(expected, told)
    return warning(expected, told)


def owner_unharmed(found: Guesses) -> Finding:
    """Judge that the owner's living session can be used and renewed after guesses of others."""
    expected = f"{found.owner.user} recognised and able to renew after guesses of somebody else"
    if found.why or found.alive is None:
        return not_judged(expected, found.why)
    if not found.alive.clear:
        if not found.apart:
            return not_judged(expected, "the owner needs another source address")
        return unclear(expected, found.alive.why)
    if found.alive.identity != found.owner.user:
        return violated(expected, f"nobody recognised after {found.made} {found.what}")
    if isinstance(found.renewed, Refused):
        return violated(expected, f"could not renew after {found.made} {found.what}")
    if found.renewed is not None and not isinstance(found.renewed, Acknowledged):
        return unclear(expected, found.renewed.why)
    return held(expected)


def limited(_: Guesses, policy: Policy) -> Finding:
    """Judge that the policy says how many invalid attempts there may be."""
    expected = "a declared throttle.max_invalid"
    value = policy["throttle.max_invalid"]
    return held(expected, str(value)) if isinstance(value, int) else warning(expected, "none")

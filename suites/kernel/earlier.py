"""Plays the findings of an earlier run again: each is still shown, refused, or not to be told.

A refusal counts only if the very claim was judged again in the scenario, and held.
"""

from collections import Counter
from collections.abc import Collection
from itertools import chain

from adapters.contract import Unclear
from suites.kernel.campaign import Campaign
from suites.kernel.declare import Invariant
from suites.kernel.histories import History
from suites.kernel.ledger import Ledger, finding_id
from suites.kernel.results import Earlier, Replay, Replayed
from suites.kernel.scenario import tell
from suites.kernel.verify import Outcome

ATTEMPTS = 2
"""How often a claim is asked alone; before that, all claims watch the scenario once."""


def play_again(campaign: Campaign, earlier: Earlier, *, known: Collection[str] = ()) -> Replayed:
    """Play the scenario of an earlier finding; what it shows is kept as found by this run.

    Args:
        known: the ids of all findings of the earlier run.
    """
    invariant = next(
        (one for one in campaign.invariants if one.name == earlier.scenario.invariant), None
    )
    if earlier.unplayable or invariant is None:
        why = earlier.unplayable or "its claim is not judged in this run"
        return Replayed(earlier, Replay.NOT_PLAYED, why)
    why = ""
    for watching in (campaign.invariants, *[(invariant,)] * ATTEMPTS):
        book, trouble = Ledger(), campaign.ledger.trouble.copy()
        history = campaign.play(earlier.scenario.steps, invariants=watching, ledger=book)
        _take_over(campaign, book)
        if shown := _shown(earlier, invariant, book, known):
            return Replayed(earlier, Replay.SHOWN, shown)
        why = (
            next(iter(campaign.ledger.trouble - trouble), "")
            or _hindered(earlier, history, campaign)
            or _unjudged(earlier, invariant, book, history)
        )
        if len(watching) == 1 and not why:
            return Replayed(earlier, Replay.REFUSED, "its claim was judged again and held")
        if history is None:
            break
    return Replayed(earlier, Replay.NOT_PLAYED, why)


def _take_over(campaign: Campaign, book: Ledger) -> None:
    for breach in book.breaches.values():
        breach.found_after = campaign.ledger.requests
        campaign.ledger.breach(breach)


def _shown(
    earlier: Earlier, invariant: Invariant, book: Ledger, known: Collection[str]
) -> str | None:
    """Return how the finding shows, also where only its context has got another name."""
    if earlier.finding in book.breaches:
        return f"seen {book.breaches[earlier.finding].finding.seen}"
    if _outcomes(earlier, invariant, book)[Outcome.HELD]:
        return None
    others = (b for b in book.breaches.values() if b.invariant is invariant and b.id not in known)
    return next((f"seen {b.finding.seen}, as finding {b.id}" for b in others), None)


def _hindered(earlier: Earlier, history: History | None, campaign: Campaign) -> str:
    """Return why a scenario was not played whole, nothing when it was."""
    if history is None:
        return campaign.gone or campaign.broken or "the target gave up"
    steps = earlier.scenario.steps
    if len(history.steps) < len(steps):
        missed = next(step for step in steps if step not in history.steps)
        return f"a step was not possible: {tell([missed])[0]}"
    if not earlier.reproduced:
        return "its scenario did not show it again in the earlier run either"
    return ""


def _unjudged(earlier: Earlier, invariant: Invariant, book: Ledger, history: History | None) -> str:
    """Return why nothing follows from a scenario that showed no violation, nothing if it does."""
    tally = book.tally(invariant)
    mine = _outcomes(earlier, invariant, book) or tally.outcomes
    if mine[Outcome.UNCLEAR]:
        return f"unclear: {tally.unclear_because.most_common(1)[0][0]}"
    if mine[Outcome.DEVIATION] or mine[Outcome.WARNING]:
        return f"judged by another policy: {next(iter(tally.notes), '')}"
    if mine[Outcome.HELD] or _nothing_left(invariant, history):
        return ""
    return "nothing that its claim speaks of came up"


def _nothing_left(invariant: Invariant, history: History | None) -> bool:
    """Tell whether the absence of a subject speaks for itself.

    It does where the subject is itself what must not be there, as a credential issued at logout:
    no control belongs to it, and every call of the history was answered.
    """
    if history is None or invariant.over.control or not invariant.arm:
        return False
    return not any(isinstance(event.answer, Unclear) for event in history.world.model.events)


def _outcomes(earlier: Earlier, invariant: Invariant, book: Ledger) -> Counter[Outcome]:
    """Return how this finding's own subjects were judged, in whatever context of its name."""
    mine = (
        outcomes
        for (name, context), outcomes in book.contexts.items()
        if name == invariant.name and finding_id(invariant, context) == earlier.finding
    )
    return Counter(chain.from_iterable(outcomes.elements() for outcomes in mine))

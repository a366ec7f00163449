"""One ledger out of several, as if one process had kept it: parallel runs are judged by it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from suites.kernel.ledger import Breach, Ledger, Tally


def merge(ledgers: Iterable[Ledger]) -> Ledger:
    """Return what the ledgers hold together; the order in which they are given is that of the run.

    Counts add up. Of a violation that several hold, the shortest history stays, and of equally
    short ones the first; it was found after all requests of the ledgers before it. None of the
    ledgers is changed.
    """
    whole = Ledger()
    for part in ledgers:
        _tallies(whole, part)
        _breaches(whole, part)
        for key, outcomes in part.contexts.items():
            whole.contexts.setdefault(key, Counter()).update(outcomes)
        for name, steps in part.examples.items():
            whole.examples.setdefault(name, steps)
        whole.trouble.update(part.trouble)
        whole.coverage |= part.coverage
        whole.lifelines += part.lifelines
        whole.revocations += part.revocations
        whole.floods += part.floods
        whole.swept += part.swept
        whole.samples |= part.samples
        whole.moves.update(part.moves)
        whole.histories += part.histories
        whole.requests += part.requests
    return whole


def _tallies(whole: Ledger, part: Ledger) -> None:
    for name, tally in part.tallies.items():
        sum_ = whole.tallies.setdefault(name, Tally())
        sum_.judged += tally.judged
        sum_.controls += tally.controls
        sum_.outcomes.update(tally.outcomes)
        sum_.unclear_because.update(tally.unclear_because)
        sum_.not_judged_because.update(tally.not_judged_because)
        for note, outcome in tally.notes.items():
            sum_.notes.setdefault(note, outcome)


def _breaches(whole: Ledger, part: Ledger) -> None:
    for breach in part.breaches.values():
        mine: Breach = replace(breach, found_after=whole.requests + breach.found_after)
        known = whole.breaches.get(mine.id)
        if known is not None:
            known.occurrences += mine.occurrences - 1
        whole.breach(mine)

"""What one run found, carried to the run that goes on, as plain data."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from suites.kernel.declare import INVARIANTS
from suites.kernel.ledger import Breach, Ledger, Tally
from suites.kernel.verify import Finding, Outcome

Carried = dict[str, Any]


def carried(ledger: Ledger, names: Iterable[str]) -> Carried:
    """Return what a ledger holds of these invariants."""
    wanted = frozenset(names)
    return {
        "tallies": {n: _told(t) for n, t in ledger.tallies.items() if n in wanted},
        "contexts": [
            [name, context, {str(o): n for o, n in outcomes.items()}]
            for (name, context), outcomes in ledger.contexts.items()
            if name in wanted
        ],
        "examples": {n: [*map(dict, s)] for n, s in ledger.examples.items() if n in wanted},
        "breaches": [
            {**_plain(b), "invariant": b.invariant.name}
            for b in ledger.breaches.values()
            if b.invariant.name in wanted
        ],
    }


def _told(tally: Tally) -> Carried:
    return {
        "judged": tally.judged,
        "controls": tally.controls,
        "outcomes": {str(outcome): count for outcome, count in tally.outcomes.items()},
        "notes": {note: str(outcome) for note, outcome in tally.notes.items()},
        "unclear_because": dict(tally.unclear_because),
    }


def _plain(breach: Breach) -> Carried:
    return {
        "finding": {**asdict(breach.finding), "outcome": str(breach.finding.outcome)},
        "context": breach.context,
        "steps": [dict(step) for step in breach.steps],
        "control": breach.control,
        "replays": breach.replays,
        "about": list(breach.about),
        "occurrences": breach.occurrences,
    }


def take_up(ledger: Ledger, said: Mapping[str, Any]) -> None:
    """Add to a ledger what another one held."""
    for name, told in said["tallies"].items():
        tally = ledger.tallies.setdefault(name, Tally())
        tally.judged += told["judged"]
        tally.controls += told["controls"]
        tally.outcomes.update({Outcome(o): n for o, n in told["outcomes"].items()})
        tally.notes |= {note: Outcome(outcome) for note, outcome in told["notes"].items()}
        tally.unclear_because.update(told["unclear_because"])
    for name, context, outcomes in said["contexts"]:
        counted = ledger.contexts.setdefault((name, context), Counter())
        counted.update({Outcome(o): n for o, n in outcomes.items()})
    for name, steps in said["examples"].items():
        ledger.examples.setdefault(name, tuple(steps))
    for told in said["breaches"]:
        ledger.breach(_breach(told))


def _breach(told: Carried) -> Breach:
    finding = {**told["finding"], "outcome": Outcome(told["finding"]["outcome"])}
    return Breach(
        INVARIANTS[told["invariant"]],
        Finding(**finding),
        told["context"],
        tuple(told["steps"]),
        told["control"],
        told["replays"],
        0,
        tuple(told["about"]),
        told["occurrences"],
    )

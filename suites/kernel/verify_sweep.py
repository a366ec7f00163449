"""Judges what came of calls of documented operations with artefacts that are not alive."""

from collections.abc import Iterable

from adapters.operations import Came
from suites.kernel.policy import Policy
from suites.kernel.sweep import PUBLIC, WRONG, Survey, Sweep, Trial
from suites.kernel.verify import (
    NO_EVIDENCE,
    Finding,
    held,
    not_judged,
    unclear,
    violated,
    warning,
)

SAID_NO = frozenset({Came.REFUSED, Came.SENT_AWAY})
MOST_NAMED = 5


def _uncontrolled(sweep: Sweep) -> str:
    """Return why the answers to an operation tell nothing, or nothing."""
    why, control = sweep.why, sweep.control
    if not why and control is None:
        why = "no valid call of it could be made up"
    elif not why and control is not None and control.came is Came.REFUSED:
        why = f"a living artefact is refused as well ({control.told})"
    elif not why and control is not None and control.came is Came.UNCLEAR:
        why = f"a living artefact got no clear answer ({control.told})"
    return f"{sweep.operation}: {why}" if why and sweep.operation else why


def _named(trials: Iterable[Trial]) -> str:
    return "; ".join(f"{_state(t)}: {t.shows or t.told}" for t in trials)


def _state(trial: Trial) -> str:
    return f"{trial.state}, {trial.spelling}" if trial.spelling else trial.state


def refused_in_every_state(sweep: Sweep) -> Finding:
    """Judge that an operation did nothing for any artefact that is not alive."""
    expected = f"{sweep.operation} refused with {', '.join(t.state for t in sweep.trials)}"
    if why := _uncontrolled(sweep):
        return not_judged("a living artefact that is let in", why)
    control = sweep.control.came if sweep.control is not None else Came.UNCLEAR
    done = [t for t in sweep.trials if t.came is Came.DONE]
    failed = [t for t in sweep.trials if t.came is Came.FAILED and control is not Came.FAILED]
    showing = [t for t in sweep.trials if t.shows and t not in done]
    if wrong := [*done, *failed, *showing]:
        return violated(expected, _named(wrong))
    if sweep.changed:
        return violated(expected, f"the session of its owner showed {sweep.changed}")
    if alike := sweep.sent_alike(sweep.trials):
        return not_judged(expected, f"{sweep.operation}: {alike}")
    if all(t.came not in SAID_NO for t in sweep.trials) and control is not Came.DONE:
        # Whatever is asked for first, it is not who asks.
        told = sweep.trials[0].told if sweep.trials else "nothing was sent"
        return not_judged(expected, f"{sweep.operation}: answered alike to anybody ({told})")
    doubtful = [t for t in sweep.trials if t.came in {Came.UNCLEAR, Came.FAILED}]
    if doubtful:
        return unclear(expected, f"{sweep.operation}: {_named(doubtful)}")
    otherwise = [t for t in sweep.trials if t.came is Came.DECLINED]
    if otherwise:
        return warning(expected, f"not as declared: {_named(otherwise[:1])}")
    return held(expected)


def refused_however_spelled(sweep: Sweep) -> Finding:
    """Judge that an operation did nothing for nobody where it was asked for in another way."""
    if why := _uncontrolled(sweep):
        return not_judged("a living artefact that is let in", why)
    ways = ", ".join(dict.fromkeys(t.spelling for t in sweep.spelled))
    expected = f"{sweep.operation} refused {ways}"
    wrong = [t for t in sweep.spelled if t.came in WRONG or t.shows]
    if wrong:
        return violated(expected, _named(wrong))
    if alike := sweep.sent_alike(sweep.spelled):
        return not_judged(expected, f"{sweep.operation}: {alike}")
    return held(expected)


def refused_to_others(sweep: Sweep) -> Finding:
    """Judge that an operation did nothing with an object for a user whose it is not."""
    if why := _uncontrolled(sweep):
        return not_judged("a living artefact that is let in", why)
    expected = f"{sweep.operation} refused to another user"
    control = sweep.control.came if sweep.control is not None else Came.UNCLEAR
    if control is not Came.DONE:
        return not_judged(expected, f"{sweep.operation}: not done for its owner either")
    wrong = [t for t in sweep.others if t.came is Came.DONE]
    return violated(expected, _named(wrong)) if wrong else held(expected)


def judged_throughout(sweeps: Iterable[Sweep]) -> Finding:
    """Judge that a pass speaks of every secured operation that somebody wanted to be called."""
    expected = "every secured operation judged"
    wanted = {sweep.operation: sweep for sweep in sweeps if not sweep.spared}
    found = [refused_in_every_state(sweep) for sweep in wanted.values()]
    why = [one.seen for one in found if one.outcome in NO_EVIDENCE]
    if not why:
        return held(expected)
    named = [*why[:MOST_NAMED], *([f"{len(why) - MOST_NAMED} more"] * (len(why) > MOST_NAMED))]
    judged = f"{len(found) - len(why)} of {len(found)} operations judged"
    return warning(expected, f"{judged}; {len(why)} not: {'; '.join(named)}")


def public_as_declared(survey: Survey, policy: Policy) -> Finding:
    """Judge that every operation without a guard is one that is meant to have none."""
    expected = f"every operation secured, or listed under {PUBLIC}"
    if survey.description is None:
        return not_judged(expected, survey.why)
    if not policy.declares(PUBLIC):
        return held(expected, "public as the document says")
    declared = frozenset(policy["openapi.public_operations"])
    open_ = (o for o in survey.description.operations if not (o.secured or o.by_the_way))
    found = [one.label for one in open_]
    if unknown := [label for label in found if label not in declared]:
        return warning(expected, f"public and not listed: {', '.join(unknown)}")
    return held(expected)

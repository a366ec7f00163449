"""Judges what a run is about to leave behind: whether each verdict can stand on its own (SM-8.6).

That no secret is shown is judged on the finished files: `evidence` sweeps them.
"""

from collections.abc import Iterable

from jsonschema.exceptions import best_match

from reports.retest_input import validator
from reports.writers.runjson import run_json
from suites.catalogue import catalogue
from suites.kernel.results import Result, RunRecord
from suites.kernel.verdict import Verdict

ID = "SM-8.6"
SHOWN = 5


def attributable(record: RunRecord, planned: Iterable[str]) -> Result:
    """Judge that every verdict says what it is about, under which conditions, and why.

    A target that does not tell its version is a warning: nobody could say later what was tested.

    Args:
        planned: what there has to be a verdict on.
    """
    judged = len(record.results)
    if lacking := list(_lacking(record, planned)):
        return Result(catalogue()[ID], Verdict.ERROR, "; ".join(lacking[:SHOWN]), judged=judged)
    if not record.version:
        reason = "the version of the target is not known: declare `target.version`"
        return Result(catalogue()[ID], Verdict.WARNING, reason, judged=judged)
    told = f"all {judged} verdicts name target, version, policy, seed, time and reason"
    return Result(catalogue()[ID], Verdict.PASS, told, judged=judged)


def _lacking(record: RunRecord, planned: Iterable[str]) -> Iterable[str]:
    told = {result.requirement.id for result in record.results}
    yield from (f"{name} has no verdict" for name in planned if name not in told | {ID})
    for result in record.results:
        if result.verdict is not Verdict.PASS and not result.reason:
            yield f"{result.requirement.id} is {result.verdict} without a reason"
    wrong = best_match(validator("run.schema.json").iter_errors(run_json(record)))
    if wrong is not None:
        yield f"run.json is not as its schema says, at {wrong.json_path}: {wrong.validator}"

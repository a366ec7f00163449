"""Guide section 8, Verification and testing: every operation asks for a living artefact."""

from suites.kernel import Finding, Policy, invariant
from suites.kernel.select_sweep import all_swept, surveyed, swept
from suites.kernel.sweep import Survey, Sweep
from suites.kernel.verify_sweep import (
    judged_throughout,
    public_as_declared,
    refused_however_spelled,
    refused_in_every_state,
    refused_to_others,
)


@invariant("SM-8.4", over=swept(lambda sweep: len(sweep.trials), always=True), controlled=True)
def no_operation_works_without_a_living_artefact(sweep: Sweep) -> Finding:
    """A secured operation refuses absent, made-up, foreign-kind and dead artefacts alike."""
    return refused_in_every_state(sweep)


@invariant("SM-8.4", over=swept(lambda sweep: len(sweep.spelled)), controlled=True, arm=True)
def no_other_spelling_gets_past_the_guard(sweep: Sweep) -> Finding:
    """Another method, slash or version of the path is guarded as the documented one is."""
    return refused_however_spelled(sweep)


@invariant("SM-8.4", over=swept(lambda sweep: len(sweep.others)), controlled=True, arm=True)
def an_object_obeys_its_owner_alone(sweep: Sweep) -> Finding:
    """An operation on an object of one user does nothing for another user."""
    return refused_to_others(sweep)


@invariant("SM-8.4", over=all_swept(), controlled=True, arm=True)
def a_pass_speaks_of_every_secured_operation(sweeps: tuple[Sweep, ...]) -> Finding:
    """Every secured operation could be judged, but for those that the profile leaves out."""
    return judged_throughout(sweeps)


@invariant("SM-8.4", over=surveyed(), arm=True)
def public_operations_are_declared(survey: Survey, policy: Policy) -> Finding:
    """An operation that the document does not secure is meant to be open to everybody."""
    return public_as_declared(survey, policy)

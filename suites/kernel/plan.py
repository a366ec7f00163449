"""What a run will judge and what it cannot, decided before any request is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from suites.catalogue import Requirement, catalogue, requirement
from suites.kernel.declare import INVARIANTS, Invariant
from suites.kernel.policy import ASKED, BEARER_ONLY, MECHANISM, Policy

RUN_CONDITIONS = ("SM-8.1", "SM-8.2", "SM-8.3", "SM-8.6")
SEEN_IN_THE_RUN = frozenset({"session_cookie", "several_kinds"})
"""Capabilities that only the smoke test can tell; a plan takes them for given."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be done about one requirement, and why."""

    requirement: Requirement
    runs: bool
    why: str
    invariants: tuple[Invariant, ...] = ()


def plan(
    capabilities: frozenset[str], policy: Policy, only: Iterable[str] = ()
) -> Mapping[str, Planned]:
    """Return for every requirement, and every threat of the user's own, what will be done.

    Args:
        capabilities: what the adapter offers, by name.
        only: ids to run; empty means all.
    """
    wanted = frozenset(only)
    own = sorted({i.requirement.id for i in INVARIANTS.values() if i.requirement.own})
    known = [*catalogue().values(), *(_own_threat(identifier) for identifier in own)]
    return {
        found.id: _decide(found, capabilities, policy)
        for found in sorted(known, key=lambda r: r.order)
        if not wanted or found.id in wanted
    }


def _own_threat(identifier: str) -> Requirement:
    first = next(i for i in INVARIANTS.values() if i.requirement.id == identifier)
    return Requirement(identifier, title=first.sentence, statement=first.claim)


def _decide(found: Requirement, capabilities: frozenset[str], policy: Policy) -> Planned:
    if found.id in RUN_CONDITIONS:
        return Planned(found, True, "will run")
    capabilities |= SEEN_IN_THE_RUN | policy.said
    claims = [i for i in INVARIANTS.values() if i.requirement.id == found.id]
    if not claims:
        return Planned(found, False, "not applicable yet: no check of this suite covers it")
    missing = [name for name in found.needs if name not in capabilities]
    if missing:
        return Planned(found, False, f"not applicable: capability {missing[0]} is missing")
    if found.needs_any and not capabilities.intersection(found.needs_any):
        names = ", ".join(found.needs_any)
        return Planned(found, False, f"not applicable: capability {names}: one of them is needed")
    asked = [key for key in found.policy if "=" in key]
    undeclared = [key for key in asked if not policy.declares(key)]
    if undeclared:
        return Planned(found, False, f"not applicable: policy {undeclared[0]} is not declared")
    able = tuple(i for i in claims if i.needs <= capabilities)
    if all(i.arm for i in able):
        missing = sorted({need for i in claims for need in i.needs - capabilities})
        undeclared = [need for need in missing if need in ASKED]
        why = f"capability {', '.join(missing)} is missing"
        if MECHANISM in missing:
            why = f"policy {MECHANISM} is declared as {BEARER_ONLY}: no session travels by itself"
        elif undeclared:
            why = f"policy {' or '.join(undeclared)} is not declared"
        return Planned(found, False, f"not applicable: {why}")
    return Planned(found, True, "will run", able)


def judged(planned: Iterable[Planned]) -> tuple[Invariant, ...]:
    """Return the invariants of everything that will run."""
    return tuple(i for entry in planned if entry.runs for i in entry.invariants)


def only_known(identifiers: Iterable[str]) -> tuple[str, ...]:
    """Return the ids after looking each up; an unknown one raises UnknownRequirement."""
    return tuple(requirement(identifier).id for identifier in identifiers)

"""Stores the minimal scenario of a violation so that it can be played again on any run.

It does not play it.
"""

from typing import Any

from suites.kernel.results import SCENARIO_SCHEMA, Violation

__all__ = ["SCENARIO_SCHEMA", "scenario_json"]


def scenario_json(violation: Violation) -> dict[str, Any]:
    """Return the scenario as `reports/scenario.schema.json` describes it."""
    return {
        **violation.scenario.to_json(),
        "requirement": violation.requirement,
        "invariant": violation.invariant,
        "finding": violation.finding,
        "expected": violation.expected,
        "seen": violation.seen,
        "told": list(violation.told),
    }

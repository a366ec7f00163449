"""Seconds that a sweep of a hundred operations in six states takes on a target of a millisecond."""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from suites.selftest.described import Described, documented, operation, swept

OPERATIONS, LIMIT = 100, 60.0
MILLISECOND = 0.001
STATES = 6
"""With the living one."""


def seconds() -> float:
    """Return how long the sweep takes, the reading of the document included."""
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    paths = {
        f"/api/things{n}": {
            "get": operation(parameters=[_query("page", "integer"), _query("name", "string")]),
            "post": operation(requestBody=body),
        }
        for n in range(OPERATIONS // 2)
    }
    target = Described(documented(paths), seconds=MILLISECOND)
    began = time.perf_counter()
    with TemporaryDirectory() as folder, swept(Path(folder), target) as (run, server):
        took = time.perf_counter() - began
        rows = run.record().swept
        result = run.results["SM-8.4"]
        assert result.verdict.value == "pass", result.reason
        assert len(rows) == OPERATIONS
        assert all(row.live == "done" for row in rows)
        states = min(len([s for s in row.states if "," not in s]) for row in rows)
        assert states + 1 >= STATES, rows[0].states
        print(
            f"  sweep: {len(rows)} operations, {states} states and the living one, "
            f"{len(server.asked)} requests in {took:.1f} s; "
            f"load of the machine {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    return took


def main() -> int:
    """Measure, and compare with the limit."""
    found = seconds()
    print(f"{'ok  ' if found <= LIMIT else 'OVER'} sweep of {OPERATIONS} operations, s {found:.1f}")
    return int(found > LIMIT)


def _query(name: str, kind: str) -> dict[str, object]:
    return {"name": name, "in": "query", "schema": {"type": kind}}


if __name__ == "__main__":
    sys.exit(main())

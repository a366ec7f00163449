"""The full kill matrix: every seeded fault is found under its own id, and under no other."""

import argparse
import statistics
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed

from fixtures.targets.fault import Fault
from fixtures.targets.faults import FAULTS
from fixtures.targets.reference.launch import running
from suites.kernel.budget import BUDGETS
from suites.selftest.hunting import Hunt, hunt_fault, judge

WORKERS = 2
MEDIAN_LIMIT, LIMIT = 600, 5000


def one(name: str, budget: str | None) -> tuple[str, Hunt, float]:
    """Hunt one fault on a target of its own."""
    began = time.monotonic()
    with running() as target:
        found = hunt_fault(target, FAULTS[name], budget=BUDGETS.get(budget or ""))
    return name, found, time.monotonic() - began


def row(fault: Fault, found: Hunt, seconds: float) -> str:
    """Return one line of the matrix."""
    wrong = judge(fault, found)
    return (
        f"{'FAIL' if wrong else 'ok':<5}{fault.code:<9}{fault.name:<46}"
        f"{found.to_find.get(fault.breaks, 0):>8}{found.to_minimal.get(fault.breaks, 0):>8}"
        f"{seconds:>7.1f}  {' '.join(sorted(found.violated))}"
        f"{'' if found.reproduced else '  (not reproduced)'}{'  ' + wrong if wrong else ''}"
    )


def main(arguments: Iterable[str]) -> int:
    """Run the matrix over all faults, or those whose name, code or requirement is given."""
    parser = argparse.ArgumentParser(prog="kill_matrix", description=__doc__)
    parser.add_argument("wanted", nargs="*", help="names, codes or requirements; all without any")
    parser.add_argument("--budget", choices=BUDGETS, help="instead of a quick one")
    parser.add_argument("--workers", type=int, default=WORKERS)
    chosen_by = parser.parse_args(list(arguments))
    wanted = set(chosen_by.wanted)
    chosen = [
        fault
        for fault in FAULTS.values()
        if not wanted or {fault.name, fault.code, fault.breaks} & wanted
    ]
    print(f"{'':<5}{'fault':<9}{'':<46}{'to find':>8}{'to min.':>8}{'s':>7}  violated")
    failed, costs = 0, []
    with ProcessPoolExecutor(chosen_by.workers) as pool:
        jobs = [pool.submit(one, fault.name, chosen_by.budget) for fault in chosen]
        for job in as_completed(jobs):
            name, found, seconds = job.result()
            fault = FAULTS[name]
            failed += bool(judge(fault, found))
            costs.append(found.to_minimal.get(fault.breaks, 0))
            print(row(fault, found, seconds), flush=True)
    median, most = statistics.median(costs), max(costs)
    print(f"{len(chosen) - failed} of {len(chosen)} faults found exactly; requests to a minimal ")
    print(f"scenario: median {median:.0f} (limit {MEDIAN_LIMIT}), most {most} (limit {LIMIT})")
    return 1 if failed or median > MEDIAN_LIMIT or most > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

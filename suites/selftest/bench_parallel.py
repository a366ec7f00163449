"""Requests per second of one process and of two workers, on a target that is not the bottleneck."""

import os
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from fixtures.session import TargetRun
from suites.kernel.budget import Budget
from suites.kernel.discover import discover
from suites.selftest.judging import PROFILE
from suites.selftest.lean import ACCOUNTS, lean

PAIRS = 3
SEARCH = Budget("bench", 60, 20, 600.0, 60, 5.0, 40)
LEAST_GAIN = 1.6


def written(folder: Path, url: str) -> Path:
    """Write a profile with all accounts of the lean target."""
    named = [f"  - {{name: {n}, password: {{env: LEAN_{n.upper()}}}}}\n" for n in ACCOUNTS]
    os.environ.update({f"LEAN_{name.upper()}": password for name, password in ACCOUNTS.items()})
    head, rest = PROFILE.format(name="lean", url=url).split("accounts:\n")
    file = folder / "lean.yaml"
    file.write_text(f"{head}accounts:\n{''.join(named)}policy:{rest.partition('policy:')[2]}")
    return file


def rate(profile: Path, workers: int, seed: int) -> float:
    """Return the requests per second of a whole search, the start of its workers included."""
    run = TargetRun(profile, seed=seed)
    run.budget, run.workers = SEARCH, workers
    run.smoke()
    began = time.perf_counter()
    run.search()
    seconds = time.perf_counter() - began
    assert run.campaign is not None
    assert not run.interrupted
    assert not run.failure, run.failure
    assert not any(result.violations for result in run.results.values())
    return run.campaign.ledger.requests / seconds


def gain() -> float:
    """Return the median of how many times as fast two workers are, of paired searches."""
    found = []
    with lean() as url, TemporaryDirectory() as folder:
        profile = written(Path(folder), url)
        for seed in range(1, PAIRS + 1):
            one, two = rate(profile, 1, seed), rate(profile, 2, seed)
            found.append(two / one)
            print(
                f"  pair {seed}: one process {one:.0f} requests/s, two workers {two:.0f}, "
                f"{two / one:.2f} times; load of the machine {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    return statistics.median(found)


def main() -> int:
    """Measure, and compare with the limit."""
    discover()
    found = gain()
    print(f"{'ok   ' if found >= LEAST_GAIN else 'UNDER'} two workers / one {found:.2f}")
    return int(found < LEAST_GAIN)


if __name__ == "__main__":
    sys.exit(main())

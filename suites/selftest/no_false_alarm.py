"""No false alarm: the hardened reference and its correct variants, over many seeds."""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from adapters.browser import lacking
from fixtures.targets.reference.launch import running
from suites.kernel.budget import BUDGETS
from suites.kernel.presets import PRESETS
from suites.selftest.hunting import PRESSING, Hunt, hunt_on, hunt_under
from suites.selftest.variants import BROWSED, FLOODED, SEVERAL, VARIANTS

SEEDS, EACH = 30, 3
WORKERS = 2


def one(variant: str, seed: int, budget: str) -> tuple[str, int, Hunt]:
    """Run one seed on one correct variant."""
    with running() as target:
        return variant, seed, hunt_on(target, variant, budget=BUDGETS[budget], seed=seed)


def under(preset: str, seed: int, budget: str) -> tuple[str, int, Hunt]:
    """Run one seed on a correct target that keeps a preset."""
    with running() as target:
        found = hunt_under(target, preset, broken=False, budget=BUDGETS[budget], seed=seed)
    return f"preset {preset}", seed, found


def pressed(variant: str) -> tuple[str, int, Hunt]:
    """Flood one correct variant."""
    with running() as target:
        return f"{variant}, under load", 1, hunt_on(target, variant, budget=PRESSING)


def possible(why: str | None) -> list[str]:
    """Return the variants that can be judged here, and print of each other one why not."""
    for name in BROWSED if why else ():
        print(f"{name:<34} left out: {why}", flush=True)
    return [name for name in VARIANTS if not why or name not in BROWSED]


def main(arguments: list[str]) -> int:
    """Run all seeds of the hardened reference and a few of each variant; zero fails wanted."""
    parser = argparse.ArgumentParser(prog="no_false_alarm", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="on the hardened reference")
    parser.add_argument("--each", type=int, default=EACH, help="seeds on each variant and preset")
    parser.add_argument("--budget", choices=BUDGETS, default="smoke")
    parser.add_argument("--workers", type=int, default=WORKERS)
    chosen = parser.parse_args(arguments)
    jobs = [("hardened", seed) for seed in range(1, chosen.seeds + 1)]
    each = range(1, chosen.each + 1)
    variants = possible(lacking(None))
    jobs += [(name, seed) for name in variants for seed in each if name != "hardened"]
    jobs += [(name, 1) for name in SEVERAL]
    presets = [(preset, seed) for preset in PRESETS for seed in each]
    alarms = 0
    with ProcessPoolExecutor(chosen.workers) as pool:
        runs = [pool.submit(one, *job, chosen.budget) for job in jobs]
        runs += [pool.submit(under, *job, chosen.budget) for job in presets]
        runs += [pool.submit(pressed, variant) for variant in FLOODED]
        for run in as_completed(runs):
            variant, seed, found = run.result()
            alarms += bool(found.violated)
            print(f"{variant:<34} seed {seed:<4}{found.requests:>8} requests  ", end="")
            print(" | ".join(found.told) or "no fail", flush=True)
    print(f"{alarms} false alarms in {len(runs)} runs")
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

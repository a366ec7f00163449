"""No false alarm: the hardened reference and its correct variants, over many seeds."""

import sys
from concurrent.futures import ProcessPoolExecutor, as_completed

from fixtures.targets.reference.launch import running
from suites.kernel.budget import BUDGETS
from suites.kernel.presets import PRESETS
from suites.selftest.hunting import PRESSING, Hunt, hunt_on, hunt_under
from suites.selftest.variants import FLOODED, SEVERAL, VARIANTS

SEEDS = 30
WORKERS = 2


def one(variant: str, seed: int) -> tuple[str, int, Hunt]:
    """Run one seed on one correct variant."""
    with running() as target:
        return variant, seed, hunt_on(target, variant, budget=BUDGETS["acceptance"], seed=seed)


def under(preset: str, seed: int) -> tuple[str, int, Hunt]:
    """Run one seed on a correct target that keeps a preset."""
    with running() as target:
        found = hunt_under(target, preset, broken=False, budget=BUDGETS["acceptance"], seed=seed)
    return f"preset {preset}", seed, found


def pressed(variant: str) -> tuple[str, int, Hunt]:
    """Flood one correct variant."""
    with running() as target:
        return f"{variant}, under load", 1, hunt_on(target, variant, budget=PRESSING)


def main(arguments: list[str]) -> int:
    """Run all seeds of the hardened reference and a few of each variant; zero fails wanted."""
    seeds = int(arguments[0]) if arguments else SEEDS
    jobs = [("hardened", seed) for seed in range(1, seeds + 1)]
    jobs += [(name, 1) for name in SEVERAL]
    jobs += [(name, seed) for name in VARIANTS for seed in (1, 2, 3) if name != "hardened"]
    alarms = 0
    with ProcessPoolExecutor(WORKERS) as pool:
        runs = [pool.submit(one, *job) for job in jobs]
        runs += [pool.submit(under, preset, seed) for preset in PRESETS for seed in (1, 2, 3)]
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

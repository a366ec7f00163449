"""The figures of the README: overhead against a bare client, time, memory, minimising, races."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from adapters.exchange import Exchange
from fixtures.demo import CHECKOUT, PROFILE, environment
from fixtures.session import TargetRun
from fixtures.targets.faults import FAULTS
from fixtures.targets.reference.launch import Running, running
from suites.kernel.budget import BUDGETS, Budget
from suites.kernel.discover import discover
from suites.selftest import bench_races, bench_sweep
from suites.selftest.bench_parallel import LEAST_GAIN, gain
from suites.selftest.hunting import QUICK, hunt, profile
from suites.selftest.shrinker import shrunk

PAIRS = 5
COMPARED = (
    "logout-keeps-session",
    "second-logout-revives",
    "logout-spares-rotated-refresh",
    "password-change-spares-the-oldest",
)
WALK = Budget("bench", 12, 20, 600.0, 60, 5.0, 0)
OVERHEAD_LIMIT, SECONDS_LIMIT, MEMORY_LIMIT, EVIDENCE_LIMIT = 1.25, 60.0, 300.0, 0.15


class Bare:
    """A plain `requests.Session` that sends what the exploration sent, and the time it took.

    A read is sent again at once, while the target still answers the same; what changes something
    is sent afterwards, where the target has less to do for it: it refuses.
    """

    def __init__(self, target: Running) -> None:
        self.target = target
        self.session = requests.Session()
        self.session.trust_env = False
        self.seconds = 0.0
        self.later: list[Exchange] = []
        self.count = 0

    def heard(self, exchange: Exchange) -> None:
        """Send a read again; keep the rest."""
        self.count += 1
        if exchange.method == "GET":
            self.send(exchange)
        else:
            self.later.append(exchange)

    def send(self, exchange: Exchange) -> None:
        """Send the same request."""
        began = time.perf_counter()
        own = {"host", "content-length", "connection", "accept-encoding"}
        headers = {k: v for k, v in exchange.request_headers if k.lower() not in own}
        self.session.cookies.clear()
        self.session.request(
            exchange.method,
            exchange.url,
            headers=headers,
            data=exchange.request_body,
            verify=self.target.ca,
            allow_redirects=False,
        )
        self.seconds += time.perf_counter() - began


def paired(target: Running, seed: int) -> tuple[float, float, int]:
    """Return the seconds of one exploration and of a bare loop, and how many requests each sent."""
    target.reset()
    bare = Bare(target)
    with profile(target, {}) as path:
        run = TargetRun(path, seed=seed)
        run.budget = WALK
        campaign = run.begin()
        run.loaded.transport.taps.append(bare.heard)
        began = time.perf_counter()
        campaign.walk(seed)
        ours = time.perf_counter() - began - bare.seconds
    for exchange in bare.later:
        bare.send(exchange)
    return ours, bare.seconds, bare.count


def overhead() -> float:
    """Return the median ratio of paired runs: exploration to bare loop."""
    ratios = []
    with running() as target:
        for seed in range(1, PAIRS + 1):
            ours, theirs, sent = paired(target, seed)
            ratios.append(ours / theirs)
            print(
                f"  pair {seed}: {sent} requests, exploration {ours:.2f} s, "
                f"bare loop {theirs:.2f} s, ratio {ours / theirs:.2f}",
                flush=True,
            )
    return statistics.median(ratios)


@contextmanager
def _timed(told: Callable[[float], None]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    told(time.perf_counter() - began)


_RUN_AND_TELL = """
import sys, pytest
code = pytest.main(sys.argv[1:])
status = open("/proc/self/status").read()
print("VmHWM", status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
sys.exit(code)
"""


_SEARCH_ONLY = """
import sys
from pathlib import Path
from fixtures.session import TargetRun
from suites.kernel.discover import discover
discover()
TargetRun(Path(sys.argv[1]), seed=int(sys.argv[2])).search()
"""


def acceptance() -> tuple[float, float, float]:
    """Return of whole runs the median seconds, the peak in MB, and the median share of evidence.

    The run tells its own peak: what a parent is told of its children starts at its own size. The
    share is what it takes longer than the same search that writes nothing.
    """
    times: list[float] = []
    peaks: list[float] = []
    bare_times: list[float] = []
    where = str(PROFILE.relative_to(CHECKOUT))
    for seed in range(1, PAIRS + 1):
        with running() as target, _timed(times.append):
            ended = subprocess.run(  # noqa: S603  our own interpreter and arguments
                [
                    *(sys.executable, "-c", _RUN_AND_TELL, "-q", "--seed", str(seed)),
                    *("--profile", where),
                ],
                cwd=CHECKOUT,
                env=environment(target) | {"PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=False,
            )
        peaks.append(int(ended.stderr.rpartition("VmHWM ")[2]) / 1024)
        with running() as target, _timed(bare_times.append):
            subprocess.run(  # noqa: S603  our own interpreter and arguments
                [sys.executable, "-c", _SEARCH_ONLY, where, str(seed)],
                cwd=CHECKOUT,
                env=environment(target) | {"PATH": "/usr/bin:/bin"},
                check=True,
            )
        print(
            f"  acceptance run {seed}: {times[-1]:.1f} s, {peaks[-1]:.0f} MB; "
            f"without evidence {bare_times[-1]:.1f} s",
            flush=True,
        )
    shares = [1 - less / more for less, more in zip(bare_times, times, strict=True)]
    return statistics.median(times), max(peaks), statistics.median(shares)


def minimising() -> None:
    """Print requests to a minimal scenario: delta debugging on steps, and Hypothesis's shrinker."""
    with running() as target:
        for name in COMPARED:
            fault = FAULTS[name]
            found = hunt(target, (name,), budget=QUICK)
            first, all_ = shrunk(target, name, fault.breaks)
            told = f"{all_ - first} after a first failure at {first}" if first else "not found"
            print(
                f"  {fault.code:<9} steps: {found.to_minimal.get(fault.breaks, 0):>6} requests; "
                f"Hypothesis's shrinker: {told}",
                flush=True,
            )


def main() -> int:
    """Measure everything and compare with the limits."""
    discover()
    minimising()
    print(f"budget of a whole run: {BUDGETS['acceptance']}")
    ratio = overhead()
    seconds, memory, share = acceptance()
    rows = (
        ("exploration / bare requests.Session loop", ratio, OVERHEAD_LIMIT),
        ("acceptance run on the reference target, s", seconds, SECONDS_LIMIT),
        ("peak memory of the run, MB", memory, MEMORY_LIMIT),
        ("share of the evidence in its wall time", share, EVIDENCE_LIMIT),
        ("sweep of a hundred operations, s", bench_sweep.seconds(), bench_sweep.LIMIT),
    )
    for name, value, limit in rows:
        print(f"{'ok  ' if value <= limit else 'OVER'} {name:<46}{value:>8.2f}  limit {limit}")
    gained = gain()
    told = "requests per second, two workers / one process"
    print(
        f"{'ok  ' if gained >= LEAST_GAIN else 'LESS'} {told:<46}{gained:>8.2f}  least {LEAST_GAIN}"
    )
    raced = bench_races.main()
    return int(any(value > limit for _, value, limit in rows) or gained < LEAST_GAIN or raced)


if __name__ == "__main__":
    sys.exit(main())

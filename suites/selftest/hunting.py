"""Runs the suite in-process on the reference target with chosen faults and policy."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from fixtures.demo import PROFILE, environment
from fixtures.scripted import Scripted
from fixtures.session import TargetRun
from fixtures.targets.fault import Fault
from fixtures.targets.faults import FAULTS
from fixtures.targets.planted.browser import BROWSER
from fixtures.targets.planted.deadlines import DEADLINES
from fixtures.targets.planted.forgery import FORGERY
from fixtures.targets.planted.operations import OPERATIONS
from fixtures.targets.planted.pressure import PRESSURE
from fixtures.targets.planted.races import RACES
from fixtures.targets.reference.launch import Running, running
from suites.catalogue import policy_keys
from suites.kernel.bench import Calibration
from suites.kernel.budget import Budget
from suites.kernel.campaign import Campaign, Progress
from suites.kernel.discover import discover
from suites.kernel.histories import History
from suites.kernel.policy import LIMITS
from suites.kernel.presets import PRESETS
from suites.kernel.scenario import Step
from suites.selftest.variants import PRESET_FAULTS, PROFILES, SEVERAL, SWEPT, TIMED, VARIANTS

CROSSING = frozenset(
    {
        *("ride", "lend_tokens", "forge_login", "forge_logout"),
        *("replay_captured", "misuse_answer"),
    }
)
"""What other sites do, and those who recorded what a browser sent."""

QUICK = Budget("quick", 3, 12, 3.0, 60, 3.0, 40)
"""Enough for the directed scenarios; for tests that run at every change."""

SAMPLING = Budget("sampling", 0, 12, 1.0, 500, 20.0, 20)
"""The same for what is judged over many identifiers."""

ROUNDS = 20
"""Of each race, where races are hunted: they take longest on a target that is right."""
PRESSING = Budget("pressing", 0, 1, 0.0, 1, 0.0, 12)
"""For targets that are flooded: a finding is repeated a few times only."""
LOOKS = 3
"""How often a history in a browser is played to shorten it: each takes seconds."""
PATIENCE = 2
"""Seconds after which a target that is put under pressure is told to hang."""

UNTIMED: Mapping[str, Any] = dict.fromkeys(LIMITS.values(), "none")
"""The policy of a target without limits of time: to reach them takes longest."""

SAMPLED = ("SM-1.2", "SM-1.3")
"""The requirements that are judged over many identifiers."""

FEW = ("web", "mobile")
"""The channels of the demonstration that most faults show on."""

MORE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((f"SM-3.{number}" for number in range(1, 7)), ("billing",)),
    **dict.fromkeys(("SM-3.7", "SM-3.11", "SM-3.13"), ("desktop", "limited", "bound")),
    **dict.fromkeys(("SM-5.1", "SM-5.6"), ("spa",)),
}
"""What the faults of some requirements show on besides."""

EARLY: Mapping[str, str] = {"SM-7.3": "forged entries", "SM-7.5": "anomalies"}
"""What the faults of some requirements show in, which is played first."""


class Run(TargetRun):
    """A run that is over once it has found what was looked for."""

    def __init__(
        self, path: Path, until: str | None, seed: int, *, first: str, pressed: bool = False
    ) -> None:
        super().__init__(path, seed=seed, flood=pressed)
        self.until = until
        histories = self.script.histories

        def reordered(calibration: Calibration) -> Iterator[Scripted]:
            told = list(histories(calibration))
            yield from sorted(told, key=lambda one: not _about(one, first))

        if pressed:
            # The rest is judged without a crowd: floods take long enough.
            self.script.histories = self.script.pressure  # type: ignore[method-assign]
        elif first:
            self.script.histories = reordered  # type: ignore[method-assign]

    def begin(self, progress: Progress = lambda _: None) -> Campaign:
        """Get ready, and to stop in time."""
        campaign = super().begin(progress)
        play = campaign.play

        def play_until(steps: Sequence[Step], **how: Any) -> History | None:
            found = {b.invariant.requirement.id for b in campaign.ledger.breaches.values()}
            return None if not how and self.until in found else play(steps, **how)

        campaign.play = play_until  # type: ignore[method-assign]
        return campaign


@dataclass(frozen=True, slots=True)
class Hunt:
    """What one run found, and what it cost in requests."""

    violated: frozenset[str]
    deviations: frozenset[str]
    to_find: Mapping[str, int]
    to_minimal: Mapping[str, int]
    reproduced: bool
    trouble: tuple[str, ...]
    requests: int
    told: tuple[str, ...]


def hunt(  # noqa: PLR0913  each is a part of a hunt, passed by name
    target: Running,
    faults: tuple[str, ...] = (),
    *,
    policy: Mapping[str, Any] | None = None,
    budget: Budget,
    seed: int = 1,
    profile_name: str = PROFILE.name,
    channels: tuple[str, ...] = (),
    until: str | None = None,
    swept: bool = False,
) -> Hunt:
    """Reset the target to these faults and this policy, and run the suite on it.

    A fault names the profile that has it exercised; `channels` leaves others of it out, `until`
    ends the run after the history that violates this requirement, and documented operations are
    gone through only where `swept` asks for it. With the budget PRESSING
    floods are made, and nothing else is judged.
    """
    discover()
    wanted: dict[str, Any] = dict(policy or {})
    for name in faults:
        wanted |= FAULTS[name].policy
        profile_name = FAULTS[name].profile
    words = {key: _word(value) for key, value in wanted.items() if key != "preset"}
    target.reset(faults, words)
    pressed = budget is PRESSING or any(FAULTS[name] in PRESSURE for name in faults)
    if pressed:
        wanted["timeout_seconds"] = PATIENCE
    swept = swept or any(FAULTS[name] in OPERATIONS for name in faults)
    with profile(target, wanted, profile_name, channels, swept=swept) as path:
        # What shows in time or in races only is looked for there first.
        kinds = {_where(FAULTS[name]) for name in faults}
        first = kinds.pop() if len(kinds) == 1 else ""
        run = Run(path, until, seed, first=first, pressed=pressed)
        run.budget = run.script.budget = PRESSING if pressed else budget
        run.search()
    assert run.campaign is not None
    results = run.results.values()
    found = [(r.requirement.id, v) for r in results for v in r.violations]
    to_find: dict[str, int] = {}
    to_minimal: dict[str, int] = {}
    for identifier, violation in found:
        to_find[identifier] = min(
            violation.requests_to_find, to_find.get(identifier, violation.requests_to_find)
        )
        to_minimal[identifier] = max(violation.requests_to_minimal, to_minimal.get(identifier, 0))
    return Hunt(
        frozenset(identifier for identifier, _ in found),
        frozenset(r.requirement.id for r in results if r.verdict.value == "deviation"),
        to_find,
        to_minimal,
        all(violation.reproduced for _, violation in found),
        tuple(run.campaign.ledger.trouble),
        run.campaign.ledger.requests,
        tuple(
            f"{identifier} {v.invariant}: expected {v.expected}; seen {v.seen}; {'; '.join(v.told)}"
            for identifier, v in found
        ),
    )


def _where(fault: Fault) -> str:
    if fault.nodes > 1:
        return "nodes"
    if fault in OPERATIONS:
        return "swept"
    if fault in BROWSER:
        return "browser"
    if fault.breaks in SAMPLED:
        return "sample"
    if fault in FORGERY:
        return "crossing"
    if fault.breaks in EARLY:
        return EARLY[fault.breaks]
    return "timed" if fault in DEADLINES else "race" if fault in RACES else ""


def _about(scripted: Scripted, first: str) -> bool:
    if first == "timed":
        return scripted[0].startswith("expiration")
    if first == "browser":
        return scripted[0].startswith("a browser")
    if first in EARLY.values():
        return scripted[0].startswith(first)
    if first == "nodes":
        return any("node" in step for step in scripted[1])
    if first == "swept":
        return any(step["do"] == "sweep_operation" for step in scripted[1])
    if first == "sample":
        return any(step["do"].startswith("collect") for step in scripted[1])
    if first == "crossing":
        return any(step["do"] in CROSSING for step in scripted[1])
    return any(step["do"] in {"race", "crowd_out"} for step in scripted[1])


def hunt_on(
    target: Running, variant: str, *, budget: Budget, seed: int = 1, few: bool = False
) -> Hunt:
    """Run the suite on a correct variant, if wanted on few channels of it only."""
    name = PROFILES.get(variant, PROFILE.name)
    nodes, words = SEVERAL.get(variant) or (1, VARIANTS[variant])
    channels = FEW if few and name == PROFILE.name else ()
    limits = {} if variant in TIMED or not few else UNTIMED
    with fitting(target, nodes) as chosen:
        return hunt(
            chosen,
            policy={**limits, **words},
            budget=budget,
            seed=seed,
            profile_name=name,
            channels=channels,
            swept=variant in SWEPT,
        )


def hunt_fault(target: Running, fault: Fault, *, budget: Budget | None = None) -> Hunt:
    """Run the suite on a target with one fault, where it shows, and until it does.

    Without a budget it is played quickly, with as many identifiers as its requirement needs.
    """
    if budget is None:
        budget = SAMPLING if fault.breaks in SAMPLED else QUICK
    needed = (*FEW, *MORE.get(fault.breaks, ())) if fault.profile == PROFILE.name else ()
    if fault in RACES:
        budget = replace(budget, rounds=ROUNDS)
    elif fault in BROWSER:
        budget = replace(budget, replays=LOOKS, seconds=0.0)
    with fitting(target, fault.nodes) as chosen:
        return hunt(
            chosen,
            (fault.name,),
            policy={} if fault in (*DEADLINES, *PRESSURE) else UNTIMED,
            budget=budget,
            channels=needed,
            until=fault.breaks,
        )


@contextmanager
def fitting(target: Running, nodes: int) -> Iterator[Running]:
    """Yield a target of so many nodes: this one, or another one for as long as the block lasts."""
    if len(target.nodes) == nodes:
        yield target
        return
    with running(nodes=nodes) as other:
        yield other


def hunt_under(
    target: Running, preset: str, *, broken: bool, budget: Budget, seed: int = 1
) -> Hunt:
    """Run the suite on a target that keeps a preset, or breaks exactly it."""
    name, words = PRESET_FAULTS[preset]
    fault = FAULTS[name]
    needed = (*FEW, *MORE.get(fault.breaks, ())) if fault.profile == PROFILE.name else ()
    return hunt(
        target,
        (name,) if broken else (),
        policy={"preset": preset, **words},
        budget=budget,
        seed=seed,
        profile_name=fault.profile,
        channels=needed,
        until=fault.breaks if broken else None,
    )


def judge(fault: Fault, found: Hunt) -> str:
    """Return what is wrong with a hunt for one fault, or nothing."""
    allowed = {fault.breaks, *fault.also_may_break}
    if fault.breaks not in found.violated:
        return f"{fault.code} {fault.name} was not found under {fault.breaks}; " + _others(found)
    if not found.violated <= allowed:
        extra = sorted(found.violated - allowed)
        lines = [line for line in found.told if line.split()[0] in extra]
        return f"{fault.code} {fault.name} was also reported as {extra}: " + " | ".join(lines)
    return ""


def _others(found: Hunt) -> str:
    return f"found {sorted(found.violated)}, trouble {list(found.trouble)}"


def _word(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _narrow(adapter: dict[str, Any], channels: tuple[str, ...], *, swept: bool) -> None:
    declared = adapter.get("channels", {})
    if not swept:
        adapter.pop("openapi", None)
    if channels:
        adapter["channels"] = {c: declared[c] for c in declared if c in channels}


@contextmanager
def profile(
    target: Running,
    policy: Mapping[str, Any],
    name: str = PROFILE.name,
    channels: tuple[str, ...] = (),
    *,
    swept: bool = False,
) -> Iterator[Path]:
    """Yield a profile with other policy keys, and its variables in the environment.

    The channels it declares besides the default one can be narrowed; the document of its
    operations is left out unless they are to be gone through.
    """
    document = yaml.safe_load((PROFILE.parent / name).read_text(encoding="utf-8"))
    _narrow(document["adapter"], channels, swept=swept)
    preset = PRESETS.get(policy.get("preset", ""), {})
    for key in preset:
        section, _, word = key.partition(".")
        document["policy"].get(section, {}).pop(word, None)
    if preset:
        document["policy"]["preset"] = policy["preset"]
    if len(target.nodes) > 1:
        document["target"]["nodes"] = list(target.nodes)
        del document["target"]["url"]
        document["adapter"]["restart"] = {"post": "/_control/restart"}
        # A node has what all nodes share for one request at a time: it keeps nothing open.
        document["adapter"].pop("websocket", None)
    for key, value in policy.items():
        if key == "preset":
            continue
        if key == "timeout_seconds":
            document["target"][key] = value
            continue
        section, _, word = key.partition(".")
        number = int(value) if str(value).isdigit() else value
        if policy_keys().get(key, {}).get("type") == "list":
            number = value if isinstance(value, list) else [value]
        place = document["policy"].setdefault(section, {}) if word else document["policy"]
        place[word or section] = number
    before = {name: os.environ.get(name) for name in environment(target)}
    os.environ.update(environment(target))
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
            yield path
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value

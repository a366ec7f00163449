"""From the ledger to one verdict a requirement, with its reason and its evidence."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from adapters.capabilities import TRAITS
from suites.catalogue import Requirement, catalogue
from suites.kernel.campaign import Campaign
from suites.kernel.declare import Invariant
from suites.kernel.ledger import Breach, Tally
from suites.kernel.plan import RUN_CONDITIONS, Planned
from suites.kernel.results import Arm, Result, Scenario, Story, Violation
from suites.kernel.scenario import tell
from suites.kernel.timing import STUCK
from suites.kernel.verdict import Exit, Verdict, worst
from suites.kernel.verify import Outcome

UNCLEAR_SHARE = 0.1
CLOCK = "clock"
EXPIRY = ("SM-2.8", "SM-2.9")
RETESTS: Mapping[str, str] = {
    "G8.1a": "session hijacking",
    "G8.1b": "session fixation",
    "G8.1c": "token replay",
    "G8.1d": "inadequate session expiration",
    "G8.1e": "concurrent session abuse",
}
"""The attack scenarios that the guide wants retested, by the seed that requirements carry."""


def conclude(
    planned: Mapping[str, Planned], campaign: Campaign, *, interrupted: bool = False
) -> tuple[Result, ...]:
    """Return the result of every planned requirement; what the evidence is worth it cannot say."""
    cut = "the run was interrupted" if interrupted else campaign.gone
    found = {
        identifier: _result(entry, campaign, cut)
        for identifier, entry in planned.items()
        if identifier not in RUN_CONDITIONS
    }
    conditions: Mapping[str, Callable[[], Result]] = {
        "SM-8.1": lambda: _scenarios_exercised(found),
        "SM-8.2": lambda: _oracle_discriminates(campaign, cut),
        "SM-8.3": lambda: _findings_reproduce(found),
    }
    for identifier, told in conditions.items():
        if identifier in planned:
            found[identifier] = told()
    return tuple(sorted(found.values(), key=lambda result: result.requirement.order))


def exit_for(results: Iterable[Result], *, interrupted: bool = False) -> Exit:
    """Return how the run ends.

    Incomplete is a core requirement whose capabilities the adapter has and that was not
    exercised, unclear or in error.
    """
    told = list(results)
    open_ = {Verdict.ERROR, Verdict.UNCLEAR, Verdict.NOT_EXERCISED}
    if interrupted:
        return Exit.INTERRUPTED
    if any(result.verdict is Verdict.FAIL for result in told):
        return Exit.VIOLATION
    if any(r.verdict in open_ and r.requirement.level == "core" for r in told):
        return Exit.INCOMPLETE
    return Exit.CONFORMS


def _result(entry: Planned, campaign: Campaign, cut: str | None) -> Result:
    if not entry.runs:
        return Result(entry.requirement, Verdict.NOT_APPLICABLE, entry.why)
    ledger = campaign.ledger
    known = campaign.calibration.capabilities | campaign.policy.said
    able = tuple(i for i in entry.invariants if i.needs <= known)
    if all(i.arm for i in able):
        needs = {n for i in entry.invariants for n in i.needs} - known
        what = "; ".join(f"not seen here: {TRAITS.get(need, need)}" for need in sorted(needs))
        return Result(entry.requirement, Verdict.NOT_APPLICABLE, f"not applicable: {what}")
    entry = replace(entry, invariants=able)
    tallies = {i.name: ledger.tallies.get(i.name, Tally()) for i in entry.invariants}
    breaches = [b for b in ledger.breaches.values() if b.invariant in entry.invariants]
    verdict, reason = _verdict(entry.invariants, tallies, breaches, campaign, cut)
    examples = [ledger.examples[i.name] for i in entry.invariants if i.name in ledger.examples]
    return Result(
        entry.requirement,
        verdict,
        reason,
        judged=sum(tally.judged for tally in tallies.values()),
        controls=sum(tally.controls for tally in tallies.values()),
        arms=tuple(_arm(i, tallies[i.name]) for i in entry.invariants),
        violations=tuple(_violation(breach, campaign) for breach in breaches),
        example=tell(examples[0]) if examples and verdict is not Verdict.FAIL else (),
    )


def _verdict(
    invariants: tuple[Invariant, ...],
    tallies: Mapping[str, Tally],
    breaches: list[Breach],
    campaign: Campaign,
    cut: str | None,
) -> tuple[Verdict, str]:
    found: list[tuple[Verdict, str]] = []
    for invariant in invariants:
        found += _shortcomings(invariant, tallies[invariant.name], campaign, cut)
        for note, outcome in tallies[invariant.name].notes.items():
            kind = Verdict.WARNING if outcome is Outcome.WARNING else Verdict.DEVIATION
            found.append((kind, note))
    if breaches:
        first = breaches[0].finding
        found.append((Verdict.FAIL, f"expected {first.expected}; seen {first.seen}"))
    verdict = worst([Verdict.PASS, *(kind for kind, _ in found)])
    reasons = dict.fromkeys(reason for kind, reason in found if kind is verdict)
    return verdict, "; ".join(reasons) or "every judged subject held"


def _shortcomings(
    invariant: Invariant, tally: Tally, campaign: Campaign, cut: str | None
) -> list[tuple[Verdict, str]]:
    doubts = tally.outcomes[Outcome.UNCLEAR]
    if doubts > UNCLEAR_SHARE * max(1, tally.judged) and not invariant.arm:
        why = tally.unclear_because.most_common(1)[0][0]
        return [(Verdict.UNCLEAR, f"{doubts} of {doubts + tally.judged} judgements unclear: {why}")]
    kinds = campaign.ledger.varieties(invariant)
    enough = kinds >= invariant.over.varieties
    if invariant.arm or (tally.judged >= invariant.at_least and enough):
        return []
    if campaign.broken:
        return [(Verdict.ERROR, campaign.broken)]
    if cut:
        return [(Verdict.UNCLEAR, f"not finished: {cut}")]
    needed = f"{tally.judged} of at least {invariant.at_least} subjects judged"
    if not enough and tally.judged:
        needed = f"subjects of {kinds} of at least {invariant.over.varieties} kinds judged"
    if tally.not_judged_because:
        needed += f" ({'; '.join(tally.not_judged_because)})"
    if stuck := _stuck(invariant, campaign):
        needed += f"; {stuck}"
    return [(Verdict.NOT_EXERCISED, f"{invariant.sentence}: {needed}")]


def _stuck(invariant: Invariant, campaign: Campaign) -> str:
    """Return why the clock could not be moved, where this is about time and it could not."""
    if not (invariant.timed or CLOCK in {*invariant.needs, *invariant.requirement.needs_any}):
        return ""
    return next((told for told in campaign.ledger.trouble if told.startswith(STUCK)), "")


def _arm(invariant: Invariant, tally: Tally) -> Arm:
    return Arm(
        invariant.sentence,
        invariant.claim,
        tally.judged,
        tally.outcomes[Outcome.HELD],
        tally.outcomes[Outcome.VIOLATED],
        tally.outcomes[Outcome.UNCLEAR],
        (*tally.notes, *(f"not judged: {why}" for why in tally.not_judged_because)),
    )


def _violation(breach: Breach, campaign: Campaign) -> Violation:
    minimal = campaign.minimal.get(breach.id)
    steps = minimal.steps if minimal is not None else breach.steps
    requirement, invariant = breach.invariant.requirement.id, breach.invariant
    return Violation(
        requirement=requirement,
        invariant=invariant.sentence,
        claim=invariant.claim,
        finding=breach.id,
        expected=breach.finding.expected,
        seen=breach.finding.seen,
        control=breach.control,
        replays=breach.replays,
        occurrences=breach.occurrences,
        scenario=Scenario(tuple(steps), requirement, invariant.name, breach.id),
        told=tell(steps),
        exchanges=minimal.exchanges if minimal is not None else (),
        reproduced=minimal is not None and minimal.reproduced,
        requests_to_find=breach.found_after,
        requests_to_minimal=minimal.requests if minimal is not None else 0,
        story=minimal.story if minimal is not None else Story(),
    )


# -- conditions on the run itself (guide section 8) -----------------------------------------------


def _requirement(identifier: str) -> Requirement:
    return catalogue()[identifier]


def _scenarios_exercised(found: Mapping[str, Result]) -> Result:
    uncovered, covered, absent = [], 0, []
    for seed, scenario in RETESTS.items():
        carriers = [r for r in found.values() if seed in r.requirement.seeds]
        judged = sum(result.judged for result in carriers)
        covered += judged > 0
        if not judged and carriers and all(r.verdict is Verdict.NOT_APPLICABLE for r in carriers):
            absent.append(f"{scenario} ({carriers[0].reason})")
        elif not judged:
            why = next((r.reason for r in carriers), "no requirement of it was selected")
            uncovered.append(f"{scenario} ({why})")
    if uncovered:
        reason = f"not exercised: {', '.join(uncovered)}"
        return Result(_requirement("SM-8.1"), Verdict.NOT_EXERCISED, reason, judged=covered)
    open_ = [i for i in EXPIRY if not found.get(i) or not found[i].judged]
    if open_:
        reason = (
            "all five scenarios were judged, but of inadequate expiration only the end by logout; "
            f"expiry in time is open: {', '.join(open_)}"
        )
        return Result(_requirement("SM-8.1"), Verdict.WARNING, reason, judged=covered)
    if absent:
        reason = f"{covered} scenarios were judged; this target has no {', '.join(absent)}"
        return Result(_requirement("SM-8.1"), Verdict.WARNING, reason, judged=covered)
    told = f"all {covered} attack scenarios of the guide were judged"
    return Result(_requirement("SM-8.1"), Verdict.PASS, told, judged=covered)


def _oracle_discriminates(campaign: Campaign, cut: str | None) -> Result:
    # A clock that stays where it is fails no control: what it leaves open says so itself.
    troubles = Counter(
        {t: n for t, n in campaign.ledger.trouble.items() if not t.startswith(STUCK)}
    )
    failed = troubles.total()
    held = max(0, campaign.ledger.histories - failed)
    if campaign.broken:
        return Result(_requirement("SM-8.2"), Verdict.ERROR, campaign.broken, judged=held)
    if not campaign.ledger.histories:
        return Result(_requirement("SM-8.2"), Verdict.NOT_EXERCISED, cut or "no history was played")
    if cut or failed > UNCLEAR_SHARE * max(1, held):
        worst_trouble = troubles.most_common(1)
        why = cut or (worst_trouble[0][0] if worst_trouble else "")
        return Result(
            _requirement("SM-8.2"), Verdict.UNCLEAR, f"controls failed: {why}", judged=held
        )
    told = "live, dead, absent and made-up values were told apart before and after every history"
    return Result(_requirement("SM-8.2"), Verdict.PASS, told, judged=held, controls=held)


def _findings_reproduce(found: Mapping[str, Result]) -> Result:
    violations = [v for result in found.values() for v in result.violations]
    if not violations:
        reason = "not applicable: there is no finding to reproduce"
        return Result(_requirement("SM-8.3"), Verdict.NOT_APPLICABLE, reason)
    lost = [v.finding for v in violations if not v.reproduced]
    if lost:
        reason = f"not reproduced from a clean state: {', '.join(lost)}"
        return Result(_requirement("SM-8.3"), Verdict.WARNING, reason, judged=len(violations))
    told = f"each of {len(violations)} findings was shown again from a clean state"
    return Result(_requirement("SM-8.3"), Verdict.PASS, told, judged=len(violations))

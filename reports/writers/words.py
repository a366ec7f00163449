"""The words that every writer uses for the same thing: verdicts, headline, references, commands.

It writes nothing itself.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath

from reports.evidence import slug
from suites.catalogue import SECTIONS, Requirement, guide_sentence
from suites.kernel.results import Result, RunRecord, Violation
from suites.kernel.verdict import WORST_FIRST, Verdict

LABELS: Mapping[Verdict, str] = {
    Verdict.FAIL: "Violated",
    Verdict.ERROR: "Error",
    Verdict.UNCLEAR: "Unclear",
    Verdict.NOT_EXERCISED: "Not exercised",
    Verdict.WARNING: "Warning",
    Verdict.DEVIATION: "Deviation",
    Verdict.PASS: "Passed",
    Verdict.NOT_APPLICABLE: "Not applicable",
}

MEANINGS: Mapping[Verdict, str] = {
    Verdict.FAIL: "The target broke the requirement; a replayable scenario shows it.",
    Verdict.ERROR: "The adapter or the target failed; nothing is said about the requirement.",
    Verdict.UNCLEAR: "The answers allow no conclusion (time-out, 429, 5xx, unknown answer).",
    Verdict.NOT_EXERCISED: "The situation was not reached, or without its controls.",
    Verdict.WARNING: "Nothing is declared in the profile; the observed behaviour is reported.",
    Verdict.DEVIATION: "The declared policy is weaker than the guide; behaviour agrees with it.",
    Verdict.PASS: "Every judged case held, each with its controls.",
    Verdict.NOT_APPLICABLE: "The target does not offer what the requirement is about.",
}

NOT_CLAIMED: tuple[tuple[str, str], ...] = (
    (
        "A bounded search is no proof.",
        "Passed means that no violation was found in the histories counted here. "
        "Another seed or a larger budget may find one.",
    ),
    (
        "Seen from outside only.",
        "The target was judged by its answers. A good random generator can be refuted this way "
        "but never proven, and neither can the use of framework routines, the protection of "
        "stored logs, or what happens behind the answers.",
    ),
    (
        "Only what the adapter reaches.",
        "Entry points, roles and clients that the profile does not describe were not tested. "
        "Not applicable and not exercised requirements are open, not fulfilled.",
    ),
    (
        "A point in time.",
        "The verdicts hold for the version, configuration and environment named above, during "
        "the hours named above.",
    ),
    (
        "Policy is taken as declared.",
        "Whether a declared policy suits the data behind the target is a decision of its owner. "
        "A deviation records that decision; it does not approve it.",
    ),
    (
        "Session management only.",
        "Injection, access control beyond the session, transport configuration and other fields "
        "were not judged.",
    ),
)

NOT_COVERED = "not applicable yet"

_OPEN = frozenset({Verdict.ERROR, Verdict.UNCLEAR, Verdict.NOT_EXERCISED})


def title(result: Result) -> str:
    """Return what the requirement is called; a threat of the user's own by what it claims."""
    found = result.requirement.title or result.requirement.statement
    return found or next((arm.claim for arm in result.arms), result.requirement.id)


def section_name(requirement: Requirement) -> str:
    """Return the name of the requirement's section."""
    if requirement.own:
        return "Own threats"
    return f"{requirement.section} {SECTIONS[requirement.section]}"


def in_order(results: Iterable[Result]) -> list[Result]:
    """Return the results in the order of the catalogue."""
    return sorted(results, key=lambda result: result.requirement.order)


def of_verdict(record: RunRecord, verdict: Verdict) -> list[Result]:
    """Return the results with this verdict, in the order of the catalogue."""
    return in_order(result for result in record.results if result.verdict is verdict)


def counts(record: RunRecord) -> dict[Verdict, int]:
    """Return how many requirements got each verdict, worst verdict first, zeros included."""
    return {
        verdict: sum(result.verdict is verdict for result in record.results)
        for verdict in WORST_FIRST
    }


def outcome(record: RunRecord) -> Verdict:
    """Return in one verdict how the run went: failed, incomplete (unclear) or passed."""
    if any(result.verdict is Verdict.FAIL for result in record.results):
        return Verdict.FAIL
    if not record.complete or open_core(record):
        return Verdict.UNCLEAR
    return Verdict.PASS


def open_core(record: RunRecord) -> list[Result]:
    """Return the core requirements that got no answer although the target offers what they need."""
    return in_order(
        result
        for result in record.results
        if result.requirement.level == "core" and result.verdict in _OPEN
    )


def headline(record: RunRecord) -> str:
    """Return the outcome of the run in one sentence."""
    violated = counts(record)[Verdict.FAIL]
    if violated:
        sentence = f"Does not conform: {number(violated, 'requirement')} violated."
        return sentence if record.complete else f"{sentence} The run did not end on its own."
    if not record.complete:
        return "Incomplete: the run did not end on its own, so nothing can be concluded."
    if open_ones := open_core(record):
        return (
            f"Incomplete: no violation was found, but {number(len(open_ones), 'core requirement')} "
            "got no answer."
        )
    return "Conforms within the bounds of this run: no violation was found."


def number(count: int, noun: str) -> str:
    """Return a count with its noun in the right number."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"


def duration(seconds: float) -> str:
    """Return a span of time as a person says it."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def alike(violations: Iterable[Violation]) -> list[list[Violation]]:
    """Return the violations in groups that broke the same claim in the same way, shortest first."""
    groups: dict[tuple[str, str, str], list[Violation]] = {}
    for violation in violations:
        said = (violation.claim, violation.expected, violation.seen)
        groups.setdefault(said, []).append(violation)
    return [sorted(group, key=lambda one: len(one.told)) for group in groups.values()]


def not_covered(result: Result) -> bool:
    """Tell whether a requirement is not applicable only because this suite has no check for it."""
    return result.verdict is Verdict.NOT_APPLICABLE and result.reason.startswith(NOT_COVERED)


def references(requirement: Requirement) -> list[str]:
    """Return the clauses of the standards that the requirement restates."""
    return [
        *(f"ASVS {clause}" for clause in requirement.asvs),
        *requirement.wstg,
        *(f"CWE-{number}" for number in requirement.cwe),
    ]


def guide_sentences(requirement: Requirement) -> list[str]:
    """Return the guide's own sentences behind the requirement: what to do, else what to retest."""
    bullets = [seed for seed in requirement.seeds if seed.startswith("G")]
    rules = [seed for seed in bullets if not seed.startswith("G8.1")]
    return [guide_sentence(seed) for seed in rules or bullets or requirement.seeds]


def counterexample_place(violation: Violation) -> str:
    """Return the folder of a violation's evidence, relative to the run's folder."""
    finding = slug(violation.finding.removeprefix(violation.requirement))
    return f"counterexamples/{slug(violation.requirement).upper()}/{finding}"


def replay_command(profile: str, scenario: PurePath | str) -> str:
    """Return the command that plays one stored scenario again."""
    return f"pytest --profile={shlex.quote(profile)} --replay={shlex.quote(str(scenario))}"


def shown(path: Path) -> str:
    """Return a path as the user can type it: relative to the working folder where possible."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def replays(violation: Violation) -> str:
    """Return how often the minimal scenario showed the violation again."""
    if violation.reproduced:
        return violation.replays
    return f"{violation.replays}; the shortened scenario did not show it again"


def met(violation: Violation) -> str:
    """Return how often the search met the violation, and what it took to find and shorten it."""
    told = "once" if violation.occurrences == 1 else number(violation.occurrences, "time")
    if violation.requests_to_find:
        told += f", first after {number(violation.requests_to_find, 'request')}"
    if violation.requests_to_minimal:
        told += f"; shortened with {number(violation.requests_to_minimal, 'more request')}"
    return told


def run_command(record: RunRecord) -> str:
    """Return the command that repeats the whole run with the same choices."""
    several = f" -n {len(record.workers)}" if record.workers else ""
    return f"pytest --profile={shlex.quote(record.profile)} --seed={record.seed}{several}"


def workers(record: RunRecord) -> str:
    """Return how many workers there were, and where each began to draw; nothing for one process."""
    seeds = ", ".join(str(share.seed) for share in record.workers)
    return f"{len(record.workers)}, drawing from the seeds {seeds}" if record.workers else ""


def moment(stamp: str) -> str:
    """Return an ISO 8601 UTC time as a person reads it."""
    return stamp.replace("T", " ").removesuffix("Z").removesuffix("+00:00")


def sentence(text: str) -> str:
    """Return the text with a capital at its start and a full stop at its end."""
    text = text.strip()
    if not text:
        return text
    # A file, key or call that comes first keeps its letters.
    start = text[0].upper() if text.split()[0].rstrip(",;:").isalpha() else text[0]
    return start + text[1:] + ("" if text[-1] in ".!?:" else ".")


def numbered(steps: Sequence[str]) -> list[str]:
    """Return the steps of a scenario, each with its number."""
    return [f"{place} {step}" for place, step in enumerate(steps, 1)]

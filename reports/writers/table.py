"""The verdict table for the terminal: what was violated first, and where to look.

It is plain text; colours come in only through `painted`, when the terminal takes them.
"""

import textwrap
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Protocol

from reports.evidence import ALLURE
from reports.redaction import REDACTOR, Redactor
from reports.writers import words
from suites.kernel.results import Result, RunRecord
from suites.kernel.verdict import Verdict

Paint = Callable[[str, str], str]

NARROWEST = 60
_INDENT = " " * 2
_LISTED = (
    Verdict.ERROR,
    Verdict.UNCLEAR,
    Verdict.NOT_EXERCISED,
    Verdict.WARNING,
    Verdict.DEVIATION,
)
_COLOURS = {
    Verdict.FAIL: "red",
    Verdict.ERROR: "purple",
    Verdict.UNCLEAR: "yellow",
    Verdict.NOT_EXERCISED: "yellow",
    Verdict.WARNING: "yellow",
    Verdict.DEVIATION: "cyan",
    Verdict.PASS: "green",
    Verdict.NOT_APPLICABLE: "light",
}


class Terminal(Protocol):
    """The part of pytest's terminal writer that is used."""

    hasmarkup: bool

    def markup(self, text: str, **markup: bool) -> str:
        """Return the text with the codes of a colour around it."""
        ...


def plain(text: str, style: str) -> str:
    """Return the text without any colour."""
    return text


def painted(terminal: Terminal) -> Paint:
    """Return how to colour text on this terminal: not at all where it takes no colours."""
    if not terminal.hasmarkup:
        return plain
    return lambda text, style: terminal.markup(text, **{style: True})


def table(
    record: RunRecord,
    *,
    width: int = 100,
    evidence: Path | None = None,
    paint: Paint = plain,
    redactor: Redactor = REDACTOR,
) -> str:
    """Return the verdict table of a run, no line wider than the terminal."""
    width = max(width, NARROWEST)
    return "\n".join(_Table(record, width, evidence, paint, redactor).lines())


class _Table:
    def __init__(
        self,
        record: RunRecord,
        width: int,
        evidence: Path | None,
        paint: Paint,
        redactor: Redactor,
    ) -> None:
        self._record = record
        self._width = width
        self._evidence = evidence
        self._paint = paint
        self._redactor = redactor
        ids = [len(result.requirement.id) for result in record.results]
        self._column = max(ids, default=6) + 2

    def lines(self) -> Iterator[str]:
        record = self._record
        named = f"{record.target} {record.version}".strip()
        yield from self._wrapped(f"{named} at {record.url}", "")
        verdict = words.outcome(record)
        for line in self._wrapped(words.headline(record), ""):
            yield self._paint(line, _COLOURS[verdict])
        for trouble in record.trouble:
            yield from self._wrapped(words.sentence(trouble), _INDENT)
        if failed := words.of_verdict(record, Verdict.FAIL):
            yield from self._heading(Verdict.FAIL, len(failed))
            for place, result in enumerate(failed):
                yield from ("",) * bool(place)
                yield from self._violated(result)
        for verdict in _LISTED:
            if found := words.of_verdict(record, verdict):
                yield from self._heading(verdict, len(found))
                for reason, alike in groupby(found, key=lambda result: result.reason):
                    for result in alike:
                        yield from self._row(result)
                    yield from self._wrapped(words.sentence(reason), " " * self._column)
        if passed := words.of_verdict(record, Verdict.PASS):
            yield from self._heading(Verdict.PASS, len(passed))
            for result in passed:
                yield from self._row(result, words.number(result.judged, "case"))
        if absent := words.of_verdict(record, Verdict.NOT_APPLICABLE):
            yield from self._heading(Verdict.NOT_APPLICABLE, len(absent))
            uncovered = [result for result in absent if words.not_covered(result)]
            yield from self._listed("this suite has no check yet:", uncovered)
            lacking = [result for result in absent if result not in uncovered]
            yield from self._listed("something is missing, see the report:", lacking)
        yield ""
        yield from self._closing()

    def _heading(self, verdict: Verdict, count: int) -> Iterator[str]:
        yield ""
        yield self._paint(f"{words.LABELS[verdict].upper()} ({count})", _COLOURS[verdict])

    def _listed(self, why: str, results: list[Result]) -> Iterator[str]:
        if results:
            names = " ".join(result.requirement.id for result in results)
            yield from self._wrapped(f"{len(results)} {why} {names}", _INDENT, after=_INDENT * 3)

    def _row(self, result: Result, aside: str = "") -> Iterator[str]:
        column = result.requirement.id.ljust(self._column)
        room = self._width - len(aside) - 2 if aside else self._width
        lines = list(
            self._wrapped(column + words.title(result), "", after=" " * self._column, width=room)
        )
        if aside:
            lines[0] = f"{lines[0].ljust(room)}  {aside}"
        yield from lines

    def _violated(self, result: Result) -> Iterator[str]:
        count = sum(arm.violated for arm in result.arms) or len(result.violations)
        yield from self._row(result, f"{count:,} of {result.judged:,} judged")
        for place, (violation, *others) in enumerate(words.alike(result.violations)):
            yield from ("",) * bool(place)
            yield from self._field("claim", violation.claim)
            yield from self._field("expected", violation.expected)
            yield from self._field("seen", f"{violation.seen} ({words.replays(violation)})")
            yield from self._field("control", violation.control)
            yield from self._fields("steps", words.numbered(violation.told))
            yield from self._field("evidence", words.counterexample_place(violation))
            same = [words.counterexample_place(other) for other in others]
            yield from self._fields("also", same)
        if not result.violations:
            yield from self._field("reason", result.reason)

    def _fields(self, name: str, values: list[str]) -> Iterator[str]:
        for place, value in enumerate(values):
            yield from self._field("" if place else name, value)

    def _field(self, name: str, value: str) -> Iterator[str]:
        if value:
            start = f"{_INDENT}{name:<10}"
            yield from self._wrapped(value, start, after=" " * len(start))

    def _closing(self) -> Iterator[str]:
        record = self._record
        several = f", {words.number(len(record.workers), 'worker')}" if record.workers else ""
        yield from self._counts()
        yield from self._wrapped(
            f"{words.number(record.requests, 'request')}, "
            f"{words.number(record.histories, 'history')}, "
            f"{words.number(record.actions, 'action')} in {words.duration(record.seconds)}; "
            f"seed {record.seed}, budget {record.budget}{several}",
            "",
        )
        if self._evidence is not None:
            yield f"evidence  {words.shown(self._evidence)}"
            yield f"report    {self._place('report.html')}"
            if (self._evidence / ALLURE).is_file():
                yield f"allure    {self._place(ALLURE)}"
            yield f"again     {self._again()}"

    def _counts(self) -> Iterator[str]:
        line, length = "", 0
        for verdict, count in words.counts(self._record).items():
            told = f"{count} {words.LABELS[verdict].lower()}"
            if not count:
                continue
            if line and length + 2 + len(told) >= self._width:
                yield f"{line},"
                line, length = "", 0
            # Counted without the codes of the colours.
            length += len(told) + 2 * bool(line)
            line += (", " if line else "") + self._paint(told, _COLOURS[verdict])
        yield line or "No requirement was judged."

    def _again(self) -> str:
        violations = (
            violation
            for result in words.of_verdict(self._record, Verdict.FAIL)
            for violation in result.violations
        )
        if (first := next(violations, None)) is None:
            return words.run_command(self._record)
        scenario = f"{words.counterexample_place(first)}/scenario.json"
        return words.replay_command(self._record.profile, self._place(scenario))

    def _place(self, inside: str) -> str:
        return inside if self._evidence is None else words.shown(self._evidence / inside)

    def _wrapped(
        self, text: str, before: str, *, after: str | None = None, width: int | None = None
    ) -> Iterator[str]:
        # Scrubbed first: what is broken into lines may hold too little of a secret to be known.
        lines = textwrap.wrap(
            self._redactor.scrub(text),
            width or self._width,
            initial_indent=before,
            subsequent_indent=before if after is None else after,
            break_on_hyphens=False,
            break_long_words=False,
        )
        yield from lines or [before.rstrip()]

"""The page asks for nothing outside, runs nothing, and shows every verdict; so does the table."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from adapters.secrets import Vault
from reports.redaction import Redactor
from reports.writers import words
from reports.writers.page import FILES, page
from reports.writers.table import painted, table
from suites.catalogue import requirement
from suites.kernel.results import Result
from suites.kernel.verdict import Verdict
from suites.selftest.test_reports_sample import HOSTILE, SECRETS, sample_run, violation


class _Elements(HTMLParser):
    """Collects elements, their attributes and the visible text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


BESIDE = {name for name, _ in FILES}


def _page(**changes: object) -> str:
    return page(replace(sample_run(), **changes), redactor=Redactor(Vault()))  # type: ignore[arg-type]


def test_the_page_is_well_formed_and_asks_for_nothing_outside() -> None:
    found = _Elements(_page())
    assert found.open == []
    for tag, attributes in found.elements:
        assert tag not in {"script", "img", "iframe", "object", "embed", "form", "base", "svg"}
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src", "srcset", "action", "data", "poster"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:,")) or address in BESIDE
    assert not re.search(r"url\(|@import|https?:", _page().partition("</style>")[0])


def test_the_page_forbids_everything_but_its_own_style() -> None:
    policies = [
        attributes["content"] or ""
        for tag, attributes in _Elements(_page()).elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "script-src" not in policies[0]


def test_anchors_lead_somewhere_and_are_unique() -> None:
    elements = _Elements(_page()).elements
    names = [attributes["id"] for _, attributes in elements if attributes.get("id")]
    assert len(names) == len(set(names))
    links = {attributes["href"] for tag, attributes in elements if tag == "a"}
    assert {str(link)[1:] for link in links - BESIDE} <= set(names)


def test_every_verdict_is_shown_with_its_reason() -> None:
    text = _Elements(_page()).text
    for result in sample_run().results:
        assert result.requirement.id in text
        assert words.title(result) in text
        assert words.sentence(result.reason) in text or result.verdict is Verdict.FAIL
    for verdict in Verdict:
        assert words.LABELS[verdict] in text


def test_a_violation_is_told_whole() -> None:
    text = _Elements(_page()).text
    told = violation()
    for part in (told.expected, told.seen, told.control, told.replays, *told.told, told.finding):
        assert part in text
    place = "counterexamples/SM-2.1/logout-session-cookie/scenario.json"
    assert f"pytest --profile=shop.yaml --replay={place}" in text
    assert "the shortened scenario did not show it again" in text


def test_what_the_target_says_is_text_and_nothing_else() -> None:
    shown = _Elements(_page(target=HOSTILE, version=HOSTILE, smoke=(HOSTILE,)))
    assert HOSTILE in shown.text
    assert not [tag for tag, _ in shown.elements if tag in {"script", "img"}]


def test_secrets_are_shown_as_readable_pseudonyms() -> None:
    vault = Vault()
    for kind, value in SECRETS.items():
        vault.register(value, kind)
    shown = _Elements(page(sample_run(), redactor=Redactor(vault)))
    assert vault.pseudonym(SECRETS["session"], "session") in shown.text
    assert not [value for value in SECRETS.values() if value in shown.text]


def test_a_run_without_anything_is_still_a_page() -> None:
    text = _Elements(_page(results=(), smoke=(), trouble=(), policy={}, capabilities=())).text
    assert "What this run does not claim" in text


@pytest.mark.parametrize(
    ("results", "complete", "expected"),
    [
        ((Result(requirement("SM-2.1"), Verdict.FAIL, ""),), True, "Does not conform: 1 req"),
        ((Result(requirement("SM-2.1"), Verdict.FAIL, ""),), False, "did not end on its own"),
        ((Result(requirement("SM-2.1"), Verdict.PASS, ""),), True, "Conforms within the bounds"),
        ((Result(requirement("SM-2.1"), Verdict.PASS, ""),), False, "Incomplete"),
        ((Result(requirement("SM-2.1"), Verdict.UNCLEAR, ""),), True, "Incomplete: no violation"),
        ((Result(requirement("SM-2.5"), Verdict.UNCLEAR, ""),), True, "Conforms within"),
    ],
)
def test_the_headline_never_says_more_than_was_seen(
    results: tuple[Result, ...], complete: bool, expected: str
) -> None:
    record = replace(sample_run(), results=results, complete=complete)
    assert expected in words.headline(record)


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_the_table_keeps_to_the_width_of_the_terminal(width: int) -> None:
    lines = table(sample_run(), width=width).splitlines()
    assert [line for line in lines if len(line) > width] == []


def test_the_table_tells_violations_first_and_every_other_verdict() -> None:
    shown = table(sample_run())
    order = [shown.index(words.LABELS[verdict].upper()) for verdict in Verdict]
    assert order == sorted(order)
    assert "  expected  nobody recognised" in shown
    assert "154 of 154 judged" in shown
    assert "NOT APPLICABLE (1)\n  1 something is missing, see the report: SM-3.1" in shown
    assert "\x1b" not in shown


def test_the_table_tells_what_is_missing_from_what_has_no_check() -> None:
    results = (
        Result(requirement("SM-3.1"), Verdict.NOT_APPLICABLE, "not applicable: capability x"),
        Result(requirement("SM-3.2"), Verdict.NOT_APPLICABLE, "not applicable yet: no check"),
    )
    shown = table(replace(sample_run(), results=results))
    assert "NOT APPLICABLE (2)\n  1 this suite has no check yet: SM-3.2\n  1 something" in shown


def test_what_broke_in_the_same_way_is_told_once() -> None:
    longer = (*violation().told, "one step more")
    found = (
        violation(finding="SM-2.1-aaaaaaaa", told=longer),
        violation(finding="SM-2.1-bbbbbbbb"),
        violation(finding="SM-2.1-cccccccc", seen="recognised as bob"),
    )
    result = Result(requirement("SM-2.1"), Verdict.FAIL, "", judged=3, violations=found)
    shown = table(replace(sample_run(), results=(result,)))
    assert shown.count("  seen      recognised as ann") == 1
    assert "\n  steps     1 ann logs in on laptop\n            2 ann logs out" in shown
    assert "evidence  counterexamples/SM-2.1/bbbbbbbb" in shown
    assert "also      counterexamples/SM-2.1/aaaaaaaa" in shown
    assert "one step more" not in shown
    text = _Elements(_page(results=(result,))).text
    assert text.count("The same with other steps") == 1
    assert [text.count(one.finding) > 0 for one in found] == [True] * 3


def test_colours_come_from_the_terminal_only() -> None:
    class Terminal:
        hasmarkup = False

        def markup(self, text: str, **markup: bool) -> str:
            return f"{sorted(markup)}{text}"

    terminal = Terminal()
    assert table(sample_run(), paint=painted(terminal)) == table(sample_run())
    terminal.hasmarkup = True
    assert "['red']VIOLATED (1)" in table(sample_run(), paint=painted(terminal))


def test_pytest_knows_the_colours() -> None:
    import _pytest._io.terminalwriter as writer  # noqa: PLC0415  private, for this check only

    from reports.writers import table as module  # noqa: PLC0415

    assert set(module._COLOURS.values()) <= set(writer.TerminalWriter._esctable)


def test_floods_are_a_table_with_what_bystanders_waited() -> None:
    text = _Elements(page(sample_run())).text
    assert "visits on web, by 2 workers" in text
    assert "1990 answered, 10 slowed" in text
    assert "6 ms, 20 ms (800 looks)" in text
    assert "12, then 104" in text
    assert "Floods" not in _Elements(page(replace(sample_run(), floods=()))).text

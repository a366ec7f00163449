"""How the guide is written: each claim a sentence, small, and silent about how targets talk."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from suites.catalogue import SECTIONS
from suites.kernel.declare import ACTIONS, INVARIANTS
from suites.selftest.declared import registries

SUITES = Path(__file__).parents[1]
PAGES = sorted((SUITES / "guide").glob("s*.py"))
DECLARING = [*PAGES, *sorted((SUITES / "threats").glob("[a-z]*.py"))]
ACTING = [p for room in ("machines", "threats") for p in sorted((SUITES / room).glob("[a-z]*.py"))]
HANDED = {"target", "policy", "model", "ledger", "world"}
STATUS_CODES = {200, 201, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 410, 429, 500}
HTTP = re.compile(
    r"set-cookie|https?://|\bhttp/|authorization:|\bbearer\b|content-type|location:|"
    r"\b(GET|POST|PUT|PATCH|DELETE|HEAD)\s|status.?code|\bstatus\b|^/\w+|x-[a-z]+-[a-z]+",
    re.IGNORECASE,
)
EXPECTING = {"status", "status_code", "headers", "body", "text", "json", "request", "response"}


def tree(page: Path) -> ast.Module:
    return ast.parse(page.read_text(encoding="utf-8"))


def decorated(page: Path, name: str) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree(page)):
        if isinstance(node, ast.FunctionDef):
            calls = [d.func for d in node.decorator_list if isinstance(d, ast.Call)]
            if any(isinstance(call, ast.Name) and call.id == name for call in calls):
                yield node


CLAIMS = [pytest.param(f, id=f.name) for page in DECLARING for f in decorated(page, "invariant")]
MOVES = [pytest.param(f, id=f.name) for page in ACTING for f in decorated(page, "action")]


@pytest.fixture(autouse=True)
def declarations() -> Iterator[None]:
    with registries():
        yield


def one_sentence(text: str | None) -> bool:
    return bool(text) and "\n" not in str(text) and re.search(r"[.!?]\s", str(text)) is None


def length(function: ast.FunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    first, last = function.body[1], function.body[-1]
    return (last.end_lineno or last.lineno) - first.lineno + 1


# -- claims ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", CLAIMS)
def test_the_name_is_a_sentence(function: ast.FunctionDef) -> None:
    words = function.name.split("_")
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", function.name)
    assert len(words) >= 3


@pytest.mark.parametrize("function", CLAIMS)
def test_the_docstring_is_one_sentence(function: ast.FunctionDef) -> None:
    text = ast.get_docstring(function)
    assert one_sentence(text)
    assert str(text).endswith(".")
    assert str(text)[0].isupper()


@pytest.mark.parametrize("function", CLAIMS)
def test_the_body_is_at_most_eight_lines(function: ast.FunctionDef) -> None:
    assert length(function) <= 8


@pytest.mark.parametrize("function", CLAIMS)
def test_a_judge_returns_and_never_asserts_or_raises(function: ast.FunctionDef) -> None:
    nodes = list(ast.walk(function))
    assert not [n for n in nodes if isinstance(n, ast.Assert | ast.Raise | ast.Try)]
    assert [n for n in nodes if isinstance(n, ast.Return)]


@pytest.mark.parametrize("function", CLAIMS)
def test_a_judge_takes_its_subject_and_what_can_be_handed_to_it(
    function: ast.FunctionDef,
) -> None:
    first, *rest = [argument.arg for argument in function.args.args]
    assert first not in HANDED
    assert set(rest) <= HANDED
    assert not function.args.kwonlyargs
    assert not function.args.defaults


def test_every_claim_is_registered_under_its_name() -> None:
    assert {p.id for p in CLAIMS} == set(INVARIANTS)
    assert {p.id for p in MOVES} == set(ACTIONS)


# -- moves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", MOVES)
def test_a_move_acts_and_expects_nothing(function: ast.FunctionDef) -> None:
    nodes = list(ast.walk(function))
    assert function.args.args[0].arg == "world"
    assert not [n for n in nodes if isinstance(n, ast.Assert | ast.Raise)]
    assert one_sentence(ast.get_docstring(function))


@pytest.mark.parametrize("name", ["log_in", "log_out", "visit"])
def test_draws_are_fixed_ranges_and_never_filtered(name: str) -> None:
    for draw in ACTIONS[name].draws.values():
        strategy = getattr(draw, "strategy", draw)
        assert "filter" not in repr(strategy)


# -- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_a_section_of_the_guide_and_says_so(page: Path) -> None:
    section = int(page.stem[1:].partition("_")[0])
    opening = str(ast.get_docstring(tree(page)))
    assert re.match(rf"(Guide|Catalogue) section {section}, {SECTIONS[section]}\b", opening, re.I)
    for function in decorated(page, "invariant"):
        for decorator in function.decorator_list:
            assert isinstance(decorator, ast.Call)
            [identifier] = ast.literal_eval(ast.Tuple([decorator.args[0]], ast.Load()))
            assert identifier.startswith(f"SM-{section}.")


@pytest.mark.parametrize("page", DECLARING, ids=lambda page: page.stem)
def test_no_page_speaks_of_how_a_target_talks(page: Path) -> None:
    for node in ast.walk(tree(page)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not HTTP.search(node.value), (node.lineno, node.value)
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            assert node.value not in STATUS_CODES, node.lineno
        elif isinstance(node, ast.Attribute):
            assert node.attr not in EXPECTING, node.lineno


@pytest.mark.parametrize("page", [*DECLARING, *ACTING], ids=lambda page: page.stem)
def test_no_page_leaves_something_to_be_done(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", text)

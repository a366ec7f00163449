"""The documents say what is so: commands, options, keys, exit codes, examples, and files exist."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters.profilefile import read_profile
from adapters.schemacheck import SCHEMA_PATH
from fixtures.targets.miniatures import ACCOUNTS, miniature
from fixtures.wishes import RUN_KEYS
from suites.catalogue import catalogue, policy_keys
from suites.kernel.budget import BUDGETS
from suites.kernel.declare import INVARIANTS
from suites.kernel.discover import discover
from suites.kernel.plan import RUN_CONDITIONS
from suites.kernel.policy import UNREAD, Policy
from suites.kernel.presets import PRESETS
from suites.kernel.verdict import WORST_FIRST, Exit

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")
TEMPLATE = CHECKOUT / "fixtures" / "profiles" / "template.yaml"
GLOSSARY = 23
SHORT_THREAT = 20
VARIABLES = {f"{name.upper()}_PASSWORD": password for name, password in ACCOUNTS.items()}


@cache
def document(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


README = document("README.md")


def blocks(text: str, *languages: str) -> list[str]:
    """Return the fenced blocks of these languages, without the indentation of a list."""
    found = re.findall(r"^( *)```(\w+)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [
        "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
        for indent, language, body in found
        if language in languages
    ]


def rows(marker: str) -> list[list[str]]:
    """Return the cells of the table behind a comment or, as its first head cell, a word."""
    at = README.index(marker)
    table = re.search(r"^\|.*?\n\n", README[at:] + "\n\n", re.MULTILINE | re.DOTALL)
    assert table, marker
    lines = table[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def words(cell: str) -> list[str]:
    """Return the words in backquotes of a cell."""
    return re.findall(r"`([^`]+)`", cell)


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a module with our own interpreter, as the documents tell."""
    return subprocess.run(  # noqa: S603  our own interpreter and arguments
        [sys.executable, "-m", *command],
        cwd=CHECKOUT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# -- the profile ----------------------------------------------------------------------------------

SCHEMA: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
TABLES = re.findall(r"<!-- keys: (.*?) -->", README)


def keys_at(pointer: str) -> frozenset[str]:
    node: Any = SCHEMA
    for step in pointer.removeprefix("#").split("/")[1:]:
        node = node[step]
    return frozenset(node["properties"])


def nodes(value: Any, pointer: str = "#") -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each part of the schema that names keys."""
    if isinstance(value, dict):
        properties = value.get("properties")
        if isinstance(properties, dict) and "type" in value:
            yield pointer, frozenset(properties)
        for key, inner in value.items():
            yield from nodes(inner, f"{pointer}/{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner, pointer)


def named(places: str) -> frozenset[str]:
    """Return the keys that the table behind `<!-- keys: a b - c -->` is about."""
    with_, _, without = places.partition(" - ")
    found = frozenset[str]().union(*(keys_at(place) for place in with_.split()))
    return found.difference(*(keys_at(place) for place in without.split()))


@pytest.mark.parametrize("places", TABLES)
def test_a_table_of_keys_names_exactly_the_keys_of_the_schema(places: str) -> None:
    told = [word for cells in rows(f"<!-- keys: {places} -->") for word in words(cells[0])]
    assert sorted(told) == sorted(named(places))


def test_every_key_of_the_schema_is_in_a_table() -> None:
    told = [named(places) | named(places.replace(" - ", " ")) for places in TABLES]
    untold = [place for place, keys in nodes(SCHEMA) if not any(keys <= each for each in told)]
    assert untold == []


def test_the_table_of_run_keys_is_what_a_run_reads() -> None:
    told = {words(cells[0])[0]: cells[1] for cells in rows("<!-- run -->")}
    assert tuple(sorted(told)) == tuple(sorted(RUN_KEYS))
    assert told["budget"] in BUDGETS


def policy_read() -> set[str]:
    """Return the policy keys that code asks for: policy["x"], .declares, .weaker and .seconds."""
    found = set()
    for path in (CHECKOUT / "suites").rglob("*.py"):
        if "selftest" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            asked: ast.expr | None = None
            if isinstance(node, ast.Subscript):
                asked = node.slice
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                asked = node.args[0] if node.args else None
                asked = asked if node.func.attr in {"declares", "weaker", "seconds"} else None
            if isinstance(asked, ast.Constant) and asked.value in policy_keys():
                found.add(str(asked.value))
    return found


def test_the_table_of_policy_keys_is_what_is_read() -> None:
    told = [words(cells[0])[0] for cells in rows("<!-- policy -->")]
    assert sorted(told) == sorted(policy_read())


def test_what_no_code_reads_is_known() -> None:
    groups = {"scopes.*", "channels.*"}  # read as a whole: policy["scopes"]
    assert set(policy_keys()) - policy_read() - groups == UNREAD


def test_the_table_of_presets_is_complete() -> None:
    assert [words(cells[0])[0] for cells in rows("<!-- presets -->")] == list(PRESETS)


@pytest.mark.parametrize("cells", rows("<!-- policy -->"), ids=lambda cells: words(cells[0])[0])
def test_a_policy_key_has_the_values_and_the_default_of_the_catalogue(cells: list[str]) -> None:
    key, values, absent = words(cells[0])[0], *(cell.replace("\\", "") for cell in cells[1:3])
    assert values.split(", ") == str(policy_keys()[key]["type"]).split("|")
    default = Policy({})[key]
    if not isinstance(default, list):
        assert absent == ("none" if default is None else str(default).lower().replace("__h", "__H"))


# -- commands, options, codes ---------------------------------------------------------------------


def commands(name: str) -> list[str]:
    """Return every command of the sh and console blocks of a document."""
    found = [line for block in blocks(document(name), "sh") for line in block.splitlines()]
    for block in blocks(document(name), "console"):
        found += [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return [line for line in found if line.strip()]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_targets_exist(name: str) -> None:
    existing = set(re.findall(r"^([a-z-]+):", document("Makefile"), re.MULTILINE))
    assert {word for word in re.findall(r"\bmake ([a-z-]+)`", document(name))} <= existing
    told = [line.split()[1] for line in commands(name) if line.startswith("make ")]
    assert set(told) <= existing


@cache
def option_help() -> str:
    found = run("pytest", "--help")
    assert found.returncode == 0, found.stderr
    return found.stdout.partition("session management:")[2].partition("\n\n")[0]


def test_the_table_of_options_is_the_help_of_pytest() -> None:
    told = [words(cells[0])[0].partition("=")[0] for cells in rows("## Options")]
    assert told == re.findall(r"^  (--[a-z-]+)", option_help(), re.MULTILINE)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_use_options_that_exist(name: str) -> None:
    known = {*re.findall(r"--[a-z-]+", option_help())}
    inline = [text for text in re.findall(r"`([^`\n]+)`", document(name)) if "pytest " in text]
    for line in (*commands(name), *inline):
        words_ = shlex.split(line, comments=True)
        if any(word == "pytest" or word.endswith("/pytest") for word in words_):
            assert {word.partition("=")[0] for word in words_ if word.startswith("--")} <= known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_that_are_named_exist(name: str) -> None:
    text = document(name)
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    rooms = r"(?:adapters|suites|fixtures|reports|kernel|machines|guide|threats)/[\w./-]+"
    paths = [path for path in re.findall(rf"`({rooms})`", text) if "runs" not in path]
    places = [*links, *paths]
    roots = (CHECKOUT, CHECKOUT / "suites")
    assert places
    assert [place for place in places if not any((r / place).exists() for r in roots)] == []


def test_anchors_within_the_readme_exist() -> None:
    heads = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    known = {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= known


def test_exit_codes_are_those_of_the_engine() -> None:
    told = {int(cells[0]): cells[1] for cells in rows("| exit code |")}
    assert set(told) == {exit_.code for exit_ in Exit}
    assert [exit_ for exit_ in Exit if not told[exit_.code].startswith(str(exit_))] == []


def test_verdicts_stand_in_the_order_of_the_lattice() -> None:
    assert [cells[0] for cells in rows("| verdict | shown")] == [str(v) for v in WORST_FIRST]


def test_the_requirements_said_to_be_covered_are() -> None:
    discover()
    told = [name for cells in rows("<!-- delivered -->") for name in cells[1].split()]
    ours = {i.requirement.id for i in INVARIANTS.values() if not i.requirement.own}
    judged = [name for name in catalogue() if name in ours]
    assert told == [name for name in catalogue() if name in {*ours, *RUN_CONDITIONS}]
    aimed = [r for r in catalogue().values() if r.kind == "target"]
    assert len(judged) == len(aimed)
    assert f"checks for all {len(aimed)} requirements" in README
    assert f"The catalogue has {len(catalogue())} requirements" in README


def test_the_glossary_has_its_words() -> None:
    told = [cells[0] for cells in rows("| word | meaning")]
    assert len(set(told)) == len(told) == GLOSSARY


# -- examples -------------------------------------------------------------------------------------


def test_the_threat_in_the_readme_is_the_file() -> None:
    threat = document("suites/threats/session_flood.py")
    assert threat in blocks(README, "python")
    assert len(threat.splitlines()) < SHORT_THREAT


@pytest.mark.parametrize("block", blocks(document("CONTRIBUTING.md"), "python"))
def test_examples_of_contributing_are_in_the_files_they_name(block: str) -> None:
    for part in re.split(r"^# ", block, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        file = " ".join(document(head.split(",")[0].strip()).split())
        assert " ".join(body.split()) in file, head


def test_the_template_is_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**VARIABLES, "TARGET_URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    profile = read_profile(TEMPLATE)
    assert Policy(profile.policy).in_full()
    assert set(profile.run) <= set(RUN_KEYS)


def test_the_template_with_every_comment_taken_away_is_a_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").touch()
    names = {**VARIABLES, "TARGET_URL": "http://127.0.0.1:1", "ADMIN_AUTHORIZATION": "Bearer k"}
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    keys = r"^(  +)# (?=[a-z_]+: |create_user:|  [a-z_]+: )"
    full = re.sub(keys, r"\1", TEMPLATE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file = tmp_path / "full.yaml"
    file.write_text(full, encoding="utf-8")
    profile = read_profile(file)
    assert {"create_user", "list_sessions", "refresh", "pre_auth"} <= set(profile.adapter)
    assert profile.adapter["create_user"]["reference"] == "$.id"
    assert profile.adapter["login"]["refused"] == {"status": 200, "contains": "wrong password"}
    assert Policy(profile.policy)["transport.test_over_http"] is True


def test_the_check_of_the_template_prints_what_the_readme_shows() -> None:
    (shown,) = [block for block in blocks(README, "console") if "adapters check" in block]
    with miniature("correct") as url:
        found = run("adapters", "check", str(TEMPLATE), TARGET_URL=url, **VARIABLES)
    assert found.returncode == 0, found.stderr
    printed = found.stdout.replace(url, "http://127.0.0.1:8000").splitlines()
    for told, line in zip(shown.splitlines()[1:], printed, strict=True):
        assert line.startswith(told.partition(" [...]")[0])


def test_the_plan_of_the_template_asks_nothing_of_the_target() -> None:
    found = run(
        "pytest", f"--profile={TEMPLATE}", "--plan", TARGET_URL="http://127.0.0.1:1", **VARIABLES
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "no request was sent" in found.stdout
    asked = set(re.findall(r"policy (\S+) is undeclared", found.stdout))
    assert asked
    assert asked <= policy_read()


def test_the_adapter_in_python_is_fit(tmp_path: Path) -> None:
    (code,) = [block for block in blocks(README, "python") if "class Shop" in block]
    (tmp_path / "shop.py").write_text(code, encoding="utf-8")
    profile = tmp_path / "shop.yaml"
    users = [f"{{name: {n}, password: {{env: {n.upper()}_PASSWORD}}}}" for n in ACCOUNTS]
    accounts = ", ".join(users)
    with miniature("correct") as url:
        profile.write_text(
            f"target: {{name: shop, url: '{url}', environment: lab}}\n"
            f"adapter: {{python: shop.py:Shop}}\naccounts: [{accounts}]\n",
            encoding="utf-8",
        )
        found = run("adapters", "check", str(profile), **VARIABLES)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "authenticates alone: cookie sid" in found.stdout

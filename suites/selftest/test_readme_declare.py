"""The README says what a profile has to declare for each requirement, and in which words."""

import re

import pytest

from adapters.capabilities import ALWAYS, DERIVED
from adapters.declared.reader import ADMINISTRATIVE
from adapters.declared.template import DOTTED, PLAIN
from fixtures.wishes import RUN_KEYS
from suites.catalogue import catalogue, policy_keys
from suites.kernel.declare import INVARIANTS
from suites.kernel.discover import discover
from suites.kernel.plan import plan
from suites.kernel.policy import Policy
from suites.selftest.test_readme import (
    CHECKOUT,
    README,
    SCHEMA,
    document,
    keys_at,
    nodes,
    option_help,
    policy_read,
    rows,
    words,
)

BARE = ALWAYS | {"login", "probe", "logout", "forge", "shares", "resend"}
"""What declared operations can do where nothing but the three of them is declared."""
OF_AN_ARTEFACT = keys_at("#/$defs/artefact")
OF_A_PARTY = keys_at("#/$defs/relying_party")
EVERY_KEY = frozenset[str]().union(*(keys for _, keys in nodes(SCHEMA)))


def known_key(word: str) -> bool:
    """Tell whether a word, as `policy.refresh.idle_lifetime` or `jwt: true`, is a profile key."""
    key, _, value = word.partition(": ")
    section, _, rest = key.partition(".")
    if word.startswith("--"):
        return word in option_help()
    if section == "policy":
        known = rest == "scopes" or rest in policy_read()
        return known and (not value or value in str(policy_keys()[rest]["type"]).split("|"))
    if section == "run":
        return rest in RUN_KEYS
    if section == "target":
        return rest in keys_at("#/properties/target")
    own = keys_at("#/$defs/adapter") | OF_AN_ARTEFACT | OF_A_PARTY
    return section in own and set(rest.split(".")) - {""} <= EVERY_KEY


def test_the_table_of_what_to_declare_has_a_row_for_each_that_needs_more() -> None:
    discover()
    planned = plan(BARE, Policy({}))
    short = [name for name, entry in planned.items() if not entry.runs]
    assert [cells[0] for cells in rows("<!-- declare -->")] == short


@pytest.mark.parametrize("cells", rows("<!-- declare -->"), ids=lambda cells: cells[0])
def test_what_to_declare_is_told_in_keys_of_the_profile(cells: list[str]) -> None:
    told = words(cells[1]) + re.findall(r"(?<!`)--[a-z-]+", cells[1])
    assert told
    assert [word for word in told if not known_key(word)] == []
    needs = catalogue()[cells[0]].needs
    operations = {part for need in needs for part in DERIVED.get(need, (need,))}
    assert keys_at("#/$defs/adapter") & operations - BARE <= set(told)


def test_what_is_about_cookies_is_named() -> None:
    discover()
    told = README[README.index("\nSM-4.1, SM-4.2") :].partition(" are\nabout cookies")[0]
    whole: dict[str, list[bool]] = {}
    for claim in INVARIANTS.values():
        if not claim.arm:
            whole.setdefault(claim.requirement.id, []).append("session_cookie" in claim.needs)
    only = [name for name in catalogue() if name in whole and all(whole[name])]
    assert re.findall(r"SM-[0-9.]+[0-9]", told) == only


def test_the_table_of_administrative_calls_is_that_of_the_reader() -> None:
    told = [word for cells in rows("<!-- administrative -->") for word in words(cells[1])]
    assert sorted(told) == sorted(ADMINISTRATIVE)


def test_the_words_in_braces_are_those_of_templates() -> None:
    told = README[README.index("Words in braces, as") :].partition("\n\n")[0]
    assert {*PLAIN, *DOTTED, "user.personal.<key>"} == set(words(told)) - {"{user.name}"}


def test_every_example_is_in_the_table_of_examples() -> None:
    told = [word for cells in rows("<!-- examples -->") for word in words(cells[1])]
    there = [CHECKOUT / "fixtures" / "profiles", CHECKOUT / "adapters" / "examples"]
    files = [file for folder in there for file in folder.iterdir() if file.is_file()]
    assert set(told) == {str(file.relative_to(CHECKOUT)) for file in files}


def test_the_demo_profile_asks_for_what_the_readme_says_to_export() -> None:
    told = [words(cells[0])[0] for cells in rows("<!-- reference -->")]
    asked = re.findall(r"env: (\w+)", document("fixtures/profiles/demo.yaml"))
    assert set(told) == {name for name in asked if name.startswith("REFERENCE_")}
    fields = [words(cells[1])[0] for cells in rows("<!-- reference -->")]
    server = document("fixtures/targets/reference/server.py")
    assert [field for field in fields if f'"{field}"' not in server] == []

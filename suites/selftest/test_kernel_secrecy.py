"""Which secrets in the lines of a log count: not those that only we put into an address."""

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

import pytest

from adapters.contract import Artefact, Kind, Place
from adapters.exchange import Exchange
from adapters.journals.leaks import Leaks
from adapters.journals.lines import Line
from adapters.secrets import Secret, Vault
from suites.kernel.model import Credential, Model
from suites.kernel.secrecy import Search, Searched

VALUE = "s|1:0|10:17953212|b1946ac92492d2347c6235b4d2611184"
ASKED = f"https://shop.test/me?session={quote(VALUE, safe='')}"


def asked(url: str) -> Exchange:
    return Exchange(1, "thief", "GET", url, (), None, 403)


def leaks(kind: str, line: str, *urls: str, place: Place | None = None) -> int:
    journal: Any = SimpleNamespace(listeners=[], map=None)
    search = Search(journal, None)
    search.leaks = Leaks(vault(kind))
    journal.listeners[0](Line(line, 0.0, "access.log"), None)
    model = Model({})
    if place is not None:
        held = (Artefact(Kind(kind), place, "session", Secret(VALUE, kind, made_up=True)),)
        model.values[VALUE] = Credential("s1", Kind(kind), held, "alice", "web")
    (found,) = search.sights(model, [("probe me", asked(url)) for url in urls])
    assert isinstance(found, Searched)
    return len(found.leaks)


def vault(kind: str) -> Vault:
    made = Vault()
    made.register(VALUE, kind)
    return made


@pytest.mark.parametrize("again", [False, True], ids=["as it came", "in another address"])
def test_an_address_that_we_made_shows_nothing_of_the_target(*, again: bool) -> None:
    line = f"GET /me -> /login?next={quote(ASKED, safe='')}" if again else f"GET {unquote(ASKED)}"
    assert leaks(Kind.SESSION, line) > 0
    assert leaks(Kind.SESSION, line, ASKED) == 0


def test_a_link_that_the_target_made_is_a_secret_in_its_log() -> None:
    assert leaks(Kind.LINK, f"GET /link?token={VALUE}", ASKED) > 0


def test_a_secret_counts_whatever_else_was_asked() -> None:
    assert leaks(Kind.SESSION, f"session {VALUE}", "https://shop.test/me?page=2") > 0


@pytest.mark.parametrize("place", [Place.QUERY, Place.PATH])
def test_what_the_target_wants_in_addresses_is_a_secret_in_its_log(place: Place) -> None:
    assert leaks(Kind.SESSION, f"GET /me?session={VALUE} 200", ASKED, place=place) > 0
    assert leaks(Kind.SESSION, f"GET /me?session={VALUE} 200", ASKED, place=Place.COOKIE) == 0


@pytest.mark.parametrize(
    "line", [f"INFO new session {VALUE} for alice", f"event=login session={VALUE}"]
)
def test_a_line_of_the_program_itself_counts_though_an_address_shows_the_value(line: str) -> None:
    assert leaks(Kind.SESSION, line, ASKED) > 0


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"path": "/me", "query": {"session": VALUE}}),
        json.dumps({"path": "/me", "args": f"session={VALUE}"}),
        f"GET /me session={quote(VALUE)} 443 - 403",
        json.dumps({"url": ASKED}).replace("|", r"\u007c").replace("=", r"\u003d"),
    ],
)
def test_an_address_that_is_told_in_parts_is_that_address(line: str) -> None:
    assert leaks(Kind.SESSION, line) > 0
    assert leaks(Kind.SESSION, line, ASKED) == 0


def test_an_identifier_behind_the_path_is_in_the_address_that_we_made() -> None:
    asked_so = f"https://shop.test/me;jsessionid={quote(VALUE, safe='')}"
    assert leaks(Kind.SESSION, f"GET /me;jsessionid={VALUE} 200", asked_so) == 0
    assert leaks(Kind.SESSION, f"session {VALUE} ended", asked_so) > 0


def test_an_identifier_in_the_path_is_in_the_address_that_we_made() -> None:
    asked_so = f"https://shop.test/sessions/{quote(VALUE, safe='')}"
    assert leaks(Kind.SESSION, f"DELETE /sessions/{quote(VALUE)} 204", asked_so) == 0
    assert leaks(Kind.SESSION, f"session {VALUE} ended", asked_so) > 0

"""Which secrets in the lines of a log count: not those that only we put into an address."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

import pytest

from adapters.contract import Kind
from adapters.exchange import Exchange
from adapters.journals.leaks import Leaks
from adapters.journals.lines import Line
from adapters.secrets import Vault
from suites.kernel.model import Model
from suites.kernel.secrecy import Search, Searched

VALUE = "s|1:0|10:17953212|b1946ac92492d2347c6235b4d2611184"
ASKED = f"https://shop.test/me?session={quote(VALUE, safe='')}"


def asked(url: str) -> Exchange:
    return Exchange(1, "thief", "GET", url, (), None, 403)


def leaks(kind: str, line: str, *urls: str) -> int:
    journal: Any = SimpleNamespace(listeners=[], map=None)
    search = Search(journal, None)
    search.leaks = Leaks(vault(kind))
    journal.listeners[0](Line(line, 0.0, "access.log"), None)
    (found,) = search.sights(Model({}), [("probe me", asked(url)) for url in urls])
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

"""What answers give away: echoes in every form, what caches may keep, and how channels differ."""

import base64
from dataclasses import replace
from urllib.parse import quote

import pytest

from adapters.caching import directives, validators
from adapters.contract import Kind, Place, Seen
from adapters.cookies import parse
from adapters.elsewhere import told_elsewhere
from adapters.exchange import Exchange
from suites.kernel.bench import Authenticating, Calibration
from suites.kernel.crossing import Compared
from suites.kernel.leaking import Late, SharedLook
from suites.kernel.model import State
from suites.kernel.policy import Policy
from suites.kernel.showing import IDENTITY, Watch
from suites.kernel.sights import Exposure, Kept
from suites.kernel.verify import Outcome
from suites.kernel.verify_channels import as_on_other_channels
from suites.kernel.verify_exposure import kept_by_nobody, not_the_page_of, nothing_that_works
from suites.selftest.past import History

CALIBRATION = Calibration(
    (), {"web": Authenticating("web", (((Place.COOKIE, "sid"),),))}, frozenset()
)
ANSWER = Exchange(1, "laptop", "GET", "https://toy.test/me", (), None, 200)
VALUE = "a-session/id+of 32 characters==x"
NOBODY, ALICE = (Seen("me", who, clear=True, why="") for who in (None, "alice"))


def sights(watch: Watch, past: History, act: str, exchange: Exchange) -> list[Exposure | Kept]:
    return list(watch.sights([(act, exchange)], past.model, CALIBRATION, frozenset({9})))


def echoes(past: History, body: str, *, act: str = "read", watch: Watch | None = None) -> list[str]:
    found = sights(watch or Watch(), past, act, replace(ANSWER, number=2, body=body.encode()))
    return [s.credential.kind for s in found if isinstance(s, Exposure) and s.where == "echo"]


@pytest.mark.parametrize(
    "body",
    [
        f"id {VALUE}",
        quote(VALUE, safe=""),
        *(
            base64.b64encode(f"{before}{VALUE}|more".encode()).decode()
            for before in ("", "x", "xy")
        ),
        base64.urlsafe_b64encode(VALUE.encode()).decode().rstrip("="),
    ],
)
def test_a_cookie_in_a_body_is_an_echo_in_every_form(body: str) -> None:
    past = History()
    past.credential(past.login(), Kind.SESSION, value=VALUE)
    assert echoes(past, f'<p title="{body}">') == [Kind.SESSION]


def test_a_value_counts_only_while_it_lives() -> None:
    past = History()
    session = past.login()
    for state in (State.DEAD, State.EITHER):
        session.sure.state = state
        assert echoes(past, session.sure.value) == []


def test_a_token_is_in_its_place_where_it_is_handed_out_and_nowhere_else() -> None:
    past, watch = History(), Watch()
    token = past.login("alice", Kind.ACCESS).sure
    issued = replace(ANSWER, body=f'{{"token": "{token.value}"}}'.encode())
    assert sights(watch, past, "login", issued) == [Kept("access", "login", frozenset())]
    assert echoes(past, token.value, act="refresh", watch=watch) == []
    assert echoes(past, token.value, act="probe me", watch=watch) == [Kind.ACCESS]


def test_what_was_put_into_the_address_is_no_echo() -> None:
    past = History()
    value = past.login().sure.value
    asked = replace(ANSWER, url=f"https://toy.test/?q={value}", body=value.encode())
    assert sights(Watch(), past, "read", asked) == []


def test_what_names_its_reader_or_sets_a_session_cookie_is_kept_by_nobody() -> None:
    past = History()
    value = past.login().sure.value
    named = replace(ANSWER, number=9, headers=(("Cache-Control", "private, max-age=0"),))
    said = frozenset({"private", "max-age"})
    assert sights(Watch(), past, "probe me", named) == [Kept(IDENTITY, "probe me", said)]
    cookie = parse(f"sid={value}", over_tls=True)
    assert cookie is not None
    setting = replace(ANSWER, cookies_set=(cookie,))
    assert sights(Watch(), past, "login", setting) == [Kept("session", "login", frozenset())]
    assert sights(Watch(), past, "read", ANSWER) == []


@pytest.mark.parametrize(
    ("said", "allowed", "outcome"),
    [
        ("no-store", ["no-store"], Outcome.HELD),
        ("public, no-store", ["no-store"], Outcome.HELD),
        ("private, no-cache", ["no-store"], Outcome.DEVIATION),
        ("private, no-cache", ["no-store", "private"], Outcome.HELD),
        ("public, no-cache", ["no-store", "no-cache"], Outcome.VIOLATED),
        ("max-age=0", ["no-store"], Outcome.VIOLATED),
        ("", ["no-store"], Outcome.VIOLATED),
    ],
)
def test_what_a_cache_may_do_is_a_matter_of_policy(
    said: str, allowed: list[str], outcome: Outcome
) -> None:
    exchange = replace(ANSWER, headers=(("Cache-Control", said),) if said else ())
    policy = Policy({"cache.allowed": allowed})
    assert kept_by_nobody(Kept("x", "y", directives(exchange)), policy).outcome is outcome


def test_a_client_asks_again_with_what_it_was_given() -> None:
    given = (("ETag", '"a"'), ("Last-Modified", "Sun, 01 Nov 2026 00:00:00 GMT"))
    asked = validators(replace(ANSWER, headers=given))
    assert asked == {"If-None-Match": '"a"', "If-Modified-Since": given[1][1]}


@pytest.mark.parametrize(
    ("seen", "stale", "violated"),
    [(NOBODY, False, False), (ALICE, False, True), (NOBODY, True, True)],
)
def test_nobody_is_shown_the_page_of_another(seen: Seen, stale: bool, violated: bool) -> None:
    look = SharedLook(History().login(), "another user", "/x.css", seen, stale)
    assert not_the_page_of(look).violated is violated


@pytest.mark.parametrize(
    ("refused", "works", "outcome"),
    [
        (True, True, Outcome.VIOLATED),
        (True, False, Outcome.HELD),
        (False, True, Outcome.NOT_JUDGED),
    ],
)
def test_a_refusal_offers_nothing_that_works(refused: bool, works: bool, outcome: Outcome) -> None:
    late = Late(History().login(), refused, ("refresh",), works)
    assert nothing_that_works(late).outcome is outcome


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        ('<img src="https://count.test/?u=%2Flink%3Flink%3Dsecret-1">', (), "in an address"),
        ('<img src="/own.png?link=secret-1">', (), None),
        ('<img src="https://count.test/x">', (), None),
        (
            '<img src="https://count.test/x">',
            (("Referrer-Policy", "unsafe-url"),),
            "in the Referer",
        ),
        ('<img src="https://count.test/x">', (("Referrer-Policy", "no-referrer"),), None),
        ("<p>secret-1</p>", (("Referrer-Policy", "unsafe-url"),), None),
    ],
)
def test_a_page_tells_others_by_address_or_referer(
    body: str, headers: tuple[tuple[str, str], ...], told: str | None
) -> None:
    page = replace(
        ANSWER,
        url="https://toy.test/link?link=secret-1",
        body=body.encode(),
        headers=(("Content-Type", "text/html"), *headers),
    )
    found = told_elsewhere(page, "secret-1")
    assert found is None if told is None else str(found).startswith(told)


@pytest.mark.parametrize(
    ("web", "mobile", "revocation", "outcome"),
    [
        ((NOBODY, NOBODY), (ALICE, ALICE), "immediate", Outcome.VIOLATED),
        ((NOBODY, NOBODY), (ALICE, ALICE), "until_exp", Outcome.HELD),
        ((NOBODY, NOBODY), (ALICE, NOBODY), "immediate", Outcome.HELD),
        ((ALICE, ALICE), (ALICE, ALICE), "immediate", Outcome.HELD),
        ((NOBODY, Seen("me", None, clear=False, why="")), (ALICE, ALICE), "immediate", None),
    ],
)
def test_channels_differ_only_as_a_whole(
    web: tuple[Seen, ...], mobile: tuple[Seen, ...], revocation: str, outcome: Outcome | None
) -> None:
    past = History()
    cookie, token = past.login().sure, past.login("alice", Kind.ACCESS).sure
    looks = {
        "web": tuple((cookie, seen) for seen in web),
        "mobile": tuple((token, seen) for seen in mobile),
    }
    policy = Policy({"access_token.revocation": revocation})
    found = as_on_other_channels(Compared("logout", looks), "mobile", policy).outcome
    assert found is (outcome or Outcome.UNCLEAR)

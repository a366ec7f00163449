"""What passes by on the wire: cookies, exposed secrets and answers that name somebody."""

from dataclasses import replace

import pytest

from adapters.contract import Kind, Place
from adapters.cookies import CookieSet, parse
from adapters.exchange import Exchange
from suites.kernel.bench import Authenticating, Calibration, Recognition
from suites.kernel.declare import Moment, Selector
from suites.kernel.select import artefact_cookies, cookies_set, exposed, recognitions
from suites.kernel.showing import Watch
from suites.kernel.sights import Exposure, cookies
from suites.selftest.past import History

CALIBRATION = Calibration(
    (), {"web": Authenticating("web", (((Place.COOKIE, "sid"),),))}, frozenset()
)
ANSWER = Exchange(1, "laptop", "GET", "http://toy.test/", (), None, 200)


def cookie(header: str) -> CookieSet:
    found = parse(header, over_tls=True)
    assert found is not None
    return found


def picked(over: Selector, past: History, *sights: object) -> list[object]:
    moment = Moment(past.model, tuple(past.model.events[-1:]), final=False, sights=sights)
    return [subject.value for subject in over.pick(moment)]


def cookie_names(over: Selector, past: History, *headers: str) -> list[str]:
    exchange = replace(ANSWER, cookies_set=tuple(cookie(h) for h in headers))
    sights = tuple(cookies([("login", exchange)], past.model, CALIBRATION))
    moment = Moment(past.model, (), final=False, sights=sights)
    return [str(subject.key[0]) for subject in over.pick(moment)]


@pytest.fixture
def past() -> History:
    return History()


# -- cookies --------------------------------------------------------------------------------------


def test_the_cookie_that_authenticates_is_a_subject(past: History) -> None:
    assert cookie_names(artefact_cookies(), past, "sid=x", "theme=dark") == ["sid"]
    assert cookie_names(cookies_set(), past, "sid=x", "theme=dark") == ["sid", "theme"]


def test_a_cookie_of_another_name_with_a_session_value_is_a_subject_too(past: History) -> None:
    value = past.login().sure.value
    assert cookie_names(artefact_cookies(), past, f"copy={value}") == ["copy"]


def test_a_deleting_cookie_is_asked_for_separately(past: History) -> None:
    gone = "sid=; Max-Age=0"
    assert cookie_names(artefact_cookies(), past, gone) == []
    assert cookie_names(artefact_cookies(deleting=True), past, gone) == ["sid"]
    assert cookie_names(cookies_set(), past, gone) == []


def test_the_cookie_of_a_refresh_token_is_a_subject(past: History) -> None:
    refresh = past.login("alice", Kind.SESSION, Kind.REFRESH).current(Kind.REFRESH)[0]
    refresh.held = (refresh.held[-1].at(Place.COOKIE, "renew"),)
    assert cookie_names(artefact_cookies(), past, "renew=anything") == ["renew"]


# -- exposures ------------------------------------------------------------------------------------


def exposed_in(past: History, body: str, *headers: tuple[str, str]) -> dict[str, list[object]]:
    exchange = replace(ANSWER, body=body.encode(), headers=headers)
    sights = tuple(Watch().sights([("read", exchange)], past.model, CALIBRATION))
    return {where: picked(exposed(where), past, *sights) for where in ("address", "body")}


def test_an_answer_without_secrets_is_one_subject_that_holds(past: History) -> None:
    past.login()
    assert exposed_in(past, "welcome") == {"address": [()], "body": [()]}


def test_a_cookie_value_in_the_body_is_an_exposure_there(past: History) -> None:
    credential = past.login().sure
    found = exposed_in(past, f"your id is {credential.value}")
    assert found["body"] == [(Exposure(credential, "body", "read"),)]
    assert found["address"] == [()]


def test_a_value_in_an_address_is_an_exposure_there(past: History) -> None:
    credential = past.login().sure
    credential.held = (credential.held[-1].holding("abcdefgh12345678"),)
    found = exposed_in(past, "", ("Location", "/next;jsessionid=abcdefgh12345678"))
    assert found["address"] == [(Exposure(credential, "address", "read"),)]
    assert found["body"] == [()]


def test_a_token_in_the_body_of_an_answer_is_where_it_belongs(past: History) -> None:
    token = past.login("alice", Kind.ACCESS).sure
    assert exposed_in(past, token.value)["body"] == [()]


def test_a_value_too_short_to_be_a_secret_is_no_exposure(past: History) -> None:
    credential = past.login().sure
    credential.held = (credential.held[-1].holding("a1"),)
    assert exposed_in(past, "a1 a1 a1")["body"] == [()]


def test_a_value_that_is_no_proper_text_is_compared_too(past: History) -> None:
    credential = past.login().sure
    credential.held = (credential.held[-1].holding("abcdefgh\ud800"),)
    assert exposed_in(past, "welcome")["body"] == [()]


def test_a_set_cookie_header_is_where_a_cookie_belongs(past: History) -> None:
    credential = past.login().sure
    credential.held = (credential.held[-1].holding("abcdefgh12345678"),)
    assert exposed_in(past, "", ("Set-Cookie", "sid=abcdefgh12345678"))["body"] == [()]


# -- recognitions ---------------------------------------------------------------------------------


def test_every_answer_that_names_somebody_is_a_subject(past: History) -> None:
    seen = Recognition(past.login().sure, "alice", "alice", "me")
    assert picked(recognitions(), past, seen) == [seen]
    assert picked(recognitions(lambda r: r.presenter is None), past, seen) == []


def test_after_a_foreign_login_isolation_is_not_the_only_explanation(past: History) -> None:
    own = past.login()
    over = past.login("bob", over=own)
    by_right = recognitions(lambda r: r.by_its_own_right)
    foreign = Recognition(over.sure, "bob", "bob", "me")
    planted = Recognition(past.stray("plant"), "", "bob", "me")
    nothing = Recognition(None, None, "bob", "me")
    assert picked(by_right, past, foreign, planted, nothing) == [nothing]
    assert picked(recognitions(lambda r: r.after_foreign_login), past, foreign, nothing) == [
        foreign
    ]


def test_a_foreign_marker_is_told_in_words(past: History) -> None:
    seen = Recognition(past.login().sure, "alice", "alice", "me", marker_of="bob")
    assert not seen.shows_own_marker
    assert seen.words == "alice by probe me, with the data of bob"

"""The judges of what a browser shows, keeps and sends: held, violated, and not judged."""

import base64
import json
from typing import Any

import pytest

from adapters.contract import Artefact, Device, Kind, Place
from adapters.exchange import Exchange
from adapters.scenes import Act, Crossing, Kept, Scene, Shelf, Way
from adapters.secrets import Secret
from suites.kernel.browsing import SCENE, Crossed, Look
from suites.kernel.declare import Moment
from suites.kernel.model import Credential, Event, Model, Session
from suites.kernel.policy import Policy
from suites.kernel.select_browser import afterwards, cleared, during, kept_tokens, looks
from suites.kernel.verify import Outcome
from suites.kernel.verify_browser import (
    asks_without_secrets,
    carries_no_session,
    nothing_kept,
    nothing_left,
    shows_nothing,
)

ACCESS, REFRESH = "b7Qx-access-0123456789abcdef", "k2Zp-refresh-0123456789abcdef"
MARKS = {"note 1": "note-5f1c2a90"}


def model() -> tuple[Model, Session]:
    """Return a model with one session that has an access and a refresh artefact."""
    found = Model({})
    opened = found.event("login", None)
    session = Session("s1", "alice", Device("laptop"), "app", opened)
    for kind, value in ((Kind.ACCESS, ACCESS), (Kind.REFRESH, REFRESH)):
        held = (Artefact(kind, Place.BEARER, "Authorization", Secret(value, "test")),)
        credential = Credential(f"s1.{kind}", kind, held, "alice", "app", session=session)
        session.credentials.append(credential)
        found.remember(credential)
    found.sessions["s1"] = session
    return found, session


def look(*kept: Kept, act: Act = Act.RENDER, shown: str = "", why: str = "", **facts: Any) -> Look:
    """Return a look at the session of a model."""
    scene = Scene(act, "/app/", shown, tuple(kept), why)
    return Look(model()[1], scene, dict(MARKS), **facts)


@pytest.mark.parametrize(
    "text",
    [
        ACCESS,
        json.dumps({"auth": {"token": ACCESS}}),
        base64.b64encode(f'{{"t":"{ACCESS}"}}'.encode()).decode(),
        base64.b64encode(f'{{"tk":"{ACCESS}","a":1}}'.encode()).decode(),
        base64.urlsafe_b64encode(f'{{"tok":"{ACCESS}"}}'.encode()).decode(),
    ],
)
def test_a_value_is_found_however_it_is_written(text: str) -> None:
    found = nothing_kept(look(Kept(Shelf.LOCAL, "state", text)), model()[0], Policy())
    assert found.outcome is Outcome.VIOLATED
    assert found.seen == "the access artefact in localStorage"
    assert ACCESS not in found.seen


def test_other_things_may_be_kept() -> None:
    other = look(Kept(Shelf.LOCAL, "theme", "dark"), Kept(Shelf.COOKIES, "cookies", ACCESS))
    assert nothing_kept(other, model()[0], Policy()).outcome is Outcome.HELD
    in_cookies = nothing_kept(other, model()[0], Policy(), {Shelf.COOKIES})
    assert in_cookies.outcome is Outcome.VIOLATED


@pytest.mark.parametrize(
    ("declared", "shelf", "value", "outcome"),
    [
        ("session_token_in_sessionStorage", Shelf.SESSION, ACCESS, Outcome.DEVIATION),
        ("session_token_in_sessionStorage", Shelf.LOCAL, ACCESS, Outcome.VIOLATED),
        ("session_token_in_sessionStorage", Shelf.SESSION, REFRESH, Outcome.VIOLATED),
        ("memory", Shelf.GLOBALS, ACCESS, Outcome.DEVIATION),
        ("memory", Shelf.LOCAL, REFRESH, Outcome.VIOLATED),
        ("none", Shelf.SESSION, ACCESS, Outcome.VIOLATED),
    ],
)
def test_declared_storage_is_a_deviation_for_session_tokens_only(
    declared: str, shelf: Shelf, value: str, outcome: Outcome
) -> None:
    policy = Policy({"client": {"storage": declared}})
    assert nothing_kept(look(Kept(shelf, "x", value)), model()[0], policy).outcome is outcome


def test_what_an_ended_session_left_is_told() -> None:
    ended = look(Kept(Shelf.CACHES, "shell /me", MARKS["note 1"]), over=True)
    assert nothing_left(ended, model()[0], Policy()).seen == "note 1 of the user in the Cache API"
    tolerant = Policy({"client": {"clear_on_logout": False}})
    assert nothing_left(ended, model()[0], tolerant).outcome is Outcome.DEVIATION
    clean = look(Kept(Shelf.MARKUP, "markup", MARKS["note 1"]), over=True)
    assert nothing_left(clean, model()[0], Policy()).outcome is Outcome.HELD


def test_what_an_ended_session_shows_is_told() -> None:
    shown = look(act=Act.BACK, shown=f"Profile {MARKS['note 1']}", over=True)
    assert shows_nothing(shown).seen == "after `go back` the page shows note 1"
    assert shows_nothing(look(act=Act.BACK, shown="Log in", over=True)).outcome is Outcome.HELD


def test_what_was_not_seen_or_showed_nothing_is_not_judged() -> None:
    crashed = look(why="Chromium crashed")
    assert (shows_nothing(crashed).outcome, shows_nothing(crashed).seen) == (
        Outcome.NOT_JUDGED,
        "Chromium crashed",
    )
    blank = Look(model()[1], Scene(Act.RENDER, "/app/"))
    assert nothing_kept(blank, model()[0], Policy()).outcome is Outcome.NOT_JUDGED
    assert nothing_left(blank, model()[0], Policy()).outcome is Outcome.NOT_JUDGED


def test_secrets_in_addresses_and_referers_are_told() -> None:
    def asking(url: str, *headers: tuple[str, str]) -> Look:
        return look(asked=(Exchange(1, "laptop", "GET", url, headers, None, 200),))

    place = "https://shop.test/"
    assert asks_without_secrets(asking(place), model()[0]).outcome is Outcome.HELD
    told = asks_without_secrets(asking(f"{place}?t={ACCESS}"), model()[0])
    assert told.seen == "one in the address of a request"
    told = asks_without_secrets(asking(place, ("referer", f"{place}?t={ACCESS}")), model()[0])
    assert told.seen == "one in the Referer of a request"


@pytest.mark.parametrize(
    ("carried", "why", "samesite", "outcome"),
    [
        ({"sid"}, "", "lax", Outcome.VIOLATED),
        ({"theme"}, "", "lax", Outcome.HELD),
        (set(), "the browser did not send the request", "lax", Outcome.NOT_JUDGED),
        ({"sid"}, "", "none", Outcome.NOT_JUDGED),
    ],
)
def test_what_another_site_sends_is_judged_by_its_cookies(
    carried: set[str], why: str, samesite: str, outcome: Outcome
) -> None:
    crossing = Crossing(Way.FORM, frozenset(carried), why)
    crossed = Crossed(model()[1], crossing, True, frozenset({"sid"}))
    policy = Policy({"cookie": {"samesite": samesite}})
    assert carries_no_session(crossed, policy).outcome is outcome


def test_looks_are_selected_by_the_end_of_their_session() -> None:
    found, session = model()
    alive, left = Look(session, Scene(Act.RELOAD, "/")), Look(session, Scene(Act.LOG_OUT, ""))
    over = [
        Look(session, Scene(act, "/"), over=True, left=by) for act in Act for by in (True, False)
    ]
    lost = Look(None, Scene(Act.RENDER, "", why="Chromium crashed"))
    events = tuple(found.event(SCENE, None, extra=one) for one in (alive, left, *over, lost))
    moment = Moment(found, events, final=False)

    def picked(wanted: Any) -> list[Look]:
        return [subject.value for subject in looks(wanted).pick(moment)]

    assert picked(during) == [alive, left, lost]
    assert all(one.over for one in picked(afterwards) if one is not lost)
    assert {one.scene.act for one in picked(afterwards)} == set(Act) - {Act.LOG_OUT} | {Act.RENDER}
    back = [one for one in picked(cleared) if one.scene.act is Act.BACK]
    assert [one.left for one in back] == [True]


def test_readable_tokens_are_presented_unless_they_are_known() -> None:
    found, session = model()
    unknown = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    kept = (Kept(Shelf.SESSION, "a", f'"{unknown}"'), Kept(Shelf.LOCAL, "b", ACCESS))
    event: Event = found.event(SCENE, None, extra=Look(session, Scene(Act.RENDER, "/", "", kept)))
    (subject,) = kept_tokens().pick(Moment(found, (event,), final=False))
    assert subject.value[1].value.reveal() == unknown
    assert subject.value[1].place is Place.BEARER

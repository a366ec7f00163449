"""What another site can have a browser send, as it arrives at a server."""

from email import message_from_bytes
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.checked import problems
from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Kind,
    Place,
    Refused,
    Unclear,
    fresh_device,
)
from adapters.crossing import CROSSINGS, SIBLING, Body, Crossing, Origin, Token, crossings, marks
from adapters.secrets import Secret
from suites.selftest.declaring import ANN, WEB, answer, declared
from suites.selftest.loopback import Asked, Given, Server, serving

SID = Artefact(Kind.SESSION, Place.COOKIE, "sid", Secret("Sx3_vB8nQd5T"))
BEARER = Artefact(Kind.ACCESS, Place.BEARER, "Authorization", Secret("Tk9_wZ4mLp2R"))
OWN = "https://shop.test:8443"
NOTE = "{post: /note, csrf: true, headers: {X-Own: own}, json: {text: '{value}'}}"
FIELD = "{session: {cookie: sid}, csrf: {field: tok, from: {get: /form}}}"


def named(name: str) -> Crossing:
    return next(one for one in CROSSINGS if one.name == name)


def test_every_way_has_a_name_of_its_own() -> None:
    assert len({one.name for one in (*CROSSINGS, SIBLING)}) == len(CROSSINGS) + 1


def test_a_browser_says_where_a_form_comes_from_and_not_where_a_link_does() -> None:
    form, link = (
        marks(named("a form of another site"), OWN),
        marks(named("a link of another site"), OWN),
    )
    assert form["Origin"] == "https://foreign.example"
    assert form["Sec-Fetch-Site"] == link["Sec-Fetch-Site"] == "cross-site"
    assert "Origin" not in link
    assert link["Referer"] == "https://foreign.example/"


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Origin.NULL, "null"),
        (Origin.SUFFIX, "https://shop.test.foreign.example"),
        (Origin.PREFIX, "https://evilshop.test:8443"),
        (Origin.SIBLING, "https://sibling.shop.test:8443"),
        (Origin.ABSENT, None),
    ],
)
def test_origins_look_like_the_one_they_imitate(origin: Origin, said: str | None) -> None:
    assert marks(Crossing("x", origin), OWN).get("Origin") == said
    other = Crossing("x", Origin.SUFFIX, imitates="https://partner.test")
    assert marks(other, OWN)["Origin"] == "https://partner.test.foreign.example"


def test_a_browser_of_the_past_says_less() -> None:
    assert marks(named("a form without Origin and Referer"), OWN) == {}
    assert marks(named("a form with a foreign Referer only"), OWN) == {
        "Referer": "https://foreign.example/"
    }


def test_only_ways_that_differ_are_offered() -> None:
    names = [one.name for one in crossings("POST")]
    assert "a form with a made-up token" not in names
    assert "a script of another site" not in names
    assert "a form that overrides the method" not in names
    assert [one.method for one in crossings("GET")] == ["GET", "GET"]
    assert any(one.token is Token.MADE_UP for one in crossings("POST", token_in_body=True))
    assert any(one.body is Body.JSON for one in crossings("POST", json=True))
    assert any(one.method == "POST" and one.override for one in crossings("PUT"))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_forms_and_links_have_no_methods_of_their_own(method: str) -> None:
    ways = list(crossings(method, json=True, token_in_body=True))
    assert {one.method for one in ways if one.mode != "cors"} == {"GET", "HEAD", "POST"}
    scripts = [one for one in ways if one.method == method]
    assert [one.body for one in scripts] == [Body.JSON, Body.FORM]
    assert all(one.asks_first for one in scripts)
    # A script that need not ask does no more than a form, which is there already.
    assert all(one.mode != "cors" for one in crossings("POST"))


@pytest.mark.parametrize("said", ["post", "put", "patch", "delete"])
def test_what_goes_without_a_preflight_has_the_content_type_of_a_form(
    tmp_path: Path, said: str
) -> None:
    note = NOTE.replace("post:", f"{said}:")
    with serving(lambda _: answer(403)) as server:
        adapter = declared(tmp_path, server, artefacts=FIELD, write_marker=note)
        for way in (*adapter.crossings("write_marker", "web"), SIBLING):
            adapter.forge("write_marker", "v", [SID], fresh_device(), way, **WEB)
    sent = [one for one in server.asked if one.method != "OPTIONS"]
    assert {one.method for one in sent} == {"GET", "HEAD", "POST"}
    types = {(one.header("Content-Type") or "").partition(";")[0] for one in sent}
    assert types <= {"", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"}


def test_a_forged_request_carries_cookies_and_nothing_a_page_could_not_set(tmp_path: Path) -> None:
    with serving(lambda _: answer(204)) as server:
        adapter = declared(tmp_path, server, artefacts=FIELD, write_marker=NOTE)
        way = named("a form of another site")
        adapter.forge("write_marker", "note-1", [SID, BEARER], fresh_device(), way, **WEB)
        empty = named("a form with an empty token")
        adapter.forge("write_marker", "note-1", [SID], fresh_device(), empty, **WEB)
        text = named("a form of another site as plain text")
        adapter.forge("write_marker", "note-1", [SID], fresh_device(), text, **WEB)
        link = named("a link that overrides the method")
        adapter.forge("write_marker", "note-1", [SID], fresh_device(), link, **WEB)
    form, tokened, plain, got = server.asked
    assert form.header("Cookie") == "sid=Sx3_vB8nQd5T"
    assert (form.header("Authorization"), form.header("X-Own")) == (None, None)
    assert (form.body, tokened.body) == (b"text=note-1", b"text=note-1&tok=")
    assert (plain.header("Content-Type"), plain.body) == ("text/plain", b'{"text": "note-1"}')
    said = parse_qs(urlsplit(got.path).query)
    assert (got.method, said) == ("GET", {"text": ["note-1"], "_method": ["POST"]})


def test_a_form_with_room_for_files_has_a_part_for_each_field(tmp_path: Path) -> None:
    with serving(lambda _: answer(204)) as server:
        adapter = declared(tmp_path, server, artefacts=FIELD, write_marker=NOTE)
        way = named("a form of another site with room for files")
        adapter.forge("write_marker", "note-1", [SID], fresh_device(), way, **WEB)
    (sent,) = server.asked
    kind = sent.header("Content-Type") or ""
    read = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + sent.body)
    (part,) = (one for one in read.walk() if not one.is_multipart())
    assert kind.startswith("multipart/form-data; boundary=")
    assert part.get_param("name", header="Content-Disposition") == "text"
    assert part.get_payload() == "note-1"
    assert sent.header("Cookie") == "sid=Sx3_vB8nQd5T"


def test_a_sender_uses_a_token_that_it_knows(tmp_path: Path) -> None:
    known = Artefact(Kind.CSRF, Place.BODY, "tok", Secret("sender-token"))
    with serving(lambda _: answer(204)) as server:
        adapter = declared(tmp_path, server, artefacts=FIELD, write_marker=NOTE)
        adapter.forge("write_marker", "v", [SID, known], fresh_device(), SIBLING, **WEB)
    assert server.asked[0].body == b"text=v&tok=sender-token"


def test_a_forged_login_gives_what_the_browser_holds_then(tmp_path: Path) -> None:
    given = Given(200, b"{}", (("Set-Cookie", "sid=opened-1; Path=/"),))
    with serving(lambda _: given) as server:
        adapter = declared(tmp_path, server, artefacts="{session: {cookie: sid}}")
        way = named("a form of another site")
        opened = adapter.forge("login", ANN, (), fresh_device(), way, **WEB)
    assert isinstance(opened, Acknowledged)
    assert [a.value.reveal() for a in opened.issued] == ["opened-1"]


@pytest.mark.parametrize("lets", [True, False])
def test_a_script_asks_first_and_is_sent_only_if_allowed(tmp_path: Path, lets: bool) -> None:
    headers = (
        ("Access-Control-Allow-Origin", "https://foreign.example" if lets else "*"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Headers", "Content-Type"),
    )

    def answering(asked: Asked) -> Given:
        return Given(204, b"", headers)

    with serving(answering) as server:
        adapter = declared(tmp_path, server, artefacts=FIELD, write_marker=NOTE)
        way = named("a script of another site")
        sent = adapter.forge("write_marker", "v", [SID], fresh_device(), way, **WEB)
        read = adapter.shares([SID], fresh_device(), way, which="probe", **WEB)
    assert isinstance(sent, Acknowledged if lets else Refused)
    assert isinstance(read, Acknowledged if lets else Refused)
    asked = [(one.method, one.header("Cookie")) for one in server.asked]
    own = "sid=Sx3_vB8nQd5T"
    sent_on = [("OPTIONS", None), *([("POST", own)] if lets else []), ("GET", own)]
    assert asked == sent_on


@pytest.mark.parametrize(
    ("preflight", "status", "kind"),
    [
        (503, 204, Unclear),
        (429, 204, Unclear),
        (403, 204, Refused),
        (404, 204, Refused),
        (204, 204, Acknowledged),
        (204, 429, Unclear),
        (204, 504, Unclear),
        (204, 405, Refused),
        (204, 500, Refused),
    ],
)
def test_a_target_that_looked_at_no_request_has_not_refused_it(
    tmp_path: Path, preflight: int, status: int, kind: type
) -> None:
    allowed = (
        ("Access-Control-Allow-Origin", "https://foreign.example"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Headers", "Content-Type"),
    )

    def answering(asked: Asked) -> Given:
        return Given(preflight if asked.method == "OPTIONS" else status, b"", allowed)

    with serving(answering) as server:
        adapter = declared(tmp_path, server, artefacts=FIELD, write_marker=NOTE)
        way = named("a script of another site")
        sent = adapter.forge("write_marker", "v", [SID], fresh_device(), way, **WEB)
        read = adapter.shares([SID], fresh_device(), way, which="probe", **WEB)
    assert isinstance(sent, kind)
    assert isinstance(read, Unclear) is (status in {429, 504})


def written_and_resent(folder: Path, server: Server) -> Answer:
    """Write a note, and send the recorded request once more."""
    adapter = declared(folder, server, artefacts=FIELD, write_marker=NOTE)
    seen: list[object] = []
    adapter.transport.taps.append(seen.append)
    adapter.write_marker([SID], fresh_device("laptop"), "note-1", **WEB)
    answered: Answer = adapter.resend(seen[-1], fresh_device("listener"), **WEB)
    return answered


def test_a_recorded_request_is_sent_again_byte_for_byte(tmp_path: Path) -> None:
    with serving(lambda _: answer(204)) as server:
        again = written_and_resent(tmp_path, server)
    assert isinstance(again, Acknowledged)
    first, second = server.asked[-2:]
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)
    assert dict(first.headers) == dict(second.headers)


@pytest.mark.parametrize(
    ("status", "kind"), [(204, Acknowledged), (401, Refused), (429, Unclear), (503, Unclear)]
)
def test_a_busy_or_failing_target_says_nothing_of_a_recorded_request(
    tmp_path: Path, status: int, kind: type
) -> None:
    with serving(lambda _: answer(status)) as server:
        again = written_and_resent(tmp_path, server)
    assert isinstance(again, kind)


def test_the_operations_keep_the_contract(tmp_path: Path) -> None:
    with serving(lambda _: answer(204)) as server:
        adapter = declared(tmp_path, server, artefacts=FIELD, write_marker=NOTE)
    assert problems(adapter) == []
    assert adapter.token_cookie("web") is None
    doubled = declared(tmp_path, server, artefacts="{csrf: {cookie: xsrf, send: {field: t}}}")
    assert doubled.token_cookie("web") == "xsrf"
    assert adapter.crossings("change_email", "web") == ()

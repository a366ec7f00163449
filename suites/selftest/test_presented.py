"""Recorded requests, wherever the artefact of their session travels."""

import json
import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters import capabilities
from adapters.contract import Artefact, Kind, Place, User
from adapters.exchange import Exchange, header
from adapters.presented import carries, without
from adapters.secrets import Secret
from suites.kernel.bench import Authenticating, Bench, Calibration
from suites.kernel.captured import Replay
from suites.kernel.model import Model
from suites.kernel.policy import Policy
from suites.kernel.world import World
from suites.selftest.declaring import answer, declared
from suites.selftest.loopback import Asked, Given, serving

USERS = (User("ann", Secret("ann-password", "password"), "ann"),)
TOKEN = "Tk9_wZ4mLp2R"
AT = "https://shop.test/me"


class Keeping:
    """Knows its sessions by a value in one place.

    `wrong` goes on showing a list when the session is over, `open` shows it to anybody.
    """

    def __init__(self, place: str, *, wrong: bool, open_: bool = False) -> None:
        self.place, self.wrong, self.open = place, wrong, open_
        self.tokens: dict[str, str] = {}
        self.over: set[str] = set()

    def __call__(self, asked: Asked) -> Given:
        """Answer a login, a logout, or the page of whoever asks."""
        path = urlsplit(asked.path).path
        if path == "/login":
            value = secrets.token_urlsafe(24)
            self.tokens[value] = "annabella"
            return answer(200, {"token": value})
        value = self._presented(asked)
        if path == "/logout":
            self.over.add(value)
            return answer(204)
        user = self.tokens.get(value) if value not in self.over else None
        # A list is answered from a store that nobody empties at a logout.
        if path == "/list" and (self.open or (self.wrong and value in self.tokens)):
            return answer(200, {"user": "annabella", "sessions": [{"id": "1"}]})
        return answer(200, {"user": user, "sessions": [{"id": "1"}]}) if user else answer(401)

    def _presented(self, asked: Asked) -> str:
        parts = urlsplit(asked.path)
        match self.place:
            case "header":
                return (asked.header("X-Session-Token") or "").removeprefix("Session ")
            case "query":
                return parse_qs(parts.query).get("token", [""])[0]
        return str(json.loads(asked.body or b"{}").get("token", ""))


SENT = {
    "header": "{header: X-Session-Token, template: 'Session {token}'}",
    "query": "{query: token}",
    "body": "{field: token}",
}
PLACES = {
    "header": (Place.HEADER, "X-Session-Token"),
    "query": (Place.QUERY, "token"),
    "body": (Place.BODY, "token"),
}


def replayed(folder: Path, place: str, target: Keeping) -> Replay | None:
    """Return what came of the recorded requests of a session that was logged out."""
    body = ", json: {}" if place == "body" else ""
    verb = "post" if place == "body" else "get"
    with serving(target) as server:
        adapter = declared(
            folder,
            server,
            artefacts=f"{{session: {{json: $.token, send: {SENT[place]}}}}}",
            probe=f"{{{verb}: /me, identity: $.user{body}}}",
            list_sessions=f"{{{verb}: /list, handles: '$.sessions[*].id'{body}}}",
            logout=f"{{post: /logout{body}}}",
        )
        known = {"web": Authenticating("web", ((PLACES[place],),))}
        bench = Bench(adapter, Calibration(USERS, known, capabilities.of(adapter)))
        bench.names = {"annabella": "alice"}
        adapter.transport.taps.append(bench.heard)
        world = World(bench, Model({"alice": USERS[0]}), Policy({}))
        world.begin("s1")
        session = world.login("alice", "laptop")
        assert session is not None
        world.begin("s2")
        world.list_sessions(session)
        world.begin("s3")
        world.logout(session)
        world.begin("s4")
        event = world.replay_captured(session, 1)
        return event.extra if event is not None else None


@pytest.mark.parametrize("place", PLACES)
def test_traffic_is_found_wherever_its_artefact_travels(tmp_path: Path, place: str) -> None:
    replay = replayed(tmp_path, place, Keeping(place, wrong=False))
    assert replay is not None
    assert {one.label for one in replay.resent} >= {"list_sessions"}
    assert not any(one.shown for one in replay.resent)


@pytest.mark.parametrize("place", PLACES)
def test_what_a_store_shows_to_recorded_traffic_is_seen(tmp_path: Path, place: str) -> None:
    replay = replayed(tmp_path, place, Keeping(place, wrong=True))
    assert replay is not None
    assert {one.shown for one in replay.resent} >= {("identity of alice",)}


@pytest.mark.parametrize("place", PLACES)
def test_what_a_stranger_is_shown_as_well_is_no_secret(tmp_path: Path, place: str) -> None:
    replay = replayed(tmp_path, place, Keeping(place, wrong=True, open_=True))
    assert replay is not None
    assert not any(one.shown for one in replay.resent)


def recorded(url: str = AT, body: bytes | None = None, **headers: str) -> Exchange:
    return Exchange(1, "laptop", "POST", url, tuple(headers.items()), body, 200)


def artefact(place: Place, name: str) -> Artefact:
    return Artefact(Kind.SESSION, place, name, Secret(TOKEN))


@pytest.mark.parametrize(
    ("place", "sent", "left"),
    [
        (Place.QUERY, recorded(f"{AT}?a=1&t={TOKEN}&b="), recorded(f"{AT}?a=1&b=")),
        (Place.PATH, recorded(f"{AT};t={TOKEN}?a=1"), recorded(f"{AT}?a=1")),
        (Place.BODY, recorded(body=f"a=1&t={TOKEN}".encode()), recorded(body=b"a=1")),
        (
            Place.BODY,
            recorded(body=json.dumps({"a": [1], "t": TOKEN}).encode()),
            recorded(body=b'{"a": [1]}'),
        ),
        (Place.HEADER, recorded(T=f"Session {TOKEN}", B="b"), recorded(B="b")),
        (Place.COOKIE, recorded(Cookie=f"t={TOKEN}"), recorded()),
        (Place.BEARER, recorded(Authorization=f"Bearer {TOKEN}"), recorded()),
    ],
)
def test_a_stranger_sends_the_same_without_the_artefact(
    place: Place, sent: Exchange, left: Exchange
) -> None:
    held = artefact(place, "t")
    assert carries(sent, held)
    assert without(sent, [held]) == left
    assert not carries(left, held)
    assert header(left.request_headers, "Cookie") is None


def test_what_stands_elsewhere_is_not_presented() -> None:
    held = artefact(Place.QUERY, "t")
    assert not carries(recorded(f"{AT}?other={TOKEN}", body=b"t=" + TOKEN.encode()), held)
    opaque = recorded(body=b"\xff\x00t")
    assert without(opaque, [artefact(Place.BODY, "t")]) == opaque

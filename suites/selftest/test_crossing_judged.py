"""What is said of APIs that are defended by their methods alone, as they answer over HTTP."""

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from adapters import capabilities
from adapters.contract import Acknowledged, Place, User
from adapters.secrets import Secret
from suites.guide.s10_forgery import another_site_changes_nothing, another_site_logs_nobody_out
from suites.kernel.bench import Authenticating, Bench, Calibration
from suites.kernel.declare import Moment
from suites.kernel.forging import FORGED_LOGOUT, RIDDEN, Forged
from suites.kernel.model import Event, Model
from suites.kernel.policy import Policy
from suites.kernel.select_crossing import forgeries
from suites.kernel.verify import Outcome
from suites.kernel.world import World
from suites.selftest.declaring import answer, declared
from suites.selftest.loopback import Asked, Given, Server, serving

USERS = tuple(User(name, Secret("ann-password", "password"), name) for name in ("ann", "ben"))
POLICY = Policy({"csrf.logout_protected": True})
PUT_NOTE = "{put: /note, json: {text: '{value}'}}"
FOREIGN = "https://foreign.example"
LENIENT = (
    ("Access-Control-Allow-Origin", FOREIGN),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Methods", "PUT, DELETE"),
)


class Api:
    """Sessions in cookies; what changes something has a method that no form can use."""

    def __init__(self, *, samesite: str = "", preflight: Sequence[tuple[str, str]] = ()) -> None:
        self.samesite, self.preflight = samesite, tuple(preflight)
        self.users: dict[str, str] = {}
        self.notes: dict[str, str] = {}

    def __call__(self, asked: Asked) -> Given:
        """Answer as a router does: by method and path, and nothing else."""
        if asked.method == "OPTIONS":
            return Given(204, b"", self.preflight)
        value = (asked.header("Cookie") or "").removeprefix("sid=")
        user = self.users.get(value)
        match asked.method, asked.path.partition("?")[0]:
            case "POST", "/login":
                return self._logged_in(json.loads(asked.body)["u"])
            case "GET", "/me" if user is not None:
                return answer(200, {"user": user, "note": self.notes.get(user)})
            case "PUT", "/note" if user is not None:
                # A form leaves the text where JSON has it: a reader that takes both.
                written = asked.body.decode()
                self.notes[user] = written.partition("text=")[2] or json.loads(written)["text"]
                return answer(204)
            case "DELETE", "/session" if user is not None:
                del self.users[value]
                return answer(204)
        return answer(401 if asked.path == "/me" else 405)

    def _logged_in(self, user: str) -> Given:
        value = secrets.token_urlsafe(24)
        self.users[value] = user
        return answer(200, {}, ("Set-Cookie", f"sid={value}; Path=/; HttpOnly{self.samesite}"))


class Forms(Api):
    """Takes notes from forms, and looks for its own header only where `guarded` are the types."""

    guarded: tuple[str, ...] = (
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json",
    )

    def __call__(self, asked: Asked) -> Given:
        """Store what a form holds, whatever its encoding."""
        user = self.users.get((asked.header("Cookie") or "").removeprefix("sid="))
        if (asked.method, asked.path) != ("POST", "/note") or user is None:
            return super().__call__(asked)
        kind = asked.header("Content-Type") or ""
        if kind.startswith(self.guarded) and asked.header("X-Own") is None:
            return answer(403)
        written = asked.body.decode()
        plain = parse_qs(written).get("text", [""])[0]
        in_parts = written.partition('"text"\r\n\r\n')[2].partition("\r\n")[0]
        self.notes[user] = in_parts if kind.startswith("multipart/") else plain
        return answer(204)


@pytest.mark.parametrize("guarded", [False, True])
def test_a_guard_of_some_encodings_is_none(tmp_path: Path, guarded: bool) -> None:
    target = Forms()
    target.guarded = (*target.guarded, "multipart/form-data") if guarded else target.guarded
    with serving(target) as server:
        note = "{post: /note, headers: {X-Own: own}, form: {text: '{value}'}}"
        world = world_on(tmp_path, server, note)
        session = world.login("alice", "laptop")
        assert session is not None
        ridden = judged(world, world.ride(session), RIDDEN)
    told = {one for one, said in ridden.items() if said is not Outcome.HELD}
    assert told == (set() if guarded else {"a form of another site with room for files"})


def world_on(folder: Path, server: Server, note: str = PUT_NOTE) -> World:
    """Return a history on an API with such a `write_marker`, and a `logout` by DELETE."""
    adapter = declared(
        folder,
        server,
        artefacts="{session: {cookie: sid}}",
        probe="{get: /me, identity: $.user, marker: $.note}",
        logout="{delete: /session}",
        write_marker=note,
    )
    known = {"web": Authenticating("web", (((Place.COOKIE, "sid"),),))}
    bench = Bench(adapter, Calibration(USERS, known, capabilities.of(adapter)))
    bench.names = {"alice": "ann", "bob": "ben"}
    adapter.transport.taps.append(lambda seen: bench.exchanges.append(("", seen)))
    world = World(bench, Model({user.name: user for user in USERS}), POLICY)
    world.begin("s1")
    return world


def judged(world: World, event: Event | None, kind: str) -> dict[str, Outcome]:
    """Return what the judge of this kind says of each request of another site."""
    assert event is not None
    judge = another_site_changes_nothing if kind == RIDDEN else another_site_logs_nobody_out
    found = {}
    for subject in forgeries(kind).pick(Moment(world.model, (event,), final=False)):
        one: Forged = subject.value[0]
        found[one.words] = judge(subject.value, POLICY).outcome
    return found


@pytest.mark.parametrize("samesite", ["", "; SameSite=Lax"])
def test_an_api_that_is_defended_by_its_methods_holds(tmp_path: Path, samesite: str) -> None:
    with serving(Api(samesite=samesite)) as server:
        world = world_on(tmp_path, server)
        session = world.login("alice", "laptop")
        assert session is not None
        ridden = judged(world, world.ride(session), RIDDEN)
        left = judged(world, world.forge_logout(session), FORGED_LOGOUT)
    assert set(ridden.values()) == set(left.values()) == {Outcome.HELD}
    # Each way without a preflight is one that a browser has.
    forged = [asked for asked in server.asked if asked.header("Sec-Fetch-Site") == "cross-site"]
    assert {asked.method for asked in forged} == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize(
    ("samesite", "outcome"), [("", Outcome.VIOLATED), ("; SameSite=Lax", Outcome.DEVIATION)]
)
def test_an_api_that_lets_scripts_of_others_use_its_methods_does_not(
    tmp_path: Path, samesite: str, outcome: Outcome
) -> None:
    with serving(Api(samesite=samesite, preflight=LENIENT)) as server:
        world = world_on(tmp_path, server)
        session = world.login("alice", "laptop")
        assert session is not None
        ridden = judged(world, world.ride(session), RIDDEN)
        left = judged(world, world.forge_logout(session), FORGED_LOGOUT)
    told = {one for one, said in ridden.items() if said is not Outcome.HELD}
    assert told == {"a script that sends no JSON"}
    assert ridden["a script that sends no JSON"] is outcome
    assert left["a script that sends no JSON"] is outcome


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Credentials", "false"),
        ("Access-Control-Allow-Methods", "*"),
        ("Access-Control-Allow-Methods", "PUT"),
    ],
)
def test_a_preflight_allows_only_what_it_names(tmp_path: Path, name: str, value: str) -> None:
    answered = [*(pair for pair in LENIENT if pair[0] != name), (name, value)]
    with serving(Api(preflight=answered)) as server:
        world = world_on(tmp_path, server)
        session = world.login("alice", "laptop")
        assert session is not None
        left = judged(world, world.forge_logout(session), FORGED_LOGOUT)
    assert set(left.values()) == {Outcome.HELD}


def test_the_genuine_requests_of_that_api_work(tmp_path: Path) -> None:
    with serving(Api()) as server:
        world = world_on(tmp_path, server)
        session = world.login("alice", "laptop")
        assert session is not None
        assert isinstance(world.write_marker(session).answer, Acknowledged)
        assert isinstance(world.logout(session).answer, Acknowledged)

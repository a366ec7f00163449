"""Adapters in code and from a Web Fuzzing Commons file do over HTTP what declared ones do."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.build import load
from adapters.checked import Checked
from adapters.contract import (
    Answer,
    Artefact,
    Device,
    Kind,
    Refused,
    Seen,
    Unclear,
    User,
    fresh_device,
)
from adapters.families import BearerApi, CookieWeb
from adapters.profilefile import Profile, read_profile
from adapters.secrets import Secret
from adapters.smoke import smoke
from adapters.transport import Transport
from fixtures.targets.miniatures import ACCOUNTS, miniature
from suites.selftest.declaring import ANN, WEB
from suites.selftest.loopback import Asked, Given, serving

PROFILE = """\
target: {name: t, url: "%s"}
adapter: {python: unused.py:Unused}
"""


def built(folder: Path, url: str, kind: type[Any]) -> Checked:
    file = folder / "profile.yaml"
    file.write_text(PROFILE % url)
    profile: Profile = read_profile(file)
    return Checked(kind(Transport(profile.target.scope, trust_loopback=True), profile))


class Miniature(CookieWeb):
    """The surface of the miniatures."""

    session_cookie = "sid"

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        fields = {"username": user.name, "password": user.password}
        return self.post("/login", device, json=fields, node=node).answer(logs_in=True)

    def login_fail(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        fields = {"username": user.name, "password": "wrong"}
        return self.post("/login", device, json=fields, node=node).answer()

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        page = self.get("/me", device, held, node=node)
        return page.seen(which, identity=page.json("$.user"), nobody=page.status == 401)

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        page = self.post("/logout", device, held, node=node)
        return page.answer(acknowledged=page.status == 204, logs_out=True)


def test_a_cookie_adapter_in_code_is_fit(tmp_path: Path) -> None:
    with miniature("correct") as url:
        adapter = built(tmp_path, url, Miniature)
        users = [User(name, Secret(word)) for name, word in ACCOUNTS.items()]
        result = smoke(adapter, users)
    assert result.fit, (result.problems, result.trouble)
    assert result.authenticating == {"sid"}
    assert adapter.session_names == {"sid"}


class Tokens(BearerApi):
    """An API with an access and a refresh token."""

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        return self.post("/login", device, form={"p": user.password}, node=node).answer()

    def probe(
        self, held: Sequence[Artefact], device: Device, *, which: str, channel: str, node: int
    ) -> Seen:
        page = self.get("/me", device, [a for a in held if a.kind is Kind.ACCESS], node=node)
        return page.seen(which, identity=page.json("$.user"), nobody=page.status == 401)

    def logout(
        self, held: Sequence[Artefact], device: Device, *, channel: str, node: int
    ) -> Answer:
        return self.delete("/session", device, held, node=node).answer(refused=False)


def tokens(request: Asked) -> Given:
    if request.path == "/login":
        return Given(200, b'{"access_token": "aaaa", "refresh_token": "rrrr"}')
    known = request.header("Authorization") == "Bearer aaaa"
    return Given(200, b'{"user": "ann"}') if known else Given(401)


def test_a_token_adapter_in_code_captures_and_presents(tmp_path: Path) -> None:
    with serving(tokens) as server:
        adapter = built(tmp_path, server.url, Tokens)
        device = fresh_device()
        held = adapter.login(ANN, device, **WEB).issued
        seen = adapter.probe(held, device, which="me", **WEB)
        unknown = adapter.logout([], device, **WEB)
    assert [(one.kind, one.name) for one in held] == [
        (Kind.ACCESS, "Authorization"),
        (Kind.REFRESH, "refresh_token"),
    ]
    assert server.asked[0].body == b"p=ann-password"
    assert seen.identity == "ann"
    assert isinstance(unknown, Unclear)


@pytest.mark.parametrize(
    ("status", "expected"), [(401, Refused), (500, Unclear), (429, Unclear), (None, Unclear)]
)
def test_what_is_not_said_follows_the_status(
    tmp_path: Path, status: int | None, expected: type
) -> None:
    with serving(lambda _: Given(status)) as server:
        adapter = built(tmp_path, server.url, Tokens)
        assert type(adapter.login(ANN, fresh_device(), **WEB)) is expected


WFC = """\
auth:
  - name: one
    loginEndpointAuth:
      payloadUserPwd: {username: alice, password: alice-password-1,
                       usernameField: username, passwordField: password}
  - name: two
    loginEndpointAuth: {payloadRaw: '%s'}
authTemplate:
  loginEndpointAuth: {endpoint: /login, verb: POST, contentType: application/json,
                      expectCookies: true}
"""


def test_a_web_fuzzing_commons_file_logs_in(tmp_path: Path) -> None:
    raw = json.dumps({"username": "bob", "password": ACCOUNTS["bob"]})
    (tmp_path / "auth.yaml").write_text(WFC % raw)
    file = tmp_path / "profile.yaml"
    with miniature("correct") as url:
        file.write_text(
            f"target: {{name: t, url: '{url}'}}\n"
            "adapter:\n"
            "  auth_file: auth.yaml\n"
            "  probe: {get: /me, identity: $.user}\n"
            "  logout: {post: /logout}\n"
        )
        loaded = load(file)
        result = smoke(loaded.adapter, loaded.users)
    assert result.fit, (result.problems, result.trouble)
    assert result.authenticating == {"sid"}
    assert [user.identity for user in result.users] == ["alice", "bob"]

"""Declared operations on accounts, roles, resets and remembered clients."""

import json
from pathlib import Path

import pytest

from adapters import capabilities
from adapters.build import load
from adapters.checked import problems
from adapters.contract import Acknowledged, Kind, Refused, Unclear, fresh_device
from adapters.profilefile import ProfileError
from adapters.secrets import VAULT, Secret
from suites.selftest.declaring import ANN, WEB, answer, declared
from suites.selftest.loopback import Given, serving

NEW = Secret("new-password")


def test_a_role_probe_is_allowed_or_refused_by_name(tmp_path: Path) -> None:
    def answering(asked: object) -> Given:
        return answer() if getattr(asked, "path", "") == "/panel" else Given(403)

    with serving(answering) as server:
        adapter = declared(
            tmp_path,
            server,
            role_probe="{panel: {get: /panel, role: staff}, api: {get: /api, role: staff}}",
        )
        assert dict(adapter.role_probes) == {"panel": "staff", "api": "staff"}
        allowed = adapter.role_probe([], fresh_device(), which="panel", **WEB)
        refused = adapter.role_probe([], fresh_device(), which="api", **WEB)
        unknown = adapter.role_probe([], fresh_device(), which="other", **WEB)
    assert isinstance(allowed, Acknowledged)
    assert isinstance(refused, Refused)
    assert isinstance(unknown, Unclear)


def test_a_reset_token_is_read_by_the_administrator_and_sent_where_it_is_named(
    tmp_path: Path,
) -> None:
    with serving(lambda _: answer(200, {"token": "reset-token-1"})) as server:
        adapter = declared(
            tmp_path,
            server,
            read_reset='{get: "/mail/{user.reference}", capture: {reset: {json: $.token}}}',
            finish_reset='{post: /reset, json: {t: "{reset}", p: "{new}"}}',
        )
        mail = adapter.read_reset(ANN, node=0)
        adapter.finish_reset(mail.issued, fresh_device(), NEW, **WEB)
    assert [artefact.kind for artefact in mail.issued] == [Kind.RESET]
    assert "reset-token-1" in dict(VAULT)
    assert json.loads(server.asked[-1].body) == {"t": "reset-token-1", "p": "new-password"}


def test_a_login_link_is_read_by_the_administrator_and_opens_a_session(tmp_path: Path) -> None:
    def answering(asked: object) -> Given:
        if getattr(asked, "path", "") == "/link":
            return Given(200, b"{}", (("Set-Cookie", "sid=session-value-1; Path=/"),))
        return answer(200, {"link": "login-link-1"})

    with serving(answering) as server:
        adapter = declared(
            tmp_path,
            server,
            request_link='{post: /ask, json: {u: "{user.name}"}}',
            read_link='{get: "/mail/{user.reference}", capture: {link: {json: $.link}}}',
            login_with_link='{post: /link, json: {t: "{link}"}}',
        )
        adapter.request_link(ANN, fresh_device(), **WEB)
        mail = adapter.read_link(ANN, node=0)
        opened = adapter.login_with_link(mail.issued, fresh_device(), **WEB)
        assert "magic_link" in capabilities.of(adapter)
    assert [artefact.kind for artefact in mail.issued] == [Kind.LINK]
    assert json.loads(server.asked[-1].body) == {"t": "login-link-1"}
    assert [artefact.name for artefact in opened.issued] == ["sid"]


def test_being_remembered_is_a_login_with_one_field_more(tmp_path: Path) -> None:
    def answering(asked: object) -> Given:
        return Given(200, b"{}", (("Set-Cookie", "keep=remember-token-1; Path=/"),))

    with serving(answering) as server:
        adapter = declared(
            tmp_path,
            server,
            artefacts="{remember: {cookie: keep}}",
            login='{post: /login, json: {u: "{user.name}"}}',
            login_remembered="{json: {remember: true}}",
            boot="{get: /}",
        )
        answered = adapter.login_remembered(ANN, fresh_device(), **WEB)
        token = [a for a in answered.issued if a.kind is Kind.REMEMBER]
        adapter.boot(token, fresh_device(), **WEB)
    assert json.loads(server.asked[0].body) == {"u": "ann", "remember": True}
    assert server.asked[1].header("Cookie") == "keep=remember-token-1"


def test_fields_of_a_device_go_into_every_body_there_is(tmp_path: Path) -> None:
    with serving(lambda _: answer()) as server:
        adapter = declared(tmp_path, server, login='{post: /login, json: {u: "{user.name}"}}')
        device = fresh_device()
        device.fields = {"role": "admin"}
        adapter.login(ANN, device, **WEB)
        adapter.probe([], device, which="probe", **WEB)
    assert json.loads(server.asked[0].body) == {"u": "ann", "role": "admin"}
    assert server.asked[1].body == b""


def test_operations_together_make_a_capability(tmp_path: Path) -> None:
    with serving(lambda _: answer()) as server:
        some = declared(tmp_path, server, start_reset="{post: /a}", read_reset="{get: /b}")
        every = declared(
            tmp_path,
            server,
            start_reset="{post: /a}",
            read_reset="{get: /b}",
            finish_reset="{post: /c}",
        )
    some.withheld = every.withheld = frozenset()
    assert "reset_password" not in capabilities.of(some)
    assert "reset_password" in capabilities.of(every)


@pytest.mark.parametrize(
    ("environment", "offered"), [("lab", True), ("staging", True), ("production", False)]
)
def test_accounts_are_left_alone_outside_lab_and_staging(
    tmp_path: Path, environment: str, offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_PASSWORD", "a-password-1")
    profile = tmp_path / "shop.yaml"
    profile.write_text(
        f"target: {{name: shop, url: 'http://127.0.0.1:1', environment: {environment}}}\n"
        "adapter:\n  login: {post: /l}\n  probe: {get: /me, identity: $.u}\n"
        "  logout: {post: /o}\n  disable_account: {post: /d}\n  drop_user: {delete: /u}\n"
        "  change_role: {post: /r}\n"
        "accounts:\n  - {name: a, password: {env: A_PASSWORD}, role: staff}\n"
        "  - {name: b, password: {env: A_PASSWORD}}\n",
        encoding="utf-8",
    )
    loaded = load(profile)
    found = capabilities.of(loaded.adapter)
    harmful = {"disable_account", "delete_account", "change_role"}
    assert (harmful <= found) is offered
    assert harmful.isdisjoint(found) is not offered
    assert "drop_user" in found
    assert [user.role for user in loaded.users] == ["staff", None]


def test_a_role_probe_without_a_role_is_refused_in_words(tmp_path: Path) -> None:
    with serving(lambda _: answer()) as server, pytest.raises(ProfileError, match="`role`"):
        declared(tmp_path, server, role_probe="{panel: {get: /panel}}")


def test_an_adapter_in_code_says_which_role_a_role_probe_is_for() -> None:
    class Shop:
        def role_probe(
            self, held: object, device: object, *, which: str, channel: str, node: int
        ) -> object:
            """Say nothing of roles."""

    assert any("Shop.role_probes is missing" in problem for problem in problems(Shop()))

"""A declared adapter sends what the profile says and tells apart what it is given."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from adapters.contract import (
    Acknowledged,
    Artefact,
    Handle,
    Kind,
    Listing,
    Place,
    Refused,
    Unclear,
    User,
    fresh_device,
)
from adapters.secrets import VAULT, Secret
from suites.selftest.declaring import ANN, WEB, answer, declared
from suites.selftest.loopback import Asked, Given, serving


def sid(value: str, kind: Kind = Kind.SESSION) -> Artefact:
    return Artefact(kind, Place.COOKIE, "sid", Secret(value))


def test_templates_fill_paths_bodies_queries_and_headers(tmp_path: Path) -> None:
    with serving(lambda _: answer()) as server:
        adapter = declared(
            tmp_path,
            server,
            login='{post: "/l/{user.personal.city}", form: {u: "{user.name}"}, '
            'query: {q: "{user.reference}"}, headers: {X-P: "{user.password}"}}',
            revoke_session='{delete: "/s/{handle.id}"}',
            change_password='{post: /p, json: {a: ["{old}", "{new}"], b: {c: "{literal}"}}}',
        )
        device = fresh_device()
        adapter.login(ANN, device, **WEB)
        adapter.revoke_session([], device, Handle("a/b ?"), **WEB)
        adapter.change_password([], device, Secret("o"), Secret("n"), **WEB)
    login, revoke, change = server.asked
    assert login.path == "/l/Ulm?q=17"
    assert (login.body, login.header("X-P")) == (b"u=ann", "ann-password")
    assert (revoke.method, revoke.path) == ("DELETE", "/s/a%2Fb%20%3F")
    assert json.loads(change.body) == {"a": ["o", "n"], "b": {"c": "{literal}"}}


def test_a_word_that_is_not_known_is_unclear_and_nothing_is_sent(tmp_path: Path) -> None:
    with serving(lambda _: answer()) as server:
        adapter = declared(tmp_path, server, drop_user='{delete: "/u/{user.reference}"}')
        seen = adapter.drop_user(User("ben", Secret("x")), node=0)
    assert isinstance(seen, Unclear)
    assert "{user.reference} is not known" in seen.why
    assert server.asked == []


@pytest.mark.parametrize("operation", ["logout", "probe"])
def test_artefacts_travel_in_every_place(tmp_path: Path, operation: str) -> None:
    value = Secret("v v")
    held = [
        Artefact(Kind.SESSION, Place.COOKIE, "sid", Secret("one")),
        Artefact(Kind.SESSION, Place.COOKIE, "sid", Secret("two")),
        Artefact(Kind.ACCESS, Place.BEARER, "Authorization", Secret("abc")),
        Artefact(Kind.ACCESS, Place.HEADER, "X-Token", Secret("abc")),
        Artefact(Kind.ACCESS, Place.QUERY, "token", value),
        Artefact(Kind.ACCESS, Place.PATH, "jsessionid", value),
        Artefact(Kind.ACCESS, Place.BODY, "token", value),
    ]
    with serving(lambda _: answer()) as server:
        adapter = declared(tmp_path, server)
        device = fresh_device()
        if operation == "probe":
            adapter.probe(held, device, which="probe", **WEB)
        else:
            adapter.logout(held, device, **WEB)
    (asked,) = server.asked
    assert asked.path.partition("/")[2].partition(";")[2] == "jsessionid=v%20v?token=v+v"
    assert asked.header("Cookie") == "sid=one; sid=two"
    assert asked.header("Authorization") == "Bearer abc"
    assert asked.header("X-Token") == "abc"
    assert dict(parse_qsl(asked.body.decode())) == {"token": "v v"}
    assert len(device.jar) == 0


def test_a_header_that_is_written_down_is_sent_as_written(tmp_path: Path) -> None:
    held = [
        Artefact(Kind.ACCESS, Place.BEARER, "Authorization", Secret("a")),
        Artefact(Kind.REFRESH, Place.HEADER, "Authorization", Secret("r")),
    ]
    with serving(lambda _: answer()) as server:
        logout = '{before: [{delete: /me, headers: {authorization: "Own {refresh}"}}], delete: /me}'
        adapter = declared(tmp_path, server, logout=logout)
        adapter.logout(held, fresh_device(), **WEB)
    sent = [one.header("Authorization") for one in server.asked]
    assert sent[0] == "Own r"
    assert sent[1] != "Own r"


def fixating(request: Asked) -> Given:
    """Give an identifier with the form and keep it over the login."""
    if request.path == "/form":
        return answer(200, None, ("Set-Cookie", "sid=given-before; Path=/"))
    return answer(200, {"user": "ann"})


def test_a_login_that_keeps_the_identifier_issues_it_as_session(tmp_path: Path) -> None:
    with serving(fixating) as server:
        adapter = declared(
            tmp_path,
            server,
            artefacts="{session: {cookie: sid}}",
            login="{post: /login, before: [{get: /form}]}",
        )
        seen = adapter.login(ANN, fresh_device(), **WEB)
    assert seen == Acknowledged((sid("given-before"),))


def renewing(request: Asked) -> Given:
    if request.path == "/form":
        return answer(200, None, ("Set-Cookie", "sid=before; Path=/"))
    if request.path == "/wrong":
        return answer(401, None, ("Set-Cookie", "sid=refused; Path=/"))
    tracking = ("Set-Cookie", "lang=de; Path=/")
    return answer(200, None, ("Set-Cookie", "sid=after; Path=/"), tracking)


def test_cookies_are_told_apart_by_what_they_were_given_for(tmp_path: Path) -> None:
    with serving(renewing) as server:
        adapter = declared(
            tmp_path,
            server,
            artefacts="{session: {cookie: sid}}",
            pre_auth="{get: /form}",
            login="{post: /login, before: [{get: /form}]}",
            login_fail="{post: /wrong}",
        )
        login = adapter.login(ANN, fresh_device(), **WEB)
        visit = adapter.pre_auth(fresh_device(), **WEB)
        failed = adapter.login_fail(ANN, fresh_device(), **WEB)
    unknown = Artefact(Kind.UNKNOWN, Place.COOKIE, "lang", Secret("de"))
    assert login.issued == (sid("before", Kind.PRE_AUTH), sid("after"), unknown)
    assert visit.issued == (sid("before", Kind.PRE_AUTH),)
    assert isinstance(failed, Refused)
    assert failed.issued == (sid("refused", Kind.PRE_AUTH),)


def test_without_declared_artefacts_every_cookie_of_a_login_is_unknown(tmp_path: Path) -> None:
    with serving(renewing) as server:
        login = declared(tmp_path, server).login(ANN, fresh_device(), **WEB)
    assert {(one.name, one.kind) for one in login.issued} == {
        ("sid", Kind.UNKNOWN),
        ("lang", Kind.UNKNOWN),
    }


def test_a_wrong_password_is_really_wrong(tmp_path: Path) -> None:
    with serving(lambda _: answer(401)) as server:
        assert isinstance(
            declared(tmp_path, server).login_fail(ANN, fresh_device(), **WEB), Refused
        )
    sent = json.loads(server.asked[0].body)
    assert sent["u"] == "ann"
    assert sent["p"] != "ann-password"


def tokens(request: Asked) -> Given:
    if request.path == "/me":
        return answer(200, {"user": "ann"})
    return answer(200, {"t": {"a": "access-1"}, "r": "refresh-1"})


def test_tokens_are_captured_sent_and_registered(tmp_path: Path) -> None:
    with serving(tokens) as server:
        adapter = declared(
            tmp_path,
            server,
            artefacts='{access: {json: $.t.a, send: {header: X-Auth, template: "JWT {token}"}, '
            "jwt: true}, refresh: {json: $.r, send: {body: rt}}}",
            refresh="{post: /refresh, json: {}}",
            logout='{post: /logout, json: {token: "{refresh}"}}',
        )
        device = fresh_device()
        held = adapter.login(ANN, device, **WEB).issued
        adapter.probe(held, device, which="probe", **WEB)
        adapter.refresh(held, device, **WEB)
        adapter.logout(held, device, **WEB)
    _, probe, refresh, logout = server.asked
    assert "access-1" in {value for value, _ in VAULT}
    assert (probe.header("X-Auth"), probe.body) == ("JWT access-1", b"")
    assert json.loads(refresh.body) == {"rt": "refresh-1"}
    assert json.loads(logout.body) == {"token": "refresh-1"}
    assert adapter.traits == {"token_jwt"}


def test_a_refresh_token_moved_on_purpose_is_presented(tmp_path: Path) -> None:
    with serving(tokens) as server:
        adapter = declared(
            tmp_path, server, artefacts="{access: {json: $.t.a}, refresh: {json: $.r}}"
        )
        token = Artefact(Kind.REFRESH, Place.BODY, "refresh_token", Secret("r"))
        moved = token.at(Place.BEARER, "Authorization")
        adapter.probe([token], fresh_device(), which="probe", **WEB)
        adapter.probe([moved], fresh_device(), which="probe", **WEB)
    assert [one.header("Authorization") for one in server.asked] == [None, "Bearer r"]


def protected(request: Asked) -> Given:
    page = b'<meta name="csrf" content="token-2"><input name="tok" value="token-1">'
    return Given(200, page) if request.method == "GET" else answer(204)


def test_csrf_tokens_are_fetched_and_put_where_they_belong(tmp_path: Path) -> None:
    with serving(protected) as server:
        adapter = declared(
            tmp_path,
            server,
            artefacts="{csrf: {meta: csrf, from: {get: /page}, send: {header: X-T}}, "
            "csrf_sources: {form: {field: tok, from: {get: /form}}}}",
            login='{post: /login, form: {u: "{user.name}"}, csrf: form}',
            logout="{post: /logout, csrf: true}",
        )
        device = fresh_device()
        adapter.login(ANN, device, **WEB)
        (token,) = adapter.csrf_token([], device, **WEB).issued
        adapter.logout([token], device, **WEB)
        adapter.logout([token.holding("forged")], device, **WEB)
    paths = [one.path for one in server.asked]
    assert paths == ["/form", "/login", "/page", "/logout", "/logout"]
    assert server.asked[1].body == b"u=ann&tok=token-1"
    assert [one.header("X-T") for one in server.asked[3:]] == ["token-2", "forged"]


def test_a_csrf_cookie_is_doubled_into_a_header(tmp_path: Path) -> None:
    given = answer(200, None, ("Set-Cookie", "xsrf=double; Path=/"))
    with serving(lambda _: given) as server:
        adapter = declared(
            tmp_path,
            server,
            artefacts="{csrf: {cookie: xsrf, send: {header: X-XSRF}}}",
            pre_auth="{get: /}",
            logout="{post: /logout, csrf: true}",
        )
        device = fresh_device()
        (token,) = adapter.pre_auth(device, **WEB).issued
        adapter.logout([], device, **WEB)
        adapter.logout([token], fresh_device(), **WEB)
    assert token.kind is Kind.CSRF
    for asked in server.asked[1:]:
        assert (asked.header("Cookie"), asked.header("X-XSRF")) == ("xsrf=double", "double")


@pytest.mark.parametrize(
    ("handles", "body", "found"),
    [
        ("'$.s[*].id'", {"s": [{"id": "a"}, {"id": 2}]}, (Handle("a"), Handle("2"))),
        ("{each: '$.s[*]', id: $.id, current: $.me}", {"s": [{"id": "a", "me": True}, {"id": "b"}]},
         (Handle("a", current=True), Handle("b"))),
        ("{each: $.s}", {"s": "only"}, (Handle("only"),)),
        ("'$.s[*].id'", {"s": []}, ()),
    ],
)  # fmt: skip
def test_session_lists(
    tmp_path: Path, handles: str, body: object, found: tuple[Handle, ...]
) -> None:
    with serving(lambda _: answer(200, body)) as server:
        adapter = declared(tmp_path, server, list_sessions=f"{{get: /s, handles: {handles}}}")
        seen = adapter.list_sessions([], fresh_device(), **WEB)
    assert seen == Listing(found)


def test_accounts_are_made_and_administered_with_the_admin_headers(tmp_path: Path) -> None:
    with serving(lambda _: answer(201, {"id": 9})) as server:
        adapter = declared(
            tmp_path,
            server,
            admin="{headers: {X-Admin: yes}}",
            create_user='{post: /users, json: {n: "{user.name}"}, reference: $.id, identity: $.id}',
            change_role='{put: "/users/{user.reference}", json: {role: "{role}"}}',
        )
        made = adapter.create_user("cid", Secret("pw"), {"city": "Ulm"}, node=0)
        adapter.change_role(made.user, "admin", node=0)
    assert made.user == User("cid", Secret("pw"), "9", {"city": "Ulm"}, "9")
    create, role = server.asked
    assert create.header("X-Admin") == "yes"
    assert (role.path, json.loads(role.body)) == ("/users/9", {"role": "admin"})


def test_channels_override_and_take_away(tmp_path: Path) -> None:
    with serving(tokens) as server:
        adapter = declared(
            tmp_path,
            server,
            artefacts="{session: {cookie: sid}}",
            refresh="{post: /refresh}",
            channels="{app: {login: {post: /api}, refresh: null, "
            "artefacts: {access: {json: $.t.a}}, probe: {get: /api/me, identity: $.user}}}",
        )
        device = fresh_device()
        login = adapter.login(ANN, device, channel="app", node=0)
        adapter.probe(login.issued, device, which="probe", channel="app", node=0)
        none = adapter.refresh([], device, channel="app", node=0)
    assert adapter.channels == ("web", "app")
    assert "refresh" in adapter.offers_in("web")
    assert "refresh" not in adapter.offers_in("app")
    assert isinstance(none, Unclear)
    assert [one.kind for one in login.issued] == [Kind.ACCESS]
    assert [one.path for one in server.asked] == ["/api", "/api/me"]
    assert server.asked[1].header("Authorization") == "Bearer access-1"


def test_probes_follow_redirects_only_when_told(tmp_path: Path) -> None:
    def moved(request: Asked) -> Given:
        if request.path == "/me":
            return answer(302, None, ("Location", "/profile"))
        return answer(200, {"user": "ann"})

    with serving(moved) as server:
        adapter = declared(
            tmp_path,
            server,
            probe="{a: {get: /me, identity: $.user}, "
            "b: {get: /me, identity: $.user, follow: true}}",
        )
        device = fresh_device()
        left = adapter.probe([], device, which="a", **WEB)
        followed = adapter.probe([], device, which="b", **WEB)
    assert adapter.probes == ("a", "b")
    assert (left.identity, left.clear) == (None, False)
    assert followed.identity == "ann"

"""A declared adapter reads every answer as the profile says, and nothing into it."""

from pathlib import Path

import pytest

from adapters.contract import Acknowledged, Refused, Unclear, fresh_device
from suites.selftest.declaring import JSON, WEB, answer, declared
from suites.selftest.loopback import Given, serving


@pytest.mark.parametrize(
    ("said", "given", "expected"),
    [
        ("", answer(200), Acknowledged),
        ("", answer(302, None, ("Location", "/home")), Acknowledged),
        ("", answer(401), Refused),
        ("", answer(405), Unclear),
        ("", answer(429), Unclear),
        ("", answer(500), Unclear),
        ("", Given(None), Unclear),
        ("acknowledged: {status: [204]}", answer(204), Acknowledged),
        ("acknowledged: {status: [204]}", answer(200), Unclear),
        ("acknowledged: {status: [204]}", answer(403), Refused),
        ("acknowledged: {status: 429}", answer(429), Unclear),
        ("refused: {contains: sorry}", answer(200, {"m": "sorry"}), Refused),
        ("refused: {contains: sorry}", answer(200, {"m": "done"}), Acknowledged),
        ("refused: {contains: sorry}", answer(401), Unclear),
        ("acknowledged: {redirect: /home}", answer(302, None, ("Location", "/home?x=1")),
         Acknowledged),
        ("acknowledged: {redirect: /home}", answer(302, None, ("Location", "/homeless")), Unclear),
        ("acknowledged: {redirect: /home}", answer(200), Unclear),
        ("acknowledged: {status: [200], redirect: /home}", answer(200), Acknowledged),
        ("acknowledged: {status: [302], redirect: /home}",
         answer(302, None, ("Location", "/login")), Unclear),
        ("acknowledged: {not_redirect: /login}", answer(302, None, ("Location", "/")),
         Acknowledged),
        ("acknowledged: {not_redirect: /login}", answer(302, None, ("Location", "/login?next=/")),
         Unclear),
        ("acknowledged: {json: {$.ok: true}}", answer(200, {"ok": True}), Acknowledged),
        ("acknowledged: {json: {$.ok: true}}", answer(200, {"ok": False}), Unclear),
        ("acknowledged: [{status: [201]}, {status: [204]}]", answer(204), Acknowledged),
        ("acknowledged: {status: [200]}, refused: {contains: no}", answer(200, "no"), Unclear),
    ],
)  # fmt: skip
def test_answers_of_operations(tmp_path: Path, said: str, given: Given, expected: type) -> None:
    with serving(lambda _: given) as server:
        adapter = declared(tmp_path, server, logout=f"{{post: /logout, {said}}}")
        seen = adapter.logout([], fresh_device(), **WEB)
    assert type(seen) is expected, seen
    if isinstance(seen, Unclear):
        assert seen.crashed is (given.status == 500)


@pytest.mark.parametrize(
    ("nobody", "given", "seen"),
    [
        ("", answer(200, {"user": "ann"}), "ann"),
        ("", answer(200, {"user": 17}), "17"),
        ("", answer(401), "nobody"),
        ("", answer(200, {"user": None}), "unclear"),
        ("", answer(403), "unclear"),
        ("", answer(503), "unclear"),
        ("", answer(401, {"user": "ann"}), "unclear"),
        ("", answer(403, {"user": "ann"}), "unclear"),
        ("nobody: {redirect: /login}", answer(302, None, ("Location", "/login")), "nobody"),
        ("nobody: {redirect: /login}", answer(302, None, ("Location", "/other")), "unclear"),
        ("nobody: {status: [401], redirect: /login}", answer(401), "nobody"),
        ("nobody: {status: [302], redirect: /login}", answer(302, None, ("Location", "/x")),
         "unclear"),
        ("nobody: {status: [401], contains: please}", answer(200, {"m": "please"}), "nobody"),
        ("nobody: {status: [200], json: {$: null}}", Given(200, b"null", (JSON,)), "nobody"),
        ("nobody: {status: [200], json: {$.user: null}}", answer(200, {"user": "ann"}), "ann"),
        ("nobody: {status: [200], json: {$.user: null}}", answer(200, {"user": None}), "nobody"),
        ("nobody: [{status: [401]}, {status: [410]}]", answer(410), "nobody"),
    ],
)  # fmt: skip
def test_answers_of_probes(tmp_path: Path, nobody: str, given: Given, seen: str) -> None:
    with serving(lambda _: given) as server:
        adapter = declared(tmp_path, server, probe=f"{{get: /me, identity: $.user, {nobody}}}")
        shown = adapter.probe([], fresh_device(), which="probe", **WEB)
    found = "nobody" if shown.nobody else shown.identity or "unclear"
    assert found == seen, shown


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("{regex: 'Hello (\\w+)'}", b"<p>Hello ann</p>"),
        ("{css: 'b#who'}", b"<b id=who> ann </b>"),
        ("{css: 'b#who', attribute: data-u}", b"<b id=who data-u=ann></b>"),
        ("{meta: user}", b"<meta name=user content=ann>"),
        ("{field: user}", b"<input name=user value=ann>"),
        ("{header: X-User}", b""),
        ("{pointer: /a/0/user}", b'{"a": [{"user": "ann"}]}'),
    ],
)
def test_identities_are_found_anywhere(tmp_path: Path, source: str, body: bytes) -> None:
    headers = (("X-User", "ann"),) if not body else ()
    with serving(lambda _: Given(200, body, headers)) as server:
        adapter = declared(tmp_path, server, probe=f"{{get: /me, identity: {source}}}")
        assert adapter.probe([], fresh_device(), which="probe", **WEB).identity == "ann"

"""Reading an OpenAPI document: what it describes, what it must not lead to, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Refused, Unclear, fresh_device
from adapters.openapi import (
    AS_VERSION,
    BY_HEAD,
    LARGEST,
    WITH_SLASH,
    DocumentError,
    Reading,
    apart,
    operations,
    parsed,
    respelled,
    sent_always,
)
from adapters.operations import Came, Description, DocumentedOperation, OperationCall
from adapters.profilefile import ProfileError
from adapters.transport import Scope
from suites.probes.operations import calls
from suites.selftest.declaring import ANN, answer, declared
from suites.selftest.described import documented, operation
from suites.selftest.loopback import Asked, Given, serving

NODE = "http://127.0.0.1:9"
HERE = Reading(f"{NODE}/openapi.json", Scope([NODE]), (NODE,))
PLAIN = documented({"/api/me": {"get": operation()}})


def found(document: dict[str, Any], reading: Reading = HERE) -> dict[str, DocumentedOperation]:
    return {one.label: one for one in operations(document, reading)}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "neither JSON nor YAML"),
        ("<html>sorry</html>", "no OpenAPI 3 document"),
        ("a: [b\nc: d", "cannot be read on line 2"),
        ("[1]", "no OpenAPI 3 document"),
        ('{"swagger": "2.0", "paths": {}}', "no OpenAPI 3 document"),
        ('{"openapi": "3.0.0"}', "has no `paths`"),
        (" " * (LARGEST + 1), "is larger than 2 MiB"),
        ('{"openapi": "3.0.0", "paths": {}, "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "deep"),
    ],
)
def test_what_is_no_document_is_told_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        parsed(text)


def test_anchors_that_unfold_to_very_much_are_refused() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(DocumentError, match="too large once its anchors are followed"):
        parsed("openapi: 3.0.0\npaths: {}\n" + "\n".join(layers))


def test_an_operation_is_secured_where_it_or_the_document_says_so() -> None:
    paths = {
        "/a": {"get": operation(secured=False)},
        "/b": {"get": operation(secured=False, security=[])},
        "/c": {"get": operation(secured=False, security=[{}, {"bearer": []}])},
    }
    said = found(documented(paths, security=[{"bearer": []}]))
    assert [one.secured for one in said.values()] == [True, False, False]
    assert not found(documented(paths))["GET /a"].secured


def test_the_profile_says_what_the_document_does_not() -> None:
    document = documented({"/x/{id}": {"get": operation(secured=False), "put": operation()}})
    reading = Reading(
        f"{NODE}/",
        Scope([NODE]),
        (NODE,),
        owned=frozenset({"id"}),
        left_out={"PUT /x/{id}": "no"},
        secured=("* /x/*",),
    )
    said = found(document, reading)
    assert said["GET /x/{id}"].secured
    assert said["GET /x/{id}"].owned
    assert said["PUT /x/{id}"].left_out == "no"


@pytest.mark.parametrize(
    ("servers", "path"),
    [
        ([{"url": "/v3"}], "/v3/api/me"),
        ([{"url": f"{NODE}/v3/"}], "/v3/api/me"),
        ([{"url": "https://api.example.com"}, {"url": "/b"}], "/b/api/me"),
        ([{"url": "{host}/x", "variables": {"host": {"default": NODE}}}], "/x/api/me"),
        ([], "/api/me"),
    ],
)
def test_the_first_server_that_is_the_target_counts(servers: list[Any], path: str) -> None:
    assert found({**PLAIN, "servers": servers})["GET /api/me"].path == path


def test_a_document_of_other_hosts_is_refused() -> None:
    servers = [{"url": "https://api.example.com/v1"}, {"url": "http://[broken"}]
    with pytest.raises(DocumentError, match=r"describes https://api\.example\.com.*write `base`"):
        found({**PLAIN, "servers": servers})
    reading = Reading(f"{NODE}/", Scope([NODE]), (NODE,), base="/own/")
    assert found({**PLAIN, "servers": servers}, reading)["GET /api/me"].path == "/own/api/me"


def test_an_operation_on_another_host_is_left_out() -> None:
    away = operation(servers=[{"url": "https://api.example.com"}])
    said = found(documented({"/a": {"get": away, "put": operation()}}))
    assert said["GET /a"].left_out == "its servers are no part of the target"
    assert said["PUT /a"].left_out == ""


def test_other_spellings_of_a_request_are_known_by_name() -> None:
    said = found(documented({"/api/v3/me/": {"get": operation(), "post": operation()}}))
    ways = [BY_HEAD, WITH_SLASH, f"{AS_VERSION}1", f"{AS_VERSION}2"]
    assert list(said["GET /api/v3/me/"].spellings) == ways
    assert list(said["POST /api/v3/me/"].spellings) == ways[1:]
    assert [respelled("GET", "/api/v3/me/", way) for way in ways] == [
        ("HEAD", "/api/v3/me/"),
        ("GET", "/api/v3/me"),
        ("GET", "/api/v1/me/"),
        ("GET", "/api/v2/me/"),
    ]


def test_nothing_outside_a_document_is_fetched() -> None:
    with serving(lambda _: answer(200, {"type": "string"})) as elsewhere:
        away = {"$ref": f"{elsewhere.url}/schema.json"}
        through = {"$ref": "#/components/schemas/through"}
        shown = {"a": {"externalValue": f"{elsewhere.url}/value"}}
        media = {"application/json": {"schema": through, "examples": shown}}
        paths = {
            "/a": {"post": operation(requestBody={"content": media})},
            "/b": {"get": operation(parameters=[{"name": "q", "in": "query", "schema": away}])},
            "/c": {"get": operation(parameters=[{"name": "q", "in": "query"}])},
        }
        parts = {"schemas": {"through": {"type": "object", "properties": {"x": away}}}}
        document = documented(paths, components=parts, servers=[{"url": NODE}])
        said = found(document)
        description = Description(tuple(said.values()), apart(document), "api")
        for one in description.operations:
            calls(description, one)
        assert elsewhere.asked == []
        assert elsewhere.url not in description.content
    why = "it refers to another document, which is not fetched"
    assert [one.left_out for one in said.values()] == [why, why, ""]


def test_calls_fit_the_document_and_are_the_same_each_time() -> None:
    number = {"type": "integer", "minimum": 5, "maximum": 9}
    parameters = [{"name": "id", "in": "path", "required": True, "schema": number}]
    schema = {"type": "object", "required": ["n"], "properties": {"n": number}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    document = documented({"/x/{id}": {"put": operation(parameters=parameters, requestBody=body)}})
    (one,) = found(document).values()
    made = calls(Description((one,), apart(document), "api"), one)
    assert made == calls(Description((one,), apart(document) + " ", "api"), one)
    for call in made:
        assert 5 <= call.path["id"] <= 9
        assert 5 <= call.body["n"] <= 9


def test_what_nothing_fits_has_no_calls() -> None:
    never = {"name": "q", "in": "query", "required": True, "schema": {"enum": []}}
    document = documented({"/x": {"get": operation(parameters=[never])}})
    (one,) = found(document).values()
    assert calls(Description((one,), apart(document), "api"), one) == ()


@pytest.mark.parametrize(
    ("given", "kind", "why"),
    [
        (answer(404), Unclear, "answered 404; write where the document is"),
        (Given(None), Unclear, "openapi.json"),
        (answer(200, {"openapi": "2"}), Refused, "/openapi.json: is no OpenAPI 3 document"),
        (Given(200, b"{" + b" " * 5 * 1024 * 1024), Refused, "is larger than 2 MiB"),
    ],
)
def test_a_document_that_cannot_be_used_is_told(
    tmp_path: Path, given: Given, kind: type[Refused | Unclear], why: str
) -> None:
    with serving(lambda _: given) as server:
        adapter = declared(tmp_path, server, openapi="{document: /openapi.json}")
        said = adapter.describe(node=0)
    assert isinstance(said, kind)
    assert why in said.why


def test_a_document_is_read_from_a_file_beside_the_profile(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text(json.dumps(PLAIN))
    (tmp_path / "large.json").write_text(" " * 5 * 1024 * 1024)
    with serving(lambda _: answer()) as server:
        said = declared(tmp_path, server, openapi="{document: api.json}").describe(node=0)
        missing = declared(tmp_path, server, openapi="{document: no.json}").describe(node=0)
        large = declared(tmp_path, server, openapi="{document: large.json}").describe(node=0)
        assert server.asked == []
    assert isinstance(said, Description)
    assert [one.label for one in said.operations] == ["GET /api/me"]
    assert isinstance(missing, Unclear)
    assert "no.json: cannot be read (No such file or directory)" in missing.why
    assert isinstance(large, Refused)
    assert "is larger than 2 MiB" in large.why


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{document: 'https://api.example.com/openapi.json'}", "outside the target"),
        ("{document: /x, channel: mobil}", "channel.*is 'mobil'; write one of web"),
        ("{documents: /x}", "did you mean `document`"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(tmp_path: Path, said: str, why: str) -> None:
    with serving(lambda _: answer()) as server, pytest.raises(ProfileError, match=why):
        declared(tmp_path, server, openapi=said)


@pytest.mark.parametrize(
    ("given", "came"),
    [
        (answer(200, {}), Came.DONE),
        (Given(204), Came.DONE),
        (answer(401), Came.REFUSED),
        (answer(403), Came.REFUSED),
        (answer(410), Came.REFUSED),
        (answer(302, None, ("Location", "/elsewhere")), Came.SENT_AWAY),
        (answer(404), Came.DECLINED),
        (answer(422), Came.DECLINED),
        (answer(429), Came.UNCLEAR),
        (answer(503), Came.UNCLEAR),
        (answer(500), Came.FAILED),
        (answer(501), Came.DECLINED),
        (Given(None), Came.UNCLEAR),
    ],
)
def test_what_a_call_came_to(tmp_path: Path, given: Given, came: Came) -> None:
    one = DocumentedOperation("GET /x/{id}", "GET", "/x/{id}", secured=True, safe=True)
    probe = "{get: /me, identity: $.user, nobody: {status: [401, 410]}}"
    with serving(lambda _: given) as server:
        adapter = declared(tmp_path, server, probe=probe, openapi="{document: /openapi.json}")
        call = OperationCall(one, path={"id": "a/b c"})
        told = adapter.attempt((), fresh_device(), call, ANN, None, channel="web", node=0)
        assert server.asked[-1].path == "/x/a%2Fb%20c"
    assert told.came is came
    assert "a%2Fb" not in told.told


def test_a_call_brings_no_artefact_of_its_own(tmp_path: Path) -> None:
    one = DocumentedOperation("POST /x", "POST", "/x", secured=True, safe=False)
    headers = {"X-Token": "made up", "authorization": "Bearer x", "X-Kept": "yes"}
    artefacts = "{session: {json: $.t, send: {header: X-Token}}}"
    openapi = '{document: /d, parameters: {q: 7}, bodies: {POST /x: {u: "{user.name}"}}}'
    with serving(lambda _: answer()) as server:
        adapter = declared(tmp_path, server, artefacts=artefacts, openapi=openapi)
        call = OperationCall(
            one, query={"q": 1, "r": [1, 2]}, headers=headers, body={"u": "x", "v": True}
        )
        adapter.attempt((), fresh_device(), call, ANN, None, channel="web", node=0)
        sent: Asked = server.asked[-1]
    assert sent.path == "/x?q=7&r=1&r=2"
    assert json.loads(sent.body) == {"u": "ann", "v": True}
    assert (sent.header("X-Kept"), sent.header("X-Token")) == ("yes", None)
    assert sent.header("Authorization") is None


GATEWAY = {"type": "apiKey", "in": "header", "name": "X-Gateway"}
SCHEMES = {
    "gateway": GATEWAY,
    "moved": {"$ref": "#/components/securitySchemes/gateway"},
    "query": {"type": "apiKey", "in": "query", "name": "X-Gateway"},
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "mutual": {"type": "mutualTLS"},
}
HELD = {"x-gateway": "key-1", "Authorization": "Basic Z3c6a2V5"}


@pytest.mark.parametrize(
    ("security", "certificate", "secured"),
    [
        ([{"gateway": []}], False, False),
        ([{"moved": []}], False, False),
        ([{"basic": []}], False, False),
        ([{"mutual": []}], True, False),
        ([{"gateway": [], "mutual": []}], True, False),
        ([{"bearer": []}, {"gateway": []}], False, False),
        ([{"mutual": []}], False, True),
        ([{"query": []}], False, True),
        ([{"bearer": []}], False, True),
        ([{"gateway": [], "bearer": []}], False, True),
        ([{"nowhere": []}], False, True),
    ],
)
def test_what_every_request_holds_secures_nothing(
    security: list[dict[str, list[str]]], certificate: bool, secured: bool
) -> None:
    paths = {"/a": {"get": operation(secured=False, security=security)}}
    document = documented(paths, components={"securitySchemes": SCHEMES})
    reading = replace(HERE, always=sent_always(HELD, certificate=certificate))
    one = found(document, reading)["GET /a"]
    assert (one.secured, one.by_the_way) == (secured, not secured)
    assert found(document)["GET /a"].secured
    listed = replace(reading, secured=("GET /*",))
    assert found(document, listed)["GET /a"].secured

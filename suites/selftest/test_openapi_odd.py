"""OpenAPI documents that hold what nobody expects: how far they are read, and what is said."""

from pathlib import Path

import pytest

from adapters.checked import AdapterError
from adapters.contract import Refused
from adapters.declared import documented as documented_operations
from adapters.operations import Description
from suites.probes.operations import calls
from suites.selftest.declaring import answer, declared
from suites.selftest.described import documented, operation
from suites.selftest.loopback import Given, serving

ODD = "openapi: 3.0.0\npaths: {/a: {get: {security: [{bearer: []}], responses: %s}}}\n"


@pytest.mark.parametrize(
    "responses",
    [
        "{200: {content: {a/b: {example: {2024-01-01: 1}}}}}",
        "{? [a, b] : 1}",
        "{? 2024-01-01T10:00:00Z : 1}",
        "{? !!binary aGVsbG8= : 1}",
    ],
)
def test_a_document_that_json_cannot_say_is_refused_in_one_sentence(
    tmp_path: Path, responses: str
) -> None:
    with serving(lambda _: Given(200, (ODD % responses).encode())) as server:
        adapter = declared(tmp_path, server, openapi="{document: /openapi.yaml}")
        described = adapter.describe(node=0)
    assert isinstance(described, Refused)
    assert (
        "holds something that JSON cannot say" in described.why or "cannot be read" in described.why
    )
    assert "\n" not in described.why


def test_what_goes_wrong_in_our_own_reading_is_not_told_as_a_mistake_of_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("paths")

    monkeypatch.setattr(documented_operations, "operations", broken)
    with serving(lambda _: Given(200, (ODD % "{200: x}").encode())) as server:
        adapter = declared(tmp_path, server, openapi="{document: /openapi.yaml}")
        with pytest.raises(AdapterError, match=r"documented.py line .* KeyError"):
            adapter.describe(node=0)


@pytest.mark.parametrize(
    "odd",
    [
        "{/a: 1, /b: [x], /c: null, /d: {get: [1]}, 5: {get: {}}, true: {get: {}}}",
        "{/a: {get: {security: 5, servers: 7}, parameters: 3}}",
        "{/a: {get: {security: [5, [x], {5: []}, null], servers: [{url: 5}, 3]}, servers: x}}",
        "{/a: {$ref: 5}, /b: {$ref: '#/paths/~1a/x'}, /c: {get: {servers: [{url: 'http://['}]}}}",
        "{/a: {get: {servers: [{url: 'http://{x}:{y}', variables: {x: 1, y: {default: z}}}]}}}",
    ],
)
def test_an_odd_document_is_read_as_far_as_it_goes(tmp_path: Path, odd: str) -> None:
    text = f"openapi: 3.0.0\ncomponents: {{securitySchemes: {{x: 3}}}}\npaths: {odd}\n"
    with serving(lambda _: Given(200, text.encode())) as server:
        adapter = declared(tmp_path, server, openapi="{document: /openapi.yaml}")
        assert isinstance(adapter.describe(node=0), Description)


@pytest.mark.parametrize(
    ("send", "swept"), [("bearer", True), ("{header: authorization}", True), ("{query: t}", False)]
)
def test_a_key_in_the_header_of_the_session_is_what_a_login_gives(
    tmp_path: Path, send: str, swept: bool
) -> None:
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization"}
    paths = {"/a": {"get": operation(secured=False, security=[{"key": []}])}}
    document = documented(paths, components={"securitySchemes": {"key": scheme}})
    with serving(lambda _: answer(200, document)) as server:
        artefacts = f"{{access: {{json: $.token, send: {send}}}}}"
        openapi = "{document: /openapi.json}"
        adapter = declared(tmp_path, server, artefacts=artefacts, openapi=openapi)
        adapter.transport.headers = {"Authorization": "Basic gateway"}
        described = adapter.describe(node=0)
    assert isinstance(described, Description)
    assert [one.label for one in described.secured] == (["GET /a"] if swept else [])


@pytest.mark.parametrize(
    "responses",
    [
        "{200: {content: {a/b: {example: {a: 2024-01-01, b: .nan, c: !!binary aGVsbG8=}}}}}",
        "{200: null, true: x, 1.5: y, null: z}",
        "{200: !!set {a, b}}",
    ],
)
def test_odd_values_keep_no_document_from_being_read(tmp_path: Path, responses: str) -> None:
    with serving(lambda _: Given(200, (ODD % responses).encode())) as server:
        adapter = declared(tmp_path, server, openapi="{document: /openapi.yaml}")
        described = adapter.describe(node=0)
    assert isinstance(described, Description)
    assert [one.label for one in described.secured] == ["GET /a"]
    assert calls(described, described.secured[0]) is not None

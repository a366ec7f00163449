"""What is declared about tokens: keys, minting, the clock, two steps, audiences; the listener."""

import json
from pathlib import Path
from urllib.request import urlopen

import pytest

from adapters import capabilities
from adapters.contract import (
    Acknowledged,
    Artefact,
    Keys,
    Kind,
    Place,
    Refused,
    Unclear,
    fresh_device,
)
from adapters.listener import listening, on_this_machine
from adapters.profilefile import ProfileError
from adapters.secrets import Secret
from suites.selftest.declaring import ANN, WEB, answer, declared
from suites.selftest.loopback import Given, serving


def test_the_published_keys_are_read(tmp_path: Path) -> None:
    with serving(lambda _: answer(200, {"keys": [{"kid": "one"}]})) as server:
        found = declared(tmp_path, server, jwks="{get: /keys}").jwks(node=0)
    assert found == Keys(({"kid": "one"},))


@pytest.mark.parametrize(
    ("given", "kind", "why"),
    [
        (answer(200, []), Refused, "without a list `keys`"),
        (answer(200, {"keys": "x"}), Refused, "without a list `keys`"),
        (answer(200, {"keys": ["x"]}), Refused, "without a list `keys`"),
        (Given(200, b"<html>"), Refused, "without a list `keys`"),
        (answer(503), Unclear, "answered 503: the target failed"),
        (answer(404), Unclear, "answered 404"),
        (Given(None), Unclear, ""),
    ],
)
def test_a_key_set_that_cannot_be_read_is_told(
    tmp_path: Path, given: Given, kind: type[Refused | Unclear], why: str
) -> None:
    with serving(lambda _: given) as server:
        found = declared(tmp_path, server, jwks="{get: /keys}").jwks(node=0)
    assert isinstance(found, kind)
    assert why in found.why


MINT = (
    '{post: /mint, json: {claims: "{claims}", header: "{header}"}, capture: {t: {json: $.token}}}'
)


def test_a_minted_token_comes_back_as_it_is(tmp_path: Path) -> None:
    with serving(lambda _: answer(200, {"token": "a.b.c"})) as server:
        adapter = declared(tmp_path, server, mint_token=MINT)
        answered = adapter.mint_token('{"sub": "ann"}', '{"typ": "JWT"}', node=0)
    assert isinstance(answered, Acknowledged)
    assert [issued.value.reveal() for issued in answered.issued] == ["a.b.c"]
    assert json.loads(server.asked[0].body) == {
        "claims": '{"sub": "ann"}',
        "header": '{"typ": "JWT"}',
    }


@pytest.mark.parametrize(
    ("given", "kind"),
    [(answer(400), Refused), (answer(500), Unclear), (answer(200, {}), Unclear)],
)
def test_minting_that_fails_gives_no_token(tmp_path: Path, given: Given, kind: type) -> None:
    with serving(lambda _: given) as server:
        answered = declared(tmp_path, server, mint_token=MINT).mint_token("{}", "{}", node=0)
    assert isinstance(answered, kind)


def test_minting_needs_a_place_for_the_token(tmp_path: Path) -> None:
    with (
        serving(lambda _: answer()) as server,
        pytest.raises(ProfileError, match=r"mint_token.*lacks `capture`"),
    ):
        declared(tmp_path, server, mint_token="{post: /mint}")


def test_the_clock_and_the_keys_are_moved_as_administrator(tmp_path: Path) -> None:
    with serving(lambda _: answer()) as server:
        adapter = declared(
            tmp_path,
            server,
            admin="{headers: {X-Admin: yes}}",
            advance='{post: /clock, json: {by: "{seconds}"}}',
            rotate_key="{post: /rotate}",
        )
        assert isinstance(adapter.advance(1.5, node=0), Acknowledged)
        assert isinstance(adapter.rotate_key(node=0), Acknowledged)
    assert json.loads(server.asked[0].body) == {"by": "1.5"}
    assert [asked.header("X-Admin") for asked in server.asked] == ["yes", "yes"]
    assert {"clock", "key_rotation"} <= capabilities.of(adapter)


TWO_STEPS = {
    "artefacts": "{pending: {json: $.step, send: {body: step}}}",
    "login_first_factor": '{post: /one, json: {u: "{user.name}"}}',
    "login_second_factor": '{post: /two, json: {step: "{pending}", city: "{user.personal.city}"}}',
}


def test_a_login_in_two_steps(tmp_path: Path) -> None:
    with serving(lambda _: answer(200, {"step": "half"})) as server:
        adapter = declared(tmp_path, server, **TWO_STEPS)
        first = adapter.login_first_factor(ANN, fresh_device(), **WEB)
        adapter.login_second_factor(first.issued, fresh_device(), ANN, **WEB)
        adapter.probe(first.issued, fresh_device(), which="probe", **WEB)
        moved = [first.issued[0].at(Place.BEARER, "Authorization")]
        adapter.probe(moved, fresh_device(), which="probe", **WEB)
    one, two, home, elsewhere = server.asked
    assert [artefact.kind for artefact in first.issued] == [Kind.PENDING]
    assert json.loads(one.body) == {"u": "ann"}
    assert json.loads(two.body) == {"step": "half", "city": "Ulm"}
    assert home.body == b""
    assert elsewhere.header("Authorization") == "Bearer half"
    assert "mfa" in capabilities.of(adapter)


def test_a_first_step_that_gives_nothing_is_unclear(tmp_path: Path) -> None:
    with serving(lambda _: answer(200, {})) as server:
        seen = declared(tmp_path, server, **TWO_STEPS).login_first_factor(
            ANN, fresh_device(), **WEB
        )
    assert isinstance(seen, Unclear)
    assert "artefacts.pending" in seen.why


def test_audiences_belong_to_their_channel(tmp_path: Path) -> None:
    channels = "{api: {audience: two}, app: {}}"
    with serving(lambda _: answer()) as server:
        adapter = declared(tmp_path, server, audience="one", channels=channels)
        alone = declared(tmp_path, server, audience="one", channels="{app: {audience: one}}")
    assert adapter.audiences == {"web": "one", "api": "two"}
    assert "second_audience" in capabilities.of(adapter)
    assert "second_audience" not in capabilities.of(alone)


def test_what_is_declared_to_be_signed_is_known_by_its_place(tmp_path: Path) -> None:
    said = "{access: {json: $.t, send: bearer, jwt: true}, refresh: {json: $.r}}"
    with serving(lambda _: answer()) as server:
        adapter = declared(tmp_path, server, artefacts=said)
    assert adapter.signed == {"web": frozenset({(Place.BEARER, "Authorization")})}


def test_the_listener_serves_and_remembers() -> None:
    with listening() as listener:
        listener.served["/keys"] = b"{}"
        with urlopen(f"{listener.url}/keys?x=1") as given:  # noqa: S310  our own address
            assert given.read() == b"{}"
    assert listener.hits == ["/keys"]


@pytest.mark.parametrize(
    ("addresses", "ours"),
    [
        (("http://127.0.0.1:8000",), True),
        (("http://localhost", "https://[::1]:1"), True),
        (("http://127.0.0.1", "https://shop.example.test"), False),
        (("https://10.0.0.1",), False),
        ((), False),
    ],
)
def test_only_a_target_on_this_machine_reaches_the_listener(
    addresses: tuple[str, ...], ours: bool
) -> None:
    assert on_this_machine(addresses) is ours


def test_a_pending_token_is_no_secret_in_clear() -> None:
    held = Artefact(Kind.PENDING, Place.BODY, "step", Secret("half-of-a-login", "pending"))
    assert "half-of-a-login" not in repr(held)

"""OpenID Connect from the outside: forms, settings, and what is said when something is wrong."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from adapters.build import load
from adapters.capabilities import of
from adapters.checked import AdapterError, Checked
from adapters.contract import Acknowledged, Kind, Refused, Unclear, User, fresh_device
from adapters.families import Oidc
from adapters.oidc.forms import forms_of
from adapters.oidc.minting import FORGED, UNSIGNED, signed
from adapters.oidc.receiver import EVENT, Receiver, receiving
from adapters.profilefile import ProfileError
from adapters.secrets import Secret
from adapters.smoke import smoke
from fixtures.demo import PROFILE, environment
from fixtures.targets.reference.launch import Running, running
from suites.kernel.people import invent
from suites.selftest.loopback import Asked, Given, serving

Document = dict[str, Any]


@pytest.fixture(scope="module")
def reference() -> Iterator[Running]:
    with running() as target:
        yield target


@pytest.fixture
def profile(reference: Running, monkeypatch: pytest.MonkeyPatch) -> Document:
    reference.reset()
    for name, value in environment(reference).items():
        monkeypatch.setenv(name, value)
    found: Document = yaml.safe_load((PROFILE.parent / "oidc.yaml").read_text(encoding="utf-8"))
    return found


def adapter(document: Document, folder: Path) -> Checked:
    file = folder / "oidc.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return load(file).adapter


def somebody(built: Checked) -> User:
    who = invent("ann")
    answer = built.create_user(who.name, who.password, who.personal, node=0)
    assert answer.user is not None
    found: User = answer.user
    return found


# -- forms ----------------------------------------------------------------------------------------

LOGIN = """
<form action="/search"><input name="q"></form>
<form action="in?x=1" method="post" id="f">
  <input type=hidden name=csrf value=c><input name=who><input name=pw type=password>
  <input type=checkbox name=stay value=1><input type=checkbox name=terms value=y checked>
  <select name=lang><option value=de><option value=en selected></select>
  <button type=button name=no value=no></button>
</form>
<button form="f" name="go" value="on"></button>
"""


def test_a_form_is_read_as_somebody_with_a_keyboard_sees_it() -> None:
    search, login = forms_of(LOGIN, "https://op.test/a/b")
    assert (search.method, search.password) == ("GET", None)
    assert (login.method, login.action) == ("POST", "https://op.test/a/in?x=1")
    assert (login.username, login.password) == ("who", "pw")
    assert dict(login.filled({"who": "ann", "pw": "s"})) == {
        "csrf": "c",
        "terms": "y",
        "lang": "en",
        "who": "ann",
        "pw": "s",
        "go": "on",
    }


def test_a_page_without_a_form_has_none() -> None:
    assert forms_of("<p>form</p>", "https://op.test/") == []


def test_a_selector_chooses_the_form() -> None:
    (chosen,) = forms_of(LOGIN, "https://op.test/", selector="form#f")
    assert chosen.password == "pw"


# -- what a client does ---------------------------------------------------------------------------


def test_a_client_logs_in_renews_and_leaves(profile: Document, tmp_path: Path) -> None:
    built = adapter(profile, tmp_path)
    ann, device = somebody(built), fresh_device()
    answer = built.login(ann, device, channel="app", node=0)
    kinds = {artefact.kind: artefact for artefact in answer.issued}
    assert {Kind.ACCESS, Kind.REFRESH, Kind.ID} <= set(kinds)
    silent = built.authorize(ann, device, channel="app", node=0, silent=True, challenged=True)
    assert isinstance(silent, Acknowledged)
    renewed = built.refresh([kinds[Kind.REFRESH]], fresh_device(), channel="app", node=0)
    assert isinstance(renewed, Acknowledged)
    left = built.rp_logout([kinds[Kind.ID]], device, channel="app", node=0, confirm=True)
    assert isinstance(left, Acknowledged)
    silent = built.authorize(ann, device, channel="app", node=0, silent=True, challenged=True)
    assert silent == Refused("the provider answered login_required")


@pytest.mark.parametrize("auth", ["basic", "post"])
def test_a_confidential_client_proves_itself_either_way(
    auth: str, profile: Document, tmp_path: Path
) -> None:
    profile["adapter"]["oidc"]["clients"]["app"]["auth"] = auth
    built = adapter(profile, tmp_path)
    answer = built.login(somebody(built), fresh_device(), channel="app", node=0)
    assert isinstance(answer, Acknowledged)


def test_without_a_hint_the_question_is_answered_only_if_told_so(
    profile: Document, tmp_path: Path
) -> None:
    profile["adapter"]["oidc"]["clients"]["app"].pop("post_logout_redirect_uri")
    built = adapter(profile, tmp_path)
    ann, device = somebody(built), fresh_device()
    built.login(ann, device, channel="app", node=0)
    for confirm, expected in ((False, Refused), (True, Acknowledged)):
        answer = built.rp_logout([], device, channel="app", node=0, confirm=confirm)
        assert isinstance(answer, expected)


class Renamed(Oidc):
    """A provider with something of its own."""


def test_a_class_of_ones_own_reads_the_same_declarations(profile: Document, tmp_path: Path) -> None:
    profile["adapter"]["python"] = f"{__name__}:Renamed"
    built = adapter(profile, tmp_path)
    assert built.channels == ("app", "spa", "shop")
    answer = built.login(somebody(built), fresh_device(), channel="spa", node=0)
    assert isinstance(answer, Acknowledged)


def test_a_code_is_good_for_its_time_only(
    profile: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A target of its own: no clock ever goes back.
    with running() as target:
        for name, value in environment(target).items():
            monkeypatch.setenv(name, value)
        built = adapter(profile, tmp_path)
        ann = somebody(built)
        for pause, expected in ((0.0, Acknowledged), (70.0, Refused)):
            code = built.authorize(
                ann, fresh_device(), channel="app", node=0, silent=False, challenged=True
            )
            built.advance(pause, node=0)
            answer = built.redeem(code.issued, fresh_device(), channel="app", node=0)
            assert isinstance(answer, expected)


def test_two_clients_and_a_test_issuer_are_capabilities(profile: Document, tmp_path: Path) -> None:
    both = of(adapter(profile, tmp_path))
    assert {"oauth_as", "second_client", "mint_token", "backchannel"} <= both
    profile["adapter"]["oidc"]["clients"].pop("spa")
    profile["adapter"]["oidc"].pop("relying_parties")
    profile["adapter"].pop("channels")
    assert {"oauth_as", "second_client", "mint_token"} & of(adapter(profile, tmp_path)) == {
        "oauth_as"
    }


# -- bad input ------------------------------------------------------------------------------------

SECRET = {"env": "REFERENCE_CLIENT_SECRET"}


def client(document: Document) -> Document:
    found: Document = document["adapter"]["oidc"]["clients"]["app"]
    return found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["adapter"]["oidc"].pop("issuer"), "add `issuer`"),
        (lambda d: client(d).pop("redirect_uri"), "add `redirect_uri`"),
        (lambda d: client(d).update(secret="s3cret"), "must not be in the profile itself"),
        (lambda d: client(d).update(auth="none"), "write basic or post, or take it away"),
        (lambda d: client(d).pop("secret"), "add `secret: {env: NAME}`"),
        (lambda d: client(d).update(scopes=["email"]), "lacks openid; add it"),
        (lambda d: client(d).update(auth="jwt"), "write one of basic, none, post"),
        (lambda d: d["adapter"]["oidc"].update(issuer="https://op.test"), "target.also"),
        (lambda d: d["adapter"].pop("channels"), "add `adapter.channels.shop`"),
        (lambda d: d["adapter"]["channels"].update(app={}), "give it one of its own"),
        (
            lambda d: d["adapter"]["oidc"]["relying_parties"]["shop"].pop("key"),
            "backchannel, key and client_id together",
        ),
        (
            lambda d: client(d).update(backchannel="http://elsewhere.test/"),
            "write http://127.0.0.1:<port>/<path>",
        ),
    ],
)
def test_a_wrong_declaration_is_one_sentence(
    change: Any, said: str, profile: Document, tmp_path: Path
) -> None:
    change(profile)
    with pytest.raises(ProfileError) as raised:
        adapter(profile, tmp_path)
    sentence = str(raised.value)
    assert said in sentence
    assert "\n" not in sentence
    assert "oidc.yaml" in sentence


def test_a_wrong_client_secret_is_one_sentence(
    profile: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_CLIENT_SECRET", "not-the-secret")
    built = adapter(profile, tmp_path)
    (problem,) = smoke(built, ()).problems
    assert "`adapter.oidc.clients.app`" in problem
    assert "correct id, secret, or auth (basic is written)" in problem


PAGES: Mapping[str, tuple[dict[str, str], str]] = {
    "another issuer": ({"issuer": "https://other.test"}, "speaks for https://other.test"),
    "no document": ({}, "write the issuer as the provider publishes it"),
    "no authorization endpoint": ({"issuer": "{url}"}, "names no authorization_endpoint"),
    "a page without a form": (
        {"issuer": "{url}", "authorization_endpoint": "{url}/page"},
        "the page /page has no form with a password field",
    ),
    "no keys": (
        {"issuer": "{url}", "jwks_uri": "{url}/page"},
        "its keys at {url}/page cannot be read",
    ),
}


@pytest.mark.parametrize("case", list(PAGES))
def test_a_provider_that_cannot_be_used_is_one_sentence(case: str, tmp_path: Path) -> None:
    published, said = PAGES[case]
    file = tmp_path / "op.yaml"

    def answering(asked: Asked) -> Given:
        url = f"http://{asked.header('Host')}"
        if "well-known" not in asked.path:
            return Given(body=b"<p>Nothing here.</p>", headers=(("Content-Type", "text/html"),))
        found = {key: value.replace("{url}", url) for key, value in published.items()}
        return Given(body=json.dumps(found).encode())

    with serving(answering) as server:
        one = {"id": "a", "redirect_uri": "https://a.test/cb"}
        oidc = {"issuer": "/", "clients": {"app": one}}
        target = {"name": "t", "url": server.url, "environment": "lab"}
        people = [{"name": n, "password": {"file": "op.env", "key": "P"}} for n in ("a", "b")]
        (tmp_path / "op.env").write_text("P=secret-of-a-test\n")
        content = {"target": target, "adapter": {"oidc": oidc}, "accounts": people}
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        loaded = load(file)
        built, somebody_ = loaded.adapter, loaded.users[0]
        with pytest.raises(AdapterError) as raised:
            built.provider.keys() if case == "no keys" else built.login(
                somebody_, fresh_device(), channel="app", node=0
            )
        assert said.replace("{url}", server.url) in str(raised.value)
        assert str(file) in str(raised.value)
        assert "\n" not in str(raised.value)


def test_a_provider_that_is_down_is_no_evidence(profile: Document, tmp_path: Path) -> None:
    profile["target"].update(url="http://127.0.0.1:9", tls={})
    built = adapter(profile, tmp_path)
    ann = User("ann", Secret("secret-of-ann", "password"))
    assert isinstance(built.login(ann, fresh_device(), channel="app", node=0), Unclear)


# -- logout tokens --------------------------------------------------------------------------------

KEY = ec.generate_private_key(ec.SECP256R1())
KEYS = {"keys": [{**json.loads(ECAlgorithm.to_jwk(KEY.public_key())), "kid": "k"}]}
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()


def claims(**changes: Any) -> Document:
    now = int(time.time())
    right = {
        "iss": "https://op.test",
        "aud": "app",
        "sub": "ann",
        "iat": now,
        "exp": now + 60,
        "jti": "one",
        "events": {EVENT: {}},
    }
    stated = {**right, **changes}
    return {name: value for name, value in stated.items() if value is not None}


def minted(said: Document, by: str = "provider") -> str:
    return signed(Secret(PEM, "key"), said, KEYS, kind="logout+jwt", by=by, where="p").reveal()


def receiver() -> Receiver:
    return Receiver("http://127.0.0.1/", "https://op.test", "app", lambda: KEYS)


def test_a_right_logout_token_is_taken_once() -> None:
    taker = receiver()
    assert taker.take(minted(claims())).problem is None
    assert taker.take(minted(claims())).problem == "the same jti as an earlier one"
    assert taker.received[0].subject == "ann"


@pytest.mark.parametrize(
    "said",
    [
        claims(iss="https://else.test"),
        claims(aud="else"),
        claims(events=None),
        claims(events={EVENT + "x": {}}),
        claims(sub=None),
        claims(jti=None),
        claims(iat=None),
        claims(nonce="n"),
        claims(exp=int(time.time()) - 3600),
    ],
)
def test_a_wrong_logout_token_is_kept_with_its_problem(said: Document) -> None:
    assert receiver().take(minted(said)).problem


@pytest.mark.parametrize("by", [FORGED, UNSIGNED])
def test_a_logout_token_of_somebody_else_is_no_logout_token(by: str) -> None:
    assert receiver().take(minted(claims(), by)).problem
    token = jwt.encode(claims(), "secret-of-thirty-two-bytes-and-more", "HS256")
    assert receiver().take(token).problem


def test_a_key_that_the_provider_does_not_publish_is_one_sentence() -> None:
    with pytest.raises(AdapterError, match="a `key` that the provider does not publish"):
        signed(Secret(PEM, "key"), {}, {"keys": []}, kind="JWT", by="provider", where="p")
    with pytest.raises(AdapterError, match="a `key` that is no private key"):
        signed(Secret("nonsense", "key"), {}, KEYS, kind="JWT", by="provider", where="p")


def test_the_receiver_listens_on_this_machine_only() -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        receiving("http://203.0.113.1/", "i", "a", lambda: KEYS).__enter__()


def test_a_logout_at_the_provider_reaches_the_receiver_of_a_client(
    profile: Document, tmp_path: Path, reference: Running
) -> None:
    client(profile)["backchannel"] = "http://127.0.0.1:0/told"
    built = adapter(profile, tmp_path)
    ann, device = somebody(built), fresh_device()
    answer = built.login(ann, device, channel="app", node=0)
    hint = [artefact for artefact in answer.issued if artefact.kind is Kind.ID]
    with built.listening("app") as ear:
        reference.control("/_control/listeners", {"client": "app", "address": ear.url})
        built.rp_logout(hint, device, channel="app", node=0, confirm=True)
        heard = ear.wait(lambda one: one.subject == ann.identity, 5.0)
    assert heard is not None
    assert heard.problem is None
    assert heard.sid
    assert ear.wait(lambda one: one.subject == "nobody", 0.01) is None

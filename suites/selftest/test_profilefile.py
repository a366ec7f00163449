"""A profile that cannot be meant is answered with one sentence: file, line, key, what to write."""

from pathlib import Path

import pytest

from adapters import capabilities
from adapters.build import load
from adapters.profilefile import Profile, ProfileError, read_profile

GOOD = """\
target:
  name: shop
  url: http://127.0.0.1:9
adapter:
  login: {post: /login, json: {u: "{user.name}", p: "{user.password}"}}
  probe: {get: /me, identity: $.user}
  logout: {post: /logout}
accounts:
  - {name: ann, password: {env: ANN}, personal: {email: ann@example.test}}
  - {name: ben, password: {file: secrets.env, key: BEN}}
"""


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANN", "ann-password")
    (tmp_path / "secrets.env").write_text("# people\nBEN = ben=password\n")


def profile(folder: Path, text: str = GOOD) -> Profile:
    file = folder / "shop.yaml"
    file.write_text(text)
    return read_profile(file)


def test_a_good_profile_is_read(tmp_path: Path) -> None:
    read = profile(tmp_path)
    ann, ben = read.accounts
    assert read.target.nodes == ("http://127.0.0.1:9",)
    assert (ann.name, ann.password.reveal(), ann.personal) == (
        "ann",
        "ann-password",
        {"email": "ann@example.test"},
    )
    assert ben.password.reveal() == "ben=password"
    assert read.target.trust_loopback
    assert "ann-password" not in repr(read)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  name: shop", "  nmae: shop", r"shop.yaml:2: `target.nmae` is not a key.*`name`"),
        ("  name: shop\n", "", r"`target` lacks a key; add `name`"),
        ("name: shop", "name: [shop]", r"`target.name` must be text, not a list"),
        ("  url: http://127.0.0.1:9\n", "", r"`target` lacks an address; add `url"),
        ("http://127.0.0.1:9", "127.0.0.1:9", r"`target.url` is .*write an address as https"),
        ("name: shop", "name: shop\n  name: x", r"shop.yaml:3: `name` is written twice.*line 2"),
        ("name: shop", "name: shop\n  environment: lap", r"'lap'; did you mean `lab`"),
        (
            "name: shop",
            "name: shop\n  timeout_seconds: 0",
            r"timeout_seconds` is 0; write a number",
        ),
        ("name: shop", "name: shop\n  tls: {verify: false}", r"tls.verify` is always true"),
        ("name: shop", "name: shop\n  tls: {ca: no.pem}", r"tls.ca` names .*does not exist"),
        ("{env: ANN}", "{env: NOBODY}", r"needs the environment variable NOBODY, which is not set"),
        ("{env: ANN}", "geheim", r"must not be in the profile itself; write {env:"),
        ("key: BEN", "key: BOB", r"looks for BOB in .*secrets.env; add a line BOB="),
        ("secrets.env, key", "none.env, key", r"names the secrets file .*cannot be read"),
        ("name: ben", "name: ann", r"repeats ann; each account is named once"),
        ("http://127.0.0.1:9", "https://shop.test", r"shop.test, which is not this machine; add"),
        ("  logout: {post: /logout}\n", "", r"`adapter` lacks `logout`"),
        (
            "identity: $.user",
            "identiy: $.user",
            r"identiy` is neither a key of a probe.*`identity`",
        ),
        ("get: /me, ", "", r"`adapter.probe` lacks a method; add `get"),
        ("post: /logout", "psot: /logout", r"psot` is not a key in `adapter.logout`.*`post`"),
        ("post: /logout", "post: /a, get: /b", r"`adapter.logout` names several methods"),
        ("{user.name}", "{user.nmae}", r"uses {user.nmae}, which is no template.*user.name"),
        ("identity: $.user", "identity: {json: $.a, css: b}", r"needs exactly one of json"),
        ("identity: $.user", "identity: '$.['", r"is no JSON path"),
        ("identity: $.user", "identity: {regex: '('}", r"is no regular expression"),
        ("post: /logout", "post: http://elsewhere.test/x", r"outside the target; add it to"),
        (
            "post: /logout",
            "post: /logout, csrf: form",
            r"names 'form', which artefacts.csrf_source",
        ),
        ("accounts:", "acounts:", r"`acounts` is not a key.*`accounts`"),
        ("target:", "target: [", r"not valid YAML"),
    ],
)
def test_objections(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    file = tmp_path / "shop.yaml"
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ProfileError, match=sentence) as caught:
        load(file)
    assert "\n" not in str(caught.value)
    assert "shop.yaml" in str(caught.value)


def test_one_account_is_too_few_unless_the_adapter_creates_more(tmp_path: Path) -> None:
    alone = GOOD[: GOOD.index("  - {name: ben")]
    with pytest.raises(ProfileError, match="names 1 of the two accounts"):
        profile(tmp_path, alone)
    able = alone.replace("  logout:", "  create_user: {post: /users}\n  logout:")
    assert len(profile(tmp_path, able).accounts) == 1


def test_a_missing_file_and_an_empty_one_say_so(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no such file"):
        read_profile(tmp_path / "none.yaml")
    with pytest.raises(ProfileError, match="is no profile"):
        profile(tmp_path, "")


def test_an_expired_authorisation_is_refused(tmp_path: Path) -> None:
    remote = GOOD.replace("http://127.0.0.1:9", "https://shop.test")
    allowed = "name: shop\n  authorisation: {by: the owner, until: '%s'}"
    assert profile(tmp_path, remote.replace("name: shop", allowed % "2999-01-01")).accounts
    with pytest.raises(ProfileError, match="ask for a new authorisation"):
        profile(tmp_path, remote.replace("name: shop", allowed % "2001-01-01"))
    with pytest.raises(ProfileError, match="write a date as"):
        profile(tmp_path, remote.replace("name: shop", allowed % "2001-13-01"))


def test_unquoted_dates_and_words_stay_what_was_written(tmp_path: Path) -> None:
    text = GOOD + "policy: {until: 2031-12-31, mode: off, on: yes, strict: true}\n"
    assert profile(tmp_path, text).policy == {
        "until": "2031-12-31",
        "mode": "off",
        "on": "yes",
        "strict": True,
    }


def test_addresses_and_headers_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("URL", "http://127.0.0.1:77")
    monkeypatch.setenv("TOKEN", "admin-token")
    monkeypatch.setenv("NAME", "anna")
    text = (
        GOOD.replace("url: http://127.0.0.1:9", "url: {env: URL}")
        .replace("name: ann,", "name: {env: NAME},")
        .replace(
            "  logout:", '  admin: {headers: {Authorization: "Bearer {env.TOKEN}"}}\n  logout:'
        )
    )
    read = profile(tmp_path, text)
    assert read.target.nodes == ("http://127.0.0.1:77",)
    assert read.accounts[0].name == "anna"
    assert read.adapter["admin"]["headers"]["Authorization"] == "Bearer admin-token"


def test_checking_certificates_is_turned_off_only_with_a_reason(tmp_path: Path) -> None:
    reason = "name: shop\n  tls: {insecure_because: the lab has no CA yet}"
    loaded_from = tmp_path / "shop.yaml"
    loaded_from.write_text(GOOD.replace("name: shop", reason))
    loaded = load(loaded_from)
    assert not loaded.transport.tls.verify
    assert any("the lab has no CA yet" in note for note in loaded.notes)


ADAPTER = """
from adapters.families import CookieWeb

class Shop(CookieWeb):
    session_cookie = "sid"
    def login(self, user, device, *, channel, node):
        return self.post("/login", device, json={"u": user.name}, node=node).answer(logs_in=True)
    def probe(self, held, device, *, which, channel, node):
        page = self.get("/me", device, held, node=node)
        return page.seen(which, identity=page.json("$.user"), nobody=page.status == 401)
    def logout(self, held, device, *, channel, node):
        return self.post("/logout", device, held, node=node).answer(logs_out=True)
"""


def in_code(folder: Path, reference: str) -> Path:
    start, end = GOOD.index("adapter:"), GOOD.index("accounts:")
    file = folder / "shop.yaml"
    file.write_text(f"{GOOD[:start]}adapter: {{python: '{reference}'}}\n{GOOD[end:]}")
    return file


def test_an_adapter_in_code_is_loaded_from_beside_the_profile(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(ADAPTER)
    loaded = load(in_code(tmp_path, "shop.py:Shop"))
    assert loaded.adapter.session_names == frozenset({"sid"})
    assert not hasattr(loaded.adapter, "refresh")


@pytest.mark.parametrize(
    ("reference", "code", "sentence"),
    [
        ("shop.py", ADAPTER, "write file.py:Class"),
        ("none.py:Shop", ADAPTER, "does not exist"),
        ("shop.py:Shoop", ADAPTER, "which shop.py does not define"),
        ("shop.py:Shop", "1/0", "cannot be loaded: ZeroDivisionError"),
        ("shop.py:Shop", ADAPTER.replace("def logout", "def log_out"), r"no method logout\(\)"),
        ("shop.py:Shop", ADAPTER.replace("(self, held, device, *, which", "(self, who, *, which"),
         r"probe\(.*cannot be called"),
    ],
)  # fmt: skip
def test_an_adapter_in_code_that_cannot_work_is_refused(
    tmp_path: Path, reference: str, code: str, sentence: str
) -> None:
    (tmp_path / "shop.py").write_text(code)
    with pytest.raises(ProfileError, match=sentence):
        load(in_code(tmp_path, reference))


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("openapi: {document: /openapi.json}", r"openapi.* is for declared adapters; .*describe"),
        ("channels: {api: {}}", r"channels.* is for declared adapters; .*tuple `channels`"),
        ("refresh: {post: /r}", r"refresh.* is for declared adapters; .*a method refresh\(\)"),
        ("admin: {}", r"admin.* is for declared adapters; .*`options`, or take it out$"),
    ],
)
def test_what_a_class_does_not_read_is_refused(tmp_path: Path, key: str, sentence: str) -> None:
    (tmp_path / "shop.py").write_text(ADAPTER)
    file = in_code(tmp_path, "shop.py:Shop")
    file.write_text(file.read_text().replace("py:Shop'", f"py:Shop', {key}"))
    with pytest.raises(ProfileError, match=sentence):
        load(file)


def test_what_every_adapter_can_have_stays_with_a_class(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(ADAPTER)
    (tmp_path / "audit.log").touch()
    file = in_code(tmp_path, "shop.py:Shop")
    log = "{sources: [{file: audit.log}], events: {logout: {event: out}}}"
    also = f"options: {{a: b}}, event_log: {log}"
    file.write_text(file.read_text().replace("py:Shop'", f"py:Shop', {also}"))
    loaded = load(file)
    assert "event_log" in capabilities.of(loaded.adapter)
    loaded.close()


def test_a_class_that_reads_declarations_may_have_them(tmp_path: Path) -> None:
    code = "from adapters.declared.adapter import DeclaredAdapter\nclass Shop(DeclaredAdapter): ..."
    (tmp_path / "shop.py").write_text(code)
    file = tmp_path / "shop.yaml"
    file.write_text(GOOD.replace("adapter:\n", "adapter:\n  python: shop.py:Shop\n"))
    assert "logout" in capabilities.of(load(file).adapter)


LABORATORY = (
    ADAPTER
    + """
    def advance(self, seconds, *, node): ...
    def rotate_key(self, *, node): ...
    def mint_token(self, claims, header, *, node): ...
    def restart(self, *, node): ...
    def send_alerts_to(self, address, *, node): ...
"""
)
ASKED = {"advance", "rotate_key", "mint_token", "restart", "send_alerts_to", "clock"}


@pytest.mark.parametrize(("environment", "had"), [("lab", True), ("production", False)])
def test_a_class_moves_no_clock_and_no_keys_in_production(
    tmp_path: Path, environment: str, had: bool
) -> None:
    (tmp_path / "shop.py").write_text(LABORATORY)
    file = in_code(tmp_path, "shop.py:Shop")
    said = f"name: shop\n  environment: {environment}"
    file.write_text(file.read_text().replace("name: shop", said))
    expected = ASKED | {"key_rotation"} if had else set()
    assert capabilities.of(load(file).adapter) & (ASKED | {"key_rotation"}) == expected


WFC = """\
auth:
  - name: first
    loginEndpointAuth:
      payloadUserPwd: {username: ann, password: "123", usernameField: u, passwordField: p}
  - name: second
    loginEndpointAuth:
      payloadUserPwd: {username: ben, password: "456", usernameField: u, passwordField: p}
authTemplate:
  loginEndpointAuth:
    endpoint: /login
    verb: POST
    contentType: application/json
    token: {extractFrom: body, extractSelector: /t/a, sendIn: header, sendName: Authorization,
            sendTemplate: "JWT {token}"}
"""


def from_wfc(folder: Path, auth: str) -> Path:
    (folder / "auth.yaml").write_text(auth)
    text = GOOD[: GOOD.index("accounts:")]
    login = text[text.index("  login:") : text.index("  probe:")]
    file = folder / "shop.yaml"
    file.write_text(text.replace(login, "  auth_file: auth.yaml\n"))
    return file


def test_accounts_and_login_come_from_a_web_fuzzing_commons_file(tmp_path: Path) -> None:
    loaded = load(from_wfc(tmp_path, WFC))
    assert [(user.name, user.password.reveal()) for user in loaded.users] == [
        ("ann", "123"),
        ("ben", "456"),
    ]
    assert any("2 passwords in clear" in note for note in loaded.notes)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("auth:\n", "oauth:\n", r"auth.yaml.* lacks `auth`"),
        ("    endpoint: /login\n", "", r"lacks `endpoint`"),
        ("usernameField: u, passwordField: p}\n  - name", "usernameField: x, passwordField: p}\n"
         "  - name", r"logs in differently from the first account"),
        ('payloadUserPwd: {username: ann, password: "123", usernameField: u, passwordField: p}',
         "payloadRaw: xyz", r"write `payloadUserPwd` instead"),
    ],
)  # fmt: skip
def test_a_web_fuzzing_commons_file_that_does_not_suffice(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    assert old in WFC
    with pytest.raises(ProfileError, match=sentence):
        load(from_wfc(tmp_path, WFC.replace(old, new, 1)))

"""Codes of a second factor: right by the clock of the target, used once, never shown."""

from pathlib import Path

import pyotp
import pytest

from adapters import totp
from adapters.contract import ABSENT, Kind, Refused, Surroundings, Unclear, User, fresh_device
from adapters.exchange import Exchange
from adapters.profilefile import ProfileError, read_profile
from adapters.secrets import VAULT, Secret
from adapters.totp import Codes, generator
from suites.selftest.declaring import ANN, WEB, answer, declared
from suites.selftest.loopback import Asked, Given, serving

TEXT = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CODED = User("ann", Secret("right"), totp=Secret(TEXT, Kind.TOTP))


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_code_is_never_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(1000.0)
    monkeypatch.setattr(totp, "time", clock)
    codes, secret = Codes(), Secret(TEXT, Kind.TOTP)
    first, second = codes.code(secret), codes.code(secret)
    assert clock.now == 1020.0
    assert [first, second] == [pyotp.TOTP(TEXT).at(1000), pyotp.TOTP(TEXT).at(1020)]


def test_a_code_is_that_of_the_time_of_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totp, "time", Clock(1000.0))
    codes = Codes()
    date = (("Date", "Thu, 01 Jan 1970 01:00:00 GMT"),)
    codes.learn(Exchange(1, "a", "GET", "/", (), None, 200, date, b"", 0.0, 1000.0))
    assert codes.code(Secret(TEXT, Kind.TOTP)) == pyotp.TOTP(TEXT).at(3600)


def test_an_address_says_how_long_a_code_is_good() -> None:
    made = pyotp.TOTP(pyotp.random_base32(), interval=60, digits=8)
    found = generator(Secret(made.provisioning_uri(name="ann"), Kind.TOTP))
    assert (found.interval, found.digits) == (60, 8)
    assert made.secret in dict(VAULT)


WRONG = {
    "no base32": "not base32!",
    "no address": "otpauth://nonsense",
    "a counter": pyotp.HOTP(TEXT).provisioning_uri(name="ann"),
}


@pytest.mark.parametrize("what", list(WRONG))
def test_what_makes_no_codes_is_told_with_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    text = WRONG[what]
    for name, value in {"ANN_PASSWORD": "a-password", "ANN_TOTP": text}.items():
        monkeypatch.setenv(name, value)
    account = "{name: ann, password: {env: ANN_PASSWORD}, totp: {env: ANN_TOTP}}"
    other = "{name: bob, password: {env: ANN_PASSWORD}}"
    file = tmp_path / "shop.yaml"
    file.write_text(
        "target: {name: shop, url: 'http://127.0.0.1:1'}\nadapter: {login: {post: /l}, probe: "
        "{get: /m, identity: $.u}, logout: {post: /o}}\n"
        f"accounts: [{account}, {other}]\n",
        encoding="utf-8",
    )
    with pytest.raises(ProfileError, match=r"accounts\[0\]\.totp.*otpauth:// address") as error:
        read_profile(file)
    assert text not in str(error.value)


def two_steps(asked: Asked) -> Given:
    if asked.path == "/one" and b"right" in asked.body:
        return answer(200, {"step": "half"})
    return answer(200 if asked.path == "/two" else 401)


LOGIN = (
    '{before: [{post: /one, json: {p: "{user.password}"}}], post: /two, '
    'json: {step: "{pending}", code: "{totp}"}}'
)
PENDING = "{pending: {json: $.step, send: {body: step}}}"


def test_what_a_first_step_gives_goes_into_the_second(tmp_path: Path) -> None:
    with serving(two_steps) as server:
        adapter = declared(tmp_path, server, login=LOGIN, artefacts=PENDING)
        adapter.login(CODED, fresh_device(), **WEB)
        missing = User("ann", Secret("right"), totp=ABSENT)
        adapter.login(missing, fresh_device(), **WEB)
        wrong = adapter.login_fail(CODED, fresh_device(), **WEB)
        unknown = adapter.login(ANN, fresh_device(), **WEB)
    bodies = [asked.body for asked in server.asked if asked.path == "/two"]
    assert b'"step": "half", "code": "' in bodies[0]
    assert bodies[1] == b'{"step": "half"}'
    assert len(bodies) == 2
    assert isinstance(wrong, Refused)
    assert isinstance(unknown, Refused | Unclear)


def test_a_proof_that_is_absent_is_no_field_at_all(tmp_path: Path) -> None:
    change = '{post: /password, json: {old: "{old}", new: "{new}", keep: 1}}'
    with serving(lambda _: answer()) as server:
        adapter = declared(tmp_path, server, change_password=change)
        for old in (ABSENT, Secret("", made_up=True)):
            adapter.change_password((), fresh_device(), old, Secret("n"), **WEB)
    assert [asked.body for asked in server.asked] == [
        b'{"new": "n", "keep": 1}',
        b'{"old": "", "new": "n", "keep": 1}',
    ]


def test_what_the_target_sees_of_a_client_is_read(tmp_path: Path) -> None:
    with serving(lambda a: answer(200, {"agent": a.header("User-Agent")})) as server:
        adapter = declared(tmp_path, server, client_context="{get: /where, agent: $.agent}")
        alone = adapter.client_context(fresh_device("one"), **WEB)
        adapter.transport.agent = "all"
        alike = adapter.client_context(fresh_device("one"), **WEB)
        other = fresh_device("two")
        other.apart = True
        apart = adapter.client_context(other, **WEB)
    assert [one.agent for one in (alone, alike, apart) if isinstance(one, Surroundings)] == [
        "one",
        "all",
        "two",
    ]

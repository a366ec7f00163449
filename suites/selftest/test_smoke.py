"""The smoke test finds what carries a session, and tells an unfit target from an unfit adapter."""

from pathlib import Path

import pytest

from adapters.__main__ import main
from adapters.build import load
from adapters.smoke import Smoke, smoke
from fixtures.targets.miniatures import ACCOUNTS, miniature

PROFILE = """\
target: {name: miniature, url: "%s", timeout_seconds: 2}
adapter:
  login: {post: /login, json: {username: "{user.name}", password: "{user.password}"}}
  probe: {get: /me, identity: $.user}
  logout: {post: /logout}
accounts:
  - {name: alice, password: {file: secrets.env, key: alice}}
  - {name: bob, password: {file: secrets.env, key: bob}}
"""


def profile(folder: Path, url: str, text: str = PROFILE) -> Path:
    lines = (f"{name}={password}" for name, password in ACCOUNTS.items())
    (folder / "secrets.env").write_text("\n".join(lines))
    file = folder / "profile.yaml"
    file.write_text(text % url)
    return file


def smoked(folder: Path, name: str, text: str = PROFILE) -> Smoke:
    with miniature(name) as url:
        loaded = load(profile(folder, url, text))
        return smoke(loaded.adapter, loaded.users)


@pytest.mark.parametrize("name", ["correct", "liar-about-logout", "locks-out"])
def test_a_target_that_can_be_judged_is_fit(tmp_path: Path, name: str) -> None:
    result = smoked(tmp_path, name)
    assert result.fit, (result.problems, result.trouble)
    assert [user.identity for user in result.users] == ["alice", "bob"]
    assert result.authenticating == {"sid"}
    assert result.channels[0].wrong_password_refused is True


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("always-alive", "without any artefact is recognised as 'alice'"),
        ("probe-cannot-tell", "is recognised as 'member'"),
        ("login-always-succeeds", "accepts any password"),
        ("amnesiac", "recognised alice once and then no more"),
        ("flaky", "answered 503"),
        ("dead-after-first-failed-probe", "no longer recognises alice"),
        ("public-name-cookie", "made-up value is recognised as"),
    ],
)
def test_a_target_that_cannot_be_judged_is_trouble(tmp_path: Path, name: str, words: str) -> None:
    result = smoked(tmp_path, name)
    assert any(words in trouble for trouble in result.trouble), (result.problems, result.trouble)


def test_a_target_that_rate_limits_or_dies_is_trouble(tmp_path: Path) -> None:
    for name, options in (("rate-limiter", {"requests": 4}), ("crashes-after", {"requests": 4})):
        with miniature(name, **options) as url:
            loaded = load(profile(tmp_path, url))
            result = smoke(loaded.adapter, loaded.users)
        assert result.trouble, name
        assert not result.problems, name


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("$.user", "$.name", "does not recognise alice right after login"),
        ("get: /me", "get: /none", "does not recognise alice right after login"),
        ("identity: $.user", "identity: $.user, nobody: {status: [403]}", "under `nobody`"),
        ("post: /logout", "post: /none", "logout of alice (web) was not acknowledged"),
        ("key: bob", "key: alice", "login of bob (web) did not succeed"),
        (
            "name: alice,",
            "name: alice, identity: Alice,",
            "shows 'alice' for alice and the account",
        ),
        ("  probe:", "  artefacts: {session: {cookie: other}}\n  probe:", "carried by sid"),
    ],
)
def test_a_mistake_of_the_adapter_is_a_problem_that_says_what_to_change(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in PROFILE
    result = smoked(tmp_path, "correct", PROFILE.replace(old, new))
    assert any(words in problem for problem in result.problems), result.problems
    assert not result.trouble


def test_the_wrong_password_is_tried_once_per_account(tmp_path: Path) -> None:
    channels = "  channels: {a: {login_fail: {}}, b: {}, c: {}}\naccounts:"
    with miniature("locks-out", attempts=1) as url:
        loaded = load(profile(tmp_path, url, PROFILE.replace("accounts:", channels)))
        result = smoke(loaded.adapter, loaded.users)
    tried = [channel.wrong_password_refused for channel in result.channels]
    assert tried.count(True) <= 2


def test_the_command_says_it_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with miniature("correct") as url:
        assert main(["check", str(profile(tmp_path, url))]) == 0
    told = capsys.readouterr().out
    assert "alice is shown as alice" in told
    assert "authenticates alone: cookie sid" in told
    assert "a wrong password is refused" in told
    assert "alice-password-1" not in told


def test_the_exit_code_says_whose_fault_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path / "none.yaml")]) == 4
    assert "there is no such file" in capsys.readouterr().err
    with miniature("correct") as url:
        file = profile(tmp_path, url)
    assert main(["check", str(file)]) == 10
    assert "TROUBLE" in capsys.readouterr().out


def test_the_schema_command_names_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()

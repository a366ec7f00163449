"""The file that holds the offset of a target's clock: raised, never lowered, never half written."""

from pathlib import Path

import pytest

from adapters.build import load
from adapters.capabilities import of
from adapters.clockfile import ClockFile
from adapters.contract import Acknowledged, Unclear
from adapters.profilefile import ProfileError

PROFILE = """
target:
  name: shop
  url: http://127.0.0.1:9
  environment: {environment}
  clock: {clock}
adapter:
  artefacts: {{session: {{cookie: sid}}}}
  login: {{post: /login, form: {{u: "{{user.name}}", p: "{{user.password}}"}}}}
  probe: {{get: /me, identity: $.user}}
  logout: {{post: /logout}}
accounts:
  - {{name: alice, password: {{env: PASSWORD}}}}
  - {{name: bob, password: {{env: PASSWORD}}}}
"""


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PASSWORD", "correct-horse-7")
    path = tmp_path / "shop.yaml"
    path.write_text(PROFILE.format(environment="lab", clock="clock"), encoding="utf-8")
    (tmp_path / "clock").write_text("+0\n", encoding="ascii")
    return path


def test_the_offset_is_raised(tmp_path: Path) -> None:
    clock = ClockFile(tmp_path / "clock")
    clock.path.write_text("+0\n", encoding="ascii")
    assert clock.objection is None
    for seconds in (3600.0, 0.5):
        assert isinstance(clock.advance(seconds, node=0), Acknowledged)
    assert clock.path.read_text(encoding="ascii") == "+3600.500\n"
    assert [path.name for path in tmp_path.iterdir()] == ["clock"]


def test_it_is_never_lowered(tmp_path: Path) -> None:
    clock = ClockFile(tmp_path / "clock")
    clock.path.write_text("+60\n", encoding="ascii")
    assert isinstance(clock.advance(-1.0, node=0), Unclear)
    assert clock.path.read_text(encoding="ascii") == "+60\n"


def test_a_profile_with_such_a_file_has_a_clock(profile: Path) -> None:
    adapter = load(profile).adapter
    assert {"advance", "clock"} <= of(adapter)
    assert isinstance(adapter.advance(60.0, node=0), Acknowledged)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "which cannot be read; write +0 into it"),
        ("", "which holds no offset; write +0 into it"),
        ("2026-11-21 12:00:00", "which holds no offset; write +0 into it"),
    ],
)
def test_a_file_that_moves_no_clock_is_refused(
    profile: Path, content: str | None, said: str
) -> None:
    clock = profile.parent / "clock"
    clock.unlink()
    if content is not None:
        clock.write_text(content, encoding="ascii")
    with pytest.raises(ProfileError, match=r"target\.clock") as refusal:
        load(profile)
    assert said in str(refusal.value)


def test_nobody_moves_the_clock_of_a_production_system(profile: Path) -> None:
    profile.write_text(PROFILE.format(environment="production", clock="clock"), encoding="utf-8")
    with pytest.raises(ProfileError, match="changes the clock for everybody"):
        load(profile)


def test_a_file_that_can_no_longer_be_written_moves_nothing_and_says_so(tmp_path: Path) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    clock = ClockFile(offset)
    offset.unlink()
    answer = clock.advance(60.0, node=0)
    assert isinstance(answer, Unclear)
    assert answer.why == f"{offset} cannot be written (No such file or directory)"

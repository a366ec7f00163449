"""Numbers of a policy: what cannot be meant is refused in one sentence."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import example, given, settings

from adapters.profilefile import ProfileError
from fixtures.demo import PROFILE, environment
from fixtures.session import TargetRun
from suites.catalogue import policy_keys
from suites.kernel.discover import discover
from suites.kernel.policy import Policy, PolicyError
from suites.kernel.testable import too_short
from suites.machines.timeline import Timeline

NUMERIC = frozenset({"seconds", "percent", "int", "float"})
KEYS = [k for k, e in policy_keys().items() if NUMERIC.intersection(str(e["type"]).split("|"))]
ODD = st.one_of(
    st.sampled_from([0, -1, 1, 3, 10**400, -(10**400), 1e308, True, None, "none", "nan"]),
    st.sampled_from(["abc%", "%", "-3%", "5%", "49.9%", "50%", "nan%", "1e999%", "5", "5 s", ""]),
    st.floats(),
    st.integers(),
)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("timeout_tolerance", "abc%", "write one of: seconds, percent"),
        ("timeout_tolerance", "-3%", "write one of: seconds, percent"),
        ("timeout_tolerance", -3, "write a number from 0 to 10000000000"),
        ("idle_timeout", float("nan"), "write a number from 0 to 10000000000"),
        ("absolute_timeout", float("inf"), "write a number from 0 to 10000000000"),
        ("propagation_seconds", -3, "write a number from 0 to 10000000000"),
        ("concurrency.max", 0, "write a number from 1 to 10000000000"),
        ("refresh.idle_lifetime", 10**400, "write a number from 0 to 10000000000"),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused_in_one_sentence(
    key: str, value: object, told: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy({key: value}, source="shop.yaml")
    assert str(caught.value) == f"shop.yaml: policy `{key}` is {value!r}; {told}"


@pytest.mark.parametrize(
    ("key", "rest"),
    [
        ("idle_timeout", ""),
        ("absolute_timeout", ""),
        ("refresh.idle_lifetime", ""),
        ("refresh.absolute_lifetime", ""),
        ("remember_me.lifetime", ""),
        ("access_token.lifetime", " and the 1 s that a token may lose"),
    ],
)
def test_a_limit_within_its_own_tolerance_is_refused_in_words(key: str, rest: str) -> None:
    assert too_short(Policy({key: 900})) is None
    assert too_short(Policy({key: 3})) == (
        f"policy {key}: 3 is not longer than twice its tolerance (2 s){rest}; declare a smaller "
        "timeout_tolerance or a longer limit"
    )


def test_an_undeclared_lifetime_is_never_too_short() -> None:
    assert too_short(Policy({"timeout_tolerance": 3600})) is None


# -- whatever is declared -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("odd")
    words = ("ca", "admin_token", "client_secret", "provider_key")
    target: Any = SimpleNamespace(**{word: word for word in words})
    target.url = target.plain_url = "http://127.0.0.1:9"
    target.log = str(made / "events.log")
    (made / "events.log").touch()
    discover()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(target).items():
            patch.setenv(name, value)
        yield made


def run_with(folder: Path, policy: Mapping[str, object], *, movable: bool) -> TargetRun:
    """Return a run with this policy that has sent nothing."""
    document = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    if not movable:
        del document["adapter"]["advance"]
    del document["target"]["tls"]
    document["policy"] = dict(policy)
    document["run"] = {"budget": "nightly"}
    file = folder / "shop.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return TargetRun(file, seed=1)


def planned(folder: Path, policy: Mapping[str, object], *, movable: bool) -> list[Timeline]:
    """Return the timelines of a run with this policy, without a request."""
    long = {"refresh.idle_lifetime": 60 * 86_400}
    run = run_with(folder, long | dict(policy), movable=movable)
    assert all(move.due >= 0 for plan in run.script.schedules for move in plan.moves)
    return run.script.timelines


@given(key=st.sampled_from(KEYS), value=ODD, tolerance=st.sampled_from([None, 0, 2, "10%"]))
@example(key="refresh.absolute_lifetime", value=20, tolerance=2)
@example(key="remember_me.lifetime", value=1, tolerance=None)
@example(key="access_token.lifetime", value=1, tolerance=0)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("movable", [True, False])
def test_odd_numbers_are_refused_by_name_or_planned_without_going_back_in_time(
    folder: Path, movable: bool, key: str, value: object, tolerance: object
) -> None:
    said = {key: value} if tolerance is None else {"timeout_tolerance": tolerance, key: value}
    try:
        found = planned(folder, said, movable=movable)
    except (PolicyError, ProfileError) as refused:
        sentence = str(refused)
        assert key in sentence or "timeout_tolerance" in sentence
        assert "\n" not in sentence
        return
    for plan in found:
        assert min(seconds for seconds, *_ in plan.due) >= 0
        assert all(step.get("seconds", 0) >= 0 for step in plan.steps())


# -- limits that are out of reach -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "judged", "undeclared"),
    [("idle_timeout", "SM-2.8", "SM-2.9"), ("absolute_timeout", "SM-2.9", "SM-2.8")],
)
def test_a_limit_out_of_reach_is_the_reason_of_its_own_requirement_only(
    folder: Path, key: str, judged: str, undeclared: str
) -> None:
    plan = run_with(folder, {key: 86_400}, movable=False).plan
    assert f"the declared {key} takes " in plan[judged].why
    assert f"the declared {key} takes " in plan["SM-2.10"].why
    other = plan[undeclared]
    assert other.runs
    assert [claim.name.endswith("limit_is_declared") for claim in other.invariants] == [True]

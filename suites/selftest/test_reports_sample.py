"""A made-up run with every verdict, and what run.json and scenario.json make of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.exchange import Exchange
from reports.writers.runjson import run_json
from reports.writers.scenario import scenario_json
from suites.catalogue import requirement
from suites.kernel.load import FloodFigures, Latency
from suites.kernel.results import Arm, Result, RunRecord, Scenario, Violation
from suites.kernel.verdict import Verdict

SECRETS = {
    "session": "Zk3_v9Qw-7LrT2xYbN5mHs0pDcE8uJaVgFoKiRtWnXy",
    "access": "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1LTcifQ.c2lnbmF0dXJlLTk5",
    "password": 'pass & "word" <Zq7\'\\tail-44>',
    "csrf": "b64+/csrf==/Token+Value/9912",
}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> ]]> {{ 7*7 }}"
SCHEMAS = Path(__file__).parents[2] / "reports"


def exchanges() -> tuple[Exchange, ...]:
    """Return a login, a logout and a replay, with each secret somewhere in them."""
    url = "https://127.0.0.1:8443"
    sid, token = SECRETS["session"], SECRETS["access"]
    login = json.dumps({"user": "ann@example.test", "password": SECRETS["password"]})
    return (
        Exchange(
            1, "laptop", "POST", f"{url}/login", (("Content-Type", "application/json"),),
            login.encode(), 200,
            (("Set-Cookie", f"__Host-sid={sid}; Path=/; Secure; HttpOnly"),),
            json.dumps({"access_token": token, "csrf": SECRETS["csrf"]}).encode(),
            0.004, 1_795_246_000.0,
        ),
        Exchange(
            2, "laptop", "POST", f"{url}/logout",
            (("Cookie", f"__Host-sid={sid}"), ("X-CSRF-Token", SECRETS["csrf"])),
            None, 204, (), b"", 0.003, 1_795_246_000.2,
        ),
        Exchange(
            3, "fresh client", "GET", f"{url}/me?next=%2F",
            (("Cookie", f"__Host-sid={sid}"), ("Authorization", f"Bearer {token}")),
            None, 200, (("Content-Type", "application/json"),),
            b'{"user": "ann@example.test"}', 0.002, 1_795_246_000.3,
        ),
    )  # fmt: skip


def violation(**changes: Any) -> Violation:
    """Return a violation of SM-2.1."""
    made = Violation(
        requirement="SM-2.1",
        invariant="logged_out_session_is_refused",
        claim="a session is dead the moment its user logs out",
        finding="SM-2.1/logout/session/cookie",
        expected="nobody recognised",
        seen="recognised as ann",
        control="was recognised as ann 0.02 s before the logout",
        replays="3 of 3 replays, from a fresh client with an empty jar",
        occurrences=154,
        scenario=Scenario(
            steps=({"do": "login", "user": "ann", "device": "laptop"}, {"do": "logout"}),
        ),
        told=(
            "ann logs in on laptop",
            "ann logs out on laptop",
            "the session of step 1 is presented by a fresh client",
        ),
        exchanges=exchanges(),
        requests_to_find=1_204,
        requests_to_minimal=231,
    )
    return replace(made, **changes)


def _result(identifier: str, verdict: Verdict, reason: str = "", **more: Any) -> Result:
    return Result(requirement(identifier), verdict, reason, **more)


FLOOD = FloodFigures(
    "visits",
    "web",
    2000,
    2000,
    {"answered": 1990, "slowed": 10},
    49.7,
    2,
    Latency(20, 0.004, 0.009),
    Latency(800, 0.006, 0.02),
    Latency(20, 0.004, 0.008),
    4,
    0,
    12,
    104,
)


def sample_run(*results: Result) -> RunRecord:
    """Return a run of the given results, or of one result for each verdict."""
    arm = Arm("logged_out_session_is_refused", violation().claim, 154, 0, 154, 0)
    some = results or (
        _result("SM-2.3", Verdict.PASS, "", judged=412, controls=412, example=("ann logs in",),
                arms=(Arm("x", "logout twice changes nothing", 412, 412, 0, 0, ("held",)),)),
        _result("SM-2.1", Verdict.FAIL, "a logged-out session lives on", judged=154, controls=154,
                arms=(arm,), violations=(violation(), violation(
                    finding="SM-2.1/logout/access", seen=HOSTILE, reproduced=False))),
        _result("SM-1.2", Verdict.DEVIATION, "122 random bits (UUID)", judged=240),
        _result("SM-6.1", Verdict.WARNING, "no concurrency.mode is declared; 6 sessions lived"),
        _result("SM-2.8", Verdict.NOT_EXERCISED, "no idle_timeout is declared"),
        _result("SM-4.1", Verdict.UNCLEAR, "three of three answers were 503"),
        _result("SM-6.4", Verdict.ERROR, "shop.py line 12 in login(): KeyError"),
        _result("SM-3.1", Verdict.NOT_APPLICABLE, "no artefact is a readable JWT"),
        Result(requirement("X-1"), Verdict.PASS, "", judged=12,
               arms=(Arm("y", "no flood ends a stranger's session", 12, 12, 0, 0),)),
    )  # fmt: skip
    return RunRecord(
        target="demo-app",
        url="https://127.0.0.1:8443",
        version="2.4.1",
        environment="lab",
        authorisation="own system",
        profile="shop.yaml",
        seed=20261121,
        budget="40 histories of 20 steps",
        started="2026-11-21T08:00:00Z",
        ended="2026-11-21T08:01:42Z",
        complete=True,
        smoke=("logged in as ann and as bob", "without a session nobody is recognised"),
        capabilities=("login", "probe", "logout"),
        policy={"idle_timeout": 900, "concurrency.mode": "allow"},
        results=tuple(some),
        requests=17_204,
        histories=40,
        actions=788,
        seconds=101.6,
        trouble=("the target answered 503 three times",),
        tools={"session-conformance": "0.1.0", "hypothesis": "6.170.15"},
        floods=(FLOOD,),
    )


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def test_run_json_follows_its_schema() -> None:
    data = json.loads(json.dumps(run_json(sample_run())))
    jsonschema.validate(data, _schema("run.schema.json"))
    assert data["counts"]["fail"] == 1
    assert data["results"][1]["violations"][0]["exchanges"][2]["status"] == 200
    assert "mutants" not in data["results"][0]["requirement"]


def test_a_scenario_follows_its_schema() -> None:
    data = json.loads(json.dumps(scenario_json(violation())))
    jsonschema.validate(data, _schema("scenario.schema.json"))
    assert data["steps"] == [dict(step) for step in violation().scenario.steps]


@pytest.mark.parametrize("missing", ["schema", "steps", "finding"])
def test_a_scenario_with_a_part_missing_is_refused(missing: str) -> None:
    data = scenario_json(violation())
    del data[missing]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, _schema("scenario.schema.json"))


def test_a_long_body_is_shortened_and_says_so() -> None:
    long = replace(exchanges()[0], body=b"x" * 100_000)
    record = sample_run(
        _result("SM-2.1", Verdict.FAIL, violations=(violation(exchanges=(long,)),)),
    )
    body = run_json(record)["results"][0]["violations"][0]["exchanges"][0]["body"]
    assert body.endswith("(34464 characters left out)")

"""Sweeps over documented operations: what is told of targets that are right, wrong, or odd."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.operations import (
    Attempt,
    Came,
    Description,
    DocumentedOperation,
    OperationCall,
)
from reports.writers.runjson import run_json
from suites.kernel.policy import Policy
from suites.kernel.sweep import NOTHING, Survey, Sweep, Trial
from suites.kernel.verdict import Verdict
from suites.kernel.verify import Outcome
from suites.kernel.verify_sweep import (
    public_as_declared,
    refused_however_spelled,
    refused_in_every_state,
    refused_to_others,
)
from suites.selftest.described import Described, documented, operation, swept
from suites.selftest.loopback import Asked, Given
from suites.selftest.toy import Toy, log_in, world_on

PATHS = {
    "/api/me": {"get": operation()},
    "/api/notes": {"post": operation()},
    "/login": {"post": operation(secured=False)},
}


def told(folder: Path, target: Described, **how: Any) -> tuple[Verdict, str, dict[str, Any]]:
    with swept(folder, target, **how) as (run, _):
        result = run.results["SM-8.4"]
        rows = {row.operation: row for row in run.record().swept}
        assert len(run_json(run.record())["swept"]) == len(rows)
        return result.verdict, result.reason, rows


def test_a_guarded_target_passes_with_every_state_in_the_table(tmp_path: Path) -> None:
    with swept(tmp_path, Described(documented(PATHS))) as (run, server):
        result = run.results["SM-8.4"]
        (reads, writes) = run.record().swept
        called = {(asked.method, asked.path) for asked in server.asked}
    assert (result.verdict, result.reason) == (Verdict.PASS, "every judged subject held")
    states = {NOTHING, "made up", "altered", "logged out", "revoked by a password change"}
    for row in (reads, writes):
        assert row.live == "done"
        assert states <= row.states.keys()
        assert {row.states[state] for state in states} == {"refused"}
    assert result.judged == 2 * len(states) + 2 * 2 + 2 + 1 + 1
    assert ("POST", "/api/notes") in called


@pytest.mark.parametrize(
    ("unguarded", "operation_", "seen"),
    [
        ("GET /api/me", "GET /api/me", "no artefact: GET /api/me answered 200"),
        ("POST /api/notes", "POST /api/notes", "no artefact: POST /api/notes answered 200"),
        ("HEAD /api/me", "GET /api/me", "no artefact, by HEAD: HEAD /api/me answered 200"),
        ("POST /api/notes/", "POST /api/notes", "no artefact, with another slash at the end"),
    ],
)
def test_what_has_no_guard_is_violated(
    tmp_path: Path, unguarded: str, operation_: str, seen: str
) -> None:
    target = Described(documented(PATHS), open=frozenset({unguarded}))
    with swept(tmp_path, target) as (run, _):
        result = run.results["SM-8.4"]
    assert result.verdict is Verdict.FAIL
    assert {v.expected.partition(" refused")[0] for v in result.violations} == {operation_}
    assert seen in result.violations[0].seen


def test_a_target_that_answers_whatever_it_is_asked_for_is_no_finding(tmp_path: Path) -> None:
    class Single(Described):
        """Answers with one page wherever it has nothing else."""

    target = Single(documented({"/api/me": {"get": operation()}}))
    before = target.answer

    def answered(asked: Any) -> Any:
        known = asked.path in {"/api/me", "/me", "/login", "/logout", "/users", "/password"}
        if known or asked.path == "/openapi.json":
            return before(asked)
        return type(before(asked))(200, b"<html>the page of everything</html>")

    target.answer = answered  # type: ignore[method-assign]
    verdict, reason, rows = told(tmp_path, target)
    assert (verdict, reason) == (Verdict.PASS, "every judged subject held")
    assert "no artefact, with another slash at the end" not in rows["GET /api/me"].states


@pytest.mark.parametrize(
    ("environment", "creating", "why"),
    [
        ("lab", False, "no throw-away account can be created"),
        ("production", True, "this is no lab or staging system"),
    ],
)
def test_nothing_is_changed_where_it_must_not_be(
    tmp_path: Path, environment: str, creating: bool, why: str
) -> None:
    how: dict[str, Any] = {"environment": environment, "creating": creating}
    if environment == "production":
        how["allowed"] = True
    with swept(tmp_path, Described(documented(PATHS)), **how) as (run, server):
        rows = {row.operation: row for row in run.record().swept}
        assert not [asked for asked in server.asked if asked.path.startswith("/api/notes")]
        result = run.results["SM-8.4"]
    assert why in rows["POST /api/notes"].why
    assert rows["GET /api/me"].live == "done"
    assert result.verdict is Verdict.WARNING
    assert "1 of 2 operations judged; 1 not: POST /api/notes: it may change" in result.reason


def test_a_living_artefact_that_is_refused_proves_nothing(tmp_path: Path) -> None:
    target = Described(documented({"/nowhere": {"get": operation()}, **PATHS}))
    _, _, rows = told(tmp_path, target)
    assert rows["GET /nowhere"].live == "declined"
    held = refused_in_every_state(_sweep(Came.DECLINED, Came.REFUSED))
    alike = refused_in_every_state(_sweep(Came.DECLINED, Came.DECLINED))
    away = refused_in_every_state(_sweep(Came.REFUSED, Came.REFUSED))
    assert (held.outcome, alike.outcome, away.outcome) == (
        Outcome.HELD,
        Outcome.NOT_JUDGED,
        Outcome.NOT_JUDGED,
    )
    assert "a living artefact is refused as well" in away.seen


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"{", "/openapi.json: is neither JSON nor YAML"),
        (b"{" + b" " * 5 * 1024 * 1024 + b"}", "/openapi.json: is larger than 2 MiB"),
        (
            documented(PATHS, servers=[{"url": "https://api.example.com"}]),
            "describes https://api.example.com, which is no part of the target",
        ),
        (documented({"/login": PATHS["/login"]}), "the document secures no operation"),
    ],
)
def test_a_document_that_cannot_be_used_leaves_the_requirement_unexercised(
    tmp_path: Path, document: object, why: str
) -> None:
    verdict, reason, rows = told(tmp_path, Described(document))
    assert verdict is Verdict.NOT_EXERCISED
    assert why in reason
    assert rows == {}


def test_what_the_profile_leaves_out_is_listed(tmp_path: Path) -> None:
    openapi = "{document: /openapi.json, leave_out: [POST /api/notes]}"
    with swept(tmp_path, Described(documented(PATHS)), openapi=openapi) as (run, server):
        rows = {row.operation: row for row in run.record().swept}
        assert not [asked for asked in server.asked if asked.path.startswith("/api/notes")]
        assert run.results["SM-8.4"].verdict is Verdict.PASS
    assert rows["POST /api/notes"].why == "the profile leaves it out"


def _sweep(control: Came, came: Came) -> Sweep:
    found = Sweep("GET /x", "api", safe=True, control=Trial("alive", control, "GET /x answered"))
    found.trials = [Trial(NOTHING, came, "GET /x answered 4xx")]
    return found


@pytest.mark.parametrize(
    ("came", "outcome"),
    [
        (Came.REFUSED, Outcome.HELD),
        (Came.SENT_AWAY, Outcome.HELD),
        (Came.DECLINED, Outcome.WARNING),
        (Came.UNCLEAR, Outcome.UNCLEAR),
        (Came.FAILED, Outcome.VIOLATED),
        (Came.DONE, Outcome.VIOLATED),
    ],
)
def test_an_answer_to_what_is_not_alive_is_judged_by_its_kind(came: Came, outcome: Outcome) -> None:
    assert refused_in_every_state(_sweep(Came.DONE, came)).outcome is outcome


def test_a_refusal_that_names_somebody_is_violated() -> None:
    sweep = _sweep(Came.DONE, Came.REFUSED)
    sweep.trials = [Trial(NOTHING, Came.REFUSED, "GET /x answered 401", shows="name of alice")]
    assert refused_in_every_state(sweep).seen == "no artefact: name of alice"


def test_a_call_that_changed_the_living_session_is_violated() -> None:
    sweep = _sweep(Came.DONE, Came.REFUSED)
    sweep.changed = "alice with the note before, alice with no note after"
    assert refused_in_every_state(sweep).violated


def test_a_failure_for_everybody_is_no_matter_of_guards() -> None:
    assert refused_in_every_state(_sweep(Came.FAILED, Came.FAILED)).outcome is Outcome.NOT_JUDGED


def test_other_spellings_and_other_users_are_judged_by_what_was_done() -> None:
    sweep = _sweep(Came.DONE, Came.REFUSED)
    for came, outcome in ((Came.DECLINED, Outcome.HELD), (Came.DONE, Outcome.VIOLATED)):
        sweep.spelled = [Trial(NOTHING, came, "HEAD /x answered", spelling="by HEAD")]
        sweep.others = [Trial("of another user", came, "GET /x answered")]
        assert refused_however_spelled(sweep).outcome is outcome
        assert refused_to_others(sweep).outcome is outcome


def test_public_operations_are_compared_with_what_is_declared(tmp_path: Path) -> None:
    with swept(tmp_path, Described(documented(PATHS))) as (run, _):
        answer = run.loaded.adapter.describe(node=0)
    survey = Survey(answer)
    listed = Policy({"openapi.public_operations": ["POST /login"]})
    other = Policy({"openapi.public_operations": ["GET /login"]})
    assert public_as_declared(survey, Policy()).outcome is Outcome.HELD
    assert public_as_declared(survey, listed).outcome is Outcome.HELD
    found = public_as_declared(survey, other)
    assert (found.outcome, found.seen) == (
        Outcome.WARNING,
        "public and not listed: POST /login",
    )


# -- a living session that does not last ----------------------------------------------------------


class Forgetful(Described):
    """Forgets every token again and again, as one does whose tokens are good for a minute."""

    every = 0
    count = 0

    def answer(self, asked: Asked) -> Given:
        self.count += 1
        if self.count % self.every == 0:
            self.tokens.clear()
        return super().answer(asked)


@pytest.mark.parametrize("every", [23, 31, 47])
def test_a_session_that_expires_between_two_calls_is_no_violation(
    tmp_path: Path, every: int
) -> None:
    paths = {f"/api/me/{number}": {"get": operation()} for number in range(8)}
    target = Forgetful(documented(paths))
    target.every = every
    verdict, reason, rows = told(tmp_path, target)
    assert verdict is not Verdict.FAIL, reason
    assert {row.states.get(NOTHING) for row in rows.values() if not row.why} == {"refused"}


class Listening(Toy):
    """Does what it is asked for, for anybody; `then` happens at each call."""

    def __init__(self, then: Any = lambda toy: None) -> None:
        super().__init__()
        self.then, self.callers, self.ends = then, list[str](), ""

    def attempt(self, held: Any, device: Any, *call: Any, channel: str, node: int) -> Attempt:
        entry = self._entry(held, device, channel)
        self.ends = entry.user if entry is not None else "somebody unknown" if held else "nobody"
        self.callers.append(entry.user if entry is not None else "nobody")
        self.then(self)
        return Attempt(Came.DONE if entry is not None else Came.REFUSED, "answered")


READ = OperationCall(DocumentedOperation("GET /x", "GET", "/x", secured=True, safe=True))


@pytest.mark.parametrize("which", ["nobody", "raised for the sweep", "promoted", "declared"])
def test_an_administrator_is_no_other_user(which: str) -> None:
    toy = Listening()
    world = world_on(toy)
    alice, _, _ = (log_in(world, user) for user in ("alice", "bob", "mallory"))
    if which == "raised for the sweep":
        world._elevated.add("bob")
    elif which == "promoted":
        world.model.promoted.add("bob")
    elif which == "declared":
        world.model.roles["bob"], world.model.role_probes = "admin", {"panel": "admin"}
    world._as_another(_sweep(Came.DONE, Came.REFUSED), READ, alice)
    assert toy.callers == ["bob" if which == "nobody" else "mallory"]


def _ending(times: int) -> Callable[[Toy], None]:
    """Return what ends every session of alice the first so many times."""
    left = [times]

    def then(toy: Toy) -> None:
        if left[0] and any(entry.user == "alice" for entry in toy.entries.values()):
            left[0] -= 1
            toy.lose("alice")

    return then


@pytest.mark.parametrize(
    ("times", "why"),
    [
        *((0, ""), (1, "")),
        *((n, "the session of its owner ended meanwhile, twice") for n in (2, 3)),
    ],
)
def test_an_operation_is_called_once_more_where_the_living_session_ended(
    times: int, why: str
) -> None:
    world = world_on(Listening(_ending(times)))
    log_in(world)
    world.surveyed = Survey(Description((READ.operation,), "", "web"))
    world.calls["GET /x"] = (READ, Trial("alive", Came.DONE, "GET /x answered 200"))
    event = world.sweep_operation("GET /x", lambda *_: [READ])
    assert event is not None
    assert (event.extra.why, event.extra.changed) == (why, "")
    assert [trial.came for trial in event.extra.trials if trial.state == NOTHING] == [Came.REFUSED]


@pytest.mark.parametrize(
    ("ender", "state"), [("nobody", "no artefact"), ("somebody unknown", "made up"), ("alice", "")]
)
def test_a_refused_call_that_ends_the_session_of_the_owner_each_time_is_violated(
    ender: str, state: str
) -> None:
    def then(toy: Toy) -> None:
        assert isinstance(toy, Listening)
        if toy.ends == ender:
            toy.lose("alice")

    toy = Listening(then)
    world = world_on(toy)
    log_in(world)
    world.surveyed = Survey(Description((READ.operation,), "", "web"))
    world.calls["GET /x"] = (READ, Trial("alive", Came.DONE, "GET /x answered 200"))
    event = world.sweep_operation("GET /x", lambda *_: [READ])
    assert event is not None
    judged = refused_in_every_state(event.extra)
    assert judged.violated is bool(state)
    assert (f"nobody after a call with {state}, each time" in judged.seen) is bool(state)


def test_an_operation_that_the_policy_calls_public_is_not_swept(tmp_path: Path) -> None:
    target = Described(documented(PATHS), open=frozenset({"GET /api/me"}))
    public = "openapi: {public_operations: [GET /api/me]}"
    with swept(tmp_path, target, policy_key=public) as (run, _):
        rows = {row.operation: row for row in run.record().swept}
        result = run.results["SM-8.4"]
    assert rows.keys() == {"POST /api/notes"}
    assert result.verdict is Verdict.WARNING
    assert result.reason.endswith("public and not listed: POST /login")


@pytest.mark.parametrize("at", ["", "headers: {X-Gateway: key-of-the-gateway}"])
def test_what_a_gateway_key_guards_needs_no_session(tmp_path: Path, at: str) -> None:
    keyed = {"get": operation(secured=False, security=[{"gateway": []}])}
    schemes = {"gateway": {"type": "apiKey", "in": "header", "name": "x-gateway"}}
    document = documented({**PATHS, "/api/prices": keyed}, components={"securitySchemes": schemes})
    target = Described(document, open=frozenset({"GET /api/prices", "HEAD /api/prices"}))
    with swept(tmp_path, target, target_key=at) as (run, _):
        rows = {row.operation: row for row in run.record().swept}
        result = run.results["SM-8.4"]
    assert ("GET /api/prices" in rows) is (at == "")
    assert (result.verdict is Verdict.FAIL) is (at == "")

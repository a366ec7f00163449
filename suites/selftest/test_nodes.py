"""Several nodes: picked by steps, judged one by one, restarted, and told when they are silent."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.build import load
from adapters.contract import Acknowledged, Artefact, Kind, Place, Unclear
from adapters.profilefile import ProfileError
from adapters.restarting import RestartCommand, awaited
from adapters.secrets import Secret
from adapters.smoke import smoke
from adapters.transport import Scope, Transport
from fixtures.scripted import Script
from fixtures.targets.miniatures import miniature
from fixtures.targets.reference.launch import Running, running
from reports.writers.latency import latencies
from suites.kernel.budget import Budget
from suites.kernel.declare import Moment
from suites.kernel.discover import discover
from suites.kernel.model import Credential, Event, Model, Session, State
from suites.kernel.results import Revocation
from suites.kernel.scenario import ScenarioError, read, tell
from suites.kernel.select import ended
from suites.kernel.select_nodes import ended_elsewhere
from suites.kernel.verify import held, violated
from suites.kernel.verify_nodes import elsewhere
from suites.selftest.hunting import hunt
from suites.selftest.test_smoke import profile
from suites.selftest.variants import SEVERAL

CLOSED = "http://127.0.0.1:9"
TINY = Budget("tiny", 1, 8, 2.0, 60, 1.0, 30)


def profile_of(url: str, *nodes: str) -> str:
    text = (
        "target: {name: miniature, nodes: [%s], timeout_seconds: 2}\n"
        "adapter:\n"
        '  login: {post: /login, json: {username: "{user.name}", password: "{user.password}"}}\n'
        "  probe: {get: /me, identity: $.user}\n"
        "  logout: {post: /logout}\n"
        "accounts:\n"
        "  - {name: alice, password: {file: secrets.env, key: alice}}\n"
        "  - {name: bob, password: {file: secrets.env, key: bob}}\n"
    )
    return text.replace("%s", ", ".join(f'"{node}"' for node in (url, *nodes)))


# -- adapters -------------------------------------------------------------------------------------


def test_a_node_that_is_silent_is_told_with_its_address(tmp_path: Path) -> None:
    with miniature("correct") as url:
        loaded = load(profile(tmp_path, url, profile_of("%s", CLOSED)))
        found = smoke(loaded.adapter, loaded.users)
    (sentence,) = found.trouble
    assert f"node 2 ({CLOSED}) does not answer" in sentence
    assert "take it out of `target.nodes`" in sentence


def test_one_node_is_not_named_twice(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="names one node twice"):
        load(profile(tmp_path, CLOSED, profile_of("%s", f"{CLOSED}/")))


def test_nodes_are_one_site_to_cookies(tmp_path: Path) -> None:
    with miniature("correct") as url:
        # Another name for this machine, as another node would have.
        other = url.replace("127.0.0.1", "localhost")
        loaded = load(profile(tmp_path, url, profile_of("%s", other)))
        assert smoke(loaded.adapter, loaded.users, node=1).fit


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["no-such-command-here"], "there is no command no-such-command-here"),
        ([sys.executable, "-c", "raise SystemExit(3)", "{node}"], "ended with 3"),
        (["/"], "cannot be run"),
    ],
)
def test_a_restart_that_fails_is_one_sentence(words: Sequence[str], told: str) -> None:
    answer = RestartCommand(words, transport(), (CLOSED,)).restart(node=0)
    assert isinstance(answer, Unclear)
    assert answer.why.startswith("target.restart: ")
    assert told in answer.why


def transport() -> Transport:
    return Transport(scope=Scope((CLOSED,)))


def test_a_node_that_does_not_come_back_is_told() -> None:
    answer = awaited(transport(), (CLOSED,), 0, longest=0.0)
    assert isinstance(answer, Unclear)
    assert f"node 1 ({CLOSED}) does not answer" in answer.why


@pytest.fixture
def _moves() -> None:
    discover()


# -- steps ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_moves")
def test_a_step_tells_its_node() -> None:
    step = {"as": "s1", "do": "log_in", "user": "alice", "device": "laptop", "channel": "web"}
    (plain,) = tell([step])
    assert plain == "log in alice on laptop (web) -> s1"
    assert tell([{**step, "node": 1}]) == ("log in alice on laptop (web) on node 2 -> s1",)


@pytest.mark.usefixtures("_moves")
def test_a_node_is_a_number() -> None:
    steps = [{"as": "s1", "do": "restart", "node": "second"}]
    with pytest.raises(ScenarioError, match="`node` of step 1 is 'second'; write a whole number"):
        read({"schema": 1, "steps": steps}, "scenario.json")


# -- selectors and verifiers ----------------------------------------------------------------------


def logged_out(*, known_on: set[int], propagation: float = 0.0) -> tuple[Model, Credential, Event]:
    model = Model({})
    model.nodes, model.propagation = 2, propagation
    opened = model.event("login", Acknowledged())
    session = Session("s1", "alice", SimpleNamespace(name="laptop"), "web", opened)  # type: ignore[arg-type]
    artefact = Artefact(Kind.SESSION, Place.COOKIE, "sid", Secret("value-of-s1", "session"))
    credential = Credential("s1.session", Kind.SESSION, (artefact,), "alice", "web")
    credential.session, credential.proven, credential.known_on = session, True, known_on
    session.credentials.append(credential)
    model.sessions["s1"] = session
    model.remember(credential)
    model.node = 0
    event = model.event("logout", Acknowledged(), session=session)
    credential.end("logout", event)
    return model, credential, event


def picked(model: Model, event: Event) -> list[tuple[Credential, int]]:
    return [subject.value for subject in ended_elsewhere().pick(Moment(model, (event,), False))]


def test_what_ended_is_presented_where_it_was_in_use() -> None:
    model, credential, event = logged_out(known_on={0, 1})
    assert picked(model, event) == [(credential, 1)]


def test_a_node_that_never_saw_it_is_no_evidence() -> None:
    model, _, event = logged_out(known_on={0})
    assert picked(model, event) == []


def test_nodes_have_the_declared_time() -> None:
    model, _, event = logged_out(known_on={0, 1}, propagation=60.0)
    assert picked(model, event) == []
    event.at -= 61.0
    assert len(picked(model, event)) == 1


def test_what_a_restart_revives_is_no_matter_of_other_claims() -> None:
    model, credential, event = logged_out(known_on={0, 1})
    moment = Moment(model, (event,), final=True)
    assert [subject.value for subject in ended(by="logout").pick(moment)] == [credential]
    model.node = 0
    model.event("restart", Acknowledged(), extra=())
    assert list(ended(by="logout").pick(moment)) == []
    assert credential.state is State.DEAD


def test_what_is_wrong_on_the_node_itself_is_no_matter_of_nodes() -> None:
    wrong = violated("refused", "recognised as alice")
    assert elsewhere(wrong, lambda: wrong).outcome.value == "not judged"
    assert elsewhere(held("refused"), lambda: wrong).violated


# -- the table ------------------------------------------------------------------------------------


def test_the_table_has_a_line_for_each_node() -> None:
    found = [Revocation(2, 1, seconds, 1.0) for seconds in (0.0, 0.25, None)]
    record = SimpleNamespace(revocations=(*found, Revocation(1, 1, 0.0, 1.0)), policy={})
    (line,) = latencies(record)  # type: ignore[arg-type]
    assert (line.node, line.count, line.median) == (2, 3, "250 ms")
    assert line.worst == "still known after 1 s"
    assert line.bound == "0 s"


# -- the reference target -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair() -> Iterator[Running]:
    with running(nodes=2) as target:
        yield target


def test_a_target_of_one_process_cannot_restart_itself() -> None:
    with running() as target, pytest.raises(RuntimeError, match="409"):
        target.control("/_control/restart", {})


@pytest.fixture
def _nodes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    # A hunt on several nodes begins with the histories about them; here nothing follows.
    monkeypatch.setattr(Script, "histories", lambda *_: iter(()))


@pytest.mark.usefixtures("_nodes_only")
def test_two_nodes_that_agree_fail_nothing(pair: Running) -> None:
    found = hunt(pair, budget=TINY, channels=("mobile",))
    assert (found.told, found.trouble) == ((), ())
    assert found.requests > 0


def test_variants_of_several_nodes_say_how_many() -> None:
    assert {nodes for nodes, _ in SEVERAL.values()} == {2, 3}

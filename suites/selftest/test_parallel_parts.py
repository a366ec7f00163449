"""The parts of a parallel run: merged ledgers, dealt work, messages, and a common pace."""

import pickle
import threading
import time
from pathlib import Path

import pytest

from adapters.contract import User
from adapters.exchange import Exchange
from adapters.pace import Pace
from adapters.secrets import VAULT, Secret, Vault
from fixtures.parallel.messages import Noted, packed, unpacked
from suites.catalogue import requirement
from suites.kernel.declare import INVARIANTS, Invariant
from suites.kernel.discover import discover
from suites.kernel.histories import Minimal
from suites.kernel.ledger import Breach, Ledger
from suites.kernel.merge import merge
from suites.kernel.results import Lifeline
from suites.kernel.select import events
from suites.kernel.sharing import dealt, disturbs, longest_first, most_workers, walks
from suites.kernel.verify import Finding, Outcome, deviation, held, not_judged, unclear, violated

CLAIM = Invariant(requirement("SM-2.1"), "it_holds", "It holds.", events("x"), lambda _: held("x"))
LOGIN = {"as": "s1", "do": "log_in", "user": "alice", "device": "laptop", "channel": "web"}


def breach(steps: int, *, after: int = 5, context: str = "a", seen: str = "alive") -> Breach:
    played = tuple({**LOGIN, "as": f"s{n}"} for n in range(1, steps + 1))
    finding = violated("dead", seen)
    return Breach(CLAIM, finding, context, played, "control", "3 of 3", after)


def kept(*findings: Finding, requests: int = 10, histories: int = 1) -> Ledger:
    """A ledger in which these were judged."""
    ledger = Ledger()
    for finding in findings:
        ledger.count(CLAIM, finding, subjects=2, context="a")
    ledger.requests, ledger.histories = requests, histories
    ledger.moves["log_in"] = histories
    return ledger


# -- one ledger out of several --------------------------------------------------------------------


def test_counts_add_up() -> None:
    first, second = kept(held("x"), unclear("x", "503")), kept(held("x"), not_judged("x", "no"))
    first.tally(CLAIM).controls, second.tally(CLAIM).controls = 1, 2
    first.trouble["the target is gone"] = 1
    second.trouble["the target is gone"] = 2
    whole = merge([first, second])
    tally = whole.tally(CLAIM)
    assert (tally.judged, tally.controls) == (4, 3)
    assert tally.outcomes[Outcome.HELD] == 2
    assert dict(tally.unclear_because) == {"503": 1}
    assert dict(tally.not_judged_because) == {"no": 1}
    assert whole.contexts[CLAIM.name, "a"][Outcome.HELD] == 2
    assert (whole.requests, whole.histories, whole.actions) == (20, 2, 2)
    assert dict(whole.trouble) == {"the target is gone": 3}


def test_everything_that_reports_tell_is_kept() -> None:
    first, second = kept(deviation("x", "weaker")), kept(deviation("x", "other"))
    first.lifelines.append(Lifeline("s1", "alice", "laptop", "web", 1.0))
    second.lifelines.append(Lifeline("s2", "bob", "laptop", "web", 2.0))
    first.samples["web session"], second.samples["api session"] = ["a", "b"], ["c", "d"]
    first.coverage.add(("logout", "session", "0"))
    second.coverage.add(("logout", "access", "0"))
    first.examples["it_holds"], second.examples["it_holds"] = (LOGIN,), (LOGIN, LOGIN)
    whole = merge([first, second])
    assert list(whole.tally(CLAIM).notes) == ["x: weaker", "x: other"]
    assert [line.session for line in whole.lifelines] == ["s1", "s2"]
    assert whole.samples == {"web session": ["a", "b"], "api session": ["c", "d"]}
    assert len(whole.coverage) == 2
    assert whole.examples["it_holds"] == (LOGIN,)


def test_a_violation_of_several_ledgers_is_one_with_its_shortest_history() -> None:
    first, second, third = kept(), kept(), kept()
    first.breach(breach(5))
    for length in (3, 4):
        second.breach(breach(length, seen="alive, and shorter"))
    third.breach(breach(3, context="b"))
    whole = merge([first, second, third])
    assert [b.occurrences for b in whole.breaches.values()] == [3, 1]
    same, other = whole.breaches.values()
    assert len(same.steps) == 3
    assert same.finding.seen == "alive, and shorter"
    assert (same.found_after, other.found_after) == (5, 25)


def test_merging_changes_none_of_the_ledgers() -> None:
    first, second = kept(held("x")), kept(held("x"))
    first.breach(breach(5))
    second.breach(breach(2))
    for _ in range(2):
        whole = merge([first, second])
        assert whole.tally(CLAIM).judged == 4
        assert next(iter(whole.breaches.values())).occurrences == 2
    assert first.tally(CLAIM).judged == 2
    assert len(next(iter(first.breaches.values())).steps) == 5
    assert next(iter(second.breaches.values())).found_after == 5


def test_no_ledger_at_all_is_an_empty_one() -> None:
    whole = merge([])
    assert (whole.requests, whole.breaches, whole.tallies) == (0, {}, {})


# -- who does what --------------------------------------------------------------------------------


@pytest.mark.parametrize(("histories", "workers"), [(60, 2), (8, 3), (1000, 7), (1, 2), (0, 2)])
def test_shares_of_a_walk_add_up_and_never_draw_the_same(histories: int, workers: int) -> None:
    shares = walks(7, histories, workers)
    assert sum(share.histories for share in shares) == histories
    assert len(shares) == workers
    drawn = [seed for s in shares for seed in range(s.seed, s.seed + s.histories)]
    assert len(drawn) == len(set(drawn)) == histories
    assert shares[0].seed == 7


def test_no_account_is_dealt_to_two_workers() -> None:
    users = [User(f"user {n}", Secret(f"dealt-password-{n}", "password")) for n in range(7)]
    shares = dealt(users, 3)
    names = [user.name for share in shares for user in share]
    assert [len(share) for share in shares] == [2, 2, 2]
    assert len(names) == len(set(names))


def test_fixed_accounts_bound_the_workers_and_created_ones_do_not() -> None:
    assert most_workers({"login"}, 5) == 2
    assert most_workers({"login"}, 1) == 0
    assert most_workers({"login", "create_user"}, 0) is None


@pytest.mark.parametrize(
    ("step", "able", "alone"),
    [
        ({"do": "wait", "seconds": 60.0}, {"clock", "create_user"}, True),
        ({"do": "wait", "seconds": 60.0}, {"clock"}, False),
        ({"do": "wait", "seconds": 60.0}, set(), False),
        ({"do": "outlive_tokens", "session": "s1", "other": "s2"}, set(), True),
        ({"do": "retire_key", "session": "s1", "other": "s2"}, set(), True),
        (LOGIN, {"clock", "create_user"}, False),
    ],
)
def test_what_moves_time_or_keys_is_done_alone(
    step: dict[str, object], able: set[str], alone: bool
) -> None:
    discover()
    assert disturbs([LOGIN, {"as": "s2", **step}], able) is alone


def test_what_takes_longest_is_dealt_out_first() -> None:
    short, waits, samples = [LOGIN], [{**LOGIN, "seconds": 30.0}], [{**LOGIN, "count": 500}]
    assert longest_first([short, waits, samples]) == [2, 1, 0]


# -- messages -------------------------------------------------------------------------------------


def test_a_message_carries_claims_and_secrets_whole() -> None:
    discover()
    claim = next(iter(INVARIANTS.values()))
    ledger = kept()
    known = Breach(claim, violated("dead", "alive"), "", (LOGIN,), "control", "1 of 1", 3)
    ledger.breach(known)
    told = unpacked(
        packed(Noted(ledger, (("s3cr3t-value-1", "token"),), {"alice": 1}, frozenset()))
    )
    back = told.ledger.breaches[known.id]
    assert back.invariant is claim
    assert told.secrets == (("s3cr3t-value-1", "token"),)


def test_a_secret_travels_without_being_registered_anew() -> None:
    """What is no secret, as a value that we made up, may not become one on the way."""
    before = len(VAULT)
    sent = unpacked(packed(Secret("null-and-void", "session", made_up=True)))
    assert sent.reveal() == "null-and-void"
    assert sent.kind == "session"
    assert len(VAULT) == before
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(sent)


def test_the_exchanges_of_a_finding_travel_as_they_were() -> None:
    minimal = Minimal((LOGIN,))
    minimal.exchanges = (
        Exchange(1, "laptop", "GET", "http://127.0.0.1/", (("Cookie", "sid=1"),), None, 200),
    )
    assert unpacked(packed(minimal)).exchanges == minimal.exchanges


def test_pseudonyms_are_the_same_in_all_processes_of_a_run() -> None:
    first, second = Vault(), Vault()
    assert first.pseudonym("value", "session") != second.pseudonym("value", "session")
    second.adopt(first.key)
    assert first.pseudonym("value", "session") == second.pseudonym("value", "session")


# -- the pace of all together ---------------------------------------------------------------------


def test_a_declared_rate_holds_over_all_that_share_it(tmp_path: Path) -> None:
    left: list[float] = []
    paces = [Pace(100.0) for _ in range(3)]

    def send(pace: Pace) -> None:
        for _ in range(5):
            pace.wait()
            left.append(time.monotonic())

    for pace in paces:
        pace.share(tmp_path / "pace")
    began = time.monotonic()
    threads = [threading.Thread(target=send, args=(pace,)) for pace in paces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(left) == 15
    assert time.monotonic() - began >= 14 / 100


def test_a_rate_is_kept_when_it_begins_to_be_shared(tmp_path: Path) -> None:
    pace = Pace(10.0)
    pace.wait()
    pace.share(tmp_path / "pace")
    began = time.monotonic()
    pace.wait()
    assert time.monotonic() - began >= 0.09

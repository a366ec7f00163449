"""What is chosen and what is said of requests of other sites, lent tokens, and recorded traffic."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.contract import Acknowledged, Answer, Device, Refused, Unclear
from adapters.crossing import CROSSINGS
from adapters.exchange import Exchange
from suites.kernel.bench import Bench
from suites.kernel.captured import CHANGING, READING, REPLAYED, Replay, Resent
from suites.kernel.declare import Moment
from suites.kernel.forging import PREFIXED, RIDDEN, Forged, Forgeries
from suites.kernel.lending import CHOSEN_PAIR, LENT, MADE_UP, OTHER_USER, Lent, Loans
from suites.kernel.model import Model, Session
from suites.kernel.policy import Policy
from suites.kernel.select_crossing import forgeries, lent, replays, resent, shared
from suites.kernel.verify import Outcome
from suites.kernel.verify_crossing import (
    no_forged_login,
    no_forged_logout,
    nothing_lent,
    shares_nothing,
    stored_nothing,
    without_effect,
    worthless,
)
from suites.selftest.toy import Toy, world_on

FORM = next(one for one in CROSSINGS if one.name == "a form of another site")
LINK = next(one for one in CROSSINGS if one.name == "a link of another site")
DATED = next(one for one in CROSSINGS if one.dated)
UNDECLARED = Policy({})


def forged(effect: bool | None, crossing: Any = FORM, **said: Any) -> Forged:
    return Forged(crossing, Acknowledged() if effect else Refused("no"), effect, **said)


def outcome(one: Forged, *others: Forged, **declared: Any) -> Outcome:
    policy = Policy({f"csrf.{key}": value for key, value in declared.items()})
    return without_effect(one, Forgeries([one, *others]), policy).outcome


def test_what_has_no_effect_holds_whatever_defends_the_target() -> None:
    assert outcome(forged(False)) is Outcome.HELD
    assert outcome(forged(None)) is Outcome.UNCLEAR
    assert outcome(forged(True)) is Outcome.VIOLATED


def test_what_had_no_effect_and_no_answer_holds_nothing() -> None:
    unheard = replace(forged(False), answer=Unclear("POST /note answered 429"))
    assert outcome(unheard) is Outcome.UNCLEAR
    assert shares_nothing(unheard, UNDECLARED).outcome is Outcome.UNCLEAR
    assert outcome(replace(unheard, effect=True)) is Outcome.VIOLATED


def test_what_a_browser_keeps_at_home_is_a_deviation_unless_the_target_is_to_refuse() -> None:
    kept = forged(True, kept_home="SameSite=Lax")
    assert outcome(kept) is Outcome.DEVIATION
    assert outcome(kept, mechanism="samesite_only") is Outcome.DEVIATION
    assert outcome(kept, mechanism="synchronizer") is Outcome.VIOLATED
    # A link takes a Lax cookie along.
    assert outcome(forged(True, LINK), mechanism="samesite_only") is Outcome.VIOLATED


def test_what_only_browsers_of_the_past_send_is_a_warning_where_origins_defend() -> None:
    old = forged(True, DATED)
    assert outcome(old) is Outcome.WARNING
    assert outcome(old, forged(False)) is Outcome.WARNING
    assert outcome(old, forged(True)) is Outcome.VIOLATED
    assert outcome(old, mechanism="synchronizer") is Outcome.VIOLATED


def test_a_logout_that_is_declared_unprotected_is_a_deviation() -> None:
    one = forged(True)
    declared = Policy({"csrf.logout_protected": False})
    assert no_forged_logout(one, Forgeries([one]), declared).outcome is Outcome.DEVIATION
    assert no_forged_logout(one, Forgeries([one]), UNDECLARED).outcome is Outcome.VIOLATED


def test_a_login_with_planted_cookies_is_a_warning_where_they_can_be_planted() -> None:
    open_, safe = forged(True, planted="any site of the domain"), forged(True, planted=PREFIXED)
    assert no_forged_login(open_, Forgeries([open_]), UNDECLARED).outcome is Outcome.WARNING
    assert no_forged_login(safe, Forgeries([safe]), UNDECLARED).outcome is Outcome.HELD
    plain = forged(True)
    assert no_forged_login(plain, Forgeries([plain]), UNDECLARED).outcome is Outcome.VIOLATED


def test_scripts_that_may_read_are_violations_and_deviations_where_cookies_stay_at_home() -> None:
    assert shares_nothing(forged(False), UNDECLARED).outcome is Outcome.HELD
    assert shares_nothing(forged(True), UNDECLARED).outcome is Outcome.VIOLATED
    kept = forged(True, kept_home="SameSite=Lax")
    assert shares_nothing(kept, UNDECLARED).outcome is Outcome.DEVIATION


def loan(relation: str, effect: bool | None) -> Lent:
    session: Session = None  # type: ignore[assignment]
    return Lent(relation, session, Refused("no"), effect)


def test_a_lent_token_may_do_nothing_save_where_a_naive_one_is_declared() -> None:
    assert nothing_lent(loan(OTHER_USER, False), UNDECLARED).outcome is Outcome.HELD
    assert nothing_lent(loan(OTHER_USER, None), UNDECLARED).outcome is Outcome.UNCLEAR
    assert nothing_lent(loan(CHOSEN_PAIR, True), UNDECLARED).outcome is Outcome.VIOLATED
    naive = Policy({"csrf.mechanism": "naive_double_submit"})
    assert nothing_lent(loan(CHOSEN_PAIR, True), naive).outcome is Outcome.DEVIATION
    assert nothing_lent(loan(OTHER_USER, True), naive).outcome is Outcome.VIOLATED


def sent(**said: Any) -> Resent:
    plain = Resent(READING, "probe me", answered=True, shown=(), opened=())
    return replace(plain, **said)


@pytest.mark.parametrize(
    ("resent_", "why_not", "expected"),
    [
        (sent(), "", Outcome.HELD),
        (sent(answered=False), "", Outcome.UNCLEAR),
        (sent(shown=("login name of alice",)), "", Outcome.VIOLATED),
        (sent(opened=("alice",)), "", Outcome.VIOLATED),
        (sent(opened=("alice",)), "alive anyway", Outcome.NOT_JUDGED),
    ],
)
def test_recorded_traffic_shows_and_opens_nothing(
    resent_: Resent, why_not: str, expected: Outcome
) -> None:
    assert worthless(resent_, Replay([resent_], why_not=why_not)).outcome is expected


def test_recorded_traffic_stores_nothing() -> None:
    assert stored_nothing(Replay([], changed=False)).outcome is Outcome.HELD
    assert stored_nothing(Replay([], changed=True)).outcome is Outcome.VIOLATED
    assert stored_nothing(Replay([], True, "alive anyway")).outcome is Outcome.NOT_JUDGED


def moment(kind: str, extra: object) -> Moment:
    model = Model({})
    event = model.event(kind, None, extra=extra)
    return Moment(model, (event,), final=False)


def contexts(selector: Any, kind: str, extra: object) -> list[str]:
    return [subject.context for subject in selector.pick(moment(kind, extra))]


def test_requests_count_only_if_the_genuine_one_worked() -> None:
    found = Forgeries([forged(False), forged(False, LINK)], [forged(False)])
    assert contexts(forgeries(RIDDEN), RIDDEN, found) == [FORM.name, LINK.name]
    assert contexts(shared(RIDDEN), RIDDEN, found) == [FORM.name]
    assert contexts(forgeries(RIDDEN), "another kind", None) == []
    found.worked = False
    assert contexts(forgeries(RIDDEN), RIDDEN, found) == []
    assert contexts(shared(RIDDEN), RIDDEN, found) == []


def test_what_works_for_one_reason_is_told_once_and_by_the_plainest() -> None:
    before = forged(True, circumstances=" before any form")
    found = Forgeries([before, forged(True), forged(True, DATED), forged(True, LINK)])
    assert set(contexts(forgeries(RIDDEN), RIDDEN, found)) == {FORM.name, LINK.name}
    alone = Forgeries([before, forged(False)])
    assert contexts(forgeries(RIDDEN), RIDDEN, alone)[0] == before.words


def test_lent_tokens_count_only_if_the_own_ones_worked() -> None:
    loans = Loans([loan(OTHER_USER, True), loan(MADE_UP, False)], worked=True)
    every = lent(lambda _: True)
    assert contexts(every, LENT, loans) == [OTHER_USER, MADE_UP]
    assert contexts(lent(lambda one: one.relation == MADE_UP), LENT, loans) == [MADE_UP]
    loans.lent[1] = loan(MADE_UP, True)
    assert set(contexts(every, LENT, loans)) == {MADE_UP}
    assert contexts(every, LENT, Loans(loans.lent, worked=False)) == []


def test_replays_are_selected_by_what_was_sent_and_where_something_could_change() -> None:
    replay = Replay([sent(), sent(what=CHANGING, label="write_marker")], changed=False)
    assert contexts(resent(), REPLAYED, replay) == [
        f"{READING} | probe me",
        f"{CHANGING} | write_marker",
    ]
    assert contexts(replays(), REPLAYED, replay) == [REPLAYED]
    replay.changed = None
    assert contexts(replays(), REPLAYED, replay) == []


def test_a_target_whose_sessions_never_travel_by_themselves_is_not_judged() -> None:
    assert "csrf.mechanism" in UNDECLARED.said
    assert "csrf.mechanism" not in Policy({"csrf.mechanism": "none_bearer"}).said


class Busy(Toy):
    """Sends recorded requests again; each answer is the next of those given."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self.answers = list(answers)
        self.bench: Bench | None = None

    def resend(self, exchange: Exchange, device: Device, *, channel: str, node: int) -> Answer:
        """Show the data of alice to the first who asks, and turn the next one away."""
        answer = self.answers.pop(0)
        assert self.bench is not None
        body = b"alice-in-person" if isinstance(answer, Acknowledged) else b"later"
        self.bench.exchanges.append(("resend", replace(exchange, body=body)))
        return answer


@pytest.mark.parametrize(
    ("answers", "answered", "shown"),
    [
        ((Acknowledged(), Refused("401")), True, ("identity of alice",)),
        ((Acknowledged(), Unclear("429")), False, ()),
        ((Unclear("429"),), False, ()),
    ],
)
def test_a_stranger_who_is_turned_away_by_a_busy_target_proves_nothing(
    answers: tuple[Answer, ...], answered: bool, shown: tuple[str, ...]
) -> None:
    toy = Busy(*answers)
    world = world_on(toy)
    world.bench.names = {"alice-in-person": "alice"}
    toy.bench = world.bench
    recorded = Exchange(1, "laptop", "GET", "https://toy.test/me", (), None, 200)
    session = world.login("alice", "laptop", channel="web")
    assert session is not None
    resent = world._resent(session, "probe me", recorded)
    assert (resent.answered, resent.shown) == (answered, shown)

"""What is said of alerts: each attack is told and answered, and ordinary use left alone."""

from types import SimpleNamespace

import pytest

from adapters.journals.lines import Line
from adapters.journals.sink import Alert
from suites.kernel.abuses import (
    CONTEXTS,
    ENOUGH,
    GUESSING,
    NEW_DEVICE,
    REUSE,
    STEP_UP,
    Trace,
    needed,
)
from suites.kernel.anomalies import Anomalies, Watch
from suites.kernel.policy import Policy
from suites.kernel.verify import Outcome
from suites.kernel.verify_anomalies import ANSWERED, QUIET, TOLD, declares_detection, noticed

POLICY = Policy({"anomaly": {"detect": [REUSE], "action": {REUSE: "revoke"}}})
SILENT = Policy({"anomaly": {"detect": [REUSE]}})


def alert(kind: str | None = REUSE) -> Alert:
    """Return an alert of a kind."""
    return Alert(kind, frozenset(), Line("", 0.0, "sink"))


def traces(attack: bool, count: int = ENOUGH) -> list[Trace]:
    """Return traces as they are of a target that is right."""
    alerts = [[alert()] if attack else [] for _ in range(count)]
    return [
        Trace(REUSE, attack, n, "alice", alerts=alerts[n], answered=True if attack else None)
        for n in range(count)
    ]


def said(what: str, found: list[Trace], policy: Policy = POLICY) -> Outcome:
    """Return what is said of one side of these traces."""
    return noticed((Watch(REUSE, tuple(found)), what), policy).outcome


@pytest.mark.parametrize("what", [TOLD, ANSWERED, QUIET])
def test_a_target_that_tells_and_answers_is_right(what: str) -> None:
    assert said(what, traces(True) + traces(False)) is Outcome.HELD


def test_one_attack_of_three_without_an_alert_is_a_violation() -> None:
    found = traces(True) + traces(False)
    found[1].alerts.clear()
    assert said(TOLD, found) is Outcome.VIOLATED
    found[1].alerts.append(alert(CONTEXTS))
    assert said(TOLD, found) is Outcome.VIOLATED
    assert said(TOLD, found[1:2]) is Outcome.VIOLATED


def test_a_response_that_does_not_come_is_a_violation_where_it_is_declared() -> None:
    found = traces(True) + traces(False)
    found[2].answered = False
    assert said(ANSWERED, found) is Outcome.VIOLATED
    assert said(ANSWERED, found, SILENT) is Outcome.NOT_JUDGED
    found[2].answered = None
    assert said(ANSWERED, found) is Outcome.NOT_JUDGED


def test_an_alert_about_ordinary_use_is_a_violation_but_a_device_is_new_once() -> None:
    found = traces(True) + traces(False)
    found[-1].alerts.append(alert(NEW_DEVICE))
    assert said(QUIET, found) is Outcome.HELD
    found[-1].alerts.append(alert(CONTEXTS))
    assert said(QUIET, found) is Outcome.VIOLATED


@pytest.mark.parametrize("what", [TOLD, QUIET])
def test_fewer_than_three_of_each_say_nothing(what: str) -> None:
    assert said(what, traces(True, 2) + traces(False)) is Outcome.NOT_JUDGED
    assert said(what, traces(True) + traces(False, 2)) is Outcome.NOT_JUDGED


def test_a_trace_that_was_not_played_gives_its_reason() -> None:
    found = traces(True) + traces(False)
    for trace in found:
        trace.why = "sink: port 5514 of 127.0.0.1 is taken"
    told = noticed((Watch(REUSE, tuple(found), found[0].why), TOLD), POLICY)
    assert (told.outcome, told.seen) == (Outcome.NOT_JUDGED, found[0].why)


def test_records_that_are_not_mapped_are_no_missing_alerts() -> None:
    found = traces(True) + traces(False)
    for trace in found[:3]:
        trace.alerts.clear()
        trace.unknown = 2
    assert said(TOLD, found) is Outcome.NOT_JUDGED


def test_an_alert_that_names_nothing_of_the_run_is_neither_missing_nor_enough() -> None:
    found = traces(True) + traces(False)
    found[1].alerts.clear()
    found[1].nameless = 1
    told = noticed((Watch(REUSE, tuple(found)), TOLD), POLICY)
    assert told.outcome is Outcome.NOT_JUDGED
    assert "came after attack 1, and names neither its account nor an address" in told.seen
    found[2].alerts.clear()
    assert said(TOLD, found) is Outcome.VIOLATED


class Played(Anomalies):
    """Acts that do nothing, beside a sink where alerts have arrived."""

    def __init__(self, *alerts: Alert, unheard: str = "") -> None:
        self.left: list[Alert] = list(alerts)
        self.bench = SimpleNamespace(  # type: ignore[assignment]
            adapter=SimpleNamespace(
                sink=SimpleNamespace(read=self.next, unheard=unheard),
                before_call=lambda: None,
            )
        )
        self.policy = Policy({"anomaly": {"max_delay_seconds": 0}})

    def next(self) -> list[Alert]:
        """Return the next alert that has arrived."""
        return [self.left.pop(0)] if self.left else []

    def wait_for(self, trace: Trace) -> None:
        """Wait for the alert about an attack."""
        self._traces().append(trace)
        self._await(trace)


def test_alerts_of_the_awaited_kind_that_name_nobody_are_counted_while_it_is_awaited() -> None:
    by_address = Alert(GUESSING, frozenset({"198.51.100.7"}), Line("", 0.0, "sink"))
    acts = Played(by_address, alert(REUSE), alert(None))
    first = Trace(GUESSING, True, 1, "alice", marks={"alice"})
    acts.wait_for(first)
    assert (first.nameless, first.alerts, first.unknown) == (1, [], 0)
    acts.left = [by_address]
    acts._take()
    assert first.nameless == 1


def test_an_alert_that_could_not_get_through_is_none_that_nobody_raised() -> None:
    acts = Played(unheard="sink: a TLS handshake failed")
    first = Trace(GUESSING, True, 1, "alice", marks={"alice"})
    acts.wait_for(first)
    assert first.why == "sink: a TLS handshake failed"


def test_nothing_declared_is_a_warning() -> None:
    assert declares_detection(Policy({})).outcome is Outcome.WARNING
    assert declares_detection(POLICY).outcome is Outcome.HELD


def test_what_shows_a_kind_follows_from_it_and_from_its_response() -> None:
    assert needed(POLICY, REUSE) == {"refresh"}
    raised = Policy({"anomaly": {"action": {CONTEXTS: STEP_UP}}})
    assert needed(raised, CONTEXTS) == {"step_up", "sensitive_action"}

"""Verifiers for alerts: what an attack has to raise, and what ordinary use must not."""

from collections.abc import Iterator

from suites.kernel.abuses import ALERT, ENOUGH, Trace, response
from suites.kernel.anomalies import WATCHED, Watch
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.policy import DETECTED, Policy
from suites.kernel.verify import Finding, check, held, not_judged, violated, warning

TOLD, ANSWERED, QUIET = ("is told", "is answered", "is left alone")
CONTROL = "the alerts of the target arrive, and ordinary use was played beside the attacks"


def detected(kind: str) -> str:
    """Return the need of a claim about one kind of anomaly: that its detection is declared."""
    return f"{DETECTED}={kind}"


def watched(kind: str) -> Selector:
    """Select what came of the attacks of one kind, and of as much ordinary use."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == WATCHED and event.detail == kind:
                for what in (TOLD, ANSWERED, QUIET):
                    weight = len(event.extra.of(attack=what is not QUIET))
                    key, about = (event.number, what), f"{kind} {what}"
                    yield Subject((event.extra, what), key, about, max(weight, 1))

    return Selector(f"attacks by {kind.replace('_', ' ')}", pick, CONTROL)


def declares_detection(policy: Policy) -> Finding:
    """Judge that somebody says which anomalies the target notices."""
    expected = "a declared anomaly.detect (ASVS 16.3.3)"
    kinds = policy["anomaly.detect"]
    if not kinds:
        return warning(expected, "none declared: from outside it cannot be told what is detected")
    return held(expected, ", ".join(kinds))


def noticed(subject: tuple[Watch, str], policy: Policy) -> Finding:
    """Judge one side of what a target made of attacks and of ordinary use."""
    watch, what = subject
    wanted = response(policy, watch.kind)
    within = f"within {policy['anomaly.max_delay_seconds']:g} s"
    expected = {
        TOLD: f"an alert {within} of each attack",
        ANSWERED: f"the declared response to each attack {within}: {wanted}",
        QUIET: "no alert about ordinary use",
    }[what]
    traces = watch.of(attack=what is not QUIET)
    if what is ANSWERED and wanted == ALERT:
        return not_judged(expected, "the declared response is the alert itself")
    wrong = next((t for t in traces if _is_wrong(t, what)), None)
    if wrong is not None:
        return violated(expected, _words(wrong, what))
    if any(what is ANSWERED and trace.answered is None for trace in traces):
        return not_judged(expected, f"a response of this kind ({wanted}) could not be looked for")
    both = min(len(watch.of(attack=True)), len(watch.of(attack=False)))
    if both < ENOUGH:
        why = watch.why or f"{both} attacks beside as much ordinary use, and {ENOUGH} are needed"
        return not_judged(expected, why)
    nameless = next((t for t in traces if what is TOLD and t.nameless and not _is_told(t)), None)
    if nameless is not None:
        return not_judged(expected, _whose(nameless))
    unmapped = sum(trace.unknown for trace in traces)
    if what is TOLD and unmapped and not any(trace.alerts for trace in traces):
        return not_judged(expected, f"{unmapped} records came that alert_sink.alerts does not map")
    return check(True, expected, "as expected")


def _is_wrong(trace: Trace, what: str) -> bool:
    if what is QUIET:
        return bool(trace.strange)
    if what is ANSWERED:
        return trace.answered is False
    return not _is_told(trace) and not trace.unknown and not trace.nameless


def _is_told(trace: Trace) -> bool:
    # Where only messages can be read, the message is the alert.
    return trace.noticed or (not trace.listened and trace.answered is True)


def _whose(trace: Trace) -> str:
    return (
        f"an alert of this kind came after attack {trace.number}, and names neither its account "
        "nor an address that only it came from"
    )


def _words(trace: Trace, what: str) -> str:
    if what is QUIET:
        return f"an alert ({', '.join(trace.strange)}) about ordinary use, trace {trace.number}"
    if what is ANSWERED:
        return f"{trace.seen} after attack {trace.number}"
    return f"no alert about attack {trace.number} ({trace.moves} requests)"

"""Operations that send their callers on, and those that could not be judged: what a pass says."""

from pathlib import Path
from typing import Any

import pytest

from adapters.operations import Came
from suites.kernel.results import Swept
from suites.kernel.sweep import NOTHING, Sweep, Trial
from suites.kernel.sweeping import NO_SESSION
from suites.kernel.verdict import Verdict
from suites.kernel.verify import Outcome
from suites.kernel.verify_sweep import (
    judged_throughout,
    refused_however_spelled,
    refused_in_every_state,
)
from suites.selftest.described import Described, documented, operation, swept
from suites.selftest.loopback import Asked, Given


class Ordering(Described):
    """Takes orders and says where they are; who is asked for it goes to the page of `turned`."""

    turned = ""
    orders = 0

    def answer(self, asked: Asked) -> Given:
        path = asked.path.partition("?")[0].rstrip("/")
        _, _, token = (asked.header("Authorization") or "").partition(" ")
        if path != "/api/orders":
            return super().answer(asked)
        if self.turned and token not in self.tokens:
            return Given(302, b"", (("Location", self.turned),))
        self.orders += 1
        return Given(303, b"", (("Location", f"/api/receipts/{self.orders}"),))


def ordered(folder: Path, turned: str, **how: Any) -> tuple[Verdict, str, Swept]:
    paths = {"/api/orders": {"post": operation()}, "/api/me": {"get": operation()}}
    target = Ordering(documented(paths))
    target.turned = turned
    with swept(folder, target, **how) as (run, _):
        result = run.results["SM-8.4"]
        row = next(r for r in run.record().swept if r.operation == "POST /api/orders")
    return result.verdict, result.reason, row


def test_who_is_sent_where_a_living_artefact_is_sent_was_not_refused(tmp_path: Path) -> None:
    verdict, reason, row = ordered(tmp_path, "")
    assert row.live == row.states[NOTHING] == "sent away"
    assert "no artefact: POST /api/orders answered 303 to /api/receipts/" in row.why
    assert "sent where a living artefact is sent" in row.why
    assert verdict is Verdict.WARNING
    assert "1 of 2 operations judged; 1 not: POST /api/orders: sent where" in reason


@pytest.mark.parametrize("page", ["/sign-in", "/sign-in?next=/api/orders"])
def test_who_is_sent_elsewhere_was_refused(tmp_path: Path, page: str) -> None:
    verdict, reason, row = ordered(tmp_path, page)
    assert (verdict, reason) == (Verdict.PASS, "every judged subject held")
    assert (row.live, row.states[NOTHING], row.why) == ("sent away", "sent away", "")


def test_a_redirect_that_is_declared_as_a_refusal_is_one(tmp_path: Path) -> None:
    openapi = "{document: /openapi.json, refused: {redirect: /sign-in}}"
    verdict, _, row = ordered(tmp_path, "/sign-in", openapi=openapi)
    assert (verdict, row.states[NOTHING]) == (Verdict.PASS, "refused")


def test_other_spellings_that_are_sent_where_a_living_artefact_is_sent_are_not_judged() -> None:
    sweep = Sweep("POST /x", "api", safe=False)
    sweep.control = Trial("alive", Came.SENT_AWAY, "POST /x answered 303 to /done", led="/done?")
    for led, outcome in (("/done?", Outcome.NOT_JUDGED), ("/sign-in?", Outcome.HELD)):
        sent = Trial(NOTHING, Came.SENT_AWAY, "sent", spelling="by HEAD", led=led)
        sweep.trials, sweep.spelled = [sent], [sent]
        assert refused_in_every_state(sweep).outcome is outcome
        assert refused_however_spelled(sweep).outcome is outcome


def test_the_reasons_of_many_operations_that_were_not_judged_are_cut_short() -> None:
    sweeps = [Sweep(f"GET /{n}", "api", safe=True, why=NO_SESSION) for n in range(7)]
    sweeps[0].spared = True
    found = judged_throughout(sweeps)
    assert found.outcome is Outcome.WARNING
    assert found.seen.startswith("0 of 6 operations judged; 6 not: GET /1: no session")
    assert found.seen.endswith(f"GET /5: {NO_SESSION}; 1 more")
    assert judged_throughout(sweeps[:1]).outcome is Outcome.HELD

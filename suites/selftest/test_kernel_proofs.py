"""Proofs, visitors halfway in, and contexts: what is selected, and what each look comes to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Refused,
    Seen,
    Unclear,
    User,
)
from adapters.secrets import Secret
from suites.kernel import proving
from suites.kernel.contexts import CONTEXTS, UNSEEN, Elsewhere, trusted
from suites.kernel.halfway import FINISHED, HALFWAY, PENDING, Halfway
from suites.kernel.policy import Policy, PolicyError
from suites.kernel.proving import (
    CHANGE_PASSWORD,
    CRITICAL,
    ELSEWHERE,
    FORMER,
    MISSING,
    NEVER,
    OTHER,
    OWN,
    PROOFS,
    WRONG,
    Deed,
)
from suites.kernel.select_contexts import elsewhere
from suites.kernel.select_halfway import visitors, waiting
from suites.kernel.select_proving import deeds
from suites.kernel.stage import FAILURES_ALLOWED
from suites.kernel.verify import Outcome
from suites.kernel.verify_contexts import goes_on, stays_behind
from suites.kernel.verify_proving import not_done
from suites.selftest.past import History
from suites.selftest.toy import Toy, log_in, world_on

NAMED = Policy({"reauth": {"actions": [OTHER]}})
DONE, NOT_DONE = Acknowledged(), Refused("403")
NOBODY, ALICE = Seen("me", None, True, "401"), Seen("me", "alice", True, "200")


@pytest.mark.parametrize(
    ("answer", "done", "policy", "outcome"),
    [
        (NOT_DONE, False, NAMED, Outcome.HELD),
        (DONE, False, NAMED, Outcome.HELD),
        (DONE, True, NAMED, Outcome.VIOLATED),
        (NOT_DONE, True, NAMED, Outcome.VIOLATED),
        (DONE, True, Policy(), Outcome.WARNING),
        (DONE, None, NAMED, Outcome.UNCLEAR),
        (Unclear("503"), False, NAMED, Outcome.UNCLEAR),
    ],
)
def test_an_action_is_judged_by_its_effect(
    answer: Answer, done: bool | None, policy: Policy, outcome: Outcome
) -> None:
    assert not_done(Deed(OTHER, NEVER, answer, done), policy).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "selected"),
    [
        ({"proven": True}, True),
        ({"done": True}, True),
        ({}, False),
        ({"proven": True, "due": None}, False),
        ({"proven": True, "due": True}, False),
        ({"proven": True, "proof": ELSEWHERE}, False),
        ({"proven": True, "action": "change_password"}, False),
    ],
)
def test_an_action_counts_where_a_proper_one_was_done(
    changes: dict[str, object], selected: bool
) -> None:
    past = History()
    deed = replace(Deed(OTHER, NEVER, NOT_DONE, False), **changes)  # type: ignore[arg-type]
    event = past.model.event(CRITICAL, None, user="alice", extra=deed)
    assert bool(past.pick(deeds(OTHER, but=(ELSEWHERE,)), event)) is selected


@pytest.mark.parametrize(
    ("flows", "seen", "selected"), [(2, NOBODY, False), (3, NOBODY, True), (1, ALICE, True)]
)
def test_a_visitor_counts_after_enough_flows(flows: int, seen: Seen, selected: bool) -> None:
    past = History()
    step = Halfway("a visit", "alice", flows, (("jar", seen),))
    event = past.model.event(HALFWAY, None, user="alice", extra=step)
    assert bool(past.pick(visitors(), event)) is selected


def test_what_waits_counts_when_its_owner_got_in() -> None:
    past = History()
    step = Halfway(PENDING, "alice", 1, (("jar", NOBODY),))
    begun = past.model.event(HALFWAY, None, user="alice", extra=step, detail=PENDING)
    assert past.pick(waiting(), begun) == []
    after = replace(step, flow=FINISHED)
    ended = past.model.event(HALFWAY, None, user="alice", extra=after, detail=FINISHED)
    assert past.pick(waiting(), ended) == [step, after]


IP = {"binding": {"mode": "ip"}}
ALERT = {"binding": {"mode": "ip", "action": "alert"}}


@pytest.mark.parametrize(
    ("accepted", "apart", "declared", "outcome"),
    [
        (False, True, IP, Outcome.HELD),
        (True, True, IP, Outcome.VIOLATED),
        (True, True, ALERT, Outcome.DEVIATION),
        (True, False, IP, Outcome.NOT_JUDGED),
        (None, True, IP, Outcome.UNCLEAR),
        (True, False, {}, Outcome.WARNING),
        (False, False, {}, Outcome.HELD),
    ],
)
def test_a_session_is_judged_in_another_context(
    accepted: bool | None, apart: bool, declared: dict[str, object], outcome: Outcome
) -> None:
    policy = Policy(declared)
    use = Elsewhere("presented", str(policy["binding.mode"]), accepted, "why", apart)
    found = stays_behind(use, policy)
    assert found.outcome is outcome
    assert (found.seen == UNSEEN) is (outcome is Outcome.NOT_JUDGED)


def test_a_context_that_cannot_be_made_is_not_judged() -> None:
    use = Elsewhere("presented", "ip", None, "", impossible="no such address")
    assert stays_behind(use, Policy(IP)).outcome is Outcome.NOT_JUDGED


@pytest.mark.parametrize(
    ("accepted", "outcome"),
    [(True, Outcome.HELD), (False, Outcome.VIOLATED), (None, Outcome.UNCLEAR)],
)
def test_an_owner_goes_on(accepted: bool | None, outcome: Outcome) -> None:
    assert goes_on(Elsewhere("used", "ip", accepted, "why")).outcome is outcome


def test_uses_elsewhere_are_selected_one_by_one() -> None:
    past = History()
    uses = [Elsewhere("presented", "ip", False, ""), Elsewhere("renewed", "ip", True, "")]
    past.model.event(CONTEXTS, None, user="alice", extra=uses)
    assert past.pick(elsewhere(lambda use: use.what == "renewed")) == uses[1:]


def test_a_declared_proxy_is_trusted() -> None:
    policy = Policy({"trusted_proxies": ["127.0.0.0/8"]})
    assert trusted(policy, "127.9.77.9")
    assert not trusted(Policy(), "127.9.77.9")


def test_a_proxy_that_is_no_network_is_told() -> None:
    with pytest.raises(PolicyError, match=r"names 'edge'; write addresses or networks"):
        Policy({"trusted_proxies": ["edge"]})


# -- what a fixed account can bear ----------------------------------------------------------------


class Counting(Toy):
    """Counts what it takes for a wrong password; `lenient` changes a password without one."""

    lenient = False
    counted = 0

    def change_password(
        self,
        held: Sequence[Artefact],
        device: Device,
        old: Secret,
        new: Secret,
        **where: Any,
    ) -> Answer:
        """Count a wrong password, or one that is not there."""
        entry = self._entry(held, device, where["channel"])
        self.counted += entry is not None and self.passwords[entry.user] != old.reveal()
        if self.lenient:
            return Acknowledged()
        return super().change_password(held, device, old, new, **where)

    def login(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Count a wrong password."""
        self.counted += self.passwords.get(user.name) != user.password.reveal()
        return super().login(user, device, channel=channel, node=node)


@pytest.mark.parametrize("earlier", [0, 1])
@pytest.mark.parametrize("proofs", [PROOFS, (MISSING, FORMER)])
def test_a_fixed_account_sees_no_more_wrong_passwords_than_it_can_bear(
    earlier: int, proofs: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "PROOFS", proofs)
    toy = Counting()
    world = world_on(toy)
    world.model.throwaway = False
    world.failures["alice"] = earlier
    world.try_proofs(log_in(world), CHANGE_PASSWORD)
    assert (toy.counted, world.failures["alice"]) == (FAILURES_ALLOWED - earlier, FAILURES_ALLOWED)


def test_a_login_with_a_password_that_was_not_set_after_all_is_counted_too() -> None:
    toy = Counting()
    toy.lenient = True
    world = world_on(toy)
    world.model.throwaway = False
    world.try_proofs(log_in(world), CHANGE_PASSWORD)
    tried = [event.extra.proof for event in world.model.events if event.kind == CRITICAL]
    assert tried == [MISSING, WRONG, OWN]

"""Judging one history: controls first, violations asked again, one fault told once."""

from collections.abc import Callable
from typing import Any

from adapters.contract import Acknowledged, Kind
from suites.catalogue import requirement
from suites.kernel.bench import Bench
from suites.kernel.declare import Invariant, Selector
from suites.kernel.examine import Examiner, names_in, take_over
from suites.kernel.ledger import Ledger
from suites.kernel.model import Credential, Event, Session, State
from suites.kernel.select import ended, events, issued, live
from suites.kernel.verify import Finding, Outcome, check, recognised_as, refused, unusable
from suites.kernel.world import World
from suites.selftest.toy import Toy, log_in, world_on

STEPS = ({"as": "s1", "do": "log_in"},)


def claim(judge: Callable[..., Finding], over: Selector, **said: Any) -> Invariant:
    """Declare a claim that is in no registry."""
    names = tuple(name for name in judge.__annotations__ if name != "return")
    return Invariant(
        requirement=requirement("X-9"),
        name=judge.__name__,
        claim="It holds.",
        over=over,
        judge=judge,
        parameters=names,
        controlled="target" in names or said.pop("controlled", False),
        **said,
    )


def logged_out_is_refused(credential: Credential, target: Bench) -> Finding:
    return refused(target.replay(credential))


def the_living_are_recognised(session: Session, target: Bench) -> Finding:
    return recognised_as(session.user, target.replay(session))


def refresh_is_used_up(credential: Credential, target: Bench) -> Finding:
    return unusable(target.present(credential))


def logouts_are_quiet(logout: Event) -> Finding:
    return check(False, "silence", f"{logout.kind} told")


DEAD = claim(logged_out_is_refused, ended(by="logout"))
LIVING = claim(the_living_are_recognised, live())
PASSIVE = claim(logouts_are_quiet, events("logout"))


class Sitting:
    """One examined history on a toy."""

    def __init__(self, toy: Toy, *claims: Invariant, confirm: bool = True) -> None:
        self.toy = toy
        self.ledger = Ledger()
        self.world: World = world_on(toy)
        self.examiner = Examiner(claims, self.ledger, self.world, confirm=confirm)

    def logged_out(self) -> Session:
        """Log in and out, and judge."""
        session = log_in(self.world)
        self.world.logout(session)
        self.examiner.after(STEPS, 0)
        return session

    def outcomes(self, invariant: Invariant) -> dict[Outcome, int]:
        """The counts of a claim."""
        return dict(self.ledger.tally(invariant).outcomes)


def keeping() -> Toy:
    return Toy(wrong=["logout keeps"])


# -- controls -------------------------------------------------------------------------------------


def test_nothing_counts_before_the_controls_of_the_history_held() -> None:
    sitting = Sitting(keeping(), DEAD, PASSIVE)
    sitting.logged_out()
    assert sitting.ledger.tallies == {}
    assert sitting.ledger.breaches == {}


def test_a_held_claim_counts_once_the_controls_held() -> None:
    sitting = Sitting(Toy(), DEAD)
    sitting.logged_out()
    sitting.examiner.settle(None)
    tally = sitting.ledger.tally(DEAD)
    assert (tally.judged, tally.controls) == (1, 1)
    assert sitting.outcomes(DEAD) == {Outcome.HELD: 1}
    assert sitting.ledger.examples[DEAD.name] == STEPS


def test_with_failed_controls_no_violation_and_no_pass_counts() -> None:
    for toy in (keeping(), Toy()):
        sitting = Sitting(toy, DEAD)
        sitting.logged_out()
        sitting.examiner.settle("a fresh login is not possible")
        assert sitting.outcomes(DEAD) == {Outcome.UNCLEAR: 1}
        assert sitting.ledger.tally(DEAD).judged == 0
        assert sitting.ledger.breaches == {}
        assert sitting.ledger.examples == {}


def test_the_reason_of_the_failed_controls_is_kept() -> None:
    sitting = Sitting(Toy(), DEAD)
    sitting.logged_out()
    sitting.examiner.settle("the target names somebody to a stranger")
    why = sitting.ledger.tally(DEAD).unclear_because
    assert dict(why) == {"the target names somebody to a stranger": 1}


def test_a_history_whose_controls_failed_adds_no_control() -> None:
    sitting = Sitting(Toy(), DEAD)
    sitting.logged_out()
    sitting.examiner.settle("a fresh login is not possible")
    assert sitting.ledger.tally(DEAD).controls == 0


def test_what_was_seen_in_passing_stands_without_controls() -> None:
    sitting = Sitting(Toy(), PASSIVE)
    sitting.logged_out()
    sitting.examiner.settle("a fresh login is not possible")
    assert sitting.outcomes(PASSIVE) == {Outcome.VIOLATED: 1}
    [breach] = sitting.ledger.breaches.values()
    assert breach.replays == "1 of 1"


def test_an_absence_seen_in_passing_waits_for_the_controls() -> None:
    absence = claim(logouts_are_quiet, events("logout"), controlled=True)
    sitting = Sitting(Toy(), absence)
    sitting.logged_out()
    sitting.examiner.settle("a fresh login is not possible")
    assert sitting.outcomes(absence) == {Outcome.UNCLEAR: 1}


def test_settling_twice_counts_once() -> None:
    sitting = Sitting(Toy(), DEAD)
    sitting.logged_out()
    sitting.examiner.settle(None)
    sitting.examiner.settle(None)
    assert sitting.ledger.tally(DEAD).judged == 1


# -- violations -----------------------------------------------------------------------------------


def test_a_violation_is_shown_three_times() -> None:
    sitting = Sitting(keeping(), DEAD)
    session = sitting.logged_out()
    asked = sitting.toy.asked.count(session.sure.value)
    sitting.examiner.settle(None)
    [breach] = sitting.ledger.breaches.values()
    assert breach.replays == "3 of 3"
    assert breach.finding.seen == "recognised as alice by probe me"
    assert breach.control == "recognised as its owner just before the event"
    assert breach.about == ("s1",)
    assert asked >= 4


def test_a_violation_that_comes_and_goes_says_so() -> None:
    class Once(Toy):
        def probe(self, *held: Any, **lane: Any) -> Any:
            seen = super().probe(*held, **lane)
            if seen.identity and self.entries[self.asked[-1]].number < 0:
                del self.entries[self.asked[-1]]
            return seen

        def logout(self, held: Any, device: Any, **lane: Any) -> Any:
            entry = self._entry(held, device, lane["channel"])
            answer = super().logout(held, device, **lane)
            if entry is not None:
                entry.number = -1
            return answer

    sitting = Sitting(Once(wrong=["logout keeps"]), DEAD)
    sitting.logged_out()
    sitting.examiner.settle(None)
    assert [b.replays for b in sitting.ledger.breaches.values()] == ["1 of 3"]


def test_when_a_stranger_is_recognised_too_a_violation_is_unclear() -> None:
    sitting = Sitting(keeping(), DEAD)
    sitting.toy.names_strangers = "alice"
    sitting.logged_out()
    sitting.examiner.settle(None)
    assert sitting.outcomes(DEAD) == {Outcome.UNCLEAR: 1}
    assert sitting.ledger.breaches == {}


def test_an_unanswered_look_is_no_evidence() -> None:
    sitting = Sitting(Toy(), DEAD)
    session = log_in(sitting.world)
    sitting.world.logout(session)
    sitting.toy.silent = True
    sitting.examiner.after(STEPS, 0)
    sitting.examiner.settle(None)
    assert sitting.outcomes(DEAD) == {Outcome.UNCLEAR: 1}


def test_what_is_used_up_by_looking_is_asked_once() -> None:
    class Generous(Toy):
        asked_for_more = 0

        def refresh(self, held: Any, device: Any, **lane: Any) -> Any:
            self.asked_for_more += 1
            return Acknowledged()

    toy = Generous()
    used_up = claim(refresh_is_used_up, issued(Kind.REFRESH))
    sitting = Sitting(toy, used_up)
    log_in(sitting.world, channel="api")
    sitting.examiner.after(STEPS, 0)
    sitting.examiner.settle(None)
    [breach] = sitting.ledger.breaches.values()
    assert breach.replays == "1 of 1, used up by looking"
    assert toy.asked_for_more == 1


def test_without_confirmation_a_violation_is_asked_once() -> None:
    sitting = Sitting(keeping(), DEAD, confirm=False)
    sitting.logged_out()
    sitting.examiner.settle(None)
    assert [b.replays for b in sitting.ledger.breaches.values()] == ["1 of 1"]


def test_what_was_seen_passing_by_hides_nothing_of_life_and_death() -> None:
    def values_tell_nothing(credential: Credential) -> Finding:
        return check(False, "no name", f"a name in {credential.kind}")

    sitting = Sitting(keeping(), claim(values_tell_nothing, issued(Kind.SESSION)), DEAD)
    sitting.logged_out()
    sitting.examiner.settle(None)
    assert len(sitting.ledger.breaches) == 2


def test_one_fault_is_told_once() -> None:
    sitting = Sitting(keeping(), DEAD)
    session = sitting.logged_out()
    assert session.sure.reported
    for _ in range(3):
        sitting.world.read(log_in(sitting.world))
        sitting.examiner.after(STEPS, 0)
    sitting.examiner.after(STEPS, 0, final=True)
    sitting.examiner.settle(None)
    assert [b.occurrences for b in sitting.ledger.breaches.values()] == [1]


def test_a_session_found_dead_is_not_claimed_to_live_any_more() -> None:
    sitting = Sitting(Toy(), LIVING)
    session = log_in(sitting.world)
    sitting.toy.lose("alice")
    sitting.world.bench.stale()
    sitting.examiner.after(STEPS, 0)
    assert session.sure.state is State.EITHER
    log_in(sitting.world, "bob")
    sitting.examiner.after(STEPS, 0)
    sitting.examiner.settle(None)
    assert sitting.outcomes(LIVING) == {Outcome.VIOLATED: 1, Outcome.HELD: 1}


def test_the_same_held_subject_counts_once() -> None:
    sitting = Sitting(Toy(), DEAD)
    sitting.logged_out()
    for spot in range(3):
        sitting.examiner.after(STEPS, spot, final=True)
    sitting.examiner.settle(None)
    assert sitting.ledger.tally(DEAD).judged == 1


def test_active_claims_are_asked_when_something_happened_or_always() -> None:
    always = claim(the_living_are_recognised, live(), again=True)
    for invariant, expected in ((LIVING, 1), (always, 2)):
        sitting = Sitting(Toy(), invariant)
        log_in(sitting.world)
        sitting.examiner.after(STEPS, 0)
        before = len(sitting.examiner.waiting)
        sitting.examiner._judged.clear()
        sitting.examiner.after(STEPS, 0)
        assert (before, len(sitting.examiner.waiting)) == (1, expected)


def test_the_shorter_history_of_a_known_violation_is_kept() -> None:
    ledger = Ledger()
    for length in (3, 1, 2):
        sitting = Sitting(keeping(), DEAD)
        sitting.examiner.ledger = ledger
        session = log_in(sitting.world)
        sitting.world.logout(session)
        sitting.examiner.after(STEPS * length, 0)
        sitting.examiner.settle(None)
    [breach] = ledger.breaches.values()
    assert len(breach.steps) == 1
    assert breach.occurrences == 3


# -- helpers --------------------------------------------------------------------------------------


def test_a_subject_names_its_sessions() -> None:
    world = world_on(Toy())
    first, second = log_in(world), log_in(world, "bob")
    assert names_in(first) == ("s1",)
    assert names_in(first.sure) == ("s1",)
    assert names_in((first, second)) == ("s1", "s2")
    assert names_in(second.opened) == ("s2",)
    assert names_in("nothing of a session") == ()


def test_taking_over_believes_what_was_seen() -> None:
    session = log_in(world_on(Toy()))
    take_over((session.sure, session.opened))
    assert session.sure.reported
    take_over(session)
    assert session.sure.state is State.EITHER

"""One run against one target: histories on clean accounts, and every violation minimised."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from typing import Any

from adapters.checked import AdapterError
from adapters.contract import Acknowledged, Refused, fresh_device
from adapters.exchange import Exchange
from suites.kernel.accounts import Accounts, HistoryImpossible
from suites.kernel.audit import about_logs, listening
from suites.kernel.bench import Bench, Calibration, latest
from suites.kernel.budget import Budget
from suites.kernel.declare import ACTIONS, Action, Invariant
from suites.kernel.examine import Examiner
from suites.kernel.explore import Examples, explore
from suites.kernel.histories import History, Minimal
from suites.kernel.ledger import Breach, Ledger
from suites.kernel.load import Loading
from suites.kernel.minimise import minimise, renumber, twice
from suites.kernel.model import Model
from suites.kernel.policy import Policy
from suites.kernel.records import keep_records
from suites.kernel.scenario import Step, perform, play, resolve
from suites.kernel.story import renamed
from suites.kernel.timing import REAL_WAIT, strayed
from suites.kernel.world import World

GIVE_UP_AFTER = 3
ENOUGH = 4
"""Living sessions in a history of which no more are opened for want of something to do."""
NOT_RECOGNISED = "a fresh login is not recognised"
PAUSES, PAUSE_SECONDS = 10, 2.5
CHUNK = 20
Progress = Callable[[str], None]


class Campaign:
    """Runs histories on a target and keeps the ledger."""

    def __init__(
        self,
        adapter: Any,
        calibration: Calibration,
        policy: Policy,
        invariants: Iterable[Invariant],
        budget: Budget,
        *,
        progress: Progress = lambda _: None,
    ) -> None:
        self.adapter = adapter
        self.calibration = calibration
        self.policy = policy
        self.invariants = tuple(invariants)
        self.budget = budget
        self.progress = progress
        self.ledger = Ledger()
        self.accounts = Accounts(adapter, calibration, self.ledger.trouble)
        self.habits: dict[str, bool] = {}
        self.retests: Counter[str] = Counter()
        self.minimal: dict[str, Minimal] = {}
        self.loading: Loading | None = None
        self.undisturbed: Callable[[], AbstractContextManager[object]] = nullcontext
        self.withheld: frozenset[str] = frozenset()
        self.missed = False
        self.gone: str | None = None
        self.broken: str | None = None
        self._bench: Bench | None = None
        self._walked: Walked | None = None
        self._bad_in_a_row = 0
        self._pauses = PAUSES
        adapter.transport.taps.append(self._heard)
        self.audit = listening(adapter, calibration, policy, self.invariants)

    def _heard(self, exchange: Exchange) -> None:
        self.ledger.requests += 1
        if self._bench is not None:
            self._bench.heard(exchange)

    @property
    def actions(self) -> list[Action]:
        """The moves that this target's adapter can make."""
        able = self.calibration.capabilities - self.withheld
        return [a for a in ACTIONS.values() if a.needs <= able]

    def keep(self, ledger: Ledger) -> None:
        """Go on with this ledger, in which everything is noted from now on."""
        self.ledger = ledger
        self.accounts.trouble = ledger.trouble

    # -- one history ------------------------------------------------------------------------------

    @contextmanager
    def history(
        self,
        invariants: Iterable[Invariant],
        ledger: Ledger,
        *,
        confirm: bool = True,
        cast: Callable[[Bench], Model] | None = None,
    ) -> "Iterator[History]":
        """Open one history on clean accounts, and leave the accounts as they were found.

        One that is suspended leaves them to the run that goes on; `cast` returns its world there.
        """
        bench = Bench(self.adapter, self.calibration, self.withheld)
        self._bench = bench
        model = (cast or self.accounts.cast)(bench)
        world = World(bench, model, self.policy)
        world.locked, world.failures = self.accounts.locked, self.accounts.failures
        world.habits = self.habits
        world.sample_seconds = self.budget.sample_seconds
        world.race_seconds = self.budget.sample_seconds
        world.loading = self.loading
        world.longest_wait = max(REAL_WAIT, self.budget.waiting)
        wanted = tuple(invariants)
        found = History(world, Examiner(wanted, ledger, world, confirm=confirm))
        # Of a history that goes on in another run, no run hears everything.
        if self.audit is not None and cast is None and about_logs(wanted):
            found.examiner.audit = self.audit.begin(world)
        original = dict(model.users)
        try:
            yield found
            if found.suspended:
                found.examiner.audit = None
            found.examiner.after(found.steps, 0, final=True)
        finally:
            bench.label = "clean-up"
            world.hang_up()
            world.mark("end")
            bench.node = 0
            keep_records(ledger, model)
            trouble: str | None = "the controls could not be made"
            stray: str | None = None
            try:
                with self.undisturbed():
                    world.close_windows()
                    if not found.suspended:
                        self.accounts.clean_up(world, original)
                    trouble = self._controls(world)
                    if trouble is not None and trouble.startswith(NOT_RECOGNISED) and self._pauses:
                        # What ended sessions in this history may still be at it for a moment.
                        self._pauses -= 1
                        time.sleep(PAUSE_SECONDS)
                        trouble = self._controls(world)
                    stray = strayed(world)
                    if not found.suspended:
                        self.accounts.drop(world)
            finally:
                found.examiner.settle(trouble or stray)
                self.missed = self.missed or bench.missed
                self._bench = None
        self._note(trouble, world.stuck)

    def _controls(self, world: World) -> str | None:
        """Return what is wrong with the target at the end of a history, None when nothing is."""
        bench, lane = world.bench, world.lane(None)
        bench.stale()
        nobody = bench.anonymous(lane.channel)
        if nobody.identity is not None:
            return "the target names somebody to a stranger"
        if not nobody.clear:
            return f"the target no longer answers as it did: {nobody.why}"
        closed = self.accounts.locked
        free = [r for r in world.model.users if world.user(r).name not in closed]
        free = [r for r in free if r not in world.disabled]
        free = [r for r in free if r not in world.guessed] or free
        if not free:
            return "every test account is locked"
        # Where places are few, a target may refuse one user and let another in.
        tried = len(free) if self.policy["concurrency.mode"] == "block" else 1
        order = {r: (world.crowded(r), len(world.model.live_sessions(r))) for r in free}
        for role in sorted(free, key=lambda r: order[r])[:tried]:
            client = fresh_device("control")
            answer = bench.call("login", world.user(role), client, lane=lane)
            if isinstance(answer, Acknowledged):
                break
        if not isinstance(answer, Acknowledged):
            name = world.user(role).name
            if (
                isinstance(answer, Refused)
                and self.accounts.failures.get(name)
                and not world.model.throwaway
            ):
                self.accounts.locked.add(name)
            return f"a fresh login is not possible: {answer.why}"
        held = latest(answer.issued)
        seen = self.adapter.probe(
            held, client, which=self.adapter.probes[0], channel=lane.channel, node=0
        )
        bench.call("logout", held, client, lane=lane)
        if seen.clear and bench.who(seen.identity) == role:
            return None
        return f"{NOT_RECOGNISED}: {seen.why}"

    def _note(self, trouble: str | None, stuck: str = "") -> None:
        if stuck:
            # Told once: every history that wants the clock moved meets the same.
            self.ledger.trouble.setdefault(stuck, 1)
        if trouble is None:
            self._bad_in_a_row = 0
            return
        self.ledger.trouble[trouble] += 1
        self._bad_in_a_row += 1
        if self._bad_in_a_row >= GIVE_UP_AFTER:
            self.gone = trouble

    # -- the search -------------------------------------------------------------------------------

    def play(
        self,
        steps: Sequence[Step],
        *,
        invariants: Iterable[Invariant] | None = None,
        ledger: Ledger | None = None,
        confirm: bool = True,
    ) -> "History | None":
        """Play one given history and judge it; None when the target or the adapter gave up."""
        book = ledger if ledger is not None else self.ledger
        chosen = self.invariants if invariants is None else tuple(invariants)
        if self.gone or self.broken:
            return None
        with self.telling_trouble(), self.history(chosen, book, confirm=confirm) as history:
            book.histories += 1
            history.steps = play(history.world, history.examiner, steps)
            book.moves.update(str(step["do"]) for step in history.steps)
        return None if self.gone or self.broken else history

    @contextmanager
    def telling_trouble(self) -> Iterator[None]:
        """Turn what makes a history impossible into trouble that ends the search."""
        try:
            yield
        except HistoryImpossible as reason:
            self.gone = str(reason)
            self.ledger.trouble[self.gone] += 1
        except AdapterError as reason:
            self.broken = str(reason)
            self.ledger.trouble[self.broken] += 1

    def walk(
        self, number: int, database: Examples | None = None, *, histories: int | None = None
    ) -> None:
        """Let Hypothesis walk the target until the budget, or a share of it, is used up."""
        until = time.monotonic() + self.budget.seconds
        drawn = [action for action in self.actions if action.weight]
        wanted = self.budget.histories if histories is None else histories
        for chunk in range(0, wanted, CHUNK):
            if self.gone or self.broken or time.monotonic() > until:
                return
            try:
                explore(
                    drawn,
                    lambda: self._begin(until),
                    histories=min(CHUNK, wanted - chunk),
                    steps=self.budget.steps,
                    number=number + chunk,
                    nodes=len(self.adapter.nodes),
                    database=database,
                )
            finally:
                if self._walked is not None:
                    self._walked.close()

    def _begin(self, until: float) -> "Walked":
        self._walked = Walked(self, until)
        return self._walked

    # -- minimising -------------------------------------------------------------------------------

    def minimise(self) -> None:
        """Find the shortest scenario of every violation that has none yet."""
        for breach in self.ledger.breaches.values():
            if breach.id in self.minimal:
                continue
            self.progress(f"minimising {breach.id}")
            self.minimal[breach.id] = self.shorten(breach)

    def keep_as_minimal(
        self, breach: Breach, history: "History | None" = None, *, reproduced: bool = True
    ) -> None:
        """Take the history in which a violation was seen as its minimal scenario."""
        self.minimal[breach.id] = found = Minimal(tuple(breach.steps))
        found.reproduced = reproduced
        if history is not None:
            found.tell(history, breach)

    def shorten(self, breach: Breach) -> "Minimal":
        """Find the shortest scenario of one violation."""
        before = self.ledger.requests
        found = Minimal(tuple(renumber(breach.steps)))

        def shows(steps: Sequence[Step], watching: Iterable[Invariant]) -> bool:
            book = Ledger()
            history = self.play(steps, invariants=watching, ledger=book, confirm=False)
            shown = breach.id in book.breaches
            if shown and history is not None:
                found.tell(history, book.breaches[breach.id])
            return shown

        # Some violations show only in answers to what other judges ask: then all of them watch.
        attempts: tuple[tuple[Sequence[Step], Iterable[Invariant]], ...] = (
            (breach.steps, (breach.invariant,)),
            (breach.steps, self.invariants),
            (twice(breach.steps), (breach.invariant,)),
        )
        if breach.first != breach.steps:
            # A short history may have shown only what an earlier one had left behind.
            attempts = (*attempts, (breach.first, (breach.invariant,)))
        for history, watching in attempts:
            steps, found.reproduced = minimise(
                history,
                partial(shows, watching=watching),
                about=breach.about if history is not breach.first else (),
                allowed=self.budget.replays,
            )
            if found.reproduced:
                found.steps = tuple(steps)
                found.story = renamed(found.story, steps)
                break
        found.requests = self.ledger.requests - before
        return found


class Walked:
    """A history that Hypothesis draws move by move; nothing happens any more once time is up."""

    def __init__(self, campaign: Campaign, until: float) -> None:
        self.campaign = campaign
        self._open: ExitStack | None = None
        self._met = self._occurrences()
        self.history: History | None = None
        over = time.monotonic() > until
        if not (over or campaign.gone or campaign.broken):
            with campaign.telling_trouble(), ExitStack() as stack:
                found = campaign.history(campaign.invariants, campaign.ledger)
                self.history = stack.enter_context(found)
                self._open = stack.pop_all()
                campaign.ledger.histories += 1

    def step(
        self, action: Action, drawn: Mapping[str, Any], spot: int, place: int | None = None
    ) -> None:
        """Resolve a drawn move against the model and perform it; without a subject, log in."""
        if self.history is None:
            return
        named = resolve(self.history.world, action, drawn)
        if named is None:
            action, named = self._instead(action, spot)
        if named is None:
            return
        steps = self.history.steps
        step = {"as": f"s{len(steps) + 1}", "do": action.name, **named, "spot": spot}
        if place is not None:
            # Where nodes take long to agree, a history stays where it began.
            slow = steps and self.history.world.model.propagation > REAL_WAIT
            node = place % len(self.history.world.bench.nodes)
            step["node"] = steps[-1].get("node", 0) if slow else node
        with self.campaign.telling_trouble():
            if perform(self.history.world, step):
                steps.append(step)
                self.campaign.ledger.moves[action.name] += 1
                self.history.examiner.after(steps, spot)
        if self.campaign.broken:
            self.history = None

    def _instead(self, action: Action, spot: int) -> tuple[Action, dict[str, Any] | None]:
        """Return the login that gives later moves something to act on."""
        login = ACTIONS.get("log_in")
        if self.history is None or login is None:
            return action, None
        world = self.history.world
        if len(world.model.live_sessions()) >= ENOUGH:
            return action, None
        return login, resolve(
            world, login, {key: spot // n for n, key in enumerate(login.draws, 1)}
        )

    def _occurrences(self) -> Counter[str]:
        breaches = self.campaign.ledger.breaches.values()
        return Counter({breach.id: breach.occurrences for breach in breaches})

    def close(self) -> tuple[str, ...]:
        """End the history and return the findings that it showed."""
        found: tuple[str, ...] = ()
        if self._open is not None:
            opened, self._open = self._open, None
            with self.campaign.telling_trouble():
                opened.close()
            found = tuple(sorted(self._occurrences() - self._met))
            ledger = self.campaign.ledger
            self.campaign.progress(
                f"history {ledger.histories}, {ledger.requests} requests, "
                f"{len(ledger.breaches)} findings"
            )
        return found

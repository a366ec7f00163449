"""Plays histories that outlast a run: the part of this run, and later what was left of them."""

from collections.abc import Mapping
from typing import Any

from adapters.contract import Place
from suites.kernel.bench import Bench
from suites.kernel.campaign import Campaign
from suites.kernel.histories import History
from suites.kernel.ledger import Ledger
from suites.kernel.model import Model, Session
from suites.kernel.scenario import perform
from suites.kernel.suspending import LOOK, Schedule, Suspended, packed, unpacked


class GoingOn:
    """One history that is played in parts.

    `kept` tells at any time what is still to be done, None when that is nothing.
    """

    def __init__(
        self, campaign: Campaign, schedule: Schedule, before: Suspended | None = None
    ) -> None:
        self.campaign = campaign
        self.left = schedule
        self.before = before
        self.history: History | None = None

    @property
    def kept(self) -> Suspended | None:
        """Return what the next run needs; the accounts are left to it."""
        history = self.history
        if history is None:
            return self.before
        if not history.suspended:
            return None
        return Suspended(tuple(history.steps), self.left, packed(history.world.model))

    def abandon(self) -> None:
        """End what nobody will go on with."""
        if self.history is not None and self.history.suspended:
            self.history.suspended = False
            world = self.history.world
            self.campaign.accounts.clean_up(world, {})
            self.campaign.accounts.drop(world)

    def begin(self, book: Ledger) -> None:
        """Play what is due at once, see every session alive, and stop."""
        campaign = self.campaign
        with (
            campaign.telling_trouble(),
            campaign.history(campaign.invariants, book) as history,
        ):
            history.examiner.quiet = True
            world = history.world
            self.left.began = world.model.now
            if self.left.busy:
                self.left.busy = world.role(self.left.busy)
            self._play(history, until=self.left.began)
            for session in world.model.live_sessions():
                # The control of what is seen later, and no measured look: that would be judged.
                world.effects.prove(session)
                if session.main is None or not session.main.proven:
                    world.effects.forget(session)
            self.left = self.left.pruned(world.model)
            book.histories += 1
            book.moves.update(str(step["do"]) for step in history.steps)
            history.suspended = bool(self.left.moves)
            self.history = history

    def go_on(self, before: Suspended, *, moved: float, patience: float) -> None:
        """Play what has come due, waiting as long as this run may.

        Args:
            moved: the seconds that the clock of the target went beyond ours meanwhile.
            patience: how many seconds may be waited.
        """
        campaign, gone = self.campaign, before.rested + moved
        with (
            campaign.telling_trouble(),
            campaign.history(
                campaign.invariants,
                campaign.ledger,
                cast=lambda bench: _cast(bench, before, gone),
            ) as history,
        ):
            # Whoever stops it from here on may try again.
            self.history, history.suspended = history, True
            model = history.world.model
            pause = {"as": f"p{len(before.steps) + 1}", "do": "wait", "seconds": round(gone, 3)}
            history.steps = [*before.steps, {**pause, "spot": 0}]
            model.event("wait", None, extra=gone)
            history.examiner.skip()
            history.examiner.quiet = True
            self._play(history, until=model.now + patience)
            self.left = self.left.pruned(model)
            if self.left.moves:
                self._keep_busy(history)
                self.left = self.left.pruned(model)
            history.suspended = bool(self.left.moves)
            campaign.ledger.histories += 1
            mine = history.steps[len(before.steps) + 1 :]
            campaign.ledger.moves.update(str(step["do"]) for step in mine)
        for breach in campaign.ledger.breaches.values():
            # Nobody waits as long once more to see it a second time.
            campaign.keep_as_minimal(breach, self.history, reproduced=False)

    def _play(self, history: History, *, until: float) -> None:
        """Play the moves that are due until then, each when it is due."""
        model, left = history.world.model, self.left
        for move in sorted(left.moves, key=lambda move: move.due):
            due = left.began + move.due
            if due > until:
                return
            if due > model.now:
                history.world.planned = None
                _perform(history, self._waiting(due - model.now, len(history.steps)))
            left.moves.remove(move)
            if move.until is None or model.now <= left.began + move.until:
                _perform(history, move.step)

    def _waiting(self, seconds: float, number: int) -> dict[str, Any]:
        step = {"as": f"w{number + 1}", "do": "wait", "seconds": round(seconds, 3), "spot": 0}
        if self.left.busy and self.left.every:
            step |= {"do": "wait_in_use", "user": self.left.busy, "every": self.left.every}
        return step

    def _keep_busy(self, history: History) -> None:
        """Use the sessions of whoever is busy: they rest until the next run."""
        if self.left.busy and self.left.every:
            for session in history.world.model.live_sessions(self.left.busy):
                name = f"u{len(history.steps) + 1}"
                _perform(history, {"as": name, "do": LOOK, "session": session.name, "spot": 0})


def _cast(bench: Bench, before: Suspended, gone: float) -> Model:
    """Return the world of a suspended history, as much later as the target's clock says."""

    def with_jar(session: Session) -> None:
        for artefact in session.held(session.channel):
            if artefact.place is Place.COOKIE:
                session.device.jar.set(artefact.name, artefact.value, domain=bench.host)

    model = unpacked(before.world, with_jar)
    model.ahead = before.world["now"] + gone - model.now
    bench.names = {str(user.identity): role for role, user in model.users.items()}
    return model


def _perform(history: History, step: Mapping[str, Any]) -> None:
    if perform(history.world, step):
        history.steps.append(step)
        history.examiner.after(history.steps, int(step.get("spot", 0)))

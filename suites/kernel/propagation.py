"""Several nodes of one target: how far an end has come, and what a restart leaves.

Acts do and record. They judge nothing.
"""

import time
from collections.abc import Iterator

from suites.kernel.bench import NotOffered
from suites.kernel.lasting import Lasting
from suites.kernel.model import Event, Model, Session
from suites.kernel.results import Revocation

WATCHED = 1.0
"""Seconds beyond the declared bound in which a node that still knows a session is watched."""
PAUSE = 0.02


class Propagation(Lasting):
    """The acts for which it takes more than one node."""

    def restart(self) -> Event:
        """Restart the node of this step, and see before what it knows."""
        if not self.bench.offers("restart"):
            raise NotOffered("restart")
        for user in self.model.users:
            self.effects.prove_all(user)
        known = self._proven_here()
        answer = self.bench.call("restart")
        return self.model.event("restart", answer, extra=known)

    def _proven_here(self) -> tuple[Session, ...]:
        here, live = self.bench.node, self.model.live_sessions()
        return tuple(s for s in live if s.sure.proven and here in s.sure.known_on)

    def dead_here(self, session: Session) -> bool:
        """Say whether the node of this step refuses a session that died on another one."""
        corpse, here = session.sure, self.bench.node
        return here == self.bench.seat(corpse) or self.bench.replay(corpse, here).nobody

    def log_out_watched(self, session: Session) -> Event:
        """Log a session out, and watch how long each node still knows it."""
        main = session.main
        event = self.logout(session)
        if main is None or not event.acknowledged or session.ended is not event:
            return event
        began = time.monotonic()
        longest = self.model.propagation + WATCHED
        found: dict[int, Revocation] = {}
        waiting = list(self.bench.nodes)
        while waiting:
            for node in list(waiting):
                self.bench.stale()
                asked = time.monotonic() - began
                dead = self.bench.observe(main, node=node).nobody
                if dead or asked > longest:
                    waiting.remove(node)
                    seconds = round(asked, 3) if dead else None
                    found[node] = Revocation(node + 1, event.node + 1, seconds, longest)
            if waiting:
                self._sleep(PAUSE)
        self.model.event("watch", None, extra=list(found.values()))
        return event


def revocations(model: Model) -> Iterator[Revocation]:
    """Iterate over what was measured in a history."""
    for event in model.events:
        if event.kind == "watch":
            yield from event.extra

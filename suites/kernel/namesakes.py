"""Users whose login names begin alike, and who must not get into each other's way.

Acts do and record. They judge nothing.
"""

from dataclasses import dataclass

from adapters.contract import Acknowledged, Artefact, fresh_device
from suites.kernel.bench import latest
from suites.kernel.contests import Overlapping
from suites.kernel.model import Event
from suites.kernel.people import invent

NAMESAKE = "logins of a namesake"


@dataclass(frozen=True, slots=True)
class Apart:
    """What a namesake got of its own places, and what that left of the session of the other."""

    places: int
    got: int
    other_lives: bool | None


class Namesakes(Overlapping):
    """The acts of two users whose names are easily taken for one."""

    def crowd_out(self, user: str, channel: str) -> Event | None:
        """Let a namesake take all its places while another user has a session."""
        limit = self.policy.seconds("concurrency.max")
        lane, account = self.lane(channel), self.user(user)
        before, _, behind = account.name.partition("@")
        if not limit or not self.model.throwaway or self.crowded(user):
            return None
        there = self.enter(user, lane.channel)
        who = invent("namesake")
        name = f"{before}bel@{behind}" if behind else f"{before}bel"
        made = self.bench.call("create_user", name, who.password, who.personal)
        if there is None or not isinstance(made, Acknowledged) or made.user is None:
            return None
        self.model.users["namesake"] = made.user
        if made.user.identity is not None:
            self.bench.names[made.user.identity] = "namesake"
        held: list[tuple[Artefact, ...]] = []
        for number in range(int(limit)):
            client = fresh_device(f"namesake's client {number + 1}")
            answer = self.bench.call("login", made.user, client, lane=lane)
            if isinstance(answer, Acknowledged):
                held.append(latest(answer.issued))
                self.bench.revived.append((lane.channel, held[-1]))
        lives = self.recognised(lane.channel, there)
        event = self.model.event(NAMESAKE, None, user=self.role(user))
        event.extra = Apart(int(limit), len(held), lives)
        return event

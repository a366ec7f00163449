"""Guesses: invalid values and wrong passwords, more of them than the policy lets anybody try.

Acts do and record. They judge nothing.
"""

import math
import time
from dataclasses import dataclass, replace

from adapters.connections import other_source
from adapters.contract import Answer, Device, Kind, Seen, fresh_device
from suites.kernel.bench import Lane, NotOffered, alike
from suites.kernel.model import Event, Session
from suites.kernel.people import password
from suites.kernel.policy import Policy
from suites.kernel.stage import BYSTANDER
from suites.kernel.timing import Timing

IDENTIFIERS, REFRESH_TOKENS, STEP_UP, AT_LOGIN, OF_SEVERAL = GUESSED = (
    "identifiers",
    "refresh tokens",
    "passwords within a session",
    "passwords at login",
    "passwords of several users",
)
CHOSEN_BY_PEOPLE = frozenset({STEP_UP, AT_LOGIN, OF_SEVERAL})
"""What can be guessed at all: the others are drawn by chance."""
OF_NOBODY = frozenset({IDENTIFIERS, REFRESH_TOKENS, OF_SEVERAL})
"""Guesses that no single account is tried with: only who counts by source can notice them."""
NEEDS = {
    REFRESH_TOKENS: "refresh",
    STEP_UP: "step_up",
    AT_LOGIN: "login_fail",
    OF_SEVERAL: "login_fail",
}
UNDECLARED = 20
"""So many guesses are made where no limit is declared."""
BEYOND = 1.2
REQUESTS_A_GUESS = 3
NOTHING, VALID = "nothing", "valid requests"


@dataclass(slots=True)
class Guesses:
    """A series of guesses; `why` says why it was not made.

    `slowed` tells after how many the target had enough, None when it never had. `ended` is True
    when it ended the session that the guesses were made in. `alive` and `renewed` are what the
    owner got afterwards, from elsewhere: from another source address if `apart`.
    """

    what: str
    between: str
    owner: Session
    limit: int | None
    made: int = 0
    slowed: int | None = None
    ended: bool = False
    alive: Seen | None = None
    renewed: Answer | None = None
    apart: bool = False
    why: str = ""


def guesses_beyond(policy: Policy) -> int:
    """Return how many guesses exceed the declared limit by a fifth and one more."""
    limit = policy["throttle.max_invalid"]
    return math.ceil(BEYOND * int(limit)) + 1 if isinstance(limit, int) else UNDECLARED


class Guessing(Timing):
    """The acts of whoever tries values until one fits."""

    def guess(self, what: str, between: str, owner: Session, other: Session) -> Event:
        """Guess for a user; `other` is the session that the guesser uses himself."""
        limit = self.policy["throttle.max_invalid"]
        declared = limit if isinstance(limit, int) else None
        found = Guesses(what, between, owner, declared)
        wanted, bound = guesses_beyond(self.policy), int(self.policy["load.max_requests"])
        self._offered(what, owner)
        if wanted * REQUESTS_A_GUESS > bound:
            found.why = f"load.max_requests is {bound}, and {wanted} guesses need more"
        elif what in OF_NOBODY and declared and self.policy["throttle.scope"] == "account":
            found.why = f"throttle.scope is account, and {what} are tried with none"
        elif what in CHOSEN_BY_PEOPLE and not self.model.throwaway:
            found.why = f"{what} are guessed on throw-away accounts only: add `create_user`"
        else:
            self._guess(found, other, wanted)
        event = self.model.event("guesses", None, user=owner.user, detail=what)
        event.extra = found
        return event

    def _offered(self, what: str, owner: Session) -> None:
        operation = NEEDS.get(what)
        if operation and operation not in self.bench.adapter.offers_in(owner.channel):
            raise NotOffered(operation)
        if what == REFRESH_TOKENS and not owner.current(Kind.REFRESH):
            raise NotOffered("refresh")

    def _guess(self, found: Guesses, other: Session, wanted: int) -> None:
        self.effects.prove(found.owner)
        if found.owner.main is None or not found.owner.main.proven:
            found.why = "the owner was not recognised before"
            return
        source = other_source(self.bench.adapter.nodes)
        found.apart = bool(source)
        if found.what in CHOSEN_BY_PEOPLE:
            self.guessed |= {found.owner.user, *self._tried(found)}
        began = time.monotonic()
        client = fresh_device("guesser")
        client.source = source
        for number in range(1, wanted + 1):
            seen = len(self.bench.exchanges)
            self._one(found, other, client)
            found.made = number
            if any(e.overloaded for _, e in self.bench.exchanges[seen:]):
                found.slowed = number
                break
            if found.between == VALID and not number % 3:
                self._valid(other, client)
            time.sleep(1 / float(self.policy["load.max_rps"]))
        window, took = self.policy.seconds("throttle.window"), time.monotonic() - began
        if found.slowed is None and window is not None and took > window:
            found.why = f"{found.made} guesses took {took:.0f} s, longer than throttle.window"
        self._owner_afterwards(found, other)

    def _one(self, found: Guesses, other: Session, client: Device) -> None:
        owner, lane = found.owner, Lane(found.owner.channel)
        device = Device(client.name, headers=client.headers, source=client.source)
        account = self.user(owner.user)
        if found.what == IDENTIFIERS:
            held = owner.sure.held
            made_up = held[-1].holding(alike(held[-1].value.reveal()))
            which = self.bench.probes(lane.channel)[0]
            self.bench.probe((*held[:-1], made_up), lane.channel, which, device)
        elif found.what == REFRESH_TOKENS:
            token = owner.current(Kind.REFRESH)[0].held[-1]
            guess = token.holding(alike(token.value.reveal()))
            self.bench.call("refresh", (guess,), device, lane=lane)
        elif found.what == STEP_UP:
            wrong = replace(account, password=password())
            self.bench.call("step_up", other.held(lane.channel), device, wrong, lane=lane)
        else:
            names = self._tried(found)
            tried = self.user(names[found.made % len(names)])
            self.bench.call("login_fail", tried, device, lane=lane)

    def _tried(self, found: Guesses) -> tuple[str, ...]:
        """Return whose names the guesses are made with."""
        owner = found.owner.user
        return (owner, BYSTANDER) if found.what == OF_SEVERAL else (owner,)

    def _valid(self, other: Session, client: Device) -> None:
        """Use a session in between, from where the guesses come."""
        if other.main is not None:
            which = self.bench.probes(other.channel)[0]
            device = Device(client.name, headers=client.headers, source=client.source)
            self.bench.probe(other.main.held, other.channel, which, device)

    def _owner_afterwards(self, found: Guesses, other: Session) -> None:
        owner = found.owner
        self.bench.stale()
        if other.main is not None and other is not owner:
            found.ended = self.bench.observe(other.main).nobody
        found.alive = self.bench.observe(owner.sure)
        if found.ended:
            self.effects.forget(other)
        if found.alive.nobody:
            self.effects.forget(owner)
        elif found.alive.clear and "refresh" in self.bench.adapter.offers_in(owner.channel):
            found.renewed = self.refresh(owner).answer

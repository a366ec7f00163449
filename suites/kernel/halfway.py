"""Visitors who get only half the way in: failed logins, resets asked for, codes not given.

Acts do and record. They judge nothing.
"""

import base64
import secrets
from dataclasses import dataclass, field, replace

from adapters.contract import (
    ABSENT,
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Kind,
    Place,
    Seen,
    User,
    fresh_device,
)
from adapters.secrets import Secret
from suites.kernel.bench import Bench, Lane, latest
from suites.kernel.model import AUTHENTICATING, Event, Model
from suites.kernel.people import invent, password
from suites.kernel.policy import Policy
from suites.kernel.proving import Proving

FAILED, LOCKED = "a failed login", "failed logins up to a lock"
NAMELESS, NOBODY = "a login without password", "a login of nobody known"
REGISTERED, RESET = "a registration", "a reset request"
PENDING, ABANDONED = "a login without its second step", "single sign-on that is not handed in"
NO_CODE, WRONG_CODE = "a login without the code", "a login with a wrong code"
VISIT, NOTHING = "a visit", "a login with nothing in it"
HALFWAY, FINISHED = "halfway in", "finished elsewhere"
LOCKING = 6
"""Wrong passwords after which most targets have locked an account."""


@dataclass(slots=True)
class Visitor:
    """One jar that never belonged to anybody who is logged in, and what it has been through."""

    client: Device
    flows: list[str] = field(default_factory=list)
    held: tuple[Artefact, ...] = ()
    waiting: dict[str, tuple[Artefact, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Halfway:
    """A step of a visitor: how many different flows the jar has seen, and what was looked at."""

    flow: str
    victim: str
    flows: int
    looks: tuple[tuple[str, Seen], ...]

    @property
    def recognised(self) -> bool:
        """True when somebody was recognised by any of it."""
        return any(seen.identity is not None for _, seen in self.looks)


class Unfinished(Proving):
    """The acts of visitors who name a victim and never authenticate."""

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        super().__init__(bench, model, policy)
        self.visitors: dict[str, Visitor] = {}

    def go_halfway(self, flow: str, user: str, channel: str | None = None) -> Event | None:
        """Take one step that names a victim and authenticates nobody, and look at once."""
        role, lane = self.role(user), self.lane(channel)
        if role in self.disabled or role in self.guessed:
            return None
        visitor = self._visitor(lane)
        calls = {VISIT: self._visit, FAILED: self._fail, NAMELESS: self._nameless}
        calls |= {LOCKED: self._lock, NOBODY: self._as_nobody, REGISTERED: self._register}
        calls |= {RESET: self._ask_for_reset, PENDING: self._begin, ABANDONED: self._abandon}
        calls |= {
            NOTHING: self._with_nothing,
            NO_CODE: self._without_code,
            WRONG_CODE: self._with_wrong_code,
        }
        answer = calls[flow](visitor, role, lane)
        if answer is None:
            return None
        visitor.flows.append(flow)
        visitor.held = latest((*visitor.held, *answer.issued))
        return self._look_at(visitor, flow, role, lane)

    def finish_elsewhere(self, user: str, channel: str | None = None) -> Event | None:
        """Let the victim log in in both steps from elsewhere, and look at the visitor again."""
        role, lane = self.role(user), self.lane(channel)
        visitor = self._visitor(lane)
        if role not in visitor.waiting or self.crowded(role):
            return None
        answer = self._in_two_steps(role, role, lane)
        if answer is None or role not in self.revive(lane, answer):
            return None
        return self._look_at(visitor, FINISHED, role, lane)

    # -- what is looked at ---------------------------------------------------------------------

    def _visitor(self, lane: Lane) -> Visitor:
        return self.visitors.setdefault(lane.channel, Visitor(fresh_device("visitor")))

    def _look_at(self, visitor: Visitor, flow: str, role: str, lane: Lane) -> Event:
        self.bench.stale()
        looks: list[tuple[str, Seen]] = []
        for which in self.bench.probes(lane.channel):
            held = tuple(a for a in visitor.held if a.place is not Place.COOKIE)
            seen = self.bench.probe(held, lane.channel, which, visitor.client)
            looks.append((f"the jar of the visitor, by {which}", seen))
        for artefact in visitor.waiting.get(role, ()):
            for words, moved in self._places(artefact, lane):
                for which in self.bench.probes(lane.channel):
                    looks.append((words, self.bench.probe((moved,), lane.channel, which)))
        found = Halfway(flow, role, len(set(visitor.flows)), tuple(looks))
        if found.recognised:
            jar = visitor.client.jar
            cookies = [
                Artefact(Kind.SESSION, Place.COOKIE, name, value)
                for name in jar.names()
                if (value := jar.get(name)) is not None
            ]
            self.bench.revived.append((lane.channel, (*cookies, *visitor.held)))
            # What is logged in already says nothing more of the steps after it.
            self.visitors[lane.channel] = Visitor(fresh_device("visitor"))
        event = self.model.event(HALFWAY, None, user=role, extra=found)
        event.detail = flow
        return event

    def _places(self, artefact: Artefact, lane: Lane) -> list[tuple[str, Artefact]]:
        """Return what waits for a second step as it would travel if it were a whole session."""
        known = self.bench.calibration.authenticating.get(lane.channel)
        alone = [one[0] for one in known.sets if len(one) == 1] if known else []
        places = dict.fromkeys([(Place.BEARER, "Authorization"), *alone])
        return [
            (f"{PENDING}, as {place.value}", artefact.at(place, name)) for place, name in places
        ]

    # -- the flows -----------------------------------------------------------------------------

    def _visit(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        if not self.bench.offers("pre_auth", lane):
            return None
        found: Answer = self.bench.call("pre_auth", visitor.client, lane=lane)
        return found

    def _fail(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        account = self.user(role)
        if account.totp is not None:
            # A right code would complete what another step of this jar has begun.
            wrong = replace(account, password=password(), totp=_of_nobody())
            return self._log_in_as(visitor, wrong, role, lane)
        if not self.may_fail(role):
            return None
        self.effects.prove_all(role)
        self.failed(role)
        found: Answer = self.bench.call("login_fail", account, visitor.client, lane=lane)
        self.effects.spare(self.model.event("failed login", found, user=role))
        return found

    def _nameless(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        nameless = replace(self.user(role), password=ABSENT)
        if nameless.totp is not None:
            nameless = replace(nameless, totp=ABSENT)
        return self._log_in_as(visitor, nameless, role, lane)

    def _without_code(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        return self._coded(visitor, role, lane, ABSENT)

    def _with_wrong_code(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        return self._coded(visitor, role, lane, _of_nobody())

    def _coded(self, visitor: Visitor, role: str, lane: Lane, secret: Secret) -> Answer | None:
        account = self.user(role)
        if not self.policy["mfa.required"] or account.totp is None:
            return None
        return self._log_in_as(visitor, replace(account, totp=secret), role, lane)

    def _log_in_as(self, visitor: Visitor, account: User, role: str, lane: Lane) -> Answer | None:
        if not self.may_fail(role):
            return None
        self.failed(role)
        found: Answer = self.bench.call("login", account, visitor.client, lane=lane)
        return found

    def _lock(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        if not self.model.throwaway:
            return None
        answer: Answer | None = None
        for _ in range(LOCKING):
            answer = self._fail(visitor, role, lane)
        self.guessed.add(role)
        return answer

    def _as_nobody(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        who = invent("nobody")
        stranger = User(who.name, who.password, personal=who.personal, totp=_of_nobody())
        found: Answer = self.bench.call("login", stranger, visitor.client, lane=lane)
        return found

    def _with_nothing(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        nothing = User(ABSENT.reveal(), ABSENT, totp=ABSENT)
        found: Answer = self.bench.call("login", nothing, visitor.client, lane=lane)
        return found

    def _register(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        if not self.bench.offers("register", lane):
            return None
        who = replace(self.user(role), password=invent(role).password)
        found: Answer = self.bench.call("register", who, visitor.client, lane=lane)
        return found

    def _ask_for_reset(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        if not self.bench.offers("start_reset", lane) or not self._may_reset():
            return None
        found: Answer = self.bench.call("start_reset", self.user(role), visitor.client, lane=lane)
        return found

    def _begin(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        if not self.bench.offers("login_first_factor", lane):
            return None
        call = ("login_first_factor", self.user(role), visitor.client)
        answer: Answer = self.bench.call(*call, lane=lane)
        if isinstance(answer, Acknowledged):
            visitor.waiting[role] = tuple(a for a in answer.issued if a.kind is Kind.PENDING)
        return answer

    def _abandon(self, visitor: Visitor, role: str, lane: Lane) -> Answer | None:
        offered = self.bench.offers("authorize", lane) and self.bench.offers("hand_in", lane)
        if not offered or not self.model.throwaway:
            return None
        call = ("authorize", self.user(role), visitor.client)
        answer: Answer = self.bench.call(*call, lane=lane, silent=False, challenged=True)
        return replace(answer, issued=tuple(a for a in answer.issued if a.kind in AUTHENTICATING))


def _of_nobody() -> Secret:
    """Return what no account's codes are made with, each time another: a code is given once."""
    text = base64.b32encode(secrets.token_bytes(20)).decode()
    return Secret(text, Kind.TOTP, made_up=True)

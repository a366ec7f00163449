"""What attackers do with tokens: present forged ones, minted ones, and genuine ones too late.

Acts do and record. Where a token is taken apart or forged, it is done by whoever calls them.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Keys,
    Kind,
    Refused,
    Seen,
    Unclear,
    fresh_device,
)
from adapters.listener import Listener, listening
from adapters.secrets import Secret
from suites.kernel.bench import Bench, Lane, NotOffered
from suites.kernel.limits import tolerance
from suites.kernel.model import AUTHENTICATING, Credential, Event, Model, Session, State
from suites.kernel.policy import Policy
from suites.kernel.stage import ALIVE
from suites.kernel.timing import Timing

SETTLING = 0.05
"""Seconds that a fetch in the background is waited for."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A value to be presented in place of a genuine one, and what its acceptance breaks."""

    name: str
    group: str
    requirement: str
    value: str = field(repr=False)
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """An attempt, and what the target showed for it."""

    attempt: Attempt
    seen: Seen

    @property
    def accepted(self) -> bool:
        """True when somebody was recognised."""
        return self.seen.identity is not None


@dataclass(frozen=True, slots=True)
class Trials:
    """All that was tried in place of one genuine credential."""

    credential: Credential
    trials: tuple[Trial, ...]


class Tokens(Timing):
    """The acts on signed tokens.

    `met` names the tokens that were accepted shortly before their own end.
    """

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        super().__init__(bench, model, policy)
        self.met: set[str] = set()

    def published_keys(self) -> Keys | Refused | Unclear:
        """Ask for the public keys of the target."""
        if not self.bench.offers("jwks"):
            return Refused("no key set is declared: add `adapter.jwks`")
        answer: Answer | Keys = self.bench.call("jwks")
        return answer if isinstance(answer, Keys | Refused | Unclear) else Refused("no key set")

    @contextmanager
    def listener(self) -> Iterator[Listener | None]:
        """Listen for a target on this machine; others could not reach us."""
        able = "callback_listener" in self.bench.calibration.capabilities
        with listening() if able else nullcontext() as found:
            yield found

    def signed(self, session: Session) -> list[Credential]:
        """Return the current credentials of a session that are declared to be JWTs."""
        said = self.bench.adapter.signed.get(session.channel)
        current = session.current(Kind.REFRESH, *AUTHENTICATING)
        return [c for c in current if said is None or (c.held[-1].place, c.held[-1].name) in said]

    def target_time(self) -> float:
        """Return the time as the last answer of the target told it, else our own."""
        dated = ((e.dated, e.sent_at) for _, e in reversed(self.bench.exchanges))
        now = time.time()
        return next((now + date - sent for date, sent in dated if date is not None), now)

    # -- forged and minted tokens -----------------------------------------------------------------

    def not_forged(self, credential: Credential, why: str) -> Event:
        """Note that nothing can be forged from a credential, and why."""
        return self._trials("forgery", credential, [], why)

    def present_forged(self, credential: Credential, attempts: Sequence[Attempt]) -> Event:
        """Present forged values one by one where the genuine one is presented."""
        self._prove(credential)
        artefact = credential.held[-1]
        trials: list[Trial] = []
        for attempt in attempts:
            seen = self._present_forged(credential, artefact.holding(attempt.value))
            trials.append(Trial(attempt, seen))
            if seen.identity is not None and credential.kind is Kind.REFRESH:
                # It used the genuine one up: nothing more can be learned here.
                return self._trials("forgery", credential, trials, ALIVE)
        return self._trials("forgery", credential, trials, self._afterwards(credential))

    def present_minted(
        self, credential: Credential, header: str, copy: str, attempts: Sequence[Attempt]
    ) -> Event:
        """Present payloads that the genuine key signed; a perfect copy is the control."""
        self._prove(credential)
        trials: list[Trial] = []
        once = credential.kind is Kind.REFRESH
        if not once and not self._copy_works(credential, copy, header):
            return self._trials("minting", credential, [], "a minted copy is not accepted")
        for attempt in attempts:
            minted = self._minted(attempt.value, header)
            if minted is not None:
                seen = self._present_forged(credential, minted_as(credential, minted))
                trials.append(Trial(attempt, seen))
                if once and seen.identity is not None:
                    return self._trials("minting", credential, trials, ALIVE)
        if once and not self._copy_works(credential, copy, header):
            return self._trials("minting", credential, [], "a minted copy is not accepted")
        return self._trials("minting", credential, trials, ALIVE)

    def _copy_works(self, credential: Credential, copy: str, header: str) -> bool:
        minted = self._minted(copy, header)
        if minted is None:
            return False
        return self._present_forged(credential, minted_as(credential, minted)).identity is not None

    def _minted(self, payload: str, header: str) -> Secret | None:
        answer = self.bench.call("mint_token", payload, header)
        issued = answer.issued if isinstance(answer, Acknowledged) else ()
        return issued[0].value if issued else None

    def _prove(self, credential: Credential) -> None:
        if credential.session is not None:
            self.effects.prove(credential.session)

    def _present_forged(self, credential: Credential, artefact: Artefact) -> Seen:
        held = (*credential.held[:-1], artefact)
        if credential.kind is not Kind.REFRESH:
            return self.bench.everywhere(held, credential.channel)
        return self.spend(held, credential.channel, credential.owner)

    def spend(self, held: Sequence[Artefact], channel: str, owner: str) -> Seen:
        """Present values for renewal; what that opens is ended with the history."""
        lane = Lane(channel)
        answer = self.bench.call("refresh", held, fresh_device("forger"), lane=lane)
        if isinstance(answer, Acknowledged):
            self.bench.revived.append((channel, answer.issued))
            for session in self.model.live_sessions(owner):
                if session.channel == channel:
                    self.effects.forget(session)
        return seen_of(answer, owner, "refresh")

    def _afterwards(self, credential: Credential) -> str:
        """Say whether the genuine value still works, which makes the refusals mean something."""
        session = credential.session
        if session is None:
            return "it belongs to no session"
        if credential.kind is Kind.REFRESH:
            event = self.refresh(session)
            return ALIVE if event.acknowledged else f"the genuine one too is {event.words}"
        self.bench.stale()
        seen = self.bench.observe(credential)
        return ALIVE if seen.identity == session.user else f"the genuine one too: {seen.why}"

    def _trials(self, kind: str, credential: Credential, trials: list[Trial], detail: str) -> Event:
        event = self.model.event(kind, None, session=credential.session, detail=detail)
        event.extra = Trials(credential, tuple(trials))
        return event

    def note(self, kind: str, credential: Credential, detail: str, *found: str) -> Event:
        """Note what was found out beside the presenting, each thing under its own name."""
        nobody = Seen(kind, None, clear=True, why=detail)
        trials = [Trial(Attempt(name, kind, "", ""), nobody) for name in found]
        return self._trials(kind, credential, trials, detail)

    # -- time and keys ----------------------------------------------------------------------------

    def _passed(self, seconds: float) -> bool:
        try:
            self.pass_time(max(0.0, seconds))
        except NotOffered:
            return False
        return True

    def outlive(
        self, credential: Credential, until: float, *, margin: float, sibling: Session
    ) -> Event:
        """See a token live just before its end, and let it pass.

        A refresh token is used up by looking: that of a sibling opened with it is looked at.
        """
        early = until - self.target_time() - margin
        moved = early > 0 and self._passed(early)
        if credential.kind is Kind.REFRESH:
            control = self.refresh(sibling).acknowledged
        else:
            seen = self.bench.everywhere(credential.held, credential.channel)
            control = seen.identity == credential.owner
        leeway = float(self.policy["jwt.leeway"])
        moved = moved and self._passed(until - self.target_time() + leeway + margin)
        return self._over("expiry", [credential], moved and control)

    def meet_end(self, credential: Credential, until: float) -> None:
        """Present a token where its own end is not in doubt: alive before, and over after it."""
        seen = self.bench.everywhere(credential.held, credential.channel)
        lifetime = until - (credential.since or until)
        doubt = tolerance(self.policy, lifetime)
        now = self.target_time()
        if now <= until - doubt:
            if seen.identity == credential.owner:
                self.met.add(credential.name)
        elif now >= until + float(self.policy["jwt.leeway"]) + doubt:
            event = self.model.event("expiry", None, session=credential.session)
            met = credential.name in self.met
            event.detail = ALIVE if met else "it was not seen alive shortly before"
            credential.end("expiry", event)
            event.ends.append(credential)

    def retire_key(self, signed: Sequence[Credential], sibling: Session, wait: float) -> Event:
        """Let the target sign with a new key, and wait until the old one is retired.

        The sibling moves on to the new key first: that it still renews shows what time alone does.
        """
        moved = isinstance(self.bench.call("rotate_key"), Acknowledged)
        control = self.refresh(sibling).acknowledged
        moved = self._passed(wait) and moved
        control = self.refresh(sibling).acknowledged and control
        return self._over("key retired", signed, moved and control)

    def _over(self, kind: str, credentials: Iterable[Credential], control: bool) -> Event:
        ended = list(credentials)
        session = ended[0].session if ended else None
        event = self.model.event(kind, None, session=session)
        for other in self.model.live_sessions():
            self.effects.forget(other)
        for credential in ended:
            credential.state = State.LIVE
            credential.end(kind, event)
            event.ends.append(credential)
        event.detail = ALIVE if control else "the control before or beside it failed"
        return event

    # -- addressees -------------------------------------------------------------------------------

    def present_elsewhere(self, session: Session, other: Session) -> Event:
        """Present the token of one audience to another, where both are accepted at home."""
        self.effects.prove(session)
        self.effects.prove(other)
        mine, theirs = session.sure, other.sure
        held = (*theirs.held[:-1], replace(theirs.held[-1], value=mine.held[-1].value))
        seen = self.bench.everywhere(held, other.channel)
        attempt = Attempt(f"{session.channel} at {other.channel}", "audience", "SM-3.5", "")
        proven = mine.proven and theirs.proven
        detail = ALIVE if proven else "one of the two is not accepted at home"
        return self._trials("elsewhere", mine, [Trial(attempt, seen)], detail)


def minted_as(credential: Credential, value: Secret) -> Artefact:
    """Return a minted value where the genuine one is presented."""
    return replace(credential.held[-1], value=value)


def seen_of(answer: Answer, owner: str, probe: str) -> Seen:
    """Return an answer to an operation as a look: acknowledged means that its owner was known."""
    if isinstance(answer, Acknowledged):
        return Seen(probe, owner, clear=True, why="acknowledged")
    crashed = isinstance(answer, Unclear) and answer.crashed
    return Seen(probe, None, isinstance(answer, Refused), answer.why, crashed=crashed)

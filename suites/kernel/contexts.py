"""Sessions presented from another context: another address, another user agent, another key.

Acts do and record. They judge nothing.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.connections import far_source
from adapters.contract import (
    Acknowledged,
    Answer,
    Artefact,
    Device,
    Kind,
    Refused,
    Seen,
    Surroundings,
    fresh_device,
)
from adapters.dpop import flawed
from suites.kernel.bench import Lane, latest
from suites.kernel.halfway import Unfinished
from suites.kernel.model import Event, Session
from suites.kernel.people import password
from suites.kernel.policy import Policy

NOWHERE, ADDRESS, PREFIX, AGENT = "none", "ip", "ip_prefix", "ua"
KEYS = ("dpop", "device_key")
CONTEXTS, OWNER = "another context", "the owner, after another context"
OURS, THEIRS = "session-conformance", "Mozilla/5.0 (X11; other) elsewhere/1.0"
ACCESS, AGAIN, RENEWAL = "presented", "presented again", "renewed"
CLAIMING = "with the owner's values in headers"
PROVEN = "presented after a wrong password there"
FREED = "presented after the own password there"
NO_ADDRESS = (
    "no address of its own can be bound for another client: that takes Linux, and a target on "
    "a loopback address"
)
UNSEEN = "nothing shows that the target tells the two contexts apart"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One use of a session in another context.

    `accepted` is None where the answer is unclear; `seen_apart` says that the target showed that it
    tells the two contexts apart, `impossible` why there is no such context.
    """

    what: str
    mode: str
    accepted: bool | None
    why: str
    seen_apart: bool = False
    impossible: str = ""


def call_alike(adapter: Any, policy: Policy) -> None:
    """Let all clients call themselves the same where sessions are bound to that."""
    if policy["binding.mode"] == AGENT:
        adapter.transport.agent = OURS


class Contexts(Unfinished):
    """The acts of owners in their context, and of thieves in theirs."""

    def use_in_another_context(self, session: Session) -> Event | None:
        """Present what a session holds in another context, then let its owner go on."""
        main = session.main
        mode = str(self.policy["binding.mode"])
        if main is None or (mode in KEYS) is not (session.channel in self.bench.adapter.bound):
            return None
        self.effects.prove(session)
        if not main.proven:
            return None
        thief = self._elsewhere(mode)
        if thief is None:
            found = [Elsewhere(ACCESS, mode, None, "", impossible=NO_ADDRESS)]
        else:
            found = list(self._looks(session, mode, thief))
        self.bench.stale()
        owner = self.bench.observe(session.sure)
        apart = self._told_apart(mode, thief, Lane(session.channel)) if thief else False
        turned_away = any(one.accepted is False for one in found)
        apart = apart or (turned_away and owner.identity == session.user)
        event = self.model.event(CONTEXTS, None, user=session.user)
        event.extra = [replace(one, seen_apart=apart) for one in found]
        if mode != NOWHERE and thief is not None:
            self._let_owner_go_on(session, mode, owner)
        self.effects.doubt(session)
        return event

    def _elsewhere(self, mode: str) -> Device | None:
        """Return a client in a context that is clearly another one."""
        found = Device("elsewhere", headers={"User-Agent": THEIRS}, apart=True)
        if mode in {NOWHERE, ADDRESS, PREFIX}:
            found.source = far_source(self.bench.adapter.nodes)
            if not found.source and mode != NOWHERE:
                return None
        if mode in {ADDRESS, PREFIX}:
            found.headers, found.apart = fresh_device("elsewhere").headers, False
        return found

    def _looks(self, session: Session, mode: str, thief: Device) -> Iterator[Elsewhere]:
        yield self._look_from(session, mode, ACCESS, thief)
        if mode == NOWHERE:
            return
        claiming = self._claiming(session, mode, thief)
        if claiming is not None:
            yield self._look_from(session, mode, f"{ACCESS} {CLAIMING}", claiming)
        yield self._look_from(session, mode, AGAIN, thief)
        yield from self._proven_from(session, mode, thief)
        for client, what in ((thief, RENEWAL), (claiming, f"{RENEWAL} {CLAIMING}")):
            if client is not None and session.current(Kind.REFRESH):
                yield self._renewed_from(session, mode, what, client)

    def _look_from(self, session: Session, mode: str, what: str, client: Device) -> Elsewhere:
        main = session.sure
        which = self.bench.probes(main.channel)[0]
        held = _with_another_key(main.held, mode)
        seen: Seen = self.bench.probe(held, main.channel, which, _emptied(client))
        return Elsewhere(what, mode, seen.identity is not None if seen.clear else None, seen.why)

    def _renewed_from(self, session: Session, mode: str, what: str, client: Device) -> Elsewhere:
        credential, lane = session.current(Kind.REFRESH)[0], Lane(session.channel)
        held = _with_another_key(credential.held, mode)
        answer: Answer = self.bench.call("refresh", held, _emptied(client), lane=lane)
        if isinstance(answer, Acknowledged):
            self.bench.revived.append((lane.channel, latest((*held, *answer.issued))))
            return Elsewhere(what, mode, True, "renewed")
        return Elsewhere(what, mode, False if isinstance(answer, Refused) else None, answer.why)

    def _proven_from(self, session: Session, mode: str, thief: Device) -> Iterator[Elsewhere]:
        """Prove a password there: a wrong one frees nothing, the own one only where declared."""
        lane = Lane(session.channel)
        if mode in KEYS or not self.bench.offers("step_up", lane):
            return
        account = self.user(session.user)
        tries = [(PROVEN, replace(account, password=password()))]
        if not self.policy["binding.rebind_on_reauth"]:
            tries.append((FREED, account))
        for what, typed in tries:
            if typed is not account and not self.may_fail(session.user):
                continue
            if typed is not account:
                self.failed(session.user)
            held = session.held(session.channel)
            self.bench.call("step_up", held, _emptied(thief), typed, lane=lane)
            yield self._look_from(session, mode, what, thief)

    def _claiming(self, session: Session, mode: str, thief: Device) -> Device | None:
        """Return the thief with the owner's values in all headers that could be believed."""
        told = self.bench.call("client_context", fresh_device(), lane=Lane(session.channel))
        address = (told.address if isinstance(told, Surroundings) else None) or LOOPBACK
        if mode in KEYS or trusted(self.policy, thief.source or LOOPBACK):
            return None
        agent, name = fresh_device().headers["User-Agent"], session.device.name
        claimed = dict.fromkeys(
            ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP"), address
        )
        claimed |= {"Forwarded": f"for={address}", "Device-Id": name, "X-Device-Id": name}
        claimed["X-Original-User-Agent"] = self.bench.adapter.transport.agent or agent
        return replace(thief, headers={**thief.headers, **claimed})

    def _told_apart(self, mode: str, thief: Device, lane: Lane) -> bool:
        """Tell whether the target says itself that the two contexts are different ones."""
        told = [
            self.bench.call("client_context", client, lane=lane)
            for client in (fresh_device(), _emptied(thief))
        ]
        places = [(one.address, one.agent) for one in told if isinstance(one, Surroundings)]
        if len(places) != len(told):
            return False
        ours, theirs = places
        which = {ADDRESS: 0, PREFIX: 0, AGENT: 1}.get(mode)
        if which is None:
            # The key, or its absence, is in the request itself.
            return mode in KEYS or ours != theirs
        return None not in {ours[which], theirs[which]} and ours[which] != theirs[which]

    def _let_owner_go_on(self, session: Session, mode: str, owner: Seen) -> None:
        looks = [Elsewhere("used", mode, owner.identity == session.user, owner.why)]
        if not owner.clear:
            looks = [replace(looks[0], accepted=None)]
        elif looks[0].accepted and session.current(Kind.REFRESH):
            event = self.refresh(session)
            gone_on = isinstance(event.answer, Acknowledged)
            clear = gone_on or isinstance(event.answer, Refused)
            looks.append(Elsewhere("renewed", mode, gone_on if clear else None, event.words))
        told = self.model.event(OWNER, None, user=session.user)
        told.extra = looks


def trusted(policy: Policy, address: str) -> bool:
    """Tell whether a client at this address is a declared proxy, whose headers are believed."""
    here = ipaddress.ip_address(address)
    networks = (ipaddress.ip_network(str(one), strict=False) for one in policy["trusted_proxies"])
    return any(here in network for network in networks)


def _emptied(client: Device) -> Device:
    """Return the same client with an empty jar."""
    return Device(client.name, headers=client.headers, source=client.source, apart=client.apart)


def _with_another_key(held: Sequence[Artefact], mode: str) -> tuple[Artefact, ...]:
    return flawed(held, "another key") if mode in KEYS else tuple(held)

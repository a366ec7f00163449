"""Selectors over several nodes: what began or ended on one, presented on another.

A node is asked only when the declared `propagation_seconds` are over.
"""

from collections.abc import Callable, Iterator

from adapters.contract import Kind
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.model import AUTHENTICATING, COMPANIONS, Credential, Event, Session, State
from suites.kernel.select import dead_of, told, was_alive

KNOWN_THERE = "recognised on that node as well, before the event"
KNOWN_HERE = "recognised on the node that issued it"
KNOWN_BEFORE = "recognised on that node just before it was restarted"
REFUSED_HERE = "refused on another node"
RESTARTED = "a restart of the node"

Placed = tuple[Credential, int]
"""A credential, and a node that it is presented on."""


def ended_elsewhere() -> Selector:
    """Select what ended on one node while it was in use on another, with each such node."""

    def in_use(credential: Credential, node: int) -> bool:
        return node in credential.known_on

    return Selector("ended on another node", _on_others(AUTHENTICATING, in_use), KNOWN_THERE)


def companions_elsewhere() -> Selector:
    """Select what could renew a session that ended on one node while in use on another."""

    def in_use(credential: Credential, node: int) -> bool:
        session = credential.session
        if session is None or session.ended is None:
            return False
        mine = [c for c in session.credentials if c.kind in AUTHENTICATING]
        return any(node in c.known_on for c in mine)

    return Selector("companions on another node", _on_others(COMPANIONS, in_use), KNOWN_THERE)


def _on_others(
    kinds: frozenset[Kind], in_use: Callable[[Credential, int], bool]
) -> Callable[[Moment], Iterator[Subject]]:
    def over(credential: Credential) -> bool:
        return credential.ended_by is not None and was_alive(credential)

    def pick(moment: Moment) -> Iterator[Subject]:
        for subject in dead_of(moment, kinds, over):
            credential: Credential = subject.value
            if credential.ended_by is None:
                continue
            for node in moment.model.places(credential.ended_by)[1:]:
                if in_use(credential, node):
                    words = f"{subject.context} | on another node"
                    yield Subject((credential, node), (*subject.key, node), words)

    return pick


def begun_elsewhere() -> Selector:
    """Select what was issued on one node and lives, with every other node."""

    def pick(moment: Moment) -> Iterator[Subject]:
        if moment.model.nodes == 1:
            return
        fresh = [c for event in moment.events for c in event.issued]
        if moment.final or moment.model.propagation:
            fresh = [c for s in moment.model.live_sessions() for c in s.current(*AUTHENTICATING)]
        for credential in fresh:
            begun = _beginning(moment, credential)
            if begun is None or credential.kind not in AUTHENTICATING or not _proven(credential):
                continue
            for node in moment.model.places(begun)[1:]:
                words = f"{begun.kind} | {credential.kind.value} in {credential.place}"
                yield Subject((credential, node), (id(credential), node), words)

    return Selector("issued on another node", pick, KNOWN_HERE)


def _beginning(moment: Moment, credential: Credential) -> Event | None:
    return next((e for e in moment.model.events if credential in e.issued), None)


def _proven(credential: Credential) -> bool:
    alive = credential.state is State.LIVE and credential.proven and not credential.reported
    return alive and credential.session is not None and credential.session.live


def over_before_a_restart() -> Selector:
    """Select what had ended when a node was restarted, with that node."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != "restart" or not event.acknowledged:
                continue
            for credential in moment.model.dead():
                since = credential.ended_by
                over = credential.kind in AUTHENTICATING and was_alive(credential)
                if over and since is not None and since.number < event.number:
                    words = f"{told(credential, since)} | after a restart"
                    key = (id(credential), event.number)
                    yield Subject((credential, event.node), key, words)

    return Selector("over before a restart", pick, REFUSED_HERE)


def alive_before_a_restart() -> Selector:
    """Select what was recognised on a node just before it was restarted, with that node."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != "restart" or not event.acknowledged:
                continue
            sessions: tuple[Session, ...] = event.extra
            for session in sessions:
                if session.live:
                    main = session.sure
                    words = f"{main.kind.value} in {main.place} | after a restart"
                    yield Subject((main, event.node), (main.name, event.number), words)

    return Selector("alive before a restart", pick, KNOWN_BEFORE)

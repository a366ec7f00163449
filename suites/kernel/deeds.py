"""What the calls of a run did, and what of it a log has to tell.

Nothing here reads a log, and nothing is judged.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.checked import Call
from adapters.contract import Acknowledged, Artefact, Kind, Refused, Seen, Unclear, User
from suites.kernel.bench import Calibration
from suites.kernel.doings import (
    CAUSED,
    DEAD_TOKEN,
    DEAD_VALUE,
    ELSEWHERE,
    ENDING,
    ENTERING,
    FAILING,
    FORGED,
    LEAVING,
    MADE_UP_TOKEN,
    MADE_UP_VALUE,
    MISPLACED,
    OPAQUE,
    OPENING,
    PLAIN,
    PROVING,
    REUSE,
    SHAKING,
)
from suites.kernel.lots import Lot, Lots, Person
from suites.kernel.model import AUTHENTICATING, Model, State
from suites.kernel.policy import Policy
from suites.kernel.presented import alone, forbidden, in_jar, misplaced, refused

_LIKE_ISSUED = re.compile(r"[A-Za-z0-9._~-]{16,4096}")
FORWARDED = "X-Forwarded-For"


@dataclass(eq=False, slots=True)
class Deed:
    """Something that a call did, which the log tells once.

    Without `people` it may have been anybody; unless `sure` it may have done nothing after all.
    `source` is the address it came from, empty for the usual one, `claimed` what its client said
    of that itself, and `lot` the session it happened in.
    """

    number: int
    kind: str
    people: frozenset[Person]
    lot: Lot | None
    began: float
    ended: float
    sure: bool
    node: int = 0
    source: str = ""
    claimed: str = ""
    actor: Person | None = None
    raced: bool = False


@dataclass(eq=False, slots=True)
class Incident:
    """Something presented in vain, which the log tells at least once."""

    number: int
    what: str
    people: frozenset[Person]
    channel: str


@dataclass(slots=True)
class Book:
    """All that happened in one history, as far as a log should tell it.

    `ends` are the logouts that may be told of sessions which something else may have ended, one for
    each; `unknown` are the sessions that may have been opened without a lot: whose each may be.
    """

    lots: Lots
    model: Model
    deeds: list[Deed] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    issued: set[str] = field(default_factory=set)
    number: int = 0
    ends: dict[Lot, Deed] = field(default_factory=dict)
    unknown: list[frozenset[Person]] = field(default_factory=list)


class Recorder:
    """Keeps the book of the present history, and after it that of what comes before the next one.

    Calls may come from several threads.
    """

    def __init__(self, calibration: Calibration, policy: Policy) -> None:
        self.calibration = calibration
        self.policy = policy
        self.book = Book(Lots(calibration.users), Model({}))
        self._lock = threading.Lock()

    def begin(self, model: Model) -> Book:
        """Open the book of a new history."""
        self.book = Book(Lots(model.users.values()), model)
        return self.book

    def heard(self, call: Call) -> None:
        """Enter a call."""
        with self._lock:
            _Entry(self, self.book, call).enter()


class _Entry:
    """One call on its way into the book."""

    def __init__(self, recorder: Recorder, book: Book, call: Call) -> None:
        self.policy = recorder.policy
        self.calibration = recorder.calibration
        self.book, self.lots, self.call = book, book.lots, call
        said, answer = call.said, call.answer
        book.number += 1
        self.operation, self.answer = call.operation, answer
        self.channel = str(said.get("channel", ""))
        self.device = said.get("device")
        self.held: tuple[Artefact, ...] = tuple(said.get("held", ()))
        self.issued: tuple[Artefact, ...] = tuple(getattr(answer, "issued", ()))
        self.fresh = [a for a in self.issued if not self.lots.known(a.value.reveal())]
        self.done = isinstance(answer, Acknowledged)
        self.unclear = isinstance(answer, Unclear)
        user = said.get("user")
        self.user = self.lots.person(user) if isinstance(user, User) else None

    def enter(self) -> None:
        """Note what the call did, then what it may mean for sessions."""
        operation, answer = self.operation, self.answer
        self._besides()
        if operation == "create_user" and self.done and answer.user is not None:
            self.lots.person(answer.user, new=True)
        elif operation in OPENING:
            self._opening()
        elif operation in {"refresh", "refresh_scoped"}:
            self._renewing()
        elif operation == "logout":
            self._leaving()
        elif isinstance(answer, Seen):
            self._looking(answer)
        elif operation in ELSEWHERE and (self.done or self.unclear):
            self._deed("login_success", frozenset(), None, sure=False)
            self.book.unknown.append(frozenset())
        elif operation in OPAQUE:
            self._anything()
        else:
            self._plain()
        if operation in FAILING and (self.unclear or isinstance(answer, Refused)):
            sure = operation == "login_fail" and not self.unclear and self.user is not None
            if self.user is not None:
                self._deed("login_failure", frozenset({self.user}), None, sure=sure)
        self._shake()
        self.book.issued.update(artefact.value.reveal() for artefact in self.issued)

    # -- what a call did --------------------------------------------------------------------------

    def _opening(self) -> None:
        presented = self._values()
        owner = self.user or self.lots.owner(presented)
        people = frozenset({owner} if owner else ())
        if self.unclear or (self.done and not owner):
            self.book.unknown.append(people)
        if self.unclear:
            self._deed("login_success", people, None, sure=False)
        if not self.done:
            return
        over = self.lots.of(presented)
        if over is not None:
            self._may_end(over)
        lot = self.lots.open(owner, self.channel, self.issued, self.call.ended) if owner else None
        if owner and self.policy["concurrency.mode"] == "evict":
            self._may_end_all(owner)
        self._deed("login_success", people, lot, sure=bool(self.fresh and owner))

    def _renewing(self) -> None:
        token = self._token()
        lot = self.lots.of([token])
        people = self._people(lot)
        if self.done or self.unclear:
            rotated = any(a.kind is Kind.REFRESH for a in self.fresh)
            current = lot is not None and self.done and token not in lot.used
            self._deed("refresh", people, lot, sure=current)
            if rotated or self.unclear:
                self._deed("rotation", people, lot, sure=current)
            if lot is not None and self.done:
                if rotated:
                    lot.used.add(token)
                self.lots.give(lot, self.fresh)
        elif isinstance(self.answer, Refused) and _LIKE_ISSUED.fullmatch(token):
            self._incident(self._of_token(token, lot), people)
            if lot is not None:
                self._may_end_all(lot.owner)

    def _of_token(self, token: str, lot: Lot | None) -> str:
        if lot is None:
            return MADE_UP_TOKEN
        own = lot.channel == self.channel and self.operation == "refresh"
        keys = any(a.kind is Kind.KEY for a in self.held)
        watched = own and not keys and token in lot.used and lot.lives(self.call.began)
        return REUSE if watched else DEAD_TOKEN

    def _leaving(self) -> None:
        presented = self._values()
        lot = self.lots.of(presented)
        if self.done or self.unclear:
            sure = self.done and self._living() is not None
            if lot is not None and sure:
                self._lived(lot)
            self._deed("logout", self._people(lot), lot, sure=sure)
            if lot is not None and self.done:
                lot.over = True
            if lot is not None and self.policy["logout.scope"] != "session":
                self._may_end_all(lot.owner)

    def _looking(self, seen: Seen) -> None:
        value = self.held[-1].value.reveal() if self.held else ""
        lot = self.lots.of([value])
        if seen.identity is not None and lot is not None and lot.holds([value]):
            lot.sure = self.call.ended
        if seen.identity is not None and lot is not None:
            self.lots.give(lot, self.fresh)
        if seen.nobody and self.operation == "probe":
            living = self._living()
            if living is not None and misplaced(self.device, self.policy):
                self._incident(MISPLACED, self._people(living))
                self._may_end(living)
            elif alone(self.calibration.authenticating.get(self.channel), self.held, self.device):
                self._in_vain(value, lot)

    def _anything(self) -> None:
        """Any event may be told of whoever took part, but of what was refused only the failure."""
        living = self._living()
        # That the genuine request works in this session shows that nothing else was amiss.
        works = any(d.kind == "action" and d.sure and d.lot is living for d in self.book.deeds)
        if living and works and self.operation == "forge" and forbidden(self.answer):
            self._incident(FORGED, self._people(living))
        said, owner = self.call.said, self.lots.owner(self._values())
        named = [said.get(name) for name in ("user", "owner", "subject")]
        people = {self.lots.person(user) for user in named if isinstance(user, User)} | {owner}
        for kind in ("login_failure",) if refused(self.answer) else sorted(CAUSED):
            for _ in range(OPAQUE[self.operation]):
                self._deed(kind, frozenset(p for p in people if p), None, sure=False)
        self._may_end_all()
        if owner is not None and self.fresh:
            self.lots.open(owner, self.channel, self.issued, self.call.ended)

    def _in_vain(self, value: str, lot: Lot | None) -> None:
        credential = self.book.model.by_value(value)
        if credential is not None and credential.kind in AUTHENTICATING and credential.owner:
            if credential.state is State.DEAD:
                self._incident(DEAD_VALUE, self._people(lot))
            return
        issued = lot is not None or (credential is not None and credential.owner)
        if not issued and value not in self.book.issued and _LIKE_ISSUED.fullmatch(value):
            self._incident(MADE_UP_VALUE, frozenset())

    def _plain(self) -> None:
        lot = self.lots.of(self._values())
        kind = PLAIN.get(self.operation)
        owner = self.user if self.operation == "change_role" else lot.owner if lot else None
        if kind is not None and (self.done or self.unclear):
            acting = self.operation in {"impersonate", "end_impersonation"}
            people = self._people(lot) | {p for p in (owner, self.user) if p and not acting}
            if acting and lot is not None and self.user is not None:
                people = frozenset({lot.owner, self.user})
            actor = lot.owner if lot and (lot.acting or self.operation == "impersonate") else None
            sure = self.done and owner is not None
            self._deed(kind, frozenset(people), lot, sure=sure, actor=actor)
        if self.operation == "finish_reset" and not isinstance(self.answer, Refused):
            self._deed("password_change", frozenset(), None, sure=False)
        if self.done and lot is not None:
            self.lots.give(lot, self.fresh)
            if self.operation == "impersonate":
                lot.acting = self.user
            elif self.operation == "end_impersonation":
                lot.acting = None
        if self.user is not None and self.operation in {"read_link", "read_reset"}:
            self.lots.send(self.user, self.issued)

    # -- what a call may be besides ---------------------------------------------------------------

    def _besides(self) -> None:
        """Enter what some targets take a call for, and others do not."""
        operation, refused = self.operation, isinstance(self.answer, Refused)
        lot = self.lots.of(self._values())
        owner = self.user or self.lots.owner(self._values())
        people = self._people(lot) | frozenset({owner} if owner else ())
        for kind, named, able in (
            ("login_success", ENTERING, not refused),
            ("login_failure", PROVING, not self.done),
            ("logout", LEAVING, not refused),
        ):
            if operation in named and able:
                self._deed(kind, people, None, sure=False)
        if operation in ENTERING and not refused and lot is None:
            self.book.unknown.append(people)

    def _shake(self) -> None:
        if self.operation in SHAKING:
            self._may_end_all()
        elif self.operation in ENDING or (
            self.operation == "login_fail" and self.policy["lockout.affects_sessions"]
        ):
            self._may_end_all(self.user or self.lots.owner(self._values()))

    def _may_end_all(self, owner: Person | None = None) -> None:
        """Note that all sessions of an account may be over, or those of everybody."""
        for lot in self.lots.lots if owner is None else self.lots.all_of(owner):
            self._may_end(lot)
        for people in [p for p in self.book.unknown if owner is None or not p or owner in p]:
            self.book.unknown.remove(people)
            self._deed("logout", people, None, sure=False)

    def _may_end(self, lot: Lot) -> None:
        """Note that a session may be over, which may be told as its logout, but only once."""
        lot.sure = None
        if not lot.over and lot not in self.book.ends:
            self.book.ends[lot] = self._deed("logout", self._people(lot), lot, sure=False)

    def _lived(self, lot: Lot) -> None:
        """Note that nothing had ended a session before; a token may outlive it, and say nothing."""
        if self.policy["access_token.revocation"] != "until_exp":
            none = self.book.ends.pop(lot, None)
            self.book.deeds = [deed for deed in self.book.deeds if deed is not none]

    # -- what goes into the book ------------------------------------------------------------------

    def _deed(
        self,
        kind: str,
        people: frozenset[Person],
        lot: Lot | None,
        *,
        sure: bool,
        actor: Person | None = None,
    ) -> Deed:
        headers: Mapping[str, str] = getattr(self.device, "headers", {})
        if lot is not None and kind == "refresh" and (lot.over or lot.sure is None):
            lot.renewed_late = True
        deed = Deed(
            self.book.number,
            kind,
            people,
            lot,
            self.call.began,
            self.call.ended,
            sure,
            int(self.call.said.get("node", 0)),
            getattr(self.device, "source", ""),
            headers.get(FORWARDED, ""),
            actor,
        )
        self.book.deeds.append(deed)
        return deed

    def _incident(self, what: str, people: frozenset[Person]) -> None:
        found = Incident(self.book.number, what, people, self.channel)
        self.book.incidents.append(found)

    # -- what was presented -----------------------------------------------------------------------

    def _people(self, lot: Lot | None) -> frozenset[Person]:
        if lot is None:
            return frozenset()
        return frozenset(p for p in (lot.owner, lot.acting) if p is not None)

    def _living(self) -> Lot | None:
        """Return the session that was presented, if nothing is known that ended it."""
        values = self._values()
        lot = self.lots.of(values)
        lives = lot is not None and lot.lives(self.call.began) and lot.holds(values)
        return lot if lives else None

    def _values(self) -> list[str]:
        """Return what was presented: explicitly, or by the client's own jar."""
        return [a.value.reveal() for a in self.held] + in_jar(self.device)

    def _token(self) -> str:
        tokens = [a.value.reveal() for a in self.held if a.kind is Kind.REFRESH]
        name = self.calibration.refresh_at.get(self.channel, (None, ""))[1]
        stored = self.device.jar.get(name) if self.device is not None else None
        return tokens[-1] if tokens else stored.reveal() if stored is not None else ""

"""Anti-CSRF tokens: which session each was issued to, and what it does in another one.

Acts do and record. They judge nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapters.contract import Acknowledged, Answer, Artefact, Device, Kind, fresh_device
from suites.kernel.bench import Bench, Lane, alike
from suites.kernel.federation import copied
from suites.kernel.forging import Forging
from suites.kernel.model import Credential, Event, Model, Session, State
from suites.kernel.policy import Policy

LENT = "lent anti-CSRF tokens"
BELONGS = "the own token worked before and after, and the foreign one in its own session"
(
    OTHER_USER,
    OTHER_SESSION,
    ENDED_SESSION,
    ROTATED_OUT,
    BEFORE_LOGIN,
    USED,
    MADE_UP,
    CHOSEN_PAIR,
    FOREIGN_PAIR,
) = RELATIONS = (
    "of another user",
    "of another session of the user",
    "of an ended session",
    "of the session before its renewal",
    "of before the login",
    "that was used before",
    "that nobody issued",
    "that nobody issued, with a cookie to match",
    "of another user, with the cookie of that user",
)
PAIRS = frozenset({CHOSEN_PAIR, FOREIGN_PAIR})


@dataclass(frozen=True, slots=True)
class Issued:
    """A token of the ledger: whose session it was issued to, under which identifier of it."""

    token: Artefact
    session: Session
    under: Credential


@dataclass(frozen=True, slots=True)
class Lent:
    """One token in one session: how it belongs to that, and whether it changed anything there."""

    relation: str
    session: Session
    answer: Answer
    effect: bool | None


@dataclass(slots=True)
class Loans:
    """All tokens that were tried in one session, and whether its own worked before and after."""

    lent: list[Lent]
    worked: bool

    def cause(self, lent: Lent) -> Lent:
        """Return the use of a token of nobody, if that works: then any other one works as well."""
        nobodys = (one for one in self.lent if one.relation == MADE_UP and one.effect)
        pair = lent.relation in PAIRS
        return next(nobodys, lent) if lent.effect and not pair else lent


class Lending(Forging):
    """The acts on anti-CSRF tokens; `ledger` holds those that worked in their own session."""

    def __init__(self, bench: Bench, model: Model, policy: Policy) -> None:
        super().__init__(bench, model, policy)
        self.tokens: list[Issued] = []
        self.planted: dict[str, list[Artefact]] = {}

    def learn_token(self, session: Session) -> Artefact | None:
        """Fetch the token of a session; one that works there goes into the ledger."""
        if not self.lets("csrf_token", "write_marker", session.channel):
            return None
        if not self._ambient(session):
            return None
        token = self._own_token(session)
        if token is None or not self._used(session, token)[1]:
            return None
        self.tokens.append(Issued(token, session, session.sure))
        return token

    def lend_tokens(self, session: Session) -> Event | None:
        """Use each token of the ledger, and some of nobody, in a session that is alive."""
        own = self.learn_token(session)
        if own is None:
            return None
        lent: list[Lent] = []
        for relation, token, client in list(self._foreign(session, own)):
            answer, effect = self._used(session, token, client)
            lent.append(Lent(relation, session, answer, effect))
        again = self._own_token(session)
        worked = again is not None and bool(self._used(session, again)[1])
        return self.model.event(
            LENT, None, user=session.user, session=session, extra=Loans(lent, worked)
        )

    def log_in_with_planted_form(self, user: str, device: str, channel: str) -> Session | None:
        """An attacker plants what the login page gave, and its token is known to the attacker.

        Source: Squarcina et al., Cookie Crumbles, USENIX Security 2023, section 5.
        """
        lane, sender = self.lane(channel), fresh_device("sender")
        answer = self.bench.call("pre_auth", sender, lane=lane)
        known = [a for a in answer.issued if a.kind is Kind.CSRF]
        if not isinstance(answer, Acknowledged) or not known:
            return None
        plants = [self.stray(a, owner="", lane=lane) for a in answer.issued]
        plants = [c for c in plants if self.authenticates(c)]
        client = copied(sender)
        client.name = device
        session = self.login(
            user, device, client=client, carried="pre-auth", planted=plants, channel=lane.channel
        )
        if session is not None:
            self.planted[session.name] = known
        return session

    def _own_token(self, session: Session) -> Artefact | None:
        held = session.held(session.channel)
        client, lane = self.client_of(session), Lane(session.channel)
        answer = self.bench.call("csrf_token", held, client, lane=lane)
        return next((a for a in answer.issued if a.kind is Kind.CSRF), None)

    def _used(
        self, session: Session, token: Artefact, client: Device | None = None
    ) -> tuple[Answer, bool | None]:
        """Store a private value with a token, and say whether it is shown then."""
        value, held = self.new_marker(session.user), session.held(session.channel)
        answer: Answer = self.bench.call(
            "write_marker",
            (*held, token),
            client or self.client_of(session),
            value,
            lane=Lane(session.channel),
        )
        shown = self.shown_marker(session)
        return answer, None if shown is None else shown == value

    def _foreign(
        self, session: Session, own: Artefact
    ) -> Iterator[tuple[str, Artefact, Device | None]]:
        """Yield tokens that do not belong to a session, by relation."""
        seen: set[str] = set()
        for issued in reversed(self.tokens):
            relation = self._relation(issued, session)
            if relation and relation not in seen:
                seen.add(relation)
                yield relation, replace(own, value=issued.token.value), None
        for token in self.planted.get(session.name, ())[:1]:
            yield BEFORE_LOGIN, replace(own, value=token.value), None
        yield MADE_UP, own.holding(alike(own.value.reveal())), None
        yield from self._pairs(session, own)

    def _pairs(
        self, session: Session, own: Artefact
    ) -> Iterator[tuple[str, Artefact, Device | None]]:
        """Yield tokens with the cookie that they are compared with, as a sibling site plants it."""
        named = getattr(self.bench.adapter, "token_cookie", None)
        cookie = named(session.channel) if named is not None else None
        if cookie is None:
            return
        chosen = own.holding(alike(own.value.reveal()))
        theirs = (i.token for i in self.tokens if i.session.user != session.user)
        for relation, token in ((CHOSEN_PAIR, chosen), (FOREIGN_PAIR, next(theirs, None))):
            if token is not None:
                client = copied(self.client_of(session))
                client.jar.drop(cookie)
                client.jar.set(cookie, token.value, domain=self.bench.host)
                yield relation, replace(own, value=token.value), client

    def _relation(self, issued: Issued, session: Session) -> str:
        """Return how a token belongs to a session; nothing where that is not to be told."""
        if issued.session.user != session.user:
            return OTHER_USER if issued.session.ended is None else ""
        if issued.session is not session and issued.under.value == session.sure.value:
            return ""
        if issued.session is not session:
            return ENDED_SESSION if issued.session.ended is not None else OTHER_SESSION
        if issued.under is not session.sure:
            # Whether a token outlives a renewal that ends nothing is nowhere declared.
            return ROTATED_OUT if issued.under.state is State.DEAD else ""
        return USED if self.policy["csrf.per_request"] else ""

"""What happens between a provider and those who rely on it: logouts, and answers that go astray.

Acts do and record. They judge nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.contract import Acknowledged, Answer, Artefact, Device, Kind, Seen, fresh_device
from adapters.secrets import Secret
from suites.kernel.bench import Lane, alike
from suites.kernel.grants import Grants, end
from suites.kernel.model import Event, Session

PROVIDER_LOGOUT, LOGOUT_MISUSE = "provider logout", "provider logout misuse"
BACKCHANNEL, BOGUS_BACKCHANNEL, REPLAYED_BACKCHANNEL, FORGERIES = (
    "logout by the provider",
    "logout of nobody by the provider",
    "replayed logout by the provider",
    "forged logouts by the provider",
)
ANSWER_MISUSE = "misused answer of the provider"
NO_HINT, FORGED_HINT = HINT_DEFECTS = ("no hint", "a forged hint")
SUFFIX, CASE, QUERY, PLAIN = RETURN_DEFECTS = (
    "a longer return address",
    "a return address in capitals",
    "a return address with a question",
    "an unencrypted return address",
)
(
    FOREIGN_ANSWER,
    UNSOLICITED,
    NO_STATE,
    OTHER_STATE,
    SWAPPED_CODE,
    TWICE,
    AFTER_THE_END,
    FOREIGN_RENEWAL,
) = ANSWER_DEFECTS = (
    "of another browser",
    "that nobody asked for",
    "without state",
    "with another state",
    "with the code of another",
    "a second time",
    "after the session ended",
    "of another in a renewal",
)


@dataclass(frozen=True, slots=True)
class Silence:
    """Whether a client got a code without asking the user, before and after something."""

    client: str
    before: Answer
    after: Answer

    @property
    def worked(self) -> bool:
        """True when the provider knew the browser before."""
        return isinstance(self.before, Acknowledged)


@dataclass(frozen=True, slots=True)
class Forgery:
    """One logout token with one defect: how it was answered, and what its session showed then."""

    defect: str
    answer: Answer
    after: Seen


class Federation(Grants):
    """The acts of providers and relying parties, and of those who stand between them."""

    def parties(self) -> list[str]:
        """Return the channels of applications that log in at the provider."""
        channels: tuple[str, ...] = self.bench.adapter.channels
        return [name for name in channels if self.bench.offers("hand_in", Lane(name))]

    # -- logout at the provider ---------------------------------------------------------------

    def silently(self, session: Session, channel: str, client: Device) -> Answer:
        """Ask the provider for a code for a client, without asking the user."""
        answer: Answer = self.bench.call(
            "authorize",
            self.user(session.user),
            client,
            lane=Lane(channel),
            silent=True,
            challenged=True,
        )
        return answer

    def leave_provider(self, session: Session) -> Event | None:
        """Log out at the provider, and see whom it still knows in that browser."""
        hint = id_of(session, self.model.events)
        if hint is None or session.ended is not None:
            return None
        known = [c for c in self.clients() if self._agreed(session, c)]
        before = {c: self.silently(session, c, session.device) for c in known}
        self.effects.prove(session)
        jars = {c: copied(session.device) for c in known}
        lane = Lane(session.channel)
        answer = self.bench.call("rp_logout", (hint,), session.device, lane=lane, confirm=True)
        event = self.model.event(PROVIDER_LOGOUT, answer, user=session.user, session=session)
        event.extra = [Silence(c, before[c], self.silently(session, c, jars[c])) for c in known]
        if event.acknowledged and self._reaches_tokens():
            end(session, session.credentials, event, PROVIDER_LOGOUT)
            session.ended = event
        else:
            self.effects.forget(session)
        self.effects.spare(event)
        return event

    def _reaches_tokens(self) -> bool:
        """Say whether the profile declares that the tokens go with the provider's session."""
        declared = self.policy.declares("federation.logout_scope")
        scope = self.policy["federation.logout_scope"]
        return declared and scope != "local" and bool(self.policy["logout.kills_refresh"])

    def _agreed(self, session: Session, channel: str) -> bool:
        """Let the user agree once, so that a silent request can succeed at all."""
        return channel == session.channel or bool(self.code(session.user, session.device, channel))

    def misuse_provider_logout(self, session: Session, defect: str) -> Event | None:
        """Ask for a logout in one wrong way, and see whether the browser is still known."""
        hint = id_of(session, self.model.events)
        back = self._back(session.channel)
        if hint is None or session.ended is not None or (back is None and defect != NO_HINT):
            return None
        held: list[Artefact] = []
        if defect != NO_HINT:
            held.append(_forged(hint) if defect == FORGED_HINT else hint)
        if defect in RETURN_DEFECTS and back is not None:
            held.append(back.holding(_elsewhere(back.value.reveal(), defect)))
        before = self.silently(session, session.channel, session.device)
        lane, kept = Lane(session.channel), copied(session.device)
        answer = self.bench.call("rp_logout", held, session.device, lane=lane, confirm=False)
        after = self.silently(session, session.channel, kept)
        event = self.model.event(LOGOUT_MISUSE, answer, user=session.user, session=session)
        event.detail, event.extra = defect, [Silence(session.channel, before, after)]
        if not isinstance(after, Acknowledged):
            self.effects.forget(session)
        self.effects.spare(event)
        return event

    def _back(self, channel: str) -> Artefact | None:
        leaving = getattr(self.bench.adapter, "leaving", None)
        found: Artefact | None = leaving(channel) if leaving is not None else None
        return found

    # -- logout by the provider -----------------------------------------------------------------

    def sid_of(self, session: Session) -> str | None:
        """Return the provider's name for the session behind one of a relying party."""
        read = getattr(self.bench.adapter, "provider_sid", None)
        held = session.held(session.channel)
        if read is None:
            return None
        found: str | None = read(held, fresh_device(), channel=session.channel, node=0)
        return found

    def token(
        self, claims: Mapping[str, Any], channel: str, *, kind: str = "logout+jwt", by: str
    ) -> Secret | None:
        """Return a logout token of the provider, or of somebody who pretends to be it."""
        found: Secret | None = self.bench.adapter.logout_token(
            claims, channel=channel, kind=kind, by=by
        )
        return found

    def deliver(self, token: Secret, channel: str) -> Answer:
        """Hand a logout token to a relying party."""
        provider = fresh_device("provider")
        answer: Answer = self.bench.call("backchannel", token, provider, lane=Lane(channel))
        return answer

    def end_by_provider(
        self, session: Session, claims: Mapping[str, Any], *, everywhere: bool
    ) -> tuple[Event, Secret] | None:
        """Let the provider end one session of a relying party, or all of its user."""
        token = self.token(claims, session.channel, by="provider")
        if token is None:
            return None
        self.effects.prove_all(session.user)
        answer = self.deliver(token, session.channel)
        event = self.model.event(BACKCHANNEL, answer, user=session.user, session=session)
        event.detail = "all of the user" if everywhere else "one session"
        mine = [s for s in self.model.live_sessions(session.user) if s.channel == session.channel]
        for ended in mine if everywhere else [session]:
            if isinstance(answer, Acknowledged):
                end(ended, ended.credentials, event, BACKCHANNEL)
                ended.ended = event
            else:
                self.effects.forget(ended)
        self.effects.spare(event)
        return event, token

    def end_nobody_by_provider(self, session: Session, claims: Mapping[str, Any]) -> Event | None:
        """Let the provider name a session that the relying party does not have."""
        token = self.token(claims, session.channel, by="provider")
        if token is None:
            return None
        self.effects.prove_all(session.user)
        answer = self.deliver(token, session.channel)
        event = self.model.event(BOGUS_BACKCHANNEL, answer, user=session.user)
        self.effects.spare(event)
        return event

    def replay_to_party(self, token: Secret, session: Session) -> Event:
        """Deliver a logout token again, after its user came back."""
        self.effects.prove(session)
        answer = self.deliver(token, session.channel)
        event = self.model.event(REPLAYED_BACKCHANNEL, answer, user=session.user, session=session)
        self.effects.spare(event)
        return event

    def forge_logouts(
        self,
        session: Session,
        forgeries: Sequence[tuple[str, Mapping[str, Any], str, str]],
        claims: Mapping[str, Any],
    ) -> Event | None:
        """Try logout tokens with one defect each, then the one without any.

        `detail` is empty unless the last one did not end the session: then nothing is proven.
        """
        self.effects.prove(session)
        tried = []
        for defect, altered, kind, by in forgeries:
            token = self.token(altered, session.channel, kind=kind, by=by)
            if token is None:
                return None
            answer = self.deliver(token, session.channel)
            self.bench.stale()
            tried.append(Forgery(defect, answer, self.bench.observe(session.sure)))
            if not tried[-1].after.identity:
                break
        event = self.model.event(FORGERIES, None, user=session.user, session=session, extra=tried)
        if all(one.after.identity for one in tried):
            done = self.end_by_provider(session, claims, everywhere=False)
            self.bench.stale()
            gone = done is not None and self.bench.observe(session.sure).nobody
            event.detail = "" if gone else "the genuine one ended nothing"
        else:
            self.effects.forget(session)
        return event

    # -- answers that go astray -------------------------------------------------------------------

    def misuse_answer(self, user: str, other: str, channel: str, defect: str) -> Event | None:
        """Hand an answer of the provider to a relying party in one wrong way.

        `extra` is whom the browser shows to the relying party afterwards.
        """
        victim, thief = self.role(user), self.role(other)
        # The control: the genuine way is open on the same channel.
        open_ = any(s.channel == channel for s in self.model.sessions.values())
        if not open_ and self.login(thief, "phone", channel=channel) is None:
            return None
        browser, elsewhere = self.client("laptop", anew=True), fresh_device("thief")
        if defect in {AFTER_THE_END, TWICE, FOREIGN_RENEWAL}:
            found = self._of_an_old_answer(victim, thief, channel, defect, browser)
        else:
            mine = self.code(victim, browser, channel)
            theirs = self.code(thief, elsewhere, channel)
            if mine is None or theirs is None or victim == thief:
                return None
            held, client = _astray(mine, theirs, defect, browser)
            found = self._handed_in(held, client, channel)
        if found is None:
            return None
        answer, seen = found
        return self.model.event(ANSWER_MISUSE, answer, user=victim, detail=defect, extra=seen)

    def _of_an_old_answer(
        self, victim: str, thief: str, channel: str, defect: str, browser: Device
    ) -> tuple[Answer, Seen] | None:
        mine = self.code(victim, browser, channel)
        before = copied(browser)
        answer = self.bench.call("hand_in", mine or (), browser, lane=Lane(channel))
        if mine is None or not isinstance(answer, Acknowledged):
            return None
        self.bench.revived.append((channel, answer.issued))
        if defect == FOREIGN_RENEWAL:
            return self._renewal(victim, thief, channel, browser)
        if defect == AFTER_THE_END:
            self.bench.call("logout", (), browser, lane=Lane(channel))
        return self._handed_in(mine, before, channel)

    def _renewal(
        self, victim: str, thief: str, channel: str, browser: Device
    ) -> tuple[Answer, Seen] | None:
        elsewhere = fresh_device("thief")
        if not isinstance(
            self.bench.call("login", self.user(thief), elsewhere, lane=Lane(channel)), Acknowledged
        ):
            return None
        mine = self.code(victim, browser, channel, silent=True)
        theirs = self.code(thief, elsewhere, channel, silent=True)
        if mine is None or theirs is None:
            return None
        held = (*_only(theirs, Kind.ID), *_without(mine, Kind.ID))
        return self._handed_in(held, browser, channel)

    def _handed_in(
        self, held: Sequence[Artefact], client: Device, channel: str
    ) -> tuple[Answer, Seen]:
        answer: Answer = self.bench.call("hand_in", held, client, lane=Lane(channel))
        if isinstance(answer, Acknowledged):
            self.bench.revived.append((channel, answer.issued))
        self.bench.stale()
        return answer, self.bench.probe((), channel, self.bench.adapter.probes[0], client)


def id_of(session: Session, events: Sequence[Event]) -> Artefact | None:
    """Return the newest statement of the provider about who is logged in."""
    answers = [session.opened.answer]
    answers += [e.answer for e in events if e.kind == "refresh" and e.session is session]
    given = [a for answer in answers if answer is not None for a in answer.issued]
    return next((a for a in reversed(given) if a.kind is Kind.ID), None)


def copied(client: Device) -> Device:
    return Device(client.name, client.jar.copy(), client.headers, client.query)


def _only(held: Sequence[Artefact], kind: Kind) -> tuple[Artefact, ...]:
    return tuple(artefact for artefact in held if artefact.kind is kind)


def _without(held: Sequence[Artefact], kind: Kind) -> tuple[Artefact, ...]:
    return tuple(artefact for artefact in held if artefact.kind is not kind)


def _astray(
    mine: tuple[Artefact, ...], theirs: tuple[Artefact, ...], defect: str, browser: Device
) -> tuple[tuple[Artefact, ...], Device]:
    match defect:
        case "of another browser":
            return theirs, browser
        case "that nobody asked for":
            return theirs, fresh_device("laptop")
        case "without state":
            return _without(mine, Kind.STATE), browser
        case "with another state":
            held = tuple(
                a.holding(alike(a.value.reveal())) if a.kind is Kind.STATE else a for a in mine
            )
            return held, browser
        case _:
            return (*_only(theirs, Kind.CODE), *_without(mine, Kind.CODE)), browser


def _forged(hint: Artefact) -> Artefact:
    head, _, signature = hint.value.reveal().rpartition(".")
    return hint.holding(f"{head}.{alike(signature)}")


def _elsewhere(address: str, defect: str) -> str:
    scheme, mark, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return {
        SUFFIX: f"{address}.elsewhere",
        CASE: f"{scheme}{mark}{host}{slash}{path.upper()}",
        QUERY: f"{address}?next=elsewhere",
        PLAIN: f"http{mark}{rest}",
    }[defect]

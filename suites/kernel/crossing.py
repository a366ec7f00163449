"""One account through several entry points: what is opened, ended and looked at across channels.

Acts do and record. They judge nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.contract import Acknowledged, Kind, Seen, fresh_device
from suites.kernel.bench import Lane
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.model import AUTHENTICATING, Credential, Event, Session
from suites.kernel.policy import Policy
from suites.kernel.select import ALIVE_BEFORE, dead_of, was_alive
from suites.kernel.timing import Timing

EXCHANGE, COMPARED = "exchange", "channels compared"
EACH = 2
"""Sessions on each channel: what befalls one of two is a matter of that session."""
OUT, CHANGED, EVERYWHERE = "logout", "password change", "logout everywhere"
WAYS: Mapping[str, str] = {
    OUT: "logout",
    CHANGED: "change_password",
    EVERYWHERE: "revoke_all",
}
"""How sessions of several channels are ended -> the operation that it takes."""
SEEN_THERE = "recognised as its owner through that entry point before the event"


@dataclass(frozen=True, slots=True)
class Compared:
    """What sessions showed after one way to end them, by channel; each was alive before."""

    how: str
    looks: Mapping[str, tuple[tuple[Credential, Seen], ...]]


@dataclass(frozen=True, slots=True)
class Through:
    """A dead value, and the entry point of another channel that knew its owner before."""

    credential: Credential
    channel: str

    @property
    def session(self) -> Session | None:
        """The session that the value belonged to."""
        return self.credential.session


class Crossing(Timing):
    """The acts of people who use one account through several entry points."""

    def read_through(self, session: Session, channel: str) -> None:
        """Present what a session holds through the entry point of another channel.

        Only an address of its own makes another entry point; the same one tells nothing new.
        """
        main, lane = session.main, self.lane(channel)
        known = self.bench.calibration.authenticating.get(lane.channel)
        if main is None or lane.channel == session.channel:
            return
        if known is None or not all(known.covers(artefact) for artefact in main.held):
            return
        self.bench.stale()
        own = set()
        for which in self.bench.probes(session.channel):
            self.bench.observe(main, which)
            own.add(self.bench.last.request_address)
        found: list[Seen] = []
        for which in self.bench.probes(lane.channel):
            seen = self.bench.probe(main.held, lane.channel, which)
            if self.bench.last.request_address not in own:
                found.append(seen)
        if found and all(seen.identity == session.user for seen in found):
            main.known_through.add(lane.channel)
        self.model.event("read through", None, user=session.user, session=session)

    def exchange(self, session: Session, channel: str) -> Session | None:
        """Open a session on another channel with a living one, as an application does at a page."""
        main, lane = session.main, self.lane(channel)
        if main is None or not self.bench.offers("exchange", lane) or self.crowded(session.user):
            return None
        self.effects.prove_all(session.user)
        client = fresh_device("exchanger")
        answer = self.bench.call("exchange", main.held, client, lane=lane)
        event = self.model.event(EXCHANGE, answer, user=session.user, presented=(main.value,))
        if not isinstance(answer, Acknowledged):
            self.effects.spare(event)
            return None
        opened = Session(self.name(), session.user, client, lane.channel, event)
        event.opened = event.session = opened
        self.model.sessions[opened.name] = opened
        self.effects.opened(opened, answer.issued, event)
        self.effects.after_login(opened, event)
        return opened

    def compare_channels(self, user: str, how: str) -> Event | None:
        """Open sessions on every channel, end them in one way, and look at all of them."""
        role, channels = self.role(user), self._channels(how)
        if len(channels) < EACH or role in self.disabled:
            return None
        opened: list[Session] = []
        for number in range(EACH):
            for channel in channels:
                if self.crowded(role):
                    return None
                found = self.login(role, f"{channel} {number + 1}", channel=channel)
                if found is None:
                    return None
                opened.append(found)
        caller = opened[0] if how == OUT else self.login(role, "caller", channel=channels[0])
        if caller is None or not all(s.main is not None and s.sure.proven for s in opened):
            return None
        mains = [session.sure for session in opened]
        if not self._ended(how, caller, opened):
            return None
        groups = {c: [main for main in mains if main.channel == c] for c in channels}
        return self._looked(role, how, groups)

    def compare_exchanged(self, user: str, channel: str) -> Event | None:
        """End a session that was exchanged for another one together with one of a plain login."""
        role, lane = self.role(user), self.lane(channel)
        first = self._channels(EVERYWHERE)[:1]
        if not first or not self.bench.offers("exchange", lane) or role in self.disabled:
            return None
        page = self.login(role, "page", channel=first[0])
        exchanged = page and self.exchange(page, lane.channel)
        plain = None if self.crowded(role) else self.login(role, "plain", channel=lane.channel)
        if page is None or exchanged is None or plain is None:
            return None
        groups = {f"{channel} (exchanged)": [exchanged.sure], channel: [plain.sure]}
        if not all(main.proven for mains in groups.values() for main in mains):
            return None
        if not self._ended(EVERYWHERE, page, []):
            return None
        return self._looked(role, EVERYWHERE, groups)

    def _looked(self, role: str, how: str, groups: Mapping[str, Sequence[Credential]]) -> Event:
        """Look at once: what judges ask for later may use values up."""
        self.bench.stale()
        looks = {
            name: tuple(
                (one, self.bench.probe(one.held, one.channel, self.bench.probes(one.channel)[0]))
                for one in mains
            )
            for name, mains in groups.items()
        }
        event = self.model.event(COMPARED, None, user=role, detail=how)
        event.extra = Compared(how, looks)
        return event

    def _ended(self, how: str, caller: Session, opened: list[Session]) -> bool:
        if how == CHANGED:
            return self.change_password(caller).acknowledged
        if how == EVERYWHERE:
            return self.revoke_all(caller).acknowledged
        return all([self.logout(session).acknowledged for session in opened])

    def _channels(self, how: str) -> list[str]:
        """Return one channel for each entry point; the first of them is where the call is made."""
        adapter, known = self.bench.adapter, self.bench.calibration.authenticating
        apart = {*adapter.scopes, *adapter.bound, *separate(self.policy)}
        ways: dict[object, str] = {}
        for channel in adapter.channels:
            if channel not in apart and channel in known:
                ways.setdefault((known[channel].sets, self.bench.probes(channel)), channel)
        able = [c for c in ways.values() if self.bench.offers(WAYS[how], Lane(c))]
        if how == OUT:
            return able
        return [*able[:1], *(c for c in ways.values() if c not in able[:1])] if able else []


def separate(policy: Policy) -> Collection[str]:
    """Return the channels that are declared to be session domains of their own."""
    said = policy["channels"]
    named = said.get("separate", ()) if isinstance(said, Mapping) else ()
    return frozenset(named) if isinstance(named, list | tuple) else frozenset()


def compared() -> Selector:
    """Select each channel of a comparison, with what all of them showed."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == COMPARED:
                found: Compared = event.extra
                for channel in found.looks:
                    about = f"{found.how} on {channel}"
                    yield Subject((found, channel), (event.number, channel), about)

    return Selector("sessions on several channels", pick, ALIVE_BEFORE, varieties=2)


def ended_elsewhere() -> Selector:
    """Select dead values that the entry point of another channel knew while they were alive."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for subject in dead_of(moment, AUTHENTICATING, was_alive):
            credential: Credential = subject.value
            for channel in sorted(credential.known_through):
                about = f"{subject.context} | through {channel}"
                yield Subject(Through(credential, channel), (*subject.key, channel), about)

    return Selector("values that ended, at other entry points", pick, SEEN_THERE)


def alike_on(found: Compared, channel: str, policy: Policy) -> tuple[bool, list[str]]:
    """Return whether every session of a channel survived, and the channels on which none did."""

    def tolerated(kind: Kind) -> bool:
        return kind is Kind.ACCESS and policy["access_token.revocation"] == "until_exp"

    survived = all(
        seen.identity is not None and not tolerated(main.kind)
        for main, seen in found.looks[channel]
    )
    refused = [
        other
        for other, looks in found.looks.items()
        if other != channel and all(seen.nobody for _, seen in looks)
    ]
    return survived, refused

"""What other sites have a victim's browser do: change data, log in, log out.

Acts do and record: what a request had for an effect, and whether a browser would have sent the
cookies along, which a raw client cannot see. They judge nothing.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from adapters.contract import Acknowledged, Answer, Artefact, Device, Kind, Place, fresh_device
from adapters.crossing import SIBLING, Body, Crossing, Origin
from suites.kernel.bench import Lane, latest
from suites.kernel.federation import copied
from suites.kernel.model import Event, Session
from suites.kernel.once import OneTime

RIDDEN, FORGED_LOGIN, FORGED_LOGOUT = "ridden session", "forged login", "forged logout"
WORKED = "the genuine request worked before and after"
PREFIXED = "__Host-"
"""What a cookie's name begins with that no other site of the domain can set (RFC 6265bis 4.1.3)."""
TRICKS = frozenset({Origin.SUFFIX, Origin.PREFIX})
ORIGINS = tuple(
    Crossing(f"a script {origin.value}", origin, Body.JSON, mode="cors")
    for origin in (Origin.FOREIGN, Origin.NULL, Origin.SUFFIX, Origin.PREFIX)
)


@dataclass(frozen=True, slots=True)
class Forged:
    """One request of another site: how it came, how it was answered, and what it did.

    `effect` is None when that could not be seen. `kept_home` says which attribute keeps a browser
    from sending the cookies along, and is empty where it sends them. `planted` marks a login in
    which the cookies were those of the sender.
    """

    crossing: Crossing
    answer: Answer
    effect: bool | None
    kept_home: str = ""
    circumstances: str = ""
    planted: str = ""

    @property
    def words(self) -> str:
        """How it came, for the report."""
        return f"{self.crossing.name}{self.circumstances}"


@dataclass(slots=True)
class Forgeries:
    """All that another site had sent in one situation, and which scripts may read (CORS)."""

    forged: list[Forged] = field(default_factory=list)
    shared: list[Forged] = field(default_factory=list)
    worked: bool = True

    def cause(self, forged: Forged) -> Forged:
        """Return the plainest of those that work alike: what they have in common is told once."""
        alike = [
            one
            for one in self.forged
            if one.effect
            and (one.crossing.body, one.crossing.method)
            == (forged.crossing.body, forged.crossing.method)
        ]
        return min(alike, key=lambda one: bool(one.circumstances)) if forged.effect else forged

    def only_dated(self) -> bool:
        """True when nothing but what browsers of the past sent had an effect."""
        return all(one.crossing.dated for one in self.forged if one.effect)


class Forging(OneTime):
    """The acts of pages of other sites, in the browser of somebody who is logged in, or is not."""

    # -- riding a session -------------------------------------------------------------------------

    def ride(self, session: Session) -> Event | None:
        """Have a private value stored by another site in every way, and read it back.

        Ahead of the first genuine request of a session, a few ways are tried where another session
        of the user shows that the request works.
        """
        if not self._ambient(session) or not self.lets("forge", "write_marker", session.channel):
            return None
        ways = self._ways("write_marker", session.channel)
        found, fresh = Forgeries(), not self._has_written(session)
        # Ways that were tried after a genuine request are not tried again on a second session.
        tried = any(
            e.kind == RIDDEN and e.session in self._twins(session) for e in self.model.events
        )
        twin = next((s for s in self._twins(session) if self._writes(s)), None) if fresh else None
        if twin is not None:
            found.forged += self._ridden(session, _first_of_each(ways), " before any form")
        found.worked = self._writes(session)
        if found.worked:
            later = _first_of_each(ways) if tried else ways
            found.forged += self._ridden(session, later, "")
            found.shared = [] if tried else list(self._shared(session))
            found.worked = self._writes(session)
        return self.model.event(RIDDEN, None, user=session.user, session=session, extra=found)

    def _ridden(
        self, session: Session, ways: Iterable[Crossing], circumstances: str
    ) -> list[Forged]:
        lane, found = Lane(session.channel), []
        for crossing in ways:
            value = self.new_marker(session.user)
            answer: Answer = self.bench.call(
                "forge",
                "write_marker",
                value,
                session.sure.held,
                fresh_device(),
                crossing,
                lane=lane,
            )
            shown = self.shown_marker(session)
            effect = None if shown is None else shown == value
            home = self._kept_home(session.sure.held, crossing)
            found.append(Forged(crossing, answer, effect, home, circumstances))
            if effect is None:
                break
        return found

    def _shared(self, session: Session) -> Iterable[Forged]:
        """Yield the origins whose scripts may read what the cookies open."""
        which = self.bench.probes(session.channel)[0]
        for crossing in ORIGINS:
            answer: Answer = self.bench.call(
                "shares",
                session.sure.held,
                fresh_device(),
                crossing,
                lane=Lane(session.channel),
                which=which,
            )
            home = self._kept_home(session.sure.held, crossing)
            yield Forged(crossing, answer, isinstance(answer, Acknowledged), home)

    def _writes(self, session: Session) -> bool:
        """Store a private value in the genuine way, and say whether it is shown then."""
        event = self.write_marker(session)
        return bool(self.shown_marker(session) == event.extra)

    def new_marker(self, user: str) -> str:
        """Make up a private value, and remember whose it is."""
        value = f"note-{secrets.token_hex(8)}"
        self.bench.markers[value] = user
        return value

    def shown_marker(self, session: Session) -> str | None:
        """Return the private value that a session shows now, None when it cannot be seen."""
        self.bench.stale()
        if session.main is None:
            return None
        seen = self.bench.observe(session.main)
        return (seen.marker or "") if seen.identity == session.user else None

    def _ambient(self, session: Session) -> bool:
        """Say whether the session is known by what a browser sends by itself."""
        main = session.main
        if main is None or any(a.place is not Place.COOKIE for a in main.held):
            return False
        self.bench.stale()
        return self.bench.observe(main).identity == session.user

    def lets(self, *wanted: str) -> bool:
        """Say whether operations are offered on a channel, which is named last."""
        *operations, channel = wanted
        return all(self.bench.offers(name, Lane(channel)) for name in operations)

    def _twins(self, session: Session) -> list[Session]:
        """Return the other living sessions of the user on the channel."""
        mine = self.model.live_sessions(session.user)
        return [s for s in mine if s is not session and s.channel == session.channel]

    def _has_written(self, session: Session) -> bool:
        return any(e.kind == "note" and e.session is session for e in self.model.events)

    def _ways(self, operation: str, channel: str) -> list[Crossing]:
        """Return the ways for an operation, with tricks made from the trusted origins as well."""
        ways = list(self.bench.adapter.crossings(operation, channel))
        trusted: Sequence[str] = self.policy["csrf.trusted_origins"]
        more = [
            replace(
                one, name=f"{one.name.removesuffix(' the target')}, as {origin}", imitates=origin
            )
            for origin in trusted
            for one in ways
            if one.origin in TRICKS
        ]
        return ways + more

    def _kept_home(self, held: Iterable[Artefact], crossing: Crossing) -> str:
        """Return which SameSite attribute keeps a cookie at home that the request needs."""
        for artefact in held:
            said = self._samesite(artefact)
            if said == "Strict" or (said == "Lax" and not crossing.navigates):
                return f"SameSite={said}"
        return ""

    def _samesite(self, artefact: Artefact) -> str | None:
        name, value = artefact.name, artefact.value
        sets = (c for _, e in reversed(self.bench.exchanges) for c in e.cookies_set)
        return next((c.samesite for c in sets if c.name == name and c.value == value), None)

    # -- logging in and out -----------------------------------------------------------------------

    def forge_login(self, user: str, channel: str) -> Event | None:
        """Have the browser of a victim logged in to the account of whoever wrote the page."""
        role, lane = self.role(user), self.lane(channel)
        if not self._logs_in_by_cookie(lane.channel) or role in self.disabled:
            return None
        ways = self._ways("login", lane.channel)
        if not ways or self.crowded(role) or not self._logs_in(role, lane):
            return None
        found = Forgeries()
        for crossing in ways:
            found.forged.append(self._logged_in(role, lane, crossing, fresh_device("victim")))
        if self.bench.offers("pre_auth", lane):
            for crossing in _first_of_each(ways, tokens=True):
                browser = fresh_device("victim")
                self.bench.call("pre_auth", browser, lane=lane)
                found.forged.append(
                    self._logged_in(role, lane, crossing, browser, " after a visit")
                )
            found.forged += self._logged_in_with_planted(role, lane)
        return self.model.event(FORGED_LOGIN, None, user=role, extra=found)

    def _logs_in(self, role: str, lane: Lane) -> bool:
        """Log in and out in the genuine way, and say whether the user was recognised meanwhile."""
        client = fresh_device("kiosk")
        answer = self.bench.call("login", self.user(role), client, lane=lane)
        if not isinstance(answer, Acknowledged):
            return False
        which, held = self.bench.probes(lane.channel)[0], latest(answer.issued)
        seen = self.bench.probe(held, lane.channel, which, client)
        self.bench.call("logout", held, client, lane=lane)
        return seen.identity == role

    def _logs_in_by_cookie(self, channel: str) -> bool:
        lane, known = Lane(channel), self.bench.calibration.authenticating.get(channel)
        if not self.bench.offers("forge", lane) or known is None:
            return False
        # Where a provider logs its users in, there is no form of the application's own.
        by_provider = any(self.bench.offers(name, lane) for name in ("redeem", "hand_in"))
        cookies = any(all(place is Place.COOKIE for place, _ in one) for one in known.sets)
        return cookies and not by_provider

    def _logged_in(
        self,
        role: str,
        lane: Lane,
        crossing: Crossing,
        browser: Device,
        circumstances: str = "",
        held: Sequence[Artefact] = (),
    ) -> Forged:
        before = {a.value.reveal(): a for a in self._in_jar(browser)}
        answer: Answer = self.bench.call(
            "forge", "login", self.user(role), held, browser, crossing, lane=lane
        )
        home = self._kept_home(before.values(), crossing) if before else ""
        effect: bool | None = False
        # A browser that holds nothing new and held nothing before is logged in to nothing.
        if any(browser.jar.get(name) is not None for name in browser.jar.names()):
            seen = self.bench.probe((), lane.channel, self.bench.probes(lane.channel)[0], browser)
            effect = seen.identity is not None if seen.clear else None
        if effect:
            self.bench.call("logout", (), browser, lane=lane)
            self.effects.doubt_all()
        return Forged(crossing, answer, effect, home, circumstances)

    def _logged_in_with_planted(self, role: str, lane: Lane) -> Iterable[Forged]:
        """Yield a login with the sender's own cookies and token from before, as a sibling plants.

        Source: Squarcina et al., Cookie Crumbles, USENIX Security 2023, section 5.
        """
        sender = fresh_device("sender")
        answer = self.bench.call("pre_auth", sender, lane=lane)
        tokens = [a for a in answer.issued if a.kind is Kind.CSRF]
        if tokens and self._in_jar(sender):
            names = sender.jar.names()
            safe = bool(names) and all(name.startswith(PREFIXED) for name in names)
            forged = self._logged_in(
                role, lane, SIBLING, copied(sender), " with the sender's own form", tokens
            )
            yield replace(forged, planted=PREFIXED if safe else "any site of the domain")

    def _in_jar(self, browser: Device) -> list[Artefact]:
        found = []
        for name in browser.jar.names():
            value = browser.jar.get(name)
            if value is not None:
                found.append(Artefact(Kind.UNKNOWN, Place.COOKIE, name, value))
        return found

    def forge_logout(self, session: Session) -> Event | None:
        """Have a victim logged out in every way until one works, then log out in the genuine way.

        `worked` is False when the genuine logout did not end the session: then nothing is proven.
        """
        lane = Lane(session.channel)
        if not self.bench.offers("forge", lane) or not self._ambient(session):
            return None
        self.effects.prove_all(session.user)
        found = Forgeries()
        for crossing in self._ways("logout", session.channel):
            home = self._kept_home(session.sure.held, crossing)
            answer: Answer = self.bench.call(
                "forge", "logout", "", session.sure.held, fresh_device(), crossing, lane=lane
            )
            self.bench.stale()
            seen = self.bench.observe(session.sure)
            effect = seen.identity != session.user if seen.clear else None
            found.forged.append(Forged(crossing, answer, effect, home))
            if effect:
                break
        over = any(one.effect for one in found.forged)
        event = self.model.event(FORGED_LOGOUT, None, user=session.user, extra=found)
        if not over:
            held, client = session.held(session.channel), self.client_of(session)
            self.bench.call("logout", held, client, lane=lane)
            self.bench.stale()
            found.worked = self.bench.observe(session.sure).nobody
        self.effects.doubt_all()
        self.effects.forget(session)
        return event


def _first_of_each(ways: Iterable[Crossing], *, tokens: bool = False) -> list[Crossing]:
    """Return the first way of each kind of body and method, if wanted of each kind of token."""
    found: dict[tuple[object, ...], Crossing] = {}
    for one in ways:
        if not one.asks_first and not one.override:
            found.setdefault((one.body, one.method, one.token if tokens else ""), one)
    return list(found.values())

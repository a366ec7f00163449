"""Sessions in a real browser: what its windows show and keep while they live and when they ended.

Acts do and record. They judge nothing.
"""

import secrets
from dataclasses import dataclass, field
from typing import cast

from adapters.contract import Acknowledged, Artefact, Unclear
from adapters.exchange import Exchange
from adapters.scenes import Act, Crossing, Scene, Way
from suites.kernel.bench import Lane
from suites.kernel.life import Life
from suites.kernel.model import Event, Session
from suites.kernel.sights import artefact_cookies

SCENE, CROSSING = "scene", "crossing"
SHORTEST_MARK = 6
"""Characters of data by which its reader can be told."""
AFTERWARDS = (Act.BACK, Act.FORWARD, Act.RELOAD, Act.OTHER_TAB, Act.NEW_TAB, Act.OFFLINE)
"""What somebody tries who comes to the browser after a session ended."""


@dataclass(frozen=True, slots=True)
class Look:
    """One scene in the window of a session.

    `marks` are the words of its user that the window has shown while the session lived, by what
    each is. `over` is True when the session had ended, `left` when its user had ended it there.
    """

    session: Session | None
    scene: Scene
    marks: dict[str, str] = field(repr=False, default_factory=dict)
    over: bool = False
    left: bool = False
    asked: tuple[Exchange, ...] = field(repr=False, default=())

    @property
    def shown(self) -> tuple[str, ...]:
        """What the window shows of the words of the user."""
        return tuple(what for what, word in self.marks.items() if word in self.scene.shown)


@dataclass(frozen=True, slots=True)
class Crossed:
    """One request that a page of another site made the browser of a session send.

    `changed` says whether it wrote the session's marker, None if that is unclear; `names` are the
    cookies that carry the session.
    """

    session: Session
    crossing: Crossing
    changed: bool | None
    names: frozenset[str] = frozenset()


class Browsing(Life):
    """The acts of somebody with a browser."""

    def open_window(self, user: str, device: str, channel: str) -> Session | None:
        """Log in with a browser; why it cannot is told as a scene that was not seen."""
        session = self.login(user, device, channel=channel, operation="open_window")
        if session is None:
            said = self.model.events[-1]
            why = said.words if isinstance(said.answer, Unclear) else f"no window: {said.words}"
            found = Look(None, Scene(Act.RENDER, "", why=why))
            self.model.event(SCENE, None, user=said.user, extra=found)
        return session

    def see(self, session: Session, act: Act, page: str) -> Scene:
        """Do one thing in the window of a session, and take over what the browser was given."""
        over = session.ended is not None
        before = len(self.bench.exchanges)
        lane = Lane(session.channel)
        scene = cast(Scene, self.bench.call("in_window", session.device, act, page, lane=lane))
        asked = tuple(exchange for _, exchange in self.bench.exchanges[before:])
        marks = self.windows.setdefault(session.name, {})
        if not over and act is not Act.LOG_OUT:
            words = self._words_of(session).items()
            marks.update({what: word for what, word in words if word in scene.shown})
        left = act is Act.LOG_OUT or (
            session.ended is not None and session.ended.detail == Act.LOG_OUT.value
        )
        found = Look(session, scene, dict(marks), over or left, left, asked)
        event = self.model.event(SCENE, None, user=session.user, session=session, extra=found)
        if not over:
            self._take_over(session, scene.issued, event)
        return scene

    def _take_over(self, session: Session, issued: tuple[Artefact, ...], event: Event) -> None:
        known = self.bench.calibration.authenticating.get(session.channel)
        if known is not None and any(known.covers(artefact) for artefact in issued):
            self.effects.renewed(session, issued, event)

    def _words_of(self, session: Session) -> dict[str, str]:
        """Return what tells the reader of a page: what is private, and else the account's name."""
        user = self.user(session.user)
        private = dict(user.personal)
        private |= {f"note {n}": text for n, text in enumerate(self._notes(session.user), 1)}
        named = {"login name": user.name, "identity": user.identity or ""}
        words = {**private, **named}
        return {what: word for what, word in words.items() if len(word) >= SHORTEST_MARK}

    def _notes(self, user: str) -> list[str]:
        return [text for text, owner in self.bench.markers.items() if owner == user]

    def look_around(self, session: Session) -> None:
        """Open every page that shows data of its reader, each of them again, and a second tab."""
        pages = self.bench.adapter.browsing.pages
        for page in pages:
            self.see(session, Act.RENDER, page)
        self.see(session, Act.RELOAD, pages[-1])
        self.see(session, Act.SECOND_TAB, pages[0])

    def leave(self, session: Session) -> Event | None:
        """Log out by the control of the page."""
        if session.ended is not None or not self.bench.adapter.browsing.can_log_out:
            return None
        self.see(session, Act.RENDER, self.bench.adapter.browsing.pages[0])
        self.effects.prove(session)
        scene = self.see(session, Act.LOG_OUT, "")
        answer = Unclear(scene.why) if scene.why else Acknowledged()
        event = self.model.event("logout", answer, user=session.user, session=session)
        event.detail = Act.LOG_OUT.value
        if event.acknowledged:
            self.effects.logged_out(session, event)
        else:
            self.effects.doubt(session)
        self.effects.spare(event)
        return event

    def look_afterwards(self, session: Session) -> None:
        """Try all that might bring back what an ended session showed."""
        if session.ended is None:
            return
        pages = self.bench.adapter.browsing.pages
        for act in AFTERWARDS:
            for page in pages if act is Act.OFFLINE else pages[:1]:
                self.see(session, act, page)

    def cross_site(self, session: Session, way: Way) -> Event | None:
        """Let a page of another site try to write the session's marker."""
        if session.ended is not None:
            return None
        written = self.write_marker(session)
        value = f"note-{secrets.token_hex(8)}"
        lane = Lane(session.channel)
        answer = self.bench.call("cross_site", session.device, way, value, lane=lane)
        crossing = cast(Crossing, answer)
        self.bench.stale()
        seen = self.bench.observe(session.sure)
        told = {value: True, written.extra: False} if written.acknowledged else {}
        names = frozenset(artefact_cookies(self.model, self.bench.calibration))
        changed = told.get(seen.marker) if seen.marker else None
        found = Crossed(session, crossing, changed, names)
        return self.model.event(CROSSING, None, user=session.user, session=session, extra=found)

    def close_windows(self) -> None:
        """Close the windows that are open still."""
        for session in self.model.sessions.values():
            if session.device.window is not None:
                lane = Lane(session.channel)
                self.bench.call("close_window", session.device, lane=lane)

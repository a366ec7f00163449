"""The minimal scenario of a violation as a sequence diagram: who did what, and what lived too long.

It draws what the last replay recorded and adds no judgement to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from adapters.exchange import Exchange
from reports.redaction import REDACTOR, Redactor
from reports.writers.svg import BOLD, MONO, SANS, box, element, line, picture, text, titled, wrapped
from suites.kernel.results import Act, Call, Result, Story, Violation
from suites.kernel.stage import ATTACKER, BYSTANDER, VICTIM

_PARTS: Mapping[str, str] = {VICTIM: "victim", BYSTANDER: "bystander", ATTACKER: "attacker"}
_WIDTH, _LEFT, _TOP = 960.0, 46.0, 64.0
_LANE = 210.0
_LINE, _SMALL, _GAP = 17.0, 14.0, 12.0
_BAR = 15.0
_MOST_BARS, _MOST_CALLS = 8, 3


def diagram(
    result: Result, violation: Violation, *, styled: bool = False, redactor: Redactor = REDACTOR
) -> str:
    """Return the sequence diagram of a violation; empty where no replay was recorded."""
    if not violation.story.acts:
        return ""
    return _Diagram(result, violation, redactor).drawn(styled)


def _part(role: str) -> str:
    return _PARTS.get(role, "bystander")


@dataclass(slots=True)
class _Bar:
    """The life of a session beside the lane of the target."""

    begin: float
    end: float | None = None


@dataclass(slots=True)
class _Diagram:
    result: Result
    violation: Violation
    redactor: Redactor
    marks: list[str] = field(default_factory=list)
    y: float = _TOP
    looked: float = _TOP
    bars: dict[str, _Bar] = field(default_factory=dict)

    @property
    def story(self) -> Story:
        return self.violation.story

    @property
    def looker(self) -> str:
        """Who looks in the end: the owner of a living session, else somebody with a copy."""
        ended = {name for act in self.story.acts for name in act.ended}
        owners = [life.user for life in self.story.lifelines if life.session in self.story.about]
        foul = any(act.hostile for act in self.story.acts)
        if foul or not owners or ended & set(self.story.about):
            return ATTACKER
        return owners[0]

    @property
    def lanes(self) -> dict[str, float]:
        """Where each part stands; the target comes last."""
        seen = {_part(act.actor or ATTACKER) for act in self.story.acts}
        if any(act.hostile for act in self.story.acts):
            seen.add("attacker")
        if self.story.looked:
            seen.add(_part(self.looker))
        names = [name for name in _PARTS.values() if name in seen] or ["victim"]
        right = _WIDTH - 60 - _BAR * min(_MOST_BARS, len(self._opened))
        first = _LEFT + 74
        apart = min(_LANE * 1.6, (right - first) / len(names))
        if len(names) == 1:
            apart = right - first
        found = {name: first + place * apart for place, name in enumerate(names)}
        return found | {"target": right}

    @property
    def _opened(self) -> list[str]:
        return [name for act in self.story.acts for name in act.opened]

    def drawn(self, styled: bool) -> str:
        for number, act in enumerate(self.story.acts, 1):
            self._act(number, act)
        self.looked = self.y
        if self.story.looked:
            self._look(len(self.story.acts) + 1)
        bottom = self.y + 8
        self._verdict()
        back = [*self._lanes(bottom), *self._bars(bottom)]
        title = f"{self.result.requirement.id}: how the violation comes about"
        return picture(title, _WIDTH, self.y, [*back, *self.marks], styled=styled)

    def _wrapped(
        self, content: str, width: float, *, per: float = SANS, most: int = 4
    ) -> list[str]:
        # Scrubbed first: what is broken into lines may hold too little of a secret to be known.
        return wrapped(self.redactor.scrub(content), width, per=per, most=most)

    # -- rows -------------------------------------------------------------------------------------

    def _act(self, number: int, act: Act) -> None:
        lanes = self.lanes
        actor = _part(act.actor or ATTACKER)
        if act.hostile and act.actor and actor != "attacker":
            self._arrow("attacker", actor, ["plants a value"], [], colour="attacker")
        self._number(number)
        told = act.told.partition(" -> ")[0]
        room = abs(lanes["target"] - lanes[actor]) - 30
        self._arrow(actor, "target", self._wrapped(told, room), self._calls(act.calls, room))
        said = " · ".join(
            [
                *([act.answer] if act.answer else []),
                *(f"opens {name}" for name in act.opened),
                *([f"{', '.join(act.ended)} must be dead from here on"] if act.ended else []),
            ]
        )
        self._arrow("target", actor, self._wrapped(said or "answered", room), [], dashed=True)
        for name in act.opened:
            self.bars.setdefault(name, _Bar(self.y - _GAP))
        for name in act.ended:
            if name in self.bars and self.bars[name].end is None:
                self.bars[name].end = self.y - _GAP

    def _look(self, number: int) -> None:
        lanes = self.lanes
        looker = _part(self.looker)
        room = abs(lanes["target"] - lanes[looker]) - 30
        about = ", ".join(self.story.about)
        told = f"presents what {about or 'was issued'} held, from a fresh client"
        self._number(number)
        every = self.story.acts[-1].looks
        mine = tuple(call for call in every if call.holds in self.story.about)
        looks = self._calls(mine or every, room)
        self._arrow(looker, "target", self._wrapped(told, room), looks, colour="bad")
        seen = self._wrapped(self.violation.seen, room, per=BOLD)
        self._arrow("target", looker, seen, [], dashed=True, colour="bad", loud=True)

    def _number(self, number: int) -> None:
        self.marks.append(
            text(_LEFT - 26, self.y + _GAP + _LINE - 4, str(number), cls="mono", anchor="end")
        )

    def _calls(self, calls: tuple[Call, ...], room: float) -> list[str]:
        known = {exchange.number: exchange for exchange in self.violation.exchanges}
        told = dict.fromkeys(
            _told(known[call.number], call) for call in calls if call.number in known
        )
        lines = [part for one in told for part in self._wrapped(one, room, per=MONO, most=1)]
        if len(lines) <= _MOST_CALLS:
            return lines
        left = len(lines) - _MOST_CALLS + 1
        return [*lines[: _MOST_CALLS - 1], f"and {left} more"]

    def _arrow(
        self,
        source: str,
        goal: str,
        lines: list[str],
        small: list[str],
        *,
        dashed: bool = False,
        colour: str = "",
        loud: bool = False,
    ) -> None:
        lanes = self.lanes
        start, end = lanes[source], lanes[goal]
        colour = colour or "ink"
        way = 1 if end > start else -1
        left = min(start, end) + 12
        self.y += _GAP
        for said in lines:
            self.y += _LINE
            cls = "halo badtext" if loud else "halo soft" if dashed else "halo"
            self.marks.append(text(left, self.y - 5, said, cls=cls))
        for said in small:
            self.y += _SMALL
            self.marks.append(text(left, self.y - 5, said, cls="halo mono"))
        self.y += 3
        self.marks.append(
            line(
                start + 5 * way,
                self.y,
                end - 6 * way,
                self.y,
                colour,
                stroke_width=2 if loud or colour == "bad" else 1.4,
                stroke_dasharray="5 4" if dashed else None,
            )
        )
        tip = f"M{end - 5 * way:g} {self.y:g}l{-9 * way} -4.5v9z"
        self.marks.append(element("path", d=tip, style=f"fill:var(--p-{colour})"))

    # -- around the rows --------------------------------------------------------------------------

    def _lanes(self, bottom: float) -> Iterator[str]:
        names = {"target": "Target"} | {part: part.title() for part in _PARTS.values()}
        roles = {_part(act.actor): act.actor for act in self.story.acts if act.actor}
        for part, x in self.lanes.items():
            who = f" ({roles[part]})" if part in roles else ""
            yield line(x, _TOP, x, bottom, "line", stroke_dasharray="2 4")
            yield box(x - 72, 20, 144, 30, part, rx=6)
            yield text(x, 40, names[part] + who, cls="head", anchor="middle")

    def _bars(self, bottom: float) -> Iterator[str]:
        x = self.lanes["target"] + 9
        for place, (name, bar) in enumerate(list(self.bars.items())[:_MOST_BARS]):
            at = x + place * _BAR
            end = bar.end if bar.end is not None else bottom
            living = box(at, bar.begin, 9, max(4.0, end - bar.begin), "good", rx=3)
            yield titled(living, f"{name} must be accepted")
            if self.story.looked and name in self.story.about:
                yield self._wrong(name, bar, at, bottom)
            yield text(at + 4, bar.begin - 4, name, cls="mono halo", anchor="middle")

    def _wrong(self, name: str, bar: _Bar, at: float, bottom: float) -> str:
        if bar.end is not None:
            dead = box(at, bar.end, 9, bottom - bar.end, "bad", rx=3)
            return titled(dead, f"{name} is dead, and was accepted")
        if self.looker == ATTACKER:
            return ""
        gone = box(at, self.looked, 9, bottom - self.looked, "bad", rx=3, fill_opacity=0.35)
        return titled(gone, f"{name} must be accepted, and was not")

    def _verdict(self) -> None:
        requirement = self.result.requirement
        width = _WIDTH - 2 * 20
        head = self._wrapped(
            f"{requirement.id} {requirement.title or requirement.statement}", width
        )
        body = [
            *self._wrapped(f"expected: {self.violation.expected}", width - 40),
            *self._wrapped(f"seen: {self.violation.seen}", width - 40),
        ]
        top = self.y + 18
        height = 16 + _LINE * (len(head) + len(body))
        self.marks.append(box(20, top, width, height, "wash", rx=6))
        self.marks.append(box(20, top, 5, height, "bad", rx=2))
        y = top + 5
        for said in head:
            y += _LINE
            self.marks.append(text(40, y, said, cls="badtext"))
        for said in body:
            y += _LINE
            self.marks.append(text(40, y, said))
        self.y = top + height + 14


def _told(exchange: Exchange, call: Call) -> str:
    path = urlsplit(exchange.url).path or "/"
    status = exchange.trouble or f"{exchange.status}"
    holds = f" [{call.holds}]" if call.holds else ""
    return f"{exchange.method} {path}{holds} -> {status}"

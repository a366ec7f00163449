"""Pictures of a whole run: how long its sessions lived, and how its identifiers are spread.

They show what was recorded and judge nothing; no value can be read from them.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reports.evidence import MARKUP_TAG, slug
from reports.redaction import REDACTOR, Redactor
from reports.writers import words
from reports.writers.svg import box, line, picture, text, titled
from suites.kernel.results import IdentifierShape, Lifeline, RunRecord

_WIDTH, _LEFT, _RIGHT = 960.0, 46.0, 20.0
_ROW, _BAR, _MOST_ROWS = 11.0, 7.0, 24
_STRIP, _MOST_STRIPS = 6.0, 8
_TICKS = 8
_PANEL = 120.0
_CONFIDENT = 3.29
"""Standard deviations that a fair bit leaves once in a thousand times."""
FLOOR_BITS, _CHANCE_BITS = 64, 20
"""What identifiers need at least, and how much nearer than usual two of a million may lie."""
_APART = "Red: neighbours so near each other that the next one may be found by counting."


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture and what is to be said of it."""

    name: str
    title: str
    caption: str
    svg: str


def plots(record: RunRecord, *, styled: bool = False, redactor: Redactor = REDACTOR) -> list[Plot]:
    """Return the pictures that this run has data for."""
    found = [liveness(record, styled=styled)] if record.lifelines else []
    found += [identifiers(shape, styled=styled) for shape in record.shapes]
    return [_clean(plot, redactor.scrub) for plot in found]


def _clean(plot: Plot, scrub: Callable[[str], str]) -> Plot:
    """Return the picture with pseudonyms, which read as text and not as elements."""
    drawn = MARKUP_TAG.sub(r"&lt;\1&gt;", scrub(plot.svg))
    return Plot(slug(scrub(plot.name)), scrub(plot.title), scrub(plot.caption), drawn)


# -- sessions -------------------------------------------------------------------------------------


def liveness(record: RunRecord, *, styled: bool = False) -> Plot:
    """Return the life of every session over the time of the run, in strips like lines of a text."""
    lives = sorted(record.lifelines, key=lambda life: life.opened)
    start = lives[0].opened
    span = max(max(_last(life) for life in lives) - start, 0.001)
    count = min(_MOST_STRIPS, max(1, math.ceil(span / _STRIP)))
    every = span / count
    marks, y, left_out = list(_legend()), 46.0, 0
    for number in range(count):
        begin = start + number * every
        last = number == count - 1
        mine = [x for x in lives if begin <= x.opened and (last or x.opened < begin + every)]
        strip = _Strip(begin, number * every, every)
        y, missing = strip.drawn(marks, mine, y)
        left_out += missing
    caption = (
        f"{words.number(len(lives), 'session')} over {words.duration(span)}, "
        f"{sum(life.ended is not None for life in lives)} of them ended by their scenario, "
        f"{sum(life.revived for life in lives)} accepted after their end. "
        "A bar ends where its session had to be dead, or where the scenario was over."
    )
    if left_out:
        caption += f" {left_out} more were alive at the same time and are not drawn."
    title = "Life of the sessions of this run"
    return Plot("liveness", title, caption, picture(title, _WIDTH, y, marks, styled=styled))


@dataclass(frozen=True, slots=True)
class _Strip:
    """One line of the picture: a stretch of the run."""

    begin: float
    offset: float
    span: float

    @property
    def scale(self) -> float:
        return (_WIDTH - _LEFT - _RIGHT) / self.span

    def drawn(self, marks: list[str], lives: Sequence[Lifeline], top: float) -> tuple[float, int]:
        """Draw the sessions that began here; return where the next strip starts."""
        rows, left_out = self._rows(lives)
        bottom = top + max(1, len(rows)) * _ROW + 6
        for tick in _ticks(self.offset, self.span):
            x = _LEFT + (tick - self.offset) * self.scale
            marks.append(line(x, top - 4, x, bottom, "line", stroke_dasharray="2 4"))
            marks.append(text(x, bottom + 13, f"{tick:g} s", cls="mono", anchor="middle"))
        for place, row in enumerate(rows):
            marks += [self._life(life, top + place * _ROW) for life in row]
        return bottom + 34, left_out

    def _rows(self, lives: Sequence[Lifeline]) -> tuple[list[list[Lifeline]], int]:
        """Return the sessions in as few rows as do not overlap, and how many found no room."""
        rows: list[list[Lifeline]] = []
        ends: list[float] = []
        left_out = 0
        for life in lives:
            x, length = self._extent(life)
            free = next((place for place, used in enumerate(ends) if used <= x), None)
            if free is not None:
                rows[free].append(life)
                ends[free] = x + length + 2
            elif len(rows) < _MOST_ROWS:
                rows.append([life])
                ends.append(x + length + 2)
            else:
                left_out += 1
        return rows, left_out

    def _extent(self, life: Lifeline) -> tuple[float, float]:
        x = _LEFT + (life.opened - self.begin) * self.scale
        length = (_last(life) - life.opened) * self.scale
        return x, max(3.0, min(length, _WIDTH - _RIGHT - x))

    def _life(self, life: Lifeline, y: float) -> str:
        x, length = self._extent(life)
        who = f"{life.session} of {life.user} on {life.device} ({life.channel})"
        if life.ended is None:
            bar = box(x, y, length, _BAR, "line", rx=2)
            return titled(bar, f"{who}: not ended by its scenario")
        lived = life.ended - life.opened
        told = f"{who}: ended by {life.cause or 'its scenario'} after {lived:.2f} s"
        if life.revived:
            return titled(box(x, y, length, _BAR, "bad", rx=2), f"{told}, and accepted afterwards")
        return titled(box(x, y, length, _BAR, "good", rx=2), told)


def _last(life: Lifeline) -> float:
    return life.ended if life.ended is not None else max(life.until, life.opened)


def _legend() -> Iterator[str]:
    x = _LEFT
    for colour, said in (
        ("good", "ended, and dead from then on"),
        ("bad", "ended, and accepted afterwards"),
        ("line", "not ended by its scenario"),
    ):
        yield box(x, 16, 12, 8, colour, rx=2)
        yield text(x + 18, 24, said, cls="soft")
        x += 260


def _ticks(begin: float, span: float) -> list[float]:
    """Return the round numbers of a stretch."""
    step = 10 ** math.floor(math.log10(max(span, 0.01) / _TICKS))
    step = next(step * m for m in (1, 2, 5, 10, 20) if span / (step * m) <= _TICKS)
    first = math.ceil(begin / step - 1e-9)
    return [round(n * step, 6) for n in range(first, math.floor((begin + span) / step) + 1)]


# -- identifiers ----------------------------------------------------------------------------------


def identifiers(shape: IdentifierShape, *, styled: bool = False) -> Plot:
    """Return how much each position of an identifier varies, and how far each bit leans."""
    marks: list[str] = []
    y = _spread(marks, shape, 34.0)
    if shape.leans:
        y = _lean(marks, shape, y + 44)
    if shape.room:
        y = _apart(marks, shape, y + 44)
    title = f"Spread of the identifiers: {shape.what}"
    said = "cannot be bounded from this sample" if shape.bits is None else f"{shape.bits:.0f} bits"
    caption = (
        f"{words.number(shape.count, 'value')}, {shape.distinct} of them different, "
        f"{shape.length} characters. Entropy at most: {said} ({shape.how}); "
        f"{shape.wanted} are asked for. A sample can refute a generator, never prove it."
    )
    name = f"identifiers-{slug(shape.what)}"
    return Plot(name, title, caption, picture(title, _WIDTH, y + 12, marks, styled=styled))


def _spread(marks: list[str], shape: IdentifierShape, top: float) -> float:
    most = math.log2(max(2, shape.alphabet))
    marks.append(text(_LEFT, top - 14, "Bits that vary at each character", cls="title"))
    _frame(marks, top, [(0, "0"), (most, f"{most:.1f}")], most)
    width = (_WIDTH - _LEFT - _RIGHT) / max(1, len(shape.varies))
    for place, bits in enumerate(shape.varies):
        height = max(1.0, bits / most * _PANEL)
        colour = "mark" if bits else "line"
        bar = _column(_LEFT + place * width, top + _PANEL - height, width, height, colour)
        marks.append(titled(bar, f"character {place + 1}: {bits:.2f} bits"))
    return _numbers(marks, len(shape.varies), width, top + _PANEL)


def _lean(marks: list[str], shape: IdentifierShape, top: float) -> float:
    band = _CONFIDENT / (2 * math.sqrt(shape.count))
    most = max(0.5, band)
    marks.append(text(_LEFT, top - 14, "How far each bit leans to one side (0: fair)", cls="title"))
    _frame(marks, top, [(0, "0"), (0.5, "0.5")], most)
    height = band / most * _PANEL
    marks.append(
        box(_LEFT, top + _PANEL - height, _WIDTH - _LEFT - _RIGHT, height, "good", opacity=0.14)
    )
    width = (_WIDTH - _LEFT - _RIGHT) / len(shape.leans)
    for place, lean in enumerate(shape.leans):
        tall = max(1.0, lean / most * _PANEL)
        colour = "bad" if lean > band else "target"
        bar = _column(_LEFT + place * width, top + _PANEL - tall, width, tall, colour)
        marks.append(titled(bar, f"bit {place + 1}: leans by {lean:.3f}"))
    y = _numbers(marks, len(shape.leans), width, top + _PANEL)
    marks.append(
        text(_LEFT, y + 14, "Green: where 999 of 1000 fair bits stay. Red: outside.", cls="soft")
    )
    return y + 18


def _apart(marks: list[str], shape: IdentifierShape, top: float) -> float:
    """Draw how far neighbours lie apart: a counter or a clock stays low, chance near the top."""
    said = "Bits between each identifier and the next, in order of issue"
    marks.append(text(_LEFT, top - 14, said, cls="title"))
    _frame(marks, top, [(0, "0"), (shape.room, str(shape.room))], shape.room)
    width = (_WIDTH - _LEFT - _RIGHT) / len(shape.steps)
    for place, bits in enumerate(shape.steps):
        tall = max(1.0, bits / shape.room * _PANEL)
        colour = "bad" if bits < min(FLOOR_BITS, shape.room - _CHANCE_BITS) else "target"
        bar = _column(_LEFT + place * width, top + _PANEL - tall, width, tall, colour)
        marks.append(titled(bar, f"identifiers {place + 1} and {place + 2}: {bits} bits"))
    y = _numbers(marks, len(shape.steps), width, top + _PANEL)
    marks.append(text(_LEFT, y + 14, _APART, cls="soft"))
    return y + 18


def _column(x: float, y: float, width: float, height: float, colour: str) -> str:
    return box(x, y, max(0.8, width - (1 if width > 3 else 0.2)), height, colour)  # noqa: PLR2004


def _frame(marks: list[str], top: float, labels: Sequence[tuple[float, str]], most: float) -> None:
    for value, said in labels:
        y = top + _PANEL - value / most * _PANEL
        marks.append(line(_LEFT, y, _WIDTH - _RIGHT, y, "line", stroke_dasharray="2 4"))
        marks.append(text(_LEFT - 8, y + 4, said, cls="mono", anchor="end"))


def _numbers(marks: list[str], count: int, width: float, y: float) -> float:
    step = max(1, 2 ** math.ceil(math.log2(max(1, count / 16))))
    for place in range(0, count, step):
        x = _LEFT + (place + 0.5) * width
        marks.append(text(x, y + 14, str(place + 1), cls="mono", anchor="middle"))
    return y + 18

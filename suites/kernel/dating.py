"""Whether an entry was written before a history began, by the clock of the place that wrote it."""

from adapters.journals.events import Event

SKEW = 5.0
"""Seconds by which the clock of a target may differ from ours, and those of its nodes."""
MINUTE = 60.0

Clock = tuple[str, bool]


class Clocks:
    """How far each clock of a target is ahead of ours, as far as the entries dated by it told.

    Each source has one, and another one for times without a zone. What is dated by a clock that
    nobody knows may be of any time.
    """

    def __init__(self) -> None:
        self._shifts: dict[Clock, float] = {}
        self._movable = False

    def learn(self, event: Event, *, movable: bool) -> None:
        """Set a clock that is not known yet by an entry that was written but now.

        Args:
            movable: the clocks of the target can be moved, and may have been by an earlier run.
        """
        if event.time is not None:
            self._shifts.setdefault(_clock(event), event.time - event.came)
        self._movable = self._movable or movable

    def ahead(self, event: Event) -> float:
        """Return how many seconds the clock of an entry was moved ahead before the run.

        Nobody moves a clock back, and what is behind by a bit was only long on its way to us.
        """
        shift = self._shifts.get(_clock(event), 0.0)
        return shift if self._movable and shift > SKEW else 0.0

    def may_precede(self, event: Event, began: float) -> bool:
        """Tell whether an entry is dated before a moment of our own clock."""
        return self._before(event, began) > 0

    def precedes(self, event: Event, began: float) -> bool:
        """Tell whether an entry is surely of before a moment, whichever node dated it.

        A clock that was moved before the run may be set right again within it.
        """
        return self._before(event, began) > SKEW and not self.ahead(event)

    def _before(self, event: Event, began: float) -> float:
        shift = self._shifts.get(_clock(event))
        if event.time is None or shift is None:
            return 0.0
        return began + shift - event.time - _grain(event.time)


def _clock(event: Event) -> Clock:
    return event.origin, event.zoned


def _grain(when: float) -> float:
    """Return how much later than told a thing may have been: within the second, or the minute."""
    if not when.is_integer():
        return 0.0
    return 1.0 if when % MINUTE else MINUTE

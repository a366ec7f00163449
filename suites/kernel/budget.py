"""How much searching a run does: named budgets, measured in histories and seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """Bounds of one run.

    `seconds` bounds the random search only; the directed scenarios always run whole. `waiting` is
    how long a history may really wait for a limit of time, where no clock can be moved. `rounds` is
    how often the calls of one race have to overlap; none means no races.
    """

    name: str
    histories: int
    steps: int
    seconds: float
    sample: int
    sample_seconds: float
    replays: int
    waiting: float = 0.0
    rounds: int = 0


BUDGETS = {
    "smoke": Budget("smoke", 8, 12, 10.0, 60, 5.0, 40, 30.0, 20),
    "acceptance": Budget("acceptance", 60, 20, 12.0, 500, 20.0, 120, 120.0, 40),
    "nightly": Budget("nightly", 1000, 30, 3600.0, 2000, 600.0, 400, 7200.0, 200),
}

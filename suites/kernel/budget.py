"""How much searching a run does: named budgets, measured in histories and seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """Bounds of one run.

    `seconds` bounds the random search only; the directed scenarios always run whole.
    """

    name: str
    histories: int
    steps: int
    seconds: float
    sample: int
    sample_seconds: float
    replays: int


BUDGETS = {
    "smoke": Budget("smoke", 8, 12, 10.0, 60, 5.0, 40),
    "acceptance": Budget("acceptance", 60, 20, 30.0, 500, 20.0, 120),
    "nightly": Budget("nightly", 1000, 30, 3600.0, 2000, 600.0, 400),
}

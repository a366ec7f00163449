"""What a sweep over documented operations is: states of artefacts, trials, and what came of them.

Plain data: not how it is made (`sweeping`) nor what is thought of it (`verify_sweep`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.operations import Came, Description
from suites.kernel.model import Model, Session
from suites.kernel.results import Swept

PUBLIC = "openapi.public_operations"
NOTHING, MADE_UP, ALTERED, BEFORE = "no artefact", "made up", "altered", "from before the login"
REFRESH, OTHERS = "refresh token", "of another user"
CAUSES = {
    "logout": "logged out",
    "idle": "expired",
    "absolute": "expired",
    "expiry": "expired",
    "rotation": "rotated",
    "privilege": "rotated",
    "change_password": "revoked by a password change",
    "revoke_all": "revoked from elsewhere",
    "revoke": "revoked from elsewhere",
    "eviction": "evicted",
}
"""Cause of death -> the state of an artefact that died of it."""
STATES = (
    *(NOTHING, MADE_UP, ALTERED, BEFORE, REFRESH),
    *dict.fromkeys(CAUSES.values()),
    OTHERS,
)
"""The states of an artefact, in the order of a table."""


WRONG = frozenset({Came.DONE, Came.FAILED})
"""What must not come of a call with an artefact that is not alive, unless it does for anybody."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One call with an artefact in one state, and what came of it.

    `shows` names what it told, `led` where it was sent instead.
    """

    state: str
    came: Came
    told: str
    session: Session | None = None
    spelling: str = ""
    shows: str = ""
    led: str = ""


@dataclass(slots=True)
class Sweep:
    """All that was tried on one operation; `control` is the call with a living artefact.

    `why` says why it could not be judged, and `changed` what the calls changed that they must not.
    `spared` is what nobody wants to be called.
    """

    operation: str
    channel: str
    safe: bool
    control: Trial | None = None
    trials: list[Trial] = field(default_factory=list)
    others: list[Trial] = field(default_factory=list)
    spelled: list[Trial] = field(default_factory=list)
    why: str = ""
    changed: str = ""
    spared: bool = False

    @property
    def session(self) -> Session | None:
        """The ended session by which something was done, where there is one."""
        done = (t.session for t in (*self.trials, *self.spelled) if t.came is Came.DONE)
        return next((session for session in done if session is not None), None)

    def sent_alike(self, trials: Iterable[Trial]) -> str:
        """Return which call was sent where the living one was, and so was done or was not."""
        control = self.control
        if control is None or control.came is not Came.SENT_AWAY:
            return ""
        alike = (t for t in trials if t.came is Came.SENT_AWAY and t.led == control.led)
        first = next((f"{t.state}: {t.told}" for t in alike), "")
        return f"sent where a living artefact is sent ({first})" if first else ""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a document was found to hold; without a description `why` says why not."""

    description: Description | None
    why: str = ""


def rows(model: Model) -> list[Swept]:
    """Return what was tried in a history as the rows of the table."""
    found: list[Sweep] = [e.extra for e in model.events if e.kind == "sweep"]
    return [_row(sweep) for sweep in found if sweep.operation]


def _row(sweep: Sweep) -> Swept:
    control = sweep.control
    states = {t.state: str(t.came) for t in (*sweep.trials, *sweep.others)}
    for trial in sweep.spelled:
        key = f"{trial.state}, {trial.spelling}"
        states[key] = str(trial.came)
    live = str(control.came) if control is not None else ""
    why = sweep.why or sweep.sent_alike((*sweep.trials, *sweep.spelled))
    return Swept(sweep.operation, sweep.channel, live, states, why)

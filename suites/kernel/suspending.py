"""Histories that outlast a run: what is left of one, and what the next run must know to go on.

A packed history holds secrets in clear. Whoever keeps it encrypts it.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from adapters.contract import Acknowledged, Artefact, Kind, Place, Seen, User, fresh_device
from adapters.secrets import Secret
from suites.kernel.lasting import Use
from suites.kernel.limits import Ages
from suites.kernel.model import Credential, Event, Model, Session, State

Packed = dict[str, Any]
LOOK = "use"


@dataclass(frozen=True, slots=True)
class Move:
    """A step that is due some seconds after its history began.

    `until` is when it is too late for it, `limit` the policy key that it judges.
    """

    due: float
    step: Mapping[str, Any]
    until: float | None = None
    limit: str = ""


@dataclass(slots=True)
class Schedule:
    """What is left of a history: its moves, and whose sessions are in use every so many seconds.

    `began` is when the history began (`Model.now`).
    """

    moves: list[Move]
    busy: str = ""
    every: float = 0.0
    began: float = 0.0

    def looks(self, limit: str) -> list[float]:
        """Return when the looks at one limit are due (`Model.now`), each moment once."""
        wanted = {m.due for m in self.moves if m.limit == limit}
        return [self.began + due for due in sorted(wanted)]

    @property
    def limits(self) -> frozenset[str]:
        """The limits that something is still due for."""
        return frozenset(m.limit for m in self.moves if m.limit)

    def first(self, active: Mapping[str, float]) -> float | None:
        """Return when there is something to be done (`Model.now`), None when nothing is left.

        Args:
            active: when the sessions of whoever is busy were last used; they are in use from the
                middle of their pause on.
        """
        times = [self.began + move.due for move in self.moves]
        if times and self.every:
            times += [used + self.every / 2 for used in active.values()]
        return min(times, default=None)

    def pruned(self, model: Model) -> "Schedule":
        """Return what still makes sense: no moves on sessions that are over."""
        over = {name for name, session in model.sessions.items() if not session.live}
        left = [m for m in self.moves if m.step.get("session") not in over]
        if not any(m.limit for m in left):
            left = []
        return Schedule(left, self.busy, self.every, self.began)


@dataclass(frozen=True, slots=True)
class Suspended:
    """A history that stopped in the middle: what was played, what is left, and its world.

    `owners` are its accounts, and `throwaway` says whether they are dropped at its end.
    """

    steps: tuple[Mapping[str, Any], ...]
    schedule: Schedule
    world: Packed = field(repr=False)

    @property
    def owners(self) -> tuple[str, ...]:
        """The login names of its accounts."""
        return tuple(user["name"] for user in self.world["users"].values())

    @property
    def throwaway(self) -> bool:
        """True when its accounts were created for it."""
        return bool(self.world["throwaway"])

    @property
    def rested(self) -> float:
        """The seconds since it was packed, by our own clock."""
        return time.time() - float(self.world["own"])

    @property
    def active(self) -> dict[str, float]:
        """When each session that was alive and belongs to whoever is busy was last used."""
        sessions = self.world["sessions"].items()
        busy = self.schedule.busy
        return {n: s["active"] for n, s in sessions if s["user"] == busy and s["ended"] is None}

    @property
    def waiting(self) -> int:
        """How many sessions wait for a look."""
        looked = {m.step.get("session") for m in self.schedule.moves if m.limit}
        return len(looked & set(self.world["sessions"]))

    def to_json(self) -> Packed:
        """Return it as plain data, with secrets in clear."""
        return {
            "steps": [dict(step) for step in self.steps],
            "schedule": asdict(self.schedule),
            "world": self.world,
        }

    @staticmethod
    def from_json(said: Packed) -> "Suspended":
        """Return what `to_json` wrote."""
        schedule = said["schedule"]
        moves = [Move(**move) for move in schedule["moves"]]
        return Suspended(
            tuple(said["steps"]), Schedule(**{**schedule, "moves": moves}), said["world"]
        )


# -- packing --------------------------------------------------------------------------------------


def packed(model: Model) -> Packed:
    """Return a model as plain data: people, sessions, credentials, events, secrets in clear."""
    credentials = [c for session in model.sessions.values() for c in session.credentials]
    places = {id(credential): place for place, credential in enumerate(credentials)}
    return {
        "now": model.now,
        "own": time.time(),
        "throwaway": model.throwaway,
        "roles": dict(model.roles),
        "promoted": sorted(model.promoted),
        "users": {role: _packed_user(user) for role, user in model.users.items()},
        "sessions": {name: _packed_session(s) for name, s in model.sessions.items()},
        "credentials": [_packed_credential(c) for c in credentials],
        "events": [_packed_event(event, places) for event in model.events],
    }


def _packed_user(user: User) -> Packed:
    return {
        "name": user.name,
        "password": user.password.reveal(),
        "identity": user.identity,
        "personal": dict(user.personal),
        "reference": user.reference,
        "role": user.role,
    }


def _packed_session(session: Session) -> Packed:
    return {
        "user": session.user,
        "device": session.device.name,
        "channel": session.channel,
        "opened": session.opened.number,
        "ended": None if session.ended is None else session.ended.number,
        "used": session.used,
        "active": session.active,
        "fresh": session.fresh,
        "rotations": session.rotations,
        "mixed": session.mixed,
    }


def _packed_credential(credential: Credential) -> Packed:
    return {
        "name": credential.name,
        "session": credential.session.name if credential.session else None,
        "kind": credential.kind.value,
        "held": [
            [a.kind.value, a.place.value, a.name, a.value.reveal(), a.value.kind]
            for a in credential.held
        ],
        "owner": credential.owner,
        "channel": credential.channel,
        "generation": credential.generation,
        "state": credential.state.value,
        "cause": credential.cause,
        "ended_by": credential.ended_by.number if credential.ended_by else None,
        "proven": credential.proven,
        "reported": credential.reported,
        "kept": credential.kept,
        "since": credential.since,
    }


def _packed_event(event: Event, places: Mapping[int, int]) -> Packed:
    def numbers(found: Iterable[Credential]) -> list[int]:
        return [places[id(credential)] for credential in found if id(credential) in places]

    return {
        "kind": event.kind,
        "acknowledged": event.acknowledged,
        "user": event.user,
        "session": event.session.name if event.session else None,
        "opened": event.opened.name if event.opened else None,
        "detail": event.detail,
        "at": event.at,
        "issued": numbers(event.issued),
        "ends": numbers(event.ends),
        "extra": _packed_extra(event.extra, places),
    }


def _packed_extra(extra: object, places: Mapping[int, int]) -> Packed | None:
    """Return what later judgements ask of an event: measured looks, and what was renewed with."""
    if isinstance(extra, Use):
        seen = extra.seen
        return {
            "use": extra.session.name,
            "ages": [extra.ages.unused, extra.ages.existing],
            "standing": extra.standing,
            "old": extra.old,
            "seen": [seen.probe, seen.identity, seen.clear, seen.why],
        }
    if isinstance(extra, Credential) and id(extra) in places:
        return {"credential": places[id(extra)]}
    if isinstance(extra, Session):
        return {"session": extra.name}
    if isinstance(extra, str):
        return {"text": extra}
    return None


# -- unpacking ------------------------------------------------------------------------------------


def unpacked(said: Packed, ready: Callable[[Session], None] = lambda _: None) -> Model:
    """Return the model that was packed; its secrets are registered as ever.

    Args:
        ready: gets each session once its credentials are there.
    """
    users = {
        role: User(**{**user, "password": Secret(user["password"], "password")})
        for role, user in said["users"].items()
    }
    model = Model(users, throwaway=said["throwaway"])
    model.roles, model.promoted = dict(said["roles"]), set(said["promoted"])
    for event in said["events"]:
        made = Event(len(model.events), event["kind"], None, at=event["at"])
        made.answer = Acknowledged() if event["acknowledged"] else None
        made.user, made.detail = event["user"], event["detail"]
        model.events.append(made)
    for name, session in said["sessions"].items():
        _restore_session(model, name, session)
    credentials = [_restored_credential(model, credential) for credential in said["credentials"]]
    for made, event in zip(model.events, said["events"], strict=True):
        _restore_event(model, made, event, credentials)
    for session in model.sessions.values():
        ready(session)
    return model


def _restore_session(model: Model, name: str, said: Packed) -> None:
    session = Session(
        name,
        said["user"],
        fresh_device(said["device"]),
        said["channel"],
        model.events[said["opened"]],
        used=said["used"],
        active=said["active"],
        fresh=said["fresh"],
        rotations=said["rotations"],
        mixed=said["mixed"],
    )
    if said["ended"] is not None:
        session.ended = model.events[said["ended"]]
    model.sessions[name] = session
    model.devices[session.device.name] = session.device


def _restored_credential(model: Model, said: Packed) -> Credential:
    session = model.sessions[said["session"]]
    held = tuple(
        Artefact(Kind(kind), Place(place), name, Secret(value, secret))
        for kind, place, name, value, secret in said["held"]
    )
    ended_by = said["ended_by"]
    credential = Credential(
        said["name"],
        Kind(said["kind"]),
        held,
        said["owner"],
        said["channel"],
        generation=said["generation"],
        state=State(said["state"]),
        cause=said["cause"],
        ended_by=None if ended_by is None else model.events[ended_by],
        session=session,
        proven=said["proven"],
        reported=said["reported"],
        kept=said["kept"],
        since=said["since"],
    )
    session.credentials.append(credential)
    model.remember(credential)
    return credential


def _restore_event(
    model: Model, event: Event, said: Packed, credentials: Sequence[Credential]
) -> None:
    event.session = model.sessions.get(said["session"])
    event.opened = model.sessions.get(said["opened"])
    event.issued = [credentials[place] for place in said["issued"]]
    event.ends = [credentials[place] for place in said["ends"]]
    extra = said["extra"] or {}
    if "use" in extra:
        session, ages = model.sessions[extra["use"]], Ages(*extra["ages"])
        event.extra = Use(session, ages, extra["standing"], Seen(*extra["seen"]), extra["old"])
    elif "credential" in extra:
        event.extra = credentials[extra["credential"]]
    elif "text" in extra:
        event.extra = extra["text"]
    elif "session" in extra:
        event.extra = model.sessions[extra["session"]]

"""The people of a run: throw-away accounts, or fixed ones that are left as they were found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.contract import Acknowledged, Artefact, Device, Refused, User, fresh_device
from suites.kernel.bench import Bench, Calibration, Lane, latest
from suites.kernel.calibrate import NotFitError, identity
from suites.kernel.model import Model, State
from suites.kernel.people import invent
from suites.kernel.stage import ROLES
from suites.kernel.world import World

SMOKED_ACCOUNTS = 2
"""The smoke test gave this many accounts one wrong password, each on a channel of its own."""


class HistoryImpossible(Exception):  # noqa: N818  a plain statement reads better where caught
    """A history could not even begin."""


class Accounts:
    """Casts every history and cleans up after it; counts wrong passwords over the whole run."""

    def __init__(self, adapter: Any, calibration: Calibration, trouble: Counter[str]) -> None:
        self.adapter = adapter
        self.calibration = calibration
        self.trouble = trouble
        self.locked: set[str] = set()
        tried = calibration.users[: min(SMOKED_ACCOUNTS, len(adapter.channels))]
        self.failures: dict[str, int] = {user.name: 1 for user in tried}

    def cast(self, bench: Bench) -> Model:
        """Return the accounts of this history: throw-away ones where the target lets us."""
        if "create_user" not in self.calibration.capabilities:
            known = self.calibration.users
            users = {role: known[min(i, len(known) - 1)] for i, role in enumerate(ROLES)}
            if len(known) < len(ROLES):
                users = dict(zip(ROLES, known, strict=False))
            bench.names = {str(u.identity): role for role, u in users.items()}
            return Model(users)
        users = {}
        for role in ROLES:
            answer = self._create(role)
            users[role] = answer
            bench.names[str(answer.identity)] = role
        return Model(users, throwaway=True)

    def _create(self, role: str) -> User:
        who = invent(role)
        answer = self.adapter.create_user(who.name, who.password, who.personal, node=0)
        if not isinstance(answer, Acknowledged) or answer.user is None:
            why = getattr(answer, "why", "the answer holds no account")
            raise HistoryImpossible(f"no throw-away account could be created: {why}")
        if answer.user.identity is not None:
            return answer.user
        try:
            return replace(answer.user, identity=identity(self.adapter, answer.user))
        except NotFitError as error:
            raise HistoryImpossible(str(error)) from error

    def clean_up(self, world: World, original: Mapping[str, User]) -> None:
        """Give fixed accounts their passwords back, then end what may still live."""
        self._heal(world)
        for role in sorted(world.disabled):
            if world.bench.offers("enable_account"):
                world.enable(role)
        if not world.model.throwaway:
            for role, user in original.items():
                if world.tried.get(role):
                    self._restore(world, role, user)
                if role in world.model.promoted and user.role is not None:
                    self._give_back(world, user)
        for session in world.model.sessions.values():
            lingering = [c for c in session.credentials if c.reported or c.state is State.EITHER]
            if session.ended is None or lingering:
                self._end(world, session.held(session.channel), session.channel)
        for channel, issued in world.bench.revived:
            self._end(world, latest(issued), channel)

    def _heal(self, world: World) -> None:
        """Heal what a move left broken because it was stopped, or was refused to."""
        for kind in sorted(world.injected):
            if not world.heal(kind):
                self.trouble[f"the fault {kind} could not be healed; heal it by hand"] += 1

    def _end(self, world: World, held: Sequence[Artefact], channel: str) -> None:
        if world.bench.offers("logout", Lane(channel)):
            world.bench.call("logout", held, fresh_device(), lane=Lane(channel))

    def _restore(self, world: World, role: str, before: User) -> None:
        """Change a password back: through a living session, else through a login."""
        now = world.model.users[role]
        for session in world.model.live_sessions(role):
            held, client = session.held(session.channel), world.client_of(session)
            if self._changed_back(world, held, client, session.channel, role, (now, before)):
                return
        candidates = dict.fromkeys([now.password, *reversed(world.tried[role]), before.password])
        able = [c for c in self.adapter.channels if world.bench.offers("change_password", Lane(c))]
        if not able:
            return
        for password in candidates:
            client = fresh_device("restoring the password")
            account = replace(now, password=password)
            answer = world.bench.call("login", account, client, lane=Lane(able[0]))
            if isinstance(answer, Refused):
                self.failures[now.name] = self.failures.get(now.name, 0) + 1
            if not isinstance(answer, Acknowledged):
                continue
            held = latest(answer.issued)
            if password == before.password:
                world.model.users[role] = before
                self._end(world, held, able[0])
                return
            if self._changed_back(world, held, client, able[0], role, (account, before)):
                return
        sentence = f"the password of {before.name} could not be restored; set it by hand"
        self.trouble[sentence] += 1
        self.locked.add(before.name)

    def _changed_back(
        self,
        world: World,
        held: Sequence[Artefact],
        client: Device,
        channel: str,
        role: str,
        users: tuple[User, User],
    ) -> bool:
        now, before = users
        lane = Lane(channel)
        if not world.bench.offers("change_password", lane):
            return False
        answer = world.bench.call(
            "change_password", held, client, now.password, before.password, lane=lane
        )
        if not isinstance(answer, Acknowledged):
            return False
        world.model.users[role] = before
        self._end(world, latest((*held, *answer.issued)), channel)
        return True

    def _give_back(self, world: World, user: User) -> None:
        """Give a fixed account the role back that the profile says it has."""
        answer = world.bench.call("change_role", user, user.role)
        if not isinstance(answer, Acknowledged):
            sentence = f"the role of {user.name} could not be restored; make it {user.role} by hand"
            self.trouble[sentence] += 1

    def drop(self, world: World) -> None:
        """Delete the throw-away accounts of a history."""
        if world.model.throwaway and "drop_user" in self.calibration.capabilities:
            for user in world.model.users.values():
                self.adapter.drop_user(user, node=0)

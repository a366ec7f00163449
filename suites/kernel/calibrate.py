"""From the adapter's smoke test to what the suite knows before it judges anything."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters import capabilities
from adapters.contract import Acknowledged, Kind, Place, User, fresh_device
from adapters.smoke import ChannelSmoke, Smoke, smoke
from suites.kernel.bench import Authenticating, Calibration, latest
from suites.kernel.people import invent
from suites.kernel.plan import SEEN_IN_THE_RUN

OTHER_KINDS = frozenset({"csrf_token", "login_first_factor", "boot"})
"""Operations that hand out secrets which are for something else than a session."""


class NotFitError(Exception):
    """Nothing can be judged: the adapter cannot tell, or the target is at fault.

    `target_at_fault` decides between the exit codes 10 and 4.
    """

    def __init__(self, reasons: Sequence[str], *, target_at_fault: bool) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)
        self.target_at_fault = target_at_fault


def calibrate(adapter: Any, users: Sequence[User]) -> Calibration:
    """Run the smoke test and return what it learned.

    Raises:
        NotFitError: the smoke test found a reason not to judge.
    """
    found = smoke(adapter, users)
    if found.trouble:
        raise NotFitError(found.trouble, target_at_fault=True)
    if found.problems:
        raise NotFitError(found.problems, target_at_fault=False)
    able = capabilities.of(adapter) - SEEN_IN_THE_RUN
    authenticating = {one.channel: _sets(one) for one in found.channels}
    calibration = Calibration(tuple(found.users), authenticating, able, _words(found))
    _learn(adapter, calibration)
    known = {key for sets in authenticating.values() for one in sets.sets for key in one}
    known |= set(calibration.refresh_at.values())
    if any(place is Place.COOKIE for place, _ in known):
        calibration.capabilities |= {"session_cookie"}
    if len(known) > 1 or able & OTHER_KINDS:
        calibration.capabilities |= {"several_kinds"}
    return calibration


def _sets(found: ChannelSmoke) -> Authenticating:
    alone = tuple((_key(label),) for label in found.alone)
    together = (tuple(_key(label) for label in found.together),) if found.together else ()
    return Authenticating(found.channel, alone or together)


def _key(label: str) -> tuple[Place, str]:
    place, _, name = label.partition(" ")
    return Place(place), name


def _words(found: Smoke) -> tuple[str, ...]:
    lines = [f"{u.name} is shown as {u.identity}" for u in found.users if u.identity]
    for one in found.channels:
        carriers = ", ".join(one.alone) or " together with ".join(one.together)
        lines.append(f"channel {one.channel}: authenticated by {carriers}")
        if one.idle:
            lines.append(f"channel {one.channel}: not needed by the probe: {', '.join(one.idle)}")
    return (*lines, *found.notes)


def _learn(adapter: Any, calibration: Calibration) -> None:
    """Learn where refresh tokens travel, and how accounts are shown that are not known yet."""
    users = list(calibration.users)
    created = None
    if not users:
        who = invent("calibration")
        answer = adapter.create_user(who.name, who.password, who.personal, node=0)
        created = answer.user if isinstance(answer, Acknowledged) else None
    first = users[0] if users else created
    if first is not None and "refresh" in calibration.capabilities:
        for channel in adapter.channels:
            device = fresh_device("calibration")
            answer = adapter.login(first, device, channel=channel, node=0)
            for artefact in answer.issued:
                if artefact.kind is Kind.REFRESH:
                    calibration.refresh_at[channel] = (artefact.place, artefact.name)
            adapter.logout(latest(answer.issued), device, channel=channel, node=0)
    for index, user in enumerate(users):
        if user.identity is None:
            users[index] = replace(user, identity=identity(adapter, user))
    calibration.users = tuple(users)
    if created is not None and "drop_user" in calibration.capabilities:
        adapter.drop_user(created, node=0)


def identity(adapter: Any, user: User) -> str:
    """Log in once and return what the probe shows for an account.

    Raises:
        NotFitError: the account cannot log in, or the probe does not name it.
    """
    channel, device = adapter.channels[0], fresh_device("calibration")
    answer = adapter.login(user, device, channel=channel, node=0)
    if not isinstance(answer, Acknowledged):
        raise NotFitError(
            [f"login of {user.name} is not possible: {answer.why}; check the account's password"],
            target_at_fault=False,
        )
    held = latest(answer.issued)
    seen = adapter.probe(held, device, which=adapter.probes[0], channel=channel, node=0)
    adapter.logout(held, device, channel=channel, node=0)
    if seen.identity is None:
        raise NotFitError(
            [f"the probe does not name {user.name}: {seen.why}"], target_at_fault=True
        )
    return str(seen.identity)

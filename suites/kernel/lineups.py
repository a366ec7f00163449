"""Ends of sessions that race with what renews, uses or opens one meanwhile.

A line-up is one round before it begins; None where the target cannot be brought so far.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from adapters.contract import Acknowledged, Answer, Seen, fresh_device
from suites.kernel.bench import Lane
from suites.kernel.contests import Contest, Held, LineUp, Overlapping, Racer
from suites.kernel.linear import State, comes_in, ends, reads, spends
from suites.kernel.people import password
from suites.kernel.together import Ran, Runner

SESSION, RENEWED, NEWCOMER, CALLER = (
    "the session",
    "the renewed session",
    "the session opened meanwhile",
    "the session that ended the others",
)
REFRESH, USE, LOGIN, LOGOUT = "refresh", "use", "login", "logout"
_OPEN = State(frozenset({SESSION}))


# -- calls that take part -------------------------------------------------------------------------


def logout(world: Overlapping, channel: str, held: Held) -> Racer:
    """Return the logout of a session."""
    client, call = fresh_device("leaving client"), world.bench.adapter.logout
    act = partial(call, held, client, channel=channel, node=world.bench.node)
    return Racer(LOGOUT, Runner("logout", act), ends())


def refresh(world: Overlapping, channel: str, held: Held) -> Racer:
    """Return the renewal of a session."""
    client, call = fresh_device("renewing client"), world.bench.adapter.refresh
    act = partial(call, held, client, channel=channel, node=world.bench.node)
    effect = spends("the refresh token", of=SESSION, gives=RENEWED)
    return Racer(REFRESH, Runner("refresh", act), effect, RENEWED)


def use(world: Overlapping, channel: str, held: Held) -> Racer:
    """Return the use of a session: a request that writes, where there is one."""
    adapter, client = world.bench.adapter, fresh_device("using client")

    def write() -> Answer:
        found: Answer = adapter.write_marker(
            held, client, "racing", channel=channel, node=world.bench.node
        )
        return found

    def read() -> Seen:
        which = world.bench.probes(channel)[0]
        found: Seen = adapter.probe(
            held, client, which=which, channel=channel, node=world.bench.node
        )
        return found

    if world.bench.offers("write_marker", Lane(channel)):
        return Racer(USE, Runner("write_marker", write), reads(SESSION))
    return Racer(USE, Runner("probe", read), reads(SESSION))


def login(
    world: Overlapping, user: str, channel: str, gives: str = NEWCOMER, node: int | None = None
) -> Racer:
    """Return a login with the password that is right before the race."""
    account, client = world.user(user), fresh_device(f"client of {gives}")
    call, where = world.bench.adapter.login, world.bench.node if node is None else node
    act = partial(call, account, client, channel=channel, node=where)
    return Racer(LOGIN, Runner("login", act), comes_in(gives), gives)


def _rival(world: Overlapping, rival: str, user: str, channel: str, held: Held) -> Racer:
    if rival == LOGIN:
        return login(world, user, channel)
    return {REFRESH: refresh, USE: use, LOGOUT: logout}[rival](world, channel, held)


def _able(world: Overlapping, channel: str, *operations: str) -> bool:
    return all(world.bench.offers(name, Lane(channel)) for name in operations)


def _needed(rival: str) -> tuple[str, ...]:
    return (rival,) if rival in {REFRESH, LOGOUT} else ()


# -- line-ups -------------------------------------------------------------------------------------


def _logout(
    world: Overlapping, user: str, channel: str, number: int, *, rival: str
) -> LineUp | None:
    kills = bool(world.policy["logout.kills_refresh"])
    if not _able(world, channel, "logout", *_needed(rival)) or (rival == REFRESH and not kills):
        return None
    held = world.enter(user, channel)
    if held is None:
        return None
    racers = [logout(world, channel, held), _rival(world, rival, user, channel, held)]
    return LineUp(channel, racers, _OPEN, {SESSION: held}, renewing=kills)


def _password(
    world: Overlapping, user: str, channel: str, number: int, *, rival: str
) -> LineUp | None:
    declared = world.policy["password_change.scope"] in {"all", "others"}
    if not (declared and _able(world, channel, "change_password", *_needed(rival))):
        return None
    caller = world.enter(user, channel) if world.model.throwaway else None
    held = world.enter(user, channel) if caller is not None else None
    if caller is None or held is None:
        return None
    account, new, role = world.user(user), password(), world.role(user)
    world.tried.setdefault(role, []).append(new)
    call, client = world.bench.adapter.change_password, fresh_device("changing client")
    act = partial(
        call, caller, client, account.password, new, channel=channel, node=world.bench.node
    )
    change = Racer("password change", Runner("change_password", act), ends(closes=True))

    def take_over(ran: Sequence[Ran]) -> None:
        if isinstance(ran[0].answer, Acknowledged):
            world.model.users[role] = replace(account, password=new)

    racers = [change, _rival(world, rival, user, channel, held)]
    return LineUp(channel, racers, _OPEN, {SESSION: held}, after=take_over)


def _revocation(
    world: Overlapping, user: str, channel: str, number: int, *, rival: str
) -> LineUp | None:
    if not _able(world, channel, "revoke_all", *_needed(rival)):
        return None
    caller = world.enter(user, channel)
    held = world.enter(user, channel) if caller is not None else None
    if caller is None or held is None:
        return None
    call, client = world.bench.adapter.revoke_all, fresh_device("ending client")
    act = partial(call, caller, client, channel=channel, node=world.bench.node)
    revocation = Racer("revocation", Runner("revoke_all", act), ends())
    racers = [revocation, _rival(world, rival, user, channel, held)]
    return LineUp(channel, racers, _OPEN, {SESSION: held})


def _disabling(
    world: Overlapping, user: str, channel: str, number: int, *, rival: str
) -> LineUp | None:
    if not world.model.throwaway or not _able(world, channel, *_needed(rival)):
        return None
    role = world.role(user)
    world.enable(role)
    held = world.enter(user, channel)
    if held is None:
        return None
    act = partial(world.bench.adapter.disable_account, world.user(user), node=world.bench.node)
    disabling = Racer("disabling", Runner("disable_account", act), ends(closes=True))
    # Enabled again at the next round, or with the clean-up of the history.
    world.disabled.add(role)
    racers = [disabling, _rival(world, rival, user, channel, held)]
    return LineUp(channel, racers, _OPEN, {SESSION: held})


def _contests(
    name: str, prepare: Callable[..., LineUp | None], needs: set[str], *rivals: str
) -> list[Contest]:
    return [
        Contest(
            f"{name} against {rival}",
            frozenset({*needs, *_needed(rival), "parallel"}),
            partial(prepare, rival=rival),
        )
        for rival in rivals
    ]


LOGOUTS = _contests("logout", _logout, {"logout"}, REFRESH, USE, LOGOUT)
PASSWORDS = _contests("password change", _password, {"change_password"}, REFRESH, LOGIN)
PASSWORD_IN_USE = _contests("password change", _password, {"change_password"}, USE)
REVOCATIONS = _contests("revocation", _revocation, {"revoke_all"}, REFRESH)
DISABLING = _contests(
    "disabling", _disabling, {"disable_account", "enable_account", "create_user"}, REFRESH, LOGIN
)
ENDS = (*LOGOUTS, *PASSWORDS, *REVOCATIONS, *DISABLING)
"""Races of an end of sessions with what could outlive it."""

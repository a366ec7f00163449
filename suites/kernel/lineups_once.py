"""Races for what may be had once: a place, a code, an identifier, an answer of one's own.

Also the change of what a session may do, while the session is used or renewed.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from adapters.contract import Acknowledged, Answer, Kind, Refused, Seen, fresh_device
from suites.kernel.bench import Lane, latest
from suites.kernel.contests import Contest, Held, LineUp, Overlapping, Racer
from suites.kernel.linear import State, ends, goes_on, spends, supersedes
from suites.kernel.lineups import REFRESH, RENEWED, SESSION, USE, login, refresh
from suites.kernel.model import AUTHENTICATING
from suites.kernel.stage import BYSTANDER
from suites.kernel.together import Ran, Runner

TOO_MANY, MOST = 3, 12
HELD = "what was handed out"


def last_place(world: Overlapping, user: str, channel: str, number: int) -> LineUp | None:
    """Several logins at once where fewer places are left."""
    limit = world.policy["concurrency.max"]
    if world.policy["concurrency.mode"] not in {"block", "evict"} or not limit or limit > MOST:
        return None
    for left_channel, held in world.bench.revived:
        if world.bench.offers("logout", Lane(left_channel)):
            world.bench.call("logout", held, fresh_device(), lane=Lane(left_channel))
    world.bench.revived.clear()
    stranger = world.enter(BYSTANDER, channel)
    seated = {f"session {n + 1}": world.enter(user, channel) for n in range(int(limit) - 1)}
    there = {name: held for name, held in seated.items() if held is not None}
    if stranger is None or len(there) < len(seated):
        return None
    # Nodes that may take a while to agree cannot count together.
    nodes = len(world.bench.nodes) if not world.model.propagation else 1
    racers = [
        login(world, user, channel, f"new session {n + 1}", n % nodes) for n in range(TOO_MANY)
    ]

    def within(ran: Sequence[Ran], living: Collection[str]) -> bool:
        return BYSTANDER in living and len(living) - 1 <= int(limit)

    watched = {**there, BYSTANDER: stranger}
    return LineUp(channel, racers, watched=watched, renewing=False, verdict=within)


def identifiers(world: Overlapping, user: str, channel: str, number: int) -> LineUp | None:
    """Two logins at once, of one user and of two."""
    if world.crowded(user) or world.crowded(BYSTANDER):
        return None
    people = (user, BYSTANDER if number % 4 < 2 else user)  # noqa: PLR2004  every other pair
    racers = [login(world, who, channel, f"session {n + 1}") for n, who in enumerate(people)]

    def different(ran: Sequence[Ran], living: Collection[str]) -> bool:
        kinds = {*AUTHENTICATING, Kind.REFRESH}
        values = [
            artefact.value.reveal()
            for one in ran
            for artefact in {(a.place, a.name): a for a in one.answer.issued}.values()
            if artefact.kind in kinds
        ]
        return len(values) == len(set(values))

    return LineUp(channel, racers, look=lambda _: False, verdict=different)


def code(world: Overlapping, user: str, channel: str, number: int) -> LineUp | None:
    """One authorization code handed in twice."""
    held = world.code(user, fresh_device("browser"), channel)
    if held is None:
        return None

    racers = [
        _spending(world, "redeem", "the code", held, channel, name)
        for name in ("one redemption", "another redemption")
    ]
    return LineUp(channel, racers, State(frozenset({HELD})))


def _spending(
    world: Overlapping, operation: str, what: str, held: Held, channel: str, name: str
) -> Racer:
    """Return a call that uses up what may be used once."""
    call, gives = getattr(world.bench.adapter, operation), f"what {name} gave"
    act = partial(call, held, fresh_device(name), channel=channel, node=world.bench.node)
    return Racer(name, Runner(operation, act), spends(what, of=HELD, gives=gives), gives)


class _Lineages:
    """Renews what each use of one refresh token gave, and what came of it whenever asked again.

    The same successor given twice is one: it lives under the first of its names only.
    """

    def __init__(self, world: Overlapping, channel: str) -> None:
        self._world = world
        self._channel = channel
        self._given: dict[str, Held] = {}
        self._newest: dict[str, Held] = {}

    def lives(self, held: Held) -> bool | None:
        """Say whether a successor can be renewed; None when nobody can tell."""
        value = next((a.value.reveal() for a in held if a.kind is Kind.REFRESH), "")
        if not value or self._given.setdefault(value, held) is not held:
            return False
        answer, given = renewed(self._world, self._channel, self._newest.get(value, held))
        if given is not None:
            self._newest[value] = given
        return given is not None if isinstance(answer, Acknowledged | Refused) else None


def renewed(world: Overlapping, channel: str, held: Held) -> tuple[Answer, Held | None]:
    """Renew a session beside the model; return the answer, and what is held if it was done."""
    answer: Answer = world.bench.call("refresh", held, fresh_device(), lane=Lane(channel))
    if not isinstance(answer, Acknowledged):
        return answer, None
    given = latest(answer.issued)
    world.bench.revived.append((channel, given))
    return answer, given


def renewals(world: Overlapping, user: str, channel: str, number: int) -> LineUp | None:
    """One refresh token used twice: what can be renewed afterwards is one line of successors.

    Both uses may be answered, if one answer is worth nothing or both are the same.
    """
    able = world.bench.offers("refresh", Lane(channel)) and world.policy["refresh.rotation"]
    entered = world.enter(user, channel) if able and not world.crowded(user) else None
    # The control: a first refresh token, used once and by nobody else, does give a successor.
    held = renewed(world, channel, entered)[1] if entered is not None else None
    if held is None:
        return None

    def racer(name: str) -> Racer:
        used = _spending(world, "refresh", "the refresh token", held, channel, name)
        return replace(used, effect=supersedes(used.gives))

    def one_goes_on(ran: Sequence[Ran], living: Collection[str]) -> bool:
        """Within a grace window whoever asks twice is not thrown out either."""
        answered = any(isinstance(one.answer, Acknowledged) for one in ran)
        return len(living) == 1 if answered else not living

    return LineUp(
        channel,
        [racer("one refresh"), racer("another refresh")],
        renewing=False,
        look=_Lineages(world, channel).lives,
        verdict=one_goes_on if world.policy["refresh.grace_seconds"] else None,
    )


def link(world: Overlapping, user: str, channel: str, number: int) -> LineUp | None:
    """One login link used twice."""
    if not world.bench.offers("login_with_link", Lane(channel)) or world.crowded(user):
        return None
    client, lane = fresh_device("mail reader"), Lane(channel)
    asked = world.bench.call("request_link", world.user(user), client, lane=lane)
    mail = world.bench.call("read_link", world.user(user))
    held = tuple(a for a in mail.issued if a.kind is Kind.LINK)[-1:]
    if not isinstance(asked, Acknowledged) or not held:
        return None
    racers = [
        _spending(world, "login_with_link", "the link", held, channel, name)
        for name in ("one use", "another use")
    ]
    return LineUp(channel, racers, State(frozenset({HELD})))


def answers(world: Overlapping, user: str, channel: str, number: int) -> LineUp | None:
    """Uses of the sessions of two users."""
    if world.crowded(user) or world.crowded(BYSTANDER):
        return None
    people = (user, BYSTANDER) * 2
    held = {who: world.enter(who, channel) for who in dict.fromkeys(people)}
    probes = world.bench.probes(channel)
    which = probes[number % len(probes)]
    if None in held.values():
        return None

    def reading(who: str, place: int) -> Racer:
        client = fresh_device(f"client {place + 1}")
        call = world.bench.adapter.probe
        act = partial(call, held[who], client, which=which, channel=channel, node=world.bench.node)
        return Racer(f"use by {who}", Runner("probe", act), lambda state: state)

    def own(ran: Sequence[Ran], living: Collection[str]) -> bool:
        seen = [one.answer for one in ran]
        return all(
            not isinstance(s, Seen) or world.bench.who(s.identity) in {None, world.role(who)}
            for s, who in zip(seen, people, strict=True)
        )

    racers = [reading(who, place) for place, who in enumerate(people)]
    return LineUp(channel, racers, verdict=own)


def demotion(
    world: Overlapping, user: str, channel: str, number: int, *, rival: str
) -> LineUp | None:
    """A session is used or renewed while its user loses a role."""
    able = all(world.bench.offers(name, Lane(channel)) for name in ("role_probe", *_needed(rival)))
    kept = world.policy["role_change.mode"] == "until_token_exp"
    account, which = world.user(user), next(iter(world.model.role_probes), None)
    if not able or kept or which is None or not (world.model.throwaway or account.role):
        return None
    raised = world.bench.call("change_role", account, world.privileged)
    # Accounts that outlast the run get their role back when the history is over.
    world.model.promoted.add(user)
    held = world.enter(user, channel) if isinstance(raised, Acknowledged) else None
    if held is None or not _may(world, channel, which, held):
        return None
    act = partial(world.bench.adapter.change_role, account, world.plain_role, node=world.bench.node)
    lost = Racer("change of role", Runner("change_role", act), ends())
    racers = [lost, _privileged(world, channel, which, held)]
    if rival == REFRESH:
        # It may succeed before and after: what it gives may do what the session may.
        racers[1] = replace(refresh(world, channel, held), effect=goes_on(SESSION, RENEWED))
    return LineUp(
        channel,
        racers,
        State(frozenset({SESSION})),
        watched={SESSION: held},
        look=partial(_may, world, channel, which),
    )


def _may(world: Overlapping, channel: str, which: str, held: Held) -> bool | None:
    """Say whether this may do what one role may; None when nobody can tell."""
    known = world.bench.calibration.authenticating[channel]
    main = tuple(a for a in held if known.covers(a) or a.kind is Kind.KEY)
    world.bench.stale()
    answer: Answer = world.bench.adapter.role_probe(
        main, fresh_device(), which=which, channel=channel, node=world.bench.node
    )
    return isinstance(answer, Acknowledged) if isinstance(answer, Acknowledged | Refused) else None


def _privileged(world: Overlapping, channel: str, which: str, held: Held) -> Racer:
    """Return a use of a session that only one role may make."""
    act = partial(
        world.bench.adapter.role_probe,
        held,
        fresh_device("using client"),
        which=which,
        channel=channel,
        node=world.bench.node,
    )
    return Racer(USE, Runner("role_probe", act), goes_on(SESSION, RENEWED, needed=True), RENEWED)


def _needed(rival: str) -> tuple[str, ...]:
    return ("refresh",) if rival == REFRESH else ()


LAST_PLACE = Contest("logins at the last place", frozenset({"parallel"}), last_place)
IDENTIFIERS = Contest("login against login", frozenset({"parallel"}), identifiers)
CODES = Contest("code against the same code", frozenset({"oauth_as", "parallel"}), code)
RENEWALS = Contest("refresh against the same refresh", frozenset({"refresh", "parallel"}), renewals)
LINKS = Contest(
    "link against the same link",
    frozenset({"request_link", "read_link", "login_with_link", "parallel"}),
    link,
)
ANSWERS = Contest("use against use", frozenset({"parallel"}), answers)
DEMOTIONS = tuple(
    Contest(
        f"change of role against {rival}",
        frozenset({"change_role", "role_probe", *_needed(rival), "parallel"}),
        partial(demotion, rival=rival),
    )
    for rival in (REFRESH, USE)
)
ONCE = (LAST_PLACE, IDENTIFIERS, CODES, RENEWALS, LINKS, ANSWERS, *DEMOTIONS)
"""Races that are not about the end of a session."""

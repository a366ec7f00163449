"""What clients, providers, relying parties and those between them do; rules act, they judge not."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from adapters.contract import Kind
from suites.kernel import Session, World, action
from suites.kernel.federation import ANSWER_DEFECTS, HINT_DEFECTS, RETURN_DEFECTS
from suites.kernel.grants import BOGUS, CODE_DEFECTS, DOWNGRADES, FOREIGN, HINTS, REPEATED
from suites.machines.choices import ANY, CHANNELS, DEVICE, LIVE, USERS
from suites.probes.logout_tokens import defective, genuine

Step = Mapping[str, Any]


def _client(world: World, channel: str) -> str | None:
    """Return the channel of a client: the one drawn, else the first there is."""
    found = world.clients()
    return channel if channel in found else next(iter(found), None)


def _party(world: World, channel: str) -> str | None:
    found = world.parties()
    return channel if channel in found else next(iter(found), None)


@action(
    needs={"authorize", "redeem"},
    user=USERS,
    device=DEVICE,
    channel=CHANNELS,
    told="log in {user} on {device} with a code that is kept",
)
def log_in_by_code(world: World, user: str, device: str, channel: str) -> None:
    """Log in step by step, so that the code is known."""
    client = _client(world, channel)
    if client is not None:
        world.login_by_code(user, device, client)


@action(needs={"redeem"}, session=ANY, told="hand in the code of {session} again")
def replay_code(world: World, session: Session) -> None:
    """A thief hands in a code that has been used."""
    world.replay_code(session)


@action(
    needs={"authorize", "redeem"},
    user=USERS,
    channel=CHANNELS,
    defect=st.sampled_from(CODE_DEFECTS),
    told="hand in a code of {user} {defect}",
)
def misuse_code(world: World, user: str, channel: str, defect: str) -> None:
    """Somebody hands in a code that is not quite theirs."""
    client = _client(world, channel)
    if client is not None:
        world.misuse_code(user, client, defect)


@action(
    needs={"authorize", "redeem"},
    user=USERS,
    channel=CHANNELS,
    how=st.sampled_from(DOWNGRADES),
    told="ask for a code of {user} without a challenge, {how}",
)
def downgrade_code(world: World, user: str, channel: str, how: str) -> None:
    """Somebody leaves the challenge out of a request for a code."""
    client = _client(world, channel)
    if client is not None:
        world.downgrade_code(user, client, how)


@action(
    needs={"revoke_token"},
    session=LIVE,
    kind=st.sampled_from([Kind.ACCESS.value, Kind.REFRESH.value]),
    hint=st.sampled_from(HINTS),
    then=st.sampled_from(["nothing", "refresh"]),
    told="revoke the {kind} token of {session} with the {hint} hint, then {then}",
    weight=2,
)
def revoke_token(world: World, session: Session, kind: str, hint: str, then: str) -> None:
    """Revoke one token of a session, and now and then renew the session after it."""
    event = world.revoke_token(session, Kind(kind), hint)
    if event is not None and event.acknowledged and then == "refresh" and session.ended is None:
        world.refresh(session)


@action(
    needs={"revoke_token"},
    session=ANY,
    how=st.sampled_from([REPEATED, BOGUS, FOREIGN]),
    told="{how} with a token of {session}",
)
def revoke_in_vain(world: World, session: Session, how: str) -> None:
    """Revoke what is dead, what never was, or what belongs to another client."""
    world.revoke_in_vain(session, how)


@action(needs={"rp_logout"}, session=LIVE, told="{session} logs out at the provider")
def log_out_at_provider(world: World, session: Session) -> None:
    """Log out at the provider from the browser of a session."""
    world.leave_provider(session)


@action(
    needs={"rp_logout"},
    session=LIVE,
    defect=st.sampled_from([*HINT_DEFECTS, *RETURN_DEFECTS]),
    told="{session} is logged out at the provider with {defect}",
)
def misuse_provider_logout(world: World, session: Session, defect: str) -> None:
    """Somebody sends the browser to the provider's logout with one thing wrong."""
    world.misuse_provider_logout(session, defect)


@action(
    needs={"backchannel", "mint_token"},
    session=LIVE,
    whom=st.sampled_from(["session", "user", "nobody"]),
    told="the provider ends {session}, naming its {whom}",
    weight=2,
)
def end_by_provider(world: World, session: Session, whom: str) -> None:
    """The provider tells a relying party that it is over."""
    if session.channel not in world.parties():
        return
    sid, subject = world.sid_of(session), world.user(session.user).identity
    now = world.target_time()
    if whom == "user" and subject is not None:
        world.end_by_provider(session, genuine(subject, None, now=now), everywhere=True)
    elif whom == "session" and sid is not None:
        world.end_by_provider(session, genuine(None, sid, now=now), everywhere=False)
    elif whom == "nobody":
        world.end_nobody_by_provider(session, genuine(None, "a-session-nobody-has", now=now))


@action(
    needs={"backchannel", "mint_token"},
    session=LIVE,
    told="the provider ends {session}, its user comes back, and the message comes again",
)
def replay_provider_logout(world: World, session: Session) -> None:
    """A logout token is delivered twice, with a login in between."""
    subject = world.user(session.user).identity
    if session.channel not in world.parties() or subject is None:
        return
    done = world.end_by_provider(
        session, genuine(subject, None, now=world.target_time()), everywhere=True
    )
    again = world.login(session.user, session.device.name, channel=session.channel)
    if done is not None and again is not None:
        world.replay_to_party(done[1], again)


@action(
    needs={"backchannel", "mint_token"},
    session=LIVE,
    told="somebody forges messages of the provider about {session}",
)
def forge_provider_logout(world: World, session: Session) -> None:
    """Logout tokens with one defect each, then a right one."""
    subject = world.user(session.user).identity
    if session.channel not in world.parties() or subject is None:
        return
    sid = world.sid_of(session)
    now = world.target_time()
    tries = [(f.defect, f.claims, f.kind, f.by) for f in defective(subject, sid, now=now)]
    world.forge_logouts(session, tries, genuine(subject, sid, now=now))


@action(
    needs={"hand_in"},
    user=USERS,
    other=USERS,
    channel=CHANNELS,
    defect=st.sampled_from(ANSWER_DEFECTS),
    told="an answer of the provider to {user}, and one to {other}: one is used {defect}",
)
def misuse_answer(world: World, user: str, other: str, channel: str, defect: str) -> None:
    """An answer of the provider is handed in where, when or as it should not be."""
    party = _party(world, channel)
    if party is not None:
        world.misuse_answer(user, other, party, defect)


def federated(offers: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, list[Step]]]:
    """Yield (retest scenario, steps) for the clients and relying parties among the channels."""
    for channel, able in offers.items():
        for scenario, moves in (*_client_moves(channel, able), *_party_moves(channel, able)):
            if moves:
                yield scenario, _steps(moves)


Moves = list[dict[str, Any]]


def _steps(moves: Moves) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]


def _in(
    channel: str, how: str = "log_in", user: str = "alice", device: str = "laptop"
) -> dict[str, Any]:
    return {"do": how, "user": user, "device": device, "channel": channel}


def _client_moves(channel: str, able: frozenset[str]) -> Iterator[tuple[str, Moves]]:
    code, refreshed = (
        _in(channel, "log_in_by_code"),
        {"do": "refresh", "session": "s1", "channel": channel},
    )
    again = {"do": "replay_code", "session": "s1"}
    if "redeem" in able:
        yield "replay", [code, again]
        yield "replay", [code, refreshed, again, _in(channel)]
        misused = {"do": "misuse_code", "user": "alice", "channel": channel}
        yield "hijacking", [{**misused, "defect": defect} for defect in CODE_DEFECTS]
        bare = {"do": "downgrade_code", "user": "alice", "channel": channel}
        yield "hijacking", [{**bare, "how": how} for how in DOWNGRADES]
    if "revoke_token" in able:
        revoked = {"do": "revoke_token", "session": "s1", "then": "nothing"}
        for kind in (Kind.ACCESS.value, Kind.REFRESH.value):
            for hint in HINTS:
                yield (
                    "expiration",
                    [
                        _in(channel),
                        refreshed,
                        _in(channel, device="phone"),
                        {**revoked, "kind": kind, "hint": hint},
                        {"do": "revoke_in_vain", "session": "s1", "how": REPEATED},
                        {"do": "revoke_in_vain", "session": "s3", "how": BOGUS},
                        {"do": "revoke_in_vain", "session": "s3", "how": FOREIGN},
                    ],
                )
        moved = {**revoked, "kind": Kind.ACCESS.value, "hint": "right", "then": "refresh"}
        yield "replay", [_in(channel), moved, _in(channel, device="phone")]
    if "rp_logout" in able:
        yield (
            "expiration",
            [
                _in(channel),
                _in(channel, device="phone"),
                {"do": "log_out_at_provider", "session": "s1"},
            ],
        )
        for defect in (*HINT_DEFECTS, *RETURN_DEFECTS):
            wrong = {"do": "misuse_provider_logout", "session": "s1", "defect": defect}
            yield "hijacking", [_in(channel), wrong]


def _party_moves(channel: str, able: frozenset[str]) -> Iterator[tuple[str, Moves]]:
    if "backchannel" in able:
        ended = {"do": "end_by_provider", "session": "s1"}
        for whom in ("nobody", "session", "user"):
            yield (
                "expiration",
                [
                    _in(channel),
                    _in(channel, device="phone"),
                    _in(channel, user="bob"),
                    {**ended, "whom": whom},
                ],
            )
        yield (
            "expiration",
            [
                _in(channel),
                _in(channel, device="phone"),
                {"do": "refresh", "session": "s1", "channel": channel},
                {**ended, "whom": "session"},
            ],
        )
        yield "replay", [_in(channel), {"do": "replay_provider_logout", "session": "s1"}]
        yield "hijacking", [_in(channel), {"do": "forge_provider_logout", "session": "s1"}]
    if "hand_in" in able:
        misused = {"do": "misuse_answer", "user": "alice", "other": "bob", "channel": channel}
        for defect in ANSWER_DEFECTS:
            yield "hijacking", [_in(channel, user="bob"), {**misused, "defect": defect}]

"""People, devices and attackers living their session lives; rules act, invariants watch."""

import hypothesis.strategies as st

from adapters.contract import Device, Handle, Listing, fresh_device
from suites.kernel import AUTHENTICATING, Session, World, action
from suites.machines.choices import (
    ANY,
    CHANNELS,
    DEVICE,
    ENDED,
    LIVE,
    PROBES,
    RENEWABLE,
    USERS,
)
from suites.probes.mutations import mutants

ADDRESS_NAMES = (
    *("sid", "session", "sessionid", "jsessionid", "token", "access_token", "auth_token"),
    *("authtoken", "id_token", "jwt", "auth", "api_key", "apikey", "key"),
)


@action(device=DEVICE, channel=CHANNELS, needs={"pre_auth"}, told="visit from {device}")
def visit(world: World, device: str, channel: str) -> None:
    """Come to the target without logging in."""
    world.visit(device, channel)


@action(user=USERS, device=DEVICE, channel=CHANNELS, told="log in {user} on {device}", weight=4)
def log_in(world: World, user: str, device: str, channel: str) -> None:
    """Log in from a client that holds nothing."""
    world.login(user, device, channel=channel)


@action(session=LIVE, user=USERS, channel=CHANNELS, told="log in {user} over {session}", weight=2)
def log_in_over(world: World, session: Session, user: str, channel: str) -> None:
    """Log in from a client that holds a live session: the own one, or somebody else's."""
    if world.crowded(user) or session.sure.place != "cookie":
        return
    client = Device(session.device.name, session.device.jar.copy(), session.device.headers)
    own = world.role(user) == session.user
    carried = "own session" if own else "foreign session"
    world.login(user, client.name, client=client, carried=carried, over=session, channel=channel)


@action(
    needs={"pre_auth"},
    user=USERS,
    channel=CHANNELS,
    told="plant a fetched identifier, then log in {user}",
    weight=2,
    hostile=True,
)
def log_in_with_planted_visit(world: World, user: str, channel: str) -> None:
    """An attacker fetches an identifier, plants it, and the victim logs in with it."""
    lane = world.lane(channel)
    client = fresh_device("laptop")
    answer = world.bench.call("pre_auth", client, lane=lane)
    plants = [world.stray(a, owner="", lane=lane) for a in answer.issued]
    plants = [c for c in plants if world.authenticates(c)]
    if plants:
        world.login(
            user,
            "laptop",
            client=client,
            carried="pre-auth",
            planted=plants,
            channel=channel,
        )


@action(
    session=ANY,
    user=USERS,
    channel=CHANNELS,
    how=st.sampled_from(["random", "random twice", "random everywhere"]),
    told="plant a {how} value, then log in {user}",
    weight=2,
    hostile=True,
)
def log_in_with_planted_value(
    world: World, session: Session, user: str, channel: str, how: str
) -> None:
    """An attacker makes an identifier up, plants it, and the victim logs in with it."""
    if session.sure.place != "cookie":
        return
    made_up = world.invented(session.sure)
    client = fresh_device("laptop")
    world.plant(client, made_up, everywhere=how == "random everywhere")
    if how == "random twice":
        for _ in range(2):
            world.observe_with(client, channel)
            world.plant(client, made_up)
    world.login(user, "laptop", client=client, carried=how, planted=[made_up], channel=channel)


@action(
    session=ENDED,
    user=USERS,
    told="plant {session}, which is dead, then log in {user}",
    weight=2,
    hostile=True,
)
def log_in_with_planted_corpse(world: World, session: Session, user: str) -> None:
    """An attacker plants an identifier that was valid once, and the victim logs in with it."""
    corpse = session.sure
    if corpse.place != "cookie" or corpse not in world.model.dead():
        return
    if not world.dead_here(session):
        return
    client = fresh_device("laptop")
    world.plant(client, corpse)
    world.login(
        user, "laptop", client=client, carried="dead", planted=[corpse], channel=corpse.channel
    )


@action(user=USERS, device=DEVICE, channel=CHANNELS, told="fail to log in {user}")
def fail_to_log_in(world: World, user: str, device: str, channel: str) -> None:
    """Try a wrong password."""
    if world.may_fail(user):
        world.fail_login(user, device, channel)


@action(session=LIVE, probe=PROBES, told="{session} reads {probe}", weight=2)
def read(world: World, session: Session, probe: str) -> None:
    """Use a session from its own client."""
    world.read(session, probe)


@action(needs={"write_marker"}, session=LIVE, told="{session} stores a private note")
def write_note(world: World, session: Session) -> None:
    """Store a private value in a session, and see it shown."""
    world.write_marker(session)
    world.read(session)


@action(needs={"refresh"}, session=RENEWABLE, channel=CHANNELS, told="refresh {session}", weight=3)
def refresh(world: World, session: Session, channel: str) -> None:
    """Renew a session, now and then through another channel of the same grant."""
    fits = channel == session.channel or world.shares_refresh(session, channel)
    world.refresh(session, channel if fits else None)


@action(session=LIVE, told="log out {session}", weight=3)
def log_out(world: World, session: Session) -> None:
    """Log out from the own client."""
    world.logout(session)


@action(session=ENDED, times=st.integers(1, 3), told="log out {session} again ({times}x)", weight=2)
def log_out_again(world: World, session: Session, times: int) -> None:
    """Present a dead session to logout."""
    for _ in range(times):
        if not world.model.reissued(session.sure):
            world.logout(session)


@action(session=ANY, told="log out with a value that was never issued", hostile=True)
def log_out_with_garbage(world: World, session: Session) -> None:
    """Present a made-up value to logout."""
    held = world.invented(session.sure).held
    world.bogus_logout(held, session.channel, "a value that was never issued")


@action(needs={"change_password"}, session=LIVE, told="{session} changes the password", weight=2)
def change_password(world: World, session: Session) -> None:
    """Change the password from one of the sessions."""
    world.change_password(session)


@action(needs={"revoke_all"}, session=LIVE, told="{session} logs out everywhere", weight=2)
def log_out_everywhere(world: World, session: Session) -> None:
    """End all sessions from one of them."""
    world.revoke_all(session)


@action(needs={"list_sessions"}, session=LIVE, told="{session} lists its sessions", weight=2)
def list_sessions(world: World, session: Session) -> None:
    """Look at the own session list."""
    world.list_sessions(session)


@action(
    needs={"list_sessions", "revoke_session"},
    session=LIVE,
    other=ANY,
    told="{session} ends {other} from its list",
    weight=2,
)
def revoke(world: World, session: Session, other: Session) -> None:
    """End a session by its handle: one of the own, or that of somebody else."""
    if other.handle is None and other.live:
        world.list_sessions(other)
    if other.handle is not None and other is not session and (other.live or other.ended):
        world.revoke(session, other.handle, other)


@action(
    needs={"list_sessions", "revoke_session"},
    session=LIVE,
    told="{session} guesses a handle",
    hostile=True,
)
def revoke_a_guess(world: World, session: Session) -> None:
    """Try to end a session whose handle was guessed from an own one."""
    listing = world.list_sessions(session).extra
    if isinstance(listing, Listing) and listing.handles:
        handle = listing.handles[-1].id
        guess = str(int(handle) + 1) if handle.isdigit() else handle[::-1]
        world.revoke(session, Handle(guess), None)


@action(
    needs={"change_email", "create_user"},
    session=RENEWABLE,
    told="rename the user of {session}, and let a newcomer take the name",
)
def rename(world: World, session: Session) -> None:
    """Change the login name while a refresh token of the old name is out."""
    if "newcomer" not in world.model.users:
        world.rename(session)


@action(needs={"change_password"}, user=USERS, told="log in {user} with the old password")
def log_in_with_the_old_password(world: World, user: str) -> None:
    """Use a password after it was changed, once."""
    changes = [
        e
        for e in world.model.events
        if e.kind == "change_password" and e.acknowledged and e.user == world.role(user)
    ]
    if changes and world.may_fail(user):
        world.try_password(user, changes[0].extra)


@action(session=LIVE, told="present altered copies of {session}", weight=0, hostile=True)
def tamper(world: World, session: Session) -> None:
    """Present every altered form of a live value."""
    others = [s.sure.value for s in world.model.live_sessions() if s is not session]
    tries = []
    for credential in session.current(*AUTHENTICATING):
        artefact = credential.held[-1]
        for mutant in mutants(credential.value, other=others[0] if others else None):
            if mutant.cookie_safe or artefact.place.value == "body":
                tries.append((credential, mutant.name, artefact.holding(mutant.value)))
    world.look("tampering", session, tries)


@action(session=LIVE, told="present {session} in the address", weight=0, hostile=True)
def smuggle(world: World, session: Session) -> None:
    """Present a live value in every place of the address where it does not belong."""
    world.look(
        "smuggling",
        session,
        [
            (credential, where, artefact)
            for credential in session.current(*AUTHENTICATING)
            for where, artefact in world.misplaced(credential, ADDRESS_NAMES)
        ],
    )


@action(
    user=USERS,
    channel=CHANNELS,
    count=st.integers(50, 500),
    told="log {user} in and out {count} times",
    weight=0,
)
def collect_identifiers(world: World, user: str, channel: str, count: int) -> None:
    """Gather identifiers for the entropy estimate and the predictors."""
    world.sample(user, channel, count)

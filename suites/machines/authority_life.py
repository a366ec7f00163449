"""Administrators, support staff, the forgetful, the remembered, and those who want to be more."""

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.kernel.pretending import DISGUISES, OCCASIONS
from suites.machines.choices import CHANNELS, DEVICE, LIVE, REMEMBERED, USERS

RESETS = {"start_reset", "read_reset", "finish_reset"}


@action(needs={"disable_account", "create_user"}, user=USERS, told="disable {user}")
def disable(world: World, user: str) -> None:
    """An administrator closes an account."""
    world.disable(user)


@action(needs={"enable_account"}, user=USERS, told="enable {user}")
def enable(world: World, user: str) -> None:
    """An administrator opens an account again."""
    world.enable(user)


@action(needs={"delete_account", "create_user"}, user=USERS, told="delete {user}")
def delete(world: World, user: str) -> None:
    """An account is deleted."""
    world.delete(user)


@action(
    needs={"delete_account", "create_user"},
    user=USERS,
    told="delete {user}, and create another account of this name",
)
def recreate(world: World, user: str) -> None:
    """An account is deleted and somebody else takes its name."""
    world.recreate(user)


@action(
    needs={"change_role"},
    user=USERS,
    role=st.sampled_from(["admin", "user"]),
    told="make {user} {role}",
    weight=2,
)
def change_role(world: World, user: str, role: str) -> None:
    """Give an account another role, and let its sessions notice."""
    world.change_role(user, role)


@action(needs=RESETS, user=USERS, told="somebody asks for a password reset of {user}")
def ask_reset(world: World, user: str) -> None:
    """Ask for a password reset from a client that holds nothing."""
    world.ask_reset(user)


@action(needs=RESETS, session=LIVE, told="{session} asks for a password reset")
def ask_reset_within(world: World, session: Session) -> None:
    """Ask for a password reset while logged in."""
    world.ask_reset(session.user, session)


@action(needs=RESETS, user=USERS, told="reset the password of {user}")
def finish_reset(world: World, user: str) -> None:
    """Set a new password with the newest reset token."""
    world.finish_reset(user)


@action(needs=RESETS, user=USERS, told="try an older reset token of {user}")
def finish_stale_reset(world: World, user: str) -> None:
    """Try a reset token from before the last reset."""
    world.finish_stale_reset(user)


@action(needs={"step_up"}, session=LIVE, told="{session} proves the password again", weight=2)
def step_up(world: World, session: Session) -> None:
    """Raise the level of a session."""
    world.step_up(session)


@action(needs={"step_up"}, session=LIVE, told="{session} types a wrong password at step-up")
def fail_step_up(world: World, session: Session) -> None:
    """Fail to raise the level of a session."""
    if world.may_fail(session.user):
        world.fail_step_up(session)


@action(
    needs={"impersonate", "end_impersonation", "change_role"},
    session=LIVE,
    user=USERS,
    told="{session} acts as {user} for a while",
)
def impersonate(world: World, session: Session, user: str) -> None:
    """Support staff acts as a user, and is itself again."""
    world.impersonate(session, user)


@action(
    needs={"role_probe"},
    session=LIVE,
    how=st.sampled_from(DISGUISES),
    occasion=st.sampled_from(OCCASIONS),
    told="{session} claims another role in {how} at {occasion}",
    weight=2,
)
def disguise(world: World, session: Session, how: str, occasion: str) -> None:
    """A user claims a role that was not given."""
    world.disguise(session, how, occasion)


@action(session=LIVE, told="lend every value of {session} to another purpose")
def gather(world: World, session: Session) -> None:
    """Collect what a session holds, and present what is no identifier as one."""
    world.gather(session)


@action(
    needs={"remember_me"},
    user=USERS,
    device=DEVICE,
    channel=CHANNELS,
    told="log in {user} on {device}, to be remembered",
    weight=2,
)
def log_in_remembered(world: World, user: str, device: str, channel: str) -> None:
    """Log in with the box ticked."""
    world.login_remembered(user, device, channel)


@action(
    needs={"remember_me"},
    session=REMEMBERED,
    told="come back with the remember-me token of {session}",
    weight=3,
)
def log_in_by_memory(world: World, session: Session) -> None:
    """Open a session without a password."""
    world.boot(session)


@action(
    needs={"remember_me"},
    session=REMEMBERED,
    back=st.integers(1, 3),
    told="present a used remember-me token of {session}, {back} before the last",
)
def replay_used_memory(world: World, session: Session, back: int) -> None:
    """A thief presents a remember-me token that has been used."""
    world.boot_again(session, back)

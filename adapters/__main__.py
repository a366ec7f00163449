"""`python -m adapters check my.yaml`: what the suite would log in as, before any verdict."""

import argparse
import sys
from collections.abc import Sequence

from adapters import capabilities
from adapters.build import Loaded, load
from adapters.checked import AdapterError
from adapters.contract import User
from adapters.profilefile import ProfileError
from adapters.schemacheck import SCHEMA_PATH
from adapters.secrets import VAULT
from adapters.smoke import ChannelSmoke, Smoke, smoke
from adapters.transport import OutOfScope

SHORTEST_SECRET = 4
FIT, STOPPED, PROFILE_AT_FAULT, TARGET_AT_FAULT = 0, 2, 4, 10


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m adapters", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="log in with a profile and say what was seen")
    check.add_argument("profile", help="the profile, a YAML file")
    commands.add_parser("schema", help="print the path of the JSON schema of profiles")
    chosen = parser.parse_args(arguments)
    if chosen.command == "schema":
        print(SCHEMA_PATH)
        return FIT
    try:
        loaded = load(chosen.profile)
        result = smoke(loaded.adapter, loaded.users)
    except ProfileError as error:
        print(f"ERROR: {without_secrets(str(error))}", file=sys.stderr)
        return PROFILE_AT_FAULT
    except (AdapterError, OutOfScope) as error:
        print(f"ERROR: {chosen.profile}: {without_secrets(str(error))}", file=sys.stderr)
        return PROFILE_AT_FAULT
    except KeyboardInterrupt:
        print("stopped before anything was known", file=sys.stderr)
        return STOPPED
    for line in told(loaded, result):
        print(without_secrets(line, loaded.users))
    if result.trouble:
        return TARGET_AT_FAULT
    return PROFILE_AT_FAULT if result.problems else FIT


def without_secrets(text: str, users: Sequence[User] = ()) -> str:
    """Return the text with every known secret as its pseudonym; an adapter may have named one.

    The name of an account stays readable, even where a target uses it as a cookie.
    """
    ordinary = {name for user in users for name in (user.name, user.identity)}
    for value, kind in sorted(VAULT, key=lambda known: -len(known[0])):
        if len(value) >= SHORTEST_SECRET and value not in ordinary:
            text = text.replace(value, VAULT.pseudonym(value, kind))
    return text


def told(loaded: Loaded, result: Smoke) -> list[str]:
    """Return the result in lines of plain words."""
    target = loaded.profile.target
    lines = [f"{target.name} at {', '.join(target.nodes)}"]
    if not result.trouble and (version := loaded.version()):
        lines.append(f"  version {version}")
    for user in result.users:
        if user.identity:
            lines.append(f"  {user.name} is shown as {user.identity}")
    for channel in result.channels:
        lines += _channel_lines(channel)
    seen = capabilities.of(loaded.adapter)
    lines.append(f"  can: {', '.join(sorted(seen))}")
    missing = sorted(set(capabilities.OPERATIONS) - seen)
    if missing:
        lines.append(f"  cannot: {', '.join(missing)}")
    lines += [f"  note: {note}" for note in (*loaded.notes, *result.notes)]
    lines += [f"PROBLEM {problem}" for problem in result.problems]
    lines += [f"TROUBLE {trouble}" for trouble in result.trouble]
    lines.append("fit for a run" if result.fit else "not fit for a run")
    return lines


def _channel_lines(channel: ChannelSmoke) -> list[str]:
    lines = [f"  channel {channel.channel}"]
    if channel.alone:
        lines.append(f"    authenticates alone: {', '.join(channel.alone)}")
    if channel.together:
        lines.append(f"    authenticates together: {', '.join(channel.together)}")
    if channel.idle:
        lines.append(f"    not needed by the probe: {', '.join(channel.idle)}")
    if channel.wrong_password_refused is not None:
        answer = "refused" if channel.wrong_password_refused else "NOT refused"
        lines.append(f"    a wrong password is {answer}")
    return lines


if __name__ == "__main__":
    sys.exit(main())

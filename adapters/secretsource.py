"""Values that a profile names instead of holding: environment variables and secrets files.

A profile never contains a password; this is where it points to.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.secrets import Secret
from adapters.yamlfile import KeyPath, ProfileError

_IN_TEXT = re.compile(r"\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Position:
    """Where in which file something stands, for messages."""

    file: Path
    lines: Mapping[KeyPath, int]

    def error(self, at: KeyPath, sentence: str) -> ProfileError:
        """Return the error that says this sentence about this key."""
        line = next(
            (self.lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in self.lines), None
        )
        where = f"{self.file}:{line}" if line else str(self.file)
        key = dotted(at)
        return ProfileError(f"{where}: `{key}` {sentence}" if key else f"{where}: {sentence}")


def dotted(at: KeyPath) -> str:
    """Return a key path as a user would write it."""
    text = ""
    for step in at:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def is_source(value: object) -> bool:
    """Return whether a value is `{env: NAME}` or `{file: path, key: NAME}`."""
    if not isinstance(value, Mapping):
        return False
    return set(value) in ({"env"}, {"file", "key"})


def read_source(value: Mapping[str, object], at: KeyPath, place: Position) -> str:
    """Return what a source points to."""
    if "env" in value:
        return _variable(str(value["env"]), at, place)
    return _from_file(str(value["file"]), str(value["key"]), at, place)


def read_secret(value: object, at: KeyPath, place: Position, kind: str) -> Secret:
    """Return the secret a source points to; a literal is refused."""
    if isinstance(value, Mapping) and is_source(value):
        return Secret(read_source(value, at, place), kind)
    raise place.error(
        at,
        "must not be in the profile itself; write {env: NAME_OF_A_VARIABLE} "
        "or {file: path, key: NAME}",
    )


def resolve(value: object, at: KeyPath, place: Position, *, kind: str | None = None) -> object:
    """Return a part of the profile with every source and `{env.NAME}` replaced by its value.

    With `kind`, what came from a source is registered as a secret of that kind.
    """
    if isinstance(value, Mapping):
        if is_source(value):
            found = read_source(value, at, place)
            return Secret(found, kind).reveal() if kind else found
        return {key: resolve(inner, (*at, key), place, kind=kind) for key, inner in value.items()}
    if isinstance(value, list):
        return [
            resolve(inner, (*at, number), place, kind=kind) for number, inner in enumerate(value)
        ]
    if isinstance(value, str) and "{env." in value:

        def filled(match: re.Match[str]) -> str:
            found = _variable(match[1], at, place)
            return Secret(found, kind).reveal() if kind else found

        return _IN_TEXT.sub(filled, value)
    return value


def _variable(name: str, at: KeyPath, place: Position) -> str:
    value = os.environ.get(name)
    if value is None:
        raise place.error(
            at, f"needs the environment variable {name}, which is not set; export it first"
        )
    if not value:
        raise place.error(at, f"needs the environment variable {name}, which is empty; give it one")
    return value


def _from_file(name: str, key: str, at: KeyPath, place: Position) -> str:
    path = place.file.parent / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise place.error(at, f"names the secrets file {path}, which cannot be read") from None
    for line in text.splitlines():
        found, equals, value = line.partition("=")
        if equals and found.strip() == key and not found.lstrip().startswith("#"):
            return value.strip()
    raise place.error(at, f"looks for {key} in {path}; add a line {key}=... there")

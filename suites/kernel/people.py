"""Throw-away people: login name, password and personal data that occur nowhere else."""

import secrets
from dataclasses import dataclass

from adapters.secrets import Secret


@dataclass(frozen=True, slots=True)
class Person:
    """What an account is created with."""

    name: str
    password: Secret
    personal: dict[str, str]


def password() -> Secret:
    """Return a password that common rules accept and nobody used before."""
    return Secret(f"Rt{secrets.token_urlsafe(12)}-9", "password")


def invent(role: str) -> Person:
    """Invent a person; every datum is a canary that must not turn up in an artefact."""
    mark = secrets.token_hex(6)
    personal = {
        "name": f"{role.title()} Q{mark}",
        "phone": f"+4930{secrets.randbelow(10**8):08}",
    }
    return Person(f"{role}-{mark}@example.test", password(), personal)

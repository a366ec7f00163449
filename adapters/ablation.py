"""Which of the issued artefacts authenticate: each alone, else the smallest set that does.

It sends nothing itself; whether a set works is asked of somebody who probes.
"""

import base64
import json
import secrets
import string
from collections.abc import Callable, Sequence

from adapters.contract import Artefact

JWT_PARTS = 3
SHORTEST = 16
_ALPHABET = string.ascii_letters + string.digits

Works = Callable[[Sequence[Artefact]], bool]


def alone_in(issued: Sequence[Artefact], works: Works) -> list[Artefact]:
    """Return the artefacts each of which authenticates by itself."""
    return [artefact for artefact in issued if works([artefact])]


def together_in(issued: Sequence[Artefact], works: Works) -> list[Artefact]:
    """Return the smallest set that authenticates when nothing does alone; empty when none does."""
    if not works(issued):
        return []
    together = list(issued)
    for artefact in issued:
        fewer = [other for other in together if other is not artefact]
        if works(fewer):
            together = fewer
    return together


def labelled(artefact: Artefact) -> str:
    """Return what reports call an artefact: its place and its name."""
    return f"{artefact.place} {artefact.name}"


def invented(artefact: Artefact) -> Artefact:
    """Return the artefact with a value that the target never issued, of the same length."""
    length = max(len(artefact.value), SHORTEST)
    return artefact.holding("".join(secrets.choice(_ALPHABET) for _ in range(length)))


def is_jwt(value: str) -> bool:
    """Return whether a value has the shape of a signed JWT (RFC 7515: the header names `alg`)."""
    head, *rest = value.split(".")
    if len(rest) != JWT_PARTS - 1:
        return False
    try:
        found = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        return False
    return isinstance(found, dict) and "alg" in found

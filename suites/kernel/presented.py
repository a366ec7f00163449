"""How something was presented, and how that was answered, as far as a log may tell of it."""

import re
from collections.abc import Sequence
from typing import Any

from adapters.contract import Artefact, Device, Refused
from adapters.operations import Attempt, Came
from suites.kernel.bench import Authenticating
from suites.kernel.policy import Policy

_FORBIDDEN = re.compile(r"\b403\b")


def misplaced(device: Device | None, policy: Policy) -> bool:
    """Say whether a client is elsewhere than any session is bound to that another one began.

    Keys are left out: a proof of them may be refused for many a reason.
    """
    mode = policy["binding.mode"]
    if device is None or mode not in {"ip", "ip_prefix", "ua"}:
        return False
    return device.apart if mode == "ua" else bool(device.source)


def forbidden(answer: object) -> bool:
    """Say whether a request was refused for its sender, not for its form."""
    return isinstance(answer, Refused) and _FORBIDDEN.search(answer.why) is not None


def refused(answer: object) -> bool:
    """Say whether a call was refused, whatever it was for."""
    attempted = isinstance(answer, Attempt) and answer.came is Came.REFUSED
    return attempted or isinstance(answer, Refused)


def alone(known: Authenticating | None, held: Sequence[Artefact], device: Device | None) -> bool:
    """Say whether one value was presented where it belongs, and nothing beside it."""
    return (
        known is not None
        and len(held) == 1
        and not getattr(device, "jar", ())
        and known.covers(held[0])
        and any(len(one) == 1 for one in known.sets)
    )


def in_jar(device: Any) -> list[str]:
    """Return the values that a client keeps itself."""
    jar = getattr(device, "jar", None)
    found = (jar.get(name) for name in jar.names()) if jar is not None else ()
    return [secret.reveal() for secret in found if secret is not None]

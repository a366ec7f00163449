"""Reading an answer by its declaration: done, declined, somebody, nobody, or none of these."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from adapters.declared.spec import Expect, Operation, Probe
from adapters.exchange import Reply
from adapters.extract import json_nodes

TOO_MANY = 429
SERVER_ERROR = 500
NO_REFUSAL = frozenset({405, 408, 425, TOO_MANY})


class Meaning(StrEnum):
    """What an answer to an operation means."""

    DONE = "done"
    DECLINED = "declined"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer means, why, and whether the target itself failed."""

    meaning: Meaning
    why: str
    crashed: bool = False


def no_evidence(reply: Reply) -> Outcome | None:
    """Return why nothing can be concluded from this answer, None when something can."""
    if reply.status is None:
        return Outcome(Meaning.UNCLEAR, reply.trouble or "no answer")
    if reply.status == TOO_MANY:
        return Outcome(Meaning.UNCLEAR, f"{reply.told()}: too many requests")
    if reply.status >= SERVER_ERROR:
        return Outcome(Meaning.UNCLEAR, f"{reply.told()}: the target failed", crashed=True)
    return None


def outcome_of(reply: Reply, operation: Operation) -> Outcome:
    """Return what an answer to an operation means."""
    if unclear := no_evidence(reply):
        return unclear
    told = reply.told()
    done = any(matches(reply, one) for one in operation.acknowledged or ())
    declined = any(matches(reply, one) for one in operation.refused or ())
    if done and declined:
        return Outcome(Meaning.UNCLEAR, f"{told}: matches both `acknowledged` and `refused`")
    if not done and not declined:
        status = reply.status or 0
        done = operation.acknowledged is None and 200 <= status < 400  # noqa: PLR2004
        declined = (
            operation.refused is None and 400 <= status < 500 and status not in NO_REFUSAL  # noqa: PLR2004
        )
    if done:
        return Outcome(Meaning.DONE, told)
    if declined:
        return Outcome(Meaning.DECLINED, told)
    return Outcome(Meaning.UNCLEAR, f"{told}: matches neither `acknowledged` nor `refused`")


def matches(reply: Reply, expect: Expect) -> bool:
    """Return whether an answer looks as expected in every respect.

    A status list without any 3xx and a redirect are alternatives: no answer can be both.
    """
    if expect.not_redirect and _redirected(reply, expect.not_redirect):
        return False
    if not _body_matches(reply, expect):
        return False
    in_status = reply.status in expect.status
    if expect.redirect is None:
        return in_status or not expect.status
    if not _redirected(reply, expect.redirect):
        return in_status and not _any_redirect(expect)
    return in_status or not expect.status or not _any_redirect(expect)


def nobody_in(reply: Reply, probe: Probe) -> bool:
    """Return whether an answer shows that nobody is recognised."""
    return any(_sign(reply, expect) for expect in probe.nobody)


def _sign(reply: Reply, expect: Expect) -> bool:
    """Return whether any one sign is there.

    A 2xx status says nothing alone: it only narrows the signs of the body.
    """
    in_status = reply.status in expect.status
    if expect.redirect and _redirected(reply, expect.redirect):
        return True
    body_signs = bool(expect.contains or expect.json)
    if in_status and not reply.ok:
        return not (expect.redirect and _any_redirect(expect)) or reply.last.location is None
    if body_signs and _body_matches(reply, expect):
        fine = {status for status in expect.status if 200 <= status < 300}  # noqa: PLR2004
        return not fine or reply.status in fine
    return in_status and not body_signs and expect.redirect is None


def _any_redirect(expect: Expect) -> bool:
    return any(300 <= status < 400 for status in expect.status)  # noqa: PLR2004


def _redirected(reply: Reply, prefix: str) -> bool:
    for address in reply.redirects:
        path = urlsplit(address).path or "/"
        rest = path.removeprefix(prefix)
        if path.startswith(prefix) and (not rest or prefix.endswith("/") or rest[0] in "/;"):
            return True
    return False


def _body_matches(reply: Reply, expect: Expect) -> bool:
    if expect.contains:
        text = reply.text
        if not all(part in text for part in expect.contains):
            return False
    if expect.json:
        content = reply.json()
        return all(_has(content, path, value) for path, value in expect.json)
    return True


def _has(content: object, path: str, value: object) -> bool:
    """`null` is also what a path that leads nowhere has; `200 null` means nobody."""
    found = json_nodes(content, path)
    return value in found if found else value is None

"""What a page of another site can make a victim's browser send: by which ways, with which marks.

The cookies go along by themselves. What such a page cannot know or set, an own token or a header
of its own, is left out. No operation is known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

ELSEWHERE = "foreign.example"
"""A name that belongs to nobody (RFC 2606); nothing is ever sent there."""
SIMPLE = frozenset({"GET", "HEAD", "POST"})
"""What another site may use without asking the target first (Fetch, CORS-safelisted method)."""


class Origin(StrEnum):
    """Where a request says that it comes from."""

    FOREIGN = "from elsewhere"
    NULL = "from nowhere (null)"
    SUFFIX = "from an origin that begins like the target's"
    PREFIX = "from an origin that ends like the target's"
    SIBLING = "from a sibling of the target"
    ABSENT = "without an origin"


class Body(StrEnum):
    """The form of a body; the last one is not sent before the target allowed it (preflight)."""

    FORM = "a form"
    MULTIPART = "a form with room for files"
    TEXT = "plain text"
    JSON = "JSON"


class Token(StrEnum):
    """What stands where the anti-CSRF token belongs, of which the sender knows nothing."""

    ABSENT = "no token"
    EMPTY = "an empty token"
    MADE_UP = "a made-up token"


@dataclass(frozen=True, slots=True)
class Crossing:
    """One way to send a request from another site.

    `method` is empty for the one that is declared; `override` names the declared one in a field or
    in a header. `dated` marks what only browsers of the past would send. `imitates` is the origin
    that the tricks are made from, empty for that of the target.
    """

    name: str
    origin: Origin = Origin.FOREIGN
    body: Body = Body.FORM
    token: Token = Token.ABSENT
    method: str = ""
    override: str = ""
    mode: str = "navigate"
    dated: bool = False
    referer_only: bool = False
    imitates: str = ""

    @property
    def navigates(self) -> bool:
        """True for a change of the page by a safe method: there a Lax cookie goes along."""
        return self.mode == "navigate" and self.method == "GET"

    @property
    def asks_first(self) -> bool:
        """True when a browser sends it only if the target allowed it before (Fetch 3.3)."""
        unsafe = self.method not in {"", *SIMPLE}
        return unsafe or self.body is Body.JSON or self.override == "header"

    @property
    def possible(self) -> bool:
        """False for what no browser sends: forms, links and images cannot ask first."""
        return self.mode == "cors" or not self.asks_first

    def of(self, declared: str) -> "Crossing":
        """Return this way with the method that it has in place of the declared one."""
        return replace(self, method=self.method or declared)


CROSSINGS = (
    Crossing("a form of another site"),
    Crossing("a form with an empty token", token=Token.EMPTY),
    Crossing("a form with a made-up token", token=Token.MADE_UP),
    Crossing("a form of a page without origin", Origin.NULL),
    Crossing("a form of a site whose name begins like the target's", Origin.SUFFIX),
    Crossing("a form of a site whose name ends like the target's", Origin.PREFIX),
    Crossing("a form without Origin and Referer", Origin.ABSENT, dated=True),
    Crossing("a form with a foreign Referer only", dated=True, referer_only=True),
    Crossing("a form of another site with room for files", body=Body.MULTIPART),
    Crossing("a form of another site as plain text", body=Body.TEXT, mode="no-cors"),
    Crossing("a link of another site", method="GET"),
    Crossing("a link that overrides the method", method="GET", override="field"),
    Crossing("an image of another site", method="GET", mode="no-cors"),
    Crossing("a request for the head alone", method="HEAD", mode="no-cors"),
    Crossing("a form that overrides the method", method="POST", override="field"),
    Crossing("a script of another site", body=Body.JSON, mode="cors"),
    Crossing("a script that sends no JSON", mode="cors"),
    Crossing("a script that overrides the method", method="POST", override="header", mode="cors"),
)
"""Every way, the one of which most can be said first."""

SIBLING = Crossing("a form of a sibling site", Origin.SIBLING)


def crossings(
    method: str, *, json: bool = False, token_in_body: bool = False
) -> Iterator[Crossing]:
    """Yield the ways to send a request of this method that a browser has, each with its method.

    Args:
        method: the declared method.
        json: whether its body is declared as JSON.
        token_in_body: whether its token travels where a form of another site can put one.
    """
    for way in CROSSINGS:
        if way.token is not Token.ABSENT and not token_in_body:
            continue
        if way.body is Body.JSON and not json:
            continue
        if method == "GET" and (way.method != "GET" or way.override):
            continue
        if way.method == "POST" and method == "POST":
            continue
        one = way.of(method)
        # A script that need not ask does no more than a form.
        if one.possible and (one.asks_first or one.mode != "cors"):
            yield one


def origin_of(crossing: Crossing, base: str) -> str | None:
    """Return what the Origin header says, None where there is none."""
    parts = urlsplit(crossing.imitates or base)
    host, place = parts.hostname or "", parts.netloc
    return {
        Origin.FOREIGN: f"https://{ELSEWHERE}",
        Origin.NULL: "null",
        Origin.SUFFIX: f"{parts.scheme}://{host}.{ELSEWHERE}",
        Origin.PREFIX: f"{parts.scheme}://evil{place}",
        Origin.SIBLING: f"{parts.scheme}://sibling.{place}",
        Origin.ABSENT: None,
    }[crossing.origin]


def marks(crossing: Crossing, base: str) -> dict[str, str]:
    """Return the headers by which a browser says where a request comes from and what it is for."""
    origin = origin_of(crossing, base)
    found: dict[str, str] = {}
    if origin is not None and origin != "null":
        found["Referer"] = f"{origin}/"
    # A change of the page and an image carry no Origin (Fetch, append a request Origin header).
    safe = crossing.method in {"GET", "HEAD"} and crossing.mode != "cors"
    if origin is not None and not safe and not crossing.referer_only:
        found["Origin"] = origin
    if not crossing.dated:
        sibling = crossing.origin is Origin.SIBLING
        found["Sec-Fetch-Site"] = "same-site" if sibling else "cross-site"
        found["Sec-Fetch-Mode"] = crossing.mode
        found["Sec-Fetch-Dest"] = "document" if crossing.mode == "navigate" else "empty"
    return found

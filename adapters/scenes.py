"""What a real browser shows and keeps: one scene for each thing that was done in its window.

Values only; `adapters.browser` makes them, and nothing here judges.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from adapters.contract import Artefact


class Act(StrEnum):
    """What can be done in a window whose user is signed in, or was."""

    RENDER = "open a page"
    RELOAD = "reload"
    BACK = "go back"
    FORWARD = "go forward"
    OFFLINE = "reload without a network"
    NEW_TAB = "open a new tab"
    SECOND_TAB = "keep a second tab open"
    OTHER_TAB = "look at the second tab"
    LOG_OUT = "log out by the page's own control"


class Shelf(StrEnum):
    """A place in the client that a script of the page can read."""

    LOCAL = "localStorage"
    SESSION = "sessionStorage"
    INDEXED = "IndexedDB"
    CACHES = "the Cache API"
    COOKIES = "document.cookie"
    GLOBALS = "a global variable"
    MARKUP = "the document"


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that a shelf holds, with the name under which it does."""

    shelf: Shelf
    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a window showed and what the client kept after one act.

    `why` is empty when it was seen, else why nothing can be said of it.
    """

    act: Act
    page: str
    shown: str = field(repr=False, default="")
    kept: tuple[Kept, ...] = field(repr=False, default=())
    why: str = ""
    issued: tuple[Artefact, ...] = ()


class Way(StrEnum):
    """How a page of another site makes the browser send a request to the target."""

    FORM = "form"
    IMAGE = "image"
    FETCH = "fetch"


@dataclass(frozen=True, slots=True)
class Crossing:
    """One request that a page of another site made a signed-in browser send.

    `carried` are the names of the cookies that went with it. `why` is empty when it was sent.
    """

    way: Way
    carried: frozenset[str] = frozenset()
    why: str = ""

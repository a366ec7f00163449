"""Selectors of what a real browser showed and kept, and of what other sites made it send."""

import re
from collections.abc import Callable, Iterator

from adapters.contract import Artefact, Kind, Place
from adapters.scenes import Act
from adapters.secrets import Secret
from suites.kernel.browsing import CROSSING, SCENE, Look
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.model import Session

_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
VISIBLE = "the window showed data of its user while the session lived"


def looks(wanted: Callable[[Look], bool]) -> Selector:
    """Select what the window of a session showed and kept; what was not seen is told as such."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != SCENE:
                continue
            look: Look = event.extra
            if look.scene.why or look.session is None or wanted(look):
                yield Subject(look, (event.number,), _place(look))

    return Selector("what a window shows and keeps", pick, VISIBLE)


def during(look: Look) -> bool:
    """True of a scene while the session lived."""
    return not look.over


def afterwards(look: Look) -> bool:
    """True of a scene in which an ended session might be shown again."""
    return look.over and look.scene.act is not Act.LOG_OUT


def cleared(look: Look) -> bool:
    """True of a scene in which the client has had the occasion to forget an ended session."""
    met = look.scene.act not in {Act.BACK, Act.FORWARD}
    return look.over and (look.left or met)


def kept_tokens() -> Selector:
    """Select tokens that a script can read and that are none of those the target was seen to issue.

    Each is given with the session in whose window it is, ready to be presented.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        known = {credential.value for credential in moment.model.credentials()}
        for event in moment.events:
            if event.kind != SCENE or event.extra.session is None or event.extra.over:
                continue
            session: Session = event.extra.session
            for thing in event.extra.scene.kept:
                for value in dict.fromkeys(_JWT.findall(thing.text)):
                    if value not in known:
                        secret = Secret(value, "token")
                        token = Artefact(Kind.ACCESS, Place.BEARER, "Authorization", secret)
                        about = f"a token in {thing.shelf}"
                        yield Subject((session, token), (event.number, value), about)

    return Selector("tokens that a script can read", pick, VISIBLE)


def crossings() -> Selector:
    """Select the requests that a page of another site made a signed-in browser send."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == CROSSING:
                yield Subject(event.extra, (event.number,), event.extra.crossing.way)

    return Selector("requests of another site", pick, "the session was alive then")


def _place(look: Look) -> str:
    return "a session that is over" if look.over else "a living session"

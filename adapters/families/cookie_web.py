"""Web applications whose session travels in one cookie; a subclass names it and the paths."""

from adapters.contract import Kind, Place
from adapters.declared.spec import ArtefactSpec
from adapters.extract import Source
from adapters.families.family import Family


class CookieWeb(Family):
    """A target with a session cookie; without `session_cookie` every cookie is unknown."""

    session_cookie: str = ""

    def _artefacts(self) -> tuple[ArtefactSpec, ...]:
        if not self.session_cookie:
            return self.issues
        source = Source("cookie", self.session_cookie)
        session = ArtefactSpec(Kind.SESSION, source, Place.COOKIE, self.session_cookie)
        return (session, *self.issues)

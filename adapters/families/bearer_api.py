"""APIs whose session travels as tokens in JSON answers and in the Authorization header."""

from adapters.contract import Kind, Place
from adapters.declared.spec import ArtefactSpec
from adapters.extract import Source
from adapters.families.family import Family


class BearerApi(Family):
    """A target with an access token, and a refresh token where `refresh_path` says so."""

    channels = ("api",)
    access_path: str = "$.access_token"
    refresh_path: str | None = "$.refresh_token"
    refresh_field: str = "refresh_token"

    def _artefacts(self) -> tuple[ArtefactSpec, ...]:
        access = Source("json", self.access_path)
        specs = [ArtefactSpec(Kind.ACCESS, access, Place.BEARER, "Authorization")]
        if self.refresh_path:
            refresh = Source("json", self.refresh_path)
            specs.append(ArtefactSpec(Kind.REFRESH, refresh, Place.BODY, self.refresh_field))
        return (*specs, *self.issues)

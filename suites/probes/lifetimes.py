"""How long a readable token says that it lives."""

from suites.probes.decoding import jwt_claims


def lifetime(value: str) -> float | None:
    """Return the seconds from `iat` to `exp` of a readable JWT, None where it tells neither."""
    claims = jwt_claims(value) or {}
    issued, expires = claims.get("iat"), claims.get("exp")
    if isinstance(issued, int | float) and isinstance(expires, int | float):
        return float(expires - issued)
    return None

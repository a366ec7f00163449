"""How long a readable token says that it lives, whoever counts."""

from suites.probes.decoding import jwt_claims


def lifetime(value: str, issued_at: float | None = None) -> float | None:
    """Return the seconds that a readable JWT is good for, None where it does not tell.

    A token may have its `iat` from an older one it was made of, and clocks may differ: what counts
    is the shorter of the time since `iat` and the time that was left when it was issued.

    Args:
        issued_at: when it was issued, in seconds since the epoch.
    """
    claims = jwt_claims(value) or {}
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        return None
    told = float(expires - issued)
    left = told if issued_at is None else float(expires - issued_at)
    return min(told, left) if left > 0 else told

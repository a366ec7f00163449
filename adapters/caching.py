"""What an answer lets caches do (RFC 9111), and how a client asks whether it has changed."""

from collections.abc import Mapping

from adapters.exchange import Exchange, header

UNCHANGED = 304
_ASKING = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


def directives(exchange: Exchange) -> frozenset[str]:
    """Return the names of the directives of Cache-Control, of every header of that name."""
    said = ",".join(v for name, v in exchange.headers if name.lower() == "cache-control")
    return frozenset(
        name for part in said.split(",") if (name := part.partition("=")[0].strip().lower())
    )


def validators(exchange: Exchange) -> Mapping[str, str]:
    """Return the headers with which a client that kept this answer asks for a newer one."""
    return {
        asked: value
        for given, asked in _ASKING.items()
        if (value := header(exchange.headers, given)) is not None
    }


def unchanged(exchange: Exchange) -> bool:
    """Return whether the answer tells the client to go on with what it has kept."""
    return exchange.status == UNCHANGED

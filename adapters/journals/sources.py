"""From the declaration of a source of log lines to the source itself, by its kind."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from adapters.journals.files import FileSource
from adapters.journals.journald import Journald
from adapters.journals.lines import Source, SourceError
from adapters.journals.listening import Certificate
from adapters.journals.opensearch import OpenSearch, Send
from adapters.journals.syslog import TLS, TRANSPORTS, Syslog
from adapters.journals.webhook import Webhook
from adapters.transport import Transport

Declared = Mapping[str, Any]
_PORTS = 65_535


def _file(declared: Declared, folder: Path, _: Send) -> Source:
    return FileSource(folder / str(declared["file"]))


def _journald(declared: Declared, folder: Path, _: Send) -> Source:
    path = folder / str(declared["journald"])
    return Journald(f"journal {path}", path)


def _syslog(declared: Declared, folder: Path, _: Send) -> Source:
    url, address = _listening(declared["syslog"], "syslog", TRANSPORTS)
    certificate = _certificate(declared, folder) if url.scheme == TLS else None
    return Syslog(f"syslog {url.geturl()}", url.scheme, address, certificate=certificate)


def _webhook(declared: Declared, folder: Path, _: Send) -> Source:
    url, address = _listening(declared["webhook"], "webhook", ("http", "https"))
    certificate = _certificate(declared, folder) if url.scheme == "https" else None
    name, path = f"webhook {url.geturl()}", url.path or "/"
    return Webhook(name, address, path=path, certificate=certificate)


def _opensearch(declared: Declared, _: Path, send: Send) -> Source:
    if "index" not in declared:
        raise SourceError("names no index; write it as `index: logs-*`")
    url = str(declared["opensearch"])
    return OpenSearch(
        f"index {declared['index']} of {url}",
        send,
        url=url,
        index=str(declared["index"]),
        headers=declared.get("headers"),
        query=declared.get("query"),
        time_field=str(declared.get("time_field", "@timestamp")),
    )


def _listening(said: object, kind: str, schemes: tuple[str, ...]) -> tuple[SplitResult, Any]:
    """Return where to listen, as address and as host and port."""
    try:
        url = urlsplit(str(said))
        port = url.port
    except ValueError:
        url, port = urlsplit(""), None
    if url.scheme not in schemes or not url.hostname or port is None or not 0 <= port <= _PORTS:
        raise SourceError(
            f"is no address to listen on; write {kind} as {schemes[-1]}://127.0.0.1:5514 "
            f"({', '.join(schemes)}), with port 0 for any free one"
        )
    return url, (url.hostname, port)


def _certificate(declared: Declared, folder: Path) -> Certificate:
    files = {
        key: folder / str(declared[key]) for key in ("certificate", "key", "ca") if key in declared
    }
    if "key" in files and "certificate" not in files:
        raise SourceError("has a `key` and no `certificate`; write both, or neither")
    return Certificate(**files)


KINDS: Mapping[str, Callable[[Declared, Path, Send], Source]] = {
    "file": _file,
    "syslog": _syslog,
    "webhook": _webhook,
    "journald": _journald,
    "opensearch": _opensearch,
}
"""The key that says what kind of source it is -> what makes it."""


def build(declared: Declared, folder: Path, transport: Transport | None = None) -> Source:
    """Return the source that an entry of `sources` declares.

    Args:
        declared: the entry, which has one of the keys in KINDS.
        folder: where relative paths begin.
        transport: how the target is talked to; a source that asks for its lines does so within
            the same hosts, and unseen by whoever watches the target.

    Raises:
        SourceError: it names no kind, or more than one, or an address that cannot be used.
    """
    kinds = [kind for kind in KINDS if kind in declared]
    if len(kinds) != 1:
        raise SourceError(f"names {len(kinds)} kinds of source; write one of {', '.join(KINDS)}")
    if kinds[0] != "opensearch":
        return KINDS[kinds[0]](declared, folder, _nothing)
    url = str(declared["opensearch"])
    if transport is None or not transport.scope.allows(url):
        raise SourceError(f"goes to {url}, outside the target; add it to target.also")
    apart = Transport(transport.scope, transport.tls, transport.proxy, transport.timeouts)
    return _opensearch(declared, folder, apart.send)


def expect_within(sources: Iterable[Source], seconds: float) -> None:
    """Tell those sources that search by time how late a record may be there."""
    for source in sources:
        if isinstance(source, OpenSearch):
            source.expect_within(seconds)


def _nothing(*_: Any, **__: Any) -> Any:  # noqa: ANN401  never called
    """Send nothing."""
    raise SourceError("this source asks nobody")

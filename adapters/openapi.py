"""Reads an OpenAPI 3 document: its operations, which are secured, and where they are.

Nothing outside the document is ever fetched, and it sends nothing itself.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import yaml

from adapters.operations import DocumentedOperation
from adapters.transport import Scope

LARGEST = 2 * 1024 * 1024
MOST_NODES = 500_000
METHODS = ("get", "head", "options", "trace", "post", "put", "patch", "delete")
SAFE = frozenset({"get", "head", "options", "trace"})
BY_HEAD, WITH_SLASH, AS_VERSION = "by HEAD", "with another slash at the end", "as version "
CERTIFICATE = "a client certificate"
_VERSION = re.compile(r"(?<=/)v(\d{1,2})(?=/|$)")
_VARIABLE = re.compile(r"\{([^}]*)\}")

Content = dict[str, Any]


class DocumentError(Exception):
    """A document that cannot be used; the text says what to do about it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a document is to be read.

    Args:
        address: where it was read from, for addresses relative to it.
        nodes: the base addresses of the target.
        base: what stands before every path, None when the document says it.
        owned: the names of path parameters that name an object of a user.
        left_out: operation -> why it is not to be called.
        secured: patterns of operations that are secured though the document does not say so.
        always: the credentials in every request, as `sent_always` names them.
    """

    address: str
    scope: Scope
    nodes: Sequence[str]
    base: str | None = None
    owned: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict)
    secured: tuple[str, ...] = ()
    always: frozenset[str] = frozenset()


def parsed(text: str) -> Content:
    """Return the content of a document, or raise DocumentError."""
    if len(text) > LARGEST:
        raise DocumentError(
            f"is larger than {LARGEST // (1024 * 1024)} MiB; write a smaller one that has the "
            "operations to be judged"
        )
    try:
        found = json.loads(text)
    except RecursionError:
        raise DocumentError("is nested too deep to be read") from None
    except ValueError:
        found = _yaml(text)
    if not isinstance(found, dict) or not str(found.get("openapi", "")).startswith("3."):
        raise DocumentError("is no OpenAPI 3 document; it has no `openapi: 3...` at its top")
    if not isinstance(found.get("paths"), dict):
        raise DocumentError("has no `paths`, and so describes no operation")
    if sum(1 for _ in _nodes(found)) > MOST_NODES:
        raise DocumentError("is too large once its anchors are followed")
    return found


def _yaml(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" on line {mark.line + 1}" if mark is not None else ""
        raise DocumentError(f"is neither JSON nor YAML: it cannot be read{where}") from None


def _nodes(content: object) -> Iterator[object]:
    """Iterate over all that is in a document, and stop soon after there is too much of it."""
    waiting, count = [content], 0
    while waiting and count <= MOST_NODES:
        node = waiting.pop()
        count += 1
        yield node
        if isinstance(node, Mapping):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


@contextmanager
def read_as_a_whole() -> Iterator[None]:
    """Tell in one sentence what only a very odd document brings about.

    Raises:
        DocumentError: something in it has no place in JSON, as a date for a key.
    """
    try:
        yield
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise DocumentError(
            f"holds something that JSON cannot say ({type(error).__name__}); put keys that are "
            "dates or lists in quotes"
        ) from error


def apart(document: Content) -> str:
    """Return a document as text without anything that leads out of it, or says how to log in."""

    def kept(node: Content) -> Content:
        if _leads_out(node.get("$ref")):
            return {}
        return {key: value for key, value in node.items() if not _outside(key, value)}

    said = {**document, "servers": [], "security": []}
    return json.dumps(json.loads(json.dumps(said, default=str), object_hook=kept))


def _leads_out(reference: object) -> bool:
    return isinstance(reference, str) and not reference.startswith("#")


def _outside(key: str, value: object) -> bool:
    if key in {"externalValue", "$id", "$schema", "$dynamicRef", "jsonSchemaDialect"}:
        return isinstance(value, str)
    named = {"security", "links", "callbacks", "servers", "securitySchemes", "discriminator"}
    return key in named and not (isinstance(value, dict) and "type" in value)


def operations(document: Content, reading: Reading) -> Iterator[DocumentedOperation]:
    """Yield the operations of a document.

    Raises:
        DocumentError: all that it describes is outside the target.
    """
    everywhere = _base(document.get("servers"), reading)
    if everywhere is None:
        raise DocumentError(
            f"describes {_listed(document['servers'])}, which is no part of the target; write "
            "`base`, or list it under target.also if it is"
        )
    for path, written in document["paths"].items():
        item = _followed(document, written)
        if not isinstance(item, dict) or not str(path).startswith("/"):
            continue
        for method in METHODS:
            said = item.get(method)
            if isinstance(said, dict):
                own = said.get("servers") or item.get("servers")
                base = _base(own, reading) if own else everywhere
                whole = {**said, "_": item.get("parameters")}
                yield _operation(document, (method, str(path)), whole, base, reading)


def _operation(
    document: Content,
    named: tuple[str, str],
    said: Content,
    base: str | None,
    reading: Reading,
) -> DocumentedOperation:
    method, path = named
    label = f"{method.upper()} {path}"
    why = reading.left_out.get(label, "")
    if base is None:
        why = why or "its servers are no part of the target"
    elif _refers_outside(document, said):
        why = why or "it refers to another document, which is not fetched"
    place = (base or "") + path
    security = said.get("security", document.get("security"))
    alternatives = security if isinstance(security, list) else []
    guarded = bool(alternatives) and all(alternatives)
    secured = guarded and all(_beyond(document, one, reading.always) for one in alternatives)
    secured = secured or any(fnmatchcase(label, pattern) for pattern in reading.secured)
    return DocumentedOperation(
        label=label,
        method=method.upper(),
        path=place,
        secured=secured,
        safe=method in SAFE,
        owned=not reading.owned.isdisjoint(_VARIABLE.findall(path)),
        spellings=tuple(_spellings(method, place)),
        left_out=why,
        spared=label in reading.left_out,
        by_the_way=guarded and not secured,
    )


def _beyond(document: Content, needed: object, always: frozenset[str]) -> bool:
    """Tell whether an alternative of `security` asks for more than every request holds."""
    components = document.get("components")
    known = components.get("securitySchemes") if isinstance(components, dict) else None
    if not isinstance(needed, dict) or not isinstance(known, dict):
        return bool(needed)
    return any(_credential(_followed(document, known.get(one))) not in always for one in needed)


def _credential(scheme: object) -> str:
    """Return what a security scheme asks for, nothing where only a login gives it."""
    said = scheme if isinstance(scheme, dict) else {}
    kind = said.get("type")
    if kind == "apiKey" and said.get("in") == "header":
        return f"header {said.get('name')}".lower()
    if kind == "http":
        return f"header authorization: {said.get('scheme')}".lower()
    return CERTIFICATE if kind == "mutualTLS" else ""


def sent_always(
    headers: Mapping[str, str], *, certificate: bool, own: Iterable[str] = ()
) -> frozenset[str]:
    """Return the names of what every request holds, whoever sends it.

    In the headers of the `own` artefacts a login puts another value, which is what is asked for.
    """
    taken = {name.lower() for name in own}
    found = {f"header {name}".lower() for name in headers if name.lower() not in taken}
    for name, value in headers.items():
        if name.lower() == "authorization":
            found.add(f"header authorization: {value.partition(' ')[0]}".lower())
    return frozenset(found | ({CERTIFICATE} if certificate else set()))


def _spellings(method: str, path: str) -> Iterator[str]:
    if method == "get":
        yield BY_HEAD
    if path.strip("/"):
        yield WITH_SLASH
    versions = [int(number) for number in _VERSION.findall(path)]
    for number in range(1, versions[0] if versions else 0):
        yield f"{AS_VERSION}{number}"


def respelled(method: str, path: str, spelling: str) -> tuple[str, str]:
    """Return method and path of an operation, asked for in another way."""
    if spelling == BY_HEAD:
        return "HEAD", path
    if spelling == WITH_SLASH:
        return method, path.removesuffix("/") if path.endswith("/") else f"{path}/"
    if spelling.startswith(AS_VERSION):
        number = spelling.removeprefix(AS_VERSION)
        return method, _VERSION.sub(f"v{number}", path, count=1)
    return method, path


def _base(servers: object, reading: Reading) -> str | None:
    """Return what stands before the paths, None when that is outside the target."""
    if reading.base is not None:
        return reading.base.rstrip("/")
    if not isinstance(servers, list) or not servers:
        return ""
    for server in servers:
        url = _server(server)
        try:
            found = urljoin(reading.address, url) if url is not None else ""
            if not found or not reading.scope.allows(found):
                continue
        except ValueError:
            continue
        ours = any(Scope([found]).origins == Scope([node]).origins for node in reading.nodes)
        if not ours:
            return found.rstrip("/")
        node = urlsplit(reading.nodes[0]).path.rstrip("/")
        return urlsplit(found).path.rstrip("/").removeprefix(node)
    return None


def _server(said: object) -> str | None:
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        return None
    variables = said.get("variables") or {}
    url: str = said["url"]
    for name in _VARIABLE.findall(url):
        known = variables.get(name) if isinstance(variables, dict) else None
        if not isinstance(known, dict) or "default" not in known:
            return None
        url = url.replace(f"{{{name}}}", str(known["default"]))
    return url


def _listed(servers: object) -> str:
    found = [_server(one) for one in servers] if isinstance(servers, list) else []
    hosts = (re.match(r"\w+://[^/?#]*", url) for url in found if url)
    return ", ".join(dict.fromkeys(host[0] for host in hosts if host)) or "no server"


def _refers_outside(document: Content, said: Content) -> bool:
    """Tell whether an operation rests on something outside the document, directly or not."""
    waiting: list[object] = [said]
    followed: set[str] = set()
    while waiting:
        for node in _nodes(waiting.pop()):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                continue
            if _leads_out(reference):
                return True
            if reference not in followed:
                followed.add(reference)
                waiting.append(_followed(document, node))
    return False


def _followed(document: Content, node: object) -> object:
    """Return what a reference within the document points to; other nodes as they are."""
    reference = node.get("$ref") if isinstance(node, dict) else None
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return node
    found: object = document
    for part in reference[2:].split("/"):
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or key not in found:
            return {}
        found = found[key]
    return found

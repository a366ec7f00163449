"""Reads a list of sessions: which handles it has, and which of them is the caller's own."""

from adapters.contract import Handle
from adapters.declared.spec import Handles
from adapters.exchange import Reply
from adapters.extract import as_text, json_nodes


def handles_of(reply: Reply, said: Handles) -> tuple[Handle, ...]:
    """Return the handles of an answer, where the profile says that they are."""
    if said.names is not None:
        return tuple(Handle(name) for name in said.names.find_all(reply) if name)
    found = []
    for entry in json_nodes(reply.json(), said.each or "$"):
        name = next(map(as_text, json_nodes(entry, said.id)), "")
        current = json_nodes(entry, said.current) if said.current else []
        if name:
            found.append(Handle(name, current=bool(current and current[0])))
    return tuple(found)

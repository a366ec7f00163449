"""From the declaration of a source of log lines to the source itself, by its kind."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adapters.journals.files import FileSource
from adapters.journals.lines import Source, SourceError

Declared = Mapping[str, Any]


def _file(declared: Declared, folder: Path) -> Source:
    return FileSource(folder / str(declared["file"]))


KINDS: Mapping[str, Callable[[Declared, Path], Source]] = {"file": _file}
"""The key that says what kind of source it is -> what makes it."""


def build(declared: Declared, folder: Path) -> Source:
    """Return the source that an entry of `event_log.sources` declares.

    Args:
        declared: the entry, which has one of the keys in KINDS.
        folder: where relative paths begin.

    Raises:
        SourceError: it names no kind, or more than one.
    """
    kinds = [kind for kind in KINDS if kind in declared]
    if len(kinds) != 1:
        raise SourceError(f"names {len(kinds)} kinds of source; write one of {', '.join(KINDS)}")
    return KINDS[kinds[0]](declared, folder)

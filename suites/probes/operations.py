"""Makes valid calls of documented operations up, with Schemathesis; it sends nothing itself.

The same document and operation give the same calls, in every process.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.schemas import BaseSchema

from adapters.operations import Description, DocumentedOperation, OperationCall

CALLS = 3
SEED = 8_4


def calls(description: Description, operation: DocumentedOperation) -> Sequence[OperationCall]:
    """Return a few valid calls of an operation, the plainest first; none where none can be made."""
    return _calls(description.content, operation)


@lru_cache(maxsize=1024)
def _calls(content: str, operation: DocumentedOperation) -> tuple[OperationCall, ...]:
    schema = _schema(content)
    found = schema.find_operation_by_label(operation.label) if schema is not None else None
    if found is None:
        return ()
    drawn: list[Case[Any]] = []

    @seed(SEED)
    @settings(
        max_examples=CALLS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(case=found.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def draw(case: Case[Any]) -> None:
        drawn.append(case)

    try:
        draw()
    except Exception:  # a schema that nothing fits, or that the library cannot read
        drawn.clear()
    made = [_call(operation, case) for case in drawn]
    unlike = {json.dumps([m.path, m.query, m.body], default=repr): m for m in reversed(made)}
    return tuple(reversed(unlike.values()))


@lru_cache(maxsize=4)
def _schema(content: str) -> BaseSchema | None:
    """Return the document as the library reads it, with no settings of this machine."""
    try:
        return schemathesis.openapi.from_dict(json.loads(content), config=SchemathesisConfig())
    except Exception:  # whatever is wrong with a document is the document's affair
        return None


def _call(operation: DocumentedOperation, case: "Case[Any]") -> OperationCall:
    return OperationCall(
        operation,
        _plain(case.path_parameters),
        _plain(case.query),
        _plain(case.headers),
        _plain(case.cookies),
        None if isinstance(case.body, NotSet) else case.body,
        case.media_type,
    )


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(values or {})

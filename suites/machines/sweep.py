"""Whoever goes through the documented operations of a target with artefacts of every kind."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import hypothesis.strategies as st

from adapters.operations import Description, DocumentedOperation, OperationCall
from suites.kernel import Session, World, action
from suites.machines.choices import LIVE

Step = Mapping[str, Any]
NEEDS = {"openapi"}


@action(
    session=LIVE,
    seconds=st.just(0.0),
    told="let {seconds} s go by, after which {session} has expired",
    weight=0,
    timed=True,
)
def outlast(world: World, session: Session, seconds: float) -> None:
    """Let the artefact of a session expire."""
    world.outlast(session, seconds)


@action(needs=NEEDS, told="read the document of operations", weight=0, timed=True)
def read_document(world: World) -> None:
    """Look what the document holds."""
    world.survey()


@action(
    needs=NEEDS,
    session=LIVE,
    operation=st.just(""),
    told="{session} calls {operation}",
    weight=0,
    timed=True,
)
def call_operation(world: World, session: Session, operation: str) -> None:
    """Call an operation with a living session, which may be ended later."""
    world.visit_operation(session, operation, _made)


@action(
    needs=NEEDS,
    operation=st.just(""),
    told="call {operation} with artefacts that are not alive",
    weight=0,
    timed=True,
    hostile=True,
)
def sweep_operation(world: World, operation: str) -> None:
    """Call an operation with nothing, with what was made up, and with all that has died."""
    world.sweep_operation(operation, _made)


def _made(description: Description, operation: DocumentedOperation) -> Sequence[OperationCall]:
    # The library takes half a second to import, and most runs have no use for it.
    from suites.probes.operations import calls  # noqa: PLC0415

    return calls(description, operation)


def sweeps(
    description: Description | None, offers: frozenset[str], expiry: float | None
) -> Iterator[list[Step]]:
    """Yield one history in which every secured operation is called with artefacts in all states.

    Args:
        description: what the document holds, None where it cannot be used.
        offers: the operations of the channel.
        expiry: after how many seconds an artefact has surely expired; None where that is too long.
    """
    if description is None:
        yield [{"as": "s1", "do": "read_document", "spot": 0}]
        return
    yield [
        {"as": f"s{number}", "spot": 0, **move}
        for number, move in enumerate(_moves(description, offers, expiry), 1)
    ]


def _moves(
    description: Description, offers: frozenset[str], expiry: float | None
) -> Iterator[dict[str, Any]]:
    channel = description.channel
    labels = [one.label for one in description.secured]
    safe = [one.label for one in description.secured if one.safe and not one.left_out]
    count = 0

    def told(move: dict[str, Any]) -> dict[str, Any]:
        nonlocal count
        count += 1
        return move

    def log_in(user: str, device: str) -> dict[str, Any]:
        return told({"do": "log_in", "user": user, "device": device, "channel": channel})

    yield told({"do": "read_document"})
    if expiry is not None:
        yield log_in("alice", "tablet")
        yield told({"do": "outlast", "session": f"s{count}", "seconds": expiry})
    if "pre_auth" in offers:
        yield told({"do": "visit", "device": "kiosk", "channel": channel})
    yield log_in("alice", "laptop")
    ending = f"s{count}"
    # What a guard remembers of a path, it remembers of a living session.
    for label in safe:
        yield told({"do": "call_operation", "session": ending, "operation": label})
    yield told({"do": "log_out", "session": ending})
    if "change_password" in offers:
        yield log_in("bob", "laptop")
        yield log_in("bob", "phone")
        yield told({"do": "change_password", "session": f"s{count}"})
    else:
        yield log_in("bob", "laptop")
    yield log_in("alice", "desktop")
    if "refresh" in offers:
        yield told({"do": "refresh", "session": f"s{count}", "channel": channel})
    for label in labels:
        yield told({"do": "sweep_operation", "operation": label})

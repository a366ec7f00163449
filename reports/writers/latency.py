"""How long each node still knew a session after its logout on another one: a table."""

from dataclasses import dataclass

from suites.kernel.results import Revocation, RunRecord


@dataclass(frozen=True, slots=True)
class Latency:
    """One line of the table, in words; times are measured from the answer to the logout."""

    node: int
    count: int
    median: str
    worst: str
    bound: str


def latencies(record: RunRecord) -> list[Latency]:
    """Return a line for each node of which something was measured."""
    measured = [one for one in record.revocations if one.node != one.since]
    bound = f"{float(record.policy.get('propagation_seconds') or 0.0):g} s"
    return [
        _line(node, [one for one in measured if one.node == node], bound)
        for node in sorted({one.node for one in measured})
    ]


def _line(node: int, measured: list[Revocation], bound: str) -> Latency:
    # Who never refused while it was watched comes last: it took longer than any other.
    order = sorted(measured, key=lambda one: float("inf") if one.seconds is None else one.seconds)
    middle = order[len(order) // 2]
    return Latency(node, len(order), _words(middle), _words(order[-1]), bound)


def _words(one: Revocation) -> str:
    if one.seconds is None:
        return f"still known after {one.watched:g} s"
    return f"{one.seconds * 1000:.0f} ms"

"""Threats of the user's own: one item each, reading what the exploration found."""

from suites.kernel.results import Run


def test_threat(threat_id: str, run: Run) -> None:
    """The target withstands the threat."""
    run.tell(threat_id)

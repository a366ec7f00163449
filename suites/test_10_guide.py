"""The guide and the catalogue: one item a requirement, reading what the exploration found."""

from suites.kernel.results import Run


def test_requirement(requirement_id: str, run: Run) -> None:
    """The target fulfils the requirement."""
    run.tell(requirement_id)

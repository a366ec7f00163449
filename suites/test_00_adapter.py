"""The adapter itself: nothing is judged of a target whose answers cannot be told apart."""

from suites.kernel.results import Run


def test_the_probe_tells_somebody_from_nobody(run: Run) -> None:
    """The smoke test found who is who, and which artefacts authenticate."""
    words = run.adapter_words()
    assert any("authenticated by" in line for line in words), words

"""Positions of identifiers that follow those of the identifiers issued just before."""

from collections.abc import Sequence

SIGNIFICANCE = 1e-6
"""Of all tests on one sample together: the share of good generators that fail one by chance."""
_LAGS = (1, 2, 3)
_LEAST = 50


def dependent(columns: Sequence[Sequence[int]]) -> set[int]:
    """Return the columns that correlate with themselves some rows later (Pearson's test)."""
    if not columns or len(columns[0]) < _LEAST:
        return set()
    # They take longer to load than most runs need for all their statistics.
    import numpy as np  # noqa: PLC0415
    from scipy import stats  # noqa: PLC0415

    table = np.asarray(columns, dtype=float)
    found: set[int] = set()
    for lag in _LAGS:
        early, late = table[:, :-lag], table[:, lag:]
        varies = np.flatnonzero((np.ptp(early, axis=1) > 0) & (np.ptp(late, axis=1) > 0))
        if varies.size:
            chances = stats.pearsonr(early[varies], late[varies], axis=1).pvalue
            wrong = chances < SIGNIFICANCE / (len(columns) * len(_LAGS))
            found |= {int(column) for column in varies[wrong]}
    return found

"""Holm's correction of p values for having made several tests, shared by all rooms that test."""

import numpy as np
from numpy.typing import ArrayLike


def holm(p: ArrayLike) -> np.ndarray:
    """Holm's (1979) step-down adjustment over the tests that have a p; the others stay missing.

    In-house: statsmodels' multipletests counts a missing p among the tests, and runs the garbage
    collector, which takes longer than all else in `association`. Checked against it.
    """
    given = np.asarray(p, dtype=float)
    order = np.argsort(given)  # missing values come last
    tests = np.isfinite(given).sum()
    steps = np.maximum.accumulate(given[order[:tests]] * np.arange(tests, 0, -1))
    adjusted = np.full(len(given), np.nan)
    adjusted[order[:tests]] = np.minimum(steps, 1)
    return adjusted

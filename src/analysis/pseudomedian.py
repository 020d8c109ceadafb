"""The Hodges-Lehmann estimate that belongs to the signed-rank test: the pseudomedian of differences, with its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

WALSH_UP_TO = 2_000  # differences; their averages in pairs are n (n + 1) / 2 numbers
TIED = "ties or zeros: the interval is approximate"
TOO_FEW = "too few differences: no interval of this level exists"
TOO_MANY = f"more than {WALSH_UP_TO} differences: not computed"


def pseudomedian(differences: ArrayLike, level: float = 0.95) -> dict[str, Any]:
    """Median of the averages of all pairs of differences (each with itself too), and its exact interval.

    The interval holds the values whose signed-rank test would not be rejected (Bauer 1972): the q-th smallest and q-th largest
    average, q the alpha / 2 quantile of the signed-rank distribution, at least 1. All averages together reach a level of
    1 - 2 / 2^n; below six differences that is less than 95 %, so there is no such interval. (R's wilcox.test then gives an
    interval of a lower level, with a warning only where it is much lower.)

    Returns
    -------
    dict with n, estimate, low, high, reason (why a value is missing or approximate).

    Notes
    -----
    scipy gives neither. Checked against R wilcox.test(conf.int = TRUE) on Hollander & Wolfe (1973), p. 29: .46, .01 to .786.
    """
    d = np.asarray(differences, dtype=float)
    n = len(d)
    row: dict[str, Any] = {"n": n, "estimate": np.nan, "low": np.nan, "high": np.nan, "reason": ""}
    if n == 0:
        return row | {"reason": "no differences"}
    if n > WALSH_UP_TO:
        return row | {"reason": TOO_MANY}
    above = np.triu_indices(n)
    averages = np.sort((d[above[0]] + d[above[1]]) / 2)
    q = max(1, _quantile(n, (1 - level) / 2))
    row["estimate"] = float(np.median(averages))
    if 2 * 0.5**n > 1 - level + 1e-12:
        return row | {"reason": TOO_FEW}
    row |= {"low": float(averages[q - 1]), "high": float(averages[-q])}
    untied = len(np.unique(np.abs(d))) == n and bool((d != 0).all())
    return row | {"reason": "" if untied else TIED}


def _quantile(n: int, share: float) -> int:
    """Smallest v with P(V <= v) >= share, V the signed-rank statistic of n untied differences when nothing changed."""
    chance = np.ones(1)
    for rank in range(1, n + 1):
        longer = np.zeros(len(chance) + rank)
        longer[: len(chance)] += chance / 2
        longer[rank:] += chance / 2
        chance = longer
    return int(np.searchsorted(np.cumsum(chance), share - 1e-12))

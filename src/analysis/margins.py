"""Tests of a square table of counts, before by after: are the margins, or the whole table, the same?

Tables are made in `transitions`. Rows are the first wave, columns the last.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.waves import NO_PAIRS, NOBODY_CHANGED

ALL_ONE_WAY = "everybody moved, so the error under change is zero and Bhapkar's statistic infinite"
Counts = NDArray[np.int64]


def mcnemar_exact(table: ArrayLike, level: float = 0.95) -> pd.DataFrame:
    """Exact McNemar test of a 2 x 2 table (rows first wave, columns last; second level = high).

    Returns
    -------
    One row: test, n, n_up, n_down (discordant pairs), difference (share high at last minus first),
    low, high (Bonett & Price 2012, adjusted Wald), p, reason. No discordant pair gives p = 1.

    Notes
    -----
    statsmodels `mcnemar(exact=False)` gives p = 0 with no discordant pair, hence the exact form
    only. Checked against R binom.test on Agresti (1990) p. 350 and statpsych::ci.prop.ps.
    """
    counts = square_counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"McNemar's test needs a 2 x 2 table, not {counts.shape}; see two_by_two")
    n, up, down = int(counts.sum()), int(counts[0, 1]), int(counts[1, 0])
    row: dict[str, Any] = {"test": "McNemar exact", "n": n, "n_up": up, "n_down": down}
    row |= dict.fromkeys(["difference", "low", "high", "p"], np.nan) | {"reason": NO_PAIRS}
    if n == 0:
        return pd.DataFrame([row])
    p_up, p_down = (up + 1) / (n + 2), (down + 1) / (n + 2)
    middle = p_up - p_down
    error = np.sqrt((p_up + p_down - middle**2) / (n + 2))
    reach = stats.norm.ppf((1 + level) / 2) * error
    row |= {"difference": (up - down) / n, "low": middle - reach, "high": middle + reach}
    p = stats.binomtest(up, up + down).pvalue if up + down else 1.0
    row |= {"p": float(p), "reason": "" if up + down else NOBODY_CHANGED}
    return pd.DataFrame([row])


def stuart_maxwell(table: ArrayLike) -> pd.DataFrame:
    """Stuart-Maxwell test that the shares of the levels are the same at both waves.

    Returns one row: test, n, statistic, df, p, reason. Levels that nobody entered or left carry no
    information and take no degree of freedom (statsmodels: df 2 instead of 1, and by default it
    adds 0.5 to cells). Checked against R coin::mh_test on Stuart (1953): 11.957, df 3, p .00753.
    """
    counts = square_counts(table)
    return pd.DataFrame(
        [chi_square_row("Stuart-Maxwell", int(counts.sum()), *_stuart_maxwell(counts))]
    )


def _stuart_maxwell(counts: Counts) -> tuple[float, int]:
    """Statistic and df. The generalised inverse drops levels nobody entered or left."""
    moved = counts + counts.T - 2 * np.diag(np.diag(counts))
    gap = counts.sum(axis=0) - counts.sum(axis=1)
    variance = np.diag(moved.sum(axis=1)) - moved
    rank = int(np.linalg.matrix_rank(variance)) if moved.any() else 0
    return float(gap @ np.linalg.pinv(variance.astype(float), hermitian=True) @ gap), rank


def bhapkar(table: ArrayLike) -> pd.DataFrame:
    """Bhapkar's test of equal margins, W / (1 - W / n) with W of Stuart-Maxwell (Ireland et al).

    Returns one row as `stuart_maxwell`. Checked on Stuart (1953): 11.976, p .00747.
    """
    counts = square_counts(table)
    n, (w, df) = int(counts.sum()), _stuart_maxwell(counts)
    if n and w >= n * (1 - 1e-12):
        row = chi_square_row("Bhapkar", n, np.nan, df)
        return pd.DataFrame([row | {"p": np.nan, "reason": ALL_ONE_WAY}])
    return pd.DataFrame([chi_square_row("Bhapkar", n, w / (1 - w / n) if n else np.nan, df)])


def bowker(table: ArrayLike) -> pd.DataFrame:
    """Bowker's test of symmetry: as many i to j as j to i, for every pair of levels.

    Returns one row as `stuart_maxwell`; a pair of levels without movers takes no degree of freedom
    (statsmodels counts it). Checked against R mcnemar.test on Stuart (1953): 19.107, df 6.
    """
    counts = square_counts(table)
    upper = np.triu_indices(len(counts), 1)
    up, down = counts[upper], counts.T[upper]
    some = up + down > 0
    statistic = float(((up - down)[some] ** 2 / (up + down)[some]).sum())
    return pd.DataFrame([chi_square_row("Bowker", int(counts.sum()), statistic, int(some.sum()))])


def scored_homogeneity(table: ArrayLike, points: Sequence[float] | None = None) -> pd.DataFrame:
    """Marginal homogeneity of ordered levels: is the mean level the same at both waves? (1 df)

    Parameters
    ----------
    table : square counts.  points : one number per level, 1, 2, 3, ... when None.

    Returns
    -------
    One row: test, n, mean_change (in points, last minus first), low, high (normal), statistic,
    df, p, reason. No such test in statsmodels. Checked against R coin::mh_test with ordered
    levels on Stuart (1953): 11.9467, p .000547.
    """
    counts = square_counts(table)
    if points is not None and len(points) != len(counts):
        raise ValueError(f"{len(counts)} levels need as many points, not {len(points)}")
    levels = np.arange(1.0, len(counts) + 1) if points is None else np.asarray(points, dtype=float)
    n, step = int(counts.sum()), levels[None, :] - levels[:, None]
    total, squares = float((counts * step).sum()), float((counts * step**2).sum())
    statistic = total**2 / squares if squares else 0.0
    row = chi_square_row("Marginal homogeneity, scored", n, statistic, int(squares > 0))
    mean = total / n if n else np.nan
    error = np.sqrt((squares / n - mean**2) / (n - 1)) if n > 1 and squares else np.nan
    reach = stats.norm.ppf(0.975) * error if error else np.nan
    row |= {"mean_change": mean, "low": mean - reach, "high": mean + reach}
    order = ["test", "n", "mean_change", "low", "high", "statistic", "df", "p", "reason"]
    return pd.DataFrame([row])[order]


def square_counts(table: ArrayLike) -> Counts:
    """The counts of a square table as integers; ValueError when it is no such table."""
    values = np.asarray(table, dtype=float)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or values.shape[0] < 2:
        raise ValueError(f"a square table of two or more levels is needed, not {values.shape}")
    if not np.isfinite(values).all() or (values < 0).any() or (values % 1 != 0).any():
        raise ValueError("the table must hold counts: whole numbers of 0 or more")
    return values.astype(int)


def chi_square_row(test: str, n: int, statistic: float, df: int) -> dict[str, Any]:
    """A chi-square row; nobody moving is no evidence of change (p = 1), no pairs is no result."""
    row = {"test": test, "n": n, "statistic": statistic, "df": df, "p": np.nan, "reason": ""}
    if n == 0:
        return row | {"statistic": np.nan, "reason": NO_PAIRS}
    if df == 0:
        return row | {"p": 1.0, "reason": NOBODY_CHANGED}
    return row | {"p": float(stats.chi2.sf(statistic, df))}

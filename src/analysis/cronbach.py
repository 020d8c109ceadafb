"""Cronbach's alpha of a covariance matrix, with its normal-theory and bootstrap intervals.

Arithmetic on arrays only; items, checks and the table of a scale are in `scales`.
"""

import numpy as np
import pandas as pd
from scipy import stats

_BLOCK = 4_000_000  # resampled rows held at once: bounds memory, does not change the result
ROW_BY_ROW = 20_000  # rows up to which each resample is drawn row by row


def cronbach_alpha(covariance: np.ndarray) -> float:
    """k/(k-1) (1 - tr C / Σ C) of a covariance matrix (k, k); of correlations: standardised alpha."""
    k, total = len(covariance), covariance.sum()
    return float(k / (k - 1) * (1 - np.trace(covariance) / total)) if total else np.nan


def feldt_interval(alpha: float, n: int, k: int, confidence: float = 0.95) -> tuple[float, float]:
    """Normal-theory interval of alpha: 1 - (1-alpha) F with n-1 and (n-1)(k-1) df (Feldt 1965).

    n is the number of rows alpha was computed from. Checked against R psych 2.2.9 alpha()$feldt.
    """
    tail = (1 - confidence) / 2
    upper, lower = stats.f.ppf([tail, 1 - tail], n - 1, (n - 1) * (k - 1))
    return float(1 - (1 - alpha) * lower), float(1 - (1 - alpha) * upper)


def bootstrap_alphas(values: np.ndarray, bootstrap: int, seed: int) -> np.ndarray:
    """Alpha of every resample of rows (bootstrap,), NaN where a resample has none.

    One matrix product per block: how often each row was drawn, times items, squares and totals
    (complete rows) or the products of every pair of items (values missing). Above 20,000 rows equal
    rows are held once and their counts drawn from the multinomial distribution, which is the same
    bootstrap in time that grows with the number of different rows only.
    """
    rng = np.random.default_rng(seed)
    from_counts = _alphas_pairwise if np.isnan(values).any() else _alphas_complete
    centred = values - np.nanmean(values, axis=0)
    centred = centred / np.nanstd(centred)  # alpha has no unit; the thresholds below need one
    n, often = len(values), np.empty(0)
    if n > ROW_BY_ROW:
        centred, often = _different(centred)
    size = max(1, _BLOCK // len(centred))
    blocks = [np.empty(0)]
    for start in range(0, bootstrap, size):
        resamples = min(size, bootstrap - start)
        if len(often):
            counts = rng.multinomial(n, often / n, size=resamples)
        else:
            counts = _row_by_row(rng, n, resamples)
        blocks.append(from_counts(counts.astype(float), centred))
    return np.concatenate(blocks)


def _row_by_row(rng: np.random.Generator, n: int, resamples: int) -> np.ndarray:
    """How often each of n rows was drawn (resamples, n)."""
    drawn = rng.integers(n, size=(resamples, n))
    cells = drawn + n * np.arange(resamples)[:, None]
    return np.bincount(cells.ravel(), minlength=drawn.size).reshape(drawn.shape)


def _different(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different rows, NaN equal to NaN, and how often each occurs."""
    table = pd.DataFrame(values)
    kind = table.groupby(list(table.columns), dropna=False, sort=False).ngroup().to_numpy()
    _, place, often = np.unique(kind, return_index=True, return_counts=True)
    return values[place], often


def _alphas_complete(counts: np.ndarray, x: np.ndarray) -> np.ndarray:
    n, k = counts.sum(axis=1), x.shape[1]
    total = x.sum(axis=1)
    sums = counts @ np.column_stack([x, (x * x).sum(axis=1), total * total])
    items = sums[:, k] - (sums[:, :k] ** 2).sum(axis=1) / n
    whole = sums[:, k + 1] - sums[:, :k].sum(axis=1) ** 2 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        return k / (k - 1) * (1 - items / np.where(whole > 1e-12, whole, np.nan))


def _alphas_pairwise(counts: np.ndarray, x: np.ndarray) -> np.ndarray:
    k = x.shape[1]
    first, second = np.triu_indices(k)
    m, filled = ~np.isnan(x), np.nan_to_num(x)
    together = m[:, first] & m[:, second]
    a, b = filled[:, first] * together, filled[:, second] * together
    rows = counts @ together.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = (counts @ (a * b) - (counts @ a) * (counts @ b) / rows) / (rows - 1)
        trace = covariance[:, first == second].sum(axis=1)
        whole = 2 * covariance.sum(axis=1) - trace
        return k / (k - 1) * (1 - trace / np.where(np.abs(whole) > 1e-12, whole, np.nan))

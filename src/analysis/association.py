"""How strongly variables go together: Spearman, Pearson and Kendall for every pair of columns.

Each row of the answer carries n, correlation, interval and test together. Nothing here says that one
variable moves the other. Rows must be independent (one row per family: choose one wave first).
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from analysis.holm import holm
from analysis.numeric import numeric_columns

METHODS = ("spearman", "pearson", "kendall")
FEWEST_ROWS = 3
_BLOCK = 16_384  # rows summed at once: stays within the processor's cache, bounds memory


def association(
    frame: pd.DataFrame, method: str = "spearman", *, confidence: float = 0.95
) -> pd.DataFrame:
    """Correlate every pair of columns; a missing value costs only the pairs it belongs to.

    Ranks are taken anew within each pair's complete rows. In-house because
    pingouin.pairwise_corr is some hundred times slower and drops constant columns in silence.

    Parameters
    ----------
    frame : one column per variable, one row per independent unit. Ordered categories are ranked
        (not for Pearson).
    method : "spearman", "pearson" or "kendall" (tau-b).

    Returns
    -------
    DataFrame with x, y, n, r, low, high, p, p_holm; one row per pair. Where a variable is constant
    or fewer than three rows are complete, r and what follows are missing, and the row stays.

    Notes
    -----
    p: t with n - 2 df (Pearson, Spearman), tie-corrected normal approximation (Kendall).
    Interval: tanh(atanh(r) ± z se), se² = 1/(n-3) (Pearson: Fisher), (1 + r²/2)/(n-3) (Spearman)
    and 0.437/(n-4) (Kendall), the last two as in Bonett & Wright (2000). p_holm: Holm over the pairs.
    Checked against R's cor.test (mtcars), scipy and pandas with values missing.
    """
    _check_method(method, METHODS)
    table = numeric_columns(_ranked_categories(frame, method))
    _check_variables(table)
    if method == "kendall":
        return _kendall(table, confidence)
    everyone = np.zeros(len(table), dtype=int)
    r, n, lost = _correlations(table.to_numpy(), everyone, method)
    return _tidy(table.columns, r, n, lost, (method, confidence))


def partial_association(
    frame: pd.DataFrame, by: str, method: str = "spearman", *, confidence: float = 0.95
) -> pd.DataFrame:
    """Correlate every pair of columns within the groups of `by`, as in "within centres".

    Every variable (for Spearman: its ranks) is centred on its group's mean, so that differences
    between groups cannot make the correlation. The same as partialling out one indicator per group.

    Parameters
    ----------
    frame : `by` and one numeric column per variable. Rows without a group are left out.
    by : the grouping column, such as "centre".
    method : "spearman" or "pearson".

    Returns
    -------
    DataFrame with x, y, n, groups, r, low, high, p, p_holm; one row per pair.

    Notes
    -----
    df = n - 1 - groups; the interval uses n - 2 - groups where `association` uses n - 3.
    Checked against pingouin.partial_corr on indicators and the t test of statsmodels OLS.
    """
    _check_method(method, ("spearman", "pearson"))
    if by not in frame.columns:
        raise ValueError(f"There is no column {by!r} to group by; columns: {list(frame.columns)}.")
    known = frame[frame[by].notna()]
    codes, _ = pd.factorize(known[by])
    table = numeric_columns(_ranked_categories(known.drop(columns=by), method))
    _check_variables(table)
    r, n, lost = _correlations(table.to_numpy(), codes, method)
    rows = _tidy(table.columns, r, n, lost, (method, confidence))
    rows.insert(3, "groups", (lost + 1)[np.triu_indices(len(table.columns), 1)])
    return rows


def correlation_matrix(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pearson correlations (k, k) of a float array (rows, k) and the number of rows of each pair.

    NaN = missing, left out pair by pair; a pair in which one column does not vary is NaN.
    """
    r, n, _ = _within_groups(values, np.zeros(len(values), dtype=int))
    return r, n


def _ranked_categories(frame: pd.DataFrame, method: str) -> pd.DataFrame:
    """Ordered categories as their position, where only order counts."""
    ordered = [
        name for name, kind in frame.dtypes.items() if getattr(kind, "ordered", None) is True
    ]
    if method == "pearson" or not ordered:
        return frame
    ranked = frame.copy()
    for name in ordered:
        ranked[name] = frame[name].cat.codes.astype(float).replace(-1, np.nan)
    return ranked


def _check_method(method: str, known: Sequence[str]) -> None:
    if method not in known:
        raise ValueError(f"Unknown method {method!r}; expected one of: {', '.join(known)}.")


def _check_variables(table: pd.DataFrame) -> None:
    if table.shape[1] < 2:
        raise ValueError(f"An association needs at least two variables; got {list(table.columns)}.")


def _within_groups(
    values: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Correlation, n and degrees of freedom lost to groups (beyond one mean), each (k, k)."""
    starts = range(0, len(values), _BLOCK)
    blocks = [slice(start, start + _BLOCK) for start in starts]
    whole, answered = (
        sum((of(values[block]).sum(axis=0) for block in blocks), np.zeros(values.shape[1]))
        for of in (np.nan_to_num, lambda block: ~np.isnan(block))
    )
    middle = whole / np.maximum(answered, 1)
    k = values.shape[1]
    members, codes = np.unique(groups, return_inverse=True)
    parts = np.zeros((len(members), 4, k, k))
    for block in blocks:
        seen = ~np.isnan(values[block])
        filled, seen = np.where(seen, values[block] - middle, 0.0), seen.astype(float)
        for group in np.unique(codes[block]):
            here = codes[block] == group
            x, m = (filled, seen) if here.all() else (filled[here], seen[here])
            parts[group] += [m.T @ m, x.T @ m, (x * x).T @ m, x.T @ x]
    n, used, cross, square, raw = (np.zeros((k, k)) for _ in range(5))
    for rows, sums, squares, products in parts:
        divisor = np.maximum(rows, 1)
        n += rows
        used += rows > 0
        cross += products - sums * sums.T / divisor
        square += squares - sums**2 / divisor
        raw += squares
    square[square <= 1e-12 * raw] = np.nan  # constant up to rounding: no correlation exists
    r = np.clip(cross / np.sqrt(square * square.T), -1, 1)
    return r, n, np.maximum(used - 1, 0)


def _correlations(
    values: np.ndarray, groups: np.ndarray, method: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pearson or Spearman for all pairs: one matrix computation unless ranks differ by pair."""
    if method == "pearson":
        return _within_groups(values, groups)
    if not np.isnan(values).any():
        return _within_groups(stats.rankdata(values, axis=0), groups)
    r, n, lost = _within_groups(values, groups)
    for i, j in combinations(range(values.shape[1]), 2):
        pair = values[:, [i, j]]
        both = ~np.isnan(pair).any(axis=1)
        if both.any():
            ranks = stats.rankdata(pair[both], axis=0)
            r[i, j] = _within_groups(ranks, groups[both])[0][0, 1]
    return r, n, lost


def _tidy(
    names: pd.Index, r: np.ndarray, n: np.ndarray, lost: np.ndarray, how: tuple[str, float]
) -> pd.DataFrame:
    """One row per pair, with the t test and the Fisher-type interval."""
    method, confidence = how
    pairs = np.triu_indices(len(names), 1)
    n_pair, lost_pair = n[pairs], lost[pairs]
    df = n_pair - 2 - lost_pair
    r_pair = np.where(df >= 1, r[pairs], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = r_pair * np.sqrt(df / (1 - r_pair**2))
        spread = 1 + r_pair**2 / 2 if method == "spearman" else 1.0
        se = np.sqrt(spread / (df - 1))
    p = 2 * stats.t.sf(np.abs(t), df)
    return _rows(names, r_pair, n_pair, p, se=se, confidence=confidence)


def _kendall(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Pair by pair through scipy: exact in ties and fast enough (n log n)."""
    values = table.to_numpy()
    n, r, p = [], [], []
    for i, j in combinations(range(values.shape[1]), 2):
        pair = values[:, [i, j]]
        pair = pair[~np.isnan(pair).any(axis=1)]
        n.append(len(pair))
        enough = len(pair) >= FEWEST_ROWS and (np.ptp(pair, axis=0) > 0).all()
        tau = stats.kendalltau(*pair.T, method="asymptotic") if enough else (np.nan, np.nan)
        r.append(tau[0])
        p.append(tau[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(0.437 / (np.asarray(n) - 4.0))
    return _rows(
        table.columns, np.asarray(r), np.asarray(n), np.asarray(p), se=se, confidence=confidence
    )


def _rows(
    names: pd.Index,
    r: np.ndarray,
    n: np.ndarray,
    p: np.ndarray,
    *,
    se: np.ndarray,
    confidence: float,
) -> pd.DataFrame:
    """The answer's columns; no interval where the standard error has no value."""
    first, second = np.triu_indices(len(names), 1)
    reach = stats.norm.ppf(0.5 + confidence / 2) * np.where(np.isfinite(se), se, np.nan)
    with np.errstate(divide="ignore"):
        z = np.arctanh(r)
    return pd.DataFrame(
        {
            "x": names.to_numpy()[first],
            "y": names.to_numpy()[second],
            "n": n.astype(int),
            "r": r,
            "low": np.tanh(z - reach),
            "high": np.tanh(z + reach),
            "p": p,
            "p_holm": holm(p),
        }
    )

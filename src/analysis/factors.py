"""One factor behind a set of items: minres loadings, omega, fit; and how many components stand out.

Works on Pearson correlations; exploratory or hierarchical factor models are not here. In-house because
factor-analyzer and reliabilipy fail with current scikit-learn (reliabilipy's omega also differs from psych's).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq, least_squares, minimize
from scipy.stats import chi2 as chi2_distribution
from scipy.stats import ncx2

from analysis.association import correlation_matrix
from analysis.numeric import numeric_columns

_LARGEST_LOADING = np.sqrt(0.995)  # as psych: a uniqueness below .005 is a boundary solution


class OneFactor(NamedTuple):
    """Loadings by item and the fit of the one-factor model; see `one_factor`."""

    loadings: pd.Series
    chi2: float
    df: int
    p: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    cfi: float
    srmr: float
    omega: float
    n: int


def one_factor(items: pd.DataFrame) -> OneFactor:
    """Fit one common factor to items by minimum residuals, on pairwise Pearson correlations.

    Parameters
    ----------
    items : one column per item (at least three), one row per family; NaN = missing.

    Returns
    -------
    OneFactor: loadings (Series by item, most of them positive), chi2, df = k(k-3)/2, p, rmsea with its
    90 % interval, cfi, srmr, omega, n (rows with at least one answer). With three items df = 0 and the
    fit is missing, as it is when the correlation matrix is not positive definite.

    Raises
    ------
    ValueError
        Fewer than three items, a pair of items without a correlation, no finite numbers.

    Notes
    -----
    Loadings and omega are minres; chi2 = (n-1) min(log|Σ| - log|R| + tr(RΣ⁻¹) - k) is the maximum-
    likelihood minimum, which rmsea = √(max(chi2-df, 0)/(df (n-1))) and cfi are defined on.
    chi2 takes answers as continuous and n as complete: an aid to judgement, not a test of ordinal items.
    Checked: bfi Neuroticism omega .819 (R psych::omega), rmsea .163 (confirmatory factor analysis),
    chi2 from statsmodels' maximum-likelihood Factor.
    """
    table = numeric_columns(items)
    r = _correlations(table, fewest=3)
    n = int(table.notna().any(axis=1).sum())
    loadings = minres_loadings(r)
    k = len(loadings)
    df = k * (k - 3) // 2
    chi2 = _smallest_chi2(r, loadings, n)
    rmsea, low, high = _rmsea(chi2, df, n)
    off_diagonal = np.triu_indices(k, 1)
    residual = (r - np.outer(loadings, loadings))[off_diagonal]
    return OneFactor(
        loadings=pd.Series(loadings, index=table.columns, name="loading"),
        chi2=chi2,
        df=df,
        p=float(chi2_distribution.sf(chi2, df)) if df else np.nan,
        rmsea=rmsea,
        rmsea_low=low,
        rmsea_high=high,
        cfi=_cfi(chi2, df, r, n),
        srmr=float(np.sqrt((residual**2).sum() / (k * (k + 1) / 2))),
        omega=omega_total(loadings),
        n=n,
    )


def minres_loadings(r: np.ndarray) -> np.ndarray:
    """Loadings (k,) minimising the squared off-diagonal residuals of a correlation matrix (k, k).

    Harman & Jones (1966); loadings are held within ±√.995. The sign makes their sum positive.
    """
    i, j = np.triu_indices(len(r), 1)
    value, vector = np.linalg.eigh(r)
    start = vector[:, -1] * np.sqrt(max(value[-1] - 1, 0.1))
    start = np.clip(start, -0.9, 0.9)
    pair = np.arange(len(i))

    def residuals(loading: np.ndarray) -> np.ndarray:
        return loading[i] * loading[j] - r[i, j]

    def slopes(loading: np.ndarray) -> np.ndarray:
        jacobian = np.zeros((len(i), len(loading)))
        jacobian[pair, i], jacobian[pair, j] = loading[j], loading[i]
        return jacobian

    bounds = (-_LARGEST_LOADING, _LARGEST_LOADING)
    found = least_squares(residuals, start, slopes, bounds=bounds, xtol=1e-12, ftol=1e-12)
    return found.x if found.x.sum() >= 0 else -found.x


def omega_total(loadings: np.ndarray) -> float:
    """Omega of standardised items from one factor: (Σl)² / ((Σl)² + Σ(1-l²)) (McDonald 1999).

    Checked against psych::omega(nfactors=1) on the bfi's Neuroticism: .8190.
    """
    common = loadings.sum() ** 2
    return float(common / (common + (1 - loadings**2).sum()))


def guttman_lambda6(r: np.ndarray) -> float:
    """Guttman's lambda 6 from a correlation matrix: 1 - Σ(1-smc)/Σr; NaN if r cannot be inverted.

    smc = squared multiple correlation of an item with the others. Checked against psych::alpha.
    """
    if not is_positive_definite(r):
        return np.nan
    return float(1 - (1 / np.diag(np.linalg.inv(r))).sum() / r.sum())


def is_positive_definite(r: np.ndarray) -> bool:
    """Whether a symmetric matrix is finite and safely invertible (smallest eigenvalue > 1e-10)."""
    return bool(np.isfinite(r).all() and np.linalg.eigvalsh(r)[0] > 1e-10)


def parallel_analysis(items: pd.DataFrame, seed: int, draws: int = 100) -> pd.DataFrame:
    """Which components carry more than shuffled answers do (Horn 1965; Buja & Eyuboglu 1992).

    Each draw shuffles every item on its own, which keeps its distribution and its missing values and
    breaks every relation between items.

    Returns
    -------
    DataFrame with component (1..k), eigenvalue, random_mean, random_high (95th percentile) and
    retained (this and every earlier eigenvalue lie above random_high). Checked against
    psych::fa.parallel on the 25 bfi items.
    """
    table = numeric_columns(items)
    observed = _eigenvalues(_correlations(table, fewest=2))
    codes, values = _coded(table)
    rng = np.random.default_rng(seed)
    shuffled = np.empty((draws, len(observed)))
    for draw in range(draws):
        mixed = zip(values, rng.permuted(codes, axis=1), strict=True)
        answers = np.column_stack([value[code] for value, code in mixed])
        shuffled[draw] = _eigenvalues(correlation_matrix(answers)[0])
    high = np.percentile(shuffled, 95, axis=0)
    return pd.DataFrame(
        {
            "component": np.arange(1, len(observed) + 1),
            "eigenvalue": observed,
            "random_mean": shuffled.mean(axis=0),
            "random_high": high,
            "retained": np.logical_and.accumulate(observed > high),
        }
    )


def _coded(table: pd.DataFrame) -> tuple[np.ndarray, list[np.ndarray]]:
    """Every answer as its place among the item's values (k, n), in as few bytes as will do.

    Shuffling eight bytes instead of one leaves the processor's cache at a million rows.
    """
    pairs = [np.unique(column, return_inverse=True) for column in table.to_numpy().T]
    kind = np.min_scalar_type(max(len(values) for values, _ in pairs))
    return np.array([codes for _, codes in pairs], dtype=kind), [values for values, _ in pairs]


def _eigenvalues(r: np.ndarray) -> np.ndarray:
    return np.linalg.eigvalsh(np.nan_to_num(r))[::-1]


def _correlations(table: pd.DataFrame, fewest: int) -> np.ndarray:
    """Pairwise correlations (k, k), or a refusal naming what has none."""
    if table.shape[1] < fewest:
        raise ValueError(
            f"A factor needs at least {fewest} items; got {table.shape[1]}: {list(table.columns)}."
        )
    r, _ = correlation_matrix(table.to_numpy())
    missing = np.argwhere(np.isnan(r))
    if len(missing):
        x, y = table.columns[missing[0]]
        raise ValueError(
            f"Items {x!r} and {y!r} have no correlation: on the rows where both are rated, one of "
            "them does not vary. Leave the constant item out."
        )
    return r


def _smallest_chi2(r: np.ndarray, start: np.ndarray, n: int) -> float:
    """(n-1) times the maximum-likelihood discrepancy of one factor, found from `start`."""
    if not is_positive_definite(r):
        return np.nan
    constant = np.linalg.slogdet(r)[1] + len(r)

    def discrepancy(loading: np.ndarray) -> tuple[float, np.ndarray]:
        implied = np.outer(loading, loading)
        np.fill_diagonal(implied, 1)
        inverse = np.linalg.inv(implied)
        value = np.linalg.slogdet(implied)[1] + (r * inverse).sum() - constant
        slope = inverse - inverse @ r @ inverse
        np.fill_diagonal(slope, 0)
        return value, 2 * slope @ loading

    bounds = [(-_LARGEST_LOADING, _LARGEST_LOADING)] * len(r)
    options = {"ftol": 1e-14, "gtol": 1e-9}
    found = minimize(discrepancy, start, jac=True, bounds=bounds, options=options)
    return float((n - 1) * max(found.fun, 0))


def _rmsea(chi2: float, df: int, n: int) -> tuple[float, float, float]:
    """RMSEA and its 90 % interval from the noncentral chi-squared distribution (Steiger 1990)."""
    if df == 0 or not np.isfinite(chi2):
        return np.nan, np.nan, np.nan

    def noncentrality(share: float) -> float:
        if chi2_distribution.cdf(chi2, df) <= share:
            return 0.0
        return brentq(lambda x: ncx2.cdf(chi2, df, x) - share, 1e-9, 2 * chi2 + 100)

    scale = df * (n - 1)
    low, high = noncentrality(0.95), noncentrality(0.05)
    return (
        float(np.sqrt(max(chi2 - df, 0) / scale)),
        float(np.sqrt(low / scale)),
        float(np.sqrt(high / scale)),
    )


def _cfi(chi2: float, df: int, r: np.ndarray, n: int) -> float:
    """1 - max(chi2-df, 0) / max(chi2-df, chi2 of independence - its df, 0) (Bentler 1990)."""
    if df == 0 or not np.isfinite(chi2):
        return np.nan
    k = len(r)
    independence = -(n - 1) * np.linalg.slogdet(r)[1] - k * (k - 1) / 2
    misfit = max(chi2 - df, 0)
    worst = max(misfit, independence)
    return float(1 - misfit / worst) if worst > 0 else 1.0

"""Change over waves with families that missed some: random intercept of family, REML.

Every score enters, also those of families measured once. Valid when leaving depends on earlier
scores only (see `imputation` and `threats`); identifies no effect of a programme. Centres are fixed
effects, so intervals hold for these centres, not for others (see `centres`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from analysis.change import by_scale
from analysis.waves import measured

MEASURED_ONCE = "every family was measured once, so families and error cannot be told apart"
ONE_FAMILY = "all scores belong to one family"
NO_ROWS = "no more scores than fixed effects, so no error can be estimated"
NO_RESIDUAL = "scores do not vary within families beyond the fixed effects"
NO_BETWEEN = "the variance between families is estimated as 0 (ordinary regression)"
NOT_AT_BOTH = "no score at one of the two waves compared"
CONFOUNDED = "waves and centres cannot be told apart: some were never measured together"
VARIANCES = ["sigma2_group", "sigma2_residual", "icc", "reml"]
Array = NDArray[Any]


@dataclass(frozen=True)
class _Sums:
    """What the likelihood needs of [X, y]: products within groups, and between by group size."""

    within: Array  # (p + 1, p + 1)
    between: Array  # (sizes, p + 1, p + 1), sum over groups of one size of size * mean mean'
    size: Array  # the distinct group sizes
    groups: Array  # how many groups have each size
    n: int

    @property
    def df(self) -> int:
        return self.n - len(self.within) + 1


def random_intercept(
    y: ArrayLike, X: pd.DataFrame, group: ArrayLike, level: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Linear model with a random intercept of each group, by restricted maximum likelihood.

    The likelihood is profiled over the share of variance between groups and needs only sums over
    groups of one size, so no step of the search grows with the number of rows or groups.

    Parameters
    ----------
    y : n outcomes.  X : n x p design with its own constant column.  group : n labels.

    Returns
    -------
    (effects, variances). effects: one row per column of X with term, n, estimate, se, df, low,
    high, test, t, p. variances: one row with n, groups, sigma2_group, sigma2_residual, icc (their
    share), reml (-2 log restricted likelihood), converged, reason. At a variance of 0 between
    groups the model is ordinary regression with n - p df, and `reason` says so.

    Raises
    ------
    ValueError : unequal lengths, missing or infinite values, linearly dependent columns.

    Notes
    -----
    df: Satterthwaite, 2 v^2 / (g' A g), v the variance of the estimate, g its gradient over the two
    variances, A their covariance from the observed information. In-house: statsmodels MixedLM has
    no df (z), reports a variance of 0 as converged and takes 1,000 times as long. Checked against
    lme4 (Bates et al. 2015) on sleepstudy, Dyestuff and Dyestuff2, lmerTest df on sleepstudy
    (22.81, 161), and MixedLM on unbalanced data.
    """
    outcome, design, codes = _checked(y, X, group)
    names, (n, p) = list(X.columns), design.shape
    groups = int(codes.max()) + 1 if n else 0
    row: dict[str, Any] = {"n": n, "groups": groups} | dict.fromkeys(VARIANCES, np.nan)
    row |= {"converged": False, "reason": _why_not(n, p, groups)}
    effects = _effects(names, n, np.full((3, p), np.nan), level)
    if row["reason"]:
        return effects, pd.DataFrame([row])
    start, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    # The fit is taken off first: the likelihood is the same and large means cost no digits.
    residual = outcome - design @ start
    sums = _sums(design, residual, codes)
    flat = np.abs(residual).max() <= 1e-12 * np.abs(outcome).max()  # rounding error, no variation
    share = None if flat else _best_share(sums)
    if share is None:
        return effects, pd.DataFrame([row | {"reason": NO_RESIDUAL}])
    numbers, found = _at_share(sums, share)
    numbers[0] += start
    return _effects(names, n, numbers, level), pd.DataFrame([row | found])


def _at_share(sums: _Sums, share: float) -> tuple[Array, dict[str, Any]]:
    """Estimates (of what `sums` holds), errors and df of each term, and the variances, at a share."""
    total = _scale(sums, share)
    tau, sigma2 = share * total, (1 - share) * total
    estimate, covariance = _solve(_information(sums, tau, sigma2))
    df = np.full(len(estimate), float(sums.df))
    df = df if tau == 0 else _satterthwaite(sums, tau, sigma2)
    row: dict[str, Any] = {"sigma2_group": tau, "sigma2_residual": sigma2, "icc": share}
    row |= {"reml": _deviance(sums, share), "converged": True}
    row |= {"reason": NO_BETWEEN if tau == 0 else ""}
    return np.array([estimate, np.sqrt(np.diag(covariance)), df]), row


def _checked(y: ArrayLike, X: pd.DataFrame, group: ArrayLike) -> tuple[Array, Array, Array]:
    outcome, design = np.asarray(y, dtype=float), np.asarray(X, dtype=float)
    codes, _ = pd.factorize(np.asarray(group))
    if not len(outcome) == len(design) == len(codes):
        lengths = f"{len(outcome)}, {len(design)}, {len(codes)}"
        raise ValueError(f"y, X and group must be equally long, not {lengths}")
    if not (np.isfinite(outcome).all() and np.isfinite(design).all() and (codes >= 0).all()):
        raise ValueError("y, X or group has missing or infinite values; leave those rows out")
    spread = np.sqrt((design**2).sum(axis=0))
    if len(design) and (
        (spread == 0).any()
        or np.linalg.matrix_rank((design / spread).T @ (design / spread), tol=1e-10)
        < min(design.shape)
    ):
        raise ValueError("the columns of X are linearly dependent; drop one (often a dummy)")
    return outcome, design, codes


def _why_not(n: int, p: int, groups: int) -> str:
    """Why variances cannot be estimated from so many rows, columns and groups; "" if they can."""
    if n <= p:
        return NO_ROWS
    if groups == 1:
        return ONE_FAMILY
    return MEASURED_ONCE if groups == n else ""


def _sums(design: Array, residual: Array, codes: Array) -> _Sums:
    both = np.column_stack([design, residual])
    n_j = np.bincount(codes)
    totals = np.column_stack([np.bincount(codes, column) for column in both.T])
    means = totals / n_j[:, None]
    deviations = both - means[codes]
    size, which, groups = np.unique(n_j, return_inverse=True, return_counts=True)
    between = np.array([k * (m := means[which == i]).T @ m for i, k in enumerate(size)])
    return _Sums(deviations.T @ deviations, between, size.astype(float), groups, len(both))


def _information(sums: _Sums, tau: float, sigma2: float) -> Array:
    """[X, y]' V^-1 [X, y] with variance tau between groups and sigma2 within."""
    return sums.within / sigma2 + np.tensordot(1 / (sigma2 + tau * sums.size), sums.between, 1)


def _solve(info: Array) -> tuple[Array, Array]:
    """Generalised least squares estimates and their covariance."""
    covariance = np.linalg.inv(info[:-1, :-1])
    return covariance @ info[:-1, -1], covariance


def _scale(sums: _Sums, share: float) -> float:
    """The total variance that is most likely given the share between groups."""
    info = _information(sums, share, 1 - share)
    beta, _ = _solve(info)
    return float(info[-1, -1] - beta @ info[:-1, -1]) / sums.df


def _deviance(sums: _Sums, share: float) -> float:
    """-2 log restricted likelihood, profiled over the fixed effects and the total variance."""
    info = _information(sums, share, 1 - share)
    log_v = sums.groups @ (np.log(1 - share) * (sums.size - 1) + np.log1p(share * (sums.size - 1)))
    fit = sums.df * (1 + np.log(2 * np.pi * _scale(sums, share)))
    return float(fit + log_v + np.linalg.slogdet(info[:-1, :-1])[1])


def _best_share(sums: _Sums) -> float | None:
    """The share of variance between groups with the highest likelihood; None at the limit of 1."""
    grid = np.concatenate([[0, 1e-6, 1e-3], np.arange(1, 40) / 40, 1 - 10.0 ** -np.arange(2, 11)])
    values = [_deviance(sums, share) for share in grid]
    best = int(np.argmin(values))
    if best == len(grid) - 1:
        return None
    ends = (grid[max(best - 1, 0)], grid[best + 1])

    def at(share: float) -> float:
        return _deviance(sums, share)

    found = optimize.minimize_scalar(at, bounds=ends, method="bounded", options={"xatol": 1e-12})
    return 0.0 if values[0] <= found.fun else float(found.x)


def _satterthwaite(sums: _Sums, tau: float, sigma2: float) -> Array:
    """Degrees of freedom of each fixed effect, from derivatives over (tau, sigma2)."""
    v, k = sigma2 + tau * sums.size, sums.size
    info = _information(sums, tau, sigma2)
    beta, c = _solve(info)
    r = np.append(-beta, 1.0)

    def between(weight: Array) -> Array:
        return np.tensordot(weight, sums.between, 1)

    first = [-between(k / v**2), -sums.within / sigma2**2 - between(1 / v**2)]
    crossed = 2 * between(k / v**3)
    second = [
        [2 * between(k**2 / v**3), crossed],
        [crossed, 2 * sums.within / sigma2**3 + 2 * between(1 / v**3)],
    ]
    free = sums.groups @ (k - 1)
    log_v = [[sums.groups @ (k**2 / v**2), sums.groups @ (k / v**2)]]
    log_v += [[log_v[0][1], sums.groups @ (1 / v**2) + free / sigma2**2]]
    hessian = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            a_i, a_j, a_ij = (m[:-1, :-1] for m in (first[i], first[j], second[i][j]))
            log_det = np.trace(c @ a_ij) - np.trace(c @ a_i @ c @ a_j)
            fit = r @ second[i][j] @ r - 2 * (first[i] @ r)[:-1] @ c @ (first[j] @ r)[:-1]
            hessian[i, j] = -log_v[i][j] + log_det + fit
    spread = 2 * np.linalg.inv(hessian)
    slope = np.array([-np.diag(c @ m[:-1, :-1] @ c) for m in first])
    return 2 * np.diag(c) ** 2 / np.einsum("ip,ij,jp->p", slope, spread, slope)


def _effects(names: list[Any], n: int, numbers: Array, level: float) -> pd.DataFrame:
    estimate, se, df = numbers
    t = estimate / se
    reach = stats.t.ppf((1 + level) / 2, df) * se
    frame = {"term": names, "n": n, "estimate": estimate, "se": se, "df": df}
    frame |= {"low": estimate - reach, "high": estimate + reach, "test": "t, Satterthwaite"}
    return pd.DataFrame(frame | {"t": t, "p": 2 * stats.t.sf(np.abs(t), df)})


def mixed_change(scores: pd.DataFrame, first: str, last: str, level: float = 0.95) -> pd.DataFrame:
    """Change from `first` to `last` from the scores of all waves, one row per scale.

    score ~ wave (categorical) + centre (fixed) + family (random intercept); the row is the contrast
    last minus first. A family measured at one wave counts as well.

    Parameters
    ----------
    scores : columns family, centre, wave, scale, score (see `waves.pairs` for errors raised).
    first, last : waves in time order.

    Returns
    -------
    DataFrame with scale, first, last, n (families), n_scores, n_first, n_last, mean_change (scale
    points), se, low, high, test, t, df, p, sigma2_group, sigma2_residual, icc, reason.

    Raises
    ------
    ValueError : also when a row with a score has no centre.
    """
    wave = scores["wave"]
    ordered = isinstance(wave.dtype, pd.CategoricalDtype)
    waves = [first, last]
    measured(scores, waves)
    every = list(wave.cat.categories) if ordered else list(wave.dropna().unique())
    known = measured(scores, every)
    if known["centre"].isna().any():
        who = known[known["centre"].isna()].iloc[0]
        raise ValueError(f"family {who['family']} has no centre at wave {who['wave']}; name it")
    rows = []
    for scale, here in by_scale(scores, known):
        counts = [int((here["wave"] == name).sum()) for name in waves]
        row = {"scale": scale, "first": first, "last": last, "n": here["family"].nunique()}
        row |= {"n_scores": len(here), "n_first": counts[0], "n_last": counts[1]}
        rows.append(row | _contrast(here, first, last, level))
    return pd.DataFrame(rows)


def _contrast(here: pd.DataFrame, first: str, last: str, level: float) -> dict[str, Any]:
    names = ["mean_change", "se", "low", "high", "test", "t", "df", "p"]
    row: dict[str, Any] = dict.fromkeys(names, np.nan) | {"test": "t, Satterthwaite"}
    row |= dict.fromkeys(["sigma2_group", "sigma2_residual", "icc"], np.nan)
    if not {first, last} <= set(here["wave"]):
        return row | {"reason": NOT_AT_BOTH}
    cells, cell, waves = _cells(here, first)
    if np.linalg.matrix_rank(cells) < min(len(here), cells.shape[1]):
        return row | {"reason": CONFOUNDED}
    design = pd.DataFrame(cells[cell])
    effects, variances = random_intercept(here["score"], design, here["family"], level)
    found = effects.iloc[1 + waves.index(last)].to_dict()
    row |= {"mean_change": found["estimate"]} | {name: found[name] for name in names[1:]}
    names = ["sigma2_group", "sigma2_residual", "icc", "reason"]
    return row | {name: variances[name].item() for name in names}


def _cells(here: pd.DataFrame, first: str) -> tuple[Array, Array, list[Any]]:
    """Design rows of each wave and centre met together, which cell each score is in, waves named.

    Indicators of each wave but `first` and each centre but one, after a constant; taking the rank of
    these few rows instead of all is what keeps many families cheap.
    """
    wave, waves = pd.factorize(here["wave"])
    centre, centres = pd.factorize(here["centre"])
    met, cell = np.unique(wave * len(centres) + centre, return_inverse=True)
    later = [number for number, name in enumerate(waves) if name != first]
    of_wave, of_centre = np.divmod(met, len(centres))
    columns = np.eye(len(waves))[of_wave][:, later], np.eye(len(centres))[of_centre][:, 1:]
    names = [waves[number] for number in later]
    return np.column_stack([np.ones(len(met)), *columns]), cell, names

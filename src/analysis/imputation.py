"""Multiple imputation of scores missing at later waves, and Rubin's rules.

Right only if leaving depends on what was recorded (missing at random given earlier scores and
centre), which data cannot show; `delta` departs from it. Bounds without assumptions: `threats`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.change import by_scale, mean_test
from analysis.waves import NO_PAIRS, measured

COMPLETE, AT_RANDOM, SHIFTED = "complete cases", "imputed, MAR", "imputed, MNAR"
NOTHING_MISSING = "no score is missing at the last wave"
TOO_FEW = "too few families measured at every wave so far to impute from"
NO_MODEL = "a centre lost all its families, or earlier scores do not vary: nothing to impute from"
SAME_CHANGE = "every imputed change was the same amount, so no error can be estimated"
Array = NDArray[Any]


def pool(
    estimates: ArrayLike, variances: ArrayLike, df_complete: float = np.inf, level: float = 0.95
) -> dict[str, Any]:
    """Rubin's rules: one estimate from m completed data sets, with t interval.

    Parameters
    ----------
    estimates, variances : m estimates and their squared standard errors.
    df_complete : degrees of freedom had nothing been missing.

    Returns
    -------
    dict with m, estimate, se, within, between, total (= within + (1 + 1/m) between), riv (relative
    increase in variance), share (of the total that is due to missing scores, lambda), fmi (fraction
    of missing information), df (Barnard & Rubin 1999), low, high, test, t, p.

    Raises
    ------
    ValueError : fewer than two data sets, unequal lengths, a variance that is not above 0.

    Notes
    -----
    In-house: statsmodels' MICE pools with infinite df (z). Checked against mice::pool on nhanes
    (van Buuren, Flexible Imputation of Missing Data): riv .469, lambda .319, fmi .408, df 12.4.
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    m = len(q)
    if m < 2 or len(u) != m:
        raise ValueError(f"two or more estimates with a variance each, not {m} with {len(u)}")
    if not (np.isfinite(q).all() and (u > 0).all()):
        raise ValueError("estimates must be numbers and variances above 0")
    within, between = float(u.mean()), float(q.var(ddof=1))
    if between <= 1e-24 * within:  # equal estimates but for rounding: nothing was missing
        between = 0.0
    extra = (1 + 1 / m) * between
    total, riv = within + extra, extra / within
    df = _barnard_rubin(m, extra / total, df_complete)
    fmi = (riv + 2 / (df + 3)) / (1 + riv) if riv else 0.0
    estimate, se = float(q.mean()), float(np.sqrt(total))
    reach = float(stats.t.ppf((1 + level) / 2, df)) * se
    row: dict[str, Any] = {"m": m, "estimate": estimate, "se": se, "within": within}
    row |= {"between": between, "total": total, "riv": riv, "share": extra / total, "fmi": fmi}
    row |= {"df": df, "low": estimate - reach, "high": estimate + reach, "test": "t, Rubin"}
    return row | {"t": estimate / se, "p": float(2 * stats.t.sf(abs(estimate / se), df))}


def _barnard_rubin(m: int, share: float, df_complete: float) -> float:
    if share == 0:
        return df_complete
    many = (m - 1) / share**2
    if np.isinf(df_complete):
        return many
    observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    return many * observed / (many + observed)


def imputed_change(
    scores: pd.DataFrame,
    first: str,
    last: str,
    delta: Sequence[float] = (0.0,),
    m: int = 20,
    seed: int = 20240229,
) -> pd.DataFrame:
    """Mean change of all families measured at `first`, beside that of those measured twice.

    Missing scores from the wave after `first` on are drawn wave by wave from a normal regression on
    all scores from `first` on and centre, its coefficients and error drawn anew each time (Rubin
    1987, p. 167). Imputed scores are neither rounded nor cut at the ends of the scale, as that
    would bias the mean.

    Parameters
    ----------
    scores : columns family, centre, wave (in time order), scale, score (see `waves.pairs`).
    delta : scale points added to imputed scores at `last`: 0 is MAR; d says that those who left
        fared d points higher than their records promise. Give several, on both sides of 0.
    m : imputations, 2 or more.

    Returns
    -------
    Per scale one row for complete cases and one per delta: scale, first, last, method ("complete
    cases", "imputed, MAR", "imputed, MNAR"), delta, n (families in the estimate), n_imputed, m,
    mean_change, se, low, high, test, t, df, p, fmi, reason.

    Raises
    ------
    ValueError : also m below 2, or a family without a centre.
    """
    if m < 2:
        raise ValueError(f"Rubin's rules need two or more imputations, not {m}")
    wave = scores["wave"]
    known = measured(scores, [first, last])
    ordered = isinstance(wave.dtype, pd.CategoricalDtype)
    every = list(wave.cat.categories) if ordered else list(wave.dropna().unique())
    waves = every[every.index(first) : every.index(last) + 1]
    known = measured(scores, waves)
    rows = []
    for scale, here in by_scale(scores, known):
        wide, centre = _wide(here, waves)
        for row in _methods(wide, centre, delta, m, np.random.default_rng(seed)):
            rows.append({"scale": scale, "first": first, "last": last} | row)
    return pd.DataFrame(rows)


def _wide(here: pd.DataFrame, waves: Sequence[str]) -> tuple[Array, Array]:
    """Scores (families measured at the first wave, waves) and centre dummies, with a constant."""
    start = here[here["wave"] == waves[0]].set_index("family")
    if start["centre"].isna().any():
        who = start.index[start["centre"].isna()][0]
        raise ValueError(f"family {who} has no centre at wave {waves[0]}; name its centre")
    wide = here.pivot(index="family", columns="wave", values="score")
    wide.columns = wide.columns.astype(object)
    given = [name for name in waves[1:-1] if name in wide.columns]  # a scale may skip a wave
    wide = wide.reindex(index=start.index, columns=[waves[0], *given, waves[-1]])
    dummies = pd.get_dummies(start["centre"].astype(object), dtype=float).iloc[:, 1:]
    centre = np.column_stack([np.ones(len(start)), dummies])
    return wide.to_numpy(dtype=float), centre


def _methods(
    wide: Array, centre: Array, delta: Sequence[float], m: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    changes = wide[:, -1] - wide[:, 0]
    lost = np.isnan(changes)
    test = mean_test(changes[~lost])
    n, gone = test["n"], int(lost.sum())
    row: dict[str, Any] = {"method": COMPLETE, "delta": np.nan, "n": n, "n_imputed": 0, "m": 0}
    row |= {"mean_change": test["mean"], "se": test["sd"] / np.sqrt(n) if n else np.nan}
    row |= {key: test[key] for key in ("low", "high", "test", "t", "df", "p")} | {"fmi": np.nan}
    rows = [row | {"reason": test["reason"]}]
    if not len(wide):
        drawn, reason = np.empty((m, 0)), NO_PAIRS
    elif not gone:
        drawn, reason = np.tile(changes, (m, 1)), NOTHING_MISSING
    else:
        drawn, reason = _draws(wide, centre, m, rng)
    for shift in delta:
        row = {"method": SHIFTED if shift else AT_RANDOM, "delta": float(shift)}
        row |= {"n": len(wide), "n_imputed": gone, "m": m}
        rows.append(row | _pooled(drawn + shift * lost, reason))
    return rows


def _pooled(changes: Array, reason: str) -> dict[str, Any]:
    """Rubin's rules for the mean of each row of `changes` (imputations, families)."""
    names = ["se", "low", "high", "test", "t", "df", "p", "fmi"]
    row: dict[str, Any] = {"mean_change": np.nan} | dict.fromkeys(names, np.nan)
    row |= {"test": "t, Rubin", "reason": reason}
    n = changes.shape[1]
    if n < 2 or not np.isfinite(changes).all():
        return row
    variances = changes.var(axis=1, ddof=1) / n
    if (variances <= 1e-24 * np.abs(changes).max() ** 2).any():
        return row | {"mean_change": changes.mean(), "reason": reason or SAME_CHANGE}
    found = pool(changes.mean(axis=1), variances, n - 1)
    return row | {"mean_change": found["estimate"]} | {name: found[name] for name in names}


def _draws(wide: Array, centre: Array, m: int, rng: np.random.Generator) -> tuple[Array, str]:
    """Change of every family in each of m completed data sets (m, families), or NaN and a reason."""
    changes = np.full((m, len(wide)), np.nan)
    models = []
    for w in range(1, wide.shape[1]):
        empty = np.isnan(wide[:, w])
        if not empty.any():
            continue
        # Fitted where nothing before was imputed: an imputed predictor would add only noise. So the
        # regression is the same in every data set; only what is drawn from it differs.
        whole = ~np.isnan(wide[:, : w + 1]).any(axis=1)
        X = np.column_stack([centre[whole], wide[whole, :w]])
        if len(X) <= X.shape[1] + 2:
            return changes, TOO_FEW
        if np.linalg.matrix_rank(X) < X.shape[1]:
            return changes, NO_MODEL
        models.append((w, np.flatnonzero(empty), centre[empty], _regression(X, wide[whole, w])))
    filled = wide.copy()
    for i in range(m):
        for w, empty, of_centre, model in models:
            X_new = np.column_stack([of_centre, filled[empty, :w]])
            filled[empty, w] = _drawn(model, X_new, rng)
        changes[i] = filled[:, -1] - filled[:, 0]
    return changes, ""


def _regression(X: Array, y: Array) -> tuple[Array, Array, float, int]:
    """Least squares as R, Q'y, the residual sum of squares and its degrees of freedom."""
    q, r = np.linalg.qr(X)
    fit = q.T @ y
    return r, fit, float(((y - q @ fit) ** 2).sum()), len(X) - X.shape[1]


def _drawn(model: tuple[Array, Array, float, int], X_new: Array, rng: np.random.Generator) -> Array:
    """One draw of y at X_new from the posterior of a normal regression with flat priors."""
    r, fit, rest, df = model
    sigma = np.sqrt(rest / rng.chisquare(df))
    beta = np.linalg.solve(r, fit + sigma * rng.normal(size=len(fit)))
    return X_new @ beta + sigma * rng.normal(size=len(X_new))

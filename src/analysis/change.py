"""Paired change between two waves: scale points with t interval, signed-rank, effect sizes.

No control group: every row describes change in the families measured twice and identifies no
effect of a programme. These rows ignore centres (see `centres`) and those who left (`threats`).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from analysis.ranks import rank_biserial, signed_rank
from analysis.waves import NO_PAIRS, ONE_PAIR, measured, pairs

SAME_CHANGE = "every change was the same amount, so no error can be estimated"
NO_CORRELATION = "the scores do not vary at one wave, or the two waves correlate perfectly"
TOO_FEW = "too few families for this effect size"


def change(scores: pd.DataFrame, first: str, last: str, level: float = 0.95) -> pd.DataFrame:
    """Mean change from `first` to `last` with a paired t interval, one row per scale.

    Parameters
    ----------
    scores : columns family, centre, wave, scale, score (see `waves.pairs` for errors raised).
    first, last : waves in time order.

    Returns
    -------
    DataFrame with scale, first, last, n (pairs), n_first, n_last (scores at each wave),
    mean_first, mean_last, sd_first, sd_last (of the pairs), mean_change (last minus first),
    sd_change, low, high in scale points, test, t, df, p, reason (why a value is missing).

    Notes
    -----
    scipy, pingouin and statsmodels return t = -inf, p = 0 when all differences are equal; here t
    and p are missing with the reason. Checked against R t.test on datasets::sleep (Student 1908).
    """
    known = measured(scores, [first, last])
    counts = known.groupby(["scale", "wave"], observed=True).size()
    rows = []
    for scale, both in by_scale(scores, pairs(scores, first, last)):
        test = mean_test(both["change"], level)
        row = {"scale": scale, "first": first, "last": last, "n": test.pop("n")}
        row |= {
            "n_first": int(counts.get((scale, first), 0)),
            "n_last": int(counts.get((scale, last), 0)),
            "mean_first": both["score_first"].mean(),
            "mean_last": both["score_last"].mean(),
            "sd_first": both["score_first"].std(),
            "sd_last": both["score_last"].std(),
            "mean_change": test.pop("mean"),
            "sd_change": test.pop("sd"),
        }
        rows.append(row | test)
    return pd.DataFrame(rows)


def by_scale(scores: pd.DataFrame, frame: pd.DataFrame) -> Iterable[tuple[Any, pd.DataFrame]]:
    """Each scale of `scores` in order of appearance, with its rows of `frame` (may be none)."""
    for scale in scores["scale"].dropna().unique():
        yield scale, frame[frame["scale"] == scale]


def mean_test(values: ArrayLike, level: float = 0.95) -> dict[str, Any]:
    """Mean of n numbers with t interval and one-sample t test against 0.

    Returns
    -------
    dict with n, mean, sd, low, high, test, t, df, p, reason. With fewer than two numbers, or no
    variation, the interval and test are missing and `reason` says why.
    """
    x = np.asarray(values, dtype=float)
    n = len(x)
    row: dict[str, Any] = {"n": n, "mean": x.mean() if n else np.nan, "sd": np.nan}
    row |= dict.fromkeys(["low", "high"], np.nan) | {"test": "t"}
    row |= dict.fromkeys(["t", "df", "p"], np.nan) | {"reason": ""}
    if n < 2:
        return row | {"reason": ONE_PAIR if n else NO_PAIRS}
    if np.ptp(x) <= 1e-12 * np.abs(x).max():  # a spread of rounding error is no spread
        return row | {"sd": 0.0, "df": n - 1, "reason": SAME_CHANGE}
    sd = x.std(ddof=1)
    error = sd / np.sqrt(n)
    reach = stats.t.ppf((1 + level) / 2, n - 1) * error
    t = row["mean"] / error
    row |= {"sd": sd, "low": row["mean"] - reach, "high": row["mean"] + reach}
    return row | {"t": t, "df": n - 1, "p": float(2 * stats.t.sf(abs(t), n - 1))}


def signed_rank_change(
    scores: pd.DataFrame, first: str, last: str, zeros: str = "drop", level: float = 0.95
) -> pd.DataFrame:
    """Wilcoxon signed-rank test and rank-biserial correlation, one row per scale.

    Parameters
    ----------
    scores, first, last : see `change`.  zeros : "drop" or "pratt" (see `ranks.signed_rank`).

    Returns
    -------
    DataFrame with scale, first, last, n, n_zero, zeros, median_change, rank_biserial (positive =
    last minus first positive), low, high, test, w_plus, w_minus, method (exact or normal), p,
    reason.
    """
    rows = []
    for scale, both in by_scale(scores, pairs(scores, first, last)):
        test = signed_rank(both["change"], zeros)
        size = rank_biserial(both["change"], level)
        row = {"scale": scale, "first": first, "last": last, "n": test["n"]}
        row |= {"n_zero": test["n_zero"], "zeros": zeros, "median_change": both["change"].median()}
        row |= {"rank_biserial": size["estimate"], "low": size["low"], "high": size["high"]}
        row |= {"test": "Wilcoxon signed-rank", "w_plus": test["w_plus"]}
        row |= {"w_minus": test["w_minus"], "method": test["method"], "p": test["p"]}
        rows.append(row | {"reason": size["reason"]})
    return pd.DataFrame(rows)


def hedges_j(df: float) -> float:
    """Hedges' exact small-sample correction J = G(df/2) / (sqrt(df/2) G((df-1)/2)), G = gamma.

    Checked against Hedges (1981), J(9) = .913875. Raises ValueError when df is not above 1.
    """
    if not df > 1:
        raise ValueError(f"Hedges' correction needs more than 1 degree of freedom, not {df}")
    return float(np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2))


def noncentral_t_interval(t: float, df: float, level: float = 0.95) -> tuple[float, float]:
    """Limits of the noncentrality of a t statistic (Steiger & Fouladi 1997); d_z = limits/sqrt(n).

    In-house: no library here gives it. Checked against R effectsize 0.8.3 on datasets::sleep.
    """
    if t < 0:  # scipy's distribution is NaN more often on this side
        low, high = noncentral_t_interval(-t, df, level)
        return -high, -low
    tail, step = (1 - level) / 2, float(np.sqrt(1 + t**2 / (2 * df)))

    def limit(share: float, way: int) -> float:
        def gap(nc: float) -> float:
            return float(stats.nct.cdf(t, df, nc)) - share

        end = t + way * step  # outwards step by step: far out scipy's distribution is NaN
        while gap(end) * way > 0:
            end += way * step
        return float(optimize.brentq(gap, *sorted([t - way * step, end]), xtol=1e-10))

    return limit(1 - tail, -1), limit(tail, 1)


def effect_sizes(scores: pd.DataFrame, first: str, last: str, level: float = 0.95) -> pd.DataFrame:
    """Standardised change under every usual name, one row per scale and effect size.

    They answer different questions and must not be compared with each other:
    d_z   mean change / SD of change (grows when families change alike)
    g_z   d_z times Hedges' exact J: less biased, same population value, hence d_z's interval
    d_av  mean change / sqrt((SD_first^2 + SD_last^2) / 2) (comparable with between-group d)
    d_rm  d_z times sqrt(2 (1 - r)), r between the waves
    rank_biserial  see `ranks.rank_biserial`

    Returns
    -------
    DataFrame with scale, first, last, n, effect, estimate, low, high, interval, reason.

    Notes
    -----
    pingouin.ttest(paired=True) calls d_av "cohen_d". Checked on datasets::sleep against R
    effectsize: d_z 1.285 [.415, 2.118], g_z 1.174, d_av .832, d_rm .822. The intervals of d_av and
    d_rm are normal-theory delta intervals; d_av's is that of Bonett (2008, Psychol Methods 13:99).
    """
    rows = []
    for scale, both in by_scale(scores, pairs(scores, first, last)):
        for row in _sizes(both, level):
            rows.append({"scale": scale, "first": first, "last": last, "n": len(both)} | row)
    return pd.DataFrame(rows)


def _sizes(both: pd.DataFrame, level: float) -> list[dict[str, Any]]:
    test = mean_test(both["change"], level)
    n, names = len(both), ["d_z", "g_z", "d_av", "d_rm"]
    size = rank_biserial(both["change"], level)
    ranks = {"effect": "rank_biserial", "interval": "U-statistic, Fisher z"}
    ranks |= {key: size[key] for key in ("estimate", "low", "high", "reason")}
    if test["reason"]:
        return [_absent(name, test["reason"]) for name in names] + [ranks]
    d_z = test["t"] / np.sqrt(n)
    limits = np.array(noncentral_t_interval(test["t"], n - 1, level)) / np.sqrt(n)
    rows = [_present("d_z", d_z, limits, "noncentral t")]
    if n > 2:
        rows.append(_present("g_z", hedges_j(n - 1) * d_z, limits, "noncentral t"))
    else:
        rows.append(_absent("g_z", TOO_FEW))
    return [*rows, *_delta_sizes(both, test, level), ranks]


def _delta_sizes(both: pd.DataFrame, test: dict[str, Any], level: float) -> list[dict[str, Any]]:
    """d_av and d_rm with normal-theory delta intervals over the covariances of the two waves."""
    a, b = both["score_first"].var(), both["score_last"].var()
    c = float(np.cov(both["score_first"], both["score_last"])[0, 1])
    spread, root = a + b - 2 * c, np.sqrt(a * b)
    unit, slope = np.sqrt((a + b) / 2), np.array([-0.5, -0.5, 0]) / (a + b)
    rows = [_delta_size("d_av", test, (a, b, c), (unit, slope), level)]
    if root <= 1e-12 * (a + b) or c / root >= 1 - 1e-12:
        return [*rows, _absent("d_rm", NO_CORRELATION)]
    left = 1 - c / root
    slope = np.array([c / (4 * root * a * left), c / (4 * root * b * left), -0.5 / root / left])
    slope += np.array([-0.5, -0.5, 1]) / spread
    unit = np.sqrt(spread / (2 * left))
    return [*rows, _delta_size("d_rm", test, (a, b, c), (unit, slope), level)]


def _delta_size(
    name: str,
    test: dict[str, Any],
    moments: tuple[float, float, float],
    unit_and_slope: tuple[float, Any],
    level: float,
) -> dict[str, Any]:
    """Mean change / unit, where slope is d log(effect) / d (variances a, b, covariance c)."""
    (a, b, c), (unit, slope) = moments, unit_and_slope
    between = a * b + c * c
    error = np.array([[2 * a * a, 2 * c * c, 2 * a * c], [2 * c * c, 2 * b * b, 2 * b * c]])
    error = np.vstack([error, [2 * a * c, 2 * b * c, between]]) / (test["n"] - 1)
    estimate = test["mean"] / unit
    variance = test["sd"] ** 2 / test["n"] / unit**2 + estimate**2 * (slope @ error @ slope)
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(variance)
    return _present(name, estimate, (estimate - reach, estimate + reach), "delta, normal")


def _present(name: str, estimate: float, limits: Any, interval: str) -> dict[str, Any]:
    row = {"effect": name, "estimate": float(estimate), "low": float(limits[0])}
    return row | {"high": float(limits[1]), "interval": interval, "reason": ""}


def _absent(name: str, reason: str) -> dict[str, Any]:
    row: dict[str, Any] = {"effect": name} | dict.fromkeys(["estimate", "low", "high"], np.nan)
    return row | {"interval": "", "reason": reason}

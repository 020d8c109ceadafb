"""Threats to reading change as effect: regression to the mean, who left, what the lost could hide.

Nothing here repairs the lack of a comparison group; each function shows how much of a change could
come about without any programme. Multiple imputation is not here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from analysis.change import by_scale, mean_test, noncentral_t_interval
from analysis.proportions import share
from analysis.waves import measured, pairs

NOBODY_LEFT = "nobody left"
NOBODY_STAYED = "nobody stayed"
TOO_FEW = "fewer than two families left or stayed"
NO_SPREAD = "the first scores do not vary"


def expected_regression(
    mean: float, sd: float, r: float, cut: float, side: str = "above"
) -> pd.DataFrame:
    """Change expected without any effect when families are admitted beyond a cut-off.

    Normal scores with the same mean and SD at both times, retest correlation r:
    E[change | admitted] = -(1 - r) (E[X | admitted] - mean).

    Parameters
    ----------
    mean, sd : of the population the families come from, in scale points.
    r : retest correlation without intervention, 0 to 1.
    cut, side : families "above" (or "below") `cut` are admitted.

    Returns
    -------
    One row: mean, sd, r, cut, side, share_admitted, mean_admitted, expected_change (last minus
    first), share_back (of the admitted, share on the other side of the cut at retest).

    Notes
    -----
    Barnett, van der Pols & Dobson (2005) IJE 34:215; checked on mean 15, SD 4, r .7, cut 20:
    a fall of 2.0746.
    """
    if not (sd > 0 and 0 <= r <= 1):
        raise ValueError(f"sd must be above 0 and r between 0 and 1, not sd = {sd}, r = {r}")
    if side not in ("above", "below"):
        raise ValueError(f"side must be 'above' or 'below', not {side!r}")
    sign = 1 if side == "above" else -1
    z = sign * (cut - mean) / sd
    admitted = float(stats.norm.sf(z))
    if admitted == 0:
        raise ValueError(f"nobody is {side} the cut {cut}: it lies {z:.0f} SD from the mean")
    # exp of a difference of logs: pdf / sf loses all digits for a cut far out in the tail
    distance = float(np.exp(stats.norm.logpdf(z) - stats.norm.logsf(z)))
    crossed = 2 * float(special.owens_t(z, np.sqrt((1 - r) / (1 + r))))
    row = {"mean": mean, "sd": sd, "r": r, "cut": cut, "side": side, "share_admitted": admitted}
    row |= {"mean_admitted": mean + sign * sd * distance}
    row |= {"expected_change": -sign * (1 - r) * sd * distance}
    return pd.DataFrame([row | {"share_back": crossed / admitted}])


def expected_regression_observed(
    scores: pd.DataFrame,
    first: str,
    last: str,
    r: Sequence[float],
    population_mean: Mapping[str, float],
) -> pd.DataFrame:
    """Observed change beside the change expected from regression to the mean alone.

    Expected without effect: -(1 - r) (mean_first - population mean), for every assumed r. Both the
    retest correlation and the population mean are assumptions: show a range of r.

    Parameters
    ----------
    scores, first, last : see `waves.pairs`.
    r : assumed retest correlations, 0 to 1.
    population_mean : assumed mean of each scale (points) among families like these, not admitted
        because of their score. Scales not named are left out.

    Returns
    -------
    One row per scale and r: scale, first, last, n, r, population_mean, mean_first, mean_change,
    expected_change, remainder (observed minus expected), low, high, test, t, df, p (of the
    remainder; r and population mean taken as known), reason.
    """
    if bad := [value for value in r if not 0 <= value <= 1]:
        raise ValueError(f"a retest correlation lies between 0 and 1, not {bad[0]}")
    both = pairs(scores, first, last)
    if unknown := set(population_mean) - set(scores["scale"]):
        raise ValueError(f"no scores on these scales: {sorted(map(str, unknown))}")
    rows = []
    for scale, here in by_scale(scores, both):
        if scale not in population_mean:
            continue
        mu, start = population_mean[scale], here["score_first"].mean()
        for value in r:
            expected = -(1 - value) * (here["score_first"] - mu)
            test = mean_test(here["change"] - expected)
            row = {"scale": scale, "first": first, "last": last, "n": test.pop("n"), "r": value}
            row |= {"population_mean": mu, "mean_first": start}
            row |= {"mean_change": here["change"].mean(), "expected_change": expected.mean()}
            test.pop("sd")
            rows.append(row | {"remainder": test.pop("mean")} | test)
    return pd.DataFrame(rows)


def bounds(
    mean_change_completers: float, share_missing: float, low: float, high: float
) -> pd.DataFrame:
    """Range the mean change of everybody must lie in, whatever happened to the lost (Manski).

    [(1 - m) D + m low, (1 - m) D + m high].

    Parameters
    ----------
    mean_change_completers : D, points.  share_missing : m, 0 to 1.
    low, high : smallest and largest change possible; for scores from 1 to 5, -4 and 4.

    Returns
    -------
    One row: mean_change, share_missing, change_low, change_high, bound_low, bound_high. Not a
    confidence interval. Hand arithmetic: D = -0.5, 30 % lost, [-4, 4] gives [-1.55, +0.85].
    """
    m = _share_missing(share_missing)
    if not low < high:
        raise ValueError(f"the smallest change ({low}) must lie below the largest ({high})")
    room = 1e-9 * (high - low)  # means of binary fractions may pass an end by a rounding error
    if m < 1 and not low - room <= mean_change_completers <= high + room:
        raise ValueError(f"a mean change of {mean_change_completers} is outside [{low}, {high}]")
    known = (1 - m) * mean_change_completers if m < 1 else 0.0
    row = {"mean_change": mean_change_completers, "share_missing": m}
    row |= {"change_low": low, "change_high": high}
    return pd.DataFrame([row | {"bound_low": known + m * low, "bound_high": known + m * high}])


def tipping_point(
    mean_change_completers: float, share_missing: float, low: float, high: float
) -> pd.DataFrame:
    """Mean change of the lost that would cancel the change of those who stayed: -D (1 - m) / m.

    Returns
    -------
    One row: mean_change, share_missing, tipping_change, possible (it lies within the possible
    changes low to high, so the lost could have cancelled it), reason. Hand arithmetic: D = -0.5,
    30 % lost gives +1.17.
    """
    m = _share_missing(share_missing)
    row: dict[str, Any] = {"mean_change": mean_change_completers, "share_missing": m}
    row |= {"tipping_change": np.nan} | {"possible": False, "reason": ""}
    if m in (0, 1):
        return pd.DataFrame([row | {"reason": NOBODY_STAYED if m else NOBODY_LEFT}])
    tip = 0.0 - mean_change_completers * (1 - m) / m
    return pd.DataFrame([row | {"tipping_change": tip, "possible": bool(low <= tip <= high)}])


def _share_missing(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"share_missing is a share between 0 and 1, not {value}")
    return float(value)


def dropout_bounds(
    scores: pd.DataFrame, first: str, last: str, limits: Mapping[str, tuple[float, float]]
) -> pd.DataFrame:
    """Bounds and tipping point of each scale, from the scores themselves.

    Parameters
    ----------
    limits : lowest and highest possible score of each scale, in points.

    Returns
    -------
    One row per scale in `limits`: scale, first, last, n_first, n (pairs), n_missing,
    share_missing, mean_change, bound_low, bound_high (as `bounds`), start_low, start_high (tighter:
    a family that started at x can only change from lowest - x to highest - x), tipping_change,
    possible (judged by the tighter range), reason.
    """
    known = measured(scores, [first, last])
    rows = []
    for scale, both in by_scale(scores, pairs(scores, first, last)):
        if scale not in limits:
            continue
        lowest, highest = limits[scale]
        here = known[known["scale"] == scale]
        before = here[here["wave"] == first]
        room = 1e-9 * (highest - lowest)
        if not here["score"].between(lowest - room, highest + room).all():
            raise ValueError(f"scale {scale} has scores outside {lowest} to {highest}")
        lost = before.loc[~before["family"].isin(both["family"]), "score"]
        n, gone = len(before), len(lost)
        row: dict[Any, Any] = {"scale": scale, "first": first, "last": last}
        row |= {"n_first": n, "n": len(both)}
        row |= {"n_missing": gone, "share_missing": gone / n if n else np.nan}
        row |= {"mean_change": both["change"].mean(), "bound_low": np.nan, "bound_high": np.nan}
        if n:
            width, m, d = highest - lowest, gone / n, row["mean_change"]
            range_low, range_high = (lowest - lost).mean(), (highest - lost).mean()
            row |= bounds(d, m, -width, width)[["bound_low", "bound_high"]].iloc[0].to_dict()
            row |= {"start_low": (both["change"].sum() + (lowest - lost).sum()) / n}
            row |= {"start_high": (both["change"].sum() + (highest - lost).sum()) / n}
            tip = tipping_point(d, m, range_low, range_high)
            row |= tip[["tipping_change", "possible", "reason"]].iloc[0].to_dict()
        rows.append(row)
    return pd.DataFrame(rows)


def who_left(scores: pd.DataFrame, first: str, last: str, level: float = 0.95) -> pd.DataFrame:
    """First scores of families that left and that stayed, one row per scale.

    A family left when it has no score on any scale at `last`.

    Returns
    -------
    DataFrame with scale, first, last, n_left, n_stayed, mean_left, mean_stayed,
    standardised_difference (left minus stayed, over the pooled SD), low, high (noncentral t),
    test, t, df, p (equal variances), reason. No difference in what was measured does not show
    that those who left were alike in what was not.
    """
    known = measured(scores, [first, last])
    there = set(known.loc[known["wave"] == last, "family"])
    before = known[known["wave"] == first]
    rows = []
    for scale, here in by_scale(scores, before):
        stays = here["family"].isin(there)
        left, stayed = here.loc[~stays, "score"], here.loc[stays, "score"]
        row = {"scale": scale, "first": first, "last": last}
        rows.append(row | _difference(left.to_numpy(), stayed.to_numpy(), level))
    return pd.DataFrame(rows)


def _difference(left: np.ndarray, stayed: np.ndarray, level: float) -> dict[str, Any]:
    n, m = len(left), len(stayed)
    row: dict[str, Any] = {"n_left": n, "n_stayed": m}
    row |= {"mean_left": left.mean() if n else np.nan}
    row |= {"mean_stayed": stayed.mean() if m else np.nan}
    row |= dict.fromkeys(["standardised_difference", "low", "high"], np.nan) | {"test": "t"}
    row |= dict.fromkeys(["t", "df", "p"], np.nan) | {"reason": ""}
    if min(n, m) < 2:
        return row | {"reason": NOBODY_LEFT if n == 0 else NOBODY_STAYED if m == 0 else TOO_FEW}
    df = n + m - 2
    pooled = np.sqrt(((n - 1) * left.var(ddof=1) + (m - 1) * stayed.var(ddof=1)) / df)
    size = max(np.abs(left).max(), np.abs(stayed).max())
    if pooled <= 1e-12 * size:
        return row | {"reason": NO_SPREAD}
    per_t = np.sqrt(1 / n + 1 / m)
    d = (left.mean() - stayed.mean()) / pooled
    low, high = (limit * per_t for limit in noncentral_t_interval(d / per_t, df, level))
    row |= {"standardised_difference": d, "low": low, "high": high, "t": d / per_t, "df": df}
    return row | {"p": float(2 * stats.t.sf(abs(d / per_t), df))}


def left_by_centre(scores: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Share of families measured at `first` without any score at `last`, by centre.

    Returns one row per centre: centre, first, last, count (left), n (measured at `first`), share,
    low, high (Wilson), exact_low, exact_high.
    """
    known = measured(scores, [first, last])
    there = set(known.loc[known["wave"] == last, "family"])
    before = known[known["wave"] == first].drop_duplicates("family")
    rows = []
    for centre in sorted(scores["centre"].dropna().unique(), key=str):
        here = before.loc[before["centre"] == centre, "family"]
        gone = int((~here.isin(there)).sum())
        rows.append({"centre": centre, "first": first, "last": last} | share(gone, len(here)))
    return pd.DataFrame(rows)

"""Is the mean change small enough to call it none? Two one-sided tests against a declared bound.

A large p of the usual test never shows that nothing changed; only an interval that lies within a
bound fixed beforehand does. Equivalence of before and after says nothing about a programme.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.centres import NO_CENTRE, ONE_CENTRE, centre_change
from analysis.change import by_scale, mean_test
from analysis.waves import pairs

EQUIVALENT, DIFFERENT, UNDECIDED = "equivalent within", "different", "undecided"


def tost(differences: ArrayLike, bound: float, alpha: float = 0.05) -> dict[str, Any]:
    """Two one-sided t tests of -bound < mean < bound (Schuirmann 1987).

    Parameters
    ----------
    differences : n numbers (last minus first) without NaN.
    bound : the smallest mean change that would matter, in scale points, above 0; a change of that
        size or more in either direction is what the tests can reject.

    Returns
    -------
    dict with n, bound, mean, low, high (level 1 - 2 alpha: within the bounds exactly when p <
    alpha), test, t_lower, t_upper, df, p_lower, p_upper, p (the larger), t_difference, p_difference
    (the usual two-sided test of no change), verdict, reason.

    Raises
    ------
    ValueError : a bound that is not above 0.

    Notes
    -----
    Checked against pingouin.tost and statsmodels ttost_paired.
    """
    if not 0 < bound < np.inf:
        raise ValueError(f"the bound must be a number of scale points above 0, not {bound}")
    usual = mean_test(differences, 1 - 2 * alpha)
    row = {"n": usual["n"], "bound": bound}
    row |= {name: usual[name] for name in ("mean", "low", "high")} | {"test": "TOST, t"}
    row |= dict.fromkeys(["t_lower", "t_upper"], np.nan) | {"df": usual["df"]}
    row |= dict.fromkeys(["p_lower", "p_upper", "p"], np.nan)
    row |= {"t_difference": usual["t"], "p_difference": usual["p"], "verdict": UNDECIDED}
    if usual["reason"]:
        return row | {"reason": usual["reason"]}
    error = usual["sd"] / np.sqrt(usual["n"])
    lower, upper = (usual["mean"] + bound) / error, (usual["mean"] - bound) / error
    p_lower, p_upper = float(stats.t.sf(lower, row["df"])), float(stats.t.cdf(upper, row["df"]))
    row |= {"t_lower": lower, "t_upper": upper, "p_lower": p_lower, "p_upper": p_upper}
    row |= {"p": max(p_lower, p_upper)}
    return row | {"verdict": verdict(row["p"], row["p_difference"], bound, alpha), "reason": ""}


def verdict(p: float, p_difference: float, bound: float, alpha: float = 0.05) -> str:
    """Words for a pair of tests: "equivalent within ±b", "different" or "undecided".

    Parameters
    ----------
    p : of equivalence (see `tost`).  p_difference : of the usual test of no change.

    Notes
    -----
    A large p alone is "undecided": never "no effect". A change can be shown to be both smaller than
    the bound and not zero; that reads "equivalent within ±b, though different from 0".
    """
    within, apart = p < alpha, p_difference < alpha
    if within:
        return f"{EQUIVALENT} ±{bound:g}" + (", though different from 0" if apart else "")
    return DIFFERENT if apart else UNDECIDED


def equivalence(
    scores: pd.DataFrame,
    first: str,
    last: str,
    bounds: Mapping[str, float],
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Equivalence of the scores at two waves, on families and on centre means.

    Parameters
    ----------
    scores : columns family, centre, wave, scale, score (see `waves.pairs` for errors raised).
    first, last : waves in time order.
    bounds : the smallest change that matters on each scale, in scale points, fixed before looking
        at the data. Scales not named are left out.

    Returns
    -------
    Two rows per scale: scale, first, last, unit ("families" or "centre means"), then as `tost`,
    with mean as mean_change. Rows of centre means hold when centres differ in their change; rows of
    families hold for these centres only (see `centres`).

    Raises
    ------
    ValueError : also a bound for a scale without scores, or a family measured twice without centre.
    """
    if unknown := set(bounds) - set(scores["scale"]):
        raise ValueError(f"bounds for scales without scores: {sorted(map(str, unknown))}")
    means = centre_change(scores, first, last).query("n > 0")
    rows = []
    for scale, both in by_scale(scores, pairs(scores, first, last)):
        if scale not in bounds:
            continue
        of_centres = means.loc[means["scale"] == scale, "mean_change"]
        units = {"families": both["change"], "centre means": of_centres}
        for unit, values in units.items():
            row = {"scale": scale, "first": first, "last": last, "unit": unit}
            test = tost(values, bounds[scale], alpha)
            if unit == "centre means" and test["n"] < 2:
                test["reason"] = ONE_CENTRE if test["n"] else NO_CENTRE
            rows.append(row | {("mean_change" if k == "mean" else k): v for k, v in test.items()})
    return pd.DataFrame(rows)

"""Statistics by theme: change of the families of those centres (or curators) whose practitioners voiced a theme, and of the others.

Centres or curators are the units, never families, and nothing is said about what made a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.holm import holm
from analysis.joint import CENTRE, heard_in, placed

EVERYWHERE, NOWHERE = "voiced everywhere", "voiced nowhere"
SINGLE, ALIKE = "only one on a side: no interval", "no spread within a side: no interval"
MOST_SPLITS, DRAWS = 200_000, 9_999
COLUMNS = ["code", "n_voiced", "n_others", "voiced", "others", "difference", "low", "high"]
Array = NDArray[np.floating[Any]]


def by_theme(
    improvement: pd.DataFrame,
    coding: pd.DataFrame,
    interviews: pd.DataFrame,
    codes: Sequence[str],
    unit: str = CENTRE,
) -> pd.DataFrame:
    """Mean improvement where a theme was voiced and where it was not, one row per theme.

    Parameters
    ----------
    improvement : one row per unit: the column `unit`, `value` (positive is better). Units without a value or without an
        interview are left out: silence needs somebody who could have spoken.
    codes : themes; one is voiced in a unit when every coder heard it in at least one of its interviews.
    unit : "centre" or "curator".

    Returns
    -------
    DataFrame
        `code, n_voiced, n_others` (units), `voiced, others` (means over units, each counts once), `difference` (voiced less
        others), `low, high` (Welch), `p` (permutation of the units), `smallest_p` (the lowest these sizes allow),
        `p_holm` (over the themes that have a p), `reason`. No p without an interval: both need two units on either side.

    Notes
    -----
    Welch's interval through scipy. Checked against R t.test(extra ~ group) on datasets::sleep; p against counting by hand.
    """
    used = _compared(improvement, interviews, unit)
    table = heard_in(coding, interviews, unit)
    rows = []
    for code in codes:
        voiced = used[unit].isin(table.loc[table["code"].eq(code), "unit"]).to_numpy(dtype=bool)
        values = used["value"].to_numpy(dtype=float)
        rows.append({"code": code} | difference(values[voiced], values[~voiced]))
    found = pd.DataFrame(rows, columns=[*COLUMNS, "p", "smallest_p", "reason"])
    known = found["p"].notna()
    found["p_holm"] = np.nan
    found.loc[known, "p_holm"] = holm(found.loc[known, "p"])
    return found[[*COLUMNS, "p", "smallest_p", "p_holm", "reason"]]


def _compared(improvement: pd.DataFrame, interviews: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Units with a value and at least one interview.

    Raises ValueError when a unit is there twice.
    """
    twice = improvement.loc[improvement[unit].duplicated(), unit]
    if len(twice):
        raise ValueError(
            f"{unit} {twice.iloc[0]!r} stands twice in the table of changes; give one scale at a time."
        )
    spoken = improvement[unit].isin(set(placed(interviews, unit)))
    return improvement[spoken & improvement["value"].notna()]


def difference(voiced: Array, others: Array) -> dict[str, Any]:
    """Difference of two means of units with Welch's interval and the permutation test (see `by_theme`)."""
    a, b = np.asarray(voiced, dtype=float), np.asarray(others, dtype=float)
    row: dict[str, Any] = {"n_voiced": len(a), "n_others": len(b)}
    row |= {"voiced": a.mean() if len(a) else np.nan, "others": b.mean() if len(b) else np.nan}
    row |= {"difference": row["voiced"] - row["others"], "low": np.nan, "high": np.nan}
    row |= {"p": np.nan, "smallest_p": np.nan}
    if not len(a) or not len(b):
        return row | {"reason": NOWHERE if not len(a) else EVERYWHERE}
    p, row["smallest_p"] = permutation(a, b)
    if min(len(a), len(b)) < 2:
        return row | {"reason": SINGLE}
    if np.ptp(a) == 0 and np.ptp(b) == 0:
        return row | {"reason": ALIKE}
    inside = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    return row | {"low": float(inside.low), "high": float(inside.high), "p": p, "reason": ""}


def permutation(a: Array, b: Array, seed: int = 20230) -> tuple[float, float]:
    """Two-sided p that the means differ so much by chance alone, and the lowest p these sizes allow.

    Exact over all ways to choose which units are the first group, up to `MOST_SPLITS`. The lowest p is 1 over their number,
    2 over it when both groups have one size, because each split then has its mirror. Above that, `DRAWS` random choices:
    p = (1 + as far apart) / (1 + `DRAWS`), the lowest p 1 / (1 + `DRAWS`). Checked against counting sums of subsets.
    """
    values, k = np.concatenate([a, b]), len(a)
    splits = comb(len(values), k)
    if splits > MOST_SPLITS:
        return dealt(a, b, DRAWS, seed), 1 / (1 + DRAWS)
    chosen = np.array(list(combinations(range(len(values)), k)))
    sums = values[chosen].sum(axis=1)
    middle = k * values.mean()
    far = np.abs(sums - middle)
    close = 1e-9 * max(np.abs(values).sum(), 1e-300)  # equal sums in another order are still equal
    p = float((far >= abs(a.sum() - middle) - close).mean())
    return p, (2 if len(a) == len(b) else 1) / splits


def dealt(a: Array, b: Array, draws: int, seed: int) -> float:
    """Two-sided p of a difference of means: all regroupings up to `draws`, above that as many random ones, (1 + hits) / (1 + draws).

    The statistic is the size of the difference, because scipy's own two-sided p doubles the smaller tail.
    """
    found = stats.permutation_test(
        (a, b),
        lambda x, y, axis: np.abs(x.mean(axis=axis) - y.mean(axis=axis)).round(12),
        n_resamples=draws,
        batch=500,
        alternative="greater",
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def named(table: pd.DataFrame, reason: str, nobody: str) -> str:
    """The themes that could not be compared for this reason, in words; `nobody` where there is none."""
    return ", ".join(table.loc[table["reason"].eq(reason), "code"]) or nobody


def drawn(table: pd.DataFrame) -> pd.DataFrame:
    """The themes that could be compared as `figures.dots` wants them, largest difference first; n is the units that voiced it."""
    shown = table[table["difference"].notna()].sort_values(
        "difference", ascending=False, kind="stable"
    )
    part = shown.rename(columns={"code": "label", "difference": "value", "n_voiced": "n"})
    shown = part[["label", "value", "low", "high", "n"]].reset_index(drop=True)
    return shown.assign(unit="centres")  # n counts no people, which decides whether it may be shown

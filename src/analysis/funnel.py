"""Funnel plots: shares of centres against their size, with limits of what chance alone would give.

Instead of a league table: rows stay in the order given, nobody is ranked. What lies outside a limit is
worth a question; what lies inside is not shown to be equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.proportions import share

LEVELS = (0.95, 0.998)  # two and about three standard deviations (Spiegelhalter 2005)


def funnel(units: pd.DataFrame, target: float | None = None) -> pd.DataFrame:
    """Each unit beside the limits for its size, judged by exact binomial tails.

    A unit is outside a limit of level L when P(X >= count) or P(X <= count) is below (1 - L) / 2 for
    X binomial with its n and the target.

    Parameters
    ----------
    units : columns `label`, `count`, `n` (families, not percent).
    target : the share to compare with; the share over all units when None. With few units each one
        shapes this share itself, so limits are then a little too wide for it.

    Returns
    -------
    One row per unit in the order given: label, count, n, share, low, high (Wilson), target,
    low_95, high_95, low_998, high_998 (exact limits, see `limits`), outside ("no", "95%", "99.8%").
    A unit with n = 0 has no share and lies outside nothing.

    Notes
    -----
    Spiegelhalter (2005) Statistics in Medicine 24:1185. Checked against binomial sums in fractions.
    """
    target = _target(units, target)
    rows: list[dict[str, Any]] = []
    for label, count, n in units[["label", "count", "n"]].itertuples(index=False):
        row = {"label": label} | share(int(count), int(n)) | {"target": target}
        row = {k: v for k, v in row.items() if not k.startswith("exact")}
        tail = min(stats.binom.sf(count - 1, n, target), stats.binom.cdf(count, n, target))
        row["outside"] = "no"
        for level, name in zip(LEVELS, ("95", "998"), strict=True):
            ends = limits([n], target, level).iloc[0]
            row |= {f"low_{name}": ends["low"], f"high_{name}": ends["high"]}
            if n and tail < (1 - level) / 2:
                row["outside"] = f"{100 * level:g}%"
        rows.append(row)
    return pd.DataFrame(rows)


def limits(n: ArrayLike, target: float, level: float) -> pd.DataFrame:
    """Exact binomial limits, interpolated between whole counts so that they draw a smooth funnel.

    With F the binomial distribution function and r the smallest count with F(r) >= q:
    limit = (r - (F(r) - q) / (F(r) - F(r - 1))) / n, for q = (1 - level) / 2 and 1 - q, within 0 and 1.

    Parameters
    ----------
    n : sizes (whole numbers).  target : share, between 0 and 1.  level : such as 0.95.

    Returns
    -------
    One row per size: n, level, low, high (proportions; missing where n is 0).

    Notes
    -----
    Spiegelhalter (2005), appendix A.1.1; the same interpolation is in R package ems. R package funnelR
    draws r / n instead, which `funnel` in effect judges by.
    """
    if not 0 <= target <= 1 or not 0 < level < 1:
        raise ValueError(f"target {target}, level {level}: expected shares between 0 and 1")
    size = np.asarray(n, dtype=float)
    ends = {}
    for name, q in (("low", (1 - level) / 2), ("high", (1 + level) / 2)):
        r = stats.binom.ppf(q, size, target)
        at, below = stats.binom.cdf(r, size, target), stats.binom.cdf(r - 1, size, target)
        with np.errstate(invalid="ignore", divide="ignore"):
            end = (r - (at - q) / (at - below)) / size
        ends[name] = np.where(size > 0, np.clip(end, 0, 1), np.nan)
    return pd.DataFrame({"n": size.astype(int), "level": level, **ends})


def curve(largest: int, target: float) -> pd.DataFrame:
    """The funnel itself, for sizes from 1 to `largest`: `n, level, low, high` for both levels."""
    if largest < 1:
        raise ValueError(f"largest is {largest}; expected the size of the largest unit, 1 or more")
    sizes = np.arange(1, largest + 1)
    return pd.concat([limits(sizes, target, level) for level in LEVELS], ignore_index=True)


def overdispersion(
    units: pd.DataFrame, target: float | None = None, winsorised: float = 0.1
) -> pd.DataFrame:
    """Do the units differ more than chance allows, all taken together?

    z = (share - target) / sqrt(target (1 - target) / n); phi = mean of z squared, after drawing the
    most extreme z at each end in to the quantile `winsorised` (Spiegelhalter 2005). 1 is what chance
    gives. The test is Pearson's chi-square of homogeneity, on z as they are.

    Returns
    -------
    One row: units, target, phi, winsorised, chi2, df (units - 1 when the target is their own share),
    p. With fewer than two units, or a target of 0 or 1, phi, chi2 and p are missing.

    Notes
    -----
    chi2 checked against scipy.stats.chi2_contingency without correction; phi by hand.
    """
    own = target is None
    target = _target(units, target)
    some = units[units["n"].gt(0)]
    row: dict[str, Any] = {"units": len(some), "target": target, "phi": np.nan}
    row |= {"winsorised": winsorised, "chi2": np.nan, "df": len(some) - own, "p": np.nan}
    if len(some) < 2 or not 0 < target < 1:
        return pd.DataFrame([row])
    n = some["n"].to_numpy(dtype=float)
    z = (some["count"].to_numpy(dtype=float) / n - target) / np.sqrt(target * (1 - target) / n)
    drawn_in = np.clip(z, *np.quantile(z, [winsorised, 1 - winsorised]))
    chi2 = float((z**2).sum())
    row |= {"phi": float((drawn_in**2).mean()), "chi2": chi2}
    return pd.DataFrame([row | {"p": float(stats.chi2.sf(chi2, row["df"]))}])


def inflated(n: Sequence[int], target: float, level: float, phi: float) -> pd.DataFrame:
    """Limits widened for overdispersion: target -+ z sqrt(phi target (1 - target) / n), within 0 and 1.

    These are normal limits; phi below 1 is taken as 1, so that limits never get narrower than chance.

    Returns
    -------
    One row per size: n, level, phi, low, high.
    """
    size = np.asarray(n, dtype=float)
    factor = max(phi, 1.0)
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(factor * target * (1 - target) / size)
    ends = {"low": np.clip(target - reach, 0, 1), "high": np.clip(target + reach, 0, 1)}
    return pd.DataFrame({"n": size.astype(int), "level": level, "phi": factor, **ends})


def standardised(strata: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Shares of units as if all had the same mix of families (indirect standardisation).

    Expected count of a unit = sum over strata of its n times the share of that stratum over all units;
    ratio = observed / expected; standardised share = ratio times the share over all.

    Parameters
    ----------
    strata : columns `label` (unit), `stratum` (such as risk level at intake), `count`, `n`.

    Returns
    -------
    One row per unit: label, n, count, expected, ratio, low, high (exact Poisson interval of the
    ratio), share, standardised_share. Ratio and interval are missing where nothing is expected, as
    for a unit in which nobody is counted.

    Notes
    -----
    Differences within a stratum stay, and units are not comparable with one another, only with all
    together. Interval of a Poisson count: Garwood (1936), chi-square quantiles.
    """
    if strata.duplicated(["label", "stratum"]).any():
        raise ValueError("a unit has a stratum twice; sum up count and n first")
    known = strata.copy()
    overall = known.groupby("stratum", observed=True)[["count", "n"]].sum()
    rate = (overall["count"] / overall["n"]).rename("rate")
    expected = known["n"] * known["stratum"].map(rate).astype(float)
    known["expected"] = expected.where(known["n"].gt(0), 0.0)  # a stratum of nobody has no rate
    table = known.groupby("label", sort=False, observed=True)[["n", "count", "expected"]].sum()
    expected = table["expected"].where(table["expected"].gt(0))
    table["ratio"] = table["count"] / expected
    tail = (1 - level) / 2
    least = stats.chi2.ppf(tail, 2 * table["count"]) / 2
    table["low"] = np.where(table["count"].eq(0), 0, least) / expected
    table["high"] = stats.chi2.isf(tail, 2 * (table["count"] + 1)) / 2 / expected
    table["share"] = table["count"] / table["n"]
    return table.assign(
        standardised_share=table["ratio"] * overall["count"].sum() / overall["n"].sum()
    ).reset_index()


def _target(units: pd.DataFrame, target: float | None) -> float:
    absent = [column for column in ("label", "count", "n") if column not in units]
    if absent:
        raise ValueError(f"the units lack {', '.join(absent)}; expected label, count, n")
    wrong = units["count"].gt(units["n"]) | units["count"].lt(0)
    if wrong.any():
        row = units[wrong].iloc[0]
        raise ValueError(f"{row['label']}: count {row['count']} of {row['n']}; expected 0 to n")
    if target is None:
        if not units["n"].sum() > 0:
            raise ValueError("no unit counts anybody, so there is no share to compare with")
        return float(units["count"].sum() / units["n"].sum())
    if not 0 <= target <= 1:
        raise ValueError(f"target is {target}; expected a share between 0 and 1")
    return float(target)

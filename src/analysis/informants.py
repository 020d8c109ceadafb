"""What parents, children and specialists say of the same family: pairs of ratings, who is higher, how well they agree.

Who did not answer, and what that could hide, is in `answers`. No family is shown by itself, and no group below a study's minimum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.change import mean_test
from analysis.clusters import cluster_robust
from analysis.holm import holm
from analysis.krippendorff import alpha
from analysis.study import Study

OVERALL = "all aspects"
TOO_FEW = "too few families to show"
ONE_FAMILY = "fewer than two families"
ONE_RATER = "fewer than two raters"
ALL_ALIKE = "every rating is the same"
SHIFTED = "raters differ by a constant at most: no interval"
ROUNDING = 1e-12  # of the whole; what is smaller is left over from floating point
Array = NDArray[np.floating[Any]]


def pairs(views: pd.DataFrame, monitoring: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Ratings of one family at one wave by two informants, side by side, one row per aspect.

    Parameters
    ----------
    views : columns family, wave, informant, aspect, rating (NaN = asked, not answered).
    monitoring : columns family, centre, wave; a family belongs to its first centre.
    reference : the informant with whom each other one is paired, such as "specialist".

    Returns
    -------
    DataFrame with family, centre, wave, informant, aspect, rating, rating_reference, difference (informant less reference);
    only where both answered. `aspect` "all aspects" is the mean over the aspects both answered, one row per family and wave.

    Raises
    ------
    ValueError : when nobody is called `reference`, or somebody rated an aspect of a family twice at a wave.
    """
    known = views.dropna(subset=["rating"])
    if reference not in set(views["informant"]):
        there = ", ".join(sorted(set(views["informant"])))
        raise ValueError(f"views: there is no informant {reference!r}; there are: {there}")
    keys = ["family", "wave", "aspect"]
    if known.duplicated([*keys, "informant"]).any():
        row = known[known.duplicated([*keys, "informant"])].iloc[0]
        raise ValueError(
            f"views: {row['informant']} rated {row['aspect']} of family {row['family']} twice at "
            f"{row['wave']}; keep one"
        )
    theirs = known[known["informant"] != reference]
    own = known.loc[known["informant"] == reference, [*keys, "rating"]]
    both = theirs.merge(own, on=keys, suffixes=("", "_reference"))
    group = ["family", "wave", "informant"]
    mean = both.groupby(group, as_index=False, observed=True)[["rating", "rating_reference"]].mean()
    both = pd.concat([mean.assign(aspect=OVERALL), both], ignore_index=True)
    both["centre"] = both["family"].map(homes(monitoring))
    both["difference"] = both["rating"] - both["rating_reference"]
    columns = ["family", "centre", "wave", "informant", "aspect"]
    return both[[*columns, "rating", "rating_reference", "difference"]]


def homes(monitoring: pd.DataFrame) -> pd.Series:
    """The centre of each family at its first wave, by family."""
    first = monitoring.sort_values("wave", kind="stable").drop_duplicates("family")
    return first.set_index("family")["centre"]


def differences(paired: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """How much higher or lower each informant rates than the reference, one row per wave, informant and aspect.

    Parameters
    ----------
    paired : from `pairs`.

    Returns
    -------
    DataFrame
        `wave, informant, aspect, n` (families), `centres, mean, mean_reference, difference, low, high, test, p` (see
        `clustered_mean`), `higher, equal, lower` (shares of families in which the informant rates so), `p_holm` (over the
        aspects of one informant and wave; the mean of all aspects is no further test), `reason`.
    """
    rows = []
    for (wave, informant, aspect), here in paired.groupby(
        ["wave", "informant", "aspect"], sort=False, observed=True
    ):
        row = {"wave": wave, "informant": informant, "aspect": aspect}
        test = clustered_mean(here["difference"], here["centre"], level)
        row |= {"n": test.pop("n"), "centres": test.pop("centres"), "mean": here["rating"].mean()}
        row |= {"mean_reference": here["rating_reference"].mean(), "difference": test.pop("mean")}
        sign = np.sign(here["difference"].round(9))
        row |= {"higher": sign.gt(0).mean(), "equal": sign.eq(0).mean(), "lower": sign.lt(0).mean()}
        rows.append(row | test)
    table = pd.DataFrame(rows)
    if not rows:
        return table
    single = table[table["aspect"] != OVERALL]
    table["p_holm"] = single.groupby(["wave", "informant"])["p"].transform(lambda p: holm(p))
    return table


def clustered_mean(
    values: ArrayLike, centre: Sequence[Any] | pd.Series, level: float = 0.95
) -> dict[str, Any]:
    """Mean of one number per family with an interval that lets families of one centre go together.

    Returns
    -------
    dict with n, centres, mean, low, high, test ("CR2" with Satterthwaite's degrees of freedom; "t" over families where there
    is one centre or none is known), p, reason.

    Notes
    -----
    Checked against `clusters.cluster_robust` (R clubSandwich) and, in one centre, R t.test on datasets::sleep.
    """
    x = np.asarray(values, dtype=float)
    labels = pd.Series(centre).reset_index(drop=True)
    count = int(labels.nunique())
    plain = mean_test(x, level)
    row = {"n": len(x), "centres": count, "mean": plain["mean"]}
    if count < 2 or labels.isna().any() or plain["reason"]:
        return row | {name: plain[name] for name in ("low", "high", "test", "p", "reason")}
    constant = pd.DataFrame({"mean": np.ones(len(x))})
    robust = cluster_robust(x, constant, labels, level=level).iloc[0]
    row |= {"low": robust["low"], "high": robust["high"], "test": "CR2", "p": robust["p"]}
    return row | {"reason": ""}


def agreement(paired: pd.DataFrame, draws: int = 500, seed: int = 20230) -> pd.DataFrame:
    """How well each informant and the reference agree on the same families, one row per wave, informant and aspect.

    Returns
    -------
    DataFrame
        `wave, informant, aspect, n, icc` (ICC(A,1): two-way random, absolute agreement, single rating), `low, high` (of the
        ICC), `icc_consistency` (ICC(C,1): the same when a constant shift is forgiven), `alpha_ordinal` (Krippendorff) with
        `alpha_low, alpha_high` (percentile bootstrap of families), `reason`. Single aspects only.

    Notes
    -----
    The ICC takes ratings as equally spaced, alpha as ordered; neither interval knows of centres.
    """
    rows = []
    single = paired[paired["aspect"] != OVERALL]
    for (wave, informant, aspect), here in single.groupby(
        ["wave", "informant", "aspect"], sort=False, observed=True
    ):
        ratings = here[["rating", "rating_reference"]].to_numpy(dtype=float)
        found = icc(ratings)
        row = {"wave": wave, "informant": informant, "aspect": aspect, "n": len(ratings)}
        row |= {"icc": found["agreement"], "low": found["agreement_low"]}
        row |= {"high": found["agreement_high"], "icc_consistency": found["consistency"]}
        row["alpha_ordinal"] = alpha(ratings.T, "ordinal")
        row["alpha_low"], row["alpha_high"] = _alpha_interval(ratings, draws, seed)
        rows.append(row | {"reason": found["reason"]})
    return pd.DataFrame(rows)


def _alpha_interval(ratings: Array, draws: int, seed: int) -> tuple[float, float]:
    n = len(ratings)
    if n < 2:
        return np.nan, np.nan
    generator = np.random.default_rng(seed)
    again = [alpha(ratings[generator.integers(n, size=n)].T, "ordinal") for _ in range(draws)]
    low, high = np.nanquantile(again, [0.025, 0.975]) if np.isfinite(again).any() else [np.nan] * 2
    return float(low), float(high)


def icc(ratings: ArrayLike, level: float = 0.95) -> dict[str, Any]:
    """Intraclass correlations of n families x k raters without gaps: absolute agreement and consistency, single rating.

    Returns
    -------
    dict with n, agreement, agreement_low, agreement_high (ICC(A,1), Shrout and Fleiss' ICC(2,1)), consistency, consistency_low,
    consistency_high (ICC(C,1), their ICC(3,1)), reason. Raters who differ by a constant only have no interval.

    Notes
    -----
    In-house because pingouin 0.7 rounds the limits to two decimals. McGraw & Wong (1996). Checked against R psych::ICC on the
    data of Shrout & Fleiss (1979): .2898 (.0188 to .7611) and .7148 (.3425 to .9459).
    """
    x = np.asarray(ratings, dtype=float)
    n, k = x.shape
    names = [name + end for name in ("agreement", "consistency") for end in ("", "_low", "_high")]
    row: dict[str, Any] = {"n": n, **dict.fromkeys(names, np.nan), "reason": ""}
    if n < 2 or k < 2:
        return row | {"reason": ONE_FAMILY if n < 2 else ONE_RATER}
    if np.ptp(x) <= ROUNDING * np.abs(x).max():
        return row | {"reason": ALL_ALIKE}
    between = k * x.mean(axis=1).var(ddof=1)
    raters = n * x.mean(axis=0).var(ddof=1)
    rest = x - x.mean(axis=1, keepdims=True) - x.mean(axis=0) + x.mean()
    error = (rest**2).sum() / ((n - 1) * (k - 1))
    row["agreement"] = (between - error) / (between + (k - 1) * error + k * (raters - error) / n)
    if max(between, error) > ROUNDING * (between + raters + error):  # families differ at all
        row["consistency"] = (between - error) / (between + (k - 1) * error)
    tail, df = (1 + level) / 2, (n - 1) * (k - 1)
    if error <= ROUNDING * (between + raters):  # no error to build an interval from
        return row | {"reason": SHIFTED}
    ratio = between / error
    low, high = ratio / stats.f.ppf(tail, n - 1, df), ratio * stats.f.ppf(tail, df, n - 1)
    row["consistency_low"], row["consistency_high"] = ((f - 1) / (f + k - 1) for f in (low, high))
    share = row["agreement"] / (n * (1 - row["agreement"]))
    a, b = k * share, 1 + k * share * (n - 1)
    v = (a * raters + b * error) ** 2 / ((a * raters) ** 2 / (k - 1) + (b * error) ** 2 / df)
    low, high = stats.f.ppf(tail, n - 1, v), stats.f.ppf(tail, v, n - 1)
    others = k * raters + (k * n - k - n) * error
    row["agreement_low"] = n * (between - low * error) / (low * others + n * between)
    row["agreement_high"] = n * (high * between - error) / (others + n * high * between)
    return row


def limits_of_agreement(paired: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Bland and Altman's limits of agreement, one row per wave, informant and aspect.

    Returns
    -------
    DataFrame
        `wave, informant, aspect, n, bias` (mean difference), `sd, low_limit, high_limit` (bias -/+ 1.96 sd: where about 95 % of
        differences lie), `reach` (half width of the interval of either limit, t with standard error sqrt(3 / n) sd), `reason`.

    Notes
    -----
    Differences of ratings in whole points are no normal variable, so the limits are rough. Checked against Bland & Altman
    (1986, Lancet i:307), first readings of 17 people: bias -2.1, sd 38.8, interval of a limit 34.6 to either side.
    """
    rows = []
    for (wave, informant, aspect), here in paired.groupby(
        ["wave", "informant", "aspect"], sort=False, observed=True
    ):
        d = here["difference"].to_numpy(dtype=float)
        n = len(d)
        sd = d.std(ddof=1) if n > 1 else np.nan
        row = {"wave": wave, "informant": informant, "aspect": aspect, "n": n, "bias": d.mean()}
        share = stats.norm.ppf((1 + level) / 2)
        row |= {"sd": sd, "low_limit": d.mean() - share * sd, "high_limit": d.mean() + share * sd}
        reach = stats.t.ppf((1 + level) / 2, n - 1) * sd * np.sqrt(3 / n) if n > 1 else np.nan
        rows.append(row | {"reach": reach, "reason": "" if n > 1 else ONE_FAMILY})
    return pd.DataFrame(rows)


def blanked(table: pd.DataFrame, minimum: int, n: str = "n") -> pd.DataFrame:
    """A table of estimates without the numbers of rows that rest on fewer than `minimum`.

    Every numeric column of such a row becomes missing, n too, and `reason` says why. For counts use `small_cells.suppress`: a
    blanked row can be worked out where rows add up to a total that is shown.
    """
    small = table[n].lt(minimum).to_numpy()
    shown = table.copy()
    for column in shown.columns:
        if pd.api.types.is_numeric_dtype(shown[column]) and shown[column].dtype != bool:
            shown[column] = shown[column].astype(float).mask(small)
    if small.any():
        shown.loc[small, "reason"] = TOO_FEW
    return shown


def one(table: pd.DataFrame, **where: str) -> pd.Series:
    """The first row of a table with these values, such as `informant="parent"`.

    Raises
    ------
    ValueError : when there is none, naming what there is.
    """
    found = table
    for column, value in where.items():
        there = found[column].astype(str)
        if not there.eq(value).any():
            known = ", ".join(sorted(set(there))) or "nothing"
            raise ValueError(f"there is no {column} {value!r} in this table; there is: {known}")
        found = found[there.eq(value)]
    return found.iloc[0]


def order(study: Study) -> Callable[[pd.Series], pd.Series]:
    """A key for `sort_values` that puts waves in the order of the study and leaves other columns in alphabetical order."""
    place = {wave: f"{number:04d}" for number, wave in enumerate(study.waves)}
    return lambda column: column.astype(str).map(lambda value: place.get(value, value))

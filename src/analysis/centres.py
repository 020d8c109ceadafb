"""Inference when families come from a handful of centres: centre means and the sign-flip test.

The centres are the units: with six of them a test that ignores centres finds an effect in 29 % of
programmes without one when only 5 % of the variance of change lies between centres. No weights.
Models with cluster-robust errors are in `clusters`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.multitest import multipletests

from analysis.change import by_scale, mean_test
from analysis.holm import holm
from analysis.waves import pairs

NO_CENTRE = "no centre has a family measured at both waves"
ONE_CENTRE = "only one centre has families measured at both waves"
FULL_LIST = 2**16  # sign vectors listed one by one; above, drawn at random
MOST_SIGNS = 2**24  # signs held at once, and drawn at all: many units need fewer draws than few
Array = NDArray[np.floating[Any]]


def centre_change(scores: pd.DataFrame, first: str, last: str, level: float = 0.95) -> pd.DataFrame:
    """Mean change of each scale in each centre, with a t interval for the families of that centre.

    Parameters
    ----------
    scores : columns family, centre, wave, scale, score (see `waves.pairs` for errors raised).

    Returns
    -------
    DataFrame with scale, centre (at `first`), first, last, n (pairs), n_moved (families recorded
    at another centre at `last`), mean_change, sd, low, high, test, t, df, p, reason. A centre
    without pairs keeps its row (n = 0).

    Raises
    ------
    ValueError : also when a family measured twice has no centre.
    """
    both = pairs(scores, first, last)
    if both["centre"].isna().any():
        who = both.loc[both["centre"].isna(), "family"].iloc[0]
        raise ValueError(f"family {who} has no centre at wave {first}; name its centre")
    rows = []
    centres = sorted(scores["centre"].dropna().unique(), key=str)
    for scale, of_scale in by_scale(scores, both):
        places = of_scale.groupby("centre", observed=True).indices
        change, moved = of_scale["change"].to_numpy(), of_scale["moved"].to_numpy(dtype=bool)
        for centre in centres:
            here = places.get(centre, [])
            test = mean_test(change[here], level)
            row = {"scale": scale, "centre": centre, "first": first, "last": last}
            row |= {"n": test.pop("n"), "n_moved": int(moved[here].sum())}
            rows.append(row | {"mean_change": test.pop("mean"), "sd": test.pop("sd")} | test)
    return pd.DataFrame(rows)


def of_shown(scores: pd.DataFrame, hidden: Collection[str]) -> pd.DataFrame:
    """Scores without the centres that are hidden for their size (`report.Page.centres`), for methods whose units are centres.

    Mean and interval over k centre means are two equations: with the others' means shown, two hidden ones could be solved for.
    """
    return scores[~scores["centre"].astype(str).isin(hidden)] if hidden else scores


def left_out(hidden: Collection[str], words: Mapping[str, Any]) -> str:
    """The sentence, with a blank before it, that says how many centres `of_shown` leaves out; "" for none."""
    return f" {words['centres_left_out'].format(k=len(hidden))}" if hidden else ""


def centres_with_pairs(scores: pd.DataFrame, first: str, last: str) -> int:
    """How many centres have families with a score at both waves."""
    return int(pairs(scores, first, last)["centre"].nunique())


def centre_test(
    scores: pd.DataFrame,
    first: str,
    last: str,
    confirmatory: Sequence[str] | None = None,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Change tested on the centre means (each centre counts once), one row per scale.

    Parameters
    ----------
    scores, first, last : see `centre_change`.
    confirmatory : the m scales named beforehand, over which Holm corrects; all when None. Scales
        left out are exploratory: m = 1 and no corrected p.
    alpha : significance level; intervals have level 1 - alpha.

    Returns
    -------
    DataFrame with scale, first, last, role, n (pairs), k (centres with pairs), n_centres (all),
    mean_of_means, sd_of_means, low, high, test, t, df, p, p_holm (t on k - 1 df); loo_low, loo_high
    (range of the mean when one centre is left out); p_flip, p_flip_holm, p_bh (t, the exploratory scales), flip_method, smallest_p
    (the lowest sign-flip p these centres allow), m, reachable (smallest_p * m < alpha: can the
    sign-flip test come out significant at all?), reason.
    """
    table = centre_change(scores, first, last)
    planned = set(table["scale"]) if confirmatory is None else set(confirmatory)
    if unknown := planned - set(table["scale"]):
        raise ValueError(f"confirmatory scales not in the scores: {sorted(map(str, unknown))}")
    rows = []
    for scale, here in table.groupby("scale", sort=False, observed=True):
        m = len(planned) if scale in planned else 1
        row: dict[str, Any] = {"scale": scale, "first": first, "last": last}
        row |= {"role": "confirmatory" if scale in planned else "exploratory"}
        row |= {"n": int(here["n"].sum()), "n_centres": len(here)}
        row |= _means_row(here.loc[here["n"] > 0, "mean_change"].to_numpy(), 1 - alpha)
        rows.append(row | {"m": m})
    tests = pd.DataFrame(rows)
    tests["reachable"] = tests["smallest_p"] * tests["m"] < alpha
    chosen = tests["role"] == "confirmatory"
    for column in ("p", "p_flip"):
        # A test that could not be made still counts among those planned: it enters as p = 1.
        values = tests.loc[chosen, column]
        tests[f"{column}_holm"] = np.nan
        tests.loc[chosen, f"{column}_holm"] = np.where(
            values.isna(), np.nan, holm(values.fillna(1.0))
        )
    return tests.assign(p_bh=_benjamini_hochberg(tests["p"].where(~chosen)))


def _benjamini_hochberg(p: pd.Series) -> pd.Series:
    """Benjamini-Hochberg over the p values that are there; checked against the 1995 paper through statsmodels."""
    known = p.dropna()
    adjusted = multipletests(known, method="fdr_bh")[1] if len(known) else []
    return pd.Series(adjusted, index=known.index, dtype=float).reindex(p.index)


def _means_row(means: Array, level: float) -> dict[str, Any]:
    test, k = mean_test(means, level), len(means)
    row = {"k": test.pop("n"), "mean_of_means": test.pop("mean"), "sd_of_means": test.pop("sd")}
    flip = sign_flip(means)
    if k < 2:
        test["reason"] = ONE_CENTRE if k else NO_CENTRE
    without = (means.sum() - means) / (k - 1) if k > 1 else np.array([np.nan])
    row |= test | {"loo_low": without.min(), "loo_high": without.max()}
    return row | {
        "p_flip": flip["p"],
        "flip_method": flip["method"],
        "smallest_p": flip["smallest_p"],
    }


def sign_flip(differences: ArrayLike, draws: int = 65_535, seed: int = 20240229) -> dict[str, Any]:
    """Two-sided sign-flip (permutation) test of the mean of k differences.

    All 2^k sign vectors up to k = 16, above `draws` random ones (fewer where k is in the hundreds, at
    least 999), p = (1 + hits) / (1 + draws).

    Returns
    -------
    dict with n, mean, p, smallest_p (the p if all differences had gone one way: 2 / 2^k, more with
    zeros), n_permutations, method. Checked: six differences of one sign, p = 2 / 64 = .03125.
    """
    d = np.asarray(differences, dtype=float)
    k = len(d)
    if k == 0:
        row = {"n": 0, "mean": np.nan, "p": np.nan, "smallest_p": 1.0, "n_permutations": 0}
        return row | {"method": "none"}
    exact = 2**k <= FULL_LIST
    if exact:
        signs = 1 - 2 * ((np.arange(2**k)[:, None] >> np.arange(k)) & 1)
    else:
        draws = min(draws, max(999, MOST_SIGNS // k))
        signs = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), size=(draws, k))
    sums = np.abs(signs @ d)
    close = 1e-10 * np.abs(d).sum()  # equal sums added in another order must still count as equal
    extra = 0 if exact else 1
    p, lowest = (
        (float((sums >= bar - close).sum()) + extra) / (len(signs) + extra)
        for bar in (abs(d.sum()), np.abs(d).sum())
    )
    row = {"n": k, "mean": d.mean(), "p": p, "smallest_p": lowest, "n_permutations": len(signs)}
    return row | {"method": "exact" if exact else "random"}

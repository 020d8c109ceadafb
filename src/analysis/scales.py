"""How far the items of a scale measure together: reliability, items against the rest, split halves.

Offers the scores of `scoring` and the arithmetic of `cronbach` as well. Factor models are in
`factors`, correlations between scales in `association`.
"""

from collections.abc import Sequence
from itertools import combinations, islice
from typing import Any

import numpy as np
import pandas as pd

from analysis.association import correlation_matrix
from analysis.cronbach import bootstrap_alphas, cronbach_alpha, feldt_interval
from analysis.factors import guttman_lambda6, one_factor
from analysis.items import covariances, listed, usable
from analysis.polychoric import MOST_CATEGORIES, polychoric_matrix
from analysis.scoring import ScaleLike, score, scores

__all__ = [
    "ScaleLike",
    "bootstrap_alphas",
    "cronbach_alpha",
    "feldt_interval",
    "item_statistics",
    "reliability",
    "score",
    "scores",
    "split_half",
]

MOST_SPLITS = 20_000


def reliability(
    items: pd.DataFrame,
    *,
    reverse: Sequence[str] = (),
    missing: str = "pairwise",
    bootstrap: int = 2000,
    seed: int = 20230,
    valid_range: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """How far a set of items measures together: one row, all from the same rows and one covariance.

    Parameters
    ----------
    items : one column per item, one row per family (choose one wave first); NaN = missing.
    reverse : items scored against the rest, turned about low + high of `valid_range`, or about the
        observed lowest + highest value where no range is declared.
    missing : "pairwise" (each covariance from the rows that have both) or "listwise".
    bootstrap : resamples of rows (families, not centres) for the interval; 0 leaves it out. Resample
        b is row b of default_rng(seed).integers(n, size=(bootstrap, n)) up to `ROW_BY_ROW` rows.

    Returns
    -------
    One row: n (rows used; an all-empty row is none), k, alpha, alpha_low, alpha_high (95 %, percentile
    bootstrap), resamples (those with a value), alpha_std, feldt_low, feldt_high (95 %, normal theory:
    too narrow on floor items), g6, omega, rmsea, cfi (one factor), alpha_ordinal, mean_r, median_r,
    against (items that run against the rest: mend before reading alpha), dropped (constant items).
    omega needs three items, alpha_ordinal at most twelve answer categories; otherwise missing.

    Raises
    ------
    ValueError : naming item and row: under two items that vary, too few rows, values not numeric,
        infinite or out of range, an unknown item in `reverse`.

    Notes
    -----
    alpha = k/(k-1) (1 - tr C / Σ C), alpha_std the same of the correlations. In-house because pingouin
    and R psych give the listwise interval for the n before deletion. Checked against R psych 2.2.9.
    """
    used, keyed = usable(items, reverse, missing, valid_range)
    covariance, r = covariances(used)
    alpha, pairs = cronbach_alpha(covariance), r[np.triu_indices_from(r, 1)]
    feldt_low, feldt_high = feldt_interval(alpha, *used.shape)
    row: dict[str, Any] = {"n": len(used), "k": len(r), "alpha": alpha}
    row |= _bootstrap_columns(bootstrap_alphas(used.to_numpy(), bootstrap, seed))
    row |= {"alpha_std": cronbach_alpha(r), "feldt_low": feldt_low, "feldt_high": feldt_high}
    row |= {"g6": guttman_lambda6(r)} | _model_columns(used)
    row |= {"mean_r": pairs.mean(), "median_r": np.median(pairs)}
    row["against"] = listed(used.columns[_against(r)])
    row["dropped"] = listed(c for c in keyed.columns if c not in used.columns)
    return pd.DataFrame([row])


def item_statistics(
    items: pd.DataFrame,
    *,
    reverse: Sequence[str] = (),
    missing: str = "pairwise",
    valid_range: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Each item on its own and against the rest; parameters and errors as `reliability`.

    Returns
    -------
    One row per item: item, reversed, n, missing (share), mean, sd, floor, ceiling (shares at the
    lowest and highest value: declared, else observed in any item), item_rest_r, alpha_dropped,
    against, dropped. Mean to ceiling describe every answer given, after reversing;
    item_rest_r = Σ_j c_ij / √(c_ii Σ C without i) and alpha_dropped (raw, as `reliability`) follow
    `missing`. With two items alpha_dropped is missing. Checked against R psych 2.2.9.
    """
    used, keyed = usable(items, reverse, missing, valid_range)
    low, high = valid_range or (keyed.min().min(), keyed.max().max())
    answered = keyed.notna().sum()
    covariance, r = covariances(used)
    own = pd.DataFrame(_against_rest(covariance), index=used.columns)
    table = pd.DataFrame(
        {
            "reversed": keyed.columns.isin(list(reverse)),
            "n": answered,
            "missing": keyed.isna().mean(),
            "mean": keyed.mean(),
            "sd": keyed.std(),
            "floor": (keyed == low).sum() / answered,
            "ceiling": (keyed == high).sum() / answered,
            "item_rest_r": own["item_rest_r"].reindex(keyed.columns),
            "alpha_dropped": own["alpha_dropped"].reindex(keyed.columns),
            "against": keyed.columns.isin(used.columns[_against(r)]),
            "dropped": ~keyed.columns.isin(used.columns),
        }
    )
    return table.rename_axis("item").reset_index()


def split_half(
    items: pd.DataFrame,
    *,
    reverse: Sequence[str] = (),
    missing: str = "pairwise",
    seed: int = 20230,
    valid_range: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Reliability of all splits into halves: 4 Σ R_AB / Σ R on the correlation matrix (Guttman 1945).

    Parameters and errors as `reliability`; with more than 20,000 splits that many are drawn at random.

    Returns
    -------
    One row: n, k, splits, lambda4 (best split; it capitalises on chance), lambda6, average,
    minimum (worst split, Revelle's beta), alpha_std. With an odd number of items the halves are
    unequal, so the average lies below alpha_std.

    Notes
    -----
    lambda4, lambda6 and alpha_std checked against psych::splitHalf(attitude). psych's average and
    minimum are wrong for an odd number of items: it stops after half of the splits (18 of 35) and
    divides their sum by 17.5; here all are taken.
    """
    used, _ = usable(items, reverse, missing, valid_range)
    _, r = covariances(used)
    k = used.shape[1]
    halves = _halves(k, seed)
    values = 4 * ((halves @ r) * (1 - halves)).sum(axis=1) / r.sum()
    row = {
        "n": len(used),
        "k": k,
        "splits": len(halves),
        "lambda4": values.max(),
        "lambda6": guttman_lambda6(r),
        "average": values.mean(),
        "minimum": values.min(),
        "alpha_std": cronbach_alpha(r),
    }
    return pd.DataFrame([row])


def _bootstrap_columns(alphas: np.ndarray) -> dict[str, float]:
    known = alphas[np.isfinite(alphas)]
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    return {"alpha_low": low, "alpha_high": high, "resamples": len(known)}


def _model_columns(used: pd.DataFrame) -> dict[str, float]:
    """What the one-factor model and the polychoric correlations say; missing where they cannot."""
    columns = dict.fromkeys(("omega", "rmsea", "cfi", "alpha_ordinal"), np.nan)
    if not np.isfinite(correlation_matrix(used.to_numpy())[0]).all():
        return columns  # some pair does not vary on the rows it shares
    if used.shape[1] >= 3:
        factor = one_factor(used)
        columns.update(omega=factor.omega, rmsea=factor.rmsea, cfi=factor.cfi)
    if used.nunique().max() <= MOST_CATEGORIES:
        columns["alpha_ordinal"] = cronbach_alpha(polychoric_matrix(used).to_numpy())
    return columns


def _against(r: np.ndarray) -> np.ndarray:
    """Items (k,) on the minority side of the first principal component, as psych's check.keys.

    Of two items with a negative correlation neither is the minority: both are named.
    """
    if len(r) == 2:
        return np.full(2, r[0, 1] < 0)
    loading = np.linalg.eigh(r)[1][:, -1]
    return loading * (1 if loading.sum() >= 0 else -1) < -1e-9


def _against_rest(covariance: np.ndarray) -> dict[str, np.ndarray]:
    """Item-rest correlation and alpha without the item, from one covariance matrix."""
    k, variance = len(covariance), np.diag(covariance)
    shared = covariance.sum(axis=1) - variance
    rest = covariance.sum() - 2 * shared - variance
    with np.errstate(divide="ignore", invalid="ignore"):
        dropped = (k - 1) / (k - 2) * (1 - (variance.sum() - variance) / rest) if k > 2 else np.nan
        return {
            "item_rest_r": shared / np.sqrt(variance * rest),
            "alpha_dropped": np.broadcast_to(dropped, k),
        }


def _halves(k: int, seed: int) -> np.ndarray:
    """Membership of the first half (splits, k), 0 or 1; every split where there are not too many."""
    if k % 2:
        splits = combinations(range(k), k // 2)
    else:  # item 0 stays in the first half, or each split would come twice
        splits = ((0, *others) for others in combinations(range(1, k), k // 2 - 1))  # type: ignore
    chosen = list(islice(splits, MOST_SPLITS + 1))
    members = np.zeros((min(len(chosen), MOST_SPLITS), k))
    if len(chosen) > MOST_SPLITS:
        order = np.random.default_rng(seed).permuted(
            np.tile(np.arange(k), (MOST_SPLITS, 1)), axis=1
        )
        chosen = order[:, : k // 2].tolist()
    np.put_along_axis(members, np.array(chosen), 1, axis=1)
    return members

"""Scale scores from items, and how far the items of a scale measure together (reliability).

Change between waves, factor models and correlations between scales are in other rooms.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations, islice
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import stats

from analysis.association import correlation_matrix, numeric_columns
from analysis.factors import guttman_lambda6, one_factor
from analysis.polychoric import MOST_CATEGORIES, polychoric_matrix

FEWEST_ROWS = 3
MOST_SPLITS = 20_000
_BLOCK = 4_000_000  # resampled rows held at once: bounds memory, does not change the result


class ScaleLike(Protocol):
    """What scoring needs to know of a scale; `analysis.study` reads it from the study folder."""

    @property
    def name(self) -> str: ...
    @property
    def items(self) -> tuple[str, ...]: ...
    @property
    def low(self) -> int: ...
    @property
    def high(self) -> int: ...
    @property
    def reverse(self) -> tuple[str, ...]: ...


def score(monitoring: pd.DataFrame, scale: ScaleLike, minimum_share: float = 0.8) -> pd.Series:
    """One scale's score per row: the mean of its rated items, reversed ones as low + high - x.

    Parameters
    ----------
    monitoring : one row per family and wave with the scale's items (numeric, NaN = missing).
    minimum_share : share of the items that must be rated; below it the score is missing.

    Returns
    -------
    Series named as the scale, on monitoring's index, in scale points.

    Raises
    ------
    ValueError
        An item is no column, is not numeric, or has a value outside low..high (the row is named).
    """
    absent = [item for item in (*scale.items, *scale.reverse) if item not in monitoring.columns]
    if absent:
        raise ValueError(
            f"Scale {scale.name!r}: the table has no column {_listed(absent)}. "
            "Add it, or take it out of the scale."
        )
    keys = [key for key in ("family", "wave") if key in monitoring.columns]
    items = numeric_columns(monitoring[list(scale.items)])
    named = items.set_axis(_row_names(monitoring, keys), axis=0) if keys else items
    _check_range(named, (scale.low, scale.high))
    keyed = _reversed(items, scale.reverse, scale.low + scale.high)
    enough = keyed.notna().sum(axis=1) >= minimum_share * len(scale.items) - 1e-9
    return keyed.mean(axis=1).where(enough).rename(scale.name)


def scores(
    monitoring: pd.DataFrame, scales: Iterable[ScaleLike], minimum_share: float = 0.8
) -> pd.DataFrame:
    """Every scale's score for every family and wave.

    Returns
    -------
    DataFrame with family, centre, curator, wave, scale, score (missing where too few items were
    rated), in the order of `scales`. A column of centre or curator the study does not have is empty.

    Raises
    ------
    ValueError
        As `score`; also no family or wave column, or two rows for one family and wave.
    """
    keys = ["family", "wave"]
    absent = [key for key in keys if key not in monitoring.columns]
    if absent:
        raise ValueError(f"The monitoring table has no column {_listed(absent)}.")
    twice = monitoring.duplicated(keys)
    if twice.any():
        first = _row_names(monitoring[twice], keys)[0]
        raise ValueError(f"Two rows for {first}; one row per family and wave was expected.")
    who = monitoring.reindex(columns=["family", "centre", "curator", "wave"])
    blocks = [
        who.assign(scale=scale.name, score=score(monitoring, scale, minimum_share))
        for scale in scales
    ]
    if not blocks:
        return who.iloc[:0].assign(scale="", score=0.0)
    return pd.concat(blocks, ignore_index=True)


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
    bootstrap : resamples of rows for the interval; 0 leaves it out. Resample b is row b of
        default_rng(seed).integers(n, size=(bootstrap, n)). Families are resampled, centres not.

    Returns
    -------
    One row: n (rows used; an all-empty row is none), k, alpha, alpha_low, alpha_high (95 %, percentile
    bootstrap), resamples (those with a value), alpha_std, feldt_low, feldt_high (95 %, normal theory:
    too narrow on floor items), g6, omega, rmsea, cfi (one factor), alpha_ordinal, mean_r, median_r,
    against (items that run against the rest: mend before reading alpha) and dropped (constant items).
    omega needs three items, alpha_ordinal at most twelve answer categories; otherwise missing.

    Raises
    ------
    ValueError
        Naming item and row: under two items that vary, too few rows, values not numeric, infinite
        or out of range, an unknown item in `reverse`.

    Notes
    -----
    alpha = k/(k-1) (1 - tr C / Σ C), alpha_std the same of the correlations. In-house because pingouin
    and R psych give the listwise interval for the n before deletion. Checked against R psych 2.2.9.
    """
    used, keyed = _usable(items, reverse, missing, valid_range)
    covariance, r = _correlations(used)
    n, k = used.shape
    alpha = cronbach_alpha(covariance)
    pairs = r[np.triu_indices(k, 1)]
    row = {
        "n": n,
        "k": k,
        "alpha": alpha,
        **_bootstrap_columns(bootstrap_alphas(used.to_numpy(), bootstrap, seed)),
        "alpha_std": cronbach_alpha(r),
        **dict(zip(("feldt_low", "feldt_high"), feldt_interval(alpha, n, k), strict=True)),
        "g6": guttman_lambda6(r),
        **_model_columns(used),
        "mean_r": pairs.mean(),
        "median_r": np.median(pairs),
        "against": _listed(used.columns[_against(r)]),
        "dropped": _listed(c for c in keyed.columns if c not in used.columns),
    }
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
    used, keyed = _usable(items, reverse, missing, valid_range)
    low, high = valid_range or (keyed.min().min(), keyed.max().max())
    answered = keyed.notna().sum()
    covariance, r = _correlations(used)
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
    used, _ = _usable(items, reverse, missing, valid_range)
    _, r = _correlations(used)
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


def cronbach_alpha(covariance: np.ndarray) -> float:
    """k/(k-1) (1 - tr C / Σ C) of a covariance matrix (k, k); of correlations: standardised alpha."""
    k, total = len(covariance), covariance.sum()
    return float(k / (k - 1) * (1 - np.trace(covariance) / total)) if total else np.nan


def feldt_interval(alpha: float, n: int, k: int, confidence: float = 0.95) -> tuple[float, float]:
    """Normal-theory interval of alpha: 1 - (1-alpha) F with n-1 and (n-1)(k-1) df (Feldt 1965).

    n is the number of rows alpha was computed from. Checked against R psych 2.2.9 alpha()$feldt.
    """
    tail = (1 - confidence) / 2
    upper, lower = stats.f.ppf([tail, 1 - tail], n - 1, (n - 1) * (k - 1))
    return float(1 - (1 - alpha) * lower), float(1 - (1 - alpha) * upper)


def bootstrap_alphas(values: np.ndarray, bootstrap: int, seed: int) -> np.ndarray:
    """Alpha of every resample of rows (bootstrap,), NaN where a resample has none.

    One matrix product per block: how often each row was drawn, times items, squares and totals
    (complete rows) or the products of every pair of items (values missing).
    """
    n = len(values)
    rng = np.random.default_rng(seed)
    size = max(1, _BLOCK // n)
    from_counts = _alphas_pairwise if np.isnan(values).any() else _alphas_complete
    centred = values - np.nanmean(values, axis=0)
    centred = centred / np.nanstd(centred)  # alpha has no unit; the thresholds below need one
    blocks = [np.empty(0)]
    for start in range(0, bootstrap, size):
        drawn = rng.integers(n, size=(min(size, bootstrap - start), n))
        cells = drawn + n * np.arange(len(drawn))[:, None]
        counts = np.bincount(cells.ravel(), minlength=drawn.size).reshape(drawn.shape)
        blocks.append(from_counts(counts.astype(float), centred))
    return np.concatenate(blocks)


def _alphas_complete(counts: np.ndarray, x: np.ndarray) -> np.ndarray:
    n, k = x.shape
    total = x.sum(axis=1)
    sums = counts @ np.column_stack([x, (x * x).sum(axis=1), total * total])
    items = sums[:, k] - (sums[:, :k] ** 2).sum(axis=1) / n
    whole = sums[:, k + 1] - sums[:, :k].sum(axis=1) ** 2 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        return k / (k - 1) * (1 - items / np.where(whole > 1e-12, whole, np.nan))


def _alphas_pairwise(counts: np.ndarray, x: np.ndarray) -> np.ndarray:
    k = x.shape[1]
    first, second = np.triu_indices(k)
    m, filled = ~np.isnan(x), np.nan_to_num(x)
    together = m[:, first] & m[:, second]
    a, b = filled[:, first] * together, filled[:, second] * together
    rows = counts @ together.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = (counts @ (a * b) - (counts @ a) * (counts @ b) / rows) / (rows - 1)
        trace = covariance[:, first == second].sum(axis=1)
        whole = 2 * covariance.sum(axis=1) - trace
        return k / (k - 1) * (1 - trace / np.where(np.abs(whole) > 1e-12, whole, np.nan))


def _usable(
    items: pd.DataFrame,
    reverse: Sequence[str],
    missing: str,
    valid_range: tuple[float, float] | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows and items that can be analysed, all items) after checking and reversing."""
    if missing not in ("pairwise", "listwise"):
        raise ValueError(f"missing is {missing!r}; expected 'pairwise' or 'listwise'.")
    table = numeric_columns(items)
    if table.shape[1] < 2:
        raise ValueError(f"Reliability needs at least two items; got {list(table.columns)}.")
    if valid_range:
        _check_range(table, valid_range)
    low, high = valid_range or (table.min().min(), table.max().max())
    keyed = _reversed(table, reverse, low + high)
    used = keyed.loc[:, keyed.nunique() > 1]
    used = used.dropna() if missing == "listwise" else used.dropna(how="all")
    if len(used) < FEWEST_ROWS:
        kind = "complete rows" if missing == "listwise" else "rows with an answer"
        raise ValueError(
            f"Only {len(used)} {kind} in the items that vary ({_listed(used.columns) or 'none'}); "
            f"at least {FEWEST_ROWS} are needed."
        )
    used = used.loc[:, used.nunique() > 1]
    if used.shape[1] < 2:
        raise ValueError(
            f"At least two items must vary; of {_listed(keyed.columns)} only "
            f"{_listed(used.columns) or 'none'} does."
        )
    _check_overlap(used)
    return used, keyed


def _check_overlap(used: pd.DataFrame) -> None:
    seen = used.notna().to_numpy().astype(float)
    shared = seen.T @ seen
    if shared.min() < FEWEST_ROWS:
        i, j = np.unravel_index(shared.argmin(), shared.shape)
        raise ValueError(
            f"Items {used.columns[i]!r} and {used.columns[j]!r} are both rated in only "
            f"{int(shared[i, j])} rows; at least {FEWEST_ROWS} are needed."
        )


def _check_range(table: pd.DataFrame, valid_range: tuple[float, float]) -> None:
    low, high = valid_range
    values = table.to_numpy()
    wrong = np.argwhere((values < low) | (values > high))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"Item {table.columns[column]!r}, row {list(table.index)[row]}: "
            f"{values[row, column]:g} lies outside {low:g} to {high:g} "
            f"({len(wrong)} such values in all). Correct it, or mark it as missing."
        )


def _reversed(table: pd.DataFrame, reverse: Sequence[str], about: float) -> pd.DataFrame:
    unknown = [item for item in reverse if item not in table.columns]
    if unknown:
        raise ValueError(
            f"To be reversed but no item: {_listed(unknown)}; "
            f"the items are {_listed(table.columns)}."
        )
    turned = {item: about - table[item] for item in reverse}
    return table.assign(**turned)


def _listed(names: Iterable[object]) -> str:
    return ", ".join(str(name) for name in names)


def _row_names(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    parts = (table[key].astype(str).radd(f"{key} ") for key in keys)
    return [", ".join(names) for names in zip(*parts, strict=True)]


def _correlations(used: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(covariances, the same divided by the items' own standard deviations), each (k, k)."""
    covariance = used.cov().to_numpy()
    sd = np.sqrt(np.diag(covariance))
    return covariance, covariance / np.outer(sd, sd)


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

"""Risk levels over waves: odds of a worse level (cumulative logit), errors clustered by family.

Centres are fixed effects: six are too few to cluster by, so intervals hold for these centres only.
Without a comparison group an odds ratio describes change; it identifies no effect of a programme.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from analysis.cumulative import Distinct, clustered, cumulative_logit, distinct

ONE_LEVEL = "everybody rated had the same level"
SEPARATED = "levels can be told apart exactly from wave and centre; no finite odds ratio"
ALL_EXTREME = "at this wave everybody had the best level, or everybody the worst"
FIRST_EXTREME = "at the first wave everybody had the best level, or everybody the worst"
NOBODY = "nobody was rated at this wave"
NO_FIRST = "nobody was rated at the first wave"
CONFOUNDED = "waves and centres cannot be told apart: some were never rated together"
NOT_CONVERGED = "the model did not converge"
TOO_FEW = "too few families for errors clustered by family"
ONE_SPLIT = "with two levels there is one split and nothing to compare"
FEW_SPLITS = "fewer than two splits have finite odds ratios for every wave"
ONE_WAVE = "only the first wave has more than one level"
SPLIT_COLUMNS = ["outcome", "worse_than", "wave", "reference", "n", "families", "odds_ratio"]
SPLIT_COLUMNS += ["low", "high", "z", "p", "reason"]
Array = NDArray[Any]


def worse_odds(
    monitoring: pd.DataFrame, outcome: str = "risk", level: float = 0.95
) -> pd.DataFrame:
    """Odds ratio of a worse level at each wave against the first, one row per later wave.

    logit P(level worse than k) = wave + centre - threshold_k, the same odds ratio at every k (see
    `proportional_odds`). Errors: sandwich with families as clusters, times G / (G - 1) and
    (n - 1) / (n - p). Levels nobody has drop out. A wave or centre where everybody has the best (or
    worst) level says nothing about the others and is left out.

    Parameters
    ----------
    monitoring : columns family, centre, wave (ordered categorical) and `outcome`, an ordered
        categorical from best to worst or a numeric item whose higher values are worse (NaN = not
        rated).

    Returns
    -------
    DataFrame with outcome, wave, reference, n (ratings in the model), n_first, n_wave, families,
    n_left_out, levels, odds_ratio, low, high, test, z, p, reason. Above 1: worse than at first.

    Raises
    ------
    ValueError : missing column, unordered wave or outcome, a rating without centre, two rows of a
        family at one wave.

    Notes
    -----
    Checked against R ordinal::clm on the wine data of Randall (1989), log odds ratio 2.5031; errors
    against the sandwich written out and, with two levels, statsmodels GEE with independence.
    Fitted on the distinct ratings (see `cumulative`): the time of the search does not grow with n.
    """
    rated, waves = _rated(monitoring, outcome)
    used, why = _informative(rated, waves)
    rows = [_base(rated, used, outcome, waves, name) for name in waves[1:]]
    found = {} if why or used["wave"].nunique() == 1 else _fit(used, waves[0], level)
    for row in rows:
        name = row["wave"]
        reason = why or _absent(rated, used, name) or found.get("reason", "")
        row |= {"reason": reason} if reason else found[name] | {"reason": ""}
    return pd.DataFrame(rows)


def _rated(monitoring: pd.DataFrame, outcome: str) -> tuple[pd.DataFrame, list[Any]]:
    """family, centre, wave, y (place of the level, 0 = best used) of each rating; and the waves."""
    if absent := {"family", "centre", "wave", outcome} - set(monitoring.columns):
        raise ValueError(f"the monitoring table lacks {', '.join(sorted(map(str, absent)))}")
    wave, value = monitoring["wave"], monitoring[outcome]
    if not (isinstance(wave.dtype, pd.CategoricalDtype) and wave.dtype.ordered):
        raise ValueError("wave must be an ordered categorical; give it its order")
    if isinstance(value.dtype, pd.CategoricalDtype) and value.dtype.ordered:
        value = value.cat.codes.where(value.notna())
    elif not pd.api.types.is_numeric_dtype(value.dtype):
        raise ValueError(f"{outcome} must be ordered best to worst, or a number; give it its order")
    rows = monitoring[["family", "centre", "wave"]].assign(y=value.to_numpy(float, na_value=np.nan))
    rows = rows[rows["y"].notna() & wave.notna()]
    twice = rows.duplicated(["family", "wave"])
    for words, trouble in {"has no centre": rows["centre"].isna(), "is rated twice": twice}.items():
        if trouble.any():
            who = rows[trouble].iloc[0]
            raise ValueError(f"family {who['family']} {words} at wave {who['wave']}; correct it")
    rows = rows.assign(centre=rows["centre"].astype("category"))
    return rows.reset_index(drop=True), list(wave.cat.categories)


def _informative(rated: pd.DataFrame, waves: list[Any]) -> tuple[pd.DataFrame, str]:
    """Ratings without the waves and centres in which everybody has one extreme level; and a reason.

    Their own coefficient fits such groups perfectly in the limit, so the rest is fitted as if they
    were not there: the likelihood of the other coefficients is the same.
    """
    used, before = rated, -1
    while len(used) != before:
        before = len(used)
        for column in ("wave", "centre"):
            ends = used.groupby(column, observed=True)["y"].agg(["min", "max"])
            stuck = (ends["max"] == used["y"].min()) | (ends["min"] == used["y"].max())
            used = used[~used[column].isin(ends.index[stuck])]
    if waves[0] not in set(rated["wave"]):
        return used, NO_FIRST
    if rated["y"].nunique() < 2:
        return used, ONE_LEVEL
    return used, "" if waves[0] in set(used["wave"]) else FIRST_EXTREME


def _base(
    rated: pd.DataFrame, used: pd.DataFrame, outcome: str, waves: list[Any], name: Any
) -> dict[str, Any]:
    counts = rated["wave"].value_counts()
    row: dict[str, Any] = {"outcome": outcome, "wave": name, "reference": waves[0], "n": len(used)}
    row |= {"n_first": int(counts.get(waves[0], 0)), "n_wave": int(counts.get(name, 0))}
    row |= {"families": used["family"].nunique(), "n_left_out": len(rated) - len(used)}
    row |= {"levels": rated["y"].nunique()}
    row |= dict.fromkeys(["odds_ratio", "low", "high"], np.nan) | {"test": "z, clustered by family"}
    return row | dict.fromkeys(["z", "p"], np.nan)


def _absent(rated: pd.DataFrame, used: pd.DataFrame, name: Any) -> str:
    if name not in set(rated["wave"]):
        return NOBODY
    return "" if name in set(used["wave"]) else ALL_EXTREME


def _trouble(ratings: Distinct) -> str:
    """Why the cumulative logit cannot be fitted to these ratings; "" if it can."""
    kinds, p = ratings.x.shape
    if np.linalg.matrix_rank(np.column_stack([np.ones(kinds), ratings.x])) < p + 1:
        return CONFOUNDED
    if ratings.families <= p + ratings.place.max():
        return TOO_FEW
    return SEPARATED if separated(ratings.place, ratings.x) else ""


def separated(places: Array, X: Array) -> bool:
    """Whether some coefficients of a cumulative logit are infinite (complete or quasi-separation).

    Parameters
    ----------
    places : n level numbers 0, 1, ..., all used.  X : n x p design without a constant.

    Notes
    -----
    True when a direction of the coefficients and thresholds makes no rating less likely and some
    more likely: a linear programme (Konis 2007), exact where watching for large estimates is not.
    """
    kinds = np.unique(np.column_stack([places, X]), axis=0)
    place, x = kinds[:, 0].astype(int), kinds[:, 1:]
    k = int(place.max())
    above, below = place < k, place > 0
    # threshold[place] - x b >= 0 where there is a threshold above, x b - threshold[place - 1] >= 0
    # where there is one below; how far, up to 1, is what is maximised.
    upper = np.column_stack([-x, np.eye(k + 1)[place][:, :k]])[above]
    lower = np.column_stack([x, -np.eye(k + 1)[place - 1][:, :k]])[below]
    rows = np.vstack([upper, lower])
    n, free = rows.shape
    found = optimize.linprog(
        np.append(np.zeros(free), -np.ones(n)),
        A_ub=np.column_stack([-rows, np.eye(n)]),
        b_ub=np.zeros(n),
        bounds=[(None, None)] * free + [(0, 1)] * n,
    )
    return bool(-found.fun > 0.5)


def _fit(used: pd.DataFrame, first: Any, level: float) -> dict[Any, Any]:
    """Wave -> odds_ratio, low, high, z, p; or {"reason": why not}."""
    ratings, waves = distinct(used, first)
    if reason := _trouble(ratings):
        return {"reason": reason}
    fit = cumulative_logit(ratings)
    if not fit.converged:
        return {"reason": NOT_CONVERGED}
    summed = clustered(ratings, fit.pull @ fit.covariance)
    (n, groups), free = (len(used), ratings.families), len(fit.estimate)
    inflate = groups / (groups - 1) * (n - 1) / (n - free)
    se = np.sqrt((summed**2).sum(axis=0) * inflate)
    return {name: _odds(fit.estimate[i], se[i], level) for i, name in enumerate(waves)}


def _odds(b: float, se: float, level: float) -> dict[str, float]:
    reach = stats.norm.ppf((1 + level) / 2) * se
    row = {"odds_ratio": np.exp(b), "low": np.exp(b - reach), "high": np.exp(b + reach)}
    row |= {"z": b / se, "p": 2 * stats.norm.sf(abs(b / se))}
    return {name: float(value) for name, value in row.items()}


def proportional_odds(
    monitoring: pd.DataFrame, outcome: str = "risk", level: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Whether one odds ratio will do: each split of the levels by its own logistic regression.

    Parameters
    ----------
    monitoring, outcome : see `worse_odds`.

    Returns
    -------
    (splits, test). splits: one row per split and later wave with outcome, worse_than (the level),
    wave, reference, n, families, odds_ratio, low, high, z, p, reason. test: one row with outcome, n, families, splits, test, chi2, df, p, reason: are the
    odds ratios of every wave the same at all splits? A large p does not show that they are.

    Notes
    -----
    Brant's (1990) Wald test, here with the joint sandwich of all splits clustered by family, since
    ratings of one family are not independent. Only wave terms are compared. Checked against
    statsmodels GEE (independence) on the stacked splits.
    """
    rated, waves = _rated(monitoring, outcome)
    used, why = _informative(rated, waves)
    row: dict[str, Any] = {"outcome": outcome, "n": len(used)}
    row |= {"families": used["family"].nunique(), "splits": 0, "test": "Brant, clustered by family"}
    row |= dict.fromkeys(["chi2", "df", "p"], np.nan)
    if not why and used["wave"].nunique() == 1:
        why = ONE_WAVE
    ratings, later = distinct(used, waves[0]) if not why else (None, [])
    if ratings is None or (why := _trouble(ratings)):
        return pd.DataFrame(columns=SPLIT_COLUMNS), pd.DataFrame([row | {"reason": why}])
    cuts = np.unique(used["y"])[:-1]
    fits = [_split(ratings.split(cut)) for cut in range(len(cuts))]
    base = {"outcome": outcome, "reference": waves[0], "n": len(used), "families": row["families"]}
    splits = [
        base | {"worse_than": below, "wave": name} | _split_odds(fit, i, level)
        for below, fit in zip(_names(monitoring[outcome].dtype, cuts), fits, strict=True)
        for i, name in enumerate(later)
    ]
    row |= _brant([fit for fit in fits if fit is not None], len(later))
    row |= {"reason": ONE_SPLIT} if len(cuts) == 1 else {}
    return pd.DataFrame(splits)[SPLIT_COLUMNS], pd.DataFrame([row])


def _names(kind: Any, cuts: Array) -> list[Any]:
    """The levels behind their places; a numeric item's values are their own names."""
    ranked = isinstance(kind, pd.CategoricalDtype)
    return list(kind.categories[cuts.astype(int)]) if ranked else list(cuts)


def _split_odds(fit: tuple[Array, Array] | None, place: int, level: float) -> dict[str, Any]:
    if fit is None:
        return dict.fromkeys(["odds_ratio", "low", "high", "z", "p"], np.nan) | {
            "reason": SEPARATED
        }
    error = np.sqrt((fit[1][:, place] ** 2).sum())
    return _odds(fit[0][place], error, level) | {"reason": ""}


def _split(ratings: Distinct) -> tuple[Array, Array] | None:
    """Coefficients of one split and each family's pull on them; None when infinite."""
    if separated(ratings.place, ratings.x):
        return None
    fit = cumulative_logit(ratings)
    summed = clustered(ratings, fit.pull @ fit.covariance)
    return fit.estimate, summed * np.sqrt(len(summed) / (len(summed) - 1))


def _brant(fits: list[tuple[Array, Array]], waves: int) -> dict[str, Any]:
    """Wald test that the first `waves` slopes are equal in all splits, from the joint sandwich."""
    k = len(fits)
    if k < 2:
        return {"splits": k, "reason": FEW_SPLITS}
    b = np.concatenate([fit[0][:waves] for fit in fits])
    pulls = np.column_stack([fit[1][:, :waves] for fit in fits])
    differences = np.kron(np.column_stack([-np.ones(k - 1), np.eye(k - 1)]), np.eye(waves))
    gap, spread = differences @ b, differences @ pulls.T @ pulls @ differences.T
    row: dict[str, Any] = {"splits": k, "df": len(gap), "reason": TOO_FEW}
    if np.linalg.matrix_rank(spread) < len(gap):
        return row
    chi2 = float(gap @ np.linalg.solve(spread, gap))
    return row | {"chi2": chi2, "p": float(stats.chi2.sf(chi2, len(gap))), "reason": ""}

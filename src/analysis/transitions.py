"""Risk levels between waves: who moved where, tests of the margins, shares with intervals.

Change in levels is described, not attributed: without a comparison group families can also move
because extreme cases drift back (see `threats`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import cochrans_q

from analysis.proportions import share
from analysis.waves import NO_PAIRS, NOBODY_CHANGED, check_waves

ALL_ONE_WAY = "everybody moved, so the error under change is zero and Bhapkar's statistic infinite"
Counts = NDArray[np.int64]


def transition_table(monitoring: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Families by risk level at `first` (rows) and at `last` (columns), levels best to worst.

    Parameters
    ----------
    monitoring : columns family, wave, risk (ordered categorical, best to worst; NaN = not rated).

    Returns
    -------
    DataFrame of counts, every level kept, only families rated at both waves.

    Raises
    ------
    ValueError : risk not ordered, unknown or misordered waves, two rows of a family at one wave.
    """
    wide = _rated(monitoring, [first, last]).dropna()
    levels = list(monitoring["risk"].cat.categories)
    k = len(levels)
    where = wide[first].to_numpy(dtype=int) * k + wide[last].to_numpy(dtype=int)
    counts = np.bincount(where, minlength=k * k).reshape(k, k)
    return pd.DataFrame(
        counts, index=pd.Index(levels, name=first), columns=pd.Index(levels, name=last)
    )


def _rated(monitoring: pd.DataFrame, waves: Sequence[str]) -> pd.DataFrame:
    """Place of the risk level (0 = best, NaN = not rated) by family and wave, checked."""
    absent = {"family", "wave", "risk"} - set(monitoring.columns)
    if absent:
        raise ValueError(f"the monitoring table lacks {', '.join(sorted(absent))}")
    risk = monitoring["risk"].dtype
    if not (isinstance(risk, pd.CategoricalDtype) and risk.ordered):
        raise ValueError("risk must be an ordered categorical, best to worst; give it its order")
    check_waves(monitoring["wave"], waves)
    rows = monitoring.loc[monitoring["wave"].isin(list(waves)), ["family", "wave", "risk"]]
    twice = rows[rows.duplicated(["family", "wave"])]
    if len(twice):
        who = twice.iloc[0]
        raise ValueError(
            f"family {who['family']} has more than one row at wave {who['wave']} "
            f"({len(twice)} such rows in all); keep one"
        )
    place = rows["risk"].cat.codes.where(rows["risk"].notna()).astype(float)
    wide = rows.assign(place=place).pivot(index="family", columns="wave", values="place")
    wide.columns = wide.columns.astype(object)
    return wide.reindex(columns=list(waves))


def two_by_two(table: pd.DataFrame, high: Sequence[str]) -> pd.DataFrame:
    """Collapse a transition table into not high / high, for `mcnemar_exact`."""
    if unknown := set(high) - set(table.index):
        raise ValueError(f"levels not in the table: {sorted(map(str, unknown))}")
    names = ["not high", "high"]
    split = np.asarray(table.index.isin(list(high)), dtype=int)
    counts = np.zeros((2, 2), dtype=int)
    np.add.at(counts, (split[:, None], split[None, :]), table.to_numpy())
    return pd.DataFrame(
        counts,
        index=pd.Index(names, name=table.index.name),
        columns=pd.Index(names, name=table.columns.name),
    )


def _square(table: ArrayLike) -> Counts:
    """The counts of a square table as integers; ValueError when it is no such table."""
    values = np.asarray(table, dtype=float)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or values.shape[0] < 2:
        raise ValueError(f"a square table of two or more levels is needed, not {values.shape}")
    if not np.isfinite(values).all() or (values < 0).any() or (values % 1 != 0).any():
        raise ValueError("the table must hold counts: whole numbers of 0 or more")
    return values.astype(int)


def _row(test: str, n: int, statistic: float, df: int) -> dict[str, Any]:
    """A chi-square row; nobody moving is no evidence of change (p = 1), no pairs is no result."""
    row = {"test": test, "n": n, "statistic": statistic, "df": df, "p": np.nan, "reason": ""}
    if n == 0:
        return row | {"statistic": np.nan, "reason": NO_PAIRS}
    if df == 0:
        return row | {"p": 1.0, "reason": NOBODY_CHANGED}
    return row | {"p": float(stats.chi2.sf(statistic, df))}


def mcnemar_exact(table: ArrayLike, level: float = 0.95) -> pd.DataFrame:
    """Exact McNemar test of a 2 x 2 table (rows first wave, columns last; second level = high).

    Returns
    -------
    One row: test, n, n_up, n_down (discordant pairs), difference (share high at last minus first),
    low, high (Bonett & Price 2012, adjusted Wald), p, reason. No discordant pair gives p = 1.

    Notes
    -----
    statsmodels `mcnemar(exact=False)` gives p = 0 with no discordant pair, hence the exact form
    only. Checked against R binom.test on Agresti (1990) p. 350 and statpsych::ci.prop.ps.
    """
    counts = _square(table)
    if counts.shape != (2, 2):
        raise ValueError(f"McNemar's test needs a 2 x 2 table, not {counts.shape}; see two_by_two")
    n, up, down = int(counts.sum()), int(counts[0, 1]), int(counts[1, 0])
    row: dict[str, Any] = {"test": "McNemar exact", "n": n, "n_up": up, "n_down": down}
    row |= dict.fromkeys(["difference", "low", "high", "p"], np.nan) | {"reason": NO_PAIRS}
    if n == 0:
        return pd.DataFrame([row])
    p_up, p_down = (up + 1) / (n + 2), (down + 1) / (n + 2)
    middle = p_up - p_down
    error = np.sqrt((p_up + p_down - middle**2) / (n + 2))
    reach = stats.norm.ppf((1 + level) / 2) * error
    row |= {"difference": (up - down) / n, "low": middle - reach, "high": middle + reach}
    p = stats.binomtest(up, up + down).pvalue if up + down else 1.0
    row |= {"p": float(p), "reason": "" if up + down else NOBODY_CHANGED}
    return pd.DataFrame([row])


def _stuart_maxwell(counts: Counts) -> tuple[float, int]:
    """Statistic and df. The generalised inverse drops levels nobody entered or left."""
    moved = counts + counts.T - 2 * np.diag(np.diag(counts))
    gap = counts.sum(axis=0) - counts.sum(axis=1)
    variance = np.diag(moved.sum(axis=1)) - moved
    rank = int(np.linalg.matrix_rank(variance)) if moved.any() else 0
    return float(gap @ np.linalg.pinv(variance.astype(float), hermitian=True) @ gap), rank


def stuart_maxwell(table: ArrayLike) -> pd.DataFrame:
    """Stuart-Maxwell test that the shares of the levels are the same at both waves.

    Returns one row: test, n, statistic, df, p, reason. Levels that nobody entered or left carry no
    information and take no degree of freedom (statsmodels: df 2 instead of 1, and by default it
    adds 0.5 to cells). Checked against R coin::mh_test on Stuart (1953): 11.957, df 3, p .00753.
    """
    counts = _square(table)
    return pd.DataFrame([_row("Stuart-Maxwell", int(counts.sum()), *_stuart_maxwell(counts))])


def bhapkar(table: ArrayLike) -> pd.DataFrame:
    """Bhapkar's test of equal margins, W / (1 - W / n) with W of Stuart-Maxwell (Ireland et al).

    Returns one row as `stuart_maxwell`. Checked on Stuart (1953): 11.976, p .00747.
    """
    counts = _square(table)
    n, (w, df) = int(counts.sum()), _stuart_maxwell(counts)
    if n and w >= n * (1 - 1e-12):
        row = _row("Bhapkar", n, np.nan, df)
        return pd.DataFrame([row | {"p": np.nan, "reason": ALL_ONE_WAY}])
    return pd.DataFrame([_row("Bhapkar", n, w / (1 - w / n) if n else np.nan, df)])


def bowker(table: ArrayLike) -> pd.DataFrame:
    """Bowker's test of symmetry: as many i to j as j to i, for every pair of levels.

    Returns one row as `stuart_maxwell`; a pair of levels without movers takes no degree of freedom
    (statsmodels counts it). Checked against R mcnemar.test on Stuart (1953): 19.107, df 6.
    """
    counts = _square(table)
    upper = np.triu_indices(len(counts), 1)
    up, down = counts[upper], counts.T[upper]
    some = up + down > 0
    statistic = float(((up - down)[some] ** 2 / (up + down)[some]).sum())
    return pd.DataFrame([_row("Bowker", int(counts.sum()), statistic, int(some.sum()))])


def scored_homogeneity(table: ArrayLike, points: Sequence[float] | None = None) -> pd.DataFrame:
    """Marginal homogeneity of ordered levels: is the mean level the same at both waves? (1 df)

    Parameters
    ----------
    table : square counts.  points : one number per level, 1, 2, 3, ... when None.

    Returns
    -------
    One row: test, n, mean_change (in points, last minus first), low, high (normal), statistic,
    df, p, reason. No such test in statsmodels. Checked against R coin::mh_test with ordered
    levels on Stuart (1953): 11.9467, p .000547.
    """
    counts = _square(table)
    if points is not None and len(points) != len(counts):
        raise ValueError(f"{len(counts)} levels need as many points, not {len(points)}")
    levels = np.arange(1.0, len(counts) + 1) if points is None else np.asarray(points, dtype=float)
    n, step = int(counts.sum()), levels[None, :] - levels[:, None]
    total, squares = float((counts * step).sum()), float((counts * step**2).sum())
    statistic = total**2 / squares if squares else 0.0
    row = _row("Marginal homogeneity, scored", n, statistic, int(squares > 0))
    mean = total / n if n else np.nan
    error = np.sqrt((squares / n - mean**2) / (n - 1)) if n > 1 and squares else np.nan
    reach = stats.norm.ppf(0.975) * error if error else np.nan
    row |= {"mean_change": mean, "low": mean - reach, "high": mean + reach}
    order = ["test", "n", "mean_change", "low", "high", "statistic", "df", "p", "reason"]
    return pd.DataFrame([row])[order]


def movement(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Families that improved, stayed and worsened, from a transition table (levels best to worst).

    Returns
    -------
    Three rows: movement (improved, same, worsened), count, n, share, low, high (Wilson),
    exact_low, exact_high, test, p (exact sign test of improved against worsened, same in all
    rows). Families at the best level cannot improve: read it beside the table.
    """
    counts = _square(table)
    better, worse = int(np.tril(counts, -1).sum()), int(np.triu(counts, 1).sum())
    n = int(counts.sum())
    p = stats.binomtest(better, better + worse).pvalue if better + worse else 1.0
    known = {"improved": better, "same": n - better - worse, "worsened": worse}
    sign = {"test": "sign, improved against worsened", "p": float(p) if n else np.nan}
    return pd.DataFrame(
        [{"movement": name} | share(count, n, level) | sign for name, count in known.items()]
    )


def risk_shares(monitoring: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Share of each risk level at each wave, over all families rated at that wave.

    Returns
    -------
    One row per wave and level: wave, risk, count, n, share, low, high (Wilson), exact_low,
    exact_high, n_missing (rows of the wave without a level). Waves may hold different families.
    """
    ordered = isinstance(monitoring["wave"].dtype, pd.CategoricalDtype)
    wave = monitoring["wave"]
    waves = list(wave.cat.categories) if ordered else list(wave.dropna().unique())
    places = _rated(monitoring, waves)
    rows_at = wave.value_counts()
    rows = []
    for name in waves:
        here = places[name].dropna()
        missing = int(rows_at.get(name, 0)) - len(here)
        for place, risk in enumerate(monitoring["risk"].cat.categories):
            row = {"wave": name, "risk": risk} | share(int((here == place).sum()), len(here), level)
            rows.append(row | {"n_missing": missing})
    return pd.DataFrame(rows)


def cochran_q(monitoring: pd.DataFrame, waves: Sequence[str], high: Sequence[str]) -> pd.DataFrame:
    """Cochran's Q: is the share at the levels `high` the same at three or more waves?

    Returns one row: test, n (rated at every wave), n_incomplete (left out), statistic, df, p,
    reason. statsmodels takes the largest value present for "yes", so tables without variation
    never reach it.
    """
    if len(waves) < 3:
        raise ValueError(f"Cochran's Q needs three or more waves, not {list(waves)}")
    places = _rated(monitoring, waves)
    levels = list(monitoring["risk"].cat.categories)
    if unknown := set(high) - set(levels):
        raise ValueError(f"levels not among {levels}: {sorted(map(str, unknown))}")
    seen = places.dropna(how="all")
    complete = seen.dropna()
    yes = complete.isin([levels.index(name) for name in high]).to_numpy()
    moved = bool((yes.any(axis=1) & ~yes.all(axis=1)).any())
    q = float(cochrans_q(yes.astype(float)).statistic) if moved else 0.0
    row = _row("Cochran's Q", len(complete), q, (len(waves) - 1) if moved else 0)
    return pd.DataFrame([row | {"n_incomplete": len(seen) - len(complete)}])

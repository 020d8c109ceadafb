"""Risk levels between waves: who moved where, shares with intervals; tests of a table from `margins`.

Change in levels is described, not attributed: without a comparison group families can also move
because extreme cases drift back (see `threats`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.contingency_tables import cochrans_q

from analysis.margins import (
    bhapkar,
    bowker,
    chi_square_row,
    mcnemar_exact,
    scored_homogeneity,
    square_counts,
    stuart_maxwell,
)
from analysis.proportions import share
from analysis.waves import check_waves

__all__ = [
    "bhapkar",
    "bowker",
    "cochran_q",
    "mcnemar_exact",
    "movement",
    "risk_shares",
    "scored_homogeneity",
    "stuart_maxwell",
    "transition_table",
    "two_by_two",
]


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


def movement(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Families that improved, stayed and worsened, from a transition table (levels best to worst).

    Returns
    -------
    Three rows: movement (improved, same, worsened), count, n, share, low, high (Wilson),
    exact_low, exact_high, test, p (exact sign test of improved against worsened, same in all
    rows). Families at the best level cannot improve: read it beside the table.
    """
    counts = square_counts(table)
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
    row = chi_square_row("Cochran's Q", len(complete), q, (len(waves) - 1) if moved else 0)
    return pd.DataFrame([row | {"n_incomplete": len(seen) - len(complete)}])


def improved_of_all(table: pd.DataFrame, rated_first: int) -> dict[str, float]:
    """How many of all families rated at the first wave improved, whatever happened to those without a last rating.

    Returns
    -------
    dict
        `count` (seen to improve), `n` (`rated_first`), and the shares `low`, `high` between which the truth lies: none or all
        of the lost improved. Hand arithmetic: 61 of 188 seen, 240 rated first gives 61/240 to 113/240.

    Raises
    ------
    ValueError
        When fewer families were rated first than stand in the table.
    """
    counts = square_counts(table)
    seen, improved = int(counts.sum()), int(np.tril(counts, -1).sum())
    if rated_first < seen:
        raise ValueError(
            f"{seen} families stand in the table, but only {rated_first} were rated first"
        )
    high = improved + rated_first - seen
    return {
        "count": improved,
        "n": rated_first,
        "low": improved / rated_first,
        "high": high / rated_first,
    }


def homogeneity_tests(table: pd.DataFrame, worst: str) -> pd.DataFrame:
    """The tests that levels are the same at both waves, side by side: `test, n, statistic, df, p`.

    `worst` is the level for McNemar's exact test (rated so or not); it has no statistic.
    """
    rows = [stuart_maxwell(table), bhapkar(table), bowker(table), scored_homogeneity(table)]
    exact = mcnemar_exact(two_by_two(table, [worst]))
    exact["test"] = exact["test"] + f", {worst} or not"
    together = pd.concat([*rows, exact], ignore_index=True)
    return together.reindex(columns=["test", "n", "statistic", "df", "p"])

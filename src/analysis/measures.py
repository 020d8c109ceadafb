"""Reliability and items of all scales of a study, arranged for reading. The numbers come from `scales`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.association import correlation_matrix, partial_association
from analysis.factors import parallel_analysis
from analysis.items import check_range, usable
from analysis.proportions import share
from analysis.scales import item_statistics, reliability, score, split_half
from analysis.study import Scale, Study
from analysis.wording import catalogue


def reliability_table(
    records: pd.DataFrame, study: Study, bootstrap: int, seed: int
) -> pd.DataFrame:
    """One row per scale of two items or more: `label` and everything `scales.reliability` reports, from records of one wave.

    A scale that these records cannot judge keeps its row, with a `reason` and no numbers but n and k.
    """
    judged, reasons = summated(records, study)
    rows = [
        reliability(
            records[list(scale.items)],
            reverse=scale.reverse,
            bootstrap=bootstrap,
            seed=seed,
            valid_range=(scale.low, scale.high),
        ).assign(label=scale.label, scale=scale.name, reason="")
        for scale in judged
    ]
    return pd.concat([*rows, reasons], ignore_index=True).fillna({"against": "", "dropped": ""})


def summated(records: pd.DataFrame, study: Study) -> tuple[list[Scale], pd.DataFrame]:
    """The scales of two items or more whose items can be judged, and why the others cannot: `scale, label, n, k, reason`.

    Raises
    ------
    ValueError
        For a rating outside its scale.
    """
    judged, rows = [], []
    for scale in study.scales:
        items = records[list(scale.items)]
        check_range(items, (scale.low, scale.high))
        if len(scale.items) < 2:
            continue
        try:
            usable(items, scale.reverse, "pairwise", None)
        except ValueError as error:
            row = {"scale": scale.name, "label": scale.label, "k": len(scale.items)}
            rows.append(row | {"n": int(items.notna().any(axis=1).sum()), "reason": str(error)})
        else:
            judged.append(scale)
    return judged, pd.DataFrame(rows, columns=["scale", "label", "n", "k", "reason"])


def extreme(
    table: pd.DataFrame, column: str, most: bool, shown: pd.DataFrame | None = None
) -> pd.Series:
    """The row with the highest or lowest value of a column; without any value the first row, its label empty.

    Chosen from `table`, in which nothing is hidden, and taken from `shown`, the same rows as they may be printed.
    """
    values = table[column].to_numpy(dtype=float, na_value=np.nan) * (1 if most else -1)
    if not np.isnan(values).all():
        return (table if shown is None else shown).iloc[int(np.nanargmax(values))]
    return table.iloc[0].where(table.columns.to_series().ne("label"), "–")


def item_table(records: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row per item of the scales that can be judged (`summated`): `item, scale, n, missing, mean, sd, floor, ceiling, item_rest_r, alpha_dropped`."""
    rows = [
        item_statistics(
            records[list(scale.items)], reverse=scale.reverse, valid_range=(scale.low, scale.high)
        ).assign(scale=scale.label)
        for scale in summated(records, study)[0]
    ]
    columns = [
        "item",
        "scale",
        "n",
        "missing",
        "mean",
        "sd",
        "floor",
        "ceiling",
        "item_rest_r",
        "alpha_dropped",
    ]
    return pd.concat(rows, ignore_index=True)[columns]


def floor_share(records: pd.DataFrame, item: str, study: Study) -> dict[str, float]:
    """Share of an item's ratings at the lowest level of its scale (after reversing): `count, n, share, low, high`."""
    scale: Scale = next(scale for scale in study.scales if item in scale.items)
    ratings = records[item].dropna()
    floor = scale.high if item in scale.reverse else scale.low
    return share(int(ratings.eq(floor).sum()), len(ratings))


def wide_scores(
    monitoring: pd.DataFrame, study: Study, wave: str, minimum_share: float
) -> pd.DataFrame:
    """One row per family at one wave: `centre`, a column per scale under its label, and the risk as a rank from 1 (best)."""
    here = monitoring[monitoring["wave"] == wave]
    table = here[["centre"]].copy()
    words = catalogue(study.language)
    for scale in study.scales:
        table[f"{scale.label} ({words['better_' + scale.better]})"] = score(
            here, scale, minimum_share
        )
    if study.risk:
        codes = here["risk"].cat.codes.astype(float)
        table[f"{study.risk.label} ({words['better_lower']})"] = codes.where(codes >= 0) + 1
    return table


def within_centres(wide: pd.DataFrame) -> pd.DataFrame:
    """Spearman correlations of families with their own centre's families; no row where fewer than two centres are there.

    `wide` as from `wide_scores`; columns as `association.partial_association`.
    """
    table = partial_association(wide, "centre", "spearman")
    return table if wide["centre"].nunique() > 1 else table[:0]


def row_of(pairs: pd.DataFrame, like: pd.Series, reason: str) -> pd.Series:
    """The row of the pair `like` (its `x` and `y`); where there is none, one without numbers that says the `reason`."""
    found = pairs[pairs["x"].eq(like["x"]) & pairs["y"].eq(like["y"])]
    nothing = {"r": float("nan"), "low": float("nan"), "high": float("nan"), "n": 0}
    return found.iloc[0] if len(found) else pd.Series(nothing | {"reason": reason})


def square(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs with `x, y, r` as a symmetric matrix, in order of appearance; 1 on the diagonal."""
    names = list(dict.fromkeys([*pairs["x"], *pairs["y"]]))
    matrix = pd.DataFrame(1.0, index=names, columns=names)
    for x, y, r in pairs[["x", "y", "r"]].itertuples(index=False):
        matrix.loc[x, y] = matrix.loc[y, x] = r
    return matrix


def structure_table(records: pd.DataFrame, study: Study, seed: int) -> pd.DataFrame:
    """What alpha hides, one row per scale: the best and worst split into halves, and how many components carry something.

    Returns
    -------
    DataFrame
        `scale, n, k, lambda4, minimum, average` (split halves on correlations) and `components` (parallel analysis; missing
        where two items do not vary on the rows they share).
    """
    rows = []
    for scale in summated(records, study)[0]:
        items = records[list(scale.items)]
        halves = split_half(
            items, reverse=scale.reverse, seed=seed, valid_range=(scale.low, scale.high)
        ).iloc[0]
        varying = items.loc[:, items.nunique() > 1]
        related = np.isfinite(correlation_matrix(varying.to_numpy(dtype=float))[0]).all()
        kept = int(parallel_analysis(varying, seed)["retained"].sum()) if related else pd.NA
        columns = ("n", "k", "lambda4", "minimum", "average")
        rows.append({"scale": scale.label} | {c: halves[c] for c in columns} | {"components": kept})
    return pd.DataFrame(rows).astype({"n": int, "k": int, "components": "Int64"})

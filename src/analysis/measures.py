"""Reliability and items of all scales of a study, arranged for reading. The numbers come from `scales`."""

from __future__ import annotations

import pandas as pd

from analysis.proportions import share
from analysis.scales import item_statistics, reliability
from analysis.study import Scale, Study


def reliability_table(
    records: pd.DataFrame, study: Study, bootstrap: int, seed: int
) -> pd.DataFrame:
    """One row per scale: `label` and everything `scales.reliability` reports, from records of one wave."""
    rows = [
        reliability(
            records[list(scale.items)],
            reverse=scale.reverse,
            bootstrap=bootstrap,
            seed=seed,
            valid_range=(scale.low, scale.high),
        ).assign(label=scale.label, scale=scale.name)
        for scale in study.scales
    ]
    return pd.concat(rows, ignore_index=True)


def item_table(records: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row per item: `item, scale, n, missing, mean, sd, floor, ceiling, item_rest_r, alpha_dropped`."""
    rows = [
        item_statistics(
            records[list(scale.items)], reverse=scale.reverse, valid_range=(scale.low, scale.high)
        ).assign(scale=scale.label)
        for scale in study.scales
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

"""Scale scores from items: the mean of what was rated, after turning the reversed items.

How far the items measure together is in `scales`.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import pandas as pd

from analysis.items import check_range, listed, turned
from analysis.numeric import numeric_columns


class ScaleLike(Protocol):
    """What scoring needs to know of a scale; `analysis.study` reads it from the study folder."""

    @property
    def name(self) -> str: ...
    @property
    def items(self) -> tuple[str, ...]: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
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
            f"Scale {scale.name!r}: the table has no column {listed(absent)}. "
            "Add it, or take it out of the scale."
        )
    keys = [key for key in ("family", "wave") if key in monitoring.columns]
    items = numeric_columns(monitoring[list(scale.items)])
    outside = ((items < scale.low) | (items > scale.high)).any(axis=1)
    if outside.any():  # only then are rows named: names of a million rows take longer than scores
        wrong = items[outside]
        named = wrong.set_axis(_row_names(monitoring[outside], keys), axis=0) if keys else wrong
        check_range(named, (scale.low, scale.high))
    keyed = turned(items, scale.reverse, scale.low + scale.high)
    enough = keyed.notna().sum(axis=1) >= minimum_share * len(scale.items) - 1e-9
    return keyed.mean(axis=1).where(enough).rename(scale.name)


def scores(
    monitoring: pd.DataFrame, scales: Iterable[ScaleLike], minimum_share: float = 0.8
) -> pd.DataFrame:
    """Every scale's score for every family and wave.

    Returns
    -------
    DataFrame with family, centre, curator, wave, scale, score (missing where too few items were
    rated), in the order of `scales`. Text is categorical. A column of centre or curator the study
    does not have is empty.

    Raises
    ------
    ValueError
        As `score`; also no family or wave column, or two rows for one family and wave.
    """
    keys = ["family", "wave"]
    absent = [key for key in keys if key not in monitoring.columns]
    if absent:
        raise ValueError(f"The monitoring table has no column {listed(absent)}.")
    twice = monitoring.duplicated(keys)
    if twice.any():
        first = _row_names(monitoring[twice], keys)[0]
        raise ValueError(f"Two rows for {first}; one row per family and wave was expected.")
    who = monitoring.reindex(columns=["family", "centre", "curator", "wave"])
    text = [name for name in who.columns if pd.api.types.is_string_dtype(who[name])]
    who = who.astype(dict.fromkeys(text, "category"))
    found = {scale.name: score(monitoring, scale, minimum_share) for scale in scales}
    if not found:
        return who.iloc[:0].assign(scale="", score=0.0)
    names = pd.CategoricalDtype(list(found))
    blocks = [
        who.assign(scale=pd.Categorical([name], dtype=names).repeat(len(who)), score=of_scale)
        for name, of_scale in found.items()
    ]
    return pd.concat(blocks, ignore_index=True)


def _row_names(table: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    parts = (table[key].astype(str).radd(f"{key} ") for key in keys)
    return [", ".join(names) for names in zip(*parts, strict=True)]

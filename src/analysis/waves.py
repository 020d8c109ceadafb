"""Who was measured at which wave: pairs of scores, checked, with the reasons why there are none.

Tests are elsewhere: on ranks in `ranks`, in scale points in `change`.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

# Reasons are whole stable phrases, so a catalogue of another language can use them as keys.
NO_PAIRS = "no family was measured at every wave compared"
ONE_PAIR = "fewer than two families were measured at every wave compared"
NOBODY_CHANGED = "no family changed"


def pairs(scores: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Families with a score at both waves, one row per scale and family.

    Parameters
    ----------
    scores : columns family, centre, wave, scale, score (NaN = missing).
    first, last : two waves, in time order.

    Returns
    -------
    DataFrame with scale, family, centre (at `first`), moved (the centre differs at `last`),
    score_first, score_last, change = last minus first, in scale points. Differences are rounded
    to 12 digits of the largest score of the scale, because 0.3 - (0.1 + 0.2) is no change.

    Raises
    ------
    ValueError : missing column, unknown wave, waves in the wrong order, infinite score,
        two scores of one family at one wave.
    """
    known = measured(scores, [first, last])
    keys, kept = ["scale", "family"], ["scale", "family", "centre", "score"]
    before = known.loc[known["wave"] == first, kept]
    after = known.loc[known["wave"] == last, kept]
    both = before.merge(after, on=keys, suffixes=("_first", "_last"))
    both["moved"] = (both["centre_first"].astype(object) != both["centre_last"].astype(object)) & (
        both["centre_first"].notna() | both["centre_last"].notna()
    )
    change, scale = both["score_last"] - both["score_first"], known["scale"]
    parts = [
        without_noise(part, known.loc[scale.eq(name), "score"])
        for name, part in change.groupby(both["scale"], observed=True)
    ]
    both["change"] = pd.concat(parts).reindex(both.index) if parts else change
    both = both.rename(columns={"centre_first": "centre"})
    return both[["scale", "family", "centre", "moved", "score_first", "score_last", "change"]]


def measured(scores: pd.DataFrame, waves: Sequence[str]) -> pd.DataFrame:
    """The rows of `waves` that hold a score, checked (see `pairs` for the errors raised)."""
    needed = ["family", "centre", "wave", "scale", "score"]
    absent = [column for column in needed if column not in scores.columns]
    if absent:
        raise ValueError(f"the scores table lacks {', '.join(absent)}; it needs {needed}")
    check_waves(scores["wave"], waves)
    rows = scores.loc[scores["wave"].isin(list(waves)), needed]
    rows = rows.assign(score=rows["score"].to_numpy(dtype=float, na_value=np.nan))
    rows = rows[rows["score"].notna()]
    endless = rows[np.isinf(rows["score"])]
    if len(endless):
        where = endless.iloc[0]
        raise ValueError(
            f"family {where['family']}, scale {where['scale']}, wave {where['wave']}: the score is "
            "infinite; correct it or leave it empty"
        )
    twice = rows[rows.duplicated(["family", "wave", "scale"])]
    if len(twice):
        where = twice.iloc[0]
        raise ValueError(
            f"family {where['family']} has more than one score on scale {where['scale']} at wave "
            f"{where['wave']} ({len(twice)} such rows in all); keep one, and make family ids "
            "different between centres"
        )
    return rows


def check_waves(wave: pd.Series, waves: Sequence[str]) -> None:
    """Raise ValueError when `waves` are unknown, repeated, or not in time order."""
    ordered = isinstance(wave.dtype, pd.CategoricalDtype)
    known = list(wave.cat.categories) if ordered else list(wave.dropna().unique())
    unknown = [name for name in waves if name not in known]
    if unknown:
        raise ValueError(f"wave {unknown[0]!r} is not in the data; the waves are {known}")
    if len(set(waves)) < len(waves):
        raise ValueError(f"the waves compared must differ, not {list(waves)}")
    places = [known.index(name) for name in waves]
    if ordered and wave.cat.ordered and places != sorted(places):
        raise ValueError(f"the waves {list(waves)} are not in time order, which is {known}")


def without_noise(values: pd.Series, sized_like: pd.Series) -> pd.Series:
    """`values` rounded to 12 digits of the largest of `sized_like`: keeps ties and zeros."""
    size = float(sized_like.abs().max()) if len(sized_like) else 0.0
    return values.round(12 - math.ceil(math.log10(size))) if size else values

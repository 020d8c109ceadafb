"""What of a count may be printed: tables of all centres hidden together, so that no page gives away another's.

A count of a base ("3 of 25") also shows the rest (22), and the pages of all centres together with the
total show every one of them. So a centre's page takes its row from the table of all centres.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.proportions import share
from analysis.small_cells import suppress, with_totals
from analysis.small_groups import cover
from analysis.wording import interval

TOTAL, BASE = "All centres", "n"


def bases(sizes: pd.Series, minimum: int) -> pd.Series:
    """Numbers of families by centre, and together, that may be printed.

    Parameters
    ----------
    sizes : whole numbers, index centre.
    minimum : smallest count shown; 1 hides nothing.

    Returns
    -------
    Series (Int64, NA = hidden), last entry "All centres" when there are several centres. Bases up to
    `minimum` + 1 are hidden, because a count hidden inside a base of n still lies from 1 to n - 1.
    """
    table = with_totals(sizes.astype(int).to_frame(BASE), TOTAL)
    return table[BASE].astype("Int64") if minimum < 2 else suppress(table, minimum + 2)[BASE]


def of_base(counts: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Pairs "count of n" of all centres: which counts and which bases may be printed.

    Bases are decided by `bases` from the n alone, so that tables of the same families show the same
    ones and cannot be played off against each other. A count is hidden when it, or the rest of its base, is
    from 1 to `minimum` - 1, or its base is hidden. The count of all centres stays when what is hidden is still
    uncertain (`small_groups.uncertain`: each count of a shown base, and those of the hidden bases together), if
    need be with the smallest further centre hidden that is enough; else it is hidden too. Zero and everybody are shown.

    Parameters
    ----------
    counts : columns `centre`, `count`, `n` (whole numbers), each centre once.

    Returns
    -------
    centre, count, n (Int64, NA = hidden); last row "All centres" when there are several.
    """
    if counts["count"].gt(counts["n"]).any() or counts["centre"].duplicated().any():
        raise ValueError("each centre must stand there once, with a count from 0 to n")
    table = counts.astype({"centre": str, "count": int, "n": int}).set_index("centre")[
        ["count", "n"]
    ]
    shown_bases = bases(table["n"], minimum)
    small = table["count"].between(1, minimum - 1)
    small |= (table["n"] - table["count"]).between(1, minimum - 1)
    lost = shown_bases[table.index].isna()
    hidden = small | lost
    total: Any = int(table["count"].sum())
    rest = int(table["n"].sum()) - total
    count, n = (table[c].to_numpy(dtype=float) for c in ("count", BASE))
    found = cover(count, n, hidden.to_numpy(), lost.to_numpy(), minimum)
    if found is None:
        total = pd.NA
    else:
        hidden = pd.Series(found, index=table.index)
    if len(table) > 1:
        unsafe = shown_bases.isna()[TOTAL] or 0 < rest < minimum
        unsafe = unsafe or (total is not pd.NA and 0 < total < minimum)
        table.loc[TOTAL] = [0, 0]
        hidden[TOTAL] = unsafe or total is pd.NA
    shown = table["count"].astype("Int64")
    if len(counts) > 1 and total is not pd.NA:
        shown[TOTAL] = total
    result = pd.DataFrame({"count": shown.mask(hidden), BASE: shown_bases})
    return result.rename_axis("centre").reset_index()


def bands(values: pd.Series, minimum: int) -> pd.DataFrame:
    """How many fall into each band, over all centres; nothing at all when any band is small.

    All or nothing, because the bands' sums stand on the same page in other tables.

    Parameters
    ----------
    values : categorical, one entry per family or curator; missing ones are left out.

    Returns
    -------
    One row per band in order: band, count, n (all together). Empty when a count lies from 1 to `minimum` - 1.
    """
    counts = values.value_counts(sort=False)
    if counts.between(1, minimum - 1).any() or not counts.sum():
        counts = counts[:0]
    table = pd.DataFrame({"band": counts.index.astype(str), "count": counts.to_numpy(dtype=int)})
    return table.assign(n=int(counts.sum()))


def why_not(count: Any, n: Any, words: Mapping[str, Any]) -> str:
    """The catalogue's words for what is hidden (NA) or not recorded (None); "" where both numbers are there."""
    if count is None or n is None:
        return str(words["not_recorded"])
    return str(words["hidden"]) if pd.isna(count) or pd.isna(n) else ""


def said(count: Any, n: Any, words: Mapping[str, Any]) -> str:
    """`7 of 25 (28%)`, or `why_not`."""
    if why := why_not(count, n, words):
        return why
    part = f" ({100 * int(count) / int(n):.0f}%)" if n else ""
    return f"{int(count)} {words['of']} {int(n)}{part}"


def said_with_interval(count: Any, n: Any, words: Mapping[str, Any]) -> str:
    """As `said`, with the Wilson interval of the share: `7 of 25 (28%; 95% interval 14 to 48%)`."""
    text = said(count, n, words)
    if not text.endswith("%)"):
        return text
    found = share(int(count), int(n))
    ends = interval(100 * found["low"], 100 * found["high"], 0, words, "%")
    return f"{text[:-1]}; {ends})"


def rounded(value: float, step: int) -> float:
    """To the nearest multiple of `step` (2 or more), so that a sum does not tell its last case; NaN stays."""
    return value if np.isnan(value) or step < 2 else float(step * np.floor(value / step + 0.5))


def enough(points: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Points of a chart whose base is at least `minimum`; those below are left blank, not left out.

    `points` as for `control_charts.p_chart`; a blank point has neither count nor n.
    """
    blank = points["n"].astype("Float64").lt(minimum).fillna(True).astype(bool)
    return points.assign(
        **{name: points[name].astype("Float64").mask(blank) for name in ("count", "n")}
    )


def attention(frames: Mapping[str, pd.DataFrame | None], minimum: int) -> pd.DataFrame:
    """What needs attention in each centre, every subject hidden over all centres at once.

    Parameters
    ----------
    frames : subject -> one row per open family with `centre` and `attention` (True or False); None
        where the study does not record it.

    Returns
    -------
    One row per subject and centre, last "All centres" when there are several: subject, centre, count, n (whole
    numbers, NA where hidden). A subject that is not recorded has one row, with centre, count and n None.
    """
    parts = []
    for subject, frame in frames.items():
        if frame is None or frame.empty:
            parts.append(
                pd.DataFrame([{"subject": subject, "centre": None, "count": None, "n": None}])
            )
            continue
        named = frame.groupby(frame["centre"].astype(str))["attention"]
        counts = named.agg(count="sum", n="size").reset_index()
        parts.append(of_base(counts, minimum).assign(subject=subject))
    table = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return table[["subject", "centre", "count", "n"]]


def of_centre(table: pd.DataFrame, subject: str, centre: str) -> tuple[Any, Any]:
    """Count and n of a centre in `attention`: (0, 0) when it has no open family, (None, None) when not recorded."""
    rows = table[table["subject"].eq(subject)]
    if rows.empty or rows["centre"].isna().all():
        return None, None
    here = rows[rows["centre"].eq(centre)]
    return (here["count"].iloc[0], here["n"].iloc[0]) if len(here) else (0, 0)


def only_large(table: pd.DataFrame, n: str, minimum: int) -> pd.DataFrame:
    """The table with every number of a row blank where its `n` is below `minimum` (0 stays 0)."""
    small = table[n].lt(minimum) & table[n].gt(0)
    shown = table.copy()
    for column in table:
        if pd.api.types.is_numeric_dtype(table[column]) and table[column].dtype != bool:
            shown[column] = table[column].astype("Float64").mask(small)
    return shown

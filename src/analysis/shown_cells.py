"""What of a count may be printed: tables of all centres hidden together, so that no page gives away another's.

A count of a base ("3 of 25") also shows the rest (22), and the pages of all centres together with the
total show every one of them. So a centre's page takes its row from the table of all centres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.small_cells import suppress, with_totals

TOTAL, BASE = "All centres", "n"


def bands(families: pd.DataFrame, column: str, minimum: int) -> pd.DataFrame:
    """Families of every centre in the bands of `column`, small counts hidden over all centres at once.

    Parameters
    ----------
    families : one row per family with `centre` and `column` (categorical; bands that do not overlap).
    minimum : smallest count shown; 1 hides nothing.

    Returns
    -------
    DataFrame (Int64, NA = hidden) indexed by centre, one column per band that anybody is in and `n`; the
    last row is "All centres" when there are several. Families without a band are left out.

    Notes
    -----
    Bands nobody is in anywhere are dropped, since a zero hides nothing. `small_cells.suppress`
    hides enough for every missing count to be uncertain by `minimum` or more.
    """
    known = families[families[column].notna()]
    counts = pd.crosstab(known["centre"].astype(str), known[column])
    counts.columns = counts.columns.astype(str)
    counts = counts.loc[:, counts.sum().gt(0)]
    if counts.empty:
        return pd.DataFrame({BASE: pd.Series(dtype="Int64")})
    table = with_totals(counts, TOTAL)
    table = table.rename(columns={TOTAL: BASE})
    if BASE not in table:  # one band only: the base is that band
        table[BASE] = table.iloc[:, 0]
        hidden = table[[BASE]] if minimum < 2 else suppress(table[[BASE]], minimum)
        return table.astype("Int64").mask(hidden[BASE].isna(), axis=0)
    return table.astype("Int64") if minimum < 2 else suppress(table, minimum)


def of_base(counts: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Pairs "count of n" of several centres, hidden together: count, the rest and n are one table.

    Parameters
    ----------
    counts : columns `centre`, `count`, `n` (whole numbers), each centre once.

    Returns
    -------
    centre, count, n (Int64, NA = hidden); last row "All centres" when there are several. A count is
    hidden when it or the rest of its base is too small, or to cover one that is.
    """
    if counts["count"].gt(counts["n"]).any() or counts["centre"].duplicated().any():
        raise ValueError("each centre must stand there once, with a count from 0 to n")
    table = pd.DataFrame(
        {
            "count": counts["count"].to_numpy(int),
            "rest": (counts["n"] - counts["count"]).to_numpy(int),
        },
        index=counts["centre"].astype(str).to_numpy(),
    )
    table = with_totals(table, TOTAL).rename(columns={TOTAL: BASE})
    shown = table.astype("Int64") if minimum < 2 else suppress(table, minimum)
    return shown[["count", BASE]].rename_axis("centre").reset_index()


def bases(sizes: pd.Series, minimum: int) -> pd.Series:
    """Numbers of families by centre, hidden together: index centre, Int64, NA = hidden."""
    table = with_totals(sizes.astype(int).to_frame(BASE), TOTAL)
    return table[BASE].astype("Int64") if minimum < 2 else suppress(table, minimum)[BASE]


def row(table: pd.DataFrame, centre: str) -> pd.Series | None:
    """A centre's row of `bands`; None when it has no family there."""
    return table.T[centre] if centre in table.index else None


def said(count: Any, n: Any, words: Mapping[str, Any]) -> str:
    """`7 of 25 (28%)`, or the catalogue's words for what is hidden (NA) or not recorded (None)."""
    if count is None or n is None:
        return str(words["not_recorded"])
    if pd.isna(count) or pd.isna(n):
        return str(words["hidden"])
    part = f" ({100 * int(count) / int(n):.0f}%)" if n else ""
    return f"{int(count)} {words['of']} {int(n)}{part}"


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


def attention(
    frames: Mapping[str, pd.DataFrame | None],
    centre: str,
    minimum: int,
    asked: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """What needs attention in one centre now, hidden together with all other centres.

    Parameters
    ----------
    frames : subject -> frame of all centres' open families with a column `band`; None: not recorded.
    asked : subject -> the bands to tell, in order.

    Returns
    -------
    One row per subject and band: subject, band, count, n: whole numbers, NA where hidden, None in both
    where the study does not record it.
    """
    rows: list[dict[str, Any]] = []
    for subject, names in asked.items():
        frame = frames.get(subject)
        if frame is None or frame["band"].notna().sum() == 0:
            rows += [{"subject": subject, "band": b, "count": None, "n": None} for b in names]
            continue
        here = row(bands(frame, "band", minimum), centre)
        for band in names:
            count = 0 if here is None else here.get(band, 0)
            rows.append(
                {
                    "subject": subject,
                    "band": band,
                    "count": count,
                    "n": 0 if here is None else here[BASE],
                }
            )
    return pd.DataFrame(rows, columns=["subject", "band", "count", "n"], dtype=object)

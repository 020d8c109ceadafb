"""Days written as numbers: 45070 days since the end of 1899, as spreadsheets count, and 20230524."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, Guesses
from analysis.importing.words import fits

FIRST = pd.Timestamp("1899-12-30")
COUNTED = (20_000, 60_000)  # 1954 to 2064
CENTURIES = (pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01"))
COMPACT = r"\d{8}"


def read_as_days(columns: Mapping[str, Column], guesses: Guesses) -> dict[str, Column]:
    """Columns of numbers whose header says date, as days where the numbers can be days; each is said."""
    return {name: _dated(column, guesses) for name, column in columns.items()}


def _dated(column: Column, guesses: Guesses) -> Column:
    if fits(column.name, "date") < 0.7 or not column.numeric:
        return column
    numbers = column.numbers
    written = column.cells.astype("str").str.fullmatch(COMPACT, na=False)
    days, why = _compact(column.cells.where(written)), "year, month and day without a sign between"
    if not written.any():
        counted = numbers.between(*COUNTED)
        days = FIRST + pd.to_timedelta(numbers.where(counted) // 1, unit="D")
        why = "days since 1899-12-30, as spreadsheets count"
    known = days.notna()
    if not known.any() or known.sum() < 0.9 * len(column.filled):
        return column
    cells = days.dt.strftime("%Y-%m-%d").astype(object).where(known, column.cells)
    first = int(known.to_numpy().argmax())
    said = f"{column.cells.iloc[first]} is {cells.iloc[first]}"
    guesses.add(f"dates of {column.name}", said, LIKELY, why)
    return replace(column, cells=cells)


def _compact(cells: pd.Series) -> pd.Series:
    days = pd.to_datetime(cells, format="%Y%m%d", errors="coerce")
    return days.where(days.between(CENTURIES[0], CENTURIES[1]))

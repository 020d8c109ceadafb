"""Workbooks, parquet, SPSS and Stata files as text cells; a formula is its own text, never a result.

Text files are read in `record_csv`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.packed import members
from analysis.printed import shown
from analysis.problem import Problem, TableError, refused
from analysis.record_csv import (
    MAX_CELL,
    MAX_COLUMNS,
    MEND_EMPTY,
    first_of_each,
    header_problems,
    table_of,
    unnamed_columns,
)

MAX_UNPACKED = 2**30
MAX_SHEET_ROWS = 2**20
MAX_GAP = 10_000  # empty rows between two filled ones


def read_book(
    file: Path, coded: Collection[str], sheet: str = "", above: int = 0
) -> tuple[pd.DataFrame, list[Problem]]:
    """A table that is no text file, as text cells; `record_files.read_cells` says how."""
    readers: dict[str, Callable[[], tuple[dict[str, Any], pd.Index, list[Problem]]]] = {
        ".xlsx": lambda: _workbook(file, sheet, above),
        ".parquet": lambda: _parquet(file),
        ".sav": lambda: _labelled(file, coded),
        ".dta": lambda: _labelled(file, coded),
    }
    columns, lines, notes = readers[file.suffix.lower()]()
    if not len(lines):
        said = "holds a header and no row below it; expected a header and rows."
        raise refused(file.name, said, MEND_EMPTY)
    problems = header_problems(file.name, list(columns))
    if problems:
        raise TableError(problems)
    return table_of({name: as_text(values) for name, values in columns.items()}, lines), notes


def as_text(values: Iterable[object]) -> pd.Categorical:
    """Values of any kind as the texts that would stand in a CSV file; each different one written once."""
    codes, kinds = pd.factorize(pd.Series(values).astype(object), use_na_sentinel=True)
    texts = [written(value)[: MAX_CELL + 1] for value in kinds]
    merged, kept = pd.factorize(np.array(texts, dtype=object))
    return pd.Categorical.from_codes(np.append(merged, -1)[codes], pd.Index(kept, dtype="str"))


def written(value: Any) -> str:
    """One value as text: 3.0 is `3`, midnight of a day is the day."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if (
        isinstance(value, float | np.floating)
        and float(value).is_integer()
        and abs(float(value)) < 2**53
    ):
        return str(int(value))
    if isinstance(value, datetime.datetime | np.datetime64):
        moment = pd.Timestamp(value)
        day = moment == moment.normalize()
        return f"{moment:%Y-%m-%d}" if day else moment.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(getattr(value, "text", value))


def filled_sheets(file: Path) -> dict[str, list[tuple[int, list[Any]]]]:
    """Sheets of a workbook that hold something: title -> (row number, values) of every filled row.

    Raises
    ------
    TableError
        When the file is no workbook, damaged, or larger than any table of a study.
    """
    from openpyxl import load_workbook

    members(file, MAX_UNPACKED)
    try:
        # Formulas stay formulas: their stored results may be older than what they are made from.
        book = load_workbook(file, read_only=True, keep_links=False, data_only=False)
        sheets = {sheet.title: _filled(file.name, sheet) for sheet in book.worksheets}
        book.close()
    except TableError:
        raise
    except Exception as error:  # openpyxl lets every kind of error through on a damaged workbook
        said = f"damaged as a workbook ({type(error).__name__})."
        raise refused(file.name, said, "open it in a spreadsheet and save it again.") from error
    return {title: rows for title, rows in sheets.items() if rows}


def _workbook(file: Path, sheet: str, above: int) -> tuple[dict[str, Any], pd.Index, list[Problem]]:
    filled = filled_sheets(file)
    if not filled:
        raise refused(file.name, "holds nothing; expected a header and rows.", MEND_EMPTY)
    title = sheet or next(iter(filled))
    rows = [row for row in filled.get(title, ()) if row[0] > above]
    if not rows:
        said = f"the sheet {shown(title)} holds nothing below row {above}."
        raise refused(file.name, said, MEND_EMPTY)
    (_, header), *body = rows
    names = ["" if value is None else str(value).strip() for value in header]
    if len(names) > MAX_COLUMNS or len(body) >= MAX_SHEET_ROWS:
        said = f"the sheet {title!r} is larger than any table of a study."
        raise refused(file.name, said, "is it the right sheet? Save large tables as CSV.")
    names += [""] * (max((len(cells) for _, cells in body), default=0) - len(names))
    columns = first_of_each(
        names,
        [[c[at] if at < len(c) else None for _, c in body] for at in range(len(names))],
    )
    columns.pop("", None)
    lines = pd.Index([number for number, _ in body], name="line")
    notes = [] if sheet else _other_sheets(file.name, list(filled))
    twice = header_problems(file.name, names)
    return columns, lines, [*notes, *twice, *unnamed_columns(file.name, names)]


def _other_sheets(name: str, titles: list[str]) -> list[Problem]:
    if len(titles) == 1:
        return []
    rest = ", ".join(titles[1:])
    said = f"only the first sheet {titles[0]!r} is read; not read: {rest}."
    mend = (
        "put what belongs to the table on the first sheet, and other tables in files of their own."
    )
    return [Problem(name, said, mend=mend, severity="warning", kind="sheets")]


def _filled(name: str, sheet: Any) -> list[tuple[int, list[Any]]]:
    """(number, values) of the rows that hold something; blank cells at the end left out."""
    sheet.reset_dimensions()  # what a sheet says of its own size need not be so
    rows: list[tuple[int, list[Any]]] = []
    before = None
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > MAX_SHEET_ROWS:
            break
        if cells is before:  # a gap is filled up with one empty row over and over
            continue
        before, values = cells, list(cells)
        while values and (values[-1] is None or not str(values[-1]).strip()):
            values.pop()
        if values:
            last = rows[-1][0] if rows else 0
            if len(values) > MAX_COLUMNS or number - last > MAX_GAP:
                raise _far_away(name, sheet.title, number, len(values))
            rows.append((number, values))
    return rows


def _far_away(name: str, title: str, row: int, column: int) -> TableError:
    """A filled cell where no table reaches; the sheet is not filled up to it."""
    said = (
        f"the sheet {shown(title)} holds something in column {column:,} of row {row:,}, far from "
        f"the rest; expected at most {MAX_COLUMNS:,} columns and {MAX_GAP:,} empty rows together."
    )
    return refused(name, said, "delete the cells that stand by themselves, and save it again.", row)


def _parquet(file: Path) -> tuple[dict[str, Any], pd.Index, list[Problem]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        width = len(parquet.read_schema(file).names)
        if width > MAX_COLUMNS:
            said = f"{width:,} columns; expected at most {MAX_COLUMNS:,}."
            raise refused(file.name, said, "one row per family and wave; is it turned on its side?")
        table = parquet.ParquetFile(file).read()
        nested = [f.name for f in table.schema if pa.types.is_nested(f.type)]
        if nested:
            said = f"column {nested[0]!r} holds lists; expected single values."
            raise refused(file.name, said, "write one value in each cell, or leave the column out.")
        columns = {name: table.column(at).to_pandas() for at, name in enumerate(table.column_names)}
    except (pa.ArrowException, ValueError) as error:
        if isinstance(error, TableError):
            raise
        said = f"damaged as a parquet file ({type(error).__name__})."
        raise refused(file.name, said, "save it again, or as CSV (UTF-8).") from error
    if len(columns) < width:
        raise refused(file.name, "two columns have the same name.", "rename one of them.")
    return columns, pd.RangeIndex(2, table.num_rows + 2, name="line"), []


def _labelled(file: Path, coded: Collection[str]) -> tuple[dict[str, Any], pd.Index, list[Problem]]:
    """An SPSS or Stata file: labels stand for codes, except in the columns that must stay codes."""
    import pyreadstat

    read = pyreadstat.read_sav if file.suffix.lower() == ".sav" else pyreadstat.read_dta
    try:
        frame, meta = read(str(file))
    except (pyreadstat.ReadstatError, UnicodeDecodeError, ValueError) as error:
        said = f"damaged as a {file.suffix} file ({error})."
        raise refused(file.name, said, "save it again, or as CSV (UTF-8).") from error
    columns = {}
    for at, name in enumerate(frame.columns):
        values, labels = frame.iloc[:, at], meta.variable_value_labels.get(name, {})
        wanted = name not in coded and bool(labels)
        columns[str(name).strip()] = (
            values.map(lambda v, of=labels: of.get(v, v)) if wanted else values
        )
    return columns, pd.RangeIndex(2, len(frame) + 2, name="line"), []

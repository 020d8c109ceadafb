"""Reading tables of codings, CSV or XLSX, cell by cell as text; a formula is its own text, never a result.

What the columns mean is in the readers.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from analysis.packed import unpacked
from analysis.printed import shown
from analysis.readers.assembly import Report
from analysis.record_csv import decoded, delimiter

MAX_BYTES = 128 * 2**20  # of a CSV file, or of a workbook unpacked
MAX_CELL = 2**24
MAX_ROWS, MAX_COLUMNS = 2**20, 256
MAX_SHOWN = 20


@dataclass(frozen=True)
class Sheet:
    """A table: column names (small letters), rows as (number in the file, cells), `problems`
    of rows that do not fit the header, which matter once the table is chosen; what was `guessed`
    of the encoding, in words."""

    name: str
    header: list[str]
    rows: list[tuple[int, list[str]]]
    problems: list[str]
    formulas: int = 0
    guessed: str = ""


def sheets(path: Path) -> list[Sheet]:
    """The tables of a file: one of a CSV, one per filled sheet of a workbook.

    Raises
    ------
    ValueError
        If the file is neither, is damaged, empty, unsafe or too large.
    """
    with path.open("rb") as file:
        packed = file.read(4) == b"PK\3\4"
    if packed != (path.suffix.lower() == ".xlsx"):
        kind = "a workbook (.xlsx) or zip archive" if packed else "no .xlsx workbook"
        raise ValueError(f"{path.name} is {kind}, whatever its ending says; save it again.")
    return _workbook(path) if packed else [_csv(path)]


def chosen(path: Path, recognises: Callable[[Sequence[str]], bool], report: Report) -> Sheet:
    """The first table of a file with a header that fits; notes in `report` what was assumed.

    Raises
    ------
    ValueError
        As `sheets`; if no header fits, or a row does not fit the header.
    """
    found = sheets(path)
    fitting = [sheet for sheet in found if recognises(sheet.header)]
    if not fitting:
        headers = "; ".join(", ".join(map(shown, sheet.header)) for sheet in found)
        raise ValueError(f"{path.name}: no table with the expected columns; found {headers}.")
    sheet = fitting[0]
    raise_problems(sheet, sheet.problems)
    report.add("read", "rows of the table", len(sheet.rows))
    report.add("skipped", "other sheets", len(found) - 1)
    report.add("warning", "encoding guessed", int(bool(sheet.guessed)), note=sheet.guessed)
    note = "the formula's own text is taken, nothing is computed"
    report.add("warning", "cells stored as formulas", sheet.formulas, note=note)
    return sheet


def column(sheet: Sheet, *names: str) -> list[str]:
    """The cells of the first of `names` that is a column; "" in every row where none is.

    Raises
    ------
    ValueError
        If the column stands there twice.
    """
    for name in names:
        if sheet.header.count(name) > 1:
            raise ValueError(f"{sheet.name}: column {shown(name)} stands there more than once.")
        if name in sheet.header:
            at = sheet.header.index(name)
            return [cells[at] for _, cells in sheet.rows]
    return [""] * len(sheet.rows)


def raise_problems(sheet: Sheet, problems: Sequence[str]) -> None:
    """Raise one ValueError with a line per problem, at most `MAX_SHOWN`; none, no error."""
    if problems:
        rest = [f"and {len(problems) - MAX_SHOWN} more"] if len(problems) > MAX_SHOWN else []
        lines = [f"{sheet.name}: {problem}" for problem in problems[:MAX_SHOWN]]
        raise ValueError("\n".join([*lines, *rest]))


def _table(name: str, rows: list[tuple[int, list[str]]], **odd: Any) -> Sheet:
    """A table from its rows; the first that is filled is the header."""
    filled = [(number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
    if not filled:
        raise ValueError(f"{name}: the table is empty; expected a header and one row per coding.")
    header = [cell.strip().casefold() for cell in _trimmed(filled[0][1])]
    width = len(header)
    problems = [
        f"row {n} has {len(_trimmed(cells))} filled cells of {len(cells)}, the header {width}; "
        "a delimiter too many or too few, or quotation marks missing"
        for n, cells in filled[1:]
        if not len(_trimmed(cells)) <= width <= len(cells)
    ]
    body = [(n, cells[:width]) for n, cells in filled[1:]]
    return Sheet(name, header, body, problems, **odd)


def _trimmed(cells: list[str]) -> list[str]:
    """Cells without the blank ones at the end."""
    width = max((at for at, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return cells[:width]


def _csv(path: Path) -> Sheet:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB.")
    content, notes = decoded(path.name, path.read_bytes())
    said = [part.rstrip(".") for note in notes for part in (note.said, note.mend)]
    with _long_cells():
        records = list(_records(path.name, content, delimiter(content)))
        return _table(path.name, records, guessed="; ".join(said))


@contextmanager
def _long_cells() -> Iterator[None]:
    """The csv module refuses cells above 131,072 characters; a whole answer can be longer."""
    before = csv.field_size_limit(MAX_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _records(name: str, content: str, sign: str) -> Iterator[tuple[int, list[str]]]:
    """Cells with the line they start on, blank lines left out; an empty table gives one empty row."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=sign, strict=True)
    line, empty = 1, True
    try:
        for cells in reader:
            if cells:
                empty = False
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{name}: line {line} is not CSV ({error}); save it again.") from error
    if empty:
        yield 1, [""]


def _workbook(path: Path) -> list[Sheet]:
    _check_workbook(path)
    try:
        # Links are left alone; formulas are kept as text, for computed values of words are lost.
        book = load_workbook(path, read_only=True, keep_links=False, data_only=False)
        read = [(sheet.title, *_cells(sheet)) for sheet in book.worksheets]
        book.close()
    except Exception as error:  # openpyxl lets every kind of error through on a damaged workbook
        raise ValueError(
            f"{path.name} is damaged as a workbook ({type(error).__name__}); save it again."
        ) from error
    if any(rows and rows[-1][0] > MAX_ROWS for _, rows, _ in read):
        raise ValueError(f"{path.name}: more than {MAX_ROWS} rows in a sheet.")
    wide = [n for _, rows, _ in read for n, cells in rows if len(cells) > MAX_COLUMNS]
    if wide:
        raise ValueError(
            f"{path.name}: row {wide[0]} holds something beyond column {MAX_COLUMNS}, where no table of "
            "codings reaches; delete what stands there by itself, and save it again."
        )
    found = []
    for title, rows, formulas in read:
        if rows:
            width = len(rows[0][1])
            padded = [(n, cells + [""] * (width - len(cells))) for n, cells in rows]
            found.append(_table(f"{path.name}, {shown(title)}", padded, formulas=formulas))
    return found or [_table(path.name, [])]


def _check_workbook(path: Path) -> None:
    """Refuse what could fill the memory: a bomb, or XML with entities."""
    for name, data in unpacked(path, MAX_BYTES):
        if b"<!DOCTYPE" in data.replace(b"\0", b"") and "/media/" not in name:
            raise ValueError(f"{path.name}: {shown(name)} declares a document type.")


def _cells(sheet: Any) -> tuple[list[tuple[int, list[str]]], int]:
    """The rows of a sheet that hold something, at most one too many, and how many formulas."""
    sheet.reset_dimensions()  # what a sheet says of its own size need not be so
    rows: list[tuple[int, list[str]]] = []
    formulas, texts, before = 0, [], None
    # A gap is filled up with one empty row over and over: without a limit that never ends.
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if cells is not before:
            texts, before = _trimmed([_text(cell.value) for cell in cells]), cells
        if number > MAX_ROWS:
            rows.append((number, texts))
            break
        if len(texts) > MAX_COLUMNS:
            return [(number, texts)], 0
        if texts:
            formulas += sum(cell.data_type == "f" for cell in cells)
            rows.append((number, texts))
    return rows, formulas


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return str(getattr(value, "text", value))

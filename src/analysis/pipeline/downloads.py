"""Tables as files for a spreadsheet, CSV and XLSX: equal tables give equal bytes, and no text can run as a formula."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from analysis.pipeline.files import put
from analysis.pipeline.markdown import read_table
from analysis.pipeline.results import RAN, harmless
from analysis.pipeline.shown_tables import ShownTable, shown_tables

Value = str | float | int | None
FOLDER = Path("_static") / "tables"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can hold
MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
WIDEST = 60
MEANING = {
    "synthetic": "Synthetic data made by a declared model. It says nothing about the real programme.",
    "published": "Computed from what the sources printed.",
    "coded": "Counted from our coding of published texts.",
    "records": "Computed from the records of the study that this book was made from.",
}


def write_tables(results: Path, stage: Path) -> int:
    """Write every table that the staged notebooks show to `_static/tables`, twice; returns how many there are.

    The last column of each file says whether its numbers are synthetic, so that the mark goes where the file goes.

    Raises
    ------
    EvidenceError
        When results.csv and a page disagree.
    """
    rows, written = read_table(results), set()
    for path in sorted((stage / "notebooks").glob("*.ipynb")):
        for table in shown_tables(path, rows):
            target = stage / FOLDER / f"{table.page}-{table.key}"
            write_table(table, target)
            written.add(target.name)
    for old in (stage / FOLDER).glob("*"):
        if old.stem not in written:
            old.unlink()
    return len(written)


def write_table(table: ShownTable, target: Path) -> None:
    """Write one shown table beside `target`: numbers as in results.csv, everything else as shown."""
    head = [*table.headings, "data"]
    body = [
        [
            *(text if value is None else value for text, value in zip(*pair, strict=True)),
            table.origin,
        ]
        for pair in zip(table.rows, table.values, strict=True)
    ]
    about = [table.caption, f"Page {table.page}, table {table.key}.", MEANING.get(table.origin, "")]
    write_files(target, head, body, about)


def write_files(
    target: Path, head: Sequence[str], body: Sequence[Sequence[Value]], about: Sequence[str]
) -> None:
    """Write `target.csv` and `target.xlsx`; `about` are sentences for a second sheet of the latter."""
    target.parent.mkdir(parents=True, exist_ok=True)
    put(target.with_name(f"{target.name}.csv"), as_csv(head, body))
    workbook, mark = target.with_name(f"{target.name}.xlsx"), _mark(head, body, about)
    if not (workbook.is_file() and workbook.read_bytes().endswith(mark)):
        put(workbook, as_xlsx(head, body, about))


def _mark(head: Sequence[str], body: Sequence[Sequence[Value]], about: Sequence[str]) -> bytes:
    """Digest of what goes into a workbook and of what makes it; it stands in the workbook, which takes longer to make."""
    made_by = (Path(__file__).read_bytes(), openpyxl.__version__)
    return hashlib.sha256(repr((head, body, about, made_by)).encode()).hexdigest().encode()


def as_csv(head: Sequence[str], body: Sequence[Sequence[Value]]) -> str:
    """The table as CSV. A text that begins as a formula gets a quote before it, as OWASP advises; numbers do not."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(_cell, head))
    writer.writerows([_cell(cell) for cell in row] for row in body)
    return file.getvalue()


def _cell(value: Value) -> Value:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return "" if value is None else value


def as_xlsx(head: Sequence[str], body: Sequence[Sequence[Value]], about: Sequence[str]) -> bytes:
    """The table as a workbook with the sheets `table` and `about`; texts are typed as texts, so “=1+1” stays what it is."""
    book = Workbook()
    sheet = book.active
    sheet.title = "table"
    for row, cells in enumerate([head, *body], 1):
        for column, value in enumerate(cells, 1):
            _fill(sheet.cell(row, column), value)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column in sheet.columns:
        longest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(longest + 2, WIDEST)
    sheet.freeze_panes = "B2"
    for row, text in enumerate(about, 1):
        _fill(
            book.create_sheet("about").cell(1, 1) if row == 1 else book["about"].cell(row, 1), text
        )
    return _same_bytes(book, _mark(head, body, about))


def _fill(cell: Cell, value: Value) -> None:
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell.data_type = "s"  # openpyxl would take “=…” for a formula and “#N/A” for an error
    if value[:1] and value[0] in RAN:
        cell.quotePrefix = True  # and so would Excel, when somebody edits the cell


def _same_bytes(book: Workbook, mark: bytes) -> bytes:
    """The workbook without the time of its making, which openpyxl writes into it and into every entry of the zip; `mark` ends it."""
    made, fixed = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = MOMENT.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, content)
        new.comment = mark
    return fixed.getvalue()

"""Reading a table of codings under our own column names, CSV or XLSX, columns in any order."""

import re
from collections.abc import Collection
from pathlib import Path

from analysis.printed import shown
from analysis.readers import CODING, Project
from analysis.readers.assembly import Node, Report, code_tree, project
from analysis.readers.offsets import normalise
from analysis.readers.table import chosen, column, raise_problems

EXPECTED = (
    "columns document, code and either start, end or quote (документ, код, начало, конец, цитата)"
)
NAMES = {
    "document": ("document", "документ", "интервью"),
    "code": ("code", "код"),
    "quote": ("quote", "цитата"),
    "coder": ("coder", "кодировщик"),
    "start": ("start", "начало"),
    "end": ("end", "конец"),
    "memo": ("memo", "заметка"),
    "created": ("created", "создано"),
}


def recognises(header: Collection[str]) -> bool:
    """Whether a table with this header holds codings under our names, English or Russian."""
    names = {name for name, known in NAMES.items() if set(known) & set(header)}
    return {"document", "code"} <= names and ({"start", "end"} <= names or "quote" in names)


def read_project(path: str | Path) -> Project:
    """Read a table of codings.

    Parameters
    ----------
    path : columns `document, code` and `start, end` (code points from 0, end exclusive) or
        `quote`; `coder, created, memo` if there are any, or their Russian names in `NAMES`. Other
        columns are not read.

    Returns
    -------
    Project
        One coding per row with a code; there are no documents. Where no position is given,
        `start` and `end` are missing.

    Raises
    ------
    ValueError
        If the file is no such table, a row has no document, or a position is no position; every
        such row is named.
    """
    report = Report()
    sheet = chosen(Path(path), recognises, report)
    others = [
        name for name in sheet.header if name and not any(name in known for known in NAMES.values())
    ]
    report.add("skipped", "other columns", len(others), note=", ".join(map(shown, others)))
    cells = {name: column(sheet, *NAMES[name]) for name in CODING}
    rows = [dict(zip(cells, values, strict=True)) for values in zip(*cells.values(), strict=True)]
    raise_problems(
        sheet, [p for row, (n, _) in zip(rows, sheet.rows, strict=True) for p in _problems(row, n)]
    )
    report.add("skipped", "rows without a code", sum(not row["code"].strip() for row in rows))
    rows = [_coding(row) for row in rows if row["code"].strip()]
    _note_positions(rows, report)
    codebook, _ = code_tree([Node(c, c) for c in dict.fromkeys(row["code"] for row in rows)])
    return project(rows, {}, codebook, report)


def _problems(row: dict[str, str], number: int) -> list[str]:
    found = []
    if not row["document"].strip():
        found.append(f"row {number}: no document; every row names its document")
    start, end = row["start"].strip(), row["end"].strip()
    wrong = [
        (n, t) for n, t in (("start", start), ("end", end)) if not re.fullmatch("[0-9]{1,12}", t)
    ]
    if not start and not end:
        if not row["quote"].strip():
            found.append(f"row {number}: neither start and end nor quote")
    elif wrong:
        found += [
            f"row {number}: {name} is {shown(value)}; expected a whole number from 0"
            for name, value in wrong
        ]
    elif int(start) >= int(end):
        found.append(f"row {number}: end {end} is not after start {start}; the end is exclusive")
    return found


def _coding(row: dict[str, str]) -> dict:
    places = {name: int(row[name]) if row[name].strip() else None for name in ("start", "end")}
    names = {name: row[name].strip() for name in ("document", "code", "coder")}
    rest = {name: normalise(row[name]) for name in ("memo", "quote")}
    return places | names | rest | {"created": row["created"].strip() or None}


def _note_positions(rows: list[dict], report: Report) -> None:
    placed = [row for row in rows if row["start"] is not None]
    note = "code points from 0, end exclusive, as this table must count; no text to check it by"
    report.add("rule", "offset rule", len(placed), note=note)
    wrong = sum(bool(r["quote"]) and len(r["quote"]) != r["end"] - r["start"] for r in placed)
    note = "the tool that made the table may count otherwise (bytes, UTF-16, end inside)"
    report.add("warning", "quotes that are not end - start characters long", wrong, note=note)

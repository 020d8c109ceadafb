"""What sheets of a workbook have that text files have not: merged cells, two rows of headers, formulas."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.importing.columns import NUMBER
from analysis.importing.guess import LIKELY, UNSURE, Guesses
from analysis.importing.words import fits, lists, parts
from analysis.record_books import as_text, filled_sheets
from analysis.record_csv import table_of

FORMULAS = 0.5  # share of its cells from which a column is one of formulas
Tables = Mapping[str, pd.DataFrame]


def filled_down(path: Path, tables: Tables, guesses: Guesses) -> dict[str, pd.DataFrame]:
    """Tables of a workbook by the titles of their sheets; what a merged area shows stands in all its rows, and is said."""
    if not _holds_merged(path):
        return dict(tables)
    from openpyxl import load_workbook

    book = load_workbook(path, keep_links=False)
    return {title: _filled_down(book[title], cells, guesses) for title, cells in tables.items()}


def _holds_merged(path: Path) -> bool:
    """Whether any sheet has merged cells; asked first, because only a workbook read as a whole tells where."""
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<mergeCell " in archive.read(name) for name in sheets)


def _filled_down(sheet: Any, cells: pd.DataFrame, guesses: Guesses) -> pd.DataFrame:
    names = _names(sheet, cells)
    found: dict[str, dict[int, str]] = {}
    for area in sheet.merged_cells.ranges:
        name = names.get(area.min_col, "")
        if name not in cells or area.min_row == area.max_row or area.min_row not in cells.index:
            continue
        shown = cells.loc[area.min_row, name]
        rows = range(area.min_row + 1, area.max_row + 1)
        below = {row: str(shown) for row in rows if row in cells.index and not pd.isna(shown)}
        found.setdefault(name, {}).update(below)
    for name, below in found.items():
        column = cells[name].astype(object)
        column.loc[list(below)] = list(below.values())
        cells = cells.assign(**{name: column})
        why = "filled down: merged cells stand for all their rows"
        guesses.add(f"merged cells in {name}", f"{len(below)} rows", LIKELY, why)
    return cells


def _names(sheet: Any, cells: pd.DataFrame) -> dict[int, str]:
    """Number of a column -> its name in the row of the header, which stands above the first row of the table."""
    for row in range(int(cells.index[0]) - 1, 0, -1):
        texts = {cell.column: str(cell.value).strip() for cell in sheet[row] if cell.value}
        if set(map(str, cells)) <= set(texts.values()):
            return texts
    return {}


def two_headers(path: Path, title: str, guesses: Guesses) -> pd.DataFrame | None:
    """The table of a sheet whose header has two rows, a name of the upper standing for several of the lower; else None."""
    rows = filled_sheets(path).get(title, [])
    if len(rows) < 3:
        return None
    (_, upper), (_, lower), *body = rows
    names = _put_together(_texts(upper), _texts(lower))
    width = len(names)
    if not names or any(len(cells) > width for _, cells in body):
        return None
    lines = pd.Index([number for number, _ in body], name="line")
    padded = [[*cells, *[None] * (width - len(cells))] for _, cells in body]
    said = ", ".join(names)
    why = "two rows of headers put together"
    guesses.add(f"header of {path.name}", said, LIKELY, why)
    columns = zip(names, zip(*padded, strict=True), strict=True)
    return table_of({name: as_text(values) for name, values in columns}, lines)


def _texts(cells: list[Any]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in cells]


def _put_together(upper: list[str], lower: list[str]) -> list[str]:
    """Names of two rows as one, the wave behind the measure; [] when they are not two rows of headers."""
    width = max(len(upper), len(lower))
    upper, lower = ([*row, *[""] * (width - len(row))] for row in (upper, lower))
    if any(NUMBER.match(name) for name in lower) or not upper[0]:
        return []
    over, spans, pairs = "", False, []
    for above, below in zip(upper, lower, strict=True):
        spans = spans or (not above and bool(below))
        over = above or (over if below else "")
        pairs.append((over, below))
    timed = any(_of_time(above) for above, below in pairs if below)
    names = [" ".join((b, a) if timed else (a, b)).strip() for a, b in pairs]
    return names if spans and all(names) and len(set(names)) == width else []


def _of_time(name: str) -> bool:
    known = {*lists()["waves"]["known"], *lists()["waves"]["known_ru"]}
    return fits(name, "wave") > 0 or any(part in known for part in parts(name))


def without_formulas(cells: pd.DataFrame, guesses: Guesses) -> pd.DataFrame:
    """Without columns of formulas, whose results are not read because they may be older than what they rest on."""
    shares = {
        str(name): cells[name].dropna().astype(str).str.match(r"=\s*[\w(+\-]").mean()
        for name in cells
        if fits(str(name), "family") < 1
    }
    found = [name for name, share in shares.items() if share >= FORMULAS]
    why = "its cells are formulas, which are not computed here; paste their values to have it"
    for name in found:
        guesses.add("left out", name, UNSURE, why)
    return cells.drop(columns=found) if len(found) < cells.shape[1] else cells

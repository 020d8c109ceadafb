"""Somebody's files as tables: the sheets that are tables, a header below a title, rows of totals, labels of codes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from analysis.importing.columns import NUMBER
from analysis.importing.endings import BOTTOM, above_endings, is_note
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.interviews import BringError
from analysis.importing.labels import no_answers
from analysis.importing.numerals import thousands
from analysis.importing.sheets import filled_down, two_headers, without_formulas
from analysis.problem import Problem, TableError
from analysis.record_files import read_cells

TOP, TOP_BYTES = 12, 2**16  # rows in which a header is looked for below a title
TABLE_WIDTH = 3  # columns from which a sheet is a table and no note
Row = tuple[int, list[str]]  # number in the file or sheet, filled cells


@dataclass(frozen=True, eq=False)
class Given:
    """A table as it was given: its file, its own name, text cells; labels of codes by column, and of columns."""

    file: Path
    name: str
    cells: pd.DataFrame
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def given(path: Path, guesses: Guesses) -> list[Given]:
    """The tables of a file: one, or each sheet of a workbook that has the same columns as the first that is a table.

    Raises
    ------
    BringError
        When the file holds no table that can be read.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            return _of_book(path, guesses)
        labels, titles = _labels(path)
        cells = _read(path, "", guesses, labels)
    except TableError as error:
        raise BringError(str(error)) from error
    for name, codes in _no_answers(path).items():
        guesses.add(f"left empty in {name}", codes, SURE, "the file declares these codes missing")
    return [Given(path, path.stem, cells, labels, titles)]


def _of_book(path: Path, guesses: Guesses) -> list[Given]:
    from analysis.record_books import filled_sheets

    sheets = {
        title: [(n, _filled(cells)) for n, cells in rows[:TOP]]
        for title, rows in filled_sheets(path).items()
    }
    wide = [t for t, top in sheets.items() if max(len(cells) for _, cells in top) >= TABLE_WIDTH]
    first = (wide or list(sheets) or [""])[0]
    cells = _read(path, first, guesses, {}, sheets.get(first, []))
    found = {first: cells}
    for title, top in sheets.items():
        rows = [n for n, names in top if set(names) == set(cells.columns)]
        if title != first and rows:
            more, _ = read_cells(path, sheet=title, above=rows[0] - 1)
            found[title] = above_endings(more, guesses)
    rest = [title for title in sheets if title not in found]
    if len(found) > 1:
        guesses.add("sheets", ", ".join(found), LIKELY, "they have the same columns")
    found = filled_down(path, found, guesses)
    found = {title: without_formulas(cells, guesses) for title, cells in found.items()}
    if rest:
        why = f"not read; {first!r} is a table, and these have other columns"
        guesses.add("sheets left out", ", ".join(rest), UNSURE, why)
    return [Given(path, path.stem if len(found) == 1 else t, c) for t, c in found.items()]


def _read(
    path: Path,
    sheet: str,
    guesses: Guesses,
    labels: Mapping[str, object],
    top: list[Row] | None = None,
) -> pd.DataFrame:
    """The cells of one table, read below its title where it has one. Labelled columns stay codes."""
    top = _top(path) if top is None else top
    try:
        cells, notes = read_cells(path, coded=list(labels), sheet=sheet)
        nameless = cells.shape[1] == 1 or any(note.kind == "no name" for note in notes)
        below = _below_title(top) if nameless else None
        if nameless and below is None and sheet:
            headed = two_headers(path, sheet, guesses)
            if headed is not None:
                return above_endings(headed, guesses)
    except TableError as error:
        below = _below_title(top)
        if below is None:
            return _above_notes(path, error, guesses)
    if below is not None:
        cells, notes = read_cells(path, coded=list(labels), sheet=sheet, above=below - 1)
        said = (
            f"row {below}; left out above it: {'; '.join(' '.join(c) for n, c in top if n < below)}"
        )
        guesses.add(f"header of {path.name}", said, LIKELY, "the first row with a name everywhere")
    _note(path, notes, guesses)
    cells = thousands(cells, guesses) if _by_commas(path) else cells
    return above_endings(cells, guesses)


def _by_commas(path: Path) -> bool:
    """Whether a text file is parted by commas."""
    lines = _lines(path)
    return bool(lines) and _mark(lines) == ","


def _above_notes(path: Path, error: TableError, guesses: Guesses) -> pd.DataFrame:
    """A text file without the lines at its end that are shorter than its rows: notes below the table."""
    raw = path.read_bytes()
    lines = raw.splitlines(keepends=True)
    while lines and not lines[-1].strip(b" ;,\t\r\n"):
        lines.pop()
    short = [p.row for p in error.problems if p.kind == "row length" and p.row is not None]
    first = len(lines) - len(short) + 1
    at_end = short == list(range(first, len(lines) + 1)) and len(short) <= BOTTOM
    mark = _mark(_lines(path)) if at_end else ""
    notes_only = at_end and all(is_note(line, mark) for line in lines[first - 1 :])
    if not short or len(short) < len(error.problems) or not notes_only or b"\0" in raw:
        raise error
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(b"".join(lines[: first - 1]))
        cells, notes = read_cells(copy)
    for number in short:
        guesses.add("rows", f"row {number} left out", LIKELY, "a note below the table")
    _note(path, notes, guesses)
    return above_endings(thousands(cells, guesses) if _by_commas(path) else cells, guesses)


def _note(path: Path, notes: Iterable[Problem], guesses: Guesses) -> None:
    for note in notes:
        guesses.add("reading", path.name, LIKELY, note.message)


def _below_title(top: list[Row]) -> int | None:
    """The row that looks like the header when a title stands above it: much wider, words only, none twice."""
    (_, first), *rest = top or [(1, [])]
    for number, cells in rest:
        words = not any(NUMBER.match(cell) for cell in cells)
        wide = len(cells) >= max(TABLE_WIDTH, 2 * len(first) + 1)
        if wide and len(set(cells)) == len(cells) and words:
            return number
    return None


def _lines(path: Path) -> list[str]:
    """The first lines of a text file; none of another file."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return []
    raw = path.read_bytes()[:TOP_BYTES]
    try:
        text = raw.decode("utf-8-sig", "strict" if len(raw) < TOP_BYTES else "ignore")
    except UnicodeDecodeError:
        text = raw.decode("cp1251", "replace")
    return text.replace("\0", "").splitlines()[:TOP]


def _mark(lines: list[str]) -> str:
    """What parts the cells of these lines."""
    return max(";\t,", key="\n".join(lines).count)


def _top(path: Path) -> list[Row]:
    """The first rows of a text file that hold something; none of another file."""
    lines = _lines(path)
    mark = _mark(lines)
    rows = [
        (n, _filled(next(csv.reader([line], delimiter=mark), [])))
        for n, line in enumerate(lines, 1)
    ]
    return [row for row in rows if row[1]]


def _filled(cells: Iterable[object]) -> list[str]:
    texts = ["" if cell is None else str(cell).strip().strip('"').strip() for cell in cells]
    return [text for text in texts if text]


def _no_answers(path: Path) -> dict[str, str]:
    """Codes an SPSS file declares missing: column -> those that occur in it."""
    if path.suffix.lower() != ".sav":
        return {}
    import pyreadstat

    frame, meta = pyreadstat.read_sav(str(path), user_missing=True)
    return no_answers(meta, frame)


def _labels(path: Path) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Labels in an SPSS or Stata file: column -> code -> label, codes in their order; column -> its own label."""
    suffix = path.suffix.lower()
    if suffix not in (".sav", ".dta"):
        return {}, {}
    import pyreadstat

    read = pyreadstat.read_sav if suffix == ".sav" else pyreadstat.read_dta
    try:
        _, meta = read(str(path), metadataonly=True)
    except (pyreadstat.ReadstatError, UnicodeDecodeError, ValueError):
        return {}, {}
    titles = {
        name: " ".join(str(t or "").split()) for name, t in meta.column_names_to_labels.items()
    }
    return {
        name: {
            _code(code): str(label)
            for code, label in sorted(labels.items(), key=lambda p: (str(type(p[0])), p[0]))
        }
        for name, labels in meta.variable_value_labels.items()
    }, titles


def _code(code: object) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)

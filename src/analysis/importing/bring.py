"""From somebody's files to a study folder: what each file is, the tables written, the declaration beside them.

The only room here that touches files; the guessing is in the others.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.importing.columns import NUMBER, columns_of
from analysis.importing.declare import Declaration, toml
from analysis.importing.guess import LIKELY, SURE, Guesses
from analysis.importing.interviews import BringError, taken_in
from analysis.importing.labels import no_answers
from analysis.importing.ratings import Ratings, guessed, together
from analysis.importing.words import fits
from analysis.problem import TableError
from analysis.record_files import SUFFIXES, read_cells

CODED = (".qdpx", ".sqlite3", ".sqlite", ".requal", ".qda")
TOP, TOP_BYTES = 12, 2**16  # rows in which a header is looked for below a title
INVENTED = ("true", "1", "yes")


def bring(files: Sequence[Path], folder: Path) -> Guesses:
    """Make a study folder from files: monitoring.csv, copies of coded interviews, interviews.csv, study.toml.

    Nothing is written before everything was read, and the folder takes its name in one step.

    Raises
    ------
    BringError
        When a file cannot be read, nothing in the files can be used, or the folder holds a study already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BringError(f"{folder} is there already and not empty; choose a new folder with --to.")
    guesses = Guesses()
    coded, tables = _sorted(files)
    frames = {path: _read(path, guesses) for path in tables}
    interviews = {path: frame for path, frame in frames.items() if coded and _is_interviews(frame)}
    ratings = {path: frame for path, frame in frames.items() if path not in interviews}
    known = {path: _labels(path) for path in ratings}
    declared = Declaration(
        title=re.sub(r"[_\W]+", " ", files[0].stem).strip().capitalize() or "Study",
        language="ru" if _cyrillic(frames.values()) else "en",
        sources=tuple(path.name for path in files),
        synthetic=_all_synthetic(frames, guesses),
    )
    found: Ratings | None = None
    if ratings:
        joined = together(
            {path.stem: columns_of(frame, *known[path]) for path, frame in ratings.items()}, guesses
        )
        found = guessed(joined, guesses)
        declared = replace(
            declared, waves=found.waves, lacking=found.lacking, scales=found.scales, risk=found.risk
        )
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        if found is not None:
            _write(found.table, partial / "monitoring.csv", declared.synthetic)
        if coded:
            declared = taken_in(coded, interviews, partial, declared, guesses)
        (partial / "study.toml").write_text(toml(declared, guesses), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return guesses


def _sorted(files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Coded interviews, and tables."""
    coded, tables = [], []
    for path in files:
        if not path.exists():
            raise BringError(f"{path}: there is no such file.")
        if path.suffix.lower() in CODED or _holds_codings(path):
            coded.append(path)
        elif path.suffix.lower() in SUFFIXES:
            tables.append(path)
        else:
            known = ", ".join([*SUFFIXES, *CODED])
            raise BringError(
                f"{path.name}: not a kind of file that can be brought in; expected {known}."
            )
    return coded, tables


def _holds_codings(path: Path) -> bool:
    """Whether a reader of codings knows the table by its header: then it is one of codings, not of ratings."""
    if path.suffix.lower() not in (".csv", ".tsv", ".xlsx"):
        return False
    from analysis.readers import read_project

    try:
        return bool(len(read_project(path).coding))
    except (ValueError, OSError):
        return False


def _read(path: Path, guesses: Guesses) -> pd.DataFrame:
    try:
        frame, notes = read_cells(path, coded=_coded_columns(path))
    except TableError as error:
        raise BringError(f"{error}{_header_below(path)}") from error
    nameless = frame.shape[1] == 1 or any(note.kind == "no name" for note in notes)
    below = _header_below(path) if nameless else ""
    if below:
        raise BringError(f"{path.name}: row 1 is no header of a table.{below}")
    for name, codes in _no_answers(path).items():
        guesses.add(f"left empty in {name}", codes, SURE, "the file declares these codes missing")
    for note in notes:
        guesses.add("reading", path.name, LIKELY, note.message)
    return frame


def _header_below(path: Path) -> str:
    """A sentence on the row that looks like the header, when a title stands above it; "" when row 1 may be one."""
    (_, first), *rest = _top(path) or [(1, [])]
    for number, cells in rest:
        words = not any(NUMBER.match(cell) for cell in cells)
        if len(cells) >= max(3, 2 * len(first) + 1) and len(set(cells)) == len(cells) and words:
            shown = ", ".join(cells[:4]) + (", ..." if len(cells) > 4 else "")
            return (
                f" The header seems to stand in row {number} ({shown}): delete the rows above it, "
                "so that the names of the columns are the first row, and import the file again."
            )
    return ""


def _top(path: Path) -> list[tuple[int, list[str]]]:
    """The first rows of a text file or workbook that hold something: number in the file, filled cells."""
    if path.suffix.lower() == ".xlsx":
        return _top_of_book(path)
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return []
    raw = path.read_bytes()[:TOP_BYTES]
    try:
        text = raw.decode("utf-8-sig", "strict" if len(raw) < TOP_BYTES else "ignore")
    except UnicodeDecodeError:
        text = raw.decode("cp1251", "replace")
    lines = text.replace("\0", "").splitlines()[:TOP]
    mark = max(";\t,", key="\n".join(lines).count)
    rows = [
        (n, _filled(next(csv.reader([line], delimiter=mark), [])))
        for n, line in enumerate(lines, 1)
    ]
    return [row for row in rows if row[1]]


def _top_of_book(path: Path) -> list[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, keep_links=False)
        for sheet in book.worksheets:
            rows = enumerate(sheet.iter_rows(max_row=TOP, values_only=True), 1)
            filled = [(n, _filled(cells)) for n, cells in rows]
            if any(cells for _, cells in filled):
                return [row for row in filled if row[1]]
    except Exception:  # damaged in any way: the reader of tables has said or will say so
        return []
    return []


def _filled(cells: Iterable[object]) -> list[str]:
    texts = ["" if cell is None else str(cell).strip().strip('"').strip() for cell in cells]
    return [text for text in texts if text]


def _coded_columns(path: Path) -> list[str]:
    """Labelled columns stay codes; their labels are kept beside them."""
    return list(_labels(path)[0])


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


def _is_interviews(frame: pd.DataFrame) -> bool:
    return any(fits(str(name), "interview") == 1 for name in frame)


def _write(table: pd.DataFrame, file: Path, synthetic: bool) -> None:
    marked = table.assign(synthetic="true") if synthetic else table
    marked.to_csv(file, index=False, encoding="utf-8", lineterminator="\n")


def _all_synthetic(frames: Mapping[Path, pd.DataFrame], guesses: Guesses) -> bool:
    """Whether the tables say of all their rows that they are invented, in a column `synthetic`."""
    said = {
        path.name: frame["synthetic"].astype(str).str.strip().str.lower().isin(INVENTED).all()
        for path, frame in frames.items()
        if "synthetic" in frame
    }
    invented = [name for name, all_rows in said.items() if all_rows]
    if invented and len(invented) < len(frames):
        raise BringError(
            f"{', '.join(invented)}: the column `synthetic` says that all is invented, which the other files do not say; "
            "bring in real and invented records apart."
        )
    if invented:
        guesses.add("synthetic", "true", SURE, "the column `synthetic` says so of every row")
    return bool(invented)


def _cyrillic(frames: object) -> bool:
    headers = "".join(str(name) for frame in frames for name in frame)  # type: ignore[attr-defined]
    return len(re.findall(r"[А-Яа-яЁё]", headers)) > len(headers) / 3

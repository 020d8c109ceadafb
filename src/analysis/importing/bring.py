"""From somebody's files to a study folder: what each file is, the tables written, the declaration beside them.

The only room here that touches files; the guessing is in the others.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.importing.answers import numbered
from analysis.importing.columns import Column, columns_of
from analysis.importing.days import read_as_days
from analysis.importing.declare import Declaration, toml
from analysis.importing.guess import LIKELY, SURE, Guesses
from analysis.importing.interviews import BringError, taken_in
from analysis.importing.joining import together
from analysis.importing.numerals import read_as_numbers, unanswered
from analysis.importing.ratings import Ratings, guessed
from analysis.importing.reading import Given, given
from analysis.importing.words import fits
from analysis.record_files import SUFFIXES

CODED = (".qdpx", ".sqlite3", ".sqlite", ".requal", ".qda")
INVENTED = ("true", "1", "yes")


def bring(files: Sequence[Path], folder: Path) -> Guesses:
    """Make a study folder from files: monitoring.csv, copies of coded interviews, interviews.csv, study.toml.

    Nothing is written before everything was read, and the folder takes its name in one step.

    Raises
    ------
    BringError
        When a file cannot be read, nothing in the files can be used, or the folder holds a study already.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BringError(f"{folder} is there already and not empty; choose a new folder with --to.")
    guesses = Guesses()
    coded, tables = _sorted(files)
    read = [table for path in tables for table in given(path, guesses)]
    read = _without_codebooks(read, bool(coded), guesses)
    interviews = [table for table in read if coded and _is_interviews(table.cells)]
    ratings = [table for table in read if table not in interviews]
    declared = Declaration(
        title=re.sub(r"[_\W]+", " ", files[0].stem).strip().capitalize() or "Study",
        language="ru" if _cyrillic(read) else "en",
        sources=tuple(path.name for path in files),
        synthetic=_all_synthetic(read, guesses),
    )
    found = _rated(ratings, guesses) if ratings else None
    if found is not None:
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
            listed = [table.cells for table in interviews]
            declared = taken_in(coded, listed, partial, declared, guesses)
        (partial / "study.toml").write_text(toml(declared, guesses), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return guesses


def _rated(tables: Sequence[Given], guesses: Guesses) -> Ratings:
    """The tables of ratings as one monitoring table, numbers and days read however they are written."""
    joined = together(_named(tables), guesses)
    for step in (read_as_numbers, read_as_days, numbered, unanswered):
        joined = step(joined, guesses)
    return guessed(joined, guesses)


def _named(tables: Sequence[Given]) -> dict[str, dict[str, Column]]:
    """The columns of tables by name, with their file or folder before it where two are called the same."""
    found: dict[str, dict[str, Column]] = {}
    for table in tables:
        alike = [other for other in tables if other.name == table.name]
        files = {other.file.stem for other in alike}
        before = table.file.stem if len(files) == len(alike) else table.file.parent.name
        name = f"{before} {table.name}" if len(alike) > 1 else table.name
        name = name if name not in found else f"{name} {len(found) + 1}"
        found[name] = columns_of(table.cells, table.labels, table.titles)
    return found


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


def _without_codebooks(read: list[Given], coded: bool, guesses: Guesses) -> list[Given]:
    """Without tables that only say what codes mean, as Taguette exports them."""
    from analysis.readers.taguette_codebook import recognises

    books = [table for table in read if recognises(list(map(str, table.cells)))]
    for book in books:
        why = "a codebook: it says what codes mean, and holds no ratings and no coded passages"
        guesses.add("left out", book.file.name, LIKELY, why)
    if books and len(books) == len(read) and not coded:
        name = books[0].file.name
        raise BringError(f"{name}: a codebook only; bring in the table of highlights with it.")
    return [table for table in read if table not in books]


def _is_interviews(frame: pd.DataFrame) -> bool:
    return any(fits(str(name), "interview") == 1 for name in frame)


def _write(table: pd.DataFrame, file: Path, synthetic: bool) -> None:
    marked = table.assign(synthetic="true") if synthetic else table
    marked.to_csv(file, index=False, encoding="utf-8", lineterminator="\n")


def _all_synthetic(tables: Sequence[Given], guesses: Guesses) -> bool:
    """Whether the tables say of all their rows that they are invented, in a column `synthetic`."""
    said = {
        table.name: table.cells["synthetic"]
        .astype(str)
        .str.strip()
        .str.lower()
        .isin(INVENTED)
        .all()
        for table in tables
        if "synthetic" in table.cells
    }
    invented = [name for name, all_rows in said.items() if all_rows]
    if invented and len(invented) < len(tables):
        raise BringError(
            f"{', '.join(invented)}: the column `synthetic` says that all is invented, which the other files do not say; "
            "bring in real and invented records apart."
        )
    if invented:
        guesses.add("synthetic", "true", SURE, "the column `synthetic` says so of every row")
    return bool(invented)


def _cyrillic(tables: Sequence[Given]) -> bool:
    headers = "".join(str(name) for table in tables for name in table.cells)
    return len(re.findall(r"[А-Яа-яЁё]", headers)) > len(headers) / 3

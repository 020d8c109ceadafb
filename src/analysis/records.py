"""The tables of a study folder: monitoring and interviews, read once and checked before anything is computed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.contract import TABLES
from analysis.record_problems import (
    item_names,
    listed,
    missing_columns,
    of_interviews,
    of_monitoring,
)
from analysis.study import Study, StudyError
from analysis.toml import twice

MAX_SHOWN = 20
MISSING = ("", "NA", "NaN")


def check_tables(study: Study) -> None:
    """Read every table of a study once and say what is wrong with any of them.

    Raises
    ------
    StudyError
        Every problem of every table at once.
    """
    loads: list[Callable[[Study], object]] = [load_monitoring]
    loads += [load_interviews, load_translations, coding_files] if study.interviews else []
    problems: list[str] = []
    for load in loads:
        try:
            load(study)
        except StudyError as error:
            problems += error.problems
    if problems:
        raise StudyError(problems)


def load_monitoring(study: Study) -> pd.DataFrame:
    """The monitoring table under standard column names, one row per family and wave.

    Returns
    -------
    DataFrame
        `family, centre, curator, wave, date`, the items (float, NaN where missing) and `risk`;
        `wave` and `risk` are ordered categoricals in the study's order. Sorted by family and wave.

    Raises
    ------
    StudyError
        Every problem at once: file, row, column, what was found and what was expected.
    """
    file = study.folder / "monitoring.csv"
    if not file.is_file():
        raise StudyError(
            [f"{file.name}: not in the study folder; the casework chapters are made from it."]
        )
    raw = _clean(_read(file))
    problems = missing_columns(study, raw)
    if problems:
        raise StudyError([f"{file.name}: {problem}" for problem in problems])
    frame = _standard(study, raw)
    problems = of_monitoring(study, raw, frame)
    if problems:
        raise StudyError([f"{file.name}: {problem}" for problem in _shorten(problems)])
    return _typed(study, frame)


def load_interviews(study: Study) -> pd.DataFrame:
    """One row per interview: `interview, role, centre` and whatever else the study's table holds.

    Raises
    ------
    StudyError
        When the study has no interviews, or the table lacks a declared variable, names an interview
        twice or not at all, or holds real rows in a synthetic study or the other way round.
    """
    if study.interviews is None:
        raise StudyError(["study.toml declares no [interviews]; this chapter needs them."])
    file = _inside(study, study.interviews.table)
    frame = _clean(_read(file))
    problems = of_interviews(study, frame, ("interview", *study.interviews.variables))
    if problems:
        raise StudyError([f"{file.name}: {problem}" for problem in problems])
    return frame.fillna("").reset_index(drop=True)


def load_translations(study: Study) -> pd.DataFrame:
    """Translations of quoted passages: `document, quote, translation`. Empty when the study has none."""
    columns = ["document", "quote", "translation"]
    if study.interviews is None or not study.interviews.translations:
        return pd.DataFrame(columns=columns)
    file = _inside(study, study.interviews.translations)
    frame = _read(file)
    lacking = [column for column in columns if column not in frame]
    if lacking:
        raise StudyError(
            [f"{file.name}: there is no column {c!r}; it holds {listed(frame)}." for c in lacking]
        )
    return frame[columns].reset_index(drop=True)


def has(study: Study, name: str) -> bool:
    """Whether the study declares the further table of that name."""
    return name in study.tables


def load_table(study: Study, name: str) -> pd.DataFrame:
    """A further table of the study, typed as `contract.TABLES[name]` says.

    Returns
    -------
    DataFrame
        The columns of the contract in its order: text str, date datetime64, number float64, count
        Int64, truth bool; empty cells of text are "", others NaN, NaT or <NA>. Rows as in the file.

    Raises
    ------
    StudyError
        When the study does not declare the table; else every problem of the table at once.
    """
    if name not in study.tables:
        raise StudyError([f"study.toml declares no table {name!r} in [tables]; this needs it."])
    file = _inside(study, study.tables[name])
    raw = _clean(_read(file))
    columns = TABLES[name].columns
    lacking = [column.name for column in columns if column.name not in raw]
    if lacking:
        raise StudyError(
            [f"{file.name}: there is no column {c!r}; it holds {listed(raw)}." for c in lacking]
        )
    kinds: dict[str, Callable[[pd.Series], pd.Series]] = {
        "text": lambda cells: cells.fillna(""),
        "date": lambda cells: pd.to_datetime(cells, format="%Y-%m-%d"),
        "number": lambda cells: pd.to_numeric(cells).astype(float),
        "count": lambda cells: pd.to_numeric(cells).astype("Int64"),
        "truth": lambda cells: cells.str.lower().isin(("true", "1", "yes")),
    }
    typed = {column.name: kinds[column.kind](raw[column.name]) for column in columns}
    return pd.DataFrame(typed).reset_index(drop=True)


def coding_files(study: Study) -> list[Path]:
    """The files with coded interviews, one or more per coder."""
    if study.interviews is None:
        raise StudyError(["study.toml declares no [interviews]; this chapter needs them."])
    files, problems = [], []
    for name in study.interviews.coding:
        try:
            files.append(_inside(study, name))
        except StudyError as error:
            problems += error.problems
    if problems:
        raise StudyError(problems)
    return files


def _inside(study: Study, name: str) -> Path:
    file = (study.folder / name).resolve()
    if not file.is_relative_to(study.folder):
        raise StudyError(
            [f"study.toml: {name!r} leads out of the study folder; name a file inside it."]
        )
    if not file.is_file():
        raise StudyError(
            [f"{name}: study.toml names this file, but it is not in the study folder."]
        )
    return file


def _read(file: Path) -> pd.DataFrame:
    """A CSV file, every cell as text, indexed by its line in the file; blank lines are left out."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            numbered = [(reader.line_num, cells) for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise StudyError([f"{file.name}: not readable as CSV in UTF-8 ({error})."]) from error
    rows = {line: cells for line, cells in numbered if any(map(str.strip, cells))}
    if len(rows) < 2:
        found = "a header and no row below it" if rows else "nothing"
        raise StudyError([f"{file.name}: holds {found}; expected a header and rows."])
    header, *body = rows.values()
    lines = list(rows)[1:]
    problems = [f"column {name!r} stands there more than once." for name in twice(header)]
    problems += [
        f"row {line}: {len(cells)} cells; expected {len(header)} as in the header."
        for line, cells in zip(lines, body, strict=True)
        if len(cells) != len(header)
    ]
    if problems:
        raise StudyError([f"{file.name}: {problem}" for problem in _shorten(problems)])
    return pd.DataFrame(body, columns=header, index=lines, dtype="str")


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """Without blanks around cells, and with what stands for nothing as missing."""
    stripped = frame.apply(lambda column: column.str.strip())
    return stripped.mask(stripped.isin(MISSING))


def _standard(study: Study, raw: pd.DataFrame) -> pd.DataFrame:
    """The columns that are used, under their standard names; others of the same name are left behind."""
    names = {theirs: ours for ours, theirs in study.columns.items()}
    names |= {item: item for item in item_names(study)}
    names |= {study.risk.column: "risk"} if study.risk else {}
    return raw[list(names)].rename(columns=names)


def _shorten(problems: list[str]) -> list[str]:
    rest = len(problems) - MAX_SHOWN
    return problems if rest <= 0 else [*problems[:MAX_SHOWN], f"and {rest} more problems."]


def _typed(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    items = item_names(study)
    typed = frame.copy()
    typed["date"] = pd.to_datetime(typed["date"], format="%Y-%m-%d")
    typed["wave"] = pd.Categorical(typed["wave"], study.waves, ordered=True)
    typed[items] = typed[items].apply(pd.to_numeric).astype(float)
    if study.risk:
        typed["risk"] = pd.Categorical(typed["risk"], study.risk.levels, ordered=True)
    columns = ["family", "centre", "curator", "wave", "date", *items]
    columns += ["risk"] if study.risk else []
    return typed[columns].sort_values(["family", "wave"], ignore_index=True)

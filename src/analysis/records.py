"""The tables of a study folder as typed frames: read once, checked before anything is computed.

How they are checked stands in `record_sheets` and `record_rules`; `casework check` says more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis import cells
from analysis.contract import TABLES
from analysis.problem import MAX_SHOWN, Problem, TableError, errors, shortened
from analysis.record_cache import kept
from analysis.record_rules import half_steps, order_in_time, wave_places
from analysis.record_sheets import (
    Sheet,
    inside,
    interviews_sheet,
    monitoring_file,
    monitoring_sheet,
    table_sheet,
    translations_sheet,
)
from analysis.study import Study, StudyError
from analysis.wording import catalogue

Read = TypeVar("Read")
__all__ = [
    "MAX_SHOWN",
    "check_tables",
    "coding_files",
    "has",
    "load_interviews",
    "load_monitoring",
    "load_table",
    "load_translations",
]


def check_tables(study: Study) -> None:
    """Read every table of a study once and say what is wrong with any of them.

    Raises
    ------
    StudyError
        Every problem of every table at once.
    """
    loads: list[Callable[[Study], object]] = [load_monitoring] if study.has_monitoring else []
    loads += [load_interviews, load_translations, coding_files] if study.interviews else []
    loads += [lambda study, name=name: load_table(study, name) for name in study.tables]  # type: ignore[misc]
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
        `family, centre, curator, wave, date`, the items (float, NaN where missing) and, when the
        study has one, `risk`; `wave` and `risk` are ordered categoricals in the study's order.
        Sorted by family and wave. A study without centres has one that holds all families, one
        without curators has "" for each, one without dates NaT. Rows in which nothing is rated are
        left out: a form that stayed empty is no rating, and would count as one in what follows.

    Raises
    ------
    StudyError
        Every problem at once: file, row, column, what was found and what was expected.
    """

    def make() -> pd.DataFrame:
        sheet = monitoring_sheet(study)
        rules = [*order_in_time(study, sheet), *half_steps(study, sheet)]
        _refuse([*sheet.problems, *rules])
        return _typed(study, sheet)

    def read() -> pd.DataFrame:
        return kept([monitoring_file(study), study.folder / "study.toml"], make)

    frame = _or_refuse(read)
    frame["wave"] = frame["wave"].cat.set_categories(study.waves, ordered=True)
    if study.risk:
        frame["risk"] = frame["risk"].cat.set_categories(study.risk.levels, ordered=True)
    rated = [item for scale in study.scales for item in scale.items] + ["risk"] * bool(study.risk)
    held = frame[rated].notna().any(axis=1)
    return frame if held.all() or not rated else frame[held].reset_index(drop=True)


def load_interviews(study: Study) -> pd.DataFrame:
    """One row per interview: `interview, role, centre` and whatever else the study's table holds.

    Raises
    ------
    StudyError
        When the study has no interviews, or the table lacks a declared variable, names an interview
        twice or not at all, or holds real rows in a synthetic study or the other way round.
    """
    sheet = _or_refuse(lambda: interviews_sheet(study))
    _refuse(sheet.problems)
    return _as_text(sheet.raw)


def load_translations(study: Study) -> pd.DataFrame:
    """Translations of quoted passages: `document, quote, translation`. Empty when the study has none.

    Raises
    ------
    StudyError
        Every problem of the table at once.
    """
    sheet = _or_refuse(lambda: translations_sheet(study))
    if sheet is None:
        return pd.DataFrame(columns=["document", "quote", "translation"])
    _refuse(sheet.problems)
    return _as_text(sheet.frame)


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
    sheet = _or_refuse(lambda: table_sheet(study, name))
    _refuse(sheet.problems)
    kinds: dict[str, Callable[[pd.Series], object]] = {
        "text": lambda column: column.astype("str").fillna("").to_numpy(),
        "date": lambda column: cells.days(column).astype("datetime64[us]"),
        "number": cells.numbers,
        "count": lambda column: pd.array(cells.numbers(column), dtype="Int64"),
        "truth": lambda column: cells.judged(column, lambda text: bool(cells.truth(text))),
    }
    columns = TABLES[name].columns
    return pd.DataFrame({c.name: kinds[c.kind](sheet.frame[c.name]) for c in columns})


def coding_files(study: Study) -> list[Path]:
    """The files with coded interviews, one or more per coder.

    Raises
    ------
    StudyError
        When the study has no interviews, or a file is not there or outside the study folder.
    """
    if study.interviews is None:
        raise StudyError(["study.toml declares no [interviews]; this chapter needs them."])
    files, problems = [], []
    for name in study.interviews.coding:
        try:
            files.append(inside(study, name))
        except TableError as error:
            problems += error.problems
    _refuse(problems)
    return files


def _or_refuse(read: Callable[[], Read]) -> Read:
    try:
        return read()
    except TableError as error:
        raise StudyError(shortened([p.sentence for p in error.problems])) from error


def _refuse(problems: list[Problem]) -> None:
    """Raise what is wrong; mere warnings stop nobody."""
    wrong = errors(problems)
    if wrong:
        raise StudyError(shortened([problem.sentence for problem in wrong]))


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {name: frame[name].astype("str").fillna("").to_numpy() for name in frame}
    return pd.DataFrame(columns).astype("str")


def _typed(study: Study, sheet: Sheet) -> pd.DataFrame:
    """The sorted frame, built column by column so that no second copy of it is ever held."""
    frame, rows = sheet.frame, len(sheet.frame)
    wave, family = wave_places(study, frame["wave"]), frame["family"].cat
    ranks = np.argsort(np.argsort(family.categories.to_numpy(dtype=object)))
    order = np.lexsort((wave, ranks[family.codes]))
    everyone = catalogue(study.language)["all_families"]
    stand_in = {"centre": everyone, "curator": ""}
    columns: dict[str, object] = {}
    for name in ("family", "centre", "curator"):
        given = frame[name].iloc[order].astype("str") if name in frame else None
        columns[name] = pd.Series(
            [stand_in[name]] * rows if given is None else given.to_numpy(), dtype="str"
        )
    waves = pd.CategoricalDtype(list(study.waves), ordered=True)
    columns["wave"] = pd.Categorical.from_codes(wave[order], dtype=waves)
    date = cells.days(frame["date"]) if "date" in frame else np.full(rows, "NaT", "datetime64[s]")
    columns["date"] = date[order].astype("datetime64[us]")
    for scale in study.scales:
        columns |= {item: cells.numbers(frame[item].iloc[order]) for item in scale.items}
    if study.risk:
        levels = frame["risk"].cat.set_categories(list(study.risk.levels), ordered=True)
        columns["risk"] = levels.iloc[order].array
    return pd.DataFrame(columns)

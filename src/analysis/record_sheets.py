"""The tables of a study folder as checked text: each read once, its columns held against the declaration.

Typed frames are made in `records`; what rows and tables say about each other is in the rooms of rules.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.cells import FALSE, TRUE
from analysis.contract import TABLES
from analysis.printed import shown
from analysis.problem import Problem, errors, refused
from analysis.record_files import SUFFIXES, sound_cells
from analysis.record_schema import Expected, violations
from analysis.study_parts import Study

PLANNED = {("supervision", "date")}  # days that may lie ahead
SIDES = ("curator", "supervisor")
# What a table of interviews may hold beside its declared variables.
OF_INTERVIEWS = dict.fromkeys(("centre", "curator", "supervisor"), "text")
OF_INTERVIEWS |= {"date": "date", "words": "count"}


@dataclass(frozen=True)
class Sheet:
    """A table as text: `raw` under its own names, `frame` the columns used under standard names.

    Both are indexed by the row in the file; `theirs` maps standard names to those in the file;
    `problems` holds what reading and the expectations on single columns brought up.
    """

    file: str
    raw: pd.DataFrame
    frame: pd.DataFrame
    theirs: Mapping[str, str]
    problems: list[Problem]


QUALCODER = "data.qda"


def inside(study: Study, name: str) -> Path:
    """A file that study.toml names; of the folder of a QualCoder project, the database in it.

    Raises
    ------
    TableError
        When it leads out of the study folder, also by a link, or is not there.
    """
    try:
        file = (study.folder / name).resolve()
        file = (file / QUALCODER).resolve() if file.is_dir() else file
        within, there = file.is_relative_to(study.folder), file.is_file()
    except (OSError, ValueError, RuntimeError):  # too long a name, a NUL in it, links in a circle
        raise refused("study.toml", f"{shown(name)} is no name of a file.") from None
    if not within:
        said = f"{name!r} leads out of the study folder; name a file inside it."
        raise refused("study.toml", said, "copy the file into the study folder.")
    if not there:
        said = "study.toml names this file, but it is not in the study folder."
        raise refused(name, said, "put it there, or correct its name in study.toml.")
    return file


def monitoring_file(study: Study) -> Path:
    """The table of monitoring: as declared, else monitoring.csv, else the one other monitoring.* there.

    Raises
    ------
    TableError
        When the study has none, it is not there, or there are several and no monitoring.csv.
    """
    if not study.has_monitoring:
        raise refused("study.toml", "declares no [waves], so there is no monitoring to read.")
    if study.monitoring:
        return inside(study, study.monitoring)
    found = [name for s in SUFFIXES if (study.folder / (name := f"monitoring{s}")).is_file()]
    if "monitoring.csv" in found or len(found) == 1:
        return inside(study, found[0])
    if found:
        said = f"the folder holds {', '.join(found)}; it is unclear which one counts."
        raise refused("study.toml", said, "name it: [monitoring] table = ...")
    said = "not in the study folder; the casework chapters are made from it."
    raise refused(
        "monitoring.csv", said, "put it there, or name the file: [monitoring] table = ..."
    )


def monitoring_sheet(study: Study) -> Sheet:
    """The monitoring table as text, one row per family and wave.

    Raises
    ------
    TableError
        When the study has none, or the file cannot be read as a table.
    """
    expected = expected_of_monitoring(study)
    coded = [column.theirs for column in expected if column.kind == "number"]
    sheet = _sheet(monitoring_file(study), expected, ("family", "wave"), coded)
    return _marked(study, sheet)


def expected_of_monitoring(study: Study) -> list[Expected]:
    """What study.toml says of each column of the monitoring table."""
    columns = study.columns
    expected = [Expected("family", columns["family"], empty=False)]
    if study.has_centres:
        expected.append(Expected("centre", columns["centre"], empty=False, may_lack=True))
    if study.has_curators:
        expected.append(Expected("curator", columns["curator"], may_lack=True))
    expected.append(Expected("wave", columns["wave"], empty=False, levels=study.waves))
    if study.has_dates:
        expected.append(Expected("date", columns["date"], "date", may_lack=True))
    expected += [
        Expected(item, item, "number", low=scale.low, high=scale.high)
        for scale in study.scales
        for item in scale.items
    ]
    if study.risk:
        expected.append(Expected("risk", study.risk.column, levels=study.risk.levels))
    return expected


def interviews_sheet(study: Study) -> Sheet:
    """The table of interviews as text, one row per interview.

    Raises
    ------
    TableError
        When the study has no interviews, or the file cannot be read as a table.
    """
    if study.interviews is None:
        raise refused("study.toml", "declares no [interviews]; this chapter needs them.")
    names = dict.fromkeys(("interview", *study.interviews.variables))
    expected = [
        Expected(name, name, OF_INTERVIEWS.get(name, "text"), empty=name != "interview")
        for name in names
    ]
    further = [Expected(name, name, kind) for name, kind in OF_INTERVIEWS.items()]
    further = [column for column in further if column.column not in names]
    file = inside(study, study.interviews.table)
    return _marked(study, _sheet(file, expected, ("interview",), further=further))


def translations_sheet(study: Study) -> Sheet | None:
    """The table of translated passages as text; None when the study has none.

    Raises
    ------
    TableError
        When the file cannot be read as a table.
    """
    if study.interviews is None or not study.interviews.translations:
        return None
    expected = [Expected(c, c, empty=False) for c in ("document", "quote", "translation")]
    return _sheet(inside(study, study.interviews.translations), expected, ())


def table_sheet(study: Study, name: str) -> Sheet:
    """A further table as text, held against `contract.TABLES`.

    Raises
    ------
    TableError
        When the study does not declare it, or the file cannot be read as a table.
    """
    if name not in study.tables:
        raise refused("study.toml", f"declares no table {name!r} in [tables]; this needs it.")
    table = TABLES[name]
    limits: dict[str, Any] = {}
    if name in ("views", "alliance") and study.ratings:
        limits["rating"] = {"low": study.ratings.low, "high": study.ratings.high}
    if name == "supervision" and study.ratings:
        limits["usefulness"] = {"low": study.ratings.low, "high": study.ratings.high}
    if name == "stages":
        limits = {c: {"low": 0} for c in ("optimistic", "likely", "pessimistic")}
    if name == "costs":
        limits = {c: {"low": 0} for c in ("amount", "low", "high")}
    levels = {("alliance", "side"): SIDES, ("views", "wave"): study.waves}
    expected = [
        Expected(
            column=c.name,
            theirs=c.name,
            kind=c.kind,
            empty=c.empty,
            levels=levels.get((name, c.name), ()),
            ahead=(name, c.name) in PLANNED,
            **limits.get(c.name, {}),
        )
        for c in table.columns
    ]
    return _marked(study, _sheet(inside(study, study.tables[name]), expected, table.key))


def _sheet(
    file: Path,
    expected: Sequence[Expected],
    key: Sequence[str],
    coded: Sequence[str] = (),
    further: Sequence[Expected] = (),
) -> Sheet:
    """The file held against the columns `expected`, and against `further` ones where it has them."""
    raw, notes = sound_cells(file, coded)
    if raw.shape[1] == 1 and len(expected) > 1 and not errors(notes):
        said = f"one column only, {shown(str(raw.columns[0]))}; expected {len(expected)} or more."
        raise refused(file.name, said, "are its cells set apart by a comma, a semicolon or a tab?")
    there = [column for column in (*expected, *further) if column.theirs in raw]
    lacking, used = [c for c in expected if c.theirs not in raw], {c.theirs for c in there}
    frame = pd.DataFrame({column.column: raw[column.theirs] for column in there}, index=raw.index)
    key = key if all(name in frame for name in key) else ()
    problems = [*notes, *(_lacking(file.name, raw, column, used) for column in lacking)]
    problems += violations(frame, file.name, there, key)
    theirs = {column.column: column.theirs for column in (*expected, *further)}
    return Sheet(file.name, raw, frame, theirs, problems)


def _lacking(file: str, raw: pd.DataFrame, column: Expected, used: Collection[str]) -> Problem:
    name, held = column.theirs, [str(c) for c in raw.columns[:30]]
    said = f"there is no such column; the columns are: {', '.join(held)}."
    near = difflib.get_close_matches(name, [c for c in map(str, raw.columns) if c not in used], 1)
    mend = f"is it {near[0]!r}? Rename it, or name it in study.toml. " if near else ""
    if column.may_lack:
        mend += f'if the study has none, write {column.column} = "" under [columns].'
    mend = mend or "add the column, or correct its name in study.toml."
    return Problem(file, said, column=name, expected=f"a column {name!r}", mend=mend, kind="column")


def _marked(study: Study, sheet: Sheet) -> Sheet:
    """The sheet with what is wrong with its marks: real and synthetic rows never meet."""
    said, row, value = "", None, None
    if "synthetic" not in sheet.raw:
        if study.synthetic:
            said = "there is no such column; a synthetic study marks every row."
    else:
        marks = sheet.raw["synthetic"].astype("str").fillna("").str.lower()
        wrong = sheet.raw.index[~marks.isin(TRUE if study.synthetic else (*FALSE, ""))]
        if len(wrong):
            row, value = int(wrong[0]), str(sheet.raw.at[wrong[0], "synthetic"])
            said = f"{value} (so in {len(wrong)} of {len(marks)} rows), while study.toml says synthetic = {str(study.synthetic).lower()}; real and synthetic rows are never mixed."
    if said:
        expected = f"synthetic = {study.synthetic} in every row"
        mend = "keep real and synthetic rows in studies of their own."
        problem = Problem(sheet.file, said, row, "synthetic", value, expected, mend, kind="mixed")
        sheet.problems.append(problem)
    return sheet

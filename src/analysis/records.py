"""The tables of a study folder: monitoring and interviews, read once and checked before anything is computed."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from analysis.study import Study, StudyError
from analysis.toml import twice

MAX_SHOWN = 20
MISSING = ("", "NA", "NaN")
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")


def check_tables(study: Study) -> None:
    """Read every table of a study once and say what is wrong with any of them.

    Raises
    ------
    StudyError
        Every problem of every table at once.
    """
    loads = [load_monitoring]
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
    raw = _read(file)
    problems = _missing_columns(study, raw)
    if problems:
        raise StudyError([f"{file.name}: {problem}" for problem in problems])
    frame = _standard(study, raw)
    problems = [
        *_keys(study, frame),
        *_categories(frame, "wave", study.columns["wave"], study.waves),
        *(_categories(frame, "risk", study.risk.column, study.risk.levels) if study.risk else []),
        *_items(study, frame),
        *_dates(study, frame),
        *_mixed(study, raw),
    ]
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
    frame = _read(file)
    problems = [
        f"there is no column {c!r}; the columns are: {_listed(frame)}."
        for c in ("interview", *study.interviews.variables)
        if c not in frame
    ]
    if not problems:
        problems = [
            *(
                f"row {i}, column 'interview': empty; every row needs one."
                for i in frame.index[frame["interview"].isna()]
            ),
            *(f"interview {name} stands in two rows." for name in twice(frame["interview"])),
            *_mixed(study, frame),
        ]
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
            [f"{file.name}: there is no column {c!r}; it holds {_listed(frame)}." for c in lacking]
        )
    return frame[columns].fillna("").reset_index(drop=True)


def coding_files(study: Study) -> list[Path]:
    """The files with coded interviews, one or more per coder."""
    if study.interviews is None:
        raise StudyError(["study.toml declares no [interviews]; this chapter needs them."])
    return [_inside(study, name) for name in study.interviews.coding]


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
    """A CSV file, every cell as text or missing, indexed by its line in the file; blank lines are left out."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            rows = {reader.line_num: cells for cells in reader if any(map(str.strip, cells))}
    except (UnicodeDecodeError, csv.Error) as error:
        raise StudyError([f"{file.name}: not readable as CSV in UTF-8 ({error})."]) from error
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
    frame = pd.DataFrame(body, columns=header, index=lines, dtype="str")
    return frame.apply(lambda column: column.str.strip()).replace(list(MISSING), pd.NA)


def _listed(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, frame.columns[:30]))


def _missing_columns(study: Study, raw: pd.DataFrame) -> list[str]:
    wanted = [*study.columns.values(), *_item_names(study)]
    wanted += [study.risk.column] if study.risk else []
    return [
        f"there is no column {c!r}, which study.toml names; the columns are: {_listed(raw)}."
        for c in wanted
        if c not in raw
    ]


def _item_names(study: Study) -> list[str]:
    return [item for scale in study.scales for item in scale.items]


def _standard(study: Study, raw: pd.DataFrame) -> pd.DataFrame:
    """The columns that are used, under their standard names; others of the same name are left behind."""
    names = {theirs: ours for ours, theirs in study.columns.items()}
    names |= {item: item for item in _item_names(study)}
    names |= {study.risk.column: "risk"} if study.risk else {}
    return raw[list(names)].rename(columns=names)


def _keys(study: Study, frame: pd.DataFrame) -> list[str]:
    problems = [
        f"row {i}, column {study.columns[c]!r}: empty; every row needs one."
        for c in ("family", "centre", "wave")
        for i in frame.index[frame[c].isna()]
    ]
    known = frame[frame["family"].notna() & frame["wave"].notna()]
    first = known.reset_index(names="line").groupby(["family", "wave"])["line"].first()
    problems += [
        f"row {i}: family {family} has wave {wave} a second time (first in row {first[family, wave]}); one row per family and wave."
        for i, (family, wave) in known[["family", "wave"]].iterrows()
        if i != first[family, wave]
    ]
    return problems


def _categories(
    frame: pd.DataFrame, column: str, theirs: str, allowed: tuple[str, ...]
) -> list[str]:
    wrong = frame[column].notna() & ~frame[column].isin(allowed)
    return [
        f"row {i}, column {theirs!r}: {value!r}; expected one of {', '.join(allowed)}."
        for i, value in frame.loc[wrong, column].items()
    ]


def _items(study: Study, frame: pd.DataFrame) -> list[str]:
    problems = []
    for scale in study.scales:
        for item in scale.items:
            values = pd.to_numeric(frame[item], errors="coerce")
            wrong = frame[item].notna() & ~values.between(scale.low, scale.high)
            problems += [
                f"row {i}, column {item!r}: {value!r}; expected a number from {scale.low} to {scale.high}, or empty."
                for i, value in frame.loc[wrong, item].items()
            ]
    return problems


def _dates(study: Study, frame: pd.DataFrame) -> list[str]:
    """Dates that are none, and waves rated before an earlier wave of the same family."""
    name = study.columns["date"]
    dates = pd.to_datetime(frame["date"], format="%Y-%m-%d", errors="coerce")
    wrong = frame["date"].notna() & dates.isna()
    problems = [
        f"row {i}, column {name!r}: {value!r}; expected a date such as 2022-03-15."
        for i, value in frame.loc[wrong, "date"].items()
    ]
    order = pd.Categorical(frame["wave"], study.waves, ordered=True)
    table = pd.DataFrame({"family": frame["family"], "wave": order, "date": dates}).dropna()
    table = table.sort_values(["family", "wave"], kind="stable")
    before = table.groupby("family")["date"].shift()
    return problems + [
        f"row {i}, column {name!r}: {row['date']:%Y-%m-%d} is before the family's earlier wave ({before[i]:%Y-%m-%d}); waves follow one another."
        for i, row in table[table["date"] < before].iterrows()
    ]


def _mixed(study: Study, raw: pd.DataFrame) -> list[str]:
    """Real and synthetic rows never meet in one analysis."""
    if "synthetic" not in raw:
        lacking = "there is no column 'synthetic'; a synthetic study marks every row."
        return [lacking] if study.synthetic else []
    marks = raw["synthetic"].fillna("").str.lower()
    expected = TRUE if study.synthetic else (*FALSE, "")
    wrong = raw.index[~marks.isin(expected)]
    if wrong.empty:
        return []
    return [
        f"row {wrong[0]}, column 'synthetic': {raw.at[wrong[0], 'synthetic']!s} (so in {len(wrong)} of {len(raw)} rows), while study.toml says synthetic = {str(study.synthetic).lower()}; real and synthetic rows are never mixed."
    ]


def _shorten(problems: list[str]) -> list[str]:
    rest = len(problems) - MAX_SHOWN
    return problems if rest <= 0 else [*problems[:MAX_SHOWN], f"and {rest} more problems."]


def _typed(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    items = _item_names(study)
    typed = frame.copy()
    typed["date"] = pd.to_datetime(typed["date"], format="%Y-%m-%d")
    typed["wave"] = pd.Categorical(typed["wave"], study.waves, ordered=True)
    typed[items] = typed[items].apply(pd.to_numeric).astype(float)
    if study.risk:
        typed["risk"] = pd.Categorical(typed["risk"], study.risk.levels, ordered=True)
    columns = ["family", "centre", "curator", "wave", "date", *items]
    columns += ["risk"] if study.risk else []
    return typed[columns].sort_values(["family", "wave"], ignore_index=True)

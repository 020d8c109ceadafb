"""The tables of a study folder: monitoring and interviews, read once and checked before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.study import Study, StudyError

MAX_SHOWN = 20


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
    file = _find(study, "monitoring")
    raw = _READERS[file.suffix](file)
    problems = _missing_columns(study, raw)
    if problems:
        raise StudyError([f"{file.name}: {problem}" for problem in problems])
    names = {theirs: ours for ours, theirs in study.columns.items()}
    frame = raw.rename(columns=names)
    frame = frame.rename(columns={study.risk.column: "risk"}) if study.risk else frame
    problems = [
        *_keys(study, frame),
        *_categories(frame, "wave", study.waves),
        *(_categories(frame, "risk", study.risk.levels, missing=True) if study.risk else []),
        *_items(study, frame),
        *_dates(frame),
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
        When the study has no interviews, or the table lacks a declared variable.
    """
    if study.interviews is None:
        raise StudyError(["study.toml declares no [interviews]; this chapter needs them."])
    file = _inside(study, study.interviews.table)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    wanted = ["interview", *study.interviews.variables]
    problems = [f"{file.name}: there is no column {c!r}." for c in wanted if c not in frame]
    if not problems and frame["interview"].duplicated().any():
        twice = ", ".join(sorted(set(frame.loc[frame["interview"].duplicated(), "interview"])))
        problems = [f"{file.name}: interview {twice} stands in more than one row."]
    if problems:
        raise StudyError(problems)
    return frame


def load_translations(study: Study) -> pd.DataFrame:
    """Translations of quoted passages: `document, quote, translation`. Empty when the study has none."""
    columns = ["document", "quote", "translation"]
    if study.interviews is None or not study.interviews.translations:
        return pd.DataFrame(columns=columns)
    file = _inside(study, study.interviews.translations)
    return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")[columns]


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


def _read_csv(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, encoding="utf-8-sig", dtype={"family": str})


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".parquet": lambda file: pd.read_parquet(file),
}


def _find(study: Study, stem: str) -> Path:
    for suffix in _READERS:
        if (study.folder / f"{stem}{suffix}").is_file():
            return study.folder / f"{stem}{suffix}"
    raise StudyError(
        [f"{stem}.csv: not in the study folder; the casework chapters are made from it."]
    )


def _missing_columns(study: Study, raw: pd.DataFrame) -> list[str]:
    wanted = [*study.columns.values(), *(item for scale in study.scales for item in scale.items)]
    wanted += [study.risk.column] if study.risk else []
    there = ", ".join(map(str, raw.columns[:30]))
    return [
        f"there is no column {c!r}, which study.toml names; the columns are: {there}."
        for c in wanted
        if c not in raw
    ]


def _line(index: int) -> int:
    """Line of the file: the header is line 1."""
    return index + 2


def _keys(study: Study, frame: pd.DataFrame) -> list[str]:
    problems = [
        f"row {_line(i)}, column {study.columns[c]!r}: empty; every row needs one."
        for c in ("family", "centre", "wave")
        for i in frame.index[frame[c].isna()]
    ]
    twice = frame.duplicated(["family", "wave"], keep="first")
    problems += [
        f"row {_line(i)}: family {frame.at[i, 'family']!s} has wave {frame.at[i, 'wave']!s} a second time; one row per family and wave."
        for i in frame.index[twice]
    ]
    return problems


def _categories(
    frame: pd.DataFrame, column: str, allowed: tuple[str, ...], missing: bool = False
) -> list[str]:
    wrong = ~frame[column].isin(allowed)
    wrong &= frame[column].notna()
    expected = ", ".join(map(str, allowed))
    return [
        f"row {_line(i)}, column {column!r}: {frame.at[i, column]!r}; expected one of {expected}."
        for i in frame.index[wrong]
    ]


def _items(study: Study, frame: pd.DataFrame) -> list[str]:
    problems = []
    for scale in study.scales:
        for item in scale.items:
            values = pd.to_numeric(frame[item], errors="coerce")
            wrong = frame[item].notna() & ~((values >= scale.low) & (values <= scale.high))
            problems += [
                f"row {_line(i)}, column {item!r}: {frame.at[i, item]!r}; expected a number from {scale.low} to {scale.high}, or empty."
                for i in frame.index[wrong]
            ]
    return problems


def _dates(frame: pd.DataFrame) -> list[str]:
    dates = pd.to_datetime(frame["date"], format="ISO8601", errors="coerce")
    wrong = frame["date"].notna() & dates.isna()
    return [
        f"row {_line(i)}, column 'date': {frame.at[i, 'date']!r}; expected a date such as 2022-03-15."
        for i in frame.index[wrong]
    ]


def _mixed(study: Study, raw: pd.DataFrame) -> list[str]:
    """Real and synthetic rows never meet in one analysis."""
    if "synthetic" not in raw:
        return (
            ["there is no column 'synthetic'; a synthetic study marks every row."]
            if study.synthetic
            else []
        )
    marked = raw["synthetic"].astype(str).str.strip().str.lower().isin(["true", "1", "yes"])
    if marked.all() == study.synthetic and marked.nunique() <= 1:
        return []
    return [
        f"{int(marked.sum())} of {len(raw)} rows are marked synthetic, study.toml says synthetic = {str(study.synthetic).lower()}."
    ]


def _shorten(problems: list[str]) -> list[str]:
    rest = len(problems) - MAX_SHOWN
    return problems if rest <= 0 else [*problems[:MAX_SHOWN], f"and {rest} more problems."]


def _typed(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    items = [item for scale in study.scales for item in scale.items]
    keep = [
        "family",
        "centre",
        "curator",
        "wave",
        "date",
        *items,
        *(["risk"] if study.risk else []),
    ]
    typed = frame[keep].copy()
    typed["date"] = pd.to_datetime(typed["date"], format="ISO8601")
    typed["wave"] = pd.Categorical(typed["wave"], study.waves, ordered=True)
    typed[items] = typed[items].astype(float)
    if study.risk:
        typed["risk"] = pd.Categorical(typed["risk"], study.risk.levels, ordered=True)
    return typed.sort_values(["family", "wave"], ignore_index=True)

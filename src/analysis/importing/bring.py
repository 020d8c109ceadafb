"""From somebody's files to a study folder: what each file is, the tables written, the declaration beside them.

The only room here that touches files; the guessing is in the others.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.importing.columns import columns_of
from analysis.importing.declare import Declaration, toml
from analysis.importing.guess import LIKELY, SURE, Guesses
from analysis.importing.ratings import Ratings, guessed, together
from analysis.importing.words import fits
from analysis.problem import TableError
from analysis.record_files import SUFFIXES, read_cells

CODED = (".qdpx", ".sqlite3", ".sqlite", ".requal", ".qda")
MOST_GROUPS = 6


class BringError(ValueError):
    """Files that cannot be brought into a study; the text says which, why, and what to do."""


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
    labels = {path: _labels(path) for path in ratings}
    declared = Declaration(
        title=re.sub(r"[_\W]+", " ", files[0].stem).strip().capitalize() or "Study",
        language="ru" if _cyrillic(frames.values()) else "en",
        sources=tuple(path.name for path in files),
        synthetic=_all_synthetic(frames.values(), guesses),
    )
    found: Ratings | None = None
    if ratings:
        joined = together(
            {path.stem: columns_of(frame, labels[path]) for path, frame in ratings.items()}, guesses
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
            found.table.to_csv(
                partial / "monitoring.csv", index=False, encoding="utf-8", lineterminator="\n"
            )
        if coded:
            declared = _interviews(coded, interviews, partial, declared, guesses)
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
        raise BringError(str(error)) from error
    for note in notes:
        guesses.add("reading", path.name, LIKELY, note.message)
    return frame


def _coded_columns(path: Path) -> list[str]:
    """Labelled columns stay codes; their labels are kept beside them."""
    return list(_labels(path))


def _labels(path: Path) -> dict[str, dict[str, str]]:
    """Value labels of an SPSS or Stata file: column -> code -> label, codes in their order."""
    suffix = path.suffix.lower()
    if suffix not in (".sav", ".dta"):
        return {}
    import pyreadstat

    read = pyreadstat.read_sav if suffix == ".sav" else pyreadstat.read_dta
    try:
        _, meta = read(str(path), metadataonly=True)
    except (pyreadstat.ReadstatError, UnicodeDecodeError, ValueError):
        return {}
    return {
        name: {
            _code(code): str(label)
            for code, label in sorted(labels.items(), key=lambda p: (str(type(p[0])), p[0]))
        }
        for name, labels in meta.variable_value_labels.items()
    }


def _code(code: object) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _is_interviews(frame: pd.DataFrame) -> bool:
    return any(fits(str(name), "interview") == 1 for name in frame)


def _all_synthetic(frames: Iterable[pd.DataFrame], guesses: Guesses) -> bool:
    """Whether every table says of all its rows that they are invented, in a column `synthetic`."""
    columns = [frame["synthetic"] if "synthetic" in frame else None for frame in frames]
    said = bool(columns) and all(
        column is not None
        and column.astype(str).str.strip().str.lower().isin(["true", "1", "yes"]).all()
        for column in columns
    )
    if said:
        guesses.add("synthetic", "true", SURE, "the column `synthetic` says so of every row")
    return said


def _variables(table: pd.DataFrame) -> list[str]:
    """Columns that put interviews in groups: role and centre, and others of a few values that come back; no curators, who are people."""
    chosen = []
    for name in map(str, table):
        values = table[name].dropna().nunique()
        groups = 2 <= values <= min(MOST_GROUPS, len(table) - 1) and not fits(name, "curator")
        if name in ("role", "centre") or (
            groups and name not in ("interview", "date", "synthetic")
        ):
            chosen.append(name)
    return chosen


def _cyrillic(frames: object) -> bool:
    headers = "".join(str(name) for frame in frames for name in frame)  # type: ignore[attr-defined]
    return len(re.findall(r"[А-Яа-яЁё]", headers)) > len(headers) / 3


def _interviews(
    coded: Sequence[Path],
    tables: Mapping[Path, pd.DataFrame],
    folder: Path,
    declared: Declaration,
    guesses: Guesses,
) -> Declaration:
    """Copy the coded interviews, write the table of interviews, and declare both."""
    from analysis.readers import read_project

    documents: dict[str, str] = {}
    quotes: list[str] = []
    for path in coded:
        try:
            project = read_project(path)
        except (ValueError, OSError) as error:
            raise BringError(f"{path.name}: {error}") from error
        if project.coding.empty:
            raise BringError(
                f"{path.name}: no passage is coded in it; export a project with its codings."
            )
        documents |= {str(name): "" for name in project.coding["document"].unique()}
        documents |= project.documents
        quotes += project.coding["quote"].dropna().astype(str).to_list()
        copy = shutil.copytree if path.is_dir() else shutil.copyfile
        copy(path, folder / path.name)
    table = next(iter(tables.values()), None)
    if table is None:
        table = pd.DataFrame({"interview": list(documents)})
        guesses.add(
            "interviews.csv",
            f"{len(table)} interviews",
            SURE,
            "the names in the coded files; nothing else is known of them",
        )
    else:
        name = next(str(n) for n in table if fits(str(n), "interview") == 1)
        table = table.rename(columns={name: "interview"})
        guesses.add("interviews.csv", f"column {name!r}", SURE, "the header says so")
    table.to_csv(folder / "interviews.csv", index=False, encoding="utf-8", lineterminator="\n")
    variables = _variables(table)
    letters = "".join(documents.values() if any(documents.values()) else quotes)[:100_000]
    russian = len(re.findall(r"[А-Яа-яЁё]", letters)) > len(letters) / 4
    guesses.add(
        "language of the interviews",
        "ru" if russian else "en",
        SURE if letters else LIKELY,
        "its letters",
    )
    return replace(
        declared,
        coding=tuple(path.name for path in coded),
        interviews_table="interviews.csv",
        variables=tuple(variables),
        interviews_language="ru" if russian else "en",
    )

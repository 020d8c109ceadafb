"""Coded interviews from any tool, as one and the same thing: a `Project`.

Here are the shape of a project and the choice of a reader by file name and content; each format
has one small module of its own with `read_project(path) -> Project`. To add a format, write that
module and name it in `FORMATS`; where a suffix has several, each says by `recognises(names)`
whether the tables of a database or the columns of a table are its own, and by `EXPECTED` which.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from analysis.printed import shown

REFI = ("refi",)
DATABASES = ("taguette", "requal", "qualcoder")
TABLES = ("taguette_table", "taguette_codebook", "qualcoder_table", "atlasti", "plain")
FORMATS = (
    dict.fromkeys([".qdpx", ".qde", ".qdc"], REFI)
    | dict.fromkeys([".sqlite3", ".sqlite", ".db", ".requal", ".qda"], DATABASES)
    | dict.fromkeys([".csv", ".tsv", ".xlsx"], TABLES)
)

CODING = ["document", "start", "end", "code", "coder", "created", "memo", "quote"]
CODEBOOK = ["code", "parent", "description", "codable", "guid"]
VARIABLES = ["document", "case", "variable", "type", "value"]
REPORT = ["status", "item", "document", "n", "note"]
_ORDER = ["document", "start", "end", "code", "coder", "created", "memo"]


@dataclass(frozen=True)
class Project:
    """A coded project as read.

    Attributes
    ----------
    coding : one row per coding, columns `CODING`; `start` and `end` are Python code points into
        `documents[document]`, end exclusive (<NA> where a table tells only the words); `created`
        is a UTC time or NaT.
    documents : name -> text, line ends LF, no byte order mark.
    codebook : one row per code in tree order, columns `CODEBOOK`; `parent` is a `code` or "".
    variables : one row per document (or case) and variable, columns `VARIABLES`, values as text.
    report : what was read, skipped and why, columns `REPORT`; status is "read", "skipped",
        "warning" or "rule" (the offset rule of one document).
    """

    coding: pd.DataFrame
    documents: Mapping[str, str]
    codebook: pd.DataFrame
    variables: pd.DataFrame
    report: pd.DataFrame


def read_project(path: str | Path) -> Project:
    """Read a coded project with the reader its suffix and content call for.

    Parameters
    ----------
    path : a file with a suffix in `FORMATS`, or the folder of a QualCoder project.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ValueError
        If no reader knows the file (it says which were tried), or the reader refuses it.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    if path.is_dir():
        if not (path / "data.qda").is_file():
            raise ValueError(f"{path.name} is a folder without data.qda, so no QualCoder project.")
        path /= "data.qda"
    if path.suffix.lower() not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise ValueError(
            f"{path.name}: no reader for files ending in {path.suffix or 'nothing'!r}; "
            f"readable are {known}. Export the project from your tool as REFI-QDA (.qdpx)."
        )
    return _reader(path).read_project(path)


def _reader(path: Path) -> ModuleType:
    """The module that reads a file: by its suffix, then by the tables or columns in it."""
    candidates = FORMATS[path.suffix.lower()]
    modules = [import_module(f"{__name__}.{name}") for name in candidates]
    if len(modules) == 1:
        return modules[0]
    found = _names(path, candidates)
    for module in modules:
        if any(module.recognises(names) for names in found):
            return module
    tried = "; ".join(f"{module.__name__.split('.')[-1]}: {module.EXPECTED}" for module in modules)
    listed = "; ".join(", ".join(map(shown, names)) or "nothing" for names in found)
    raise ValueError(f"{path.name}: no reader knows it. Found {listed}. Tried {tried}.")


def _names(path: Path, candidates: tuple[str, ...]) -> list[list[str]]:
    """The tables of a database, or the columns of every sheet."""
    if candidates == TABLES:
        return [sheet.header for sheet in import_module(f"{__name__}.table").sheets(path)]
    with import_module(f"{__name__}.sqlite").opened(path) as base:
        return [list(base.tables)]


def read_coding(path: str | Path) -> pd.DataFrame:
    """Read only the coding frame of a project: `read_project(path).coding`."""
    return read_project(path).coding


def coding_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Codings as the standard frame: columns `CODING`, their types, and their order.

    Ordered by document, start, end, code, coder; `created` becomes UTC, to the microsecond.
    `start` and `end` are int64, or Int64 with <NA> where a table gave no position.
    """
    frame = pd.DataFrame(list(rows), columns=CODING)
    created = pd.to_datetime(frame["created"], utc=True, errors="coerce", format="ISO8601")
    frame["created"] = created.astype("datetime64[us, UTC]")
    lost = frame[["start", "end"]].isna().any(axis=None)
    types = dict.fromkeys(["start", "end"], "Int64" if lost else "int64")
    texts = ["document", "code", "coder", "memo", "quote"]
    frame = frame.astype(types | dict.fromkeys(texts, "str"))
    return frame.sort_values(_ORDER, kind="stable").reset_index(drop=True)


def code_labels(names: list[str], parents: list[int | None]) -> list[str]:
    """One distinct label per code: its own name, or its path where the name is ambiguous.

    Parameters
    ----------
    names : the codes' own names in tree order.
    parents : the position of each code's parent in `names`, or None.

    Returns
    -------
    list of str
        "child", or "parent/child" if another code is also called "child"; a second code with
        the same path gets " (2)".
    """
    paths: list[str] = []
    for name, parent in zip(names, parents, strict=True):
        paths.append(name if parent is None else f"{paths[parent]}/{name}")
    chosen = [p if names.count(n) > 1 else n for n, p in zip(names, paths, strict=True)]
    return distinct(chosen)


def distinct(names: Iterable[str]) -> list[str]:
    """Names made distinct by " (2)", " (3)" on every repetition, in order."""
    taken: set[str] = set()
    result = []
    for name in names:
        label, number = name, 1
        while label in taken:
            number += 1
            label = f"{name} ({number})"
        taken.add(label)
        result.append(label)
    return result

"""Where a printed number comes from: its release, notebook, cell, code, functions, parameters and data. Imports nothing heavy.

What is needed besides results.csv is kept in each release as cells.json, so that number and code are of one run.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.pipeline.errors import ParameterError
from analysis.pipeline.files import put
from analysis.pipeline.markdown import read_table
from analysis.pipeline.programs import STUDY, behind, cells, parameters
from analysis.pipeline.release import published
from analysis.study import StudyError, find_folder, read_study

KINDS = {"prose": "number in the text"}
NUMBERS = ("row", "column", "value", "low", "high", "n", "text")
INJECTED = "injected-parameters"


def write_cells(executed: Iterable[Path], target: Path) -> None:
    """Write the code cells of the executed notebooks and what each printed, without pictures and tables, in one step.

    JSON: `{notebook: [{"source", "tags", "keys": {key: [kind, origin]}}]}`.
    """
    found = {
        path.stem: _cells_of(json.loads(path.read_text(encoding="utf-8"))) for path in executed
    }
    put(target, json.dumps(found, ensure_ascii=False, indent=0))


def _cells_of(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    from analysis.pipeline.results import RECORD

    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [
        {
            "source": "".join(cell["source"]),
            "tags": cell["metadata"].get("tags", []),
            "keys": {
                note["key"]: [note["kind"], note["origin"]]
                for output in cell["outputs"]
                if (note := output.get("data", {}).get(RECORD))
            },
        }
        for cell in code
    ]


def explain(out: Path, name: str, row: str = "", column: str = "") -> list[dict[str, Any]]:
    """Everything known of what is printed under a name at the report that stands at `out`.

    Parameters
    ----------
    out : folder of a report.
    name : `notebook.key`, or a key alone for all notebooks that use it.
    row, column : of a table or figure: number of the row or part of its name, name of the column; all when empty.

    Returns
    -------
    list of dict
        One for each notebook: `report` (the folder asked), `notebook, key, kind, origin, numbers, cell, code, functions, data,
        parameters, release`.
        `numbers` has a dict for each printed number, with `row, column, value, low, high, n, text`.

    Raises
    ------
    ParameterError
        When no report stands there, nothing is printed under this name (near ones are named), or not in this row
        and column.
    """
    place = (out / "current").resolve()  # a new release may take over while we read
    if not (place / "results.csv").is_file() or not (place / "cells.json").is_file():
        raise ParameterError(_nothing_to_ask(out))
    rows = read_table(place / "results.csv")
    code = json.loads((place / "cells.json").read_text(encoding="utf-8"))
    printed = {
        f"{page}.{key}" for page, each in code.items() for cell in each for key in cell["keys"]
    }
    wanted = [one for one in sorted(printed) if name in (one, one.partition(".")[2])]
    if not wanted:
        raise ParameterError(f"Nothing is printed under the name {name!r}. {_near(name, printed)}")
    release = {"fingerprint": place.name.partition("-")[0], "whole": published(out) is not None}
    found = []
    for one in wanted:
        page, _, key = one.partition(".")
        every = [each for each in rows if (each["notebook"], each["key"]) == (page, key)]
        numbers = _chosen(every, row, column)
        if numbers or not (row or column):
            known = {"report": str(out), "numbers": numbers, "release": release}
            found.append(_origin(page, key, code[page]) | known)
    if not found:
        raise ParameterError(f"{name}: {_places(wanted, rows, row, column)}")
    return found


def _nothing_to_ask(out: Path) -> str:
    make = f"`casework report STUDY --to {out}`, where STUDY is the folder of the study."
    if (out / "current" / "results.csv").is_file():
        return (
            f"{out}: what stands here are pages of centres, or a report of an earlier version; they cannot be asked. Ask the "
            "whole report of the study, made into a folder of its own with `casework report STUDY --to FOLDER`."
        )
    return f"{out}: no report stands here that can be asked; make one with {make}"


def _near(name: str, printed: set[str]) -> str:
    keys = {one.partition(".")[2]: one for one in sorted(printed)}
    near = difflib.get_close_matches(name, printed, 5, 0.6)
    near += [keys[key] for key in difflib.get_close_matches(name.rpartition(".")[2], keys, 5, 0.6)]
    near += [one for one in sorted(printed) if name and name.lower() in one.lower()]
    if near:
        return f"Near: {', '.join(list(dict.fromkeys(near))[:8])}."
    return f"Notebooks: {', '.join(sorted({one.partition('.')[0] for one in printed}))}."


def _chosen(every: list[dict[str, str]], row: str, column: str) -> list[dict[str, Any]]:
    """The numbers in a row (its number, or part of its name) and a column; all where nothing is asked for."""
    return [
        {name: _plain(name, each[name]) for name in NUMBERS}
        for each in every
        if _is_row(each["row"], row) and column in ("", each["column"])
    ]


def _is_row(name: str, asked: str) -> bool:
    number, _, rest = name.partition(". ")
    return not asked or asked == number or (not asked.isdigit() and asked.lower() in rest.lower())


def _plain(name: str, text: str) -> Any:
    if name in ("row", "column"):
        return text
    if name == "text":
        return text.removeprefix("'")  # which keeps a spreadsheet from running it
    return None if text == "" else float(text)


def _places(wanted: list[str], rows: list[dict[str, str]], row: str, column: str) -> str:
    there = [each for each in rows if f"{each['notebook']}.{each['key']}" in wanted]
    columns = dict.fromkeys(each["column"] for each in there if each["column"])
    names = dict.fromkeys(each["row"] for each in there if each["row"])
    if not columns:
        return "it is no table or figure, so it has no rows and columns."
    asked = " and ".join(x for x in (row and f"row {row!r}", column and f"column {column!r}") if x)
    return (
        f"there is no number in {asked}; rows: {', '.join(list(names)[:12])}"
        f"{' …' if len(names) > 12 else ''}; columns: {', '.join(columns)}."
    )


def _origin(page: str, key: str, code: list[dict[str, Any]]) -> dict[str, Any]:
    """What one thing printed is made by and of, told from the code of its notebook."""
    place = next(i for i, cell in enumerate(code) if key in cell["keys"])
    every = cells(cell["source"] for cell in code)
    functions, opened = behind(every[place], every)
    kind, origin = code[place]["keys"][key]
    values: dict[str, str] = {}
    for cell in code:
        if {"parameters", INJECTED} & set(cell["tags"]):
            values |= parameters(cell["source"])
    injected = sum(INJECTED in cell["tags"] for cell in code[:place])
    return {
        "notebook": page,
        "key": key,
        "kind": KINDS.get(kind, kind),
        "origin": origin,
        "cell": place + 1 - injected,  # as in the stored notebook
        "code": printing(code[place]["source"], key),
        "functions": list(functions),
        "data": _files(opened, values.get("study", "")),
        "parameters": values,
    }


def printing(source: str, key: str) -> str:
    """The statement of a cell that names the key, or all of the cell where none does."""
    named = [
        statement
        for statement in ast.walk(ast.parse(source))
        if isinstance(statement, ast.Expr)
        and any(_names(node, key) for node in ast.walk(statement))
    ]
    return (ast.get_source_segment(source, named[-1]) or source) if named else source


def _names(node: ast.AST, key: str) -> bool:
    """Whether a text in the code is the key, or is filled in to become it: `f"quotes_{number}"`."""
    if isinstance(node, ast.Constant):
        return node.value == key
    if not isinstance(node, ast.JoinedStr):
        return False
    parts = [
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
        for part in node.values
    ]
    return re.fullmatch("".join(parts), key) is not None


def _files(opened: Iterable[str], study: str) -> list[str]:
    """The data behind a cell, as paths where the study folder is still there, else in words."""
    try:
        folder = ast.literal_eval(study or "''")
        found = read_study(find_folder(folder)) if folder else None
    except (StudyError, ValueError, SyntaxError):
        found = None
    if found is None:
        return list(opened)
    talks = found.interviews
    known: dict[str, list[str]] = {
        "study.toml": ["study.toml"],
        f"{STUDY} monitoring": [found.monitoring or "monitoring.csv"],
        f"{STUDY} interviews": [talks.table] if talks else [],
        f"{STUDY} coded interviews": list(talks.coding) if talks else [],
        f"{STUDY} translations": [talks.translations or ""] if talks else [],
    } | {f"{STUDY} {name}": [file] for name, file in found.tables.items()}
    paths = [
        f"{folder}/{file}" if one in known else one
        for one in opened
        for file in known.get(one, [one])
    ]
    return list(dict.fromkeys(paths))

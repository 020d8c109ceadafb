"""What a notebook may be told: the names in its `parameters` cell, each within its range (`ranges`).

papermill only warns about an unknown name, and executes a name that is code; here both are refused.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.pipeline.errors import ParameterError
from analysis.pipeline.ranges import RULES
from analysis.study import PROJECT, find_folder


def declared(notebook: Path) -> dict[str, Any]:
    """Names and default values in the notebook's `parameters` cell, read from its syntax tree.

    Raises
    ------
    ParameterError
        When there is no such cell, or it holds anything but `name = literal`.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError):
        raise ParameterError(f"{notebook.name}: not readable as a notebook.") from None
    tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", ())]
    if not tagged:
        raise ParameterError(f"{notebook.name}: no cell is tagged 'parameters'.")
    try:
        statements = ast.parse("".join(tagged[0]["source"])).body
    except SyntaxError as error:
        raise ParameterError(
            f"{notebook.name}: the parameters cell is not Python ({error.msg}, line {error.lineno})."
        ) from None
    return dict(_default(notebook, statement) for statement in statements)


def _default(notebook: Path, statement: ast.stmt) -> tuple[str, Any]:
    """Name and value of one `name = literal`."""
    try:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise ValueError
        (target,) = statement.targets
        if not isinstance(target, ast.Name):
            raise ValueError
        return target.id, ast.literal_eval(statement.value)
    except ValueError:
        text = ast.unparse(statement)
        raise ParameterError(
            f"{notebook.name}: the parameters cell holds {text!r}; expected only name = literal."
        ) from None


def checked(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given parameters, when this notebook can take them.

    Raises
    ------
    ParameterError
        For an unknown name, a value out of range, or a study folder that is not there.
    """
    known = declared(notebook)
    for name, value in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f", did you mean {near[0]!r}" if near else ""
            raise ParameterError(
                f"{notebook.stem} has no parameter {name!r}{hint}; it takes: {', '.join(known)}."
            )
        check(name, value)
    return {k: _from_project(v) if k == "study" else v for k, v in given.items()}


def _from_project(study: str) -> str:
    """The study's folder as a kernel finds it, which runs in the project's folder and not in the caller's."""
    folder = find_folder(study)
    inside = folder.is_relative_to(PROJECT)
    return folder.relative_to(PROJECT).as_posix() if inside else str(folder)


def check(name: str, value: Any) -> None:
    """Refuse a value outside the range of its parameter, in one sentence."""
    rule = RULES.get(name)
    if rule is None:
        raise ParameterError(f"No range is declared for parameter {name!r}; add it to RULES.")
    try:
        accepted = rule.accepts(value)
    except ValueError as error:
        raise ParameterError(f"{name} = {value!r}: {error}") from error
    if not accepted:
        raise ParameterError(
            f"{name} = {value!r} is out of range: {rule.meaning}; expected {rule.allowed}."
        )


def parse(text: str) -> tuple[str, Any]:
    """`name=value` from a command line; the value is read as a literal, otherwise as text."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip().isidentifier():
        raise ParameterError(f"{text!r} is not name=value.")
    words = {"true": True, "false": False, "null": None}
    try:
        return name.strip(), words.get(value.lower(), ast.literal_eval(value.strip()))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return name.strip(), words.get(value.lower(), value.strip())

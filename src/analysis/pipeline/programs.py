"""Which code stands behind what a notebook shows: functions of the package, files of data, parameters; read from the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PUBLISHED = "data/published"
STUDY = "the study's"
# What each reading function opens; a call that is not here opens nothing, or a room of the package does it with the frames it is given.
READS = {
    "records.load_monitoring": f"{STUDY} monitoring",
    "records.load_interviews": f"{STUDY} interviews",
    "records.load_translations": f"{STUDY} translations",
    "records.coding_files": f"{STUDY} coded interviews",
    "voices.read_coders": f"{STUDY} coded interviews",
    "read_study": "study.toml",
    "study.read_study": "study.toml",
    "sources.percentages": f"{PUBLISHED}/percentages.csv",
    "sources.verbal": f"{PUBLISHED}/verbal.csv",
    "sources.by_study": f"{PUBLISHED}/sources.csv",
}
NAMED = {"records.load_table": f"{STUDY} {{}}", "sources.table": f"{PUBLISHED}/{{}}.csv"}
SHOWN_BY = ("report", "page")


@dataclass(frozen=True)
class Cell:
    """One code cell: its number, what it calls (`room.function`), what it opens, what it sets and what it uses."""

    number: int
    calls: tuple[str, ...]
    opens: tuple[str, ...]
    sets: frozenset[str]
    uses: frozenset[str]


def imported(sources: Iterable[str]) -> dict[str, str]:
    """Name in the notebook -> room or room.function of the package, from its imports."""
    found = {}
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "analysis":
                room = (node.module or "").partition(".")[2]
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{room}.{alias.name}".lstrip(".")
    return found


def cells(sources: Iterable[str]) -> list[Cell]:
    """The code cells of a notebook, numbered from one."""
    texts = list(sources)
    names = imported(texts)
    return [_cell(number, text, names) for number, text in enumerate(texts, 1)]


def behind(cell: Cell, every: Iterable[Cell]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Functions and files behind a cell: its own and those of the earlier cells that set what it uses, and so on back."""
    needed, kept = set(cell.uses), [cell]
    for earlier in sorted(every, key=lambda each: -each.number):
        if earlier.number < cell.number and earlier.sets & needed:
            needed |= earlier.uses
            kept.insert(0, earlier)
    calls = dict.fromkeys(call for each in kept for call in each.calls)
    opens = dict.fromkeys(file for each in kept for file in each.opens)
    return tuple(calls), tuple(opens)


def parameters(source: str) -> dict[str, str]:
    """Name -> value, as written, of a cell of parameters."""
    return {
        statement.targets[0].id: ast.unparse(statement.value)
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }


def _cell(number: int, source: str, names: Mapping[str, str]) -> Cell:
    tree = ast.parse(source)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    sets = {node.id for node in nodes if isinstance(node.ctx, ast.Store)} | _changed(tree)
    uses = {node.id for node in nodes if isinstance(node.ctx, ast.Load)} - set(names)
    # `page` and `study` come from the first cell and lie behind everything: they say nothing of one exhibit.
    uses -= {"page"}
    calls = [
        _said(node, names) for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Attribute)
    ]
    called = dict.fromkeys(call for call in calls if call and call.split(".")[0] not in SHOWN_BY)
    opens = [_opened(node, names) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return Cell(
        number,
        tuple(called),
        tuple(file for file in opens if file),
        frozenset(sets),
        frozenset(uses),
    )


def _changed(tree: ast.AST) -> set[str]:
    """Frames that are given a column or an attribute: `frame["x"] = …` changes what `frame` is."""
    return {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript | ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
    }


def _said(node: ast.Call | ast.Attribute, names: Mapping[str, str]) -> str:
    """`room.function` for what comes from the package; functions handed on without a call count too."""
    if isinstance(node, ast.Attribute):
        owner = node.value
        return (
            f"{names[owner.id]}.{node.attr}"
            if isinstance(owner, ast.Name) and owner.id in names
            else ""
        )
    return names.get(node.func.id, "") if isinstance(node.func, ast.Name) else ""


def _opened(node: ast.Call, names: Mapping[str, str]) -> str:
    function = node.func
    said = names.get(function.id, "") if isinstance(function, ast.Name) else ""
    if isinstance(function, ast.Attribute):
        said = _said(function, names)
    if said in NAMED:
        texts = [
            a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
        ]
        return NAMED[said].format(texts[0] if texts else "tables")
    return READS.get(said, "")

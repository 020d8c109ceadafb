"""The list of exhibits: for every figure, table and number in the text the program that made it, its data and its parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat

from analysis.pipeline.anchors import place, places
from analysis.pipeline.downloads import write_files
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.files import put
from analysis.pipeline.markdown import escape, line, link, read_table, rule, title_of
from analysis.pipeline.programs import Cell, behind, cells, parameters
from analysis.pipeline.results import RECORD

FILES = Path("_static") / "ledger" / "exhibits"
KINDS = {"figure": "figure", "table": "table", "prose": "number in the text", "quotes": "quotes"}
HEAD = ("notebook", "exhibit", "kind", "cell", "functions", "data", "numbers", "origin")
ORDER = ("figure", "table", "quotes", "prose")
INTRO = (
    "Every figure, every table and every number in the text, with the program that makes it: the notebook and its code cell, the functions of the package "
    "`analysis` that lie behind it there or in earlier cells that it uses, and the data that are read. It is the list that replication packages are asked for "
    "{cite}`vilhuber2022`. It is written from the executed notebooks, so it cannot be out of date. As a file: "
    '<a href="_static/ledger/exhibits.csv" download>exhibits.csv</a>, <a href="_static/ledger/exhibits.xlsx" download>exhibits.xlsx</a>.'
)


def write_page(executed: Iterable[Path], results: Path, stage: Path) -> None:
    """Write `made-exhibits.md` and its two files into the staged book.

    Parameters
    ----------
    executed : the executed notebooks, in the order of the book.
    results : results.csv.
    stage : the staged book, with its notebooks.

    Raises
    ------
    EvidenceError
        When results.csv has numbers that no notebook shows, or a notebook shows numbers that it has not.
    """
    numbers = Counter((row["notebook"], row["key"]) for row in read_table(results))
    pages = {path: exhibits(path) for path in executed}
    shown = {
        (row["notebook"], row["exhibit"]): row["numbers"] for rows in pages.values() for row in rows
    }
    wrong = [
        f"{notebook} {key}: {shown.get((notebook, key), 0)} shown, {numbers[notebook, key]} in results.csv"
        for notebook, key in sorted({*shown, *numbers})
        if shown.get((notebook, key), 0) != numbers[notebook, key]
    ]
    if wrong:
        raise EvidenceError("Exhibits: " + "; ".join(wrong) + ".")
    text = "\n".join(page_lines(pages, stage))
    put(stage / "made-exhibits.md", text + "\n")
    body = [[row[name] for name in HEAD] for rows in pages.values() for row in rows]
    write_files(
        stage / FILES, HEAD, body, ["Figures, tables and numbers of the book with their programs."]
    )


def exhibits(path: Path) -> list[dict[str, Any]]:
    """What an executed notebook shows and says, in order: one row of `HEAD` each."""
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    every = cells(cell.source for cell in code)
    rows = []
    for cell, outline in zip(code, every, strict=True):
        for output in cell.get("outputs", ()):
            note = output.get("data", {}).get(RECORD)
            if note is not None:
                rows.append(_row(path.stem, note, outline, every))
    return rows


def _row(notebook: str, note: Mapping[str, Any], cell: Cell, every: list[Cell]) -> dict[str, Any]:
    functions, files = behind(cell, every)
    return {
        "notebook": notebook,
        "exhibit": note["key"],
        "kind": KINDS[note["kind"]],
        "cell": cell.number,
        "functions": ", ".join(functions),
        "data": ", ".join(files),
        "numbers": len(note["records"]),
        "origin": note["origin"],
    }


def given(path: Path) -> dict[str, str]:
    """Parameters that a notebook ran with, seeds among them: its defaults, and over them what it was told."""
    values: dict[str, str] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", ())):
            values |= parameters(cell.source)
    return values


def page_lines(pages: Mapping[Path, list[dict[str, Any]]], stage: Path) -> Iterable[str]:
    """Markdown lines: how many exhibits there are, then one table for each notebook."""
    yield from ("# Figures, tables and numbers with their programs", "", INTRO, "")
    counts = Counter(row["kind"] for rows in pages.values() for row in rows)
    yield from (line(("kind", "how many")), rule(2))
    yield from (line((KINDS[kind], str(counts[KINDS[kind]]))) for kind in ORDER)
    for path, rows in pages.items():
        page = f"notebooks/{path.stem}"
        yield from ("", f"## {escape(title_of(stage, page))}", "")
        said = ", ".join(f"`{name} = {value}`" for name, value in given(path).items())
        yield f"Notebook `notebooks/{path.name}`; parameters: {said or 'none'}."
        yield from (
            "",
            line(("exhibit", "kind", "cell", "functions of `analysis`", "data")),
            rule(5),
        )
        known = places(stage / f"{page}.ipynb")
        for _, same in groupby(rows, key=lambda row: (row["cell"], row["kind"])):
            yield _line(page, list(same), known)


def _line(page: str, same: list[dict[str, Any]], known: set[str]) -> str:
    """One line for everything of one kind that one cell shows; each of them can be opened."""
    row = same[0]
    opened = ", ".join(_opened(page, each, known) for each in same)
    functions = ", ".join(f"`{name}`" for name in row["functions"].split(", ") if name)
    return line(
        (opened, row["kind"], str(row["cell"]), functions or "–", escape(row["data"]) or "–")
    )


def _opened(page: str, row: Mapping[str, Any], known: set[str]) -> str:
    [kind] = [name for name, said in KINDS.items() if said == row["kind"]]
    anchor = place(Path(page).name, row["exhibit"], kind)
    return link(page, row["exhibit"].replace("_", " "), anchor if anchor in known else "")

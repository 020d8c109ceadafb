"""The book: its sources staged beside the executed notebooks, built with warnings as errors, published in one step."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import nbformat

from analysis.kernels import GRAMMARS
from analysis.pipeline import anchors
from analysis.pipeline.errors import BookError
from analysis.pipeline.files import put
from analysis.pipeline.fingerprint import book_files
from analysis.pipeline.markdown import escape
from analysis.pipeline.results import RECORD
from analysis.pipeline.run import write_notebook
from analysis.pipeline.turns import run_tied

LINK = re.compile(r"(?<!!)\[(?P<words>[^\]]*)\]\((?P<path>[^)\s#:]+)\.(?:md|ipynb)(?:#[^)\s]*)?\)")


# Written by the rooms that make pages from data, which take away what they no longer write.
MADE = ("made-", "results.csv", "_static/tables/")
# myst-nb leaves out a cell without source, with all that it shows.
SHOWN_ABOVE = "# the code stands above"


def dressed(executed: Path) -> nbformat.NotebookNode:
    """The executed notebook as the book shows it.

    What was glued goes into hidden cells. Each figure and table gets a cell of its own, with the code since the last one
    folded above it; figures get their caption and alternative text.
    """
    notebook = nbformat.read(executed, as_version=4)
    cells: list[nbformat.NotebookNode] = []
    code: list[str] = []
    said: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            cell.source = anchors.with_places(cell.source, said)
            cells.append(cell)
            continue
        code.append(cell.source)
        for output in cell.outputs:
            note = output.get("data", {}).pop(RECORD, {})
            anchors.mark(output, note, executed.stem)
            if note.get("kind") == "prose":
                output.data["text/plain"] = _as_it_is(output.data["text/plain"])
                cells.append(_code_cell("", output, ["remove-cell"], {}))
            else:
                cells.append(
                    _code_cell(
                        "\n\n".join(code) or SHOWN_ABOVE,
                        output,
                        _folding(code),
                        _looks(note, executed.stem),
                    )
                )
                code = []
    notebook.cells = cells
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:03d}"
    return notebook


def _as_it_is(text: str) -> str:
    """The text so that myst-nb, which reads what looks like Python as Python, prints it as it is: 0.10 would become 0.1."""
    try:
        ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text
    return repr(text)


def _folding(code: list[str]) -> list[str]:
    return ["hide-input"] if code else ["remove-input"]


def _looks(note: dict[str, Any], page: str) -> dict[str, Any]:
    """How myst-nb is told the caption, the label and the alternative text of a figure; it would read the caption as Markdown."""
    kept = anchors.kept(note)
    if note.get("kind") != "figure":
        return kept
    figure = {"caption": escape(note["caption"]), "name": f"{page}-{note['key']}"}
    return kept | {"mystnb": {"image": {"alt": note["alt"]}, "figure": figure}}


def _code_cell(
    source: str, output: Any, tags: list[str], metadata: dict[str, Any]
) -> nbformat.NotebookNode:
    return nbformat.from_dict(
        {
            "cell_type": "code",
            "source": source,
            "outputs": [output],
            "execution_count": 1,
            "metadata": {"tags": tags, **metadata},
        }
    )


def stage_sources(files: Mapping[str, Path], stage: Path) -> None:
    """Copy the hand-written files, by their place in the book, to the stage; what no longer belongs there goes."""
    for name, source in files.items():
        target = stage / name
        target.parent.mkdir(parents=True, exist_ok=True)
        put(target, source.read_bytes())
    for old in book_files(stage):
        name = old.relative_to(stage).as_posix()
        if name not in files and not name.startswith(MADE):
            old.unlink()


def stage_notebooks(executed: list[Path], folder: Path, known: Collection[str] | None) -> None:
    """Put the notebooks into the stage as the book shows them; others that stand there go.

    `known` names the pages of the book: links to any other become their words. None: all links stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in executed:
        notebook = dressed(path)
        for cell in notebook.cells:
            if known is not None and cell.cell_type == "markdown":
                cell.source = unlinked(cell.source, known)
        write_notebook(notebook, folder / path.name)
    for old in folder.glob("*.ipynb"):
        if old.name not in {path.name for path in executed}:
            old.unlink()


def unlinked(text: str, known: Collection[str]) -> str:
    """Markdown in which links to pages that are not in the book are their words only."""

    def keep(found: re.Match[str]) -> str:
        return found[0] if found["path"].rpartition("/")[2] in known else found["words"]

    return LINK.sub(keep, text)


def build(source: Path, html: Path) -> None:
    """Build the staged book into `html`; every warning is an error.

    Raises
    ------
    BookError
        With the builder's warnings, when there are any.
    """
    arguments = ["build", str(source), "-W", "-n", "--keep-going"]
    done = run_tied(_JUPYTER_BOOK, arguments, os.environ | {"PYTHONHASHSEED": "0"})
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines()
        told = [line for line in said if "WARNING" in line or "rror:" in line]
        raise BookError("The book was not built:\n" + "\n".join(told or said[-30:]))
    made = source / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)
    shutil.copytree(made, html)


_JUPYTER_BOOK = (
    f"import sys; sys.modules[{GRAMMARS!r}] = None; "
    "from jupyter_book.cli.main import main; sys.argv[0] = 'jupyter-book'; main()"
)

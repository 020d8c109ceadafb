"""The book: its sources staged beside the executed notebooks, built with warnings as errors, published in one step."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

from analysis.pipeline.errors import BookError
from analysis.pipeline.fingerprint import book_files
from analysis.pipeline.results import RECORD

HIDDEN = ("injected-parameters",)


def dressed(executed: Path) -> nbformat.NotebookNode:
    """The executed notebook as the book shows it: figures with caption and alternative text, plumbing hidden."""
    notebook = nbformat.read(executed, as_version=4)
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", ()))
        if tags & {*HIDDEN, "parameters"}:
            tags.add("remove-cell")
        kinds: list[dict[str, Any]] = [
            output["data"].pop(RECORD)
            for output in cell.get("outputs", ())
            if RECORD in output.get("data", {})
        ]
        for note in kinds:
            if note["kind"] == "figure":
                cell.metadata["mystnb"] = {
                    "image": {"alt": note["alt"]},
                    "figure": {
                        "caption": note["caption"],
                        "name": f"{executed.stem}-{note['key']}",
                    },
                }
        if kinds and all(note["kind"] == "prose" for note in kinds):
            tags.add("remove-cell")
        elif cell.cell_type == "code":
            tags.add("hide-input")
        if tags:
            cell.metadata["tags"] = sorted(tags)
    return notebook


def stage_sources(book: Path, stage: Path) -> None:
    """Copy the hand-written files to the stage; files gone from the book go from the stage too."""
    wanted = {path.relative_to(book) for path in book_files(book)}
    for name in wanted:
        target = stage / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file() or target.read_bytes() != (book / name).read_bytes():
            shutil.copyfile(book / name, target)
    for old in book_files(stage):
        if old.relative_to(stage) not in wanted and not old.name.startswith("made-"):
            old.unlink()


def build(source: Path, html: Path) -> None:
    """Build the staged book into `html`; every warning is an error.

    Raises
    ------
    BookError
        With the builder's warnings, when there are any.
    """
    command = [
        sys.executable,
        "-c",
        _JUPYTER_BOOK,
        "build",
        str(source),
        "-W",
        "-n",
        "--keep-going",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"PYTHONHASHSEED": "0"}
    )
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines()
        told = [line for line in said if "WARNING" in line or "rror:" in line]
        raise BookError("The book was not built:\n" + "\n".join(told or said[-30:]))
    made = source / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)
    shutil.copytree(made, html)


_JUPYTER_BOOK = (
    "import sys; sys.modules['rfc3987_syntax'] = None; "
    "from jupyter_book.cli.main import main; sys.argv[0] = 'jupyter-book'; main()"
)

"""Reading Taguette's codebook as a table (CSV, XLSX): tags and descriptions, no codings."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from analysis.readers import Project
from analysis.readers.assembly import Node, Report, code_tree, project
from analysis.readers.table import chosen, column

EXPECTED = "columns tag, description, number of highlights"


def recognises(header: Collection[str]) -> bool:
    """Whether a table with this header is Taguette's codebook."""
    return {"tag", "description", "number of highlights"} <= set(header)


def read_project(path: str | Path) -> Project:
    """Read Taguette's codebook: a project with codes and nothing coded; `a.b` lies below the nearest tag above it.

    Raises
    ------
    ValueError
        If the file is no such table.
    """
    report = Report()
    sheet = chosen(Path(path), recognises, report)
    tags = [tag.strip() for tag in column(sheet, "tag")]
    named = dict(zip(tags, column(sheet, "description"), strict=True))
    nodes = [Node(tag, tag, _above(tag, named), text.strip()) for tag, text in named.items() if tag]
    report.add("skipped", "rows without a tag", tags.count(""))
    codebook, _ = code_tree(nodes)
    report.add("read", "codebook, without codings")
    return project([], {}, codebook, report)


def _above(tag: str, named: Collection[str]) -> str | None:
    above = tag.rpartition(".")[0]
    while above and above not in named:
        above = above.rpartition(".")[0]
    return above or None

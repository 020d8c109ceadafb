"""Reading Taguette's highlights as a table (CSV, XLSX): words and tags, but no places and no coder."""

from collections.abc import Collection
from pathlib import Path

from analysis.readers import Project
from analysis.readers.assembly import Node, Report, code_tree, project
from analysis.readers.offsets import normalise
from analysis.readers.table import chosen, column

EXPECTED = "columns id, document, tag, content"
LOST = (
    "Taguette's tables hold no positions, coders, times or highlights without a tag; to compare "
    "coders export each coder's project as .sqlite3"
)


def recognises(header: Collection[str]) -> bool:
    """Whether a table with this header is Taguette's."""
    return {"id", "document", "tag", "content"} <= set(header)


def read_project(path: str | Path) -> Project:
    """Read Taguette's highlights.

    Returns
    -------
    Project
        One coding per row; `start`, `end` are missing, `coder` is "", there are no documents.
        The codebook holds the tags in use.

    Raises
    ------
    ValueError
        If the file is no such table.
    """
    report = Report()
    sheet = chosen(Path(path), recognises, report)
    report.add("warning", "table without positions and coders", note=LOST)
    columns = [column(sheet, name) for name in ("id", "document", "tag", "content")]
    report.add("read", "highlights", len(set(columns[0])))
    tags = [tag.strip() for tag in columns[2]]
    codebook, labels = code_tree([Node(tag, tag) for tag in dict.fromkeys(tags) if tag])
    report.add("skipped", "highlights without a tag", tags.count(""))
    rows = [
        {
            "document": document.strip(),
            "code": labels[tag],
            "coder": "",
            "memo": "",
            "quote": normalise(content),
        }
        for _, document, tag, content in zip(columns[0], columns[1], tags, columns[3], strict=True)
        if tag
    ]
    return project(rows, {}, codebook, report)

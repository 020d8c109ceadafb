"""Reading ATLAS.ti's list of quotations (CSV, XLSX, English headings): several codes in one cell.

Its projects are read as REFI-QDA (.qdpx), which has the places too.
"""

from collections.abc import Collection
from pathlib import Path

from analysis.readers import Project
from analysis.readers.assembly import Node, Report, code_tree, project
from analysis.readers.offsets import normalise
from analysis.readers.table import chosen, column

EXPECTED = "columns Document, Quotation Content, Codes"
LOST = (
    "this list counts paragraphs, not characters; to compare coders export the project as "
    "REFI-QDA (.qdpx)"
)


def recognises(header: Collection[str]) -> bool:
    """Whether a table with this header is ATLAS.ti's."""
    return {"quotation content", "codes"} <= set(header) and bool(
        {"document", "document name"} & set(header)
    )


def read_project(path: str | Path) -> Project:
    """Read ATLAS.ti's quotations.

    Returns
    -------
    Project
        One coding per quotation and code (codes of a cell stand on lines of their own); `start`,
        `end` are missing, there are no documents. `memo` is the comment, `coder` who created the
        quotation where that column was exported. A quotation's name and reference are not read.

    Raises
    ------
    ValueError
        If the file is no such table.
    """
    report = Report()
    sheet = chosen(Path(path), recognises, report)
    codes = [
        [line.strip() for line in cell.splitlines() if line.strip()]
        for cell in column(sheet, "codes")
    ]
    quotes = [normalise(cell) for cell in column(sheet, "quotation content")]
    _note(codes, quotes, report)
    used = dict.fromkeys(code for cell in codes for code in cell)
    codebook, labels = code_tree([Node(code, code) for code in used])
    found = zip(
        column(sheet, "document", "document name"),
        codes,
        quotes,
        column(sheet, "created by", "author"),
        column(sheet, "created", "creation date"),
        column(sheet, "comment"),
        strict=True,
    )
    rows = [
        {
            "document": document.strip(),
            "code": labels[code],
            "coder": coder.strip(),
            "created": created.strip() or None,
            "memo": normalise(comment),
            "quote": quote,
        }
        for document, cell, quote, coder, created, comment in found
        for code in cell
        if quote.strip()
    ]
    return project(rows, {}, codebook, report)


def _note(codes: list[list[str]], quotes: list[str], report: Report) -> None:
    report.add("warning", "table without positions", note=LOST)
    report.add("read", "quotations", len(quotes))
    report.add("skipped", "quotations without a code", sum(not cell for cell in codes))
    wordless = sum(bool(c) and not q.strip() for c, q in zip(codes, quotes, strict=True))
    report.add("skipped", "quotations without words (pictures, sound, video)", wordless)
    alone = sum(len(cell) == 1 and (";" in cell[0] or "," in cell[0]) for cell in codes)
    note = "read as one code; if it is several, export with one code per line"
    report.add("warning", "cells with a comma or semicolon inside a code", alone, note=note)

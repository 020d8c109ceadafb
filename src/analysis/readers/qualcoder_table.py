"""Reading QualCoder's report of coded text (CSV, XLSX): words, codes and coders, but no places."""

from collections.abc import Collection
from pathlib import Path

from analysis.readers import Project
from analysis.readers.assembly import Node, Report, code_tree, project
from analysis.readers.offsets import normalise
from analysis.readers.table import Sheet, chosen, column

EXPECTED = "columns File, Coder, Coded, Id, Codename"
LOST = "this report holds no positions; to compare coders give the project's folder (*.qda)"


def recognises(header: Collection[str]) -> bool:
    """Whether a table with this header is QualCoder's."""
    return {"coder", "coded", "id", "codename"} <= set(header) and bool(
        {"file", "file/case"} & set(header)
    )


def read_project(path: str | Path) -> Project:
    """Read QualCoder's coded text.

    Returns
    -------
    Project
        One coding per row of text (`Id` ctid:n); `start`, `end` are missing, there are no
        documents. Columns Category, nearest first, are the folders of a code.

    Raises
    ------
    ValueError
        If the file is no such table.
    """
    report = Report()
    sheet = chosen(Path(path), recognises, report)
    report.add("warning", "table without positions", note=LOST)
    names = [name.strip() for name in column(sheet, "codename")]
    codebook, labels = code_tree(_nodes(sheet, names))
    kinds = [key.partition(":")[0].strip() for key in column(sheet, "id")]
    media = [kind in ("imid", "avid") for kind in kinds]
    report.add("skipped", "codings of pictures, sound and video", sum(media))
    found = zip(
        column(sheet, "file", "file/case"),
        column(sheet, "coder"),
        column(sheet, "coded"),
        names,
        column(sheet, "coded_memo"),
        media,
        strict=True,
    )
    report.add("skipped", "rows without a code", names.count(""))
    rows = [
        {
            "document": document.strip(),
            "code": labels["code", name],
            "coder": coder.strip(),
            "memo": normalise(memo),
            "quote": normalise(quote),
        }
        for document, coder, quote, name, memo, medium in found
        if name and not medium
    ]
    return project(rows, {}, codebook, report)


def _nodes(sheet: Sheet, names: list[str]) -> list[Node]:
    at = [i for i, name in enumerate(sheet.header) if name == "category"]
    nodes: dict[tuple, Node] = {}
    for (_, cells), name in zip(sheet.rows, names, strict=True):
        above: tuple | None = None
        for folder in [cells[i].strip() for i in reversed(at)]:
            if folder:
                key = ("category", folder)
                nodes.setdefault(key, Node(key, folder, above, codable=False))
                above = key
        if name:
            nodes.setdefault(("code", name), Node(("code", name), name, above))
    return list(nodes.values())

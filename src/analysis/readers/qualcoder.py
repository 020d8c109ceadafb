"""Reading QualCoder projects (a folder with data.qda, SQLite): code points, end outside, line ends LF."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from analysis.readers import Project, distinct
from analysis.readers.assembly import Node, Report, code_tree, project, without_zone
from analysis.readers.offsets import Rule, normalise
from analysis.readers.placing import Drawn, placed_codings
from analysis.readers.sqlite import Base, count, maybe_rows, opened, rows, text, whole

EXPECTED = "tables source, code_name, code_cat, code_text"
RULE = Rule(bom=True, crlf=2)
TYPES = {"character": "Text", "numeric": "Float"}
# Tables that hold something a coder made which has no place among codings of text.
LEFT_OUT = {
    "code_image": "codings of pictures",
    "code_av": "codings of sound and video",
    "annotation": "annotations (comments without a code)",
    "journal": "journal entries",
}


def recognises(tables: Collection[str]) -> bool:
    """Whether a database with these tables is QualCoder's."""
    return {"source", "code_name", "code_cat", "code_text"} <= set(tables)


def read_project(path: str | Path) -> Project:
    """Read a QualCoder project.

    Parameters
    ----------
    path : the project's folder, or the file data.qda in it.

    Returns
    -------
    Project
        `coder` is the owner of a coding. Categories are codes that cannot be used (`codable`
        False); sub-codes stand under their code. Attributes of cases and files are the
        variables; a case without files has document "".

    Raises
    ------
    ValueError
        If there is no such database, or its positions do not find the words stored beside them.
    """
    path = Path(path)
    report = Report()
    with opened(path / "data.qda" if path.is_dir() else path) as base:
        about = maybe_rows(base, "project", "databaseversion")
        version = text(about[0]["databaseversion"]) if about else "not stated"
        report.add("read", "project", note=f"QualCoder, database version {version}")
        sources = rows(base, "source", "id name fulltext")
        found = "ctid cid fid seltext pos0 pos1 owner date memo"
        segments = rows(base, "code_text", found, "important")
        codebook, labels = code_tree(_nodes(base))
        names = distinct(text(s["name"]) for s in sources)
        titles = {s["id"]: name for s, name in zip(sources, names, strict=True)}
        values = _variables(base, titles, report)
        for table, item in LEFT_OUT.items():
            report.add("skipped", item, count(base, table))
    texts = {s["id"]: text(s["fulltext"]) for s in sources if s["fulltext"] is not None}
    report.add("read", "documents", len(texts))
    report.add("skipped", "sources without text", len(sources) - len(texts))
    report.add("read", "coded segments", len(segments))
    marked = sum(bool(s["important"]) for s in segments)
    report.add("skipped", "marks «important»", marked, note="the codings themselves are read")
    coding: list[dict] = []
    for key, stored in texts.items():
        here = [_drawn(s) for s in segments if s["fid"] == key]
        coding += placed_codings(titles[key], stored, here, RULE, labels, report)
    lost = sum(s["fid"] not in texts for s in segments)
    report.add("skipped", "segments in a document that is missing", lost)
    without_zone(coding, report)
    plain = {titles[key]: normalise(stored) for key, stored in texts.items()}
    return project(coding, plain, codebook, report, values)


def _drawn(segment: dict) -> Drawn:
    where = f"segment {segment['ctid']}"
    rest = {
        "coder": text(segment["owner"]),
        "created": segment["date"],
        "memo": normalise(text(segment["memo"])),
    }
    return Drawn(
        whole(segment["pos0"], f"{where}: pos0"),
        whole(segment["pos1"], f"{where}: pos1"),
        text(segment["seltext"]),
        ("code", segment["cid"]),
        rest,
    )


def _nodes(base: Base) -> list[Node]:
    folders = [
        Node(
            ("category", row["catid"]),
            text(row["name"]),
            ("category", row["supercatid"]),
            normalise(text(row["memo"])),
            codable=False,
        )
        for row in rows(base, "code_cat", "catid name", "memo supercatid")
    ]
    codes = []
    for row in rows(base, "code_name", "cid name", "memo catid supercid"):
        above = ("category", row["catid"])
        if row["supercid"] is not None:
            above = ("code", row["supercid"])
        codes.append(
            Node(("code", row["cid"]), text(row["name"]), above, normalise(text(row["memo"])))
        )
    return folders + codes


def _variables(
    base: Base, titles: Mapping[Any, str], report: Report
) -> list[tuple[str, str, str, str, str]]:
    kinds = {
        text(a["name"]): TYPES.get(text(a["valuetype"]), text(a["valuetype"]))
        for a in maybe_rows(base, "attribute_type", "name valuetype")
    }
    cases = {c["caseid"]: text(c["name"]) for c in maybe_rows(base, "cases", "caseid name")}
    members: dict[Any, list[str]] = {}
    for link in maybe_rows(base, "case_text", "caseid fid"):
        members.setdefault(link["caseid"], []).append(titles.get(link["fid"], ""))
    attributes = maybe_rows(base, "attribute", "name attr_type value id")
    filled = [a for a in attributes if text(a["value"]) != ""]
    report.add("skipped", "empty values of variables", len(attributes) - len(filled))
    values = []
    for row in filled:
        known = cases if text(row["attr_type"]) == "case" else titles
        if text(row["attr_type"]) not in ("case", "file") or row["id"] not in known:
            report.add("skipped", "values of variables that belong to no case or file")
            continue
        case = known is cases
        name = text(row["name"])
        shared = dict.fromkeys(members.get(row["id"], [""])) if case else [titles[row["id"]]]
        owner = cases[row["id"]] if case else ""
        values += [
            (title, owner, name, kinds.get(name, ""), text(row["value"])) for title in shared
        ]
    return values

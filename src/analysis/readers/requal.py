"""Reading Requal projects (.requal, SQLite): positions count characters from 1, the end is inside."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from analysis.readers import Project, distinct
from analysis.readers.assembly import Node, Report, code_tree, project, without_zone
from analysis.readers.offsets import Rule, normalise
from analysis.readers.placing import Drawn, placed_codings
from analysis.readers.sqlite import Base, count, maybe_rows, only_project, opened, rows, text, whole

EXPECTED = "tables documents, segments, codes, requal_version"
RULE = Rule(bom=True, crlf=2, inclusive=True, first=1)


def recognises(tables: Collection[str]) -> bool:
    """Whether a database with these tables is Requal's."""
    return {"documents", "segments", "codes", "requal_version"} <= set(tables)


def read_project(path: str | Path) -> Project:
    """Read a Requal project.

    Returns
    -------
    Project
        `coder` is the user's name, else login; `created` the time in the project's log; `memo`
        the memos on the segment. Categories are codes that cannot be used (`codable` False); a
        code in several categories stands in the first. Attributes of documents and cases are
        the variables. Segments without a code are counted.

    Raises
    ------
    ValueError
        If the file is no such database, holds several projects, or its positions do not find
        the segment texts stored beside them.
    """
    path = Path(path)
    report = Report()
    with opened(path) as base:
        name = only_project(base, "projects", "project_name")
        report.add("read", "project", note=f"Requal: {name}")
        documents = rows(base, "documents", "doc_id doc_name doc_text")
        found = "segment_id user_id doc_id code_id segment_start segment_end segment_text"
        segments = rows(base, "segments", found)
        codebook, labels = code_tree(_nodes(base, report))
        names = distinct(text(d["doc_name"]) for d in documents)
        titles = {d["doc_id"]: name for d, name in zip(documents, names, strict=True)}
        values = _variables(base, titles)
        about: dict[str, dict] = {
            "users": _users(base),
            "created": _times(base),
            "memos": _memos(base, report),
        }
        _count_rest(base, report)
    texts = {d["doc_id"]: text(d["doc_text"]) for d in documents}
    report.add("read", "documents", len(documents))
    report.add("read", "segments", len(segments))
    coding: list[dict] = []
    for key, stored in texts.items():
        here = [_drawn(s, about) for s in segments if s["doc_id"] == key]
        coding += placed_codings(titles[key], stored, here, RULE, labels, report)
    lost = sum(s["doc_id"] not in texts for s in segments)
    report.add("skipped", "segments in a document that is missing", lost)
    without_zone(coding, report)
    plain = {titles[key]: normalise(stored) for key, stored in texts.items()}
    return project(coding, plain, codebook, report, values)


def _drawn(segment: dict, about: Mapping[str, Mapping]) -> Drawn:
    key, code, user = segment["segment_id"], segment["code_id"], segment["user_id"]
    rest = {
        "coder": about["users"].get(user, text(user)),
        "created": about["created"].get(key),
        "memo": "\n".join(about["memos"].get(key, [])),
    }
    return Drawn(
        whole(segment["segment_start"], f"segment {key}: start"),
        whole(segment["segment_end"], f"segment {key}: end"),
        text(segment["segment_text"]),
        None if code is None else ("code", code),
        rest,
    )


def _nodes(base: Base, report: Report) -> list[Node]:
    folders = maybe_rows(base, "categories", "category_id category_name", "category_description")
    nodes = [
        Node(
            ("category", row["category_id"]),
            text(row["category_name"]),
            None,
            normalise(text(row["category_description"])),
            codable=False,
        )
        for row in folders
    ]
    holders: dict[Any, list] = {}
    for row in maybe_rows(base, "categories_codes_map", "category_id code_id"):
        holders.setdefault(row["code_id"], []).append(("category", row["category_id"]))
    report.add(
        "skipped",
        "further categories of a code",
        sum(len(found) - 1 for found in holders.values()),
        note="a code has one parent: its first category",
    )
    for row in rows(base, "codes", "code_id code_name", "code_description"):
        parent = holders.get(row["code_id"], [None])[0]
        description = normalise(text(row["code_description"]))
        nodes.append(Node(("code", row["code_id"]), text(row["code_name"]), parent, description))
    return nodes


def _users(base: Base) -> dict[Any, str]:
    users = maybe_rows(base, "users", "user_id", "user_name user_login")
    return {
        u["user_id"]: text(u["user_name"]) or text(u["user_login"]) or text(u["user_id"])
        for u in users
    }


def _times(base: Base) -> dict[Any, str]:
    """Segment id -> time of the log entry that added it."""
    times: dict[Any, str] = {}
    for entry in maybe_rows(base, "logs", "action payload created_at"):
        if text(entry["action"]) != "Add segment":
            continue
        try:
            payload = json.loads(text(entry["payload"]))
        except (ValueError, RecursionError):
            continue
        for part in payload if isinstance(payload, list) else [payload]:
            if isinstance(part, dict) and isinstance(part.get("segment_id"), int):
                times.setdefault(part["segment_id"], text(entry["created_at"]))
    return times


def _memos(base: Base, report: Report) -> dict[Any, list[str]]:
    memos = {
        m["memo_id"]: normalise(text(m["text"])) for m in maybe_rows(base, "memos", "memo_id text")
    }
    found: dict[Any, list[str]] = {}
    linked = maybe_rows(base, "memos_segments_map", "memo_id segment_id")
    for link in linked:
        if link["memo_id"] in memos:
            found.setdefault(link["segment_id"], []).append(memos[link["memo_id"]])
    report.add("read", "memos on segments", sum(map(len, found.values())))
    loose = len(set(memos) - {link["memo_id"] for link in linked})
    report.add("skipped", "memos that are not on a segment", loose)
    return found


def _variables(base: Base, titles: Mapping[Any, str]) -> list[tuple[str, str, str, str, str]]:
    kinds = {
        a["attribute_id"]: (text(a["attribute_name"]), text(a["attribute_type"]))
        for a in maybe_rows(base, "attributes", "attribute_id attribute_name attribute_type")
    }
    values = {
        v["attribute_value_id"]: text(v["value"])
        for v in maybe_rows(base, "attribute_values", "attribute_value_id value")
    }
    cases = {
        c["case_id"]: text(c["case_name"]) for c in maybe_rows(base, "cases", "case_id case_name")
    }
    members: dict[Any, list[str]] = {}
    for link in maybe_rows(base, "cases_documents_map", "case_id doc_id"):
        members.setdefault(link["case_id"], []).append(titles.get(link["doc_id"], ""))
    needed = "attribute_id attribute_value_id"
    found = []
    for row in maybe_rows(base, "attributes_documents_map", f"doc_id {needed}"):
        found.append(([titles.get(row["doc_id"], "")], "", row))
    for row in maybe_rows(base, "attributes_cases_map", f"case_id {needed}"):
        case = cases.get(row["case_id"], text(row["case_id"]))
        found.append((members.get(row["case_id"], [""]), case, row))
    return [
        (title, case, *kinds[row["attribute_id"]], values.get(row["attribute_value_id"], ""))
        for shared, case, row in found
        if row["attribute_id"] in kinds
        for title in shared
    ]


def _count_rest(base: Base, report: Report) -> None:
    users = count(base, "attributes_users_map")
    report.add("skipped", "attributes of users", users, note="they describe coders, not documents")

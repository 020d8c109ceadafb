"""Reading REFI-QDA projects (.qdpx, .qde) and codebooks (.qdc) as real tools write them.

Texts and codings are read; pictures, sound, video and selections in PDF pages are counted.
Paths outside the project are never opened.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from lxml import etree

from analysis.printed import shown
from analysis.readers import REPORT, VARIABLES, Project, coding_frame
from analysis.readers.archive import parse, read_members, schema_errors
from analysis.readers.assembly import Report
from analysis.readers.offsets import LIMIT, convert, detect, normalise
from analysis.readers.refi_texts import Text, sources_of, stored_text, texts_of
from analysis.readers.refi_xml import (
    child_text,
    children,
    codebook,
    every,
    guid,
    linked_notes,
    local,
    names_twice,
    people,
    targets,
    variables,
    whole_number,
)


@dataclass(frozen=True)
class _Names:
    """What GUIDs stand for: codes, people, and the memos on a selection or coding."""

    codes: Mapping[str, str]
    people: Mapping[str, str]
    memos: Mapping[str, list[str]]


def read_project(path: str | Path) -> Project:
    """Read a REFI-QDA project.

    Parameters
    ----------
    path : a .qdpx archive, a .qde file with its `sources` folder beside it, or a .qdc codebook.

    Returns
    -------
    Project
        See `analysis.readers.Project`. A selection with several codes gives several rows; a code
        on a whole document runs from 0 to its end; a selection without a code is a comment and
        gives none. `coder` is "" where the file names nobody; a time without a zone is taken as
        UTC. What is skipped is in the report.

    Raises
    ------
    ValueError
        If the archive or its XML is unsafe or damaged, holds no or several .qde files, or the
        positions of selections fit no known rule (see `offsets.detect`).
    """
    path = Path(path)
    if path.suffix.lower() == ".qdc":
        return _only_codes(path)
    members = read_members(path)
    inner = _project_file(path.name, members)
    root = parse(members[inner], f"{path.name}/{inner}")
    report = Report()
    _check_file(inner, root, report)
    codes = codebook(root)
    report.add("read", "codes", len(codes))
    shared = names_twice(root)
    note = ", ".join(map(shown, shared))
    report.add("warning", "names that two codes of one branch share", len(shared), note=note)
    labels = dict(zip(codes["guid"], codes["code"], strict=True))
    names = _Names(labels, people(root), _memos(root, members))
    sources = sources_of(root, report)
    texts = texts_of(sources, members, report)
    coding = _all_codings(texts, root.get("origin", ""), names, report)
    values = variables(root, {guid(s.get("guid")): name for name, s in sources.items()})
    report.add("read", "values of variables", len(values))
    documents = {text.name: normalise(text.stored) for text in texts}
    return Project(coding, documents, codes, values, pd.DataFrame(report.rows, columns=REPORT))


def read_codebook(path: str | Path) -> pd.DataFrame:
    """The codes of a .qdc codebook (or a .qde file), columns `readers.CODEBOOK`, in tree order.

    Raises
    ------
    ValueError
        If the file is not safe, well-formed XML.
    """
    path = Path(path)
    return codebook(parse(path.read_bytes(), path.name))


def _only_codes(path: Path) -> Project:
    """A codebook as a project with codes and nothing coded."""
    codes = read_codebook(path)
    report = Report()
    report.add("read", "codebook, without codings")
    report.add("read", "codes", len(codes))
    frame = pd.DataFrame(report.rows, columns=REPORT)
    return Project(coding_frame([]), {}, codes, pd.DataFrame(columns=VARIABLES, dtype="str"), frame)


def _project_file(label: str, members: dict[str, bytes]) -> str:
    names = [n for n in members if n.lower().endswith(".qde") and not n.startswith("__MACOSX/")]
    names = [n for n in names if "/" not in n] or names
    if len(names) != 1:
        listed = ", ".join(names) or "none"
        raise ValueError(f"{label}: a project holds exactly one .qde file; found {listed}.")
    return names[0]


def _check_file(inner: str, root: etree._Element, report: Report) -> None:
    if local(root) != "Project":
        raise ValueError(f"{inner}: the outermost element is {local(root)}, not Project.")
    report.add("read", "project", note=f"origin: {root.get('origin') or 'not stated'}")
    odd = int(inner != "project.qde")
    report.add("warning", "project file not called project.qde", odd, note=inner)
    errors = schema_errors(root, "Project")
    report.add("warning", "breaks of the REFI-QDA schema", len(errors), note="".join(errors[:1]))


def _selections(text: Text, report: Report) -> tuple[list[etree._Element], pd.DataFrame]:
    """The selections of one text that say where they stand, and of each in the same order:
    start, end (as written, the smaller first), name, turned."""
    drawn, rows, wrong = [], [], []
    for selection in children(text.element, "PlainTextSelection"):
        try:
            start = whole_number(selection, "startPosition")
            end = whole_number(selection, "endPosition")
        except ValueError as error:
            wrong.append(str(error))
            continue
        drawn.append(selection)
        name = selection.get("name") or ""
        rows.append((min(start, end), max(start, end), name, start > end))
    lost = "selections whose position cannot be read"
    report.add("skipped", lost, len(wrong), text.name, "".join(wrong[:1]))
    return drawn, pd.DataFrame(rows, columns=["start", "end", "name", "turned"])


def _memos(root: etree._Element, members: dict[str, bytes]) -> dict[str, list[str]]:
    notes = {}
    for note in every(root, "Note"):
        text = stored_text(note, members)[0] or child_text(note, "Description")
        notes[guid(note.get("guid"))] = normalise(text)
    return {
        owner: [notes[key] for key in keys if notes.get(key)]
        for owner, keys in linked_notes(root).items()
    }


def _all_codings(texts: list[Text], origin: str, names: _Names, report: Report) -> pd.DataFrame:
    drawn = {text.name: _selections(text, report) for text in texts}
    rules = detect({text.name: (text.stored, drawn[text.name][1]) for text in texts}, origin)
    rows: list[dict] = []
    for text in texts:
        rule, found, sentence = rules[text.name]
        report.add("rule", "offset rule", found.n, text.name, sentence)
        if found.start < LIMIT and not found.quote >= LIMIT:
            report.add("warning", "offset rule in doubt", found.n, text.name, sentence)
        selections, written = drawn[text.name]
        turned = int(written["turned"].sum())
        report.add("warning", "selections with the end first", turned, text.name)
        places = convert(text.stored, written["start"].tolist(), written["end"].tolist(), rule)
        placed = list(zip(selections, np.column_stack(places).tolist(), strict=True))
        rows += _codings(text, placed, names, report)
    coding = coding_frame(rows)
    twice = coding.duplicated(["document", "start", "end", "code", "coder", "memo"])
    coding = coding[~twice].reset_index(drop=True)
    report.add("skipped", "codings given twice", int(twice.sum()))
    report.add("read", "codings", len(coding))
    report.add("warning", "codings without a coder", int((coding["coder"] == "").sum()))
    report.add("warning", "codings without a time", int(coding["created"].isna().sum()))
    return coding


def _codings(
    text: Text, placed: list[tuple[etree._Element, list[int]]], names: _Names, report: Report
) -> list[dict]:
    plain = normalise(text.stored)
    reasons: Counter[str] = Counter()
    holders = [text.element] if text.element is text.source else [text.element, text.source]
    rows = []
    for selection, (start, end) in placed:
        if not children(selection, "Coding"):
            reasons["selections without a code (comments)"] += 1
        elif min(start, end) < 0:
            reasons["selections outside the text or inside a character"] += 1
        elif start >= end:
            reasons["selections of no length"] += 1
        else:
            place = {"document": text.name, "start": start, "end": end, "quote": plain[start:end]}
            rows += _rows(selection, place, names, reasons)
    for holder in holders:
        n = len(children(holder, "Coding"))
        report.add("read" if plain else "skipped", "whole-document codings", n, text.name)
        place = {"document": text.name, "start": 0, "end": len(plain), "quote": plain}
        rows += _rows(holder, place, names, reasons) if plain else []
    for reason, n in reasons.items():
        report.add("skipped", reason, n, text.name)
    return rows


def _rows(
    selection: etree._Element, place: dict, names: _Names, reasons: Counter[str]
) -> list[dict]:
    rows = []
    # A Description of a whole source describes the source, not the coding.
    own = [child_text(selection, "Description")] if "startPosition" in selection.attrib else []
    for coding in children(selection, "Coding"):
        code = names.codes.get((targets(coding, "CodeRef") or [""])[0])
        if code is None:
            reasons["codings with a code that is not in the codebook"] += 1
            continue
        keys = [guid(selection.get("guid")), guid(coding.get("guid"))]
        memos = [*own, *(memo for key in keys for memo in names.memos.get(key, []))]
        author = guid(coding.get("creatingUser") or selection.get("creatingUser"))
        rows.append(
            place
            | {
                "code": code,
                "coder": names.people.get(author, author),
                "created": coding.get("creationDateTime") or selection.get("creationDateTime"),
                "memo": "\n".join(dict.fromkeys(memo for memo in memos if memo)),
            }
        )
    return rows

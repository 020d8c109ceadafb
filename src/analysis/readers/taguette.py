"""Reading Taguette projects (.sqlite3): UTF-8 byte positions in the text of an HTML document.

Taguette names every exporting user `admin`: who coded stands only in the name of the file.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from analysis.readers import Project, distinct
from analysis.readers.assembly import Node, Report, code_tree, project
from analysis.readers.offsets import Rule, convert, normalise
from analysis.readers.placing import Place, place, report_places
from analysis.readers.sqlite import Base, maybe_rows, only_project, opened, rows, text, whole

EXPECTED = "tables documents, highlights, highlight_tags, tags"
RULE = Rule(unit="UTF-8 byte", bom=True, crlf=2)
NOBODY = ("", "admin")  # the login Taguette writes for whoever exports
BLOCK = re.compile(
    "address|article|blockquote|br|d[dlt]|div|fig(caption|ure)|footer|h[1-6r]|header|li|main|[ou]l|"
    "p|pre|section|table|t(body|d|foot|h|head|r)",
    re.IGNORECASE,
)
# A tag, comment or declaration, to the end of the text where it is not closed. html.parser needs
# time by the square of the length for such a text (40 s for 120 KB); this never goes back.
TAG = re.compile(
    r"""<(?:!--.*?(?:-->|\Z) | [!?][^>]*+(?:>|\Z)
    | /?(?P<name>[a-zA-Z][^\s/>]*+)(?:[^>"'] | "[^"]*+(?:"|\Z) | '[^']*+(?:'|\Z))*+(?:>|\Z))""",
    re.DOTALL | re.VERBOSE,
)
FIRST_OF_PRE = re.compile(r"(<pre\b[^<>]*>)\n", re.IGNORECASE)


def recognises(tables: Collection[str]) -> bool:
    """Whether a database with these tables is Taguette's."""
    return {"documents", "highlights", "highlight_tags", "tags"} <= set(tables)


def read_project(path: str | Path) -> Project:
    """Read a Taguette project.

    Parameters
    ----------
    path : an exported .sqlite3 file.

    Returns
    -------
    Project
        One coding per highlight and tag. `coder` is the login that made the highlight; in an
        exported file it is lost, then it is the name of the file without its ending: one export
        per coder. `created` comes from the log of commands (UTC). A tag `a.b` stands under `a`
        if there is a tag `a`. Paragraphs are set apart by a line end where the HTML has none.
        Highlights without a tag are counted, and give no coding.

    Raises
    ------
    ValueError
        If the file is no such database, holds several projects, or its positions do not find
        the snippets stored beside them.
    """
    path = Path(path)
    report = Report()
    with opened(path) as base:
        name = only_project(base, "projects", "name")
        report.add("read", "project", note=f"Taguette: {name}")
        documents = rows(base, "documents", "id name contents")
        highlights = rows(base, "highlights", "id document_id start_offset end_offset snippet")
        uses = rows(base, "highlight_tags", "highlight_id tag_id")
        codebook, labels = code_tree(_nodes(rows(base, "tags", "id path", "description")))
        log = _log(base)
    texts = _texts(documents, report)
    coding = _codings(uses, _all_places(texts, highlights, report), labels, report)
    nameless = [row for row in coding if _fill(row, path.stem, log)]
    note = f"coder {path.stem!r}: Taguette leaves out who coded; name the file after the coder"
    item = "codings with the coder taken from the file name"
    report.add("warning", item, len(nameless), note=note)
    return project(coding, {t.name: t.plain for t in texts.values()}, codebook, report)


def html_text(html: str) -> tuple[str, list[int]]:
    """The text of an HTML document as Taguette counts it, and where blocks meet without a line end.

    Returns
    -------
    (text, breaks) : `breaks` are ascending positions between two characters of `text`.
    """
    # HTML counts every line end as one, however written, and none right after <pre>.
    html = FIRST_OF_PRE.sub(r"\1", html.replace("\r\n", "\n").replace("\r", "\n"))
    parts: list[str] = []
    breaks: set[int] = set()
    length = after = 0
    for tag in TAG.finditer(html):
        parts.append(unescape(html[after : tag.start()]))
        length += len(parts[-1])
        after = tag.end()
        if BLOCK.fullmatch(tag["name"] or ""):
            breaks.add(length)
    found = "".join([*parts, unescape(html[after:])])
    inner = sorted(at for at in breaks if 0 < at < len(found))
    return found, [at for at in inner if not {"\n", "\r"} & set(found[at - 1 : at + 1])]


@dataclass(frozen=True)
class _Text:
    """A document: its text as Taguette counts it, breaks in the normalised text, text with them."""

    name: str
    stored: str
    breaks: np.ndarray
    plain: str


def _text(name: str, html: str) -> _Text:
    stored, breaks = html_text(html)
    at = convert(stored, breaks, breaks, Rule(bom=True, crlf=2))[0]
    clean = normalise(stored)
    edges = [0, *at.tolist(), len(clean)]
    return _Text(name, stored, at, "\n".join(clean[a:b] for a, b in pairwise(edges)))


def _texts(documents: list[dict], report: Report) -> dict[Any, _Text]:
    """Document id -> text."""
    names = distinct(text(d["name"]) for d in documents)
    report.add("read", "documents", len(documents))
    renamed = sum(a != text(d["name"]) for a, d in zip(names, documents, strict=True))
    report.add("warning", "documents renamed, as two had one name", renamed)
    return {
        d["id"]: _text(name, text(d["contents"])) for name, d in zip(names, documents, strict=True)
    }


def _all_places(texts: dict[Any, _Text], highlights: list[dict], report: Report) -> dict[Any, dict]:
    """Highlight id -> the beginning of a coding, in all documents."""
    report.add("read", "highlights", len(highlights))
    drawn: dict[Any, list[dict]] = {}
    for highlight in highlights:
        drawn.setdefault(highlight["document_id"], []).append(highlight)
    lost = sum(len(found) for key, found in drawn.items() if key not in texts)
    report.add("skipped", "highlights in a document that is missing", lost)
    places: dict[Any, dict] = {}
    for key, document in texts.items():
        places |= _places(document, drawn.get(key, []), report)
    return places


def _places(document: _Text, drawn: list[dict], report: Report) -> dict[Any, dict]:
    """Highlight id -> the beginning of a coding, for highlights that have a place."""
    starts = [whole(h["start_offset"], f"highlight {h['id']}: start_offset") for h in drawn]
    ends = [whole(h["end_offset"], f"highlight {h['id']}: end_offset") for h in drawn]
    words = [html_text(text(h["snippet"]))[0] for h in drawn]
    places = place(document.stored, starts, ends, words, RULE)
    report_places(document.name, places, RULE, report)
    return {
        h["id"]: {"document": document.name} | _moved(found, document)
        for h, found in zip(drawn, places, strict=True)
        if not found.problem
    }


def _moved(found: Place, document: _Text) -> dict[str, Any]:
    start = found.start + int(np.searchsorted(document.breaks, found.start, side="right"))
    end = found.end + int(np.searchsorted(document.breaks, found.end, side="left"))
    return {"start": start, "end": end, "quote": document.plain[start:end]}


def _nodes(tags: list[dict]) -> list[Node]:
    paths = {text(tag["path"]): tag["id"] for tag in tags}
    nodes = []
    for tag in tags:
        above = text(tag["path"]).rpartition(".")[0]
        while above and above not in paths:
            above = above.rpartition(".")[0]
        description = normalise(text(tag["description"]))
        nodes.append(Node(tag["id"], text(tag["path"]), paths.get(above), description))
    return nodes


def _log(base: Base) -> dict[int, tuple[str, str]]:
    """Highlight id -> (login, time) of the command that made it."""
    made: dict[int, tuple[str, str]] = {}
    for command in maybe_rows(base, "commands", "date user_login payload"):
        try:
            payload = json.loads(text(command["payload"]))
        except (ValueError, RecursionError):
            continue
        if isinstance(payload, dict) and payload.get("type") == "highlight_add":
            key = payload.get("highlight_id")
            if isinstance(key, int):
                made.setdefault(key, (text(command["user_login"]), text(command["date"])))
    return made


def _codings(
    uses: list[dict], places: dict[Any, dict], labels: dict[Any, str], report: Report
) -> list[dict]:
    known = [use for use in uses if use["tag_id"] in labels]
    report.add("skipped", "tag uses with a tag that is missing", len(uses) - len(known))
    coded = [use for use in known if use["highlight_id"] in places]
    report.add("skipped", "tag uses on a highlight without a place", len(known) - len(coded))
    untagged = len(set(places) - {use["highlight_id"] for use in known})
    report.add("skipped", "highlights without a tag", untagged)
    return [
        places[use["highlight_id"]]
        | {"code": labels[use["tag_id"]], "memo": "", "highlight": use["highlight_id"]}
        for use in coded
    ]


def _fill(row: dict, stem: str, log: dict[int, tuple[str, str]]) -> bool:
    """Put coder and time into a coding; whether the coder had to come from the file's name."""
    login, row["created"] = log.get(row.pop("highlight"), ("", None))
    row["coder"] = stem if login in NOBODY else login
    return login in NOBODY

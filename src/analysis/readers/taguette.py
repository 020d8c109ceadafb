"""Reading Taguette projects (.sqlite3): UTF-8 byte positions in the text of an HTML document.

Taguette names every exporting user `admin`: who coded stands only in the name of the file.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from html.parser import HTMLParser
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
BLOCKS = frozenset(
    "address article blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header "
    "hr li main ol p pre section table tbody td tfoot th thead tr ul".split()
)


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
        tags = rows(base, "tags", "id path", "description")
        log = _log(base)
    codebook, labels = code_tree(_nodes(tags))
    texts = _texts(documents, report)
    report.add("read", "highlights", len(highlights))
    drawn: dict[Any, list[dict]] = {}
    for highlight in highlights:
        drawn.setdefault(highlight["document_id"], []).append(highlight)
    for document in set(drawn) - set(texts):
        report.add("skipped", "highlights in a document that is missing", len(drawn[document]))
    places = {
        key: found
        for number, document in texts.items()
        for key, found in _places(document, drawn.get(number, []), report).items()
    }
    coding = _codings(uses, places, labels, report)
    nameless = [row for row in coding if _fill(row, path.stem, log)]
    note = f"coder {path.stem!r}: Taguette leaves out who coded; name the file after the coder"
    report.add(
        "warning", "codings with the coder taken from the file name", len(nameless), "", note
    )
    return project(coding, {t.name: t.plain for t in texts.values()}, codebook, report)


class _Words(HTMLParser):
    """The text of HTML, and where in it a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.length = 0
        self.breaks: set[int] = set()
        self.in_pre = False

    def handle_data(self, data: str) -> None:
        # HTML does not count a line end right after <pre>.
        data = data.removeprefix("\n") if self.in_pre else data
        self.in_pre = False
        self.parts.append(data)
        self.length += len(data)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.in_pre = tag == "pre"
        if tag in BLOCKS:
            self.breaks.add(self.length)

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag(tag.replace("pre", "p"), None)


def html_text(html: str) -> tuple[str, list[int]]:
    """The text of an HTML document as Taguette counts it, and where blocks meet without a line end.

    Returns
    -------
    (text, breaks) : `breaks` are ascending positions between two characters of `text`.
    """
    words = _Words()
    # HTML counts every line end as one, however it is written.
    words.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
    words.close()
    found = "".join(words.parts)
    inner = sorted(at for at in words.breaks if 0 < at < len(found))
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

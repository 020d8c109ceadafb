"""Places in a page that a link can open: each table and its rows, each figure, the first sentence that says a number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from docutils.nodes import make_id

NOTE = "casework"  # where a shown cell keeps key, kind, origin and caption once its records are in results.csv
KEPT = ("key", "kind", "origin", "caption")
SAID = re.compile(r"\{glue:\w*\}`(?P<key>\w+)(?::[^:`]*)?`")
BODY = re.compile(r"<tbody>.*?</tbody>", re.S)
LABEL = re.compile(r'<table[^>]* aria-label="([^"]*)"')
TAKEN = re.compile(r'\bid="([^"]+)"')


def kept(note: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What a shown cell keeps of its note, as cell metadata; nothing for a cell without one."""
    return {NOTE: {name: note[name] for name in KEPT if name in note}} if "key" in note else {}


def with_ids(html: str, key: str) -> str:
    """The HTML of an output under the id `key`, and each row of its table under `key-1`, `key-2`, …"""
    if f'id="{key}"' not in html:
        html = f'<div id="{escape(key)}">{html}</div>'
    return BODY.sub(lambda body: _numbered(body[0], key), html, count=1)


def _numbered(body: str, key: str) -> str:
    first, *rest = body.split("<tr>")
    rows = (f'<tr id="{escape(key)}-{number}">{row}' for number, row in enumerate(rest, 1))
    return first + "".join(rows)


def with_places(markdown: str, done: set[str]) -> str:
    """The text with an empty, named place before the first mention of each number; `done` is added to."""

    def mark(found: re.Match[str]) -> str:
        if found["key"] in done:
            return found[0]
        done.add(found["key"])
        return f'<span id="{found["key"]}"></span>{found[0]}'

    return SAID.sub(mark, markdown)


def file_links(page: str, key: str, name: str) -> str:
    """Links below a table to its two files, see `downloads`; `name` is the table's, for those who listen."""
    address = f"../_static/tables/{page}-{key}"
    links = " · ".join(
        f'<a href="{escape(address)}.{kind.lower()}" download aria-label="{kind}: {name}">{kind}</a>'
        for kind in ("CSV", "XLSX")
    )
    return f'<p class="table-files">{links}</p>'


def mark(output: Any, note: Mapping[str, Any], page: str) -> None:
    """Give what a staged cell shows its ids and, if it is a table, links to its files; a picture is left as it is."""
    html = output.get("data", {}).get("text/html")
    if html is None or "key" not in note:
        return
    if note["kind"] == "table":
        named = LABEL.search(html)
        html += file_links(page, note["key"], named[1] if named else note["key"])
    output["data"]["text/html"] = with_ids(html, note["key"])


def place(page: str, key: str, kind: str) -> str:
    """The id under which something shown can be opened; figures get theirs from their label."""
    return make_id(f"{page}-{key}") if kind == "figure" else key


def places(path: Path) -> set[str]:
    """Every id that the notebook of a staged page gives to what it shows and says."""
    found: set[str] = set()
    if not path.is_file() or not path.stat().st_size:
        return found
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            found |= set(TAKEN.findall(cell.source))
        note = cell.metadata.get(NOTE, {})
        if note.get("kind") == "figure":
            found.add(place(path.stem, note["key"], "figure"))
        for output in cell.get("outputs", ()):
            found |= set(TAKEN.findall(output.get("data", {}).get("text/html", "")))
    return found

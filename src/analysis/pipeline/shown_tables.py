"""The tables of staged pages as a reader sees them, with the numbers of results.csv behind their cells."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import nbformat

from analysis.pipeline.anchors import NOTE
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.results import RAN

TABLE = re.compile(r"<table\b.*?</table>", re.S)


@dataclass(frozen=True)
class ShownTable:
    """One table: `rows` are the texts, `values` the numbers of results.csv behind them, None where there is none."""

    page: str
    key: str
    origin: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    values: tuple[tuple[float | None, ...], ...]

    def named(self) -> list[dict[str, str]]:
        """The rows as texts by heading."""
        return [dict(zip(self.headings, row, strict=True)) for row in self.rows]


def shown_tables(path: Path, results: Iterable[Mapping[str, str]]) -> Iterator[ShownTable]:
    """The tables of one staged notebook, in order.

    Parameters
    ----------
    path : a notebook as `book.dressed` leaves it.
    results : rows of results.csv; those of other notebooks are passed over.

    Raises
    ------
    EvidenceError
        When a number in results.csv is not what the page shows.
    """
    if not path.stat().st_size:
        return
    numbers: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    page = path.stem
    for row in results:
        if row["notebook"] == page:
            numbers[row["key"]].append(row)
    for cell in nbformat.read(path, as_version=4).cells:
        note = cell.metadata.get(NOTE, {})
        if note.get("kind") != "table":
            continue
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html", "")
            yield _read(html, page, note, numbers[note["key"]])


def plain(text: str) -> str:
    """A text of results.csv without the quote that keeps a spreadsheet from running it."""
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in RAN else text


def _read(html: str, page: str, note: Mapping, numbers: list[Mapping[str, str]]) -> ShownTable:
    found = TABLE.search(html)
    if not found:
        raise EvidenceError(
            f"{page}: no table can be found in what is shown under {note['key']!r}."
        )
    tree = ElementTree.fromstring(found[0])
    head = [_text(cell) for cell in tree.iterfind("thead/tr/th")]
    rows = tuple(tuple(_text(cell) for cell in row) for row in tree.iterfind("tbody/tr"))
    behind: dict[int, list[Mapping[str, str]]] = defaultdict(list)
    for number in numbers:
        behind[int(number["row"].partition(".")[0])].append(number)
    values = tuple(
        _behind(row, behind.pop(place, []), f"{page}, table {note['key']!r}, row {place}")
        for place, row in enumerate(rows, 1)
    )
    if behind:
        raise EvidenceError(
            f"{page}, table {note['key']!r}: results.csv has rows {sorted(behind)}, the page has not."
        )
    caption = note.get("caption") or (tree.get("aria-label") or note["key"])
    return ShownTable(page, note["key"], note["origin"], caption, tuple(head), rows, values)


def _text(cell: ElementTree.Element) -> str:
    return "".join(cell.itertext())


def _behind(
    row: tuple[str, ...], numbers: list[Mapping[str, str]], where: str
) -> tuple[float | None, ...]:
    """Each cell's number: records stand in the order of the cells, and each shows its own text."""
    waiting, values = list(numbers), []
    for place, text in enumerate(row):
        fits = place and waiting and plain(waiting[0]["text"]) == text
        value = waiting.pop(0)["value"] if fits else ""
        values.append(float(value) if value else None)
    if waiting:
        raise EvidenceError(
            f"{where}: results.csv says {waiting[0]['text']!r} for {waiting[0]['column']}, which the page does not show there."
        )
    return tuple(values)
